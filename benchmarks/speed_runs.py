"""What is measured: one function a section."""

from __future__ import annotations

import compileall
import io
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageCms
from speed_document import Growth, Table

import nightlift
from nightlift.edit import EngineName, Enhancer
from nightlift.machine import FLOOR, alternating, file_to_file, synthetic
from nightlift.photo import Photo, encode, read

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Display P3's primaries as XYZ at D50."""


@dataclass(frozen=True)
class Setting:
    """Models by name (a file or a method), a folder for photos, and how much is measured."""

    models: Mapping[str, str]
    folder: Path
    photo: Path | None
    rounds: int
    quick: bool

    def file(self, megapixels: float, turned: bool = False) -> Path:
        """A JPEG: an sRGB landscape, or a Display-P3 portrait with a rotation tag."""
        path = self.folder / f"{megapixels:g}{'-turned' * turned}.jpg"
        if not path.exists():
            profile = display_p3() if turned else None
            path.write_bytes(self._photo(megapixels, profile, 6 if turned else 1))
        return path

    def _photo(self, megapixels: float, profile: bytes | None, orientation: int) -> bytes:
        if self.photo is None:
            return synthetic(megapixels, icc=profile, orientation=orientation)
        height = round((megapixels * 1e6 * 2 / 3) ** 0.5)
        small = read(self.photo).pixels
        pixels = cv2.resize(small, (round(height * 1.5), height), interpolation=cv2.INTER_CUBIC)
        rng = np.random.default_rng(0)
        for top in range(0, height, 256):
            rows = pixels[top : top + 256]
            noisy = rows + 4.5 * rng.standard_normal(rows.shape, dtype=np.float32)
            rows[...] = noisy.clip(0, 255)
        return encode(Photo(pixels, icc=profile, orientation=orientation, format="jpeg"))

    def scaled(self, megapixels: float) -> float:
        return megapixels / 25 if self.quick else megapixels

    def enhancers(self, threads: int | None = None) -> dict[str, Enhancer]:
        return {name: enhancer(what, threads) for name, what in self.models.items()}


def enhancer(what: str, threads: int | None = None, engine: EngineName = "auto") -> Enhancer:
    """NAME or FILE.onnx, with `@256` behind it for the long side that the network sees."""
    what, _, side = what.partition("@")
    size = int(side) if side else None
    if what.endswith(".onnx"):
        return Enhancer(model=what, size=size, threads=threads, engine=engine)
    return Enhancer(what, size=size, threads=threads, engine=engine)


def display_p3() -> bytes:
    """A matrix profile with sRGB's curve and Display P3's primaries."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3, strict=True):
        entry = profile.index(name)
        at = struct.unpack(">I", profile[entry + 4 : entry + 8])[0] + 8
        profile[at : at + 12] = struct.pack(">3i", *(round(65536 * value) for value in values))
    return bytes(profile)


def files(setting: Setting) -> Table:
    both = (("landscape, sRGB", False), ("portrait, Display P3, turned by its tag", True))
    rows = []
    for name, turned in both:
        for cold in (False, True) if not turned else (False,):
            for threads in (None, 1) if not (turned or cold) else (None,):
                path = setting.file(setting.scaled(24), turned)
                found = file_to_file(setting.enhancers(threads), path, setting.rounds, cold=cold)
                how = "file not cached" if cold else "one thread" if threads else "warm"
                rows += [
                    [
                        f"{name}, {how}",
                        each.name,
                        f"{each.milliseconds:.0f} ms",
                        f"{each.ratio:.2f}",
                    ]
                    for each in found
                ]
    sentence = "24 megapixels, medians of alternating runs"
    return Table("File to file", sentence, ("photo", "what", "median", "ratio"), rows)


PROBE = """
import re, sys
def peak():
    text = open("/proc/self/status").read()
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", text)[1])
bare = peak()
from pathlib import Path
from speed_runs import enhancer
from nightlift.batch import streaming
from nightlift.photo import read
from nightlift.photo import write
import cv2, numpy, onnxruntime, simplejpeg
how, what, source, target = sys.argv[1:]
ours = enhancer(what)
loaded = peak()
if how == "streamed":
    streaming.stream(streaming.open_source(Path(source)), Path(target), ours, overwrite=True)
