"""Crops of objects from made-up annotations of exactly ExDark's and COCO's forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nightlift.cli import object_pairs as command
from nightlift.cli.parser import Parser
from nightlift.data import object_pairs
from nightlift.data.annotations import Box, read_coco, read_exdark
from nightlift.data.collection import open_collection
from nightlift.data.object_pairs import cropped, plan
from nightlift.data.pictures import Bytes
from nightlift.errors import DataError, UsageError

from .conftest import Place, draw

BICYCLE = """% bbGt version=3
Bicycle 10 20 40 30 0 0 0 0 0 0 0
People 50 5 20 60 0 0 0 0 0 0 0
Bicycle 60 10 8 30 0 0 0 0 0 0 0
Bicycle 0 0 40 40 0 0 0 0 0 1 0
"""
CAR = "% bbGt version=3\nCar 5 6 50 25 0 0 0 0 0 0 0\n"


@pytest.fixture
def exdark(place: Place, tmp_path: Path) -> Path:
    """As published: photos in ExDark/<Class>, annotations in ExDark_Annno/<Class>."""
    place("dark/ExDark/Bicycle/2015_00001.png", seed=1)
    place("dark/ExDark/Car/2015_02240.jpg", seed=2)
    for kind, name, text in (
        ("Bicycle", "2015_00001.png", BICYCLE),
        ("Car", "2015_02240.JPG", CAR),
    ):
        path = tmp_path / "dark" / "ExDark_Annno" / kind / f"{name}.txt"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (tmp_path / "dark" / "README.txt").write_text("not an annotation")
    return tmp_path / "dark"


def pixels(path: Path) -> Bytes:
    with Image.open(path) as opened:
        return np.array(opened)


def instance(id: int, image: int, category: int, box: list[float], crowd: int = 0) -> Any:
    area = box[2] * box[3]
    return {
        "id": id,
        "image_id": image,
        "category_id": category,
        "bbox": box,
        "area": area,
        "iscrowd": crowd,
        "segmentation": [],
    }


@pytest.fixture
def coco(place: Place, tmp_path: Path) -> Path:
    place("coco/000000000139.jpg", seed=3)
    place("coco/000000000285.jpg", seed=4)
    photo = {"width": 96, "height": 72, "license": 3}
    content = {
        "info": {},
        "licenses": [],
        "images": [
            {"id": 139, "file_name": "000000000139.jpg", **photo},
            {"id": 285, "file_name": "000000000285.jpg", **photo},
            {"id": 999, "file_name": "000000000999.jpg", **photo},
        ],
        "annotations": [
            instance(7, 139, 1, [1.5, 2.25, 30.5, 40.0]),
            instance(8, 139, 2, [40.0, 10.0, 40.0, 33.0]),
            instance(9, 285, 2, [70.0, 40.0, 60.0, 60.0]),
            instance(10, 285, 2, [0.0, 0.0, 50.0, 50.0], crowd=1),
            instance(11, 999, 2, [0.0, 0.0, 50.0, 50.0]),
            instance(12, 285, 67, [5.0, 5.0, 40.0, 40.0]),
        ],
        "categories": [
            {"id": 1, "name": "person", "supercategory": "person"},
            {"id": 2, "name": "bicycle", "supercategory": "vehicle"},
            {"id": 67, "name": "dining table", "supercategory": "furniture"},
        ],
    }
    path = tmp_path / "instances_val2017.json"
    path.write_text(json.dumps(content))
    return path


def test_exdarks_annotations(exdark: Path) -> None:
    things = read_exdark(exdark)
    assert [(thing.kind, thing.number) for thing in things] == [
        ("bicycle", 1),
        ("people", 2),
        ("bicycle", 3),
        ("car", 1),
    ]
    assert things[0].box == Box(10, 20, 40, 30)
    assert things[3].photo == exdark / "ExDark" / "Car" / "2015_02240.jpg"


def test_cocos_annotations(coco: Path, tmp_path: Path) -> None:
    things = read_coco(coco, tmp_path / "coco")
    assert [(thing.kind, thing.photo.stem[-3:], thing.number) for thing in things] == [
        ("people", "139", 1),
        ("bicycle", "139", 2),
        ("bicycle", "285", 1),
        ("table", "285", 3),
    ]
    assert things[0].box == Box(1.5, 2.25, 30.5, 40.0)
    assert things[0].size == (72, 96)


def test_objects_of_both_sides_are_cut_out(exdark: Path, coco: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    planned = plan(exdark, coco, tmp_path / "coco", out, smallest=20)
    assert planned.counts == {"bicycle": (1, 2), "people": (1, 1)}
    assert planned.left_out == ("car", "table")
    object_pairs.begin(planned)
    assert [outcome.status for outcome in object_pairs.write_crops(planned, 1)] == ["done"] * 3
    found = open_collection(f"unpaired:{out}")
    assert [(sample.id, sample.group) for sample in found.samples] == [
        ("bicycle/2015_00001-1", "bicycle"),
        ("people/2015_00001-2", "people"),
    ]
    assert [sample.id for sample in found.good] == [
        "bicycle/000000000139-2",
        "bicycle/000000000285-1",
        "people/000000000139-1",
    ]
    assert np.array_equal(pixels(out / "train_A/bicycle/2015_00001-1.png"), draw(1)[20:50, 10:50])
    # Whole pixels that the box touches; beyond the photo there is nothing.
    assert pixels(out / "train_B/people/000000000139-1.png").shape == (41, 31, 3)
    assert pixels(out / "train_B/bicycle/000000000285-1.png").shape == (32, 26, 3)


def test_boxes_lie_on_stored_pixels_and_crops_are_upright(
    exdark: Path, coco: Path, tmp_path: Path
) -> None:
    path = exdark / "ExDark" / "Bicycle" / "2015_00001.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(draw(1)).save(path, exif=exif)
    planned = plan(exdark, coco, tmp_path / "coco", tmp_path / "out", smallest=30)
    object_pairs.begin(planned)
    list(object_pairs.write_crops(planned, 1))
    found = pixels(tmp_path / "out" / "train_A/bicycle/2015_00001-1.png")
    assert np.array_equal(found, np.rot90(draw(1)[20:50, 10:50], -1))


def test_small_objects_are_left_out_after_clipping_too(
    exdark: Path, coco: Path, tmp_path: Path
) -> None:
    planned = plan(exdark, coco, tmp_path / "coco", tmp_path / "out", smallest=30)
    assert planned.counts == {"bicycle": (1, 2)}
    object_pairs.begin(planned)
    list(object_pairs.write_crops(planned, 1))
    good = tmp_path / "out" / "train_B" / "bicycle"
    assert [path.name for path in good.iterdir()] == ["000000000139-2.png"]


def test_limits_and_classes(exdark: Path, coco: Path, tmp_path: Path) -> None:
    images, out = tmp_path / "coco", tmp_path / "out"
    limited = [
        plan(exdark, coco, images, out, smallest=20, limit=1, seed=seed) for seed in range(8)
    ]
    assert {each.counts["bicycle"] for each in limited} == {(1, 1)}
    assert len({each.sources for each in limited}) == 2
    only = plan(exdark, coco, images, out, smallest=20, classes=["people"])
    assert list(only.counts) == ["people"]
    with pytest.raises(DataError, match=r"class car .* in both there are bicycle, people"):
        plan(exdark, coco, images, out, smallest=20, classes=["car"])
    with pytest.raises(DataError, match="in both there are none"):
        plan(exdark, coco, images, out, smallest=500)


def test_a_run_goes_on_and_keeps_its_settings(exdark: Path, coco: Path, tmp_path: Path) -> None:
    images, out = tmp_path / "coco", tmp_path / "out"
    planned = plan(exdark, coco, images, out, smallest=20)
    for expected in ("done", "skipped"):
        object_pairs.begin(planned)
        assert {one.status for one in object_pairs.write_crops(planned, 2)} == {expected}
    with pytest.raises(UsageError, match="other settings"):
        object_pairs.begin(plan(exdark, coco, images, out, smallest=25))
    (out / "objects.json").unlink()
    with pytest.raises(UsageError, match="other origin"):
        object_pairs.begin(planned)
    for wrong in (images, images / "out", tmp_path):
        with pytest.raises(UsageError, match="within each other"):
            plan(exdark, coco, images, wrong)


def test_a_photo_of_another_size_is_a_failure_with_a_reason(
    exdark: Path, coco: Path, place: Place, tmp_path: Path
) -> None:
    place("coco/000000000139.jpg", seed=3, height=96, width=72)
    planned = plan(exdark, coco, tmp_path / "coco", tmp_path / "out", smallest=20)
    object_pairs.begin(planned)
    (failed,) = [one for one in object_pairs.write_crops(planned, 1) if one.problem]
    assert failed.source.photo.name == "000000000139.jpg"
    assert "expected 96×72 pixels as its annotation says, got 72×96" in str(failed.problem)


def test_annotations_of_another_form_are_refused(exdark: Path, coco: Path, tmp_path: Path) -> None:
    images = tmp_path / "coco"
    with pytest.raises(DataError, match=r"% bbGt version=3.*none"):
        read_exdark(images)
    with pytest.raises(DataError, match="none is there"):
        read_coco(coco, tmp_path)
    text = exdark / "ExDark_Annno" / "Car" / "2015_02240.JPG.txt"
    text.write_text("% bbGt version=3\nCar five 6 50 25 0 0 0 0 0 0 0\n")
    with pytest.raises(DataError, match=r"2015_02240\.JPG\.txt: expected lines such as .*Car five"):
        read_exdark(exdark)
    (exdark / "ExDark" / "Car" / "2015_02240.jpg").unlink()
    with pytest.raises(DataError, match=r"expected one photo named 2015_02240\.JPG .* is none"):
        read_exdark(exdark)
    for content in ([], {"images": []}, {"images": [{}], "annotations": [], "categories": []}):
        coco.write_text(json.dumps(content))
        with pytest.raises(DataError, match="expected COCO's instances"):
            read_coco(coco, images)


def test_boxes_beyond_the_photo_hold_nothing() -> None:
    pixels = np.zeros((10, 12, 3), np.uint8)
    for box, shape in (
        (Box(-5, -5, 100, 100), (10, 12)),
        (Box(20, 3, 5, 5), (5, 0)),
        (Box(-9, -9, 5, 5), (0, 0)),
        (Box(2.5, 3.5, 1.0, 1.0), (2, 2)),
    ):
        assert cropped(pixels, box).shape[:2] == shape


def run(*arguments: object) -> int:
    top = Parser(prog="nightlift data")
    command.add(top.add_subparsers(dest="action", required=True))
    given = top.parse_args(["object-pairs", *map(str, arguments)])
    return int(given.run(given))


def test_the_command(
    exdark: Path, coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    where = ["--exdark", exdark, "--coco", coco, "--images", tmp_path / "coco", "-o", out]
    assert run(*where, "--smallest", 20) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bicycle: 1 dark, 2 good",
        "people: 1 dark, 1 good",
        "left out, for want of a partner: car, table",
        f"unpaired:{out}: crops of 3 photos",
    ]
    (tmp_path / "coco" / "000000000139.jpg").write_bytes(b"no picture")
    (out / "train_B/people/000000000139-1.png").unlink()
    assert run(*where, "--smallest", 20, "--json") == 1
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == 1
    assert told.err.startswith(f"{tmp_path / 'coco' / '000000000139.jpg'}: ")
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert sorted(row["status"] for row in rows) == ["failed", "skipped", "skipped"]


def test_torch_is_not_loaded() -> None:
    code = (
        "import sys; from nightlift.cli import object_pairs; assert 'cv2' not in sys.modules;"
        "import nightlift.data.object_pairs; assert not {'torch', 'onnxruntime'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(command.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
