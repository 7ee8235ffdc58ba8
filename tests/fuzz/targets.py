"""What is fuzzed: every reader of bytes that strangers may have written.

A target is seeds, and an act on bytes that raises nothing but what it is allowed to.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli
import numpy as np

from nightlift.data import layouts
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import NightliftError
from nightlift.models.released import FOLDER, parse
from nightlift.photo import (
    boxes,
    exif,
    exif_tree,
    icc,
    jpeg_segments,
    jxl_boxes,
    places,
    png_chunks,
    xmp,
)
from nightlift.photo import photoshop as resources
from nightlift.photo.header import dimensions
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.tiff_tags import Tiff
from nightlift.photo.writing import encode
from tests.fuzz.mutation import FAULTS, FORMATS, seeds, with_sums
from tests.photo import files, heif, ultra_hdr


@dataclass(frozen=True)
class Target:
    """Seeds, the act on bytes, and what it may raise."""

    seeds: Callable[[], Iterable[bytes]]
    act: Callable[[bytes], object]
    allowed: tuple[type[Exception], ...] = (NightliftError,)

    def __call__(self, data: bytes) -> None:
        """Act; whatever is not allowed escapes."""
        with contextlib.suppress(*self.allowed):
            self.act(data)


def photo(data: bytes) -> None:
    """Measure, read and write a photo, and read what was written."""
    with contextlib.suppress(NightliftError):
        dimensions(data)
    found = read(data, threads=len(data) % 3 + 1)
    if found.pixels.size > 1 << 22:
        return
    rng = random.Random(len(data))
    for format, strip in [("same", "gps"), (rng.choice(FORMATS), rng.choice(["none", "all"]))]:
        try:
            written = encode(found, format=format, strip=strip, upright=rng.random() < 0.3)
        except NightliftError:
            continue
        assert read(written).pixels.size == found.pixels.size


def exif_block(data: bytes) -> None:
    """Everything that is done to EXIF."""
    exif.orientation(data)
    exif.resolution(data)
    places.exif_without(data)
    exif_tree.fitted(data, 1000)
    if exif.is_sound(data):
        turned = exif.with_size(exif.with_orientation(exif.without_thumbnail(data), 6), 70000, 5)
        assert exif.orientation(turned) == 6 or not exif.is_sound(turned)
        exif.has_maker_note(data)


def packet(data: bytes) -> None:
    """Everything that is done to XMP."""
    xmp.has_gain_map(data)
    xmp.has_motion(data)
    if xmp.is_sound(data):
        for changed in (places.xmp_without(data), xmp.without_extras(data)):
            assert xmp.is_sound(changed)
        assert xmp.is_sound(xmp.with_size(xmp.with_orientation(data, 3), 5, 7))


def profile(data: bytes) -> None:
    """A profile, and pixels through it."""
    from nightlift.photo import color

    icc.parse(data)
    if color.acts_in_place(data):
        return
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    color.from_srgb(color.to_srgb(pixels, data), data)


def directories(data: bytes) -> None:
    """The directories of a TIFF file."""
    found = Tiff(data)
    found.pages()
    entries = found.directory(found.first)
    for value in entries.values():
        found.inner(value)
        found.numbers(value)


def iptc(data: bytes) -> None:
    """Photoshop's resources with IPTC records."""
    resources.iptc_of(data)
    resources.without_thumbnails(data)
    places.iptc_without(data)


def in_folder(name: str, act: Callable[[Path], object]) -> Callable[[bytes], object]:
    """An act on a folder that holds these bytes under a name."""

    def on_bytes(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / name).write_bytes(data)
            act(Path(place))

    return on_bytes


def metadata_of(format: str, field: str) -> Callable[[], Iterator[bytes]]:
    """That field of photos of a format."""

    def found() -> Iterator[bytes]:
        for data in seeds(format):
            with contextlib.suppress(NightliftError):
                value = getattr(read(data), field)
                if value:
                    yield value

    return found


def edits() -> Iterator[bytes]:
    """Saved edits of a few kinds."""
    dark = files.gradient(24, 32) // 4
    with tempfile.TemporaryDirectory() as place:
        for number, method in enumerate(("gamma", "lime", "clahe")):
            path = Path(place) / f"{number}.npz"
            Enhancer(method).estimate(dark, paint=method == "clahe").save(path)
            yield path.read_bytes()
            with zipfile.ZipFile(path) as packed, io.BytesIO() as plain:
                with zipfile.ZipFile(plain, "w") as again:  # not compressed: bytes mean something
                    for entry in packed.namelist():
                        again.writestr(entry, packed.read(entry))
                yield plain.getvalue()


def models() -> Iterator[bytes]:
    """The smallest of the released files."""
    yield min((path.read_bytes() for path in FOLDER.glob("*.onnx")), key=len)


def texts(*contents: object) -> Callable[[], Iterable[bytes]]:
    """JSON, or text as it is."""
    return lambda: [(one if isinstance(one, str) else json.dumps(one)).encode() for one in contents]


