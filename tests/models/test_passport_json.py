"""Passports survive being written and read, and nothing unknown gets through."""

import json

import pytest

from nightlift.errors import ModelError
from nightlift.models.passport import Guide, Passport
from nightlift.models.passport_json import from_json, to_json
from nightlift.photo.proxy import Divisor, FixedSize, LongSide, OwnSize
from tests.onnx_graphs import PASSPORT

GRID = PASSPORT._replace(
    kind="bilateral_grid",
    steps=None,
    grid_mode="divide",
    size=FixedSize(256, 320),
    exact_size=Divisor(12),
    guide=Guide(((0.25, -1.5, 1e-7), (1.0, 2.0, 3.0)), (0.5, 0.0), (1.0, -1.0), 0.125),
    sources=("A, B", "“C” é"),
    quality={"psnr": 21.5, "ssim": 0.8},
    halo=None,
    multiple=16,
)


PAINTED = PASSPORT._replace(
    kind="picture", steps=None, halo=8, pooled=5, table=True, bytes_a_pixel=77
)
HUE_KEPT = PASSPORT._replace(hue="kept")


@pytest.mark.parametrize(
    "passport", [PASSPORT, GRID, PAINTED, HUE_KEPT, PASSPORT._replace(size=OwnSize())]
)
def test_written_and_read_is_equal(passport: Passport) -> None:
    text = to_json(passport)
    assert "\n" not in text
    assert from_json(text) == passport


def changed(**changes: object) -> str:
    content = json.loads(to_json(GRID))
    content.update(changes)
    return json.dumps({key: value for key, value in content.items() if value != "DROP"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed(format=2), "format 1, got 2"),
        (changed(format="DROP"), "format 1, got None"),
        (changed(setps=3), "unknown key 'setps'; did you mean steps"),
        (changed(kind="lookup"), "'kind' is wrong: expected one of tone_table"),
        (changed(method="DROP"), "lacks the key 'method'"),
        (changed(resize="cubic"), "'resize' is wrong"),
        (changed(size={"rule": "long-side", "pixels": 0}), "at least 1, got 0"),
        (changed(size={"rule": "long-side", "pixels": 5, "more": 1}), "an object of rule, pixels"),
        (changed(size={"rule": "widest"}), "rule fixed, long-side, divisor or own"),
        (changed(size=384), "'size' is wrong"),
        (changed(halo=-1), "at least 0, got -1"),
        (changed(multiple=True), "whole number"),
        (changed(parameters=1.5), "whole number"),
        (changed(title=5), "expected text, got 5"),
        (changed(sources="one"), "expected a list"),
        (changed(sources=[1]), "expected text, got 1"),
        (changed(quality={"psnr": "high"}), "finite number"),
        (changed(quality=[1]), "an object of numbers"),
        (changed(alignment="center"), "'alignment' is wrong"),
        (changed(grid_mode=None), "grid_mode"),
        (changed(least_light=0), "between 0 and 1, got 0"),
        (changed(least_light=1e-4, grid_mode="affine"), "least_light for grids that divide only"),
        (changed(kind="curve_map", steps=None), "steps"),
        (changed(kind="tone_table"), "a guide for bilateral grids only"),
        (changed(guide={"w1": [[1, 2]], "b1": [0], "w2": [1], "b2": 0}), r"w1 \(n, 3\)"),
        (changed(guide={"w1": [], "b1": [0], "w2": [], "b2": 0}), r"w1 \(n, 3\)"),
        ('{"format": 1, "format": 1}', "appears twice"),
        (changed().replace("21.5", "NaN"), "finite number"),
        (changed(hue="turned"), "'hue' is wrong: expected one of kept"),
        (
            changed(kind="light_grid", guide=None, grid_mode=None, hue="kept"),
            "no hue for a light grid, which keeps it anyway",
        ),
        (changed(pooled=5), "pooled for pictures only, got bilateral_grid"),
        (changed(table=True), "a table for picture and lut3d only, got bilateral_grid"),
        (changed(power_to=1.5), "between 0 and 1, got 1.5"),
        (changed(power_to=0.45), "power_to for curve maps only, got one for bilateral_grid"),
        (changed(table=1), "expected true or false, got 1"),
        (changed(pooled=-1), "at least 0, got -1"),
        (changed(bytes_a_pixel=0), "at least 1, got 0"),
        ("[]", "JSON object, got list"),
        ("{", "in JSON"),
        ("[" * 100_000, "in JSON"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        from_json(text)


def test_left_out_keys_have_their_defaults() -> None:
    content = json.loads(to_json(PASSPORT))
    del content["license"], content["date"]
    assert from_json(json.dumps(content)) == PASSPORT._replace(license="unknown", date="")


def test_a_kind_without_what_it_needs_is_not_written() -> None:
    with pytest.raises(ModelError, match="steps"):
        to_json(PASSPORT._replace(steps=None))


def test_ports_follow_from_what_is_declared() -> None:
    assert (PASSPORT.inputs, PASSPORT.outputs) == (("photo",), ("parameters",))
    assert PAINTED.inputs == ("photo", "given")
    assert PAINTED.outputs == ("parameters", "table", "pooled")
    with pytest.raises(ModelError, match="expected the halo"):
        to_json(PAINTED._replace(halo=None))


def test_long_sides_are_not_fixed_sizes() -> None:
    assert from_json(to_json(PASSPORT._replace(size=LongSide(1)))).size == LongSide(1)