else:
    photo = read(source)
    better = ours.estimate(photo, exact=how == "exact").apply(photo, in_place=how == "whole")
    write(better, target, overwrite=True)
print(loaded - bare, peak() - loaded)
"""


def memory(setting: Setting) -> Table:
    rows = []
    cases = (("whole", 24), ("streamed", 24), ("exact", 24), ("streamed", 200))
    for how, megapixels in cases[: 2 if setting.quick else 4]:
        source = setting.file(megapixels)
        image = read(source).pixels.nbytes
        for name, what in setting.models.items():
            if how == "exact" and not name.startswith("zero-dce"):
                continue  # other networks take minutes, or see a small copy even then
            out = subprocess.check_output(
                [sys.executable, "-c", PROBE, how, what, source, setting.folder / "out.jpg"],
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            libraries, above = (int(number) for number in out.split())
            of_image = f"{above / image:.2f}"
            mb = (f"{value / 1e6:.0f} MB" for value in (above, above + libraries))
            rows.append([f"{megapixels} megapixels, {how}", name, of_image, *mb])
    columns = ("photo", "what", "× decoded photo", "above the program", "above Python")
    return Table("Memory", "Peak of a process of its own", columns, rows)


def growth(setting: Setting) -> Table:
    sizes = (1, 3, 12, 24, 50, 100)
    found: dict[str, list[float]] = {name: [] for name in (FLOOR, *setting.models)}
    for megapixels in sizes:
        path = setting.file(setting.scaled(megapixels))
        rounds = max(1, setting.rounds * 24 // max(24, megapixels * 2))
        for timing in file_to_file(setting.enhancers(), path, rounds):
            found[timing.name].append(timing.milliseconds)
    rows = []
    for name, milliseconds in found.items():
        exponent = float(np.polyfit(np.log(sizes), np.log(milliseconds), 1)[0])
        rows.append([name, *(f"{value:.0f}" for value in milliseconds), f"{exponent:.2f}"])
    columns = ("milliseconds", *(f"{size} MP" for size in sizes), "exponent")
    sentence = "File to file from 1 to 100 megapixels, and the exponent fitted to it"
    return Table("Growth", sentence, columns, rows, Growth(sizes, found))


CODEC = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import simplejpeg
def one(path):
    data = simplejpeg.encode_jpeg(
        simplejpeg.decode_jpeg(path.read_bytes()), quality=92, colorsubsampling="420")
    (Path(sys.argv[2]) / path.name).write_bytes(data)
with ThreadPoolExecutor(int(sys.argv[3])) as pool:
    list(pool.map(one, sorted(Path(sys.argv[1]).iterdir())))
"""


def batch(setting: Setting) -> Table:
    source, target = setting.folder / "photos", setting.folder / "results"
    source.mkdir(exist_ok=True)
    photo, count = setting.file(setting.scaled(12)), 12 if setting.quick else 200
    for number in range(count):
        shutil.copyfile(photo, source / f"{number:03}.jpg")
    codec = [sys.executable, "-c", CODEC, source, target, str(len(os.sched_getaffinity(0)))]
    commands = {FLOOR: codec}
    for name, what in setting.models.items():
        what, _, side = what.partition("@")
        choice = ["--model", what] if what.endswith(".onnx") else ["--method", what]
        given = [*choice, *(["--size", side] if side else []), "--no-auto", "--overwrite"]
        commands[name] = [*NIGHTLIFT, "enhance", source, "-o", target, *given]

    def run(command: list[object]) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    target.mkdir(exist_ok=True)
    seconds = alternating({name: run(each) for name, each in commands.items()}, 1)
    megapixels = read(photo).pixels.size / 3e6
    rows = [
        [
            name,
            f"{count / found:.1f}",
            f"{count * megapixels / found:.0f}",
            f"{100 * seconds[FLOOR] / found:.0f} %",
        ]
        for name, found in seconds.items()
    ]
    sentence = f"{count} photos of {megapixels:.0f} megapixels by one command, start included"
    return Table("Batch", sentence, ("what", "photos/s", "MP/s", "of the codec's speed"), rows)


MULTIPLE = 16
"""What EnlightenGAN's network needs of both sides."""

PLAIN: EngineName = "onnxruntime"
"""The engine that computes in float32 wherever it runs."""

