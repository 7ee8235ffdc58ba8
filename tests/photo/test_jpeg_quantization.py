"""Quantization tables against those that Pillow reads."""

import io

import numpy as np
import pytest
from PIL import Image

from nightlift.photo import jpeg, jpeg_segments
from nightlift.photo.jpeg_quantization import ZIGZAG, Quantization

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 56, 3)).astype(np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("quality", [20, 90])
def test_tables_of_each_component(mode, quality):
    stored = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(stored, "JPEG", quality=quality)
    photo = jpeg.decode(stored.getvalue())
    tables = Image.open(stored).quantization
    wanted = [tables[0]] if mode == "L" else [tables[0], tables[1], tables[1]]
    assert photo.quantization == tuple(tuple(table) for table in wanted)


def test_zigzag_begins_and_ends_as_it_should():
    assert ZIGZAG[:6] == (0, 1, 8, 16, 9, 2)
    assert ZIGZAG[-3:] == (55, 62, 63)
    assert sorted(ZIGZAG) == list(range(64))


def test_tables_that_are_cut_off_or_missing_are_none():
    tables = Quantization()
    tables.define(bytes([0, *range(1, 64)]))
    tables.name(bytes([8, 0, 1, 0, 1, 1, 1, 0x11, 0]))
    assert tables.found() == ()
    tables.define(bytes([0x10]) + b"\x01\x00" * 64)
    assert tables.found() == ((256,) * 64,)
    assert jpeg_segments.Segments().quantization.found() == ()
