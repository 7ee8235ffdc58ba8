"""Light in Radiance and OpenEXR files: read as it is stored, and refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from nightlift.errors import MissingExtraError, NightliftError, ReadError
from nightlift.photo.scene_light import is_light, read_light

HEAD = b"#?RADIANCE\nEXPOSURE=2\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 3\n"
# One byte each of red, green and blue, and the exponent that they share, 128 added.
PIXELS = bytes([128, 64, 32, 129, 0, 0, 0, 0, 255, 128, 1, 137] * 2)
LIGHT = np.array([[[1, 0.5, 0.25], [0, 0, 0], [510, 256, 2]]] * 2, np.float32)


def radiance(folder: Path, head: bytes = HEAD, pixels: bytes = PIXELS) -> Path:
    path = folder / "light.hdr"
    path.write_bytes(head + pixels)
    return path


def exr(path: Path, light: Any, names: str = "RGB", **told: Any) -> Path:
    library = pytest.importorskip("OpenImageIO", reason="the extra jxl is not installed")
    height, width, count = light.shape
    spec = library.ImageSpec(width, height, count, library.FLOAT)
    spec.channelnames = tuple(names)
    for name, value in told.items():
        if name == "chromaticities":
            kind = library.TypeDesc(library.FLOAT, library.SCALAR, library.NOSEMANTICS, 8)
            spec.attribute(name, kind, np.array(value, np.float32))
        else:
            setattr(spec, name, value)
    out = library.ImageOutput.create(str(path))
    assert out.open(str(path), spec) and out.write_image(light) and out.close()
    return path


def scene(height: int = 9, width: int = 13) -> Any:
    rng = np.random.default_rng(0)
    return np.exp(rng.normal(0, 3, (height, width, 3))).astype(np.float32)


def test_radiance_as_it_is_stored(tmp_path: Path) -> None:
    path = radiance(tmp_path)
    assert is_light(path)
    # EXPOSURE is not divided out: 1 is what was meant to be seen as white.
    np.testing.assert_allclose(read_light(path), LIGHT, rtol=1 / 128)


def test_packed_radiance_is_within_its_precision(tmp_path: Path) -> None:
    light = scene(20, 40)
    assert cv2.imwrite(str(tmp_path / "a.hdr"), light[..., ::-1])
    found = read_light(tmp_path / "a.hdr")
    # A byte of the largest channel's exponent.
    assert np.abs(found - light).max(2).max() <= light.max() and found.dtype == np.float32
    assert (np.abs(found - light) <= light.max(2, keepdims=True) / 127).all()


def test_exr_to_the_bit_whatever_its_order(tmp_path: Path) -> None:
    light = scene()
    found = read_light(exr(tmp_path / "a.exr", light))
    assert np.array_equal(found, light)
    turned = read_light(exr(tmp_path / "b.exr", light, "BGR"))
    assert np.array_equal(turned, light[..., ::-1])
    gray = read_light(exr(tmp_path / "c.exr", light[..., :1].copy(), "Y"))
    assert np.array_equal(gray, np.repeat(light[..., :1], 3, 2))
    srgb = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
    assert np.array_equal(read_light(exr(tmp_path / "d.exr", light, chromaticities=srgb)), light)


def test_below_zero_is_black(tmp_path: Path) -> None:
    light = scene()
    light[0, 0] = (-1, 0.5, 2)
    assert read_light(exr(tmp_path / "a.exr", light))[0, 0].tolist() == [0, 0.5, 2]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chromaticities": (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)}, "sRGB"),
        ({"full_width": 20}, "display window"),
        ({"names": "RGZ"}, "no channel B"),
    ],
)
def test_an_odd_exr_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = exr(tmp_path / "a.exr", scene(), **changes)
    with pytest.raises(ReadError, match=rf"a\.exr: .*{words}"):
        read_light(path)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    for value in (np.nan, np.inf):
        light = scene()
        light[3, 4, 1] = value
        with pytest.raises(ReadError, match="no finite numbers"):
            read_light(exr(tmp_path / "a.exr", light))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (HEAD.replace(b"rgbe", b"xyze"), "stores XYZ"),
        (HEAD.replace(b"-Y 2 +X 3", b"+X 3 -Y 2"), "not stored from the top"),
        (HEAD.replace(b"-Y 2", b"-Y 90000"), "million"),
        (HEAD.replace(b"EXPOSURE=2", b"PRIMARIES=.7 .3 .2 .8 .1 .05 .31 .33"), "sRGB"),
        (HEAD.replace(b"EXPOSURE=2", b"PRIMARIES=red"), "sRGB"),
        (HEAD[:20], "damaged"),
    ],
)
def test_an_odd_radiance_is_refused(tmp_path: Path, head: bytes, words: str) -> None:
    head = head.replace(b"+X 3", b"+X 90000") if b"90000" in head else head
    with pytest.raises(ReadError, match=rf"light\.hdr: .*{words}"):
        read_light(radiance(tmp_path, head))


def test_no_part_of_a_file_is_taken_for_the_whole(tmp_path: Path) -> None:
    light = scene(12, 16)
    assert cv2.imwrite(str(tmp_path / "a.hdr"), light[..., ::-1])
    files = {".hdr": (tmp_path / "a.hdr").read_bytes()}
    files[".exr"] = exr(tmp_path / "a.exr", light).read_bytes()
    for extension, data in files.items():
        path = tmp_path / f"cut{extension}"
        for length in range(0, len(data) - 1, max(1, len(data) // 60)):
            path.write_bytes(data[:length])
            with pytest.raises(NightliftError):
                read_light(path)
    assert not is_light(tmp_path / "none.hdr")
    with pytest.raises(ReadError, match="no such file"):
        read_light(tmp_path / "none.hdr")
    (tmp_path / "text.hdr").write_bytes(b"a text")
    with pytest.raises(ReadError, match="expected a Radiance HDR or OpenEXR picture"):
        read_light(tmp_path / "text.hdr")


def test_exr_without_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exr(tmp_path / "a.exr", scene())
    monkeypatch.setitem(__import__("sys").modules, "OpenImageIO", None)
    with pytest.raises(MissingExtraError, match=r"OpenEXR .*nightlift\[jxl\]"):
        read_light(path)
