"""A pack holds what its collections hold, smaller, with the same splits, and says whence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.cli import pack as command
from nightlift.cli.parser import Parser
from nightlift.data.collection import open_collection
from nightlift.data.packed import LEAST_SIDE, file_of, pack
from nightlift.data.packing import plan
from nightlift.data.pictures import picture
from nightlift.data.scene_overlap import without_overlap
from nightlift.errors import DataError, UsageError

from .conftest import Place, draw


def split(root: Path, *validation: str) -> None:
    (root / "split.json").write_text(json.dumps({"validation": list(validation)}))


def run(*arguments: object) -> int:
    top = Parser(prog="nightlift")
    command.add(top.add_subparsers(dest="command", required=True))
    given = top.parse_args(["pack", *map(str, arguments)])
    return int(given.run(given))


def test_pairs_stay_pairs_with_their_split(lol: Path, tmp_path: Path) -> None:
    split(lol, "1", "4")
    (lol / "LICENSE.txt").write_text("for research")
    out = tmp_path / "out"
    pack(plan([f"lol:{lol}"]), out, format="png")
    packed, before = open_collection(f"auto:{out}"), open_collection(f"lol:{lol}")
    assert packed.layout == "pairs"
    assert [one.id for one in packed.samples] == ["photo/0", "photo/2", "photo/3", "photo/5"]
    assert [one.id for one in packed.validation] == ["photo/1", "photo/4"]
    for one, own in zip(packed.samples, before.samples, strict=True):
        assert own.target and one.target
        assert (picture(one.photo) == picture(own.photo)).all()
        assert (picture(one.target) == picture(own.target)).all()
    assert (out / "terms/1-lol/LICENSE.txt").read_text() == "for research"


def test_the_record_says_where_pictures_are_from(lol: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    pack(plan([f"lol:{lol}"]), out)
    said = json.loads((out / "pack.json").read_text())
    assert (said["layout"], said["side"], said["quality"]) == ("pairs", 640, 95)
    assert [one["data"] for one in said["sources"]] == ["lol:lol"]
    assert said["sources"][0]["data_hash"].startswith("sha256:")
    assert len(said["pictures"]) == 12 and str(tmp_path) not in json.dumps(said)
    for name, entry in said["pictures"].items():
        original = tmp_path / entry["from"]
        assert (out / name).is_file()
        assert hashlib.sha256(original.read_bytes()).hexdigest() == entry["sha256"]


def test_several_collections_share_one_folder(lol: Path, place: Place, tmp_path: Path) -> None:
    split(lol, "1")
    for index in range(3):
        place(f"fivek/input/{index}.png", seed=20 + index)
        place(f"fivek/expertC_gt/{index}.png", seed=30 + index)
    out = tmp_path / "out"
    pack(plan([f"lol:{lol}", f"fivek:{tmp_path / 'fivek'}"]), out)
    packed = open_collection(f"pairs:{out}")
    assert len(packed.samples) == 5 + 3
    assert [one.id for one in packed.validation] == ["photo/1-lol_1"]


def test_targets_that_are_shared_are_packed_once(place: Place, tmp_path: Path) -> None:
    for name in ("a", "b", "best"):
        place(f"stack/{name}.png")
    (tmp_path / "stack/pairs.csv").write_text("dark,best\na.png,best.png\nb.png,best.png\n")
    (tmp_path / "stack/groups.json").write_text(json.dumps({"one": ["a.png", "b.png"]}))
    planned = plan([f"pairs:{tmp_path / 'stack'}"])
    assert len(planned.pictures) == 3
    pack(planned, tmp_path / "out")
    packed = open_collection(f"pairs:{tmp_path / 'out'}")
    assert {one.group for one in packed.samples} == {"one"}
    assert len({one.target for one in packed.samples}) == 1


def test_dark_and_good_photos_become_unpaired(lol: Path, place: Place, tmp_path: Path) -> None:
    split(lol, "1", "4")
    for index in range(3):
        place(f"good/deep/{index}.png", seed=40 + index)
    good = [f"lol:{lol}", f"folder:{tmp_path / 'good'}"]
    out = tmp_path / "out"
    planned = plan([], dark=[f"lol:{lol}"], good=good)
    pack(planned, out, format="png")
    packed = open_collection(f"auto:{out}")
    assert packed.layout == "unpaired"
    assert (len(packed.samples), len(packed.validation), len(packed.good)) == (4, 2, 4 + 3)
    assert {one.group for one in packed.samples + packed.good} == {""}
    dark = [picture(one.photo).mean() for one in packed.samples]
    bright = [picture(one.photo).mean() for one in packed.good]
    assert max(dark) < 64 < min(bright)


def test_mixtures_are_refused(lol: Path, place: Place, tmp_path: Path) -> None:
    place("good/0.png")
    with pytest.raises(UsageError, match="got both"):
        plan([f"lol:{lol}", f"folder:{tmp_path / 'good'}"])
    for given in ((), ("dark",), ("data", "dark", "good")):
        specs = {name: [f"lol:{lol}"] if name in given else [] for name in ("dark", "good")}
        with pytest.raises(UsageError, match="expected collections, or dark ones"):
            plan([f"lol:{lol}"] if "data" in given else [], **specs)


def test_training_scenes_that_are_validated_are_left_out(lol: Path, tmp_path: Path) -> None:
    """Another exposure of a validation photo's scene is one of its scene, others are not."""
    for folder, suffix in (("low", "png"), ("high", "bmp")):
        with Image.open(lol / folder / f"1.{suffix}") as file:
            brighter = np.clip(np.asarray(file) * 1.15, 0, 255).astype(np.uint8)
        Image.fromarray(brighter).save(lol / folder / f"again.{suffix}")
    split(lol, "1")
    kept, dropped = without_overlap(open_collection(f"lol:{lol}"))
    assert [one.id for one in dropped] == ["again"] and len(kept.samples) == 5
    planned = plan([f"lol:{lol}"], apart=8)
    assert planned.left_out == ("again",) and len(planned.pictures) == 12
    assert plan([f"lol:{lol}"]).left_out == ()


