"""Each listed file that no other test names: what it is read as, or the sentence it ends in."""

import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.data import open_collection
from nightlift.errors import DataError, ModelError, ReadError
from nightlift.models import load
from nightlift.photo.reading import read
from nightlift.photo.writing import encode

FAULTS = Path(__file__).resolve().parents[1] / "faults"
INPUTS, ATTACK = FAULTS / "inputs", FAULTS / "attack"


@pytest.mark.parametrize("name", ["junk-between-segments.jpg", "no-eoi.jpg"])
def test_what_other_readers_open_is_read_with_a_notice(name: str) -> None:
    found = read(INPUTS / name)
    assert np.array_equal(found.pixels, read(INPUTS / "plain.jpg").pixels)
    (notice,) = found.notices
    assert "what could be read of it was kept" in notice


def test_what_a_camera_adds_to_a_jpeg_is_kept_or_named() -> None:
    found = read(INPUTS / "comment-flir-jumbf.jpg")
    assert found.texts == (("Comment", "a comment"),)
    assert found.notices == ("left out: APP11, APP6, FLIR's thermal data",)
    assert read(encode(found)).texts == found.texts


def test_texts_of_a_png_are_kept() -> None:
    found = read(INPUTS / "text-chunks.png")
    assert [keyword for keyword, _ in found.texts] == ["Title", "parameters", "Comment", "workflow"]
    assert read(encode(found)).texts == found.texts
    assert not found.notices


def test_a_gamma_of_1_is_a_profile() -> None:
    found = read(INPUTS / "gamma-1.png")
    assert found.icc is not None
    codes = np.asarray(Image.open(INPUTS / "gamma-1.png"))
    assert np.array_equal(found.pixels, codes)
    assert read(encode(found)).icc == found.icc


def test_twelve_bits_are_sixteen() -> None:
    found = read(INPUTS / "gray-12-bit.tif")
    assert (found.pixels.dtype, found.mode) == (np.uint16, "gray")
    steps = np.unique(found.pixels).astype(int)
    twelve = (steps * 4095 + 32767) // 65535
    assert np.abs(steps - twelve * 65535 / 4095).max() <= 1


def test_lzma_is_unpacked() -> None:
    assert np.array_equal(
        read(INPUTS / "lzma-8.tif").pixels, tifffile.imread(INPUTS / "lzma-8.tif")
    )


def test_infrared_is_no_transparency() -> None:
    found = read(INPUTS / "rgb-infrared-16.tif")
    assert found.alpha is None
    assert np.array_equal(found.pixels, tifffile.imread(INPUTS / "rgb-infrared-16.tif")[..., :3])
    assert found.notices == ("a channel that is neither color nor transparency was left out",)


def test_transparency_of_one_bit() -> None:
    found = read(INPUTS / "gray1-trns.png")
    expected = np.asarray(Image.open(INPUTS / "gray1-trns.png").convert("RGBA"))[..., 3]
    assert found.alpha is not None
    assert np.array_equal(found.alpha, expected)


def test_differences_of_a_jpeg_that_have_no_end_are_a_photo_soon() -> None:
    start = time.process_time()
    assert read(ATTACK / "jpeg_dc_intmin.jpg").pixels.shape == (1088, 65480, 3)
    assert time.process_time() - start < 30  # it was endless


@pytest.mark.parametrize(
    "name", ["xmp_gps_quadratic.png", "xmp_motion_spaces.jpg", "xmp_prefixes_default.png"]
)
def test_packets_that_took_minutes_are_left_out_at_once(name: str) -> None:
    start = time.process_time()
    found = read(ATTACK / name)
    encode(found, strip="gps")
    assert time.process_time() - start < 5
    assert found.notices == ("the XMP is damaged and was left out",)


def test_a_million_missing_parts_are_counted() -> None:
    with pytest.raises(ReadError, match="842137 of the 842138 parts of its picture are missing"):
        read(ATTACK / "fuzz_slow_1.bin")


def test_a_model_with_a_loop_is_refused() -> None:
    with pytest.raises(ModelError, match=r"got control flow \(Loop\)"):
        load(ATTACK / "m_loop.onnx")


def test_pairs_with_an_absolute_path_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes((ATTACK / "pairs_absolute.csv").read_bytes())
    with pytest.raises(DataError, match="absolute/elsewhere"):
        open_collection(f"pairs:{tmp_path}")
