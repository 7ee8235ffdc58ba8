"""Columns and rows: what is shown of a photo, and what is refused."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nightlift.cli.main import main
from nightlift.data.pictures import picture
from nightlift.data.sample import Sample
from nightlift.edit.enhancer import RECOMMENDED, Enhancer
from nightlift.errors import DataError, UsageError
from nightlift.models.released import stamp
from nightlift.photo.photo import Photo
from nightlift.report.columns import chosen
from nightlift.report.comparison import (
    compared,
    comparison_page,
    cropped,
    sheet_columns,
    sheet_row,
    shown,
)
from nightlift.report.contact_sheet import BAND, CELL, MARGIN, sheet
from tests.onnx_graphs import PASSPORT, random_convolution

from .conftest import save


def samples(folder: Path) -> list[Sample]:
    return [Sample(path.stem, path) for path in sorted(folder.glob("*.png"))]


def data(page: bytes) -> Any:
    found = re.search(rb'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])["viewer"]


def test_methods_files_and_folders_are_columns(photos: Path, tmp_path: Path) -> None:
    for name in "abc":
        save(tmp_path / "theirs" / f"{name}.jpg", 7)
    known = samples(photos)
    asked = ["clahe", f"{tmp_path}/theirs", f"mine={tmp_path}/theirs"]
    columns = chosen(asked, [("again", tmp_path / "theirs")], known)
    assert [column.name for column in columns] == ["clahe", "theirs", "mine", "again"]
    made = compared(known[0], columns)
    assert np.array_equal(made.photos[2].pixels, picture(tmp_path / "theirs" / "a.jpg"))


def test_two_columns_of_one_name_are_refused(photos: Path, tmp_path: Path) -> None:
    for name in "abc":
        save(tmp_path / "clahe" / f"{name}.png", 7)
    with pytest.raises(UsageError, match="'clahe' twice"):
        chosen(["clahe", f"{tmp_path}/clahe"], [], samples(photos))
    with pytest.raises(UsageError, match="'input' twice"):
        chosen([f"input={tmp_path}/clahe"], [], samples(photos))


def test_a_missing_result_is_named(photos: Path, tmp_path: Path) -> None:
    save(tmp_path / "theirs" / "a.png", 7)
    with pytest.raises(DataError, match="2 of 3 pictures have no result here, the first is b"):
        chosen([f"{tmp_path}/theirs"], [], samples(photos))


def test_a_result_of_another_size_is_scaled_and_told(photos: Path, tmp_path: Path) -> None:
    for name in "abc":
        save(tmp_path / "small" / f"{name}.png", 7, size=(48, 32))
    known = samples(photos)
    made = compared(known[0], chosen([f"{tmp_path}/small"], [], known))
    assert made.photos[1].pixels.shape == (64, 96, 3)
    assert made.notes == ("small is 48 × 32, shown at the photo's size",)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_crop_is_of_the_upright_photo(orientation: int) -> None:
    from nightlift.photo.orientation import turn_back

    upright = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    stored = np.ascontiguousarray(turn_back(upright, orientation))
    part = cropped(Photo(stored, orientation=orientation), (1, 2, 5, 3))
    assert np.array_equal(part.pixels, upright[2:5, 1:6])
    with pytest.raises(UsageError, match="within the photo of 8 x 6 pixels, got 5 x 3 at 4,2"):
        cropped(Photo(stored, orientation=orientation), (4, 2, 5, 3))


def test_methods_see_the_whole_photo_of_a_crop(photos: Path) -> None:
    known = samples(photos)
    columns = chosen(["equalize"], [], known)
    whole = compared(known[0], columns).photos[1].pixels
    part = compared(known[0], columns, crop=(10, 5, 20, 30))
    assert np.array_equal(part.photos[1].pixels, whole[5:35, 10:30])
    times = CELL // 30
    drawn = sheet_row(part).photos[1].pixels
    assert drawn.shape == (30 * times, 20 * times, 3)
    assert np.array_equal(drawn[::times, ::times], whole[5:35, 10:30])


def test_estimates_stand_beside_what_they_made(photos: Path) -> None:
    known = samples(photos)
    columns = chosen(["gamma", "lime"], [], known)
    heads = sheet_columns(columns, True)
    assert heads == ["input", "gamma 0.4", "gamma 0.4: estimate", "lime", "lime: estimate"]
    made = compared(known[0], columns, estimates=True)
    assert sheet(iter([sheet_row(made)]), heads).shape[1] >= 5 * 96
    assert [[one.title for one in drawn] for drawn in made.drawings.values()] == [
        ["tone curve, all channels"],
        ["illumination"],
    ]


def test_figures_against_a_reference(photos: Path) -> None:
    known = samples(photos)
    columns = chosen(["gamma", f"reference-to-be={photos}"], [], known)
    from nightlift.report.columns import other_results

    columns = (*columns, other_results("reference", photos, known))
    rows = (shown(compared(one, columns), columns) for one in known)
    made = comparison_page("x", rows, columns, 3)
    viewer = data(b"".join(made))
    scores = viewer["photos"][0]["scores"]
    assert scores["psnr"][0] == scores["psnr"][2] == "inf"
    assert 0 < scores["psnr"][1] < 40
    assert scores["psnr"][3] is None
    assert [metric["name"] for metric in viewer["metrics"]] == ["psnr", "ssim", "delta-e-2000"]


def test_pictures_are_in_the_page_pixel_for_pixel_but_for_jpeg(photos: Path) -> None:
    known = samples(photos)
    columns = chosen(["gamma"], [], known)
    rows = (shown(compared(one, columns), columns) for one in known)
    page = b"".join(comparison_page("x", rows, columns, 3))
    blob = re.search(rb'id="p1-1" data-type="image/jpeg">([^<]*)<', page)
    assert blob
    import simplejpeg

    decoded = simplejpeg.decode_jpeg(base64.b64decode(blob[1])).astype(int)
    wanted = compared(known[1], columns).photos[1].pixels.astype(int)
    assert decoded.shape == wanted.shape
    assert np.abs(decoded - wanted).mean() < 3
    assert b"http" not in page.replace(b"http-equiv", b"")


def run(*arguments: object, status: int = 0) -> None:
    assert main(list(map(str, arguments))) == status


def test_the_command_writes_a_page(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "broken.jpg").write_bytes(b"no photo")
    target = tmp_path / "page.html"
    run("compare", photos, "-o", target, "-m", "gamma,lime", "--show", "estimate", status=1)
    assert capsys.readouterr().err.startswith(f"{photos / 'broken.jpg'}: ")
    viewer = data(target.read_bytes())
    assert [column["name"] for column in viewer["columns"]] == ["input", "gamma 0.4", "lime"]
    assert [photo["label"] for photo in viewer["photos"]] == ["a.png", "b.png", "c.png"]
    assert len(viewer["photos"][0]["estimates"]) == 2
    run("compare", photos / "a.png", "-o", target, "-m", "gamma", status=1)


def test_the_default_columns_begin_with_what_enhance_does(photos: Path, tmp_path: Path) -> None:
    run("compare", photos / "a.png", "-o", tmp_path / "page.html")
    names = [column["name"] for column in data((tmp_path / "page.html").read_bytes())["columns"]]
    matched = f"gamma to the mean of auto ({RECOMMENDED})"
    assert names == ["input", f"auto ({RECOMMENDED})", "gamma 0.4", "adaptive-gamma", matched]


def test_auto_spares_a_good_photo_and_denoises_a_dark_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for name, level in (("dark", 20), ("good", 150)):
        noisy = rng.normal(level, 6, (160, 200, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(tmp_path / f"{name}.png")
    known = samples(tmp_path)
    auto, natural = chosen(["auto", RECOMMENDED], [], known)
    dark, good = (Photo(picture(one.photo)) for one in known)
    assert np.array_equal(auto.show(known[0], good).pixels, good.pixels)
    results = [column.show(known[0], dark).pixels.astype(float) for column in (auto, natural)]
    assert np.array_equal(results[0], Enhancer()(dark).pixels)
    assert results[0].std() < 0.8 * results[1].std()


@pytest.mark.parametrize("crop", ["1,2,3", "a,b,c,d", "0,0,0,5", "-1,0,5,5"])
def test_a_crop_that_is_none_is_refused(photos: Path, crop: str) -> None:
    with pytest.raises(SystemExit) as stop:
        run("compare", photos, "-o", "x.png", f"--crop={crop}")
    assert stop.value.code == 2


def test_what_does_not_fit_is_refused(photos: Path, tmp_path: Path) -> None:
    run("compare", photos, "-o", tmp_path / "x.png", "--full", status=2)
    run("compare", photos, "-o", tmp_path / "x.gif", status=2)
    run("compare", photos, "-o", tmp_path / "x.png", "--crop", "90,0,20,20", status=2)
    assert not list(tmp_path.glob("x.*"))


def test_sub_folders_match_results_by_their_place(photos: Path, tmp_path: Path) -> None:
    for place in ("one", "two"):
        save(tmp_path / "in" / place / "a.png", 1)
        save(tmp_path / "out" / place / "a.png", 2 if place == "one" else 3)
    target = tmp_path / "s.png"
    run("compare", tmp_path / "in", "--recursive", "-o", target, "-m", f"{tmp_path}/out")
    with Image.open(target) as file:
        assert file.height == BAND + 2 * (BAND + 64 + MARGIN)


def test_a_gamma_is_matched_to_the_first_column(photos: Path, tmp_path: Path) -> None:
    """log(mean of the result) / log(mean of the photo), by pixels of 8 bits."""
    for number, name in enumerate("abc"):
        bright = np.clip(picture(photos / f"{name}.png") + 90.0 + 9 * number, 0, 255)
        (tmp_path / "theirs").mkdir(exist_ok=True)
        Image.fromarray(bright.astype(np.uint8)).save(tmp_path / "theirs" / f"{name}.png")
    known = samples(photos)
    columns = chosen(["matched-gamma", f"{tmp_path}/theirs"], [], known)
    assert [column.name for column in columns] == ["gamma to the mean of theirs", "theirs"]
    for sample in known:
        before, matched, theirs = (one.pixels / 255 for one in compared(sample, columns).photos)
        exponent = np.log(theirs.mean()) / np.log(before.mean())
        np.testing.assert_allclose(matched, before**exponent, atol=1.5 / 255)
    with pytest.raises(UsageError, match="name a method beside it"):
        chosen(["matched-gamma"], [], known)


@pytest.mark.parametrize("value", [0, 255])
def test_there_is_no_gamma_for_black_or_white(value: int, tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(tmp_path / "a.png")
    made = compared(samples(tmp_path)[0], chosen(["gamma", "matched-gamma"], [], samples(tmp_path)))
    assert (made.photos[2].pixels == value).all()


def test_the_matched_column_is_made_once(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    apply = Enhancer.__call__

    def noted(self: Enhancer, photo: Photo, *rest: object, **more: object) -> Photo:
        made.append(photo)
        return apply(self, photo, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Enhancer, "__call__", noted)
    known = samples(photos)
    columns = chosen(["zero-dce-open", "matched-gamma"], [], known)
    for sample in known:
        compared(sample, columns)
    assert len(made) == len(known)


def test_the_result_of_every_step_is_a_column(photos: Path) -> None:
    known = samples(photos)
    columns = chosen(["zero-dce-open", "gamma"], [], known, in_steps=True)
    steps = len(columns) - 1
    assert [column.name for column in columns] == [
        *(f"zero-dce-open: step {step}" for step in range(1, steps + 1)),
        "gamma 0.4",
    ]
    assert steps > 1
    made = compared(known[0], columns).photos
    whole = Enhancer("zero-dce-open")(made[0])
    assert np.array_equal(made[steps].pixels, whole.pixels)
    for step in range(1, steps):
        assert not np.array_equal(made[step].pixels, made[step + 1].pixels)


def test_another_number_of_steps_is_asked_for(photos: Path, tmp_path: Path) -> None:
    """The imported checkpoint of the reimplementation has eight maps, and is released with four."""
    model = tmp_path / "eight.onnx"
    model.write_bytes(stamp(random_convolution(3 * 8), PASSPORT._replace(steps=4)))
    known = samples(photos)
    names = {
        count: [one.name for one in chosen([str(model)], [], known, steps=count, in_steps=True)]
        for count in (None, 2, 8)
    }
    assert {count: len(each) for count, each in names.items()} == {None: 4, 2: 2, 8: 8}
    eight, other = chosen([str(model), "gamma"], [], known, steps=8)
    photo = Photo(picture(known[0].photo))
    whole = Enhancer(model=model, steps=8)(photo)
    assert np.array_equal(eight.show(known[0], photo).pixels, whole.pixels)
    assert other.name == "gamma 0.4"


def test_steps_that_nothing_has_are_told(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for method, said in (
        ("gamma,natural", "no method here has any"),
        ("zero-dce-open", "got steps 16"),
    ):
        words = ["compare", str(photos), "-o", str(photos / "sheet.png"), "-m", method]
        assert main([*words, "--steps", "16"]) == 2
        assert said in capsys.readouterr().err


def test_the_sheet_shows_steps_and_the_matched_gamma(photos: Path, tmp_path: Path) -> None:
    sheet_file = tmp_path / "steps.png"
    words = ["compare", str(photos), "-o", str(sheet_file), "-m", "zero-dce-open,matched-gamma"]
    assert main([*words, "--show", "steps"]) == 0
    with Image.open(sheet_file) as file:
        wide = file.width
    assert main([*words, "--overwrite"]) == 0
    with Image.open(sheet_file) as file:
        assert file.width < wide
