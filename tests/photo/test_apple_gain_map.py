"""Apple's gain maps: fitted as others are, by Apple's own formula, while its headroom is told."""

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from nightlift.photo import apple_terms
from nightlift.photo.metadata import GAIN_MAP, losses
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo import files, ultra_hdr
from tests.photo.test_gain_map import BASE, CODES, WIDTH, lifted, second_of
from tests.photo.ultra_hdr import URN, apple_exif, apple_xmp, decoded, jpeg, linear, map_file

NUMBERS = ((33, 1.01), (48, 0.5))
HEADROOM = 2 ** (2.303 - 0.303 * 0.5)


def apple_file(second, exif=None):
    told = () if exif is None else (files.segment(0xE1, b"Exif\0\0" + exif),)
    return ultra_hdr.file_of(jpeg(BASE), second, *told, announced=False)


SECOND = map_file(CODES, apple_xmp())
FILE = apple_file(SECOND, apple_exif(*NUMBERS))
NEWER = apple_file(map_file(CODES, apple_xmp(131072, 3.5)), apple_exif(*NUMBERS))


def rendition(file, headroom):
    """Linear luma of the base and of the HDR picture, by Pillow and Apple's formula alone."""
    end = file.index(b"\xff\xd9\xff\xd8", file.index(b"MPF\0")) + 2
    base, codes = decoded(file[:end]), decoded(file[end:]).astype(float) / 255
    codes = np.kron(codes, np.ones((4, 4)))
    gain = np.where(codes < 0.081, codes / 4.5, ((codes + 0.099) / 1.099) ** (1 / 0.45))
    light = linear(base) @ [0.2126, 0.7152, 0.0722]
    return light, light * (1 + (headroom - 1) * gain)


@pytest.mark.parametrize(
    ("gain_range", "gain", "stops"),
    [(0.5, 0.005, 1.7), (0.5, 1.0, 1.5), (1.0, 0.005, 2.65), (1.2, 1.0, 2.0), (1.2, 9.0, None)],
)
@pytest.mark.parametrize("order", "<>")
def test_the_maker_s_note_tells_the_headroom(gain_range, gain, stops, order):
    """Apple's four cases; beyond them there is no gain."""
    terms = apple_terms.by_note(apple_exif((33, gain_range), (48, gain), order=order))
    assert (terms is None) == (stops is None)
    if terms is not None:
        assert terms.headroom == pytest.approx(2**stops) and terms.noted


@pytest.mark.parametrize(
    "exif",
    [
        None,
        b"MM\0*",
        files.exif_block(1),
        apple_exif((33, 1.0)),
        apple_exif(*NUMBERS).replace(b"Apple iOS", b"Apple iPS"),
        apple_exif(*NUMBERS).replace(b"\0\1MM", b"\0\1XX"),
    ],
)
def test_no_headroom_without_both_numbers_of_an_apple_device(exif):
    assert apple_terms.by_note(exif) is None
    photo = read(apple_file(SECOND, exif))
    assert photo.gain_map is None and GAIN_MAP in photo.notices
    assert read(apple_file(map_file(CODES, apple_xmp(131072, 3.5)), exif)).gain_map is not None


def test_values_and_gains_are_each_other_s_inverse():
    terms = apple_terms.by_note(apple_exif(*NUMBERS))
    values = np.linspace(0, 1, 33, dtype=np.float32)[:, None, None]
    assert np.allclose(terms.values(terms.gains(values)), values, atol=1e-5)
    assert terms.gains(values).max() == pytest.approx(np.log2(HEADROOM))


@pytest.mark.parametrize("file", [FILE, NEWER])
def test_an_unchanged_photo_keeps_the_very_bytes(file):
    photo = read(file)
    assert photo.notices == () == losses(photo)
    written = encode(photo)
    assert second_of(written) == photo.gain_map.picture
    base = written[: -len(photo.gain_map.picture)]
    assert files.apple_note(*NUMBERS) in base and b"MPF\0" in base
    assert not any(word in base for word in (b"hdrgm", b"Directory", b"HDRGainMap"))
    assert encode(read(written)) == written


