"""File to file, warm, against decoding and encoding the same JPEG; and the peak of memory.

python benchmarks/file_to_file.py --model zero-dce.onnx [--photo PHOTO.jpg] [--megapixels 24]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from nightlift.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.photo.read import read
from nightlift.photo.write import encode, write

# ru_maxrss would do, were it not handed down from the parent process.
PEAK = """
import re, sys
def peak():
    text = open("/proc/self/status").read()
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", text)[1])
"""

IDLE = PEAK + "print(peak())"

PROBE = (
    PEAK
    + """
from nightlift.enhancer import Enhancer
from nightlift.photo.read import read
from nightlift.photo.write import write
import cv2, numpy, onnxruntime, simplejpeg
enhancer = Enhancer(model=sys.argv[1], size=int(sys.argv[2]))
loaded = peak()
photo = read(sys.argv[3])
decoded = photo.pixels.size
write(enhancer.enhanced(photo, in_place=True).photo, sys.argv[4], overwrite=True)
print(loaded, peak(), decoded)
"""
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a released Zero-DCE model")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--photo", type=Path, help="enlarged to the size asked for")
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--turned", action="store_true", help="with orientation 6, stored turned")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photo.jpg"
        source.write_bytes(_photo(given.photo, given.megapixels, given.turned))
        target = Path(folder) / "result.jpg"
        enhancer = Enhancer(model=given.model, size=given.size)

        def ours() -> None:
            lifted = enhancer.enhanced(read(source), in_place=True).photo
            write(lifted, target, overwrite=True)

        def codec() -> None:
            pixels = simplejpeg.decode_jpeg(source.read_bytes())
            data = simplejpeg.encode_jpeg(pixels, quality=92, colorsubsampling="420")
            target.write_bytes(data)

        ours_ms, codec_ms = _alternate(ours, codec, given.runs)
        print(f"nightlift       {ours_ms:8.1f} ms")
        print(f"decode + encode {codec_ms:8.1f} ms")
        print(f"ratio           {ours_ms / codec_ms:8.2f}")
        _memory(given.model, given.size, source, target)


def _photo(path: Path | None, megapixels: float, turned: bool) -> bytes:
    """A JPEG (quality 92, 4:2:0) of the size asked for, with a camera's noise and its profile."""
    height = round((megapixels * 1e6 * 2 / 3) ** 0.5)
    width = round(height * 1.5)
    if path is None:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        planes = [40 + 35 * np.sin(x / (90 + 40 * c) + c) * np.cos(y / 130) for c in range(3)]
        picture = np.stack(planes, axis=-1)
    else:
        picture = cv2.resize(
            read(path).pixels, (width, height), interpolation=cv2.INTER_CUBIC
        ).astype(np.float32)
    noise = np.random.default_rng(0).standard_normal(picture.shape, dtype=np.float32)
    pixels = np.clip(picture + 4.5 * noise, 0, 255).astype(np.uint8)
    profile = None if path is None else read(path).icc
    photo = Photo(pixels, icc=profile, orientation=6 if turned else 1, format="jpeg")
    return encode(photo, quality=92)


def _alternate(a: Callable[[], None], b: Callable[[], None], runs: int) -> tuple[float, float]:
    """Median milliseconds of two functions, run in turn after one warm-up each."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 1):
        for function, kept in zip((a, b), times, strict=True):
            start = time.perf_counter()
            function()
            if number:
                kept.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def _memory(model: str, size: int, source: Path, target: Path) -> None:
    loaded, peak, decoded = _probe(PROBE, model, str(size), str(source), str(target))
    (bare,) = _probe(IDLE)
    print(f"decoded photo   {decoded / 2**20:8.1f} MiB")
    print(f"peak above the loaded program {(peak - loaded) / decoded:6.2f} x decoded photo")
    print(f"peak above a bare interpreter {(peak - bare) / decoded:6.2f} x decoded photo")


def _probe(code: str, *arguments: str) -> list[int]:
    out = subprocess.check_output([sys.executable, "-c", code, *arguments], text=True)
    return [int(number) for number in out.split()]


if __name__ == "__main__":
    main()
