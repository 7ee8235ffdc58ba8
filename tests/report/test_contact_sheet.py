"""The contact sheet: where things are, and what is refused."""

import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo
from nightlift.report.contact_sheet import BAND, MARGIN, PAPER, SheetRow, sheet


def flat(height, width, color, dtype=np.uint8):
    return np.broadcast_to(np.array(color, dtype), (height, width, 3)).copy()


def test_photos_stand_in_rows_and_columns():
    red, green = flat(20, 40, (200, 0, 0)), flat(20, 40, (0, 200, 0))
    made = sheet(
        [
            SheetRow("first", [Photo(red), Photo(green)]),
            SheetRow("second", [Photo(green), Photo(red)]),
        ],
        ["before", "after"],
    )
    assert made.dtype == np.uint8
    assert made.shape == (BAND + 2 * (BAND + 20 + MARGIN), 3 * MARGIN + 2 * 40, 3)
    first, second = 2 * BAND + 10, 3 * BAND + 20 + MARGIN + 10
    left, right = MARGIN + 20, 2 * MARGIN + 60
    assert tuple(made[first, left]) == tuple(made[second, right]) == (200, 0, 0)
    assert tuple(made[first, right]) == tuple(made[second, left]) == (0, 200, 0)
    assert tuple(made[first, MARGIN + 40 + MARGIN // 2]) == PAPER


def test_every_label_leaves_ink():
    rows = [SheetRow("night.jpg", [Photo(flat(30, 120, (0, 0, 0)))])]
    made = sheet(rows, ["adaptive-gamma"])
    assert made[:BAND].max() > 150
    assert made[BAND : 2 * BAND].max() > 150
    empty = sheet([SheetRow("", rows[0].photos)], [""])
    assert empty[: 2 * BAND].max() == max(PAPER)


def test_a_long_label_stays_inside_its_cell():
    photos = [Photo(flat(30, 60, (0, 0, 0)))] * 2
    made = sheet([SheetRow("x", photos)], ["a very long name of a method", ""])
    assert made[:BAND, : MARGIN + 60].max() > 150
    assert made[:BAND, MARGIN + 60 + 2 :].max() == max(PAPER)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_shown_upright(orientation):
    upright = flat(20, 40, (0, 0, 0))
    upright[:10, :20] = (250, 250, 0)
    stored = np.ascontiguousarray(turn_back(upright, orientation))
    made = sheet([SheetRow("", [Photo(stored, orientation=orientation)])], [""])
    assert np.array_equal(made[2 * BAND : 2 * BAND + 20, MARGIN : MARGIN + 40], upright)


@pytest.mark.parametrize(("shape", "wanted"), [((300, 900), (160, 480)), ((900, 300), (480, 160))])
def test_large_photos_shrink_and_keep_their_aspect(shape, wanted):
    made = sheet([SheetRow("", [Photo(flat(*shape, (90, 120, 30)))])], [""])
    assert made.shape[:2] == (2 * BAND + wanted[0] + MARGIN, 2 * MARGIN + wanted[1])
    assert tuple(made[2 * BAND + wanted[0] // 2, MARGIN + wanted[1] // 2]) == (90, 120, 30)


def test_small_photos_are_centered_and_other_depths_are_shown():
    deep = Photo(flat(10, 10, (32896, 0, 65535), np.uint16))
    floats = Photo(flat(30, 50, (0.5, 0.0, 1.0), np.float32))
    made = sheet([SheetRow("", [deep]), SheetRow("", [floats])], [""])
    center = MARGIN + 25
    assert tuple(made[2 * BAND + 5, center]) == (128, 0, 255)
    assert tuple(made[2 * BAND + 5, center - 8]) == PAPER
    assert tuple(made[3 * BAND + 10 + MARGIN + 15, center]) == (128, 0, 255)


def test_many_photos_stand_in_blocks_that_make_about_a_square():
    rows = [
        SheetRow(str(number), [Photo(flat(300, 400, (number, 0, 99)))] * 2) for number in range(64)
    ]
    made = sheet(rows, ["before", "after"])
    assert max(made.shape[:2]) < 1.3 * min(made.shape[:2])
    found = np.unique(made.reshape(-1, 3), axis=0)
    assert {tuple(color) for color in found} >= {(number, 0, 99) for number in range(64)}
    assert sheet(rows[:9], ["before", "after"]).shape[0] > 3000, "a few stand in one block"


def test_rows_are_taken_one_at_a_time():
    taken = []

    def rows():
        for label in ("a", "b", "c"):
            taken.append(label)
            yield SheetRow(label, [Photo(flat(4, 4, (1, 2, 3)))])

    sheet(rows(), ["x"])
    assert taken == ["a", "b", "c"]


def test_what_is_missing_is_said():
    photo = Photo(flat(4, 4, (1, 2, 3)))
    with pytest.raises(UsageError, match="at least one column"):
        sheet([SheetRow("a", [photo])], [])
    with pytest.raises(UsageError, match="at least one photo"):
        sheet([], ["a"])
    with pytest.raises(UsageError, match=r"2 photos in the row 'night\.jpg', got 1"):
        sheet([SheetRow("night.jpg", [photo])], ["a", "b"])