def heic() -> Iterator[bytes]:
    """A HEIC without a picture, one with Apple's gain map, and AVIF, which has the same boxes."""
    yield (FAULTS / "inputs" / "no-picture.heic").read_bytes()
    exif = ultra_hdr.apple_exif((33, 1.01), (48, 0.5))
    yield heif.heic(files.gradient(64, 96), heif.smooth(32, 48), exif)
    for data in seeds("avif"):
        yield data.replace(b"ftypavif", b"ftypheic", 1)


def jxl() -> Iterator[bytes]:
    """JPEG XL with all that may travel in it, of each depth, alone and in boxes, packed too."""
    yield from seeds("jxl")
    picture = encode(Photo(files.gradient(16, 16)), format="jxl", quality=80)
    yield picture
    blocks = {b"Exif": bytes(4) + files.exif_block(6), b"xml ": files.xmp_packet()}
    packed = [kind + brotli.compress(block) for kind, block in blocks.items()]
    kinds = [*((b"brob", body) for body in packed), (b"jxlc", picture)]
    boxed = [struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in kinds]
    yield b"".join([jxl_boxes.HEAD, *boxed])


def ultra_hdr_files() -> Iterator[bytes]:
    """JPEGs with a gain map whose terms are told in XMP, in lists, by ISO 21496-1, or by Apple."""
    base, codes = ultra_hdr.jpeg(files.gradient(32, 48)), files.gradient(8, 12)
    three = ultra_hdr.terms_xmp(high=(1.0, 2.0, 3.0))
    for map in (codes[..., 0].copy(), codes):
        for told in (ultra_hdr.terms_xmp(), ultra_hdr.terms_iso(), three):
            yield ultra_hdr.file_of(base, ultra_hdr.map_file(map, told))
    note = files.segment(0xE1, b"Exif\0\0" + ultra_hdr.apple_exif((33, 1.01), (48, 0.5)))
    for told in (ultra_hdr.apple_xmp(), ultra_hdr.apple_xmp(131072, 3.5)):
        second = ultra_hdr.map_file(codes[..., 0].copy(), told)
        yield ultra_hdr.file_of(base, second, note, announced=False)


def raw() -> Iterator[bytes]:
    """TIFF files that say they are DNG."""
    pixels = Photo(files.gradient(16, 16), exif=files.exif_block(6))
    data = encode(pixels, format="tiff")
    yield data
    yield data.replace(b"\x1c\x01\x03\0\x01\0\0\0\x01", b"\x12\xc6\x01\0\x04\0\0\0\x01", 1)


def videos() -> Iterator[bytes]:
    """Small clips of all containers."""
    for path in sorted((FAULTS / "inputs").iterdir()):
        if path.suffix in (".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".h264"):
            yield path.read_bytes()


def video(data: bytes) -> None:
    """A clip, read to its end."""
    from nightlift.video import truncation
    from nightlift.video.reading import Reader

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        truncation.missing(Path(file.name))
        with Reader(Path(file.name), 1) as reader:
            for _, _ in zip(reader.events(), range(200), strict=False):
                pass


RUN = {"data": ["folder:."], "split": {"training": ["a"], "validation": []}, "method": "zero-dce"}
BROKEN = (NightliftError, ValueError)

TARGETS = {
    **{format: Target(lambda format=format: seeds(format), photo) for format in FORMATS},
    "png": Target(lambda: seeds("png"), lambda data: photo(with_sums(data))),
    "jxl": Target(jxl, photo),
    "ultra-hdr": Target(ultra_hdr_files, photo),
    "heic": Target(heic, photo),
    "raw": Target(raw, photo),
    "exif": Target(metadata_of("jpeg", "exif"), exif_block, BROKEN),
    "xmp": Target(metadata_of("jpeg", "xmp"), packet, BROKEN),
    "icc": Target(metadata_of("png", "icc"), profile),
    "iptc": Target(metadata_of("jpeg", "iptc"), iptc),
    "tiff-directories": Target(lambda: seeds("tiff"), directories, BROKEN),
    "png-chunks": Target(lambda: seeds("png"), lambda data: png_chunks.parse(with_sums(data))),
    "jpeg-segments": Target(lambda: seeds("jpeg"), jpeg_segments.parse),
    "boxes": Target(heic, boxes.left_out),
    "edit": Target(edits, in_folder("a.npz", lambda place: Edit.load(place / "a.npz"))),
    "model": Target(models, lambda data: parse(data, Path("strange.onnx"))),
    "run": Target(texts(RUN), in_folder("run.json", lambda at: layouts.find(f"run:{at}"))),
    "pairs": Target(
        texts("photo,target\na.png,b.png\n../a.png,/b.png\n"),
        in_folder("pairs.csv", lambda at: layouts.find(f"pairs:{at}")),
    ),
    "groups": Target(
        texts({"one": ["a"]}, [{"ids": ["a"]}]),
        in_folder("groups.json", lambda at: layouts.find(f"folder:{at}")),
    ),
    "video": Target(videos, video),
}
