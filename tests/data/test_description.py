"""A data set in numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.data.description import Range, describe

from .conftest import Place


def test_pairs_in_numbers(lol: Path) -> None:
    (lol / "split.json").write_text('{"validation": ["5"]}')
    (lol / "groups.json").write_text('{"a": ["0", "1"], "b": ["2"]}')
    found = describe(f"auto:{lol}")
    assert (found.layout, found.pairs, found.unreadable) == ("lol", 6, 0)
    assert found.parts == {"train": 5, "validation": 1, "test": 0, "good": 0}
    assert (found.width, found.height) == (Range(96, 96, 96), Range(72, 72, 72))
    assert (found.group_count, found.groups) == (2, Range(1, 1.5, 2))
    assert found.formats == {".png": 6, ".bmp": 6}
    assert found.split == "from split.json"
    assert found.brightness["photos"].dark == 1
    assert found.brightness["targets"].dark == 0


def test_brightness_is_the_mean_luma(tmp_path: Path) -> None:
    for index, level in enumerate((10, 40, 200)):
        Image.fromarray(np.full((64, 80, 3), level, np.uint8)).save(tmp_path / f"{index}.png")
    found = describe(f"folder:{tmp_path}").brightness["photos"]
    assert found.mean == Range(10, 40, 200)
    assert found.dark == pytest.approx(2 / 3)
    assert found.histogram == pytest.approx((1 / 3, 1 / 3, 0, 0, 0, 0, 1 / 3, 0), abs=1e-4)
    assert found.looked_at == 3


def test_what_cannot_be_read_is_counted(lol: Path) -> None:
    (lol / "low/0.png").write_bytes(b"no picture")
    (lol / "high/1.bmp").unlink()
    found = describe(f"lol:{lol}")
    assert (found.unreadable, found.problems) == (1, 1)


def test_a_published_rendition_is_recognized(place: Place, tmp_path: Path) -> None:
    for part in ("input", "expertC_gt"):
        place(f"{part}/a.png", height=512, width=340)
        place(f"{part}/b.png", height=300, width=512)
    assert describe(f"auto:{tmp_path}").variant == "FiveK at 512 pixels on the long side"
    place("input/c.png", height=300, width=500)
    place("expertC_gt/c.png", height=300, width=500)
    assert describe(f"auto:{tmp_path}").variant == ""