@pytest.mark.parametrize(("file", "headroom"), [(FILE, HEADROOM), (NEWER, 3.5)])
def test_the_hdr_picture_is_the_brighter_one_of_the_old_and_the_lifted(file, headroom):
    written = encode(lifted(read(file), 3.0, slice(0, 72)))
    assert second_of(written) != read(file).gain_map.picture
    _, old = rendition(file, headroom)
    base, new = rendition(written, headroom)
    inside = np.arange(WIDTH) % 24 // 8 == 1  # away from borders, which JPEG smooths
    wanted = np.maximum(old, base)[:, inside]
    assert np.abs(np.log2((new[:, inside] + 1 / 64) / (wanted + 1 / 64))).max() < 0.08


@pytest.mark.parametrize(
    ("file", "options", "kept"),
    [
        (FILE, {"strip": "gps"}, False),
        (NEWER, {"strip": "gps"}, True),
        (NEWER, {"strip": "all"}, False),
        (FILE, {"gain_map": "drop"}, False),
        (FILE, {"format": "tiff"}, False),
    ],
)
def test_where_the_map_or_its_headroom_is_left_out_that_is_told(file, options, kept):
    """Without the maker's note, which may tell a place, nothing tells how much FILE's map adds."""
    photo = read(file)
    assert (read(encode(photo, **options)).gain_map is not None) == kept
    assert (GAIN_MAP in losses(photo, **options)) != kept


def test_a_note_that_is_too_long_for_a_jpeg_takes_the_map_with_it():
    photo = read(FILE)
    photo = replace(photo, exif=photo.exif + bytes(66_000))
    assert GAIN_MAP in losses(photo) and read(encode(photo)).gain_map is None


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_it_as_it_reads_apple_s(tmp_path):
    (tmp_path / "before.jpg").write_bytes(FILE)
    (tmp_path / "after.jpg").write_bytes(encode(lifted(read(FILE), 2.0, slice(0, 48))))

    def told(*options):
        command = ["exiftool", *options]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout

    for name in ("before.jpg", "after.jpg"):
        (found,) = json.loads(told("-j", "-n", "-HDRHeadroom", "-HDRGain", name))
        assert (found["HDRHeadroom"], found["HDRGain"]) == tuple(value for _, value in NUMBERS)
        second = told("-b", "-MPImage2", name)
        assert second == second_of((tmp_path / name).read_bytes())
        (tmp_path / "second.jpg").write_bytes(second)
        (found,) = json.loads(told("-j", "-n", "-XMP:all", "second.jpg"))
        assert found["HDRGainMapVersion"] == 65536 and found["AuxiliaryImageType"] == URN
    before, after = (
        set(told("-validate", "-warning", "-a", "-s3", name).splitlines()[1:])
        for name in ("before.jpg", "after.jpg")
    )
    assert after <= before


def test_a_heic_s_map_goes_into_the_jpeg():
    pytest.importorskip("pi_heif")
    pytest.importorskip("av")
    from tests.photo import heif

    codes = heif.smooth(64, 96)
    base = np.repeat(heif.smooth(256, 384)[..., None] // 4, 3, axis=2)
    photo = read(heif.heic(base, codes, apple_exif(*NUMBERS)))
    assert photo.format == "heic" and photo.notices == () == losses(photo)
    assert np.abs(decoded(second_of(encode(photo))).astype(int) - codes).max() <= 3
    assert losses(photo, "png") == (GAIN_MAP,)
    doubled = second_of(encode(photo.with_pixels(photo.pixels * 2)))
    assert decoded(doubled).mean() < codes.mean() - 20
    untold = read(heif.heic(base, codes, files.exif_block(1)))
    assert untold.gain_map is None and untold.notices == (GAIN_MAP,)