def test_pictures_are_brought_down_alike(place: Place, tmp_path: Path) -> None:
    for folder in ("low", "high"):
        place(f"lol/{folder}/a.png", seed=1, height=300, width=500)
    pack(plan([f"lol:{tmp_path / 'lol'}"]), tmp_path / "out", side=256)
    (one,) = open_collection(f"pairs:{tmp_path / 'out'}").samples
    assert one.target
    assert picture(one.photo).shape == picture(one.target).shape == (154, 256, 3)


def test_a_file_that_fits_and_is_smaller_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(draw(1, 200, 300)).save(path, quality=60, subsampling=0)
    file = file_of(path, 640, "jpeg")
    assert file.original and file.data == path.read_bytes() and file.suffix == ".jpg"
    assert not file_of(path, 256, "jpeg").original
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(draw(1, 200, 300)).save(path, quality=60, exif=exif)
    turned = file_of(path, 640, "jpeg")
    assert not turned.original
    (tmp_path / "b.jpg").write_bytes(turned.data)
    assert picture(tmp_path / "b.jpg").shape == (300, 200, 3)
    with Image.open(tmp_path / "b.jpg") as again:
        assert again.layer[0][1:3] == again.layer[1][1:3]  # type: ignore[attr-defined]


def test_a_limit_makes_pictures_smaller_or_is_refused(place: Place, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index in range(4):
        path = place(f"good/{index}.png", seed=index)
        Image.fromarray(rng.integers(0, 255, (480, 640, 3), np.uint8)).save(path)
    planned = plan([f"folder:{tmp_path / 'good'}"])
    free = pack(planned, tmp_path / "free")
    packed = pack(planned, tmp_path / "half", limit=free.bytes // 2)
    sizes = [path.stat().st_size for path in (tmp_path / "half/photo").iterdir()]
    assert free.side == 640 and LEAST_SIDE <= packed.side < 640
    assert free.bytes / 4 < packed.bytes == sum(sizes) <= free.bytes // 2
    with pytest.raises(DataError, match="do not fit into 0 MB with 256 pixels"):
        pack(planned, tmp_path / "none", limit=20_000)
    assert not (tmp_path / "none").exists()


def test_the_command_says_what_it_packed(
    lol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split(lol, "1")
    out = tmp_path / "out"
    assert run(f"lol:{lol}", "-o", out, "--scenes-apart", "--limit-mb", "5", "--jobs", "1") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"pairs:{out}: 12 pictures of at most 640 pixels")
    assert first.endswith("1 for validation, 0 left out as too like them")
    assert second == "lol:lol: no file in it says on which terms its photos may be used"
    with pytest.raises(UsageError, match="holds something already"):
        run(f"lol:{lol}", "-o", out)