PLAIN_SIZES = ((600, 400), (1200, 896), (1920, 1080))

NIGHTLIFT = [sys.executable, "-m", "nightlift"]
IMPORTS = [sys.executable, "-c", "import numpy, cv2, simplejpeg, onnxruntime"]


def start(setting: Setting) -> Table:
    compileall.compile_dir(Path(nightlift.__file__).parent, quiet=2)  # as pip does
    photo = setting.folder / "start.jpg"
    photo.write_bytes(synthetic(0.24))
    commands = {"import numpy, cv2, simplejpeg, onnxruntime": IMPORTS}
    for name, what in setting.models.items():
        what = what.partition("@")[0]
        choice = ["--model", what] if what.endswith(".onnx") else ["--method", what]
        commands[name] = [*NIGHTLIFT, "enhance", str(photo), "--overwrite", *choice]
    commands["the default, with its gate and denoise"] = [
        *NIGHTLIFT,
        "enhance",
        photo,
        "--overwrite",
    ]
    runs = {
        name: (lambda each=each: subprocess.run(each, check=True, stdout=subprocess.DEVNULL))
        for name, each in commands.items()
    }
    seconds = alternating(runs, 10)
    floor = next(iter(seconds.values()))
    rows = [[name, f"{1000 * s:.0f} ms", f"{s / floor:.2f}"] for name, s in seconds.items()]
    sentence = "`nightlift enhance` on 600×400, a new process each time, medians of 10"
    return Table("Cold start", sentence, ("what", "median", "ratio"), rows)


def plain(setting: Setting) -> Table:
    """Plain PyTorch networks at full size, our own modules, beside what we do instead."""
    from nightlift.learned import METHODS

    rows = []
    for name, what in setting.models.items():
        ours = enhancer(what)
        if name not in METHODS or not ours.paints(400, 600, exact=True):
            continue  # its published code resizes, too
        method = METHODS[name]
        network = method.network(next(iter(method.recipes.values()))).eval()
        painted = ours.paints(400, 600)  # at this size, by large networks
        for width, height in PLAIN_SIZES[: 1 if painted else None]:
            path = setting.folder / f"{width}.jpg"
            path.write_bytes(_sized(width, height))
            exact = {} if width > 600 else {"auto": ours, "float32": enhancer(what, engine=PLAIN)}
            rows.append([name, f"{width}×{height}", *_beside(network, path, ours, exact)])
    columns = ("method", "photo", "PyTorch, network alone", "ours", "exact", "exact, float32")
    sentence = "float32 at the photo's own size; ours from file to file, and how many times as fast"
    return Table("Plain PyTorch", sentence, columns, rows)


def _beside(
    network: Callable[..., object], path: Path, ours: Enhancer, exact: Mapping[str, Enhancer]
) -> list[str]:
    import torch

    pixels = read(path).pixels
    padding = [(0, -side % MULTIPLE) for side in pixels.shape[:2]]
    padded = np.pad(pixels, [*padding, (0, 0)], mode="reflect")
    tensor = torch.from_numpy(padded.transpose(2, 0, 1)[None] / np.float32(255))
    target = path.with_name("plain.jpg")

    def run_plain() -> None:
        with torch.inference_mode():
            network(tensor)

    def run(one: Enhancer, exactly: bool) -> None:
        photo = read(path)
        better = one.estimate(photo, exact=exactly).apply(photo, in_place=True)
        nightlift.write(better, target, overwrite=True)

    runs = {"plain": run_plain, "ours": partial(run, ours, False)}
    runs |= {name: partial(run, one, True) for name, one in exact.items()}
    found = alternating(runs, 1)
    slow = found.pop("plain")
    told = [f"{seconds:.3f} s ({slow / seconds:.1f} ×)" for seconds in found.values()]
    return [f"{slow:.2f} s", *told, *([] if exact else ["", ""])]


def _sized(width: int, height: int) -> bytes:
    pixels = cv2.resize(read(io.BytesIO(synthetic(1))).pixels, (width, height))
    return encode(Photo(pixels, format="jpeg"))


SECTIONS: dict[str, Callable[[Setting], Table]] = {
    "files": files,
    "memory": memory,
    "growth": growth,
    "batch": batch,
    "start": start,
    "plain": plain,
}
