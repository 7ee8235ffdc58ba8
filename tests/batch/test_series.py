"""Series of photos: an even look, where neighbors are alike, and nothing else is changed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.batch.planning import plan
from nightlift.batch.series import PAUSE, SeriesPhoto, evened, grouped
from nightlift.batch.work import Enhancing
from nightlift.cli.main import main
from nightlift.metrics.likeness import thumbnail
from nightlift.photo.capture_time import moment
from nightlift.photo.photo import Photo

DARK = Path(__file__).resolve().parents[2] / "examples" / "dark"


def light_of(name: str, size: tuple[int, int]) -> np.ndarray:
    x = np.asarray(Image.open(DARK / name).convert("RGB").resize(size)) / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def frames(folder: Path, count: int, jump: float, rise: float = 0.0) -> list[Path]:
    """Photos of one scene by a camera whose exposure jumps and whose light rises, in stops."""
    random = np.random.default_rng(0)
    light = light_of("hopper.jpg", (124, 146))
    folder.mkdir()
    paths = []
    for number in range(count):
        stops = random.normal(0, jump) + rise * number / count
        seen = light[random.integers(3) :][:140, random.integers(3) :][:, :120] * 2**stops
        seen = np.clip(seen + random.normal(0, 0.0015, seen.shape), 0, 1)
        code = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        paths.append(folder / f"{number:03d}.png")
        nightlift.write(np.floor(code * 255 + 0.5).astype(np.uint8), paths[-1])
    return paths


def lumas(paths: list[Path]) -> np.ndarray:
    weights = np.array([0.299, 0.587, 0.114])
    return np.array([(nightlift.read(path).pixels @ weights).mean() for path in paths])


def results(folder: Path, out: Path, lift: nightlift.Enhancer, series: bool) -> np.ndarray:
    outcomes = list(nightlift.enhance_files(folder, out, enhancer=lift, series=series))
    assert {outcome.status for outcome in outcomes} == {"done"}
    return lumas([outcome.job.target for outcome in outcomes if outcome.job.target])


@pytest.mark.parametrize(
    "method", [pytest.param(None, marks=pytest.mark.slow), "glenet-global-open"]
)
def test_flicker_of_a_jumping_exposure_goes(method: str | None, tmp_path: Path) -> None:
    """60 photos: at most a quarter of the spread that they would have each by itself is left."""
    frames(tmp_path / "in", 60, 0.4)
    lift = nightlift.Enhancer(method)
    alone = results(tmp_path / "in", tmp_path / "alone", lift, False)
    series = results(tmp_path / "in", tmp_path / "series", lift, True)
    assert series.std() <= 0.25 * alone.std()
    assert series.mean() == pytest.approx(alone.mean(), rel=0.05)


def test_light_that_rises_goes_on_rising(tmp_path: Path) -> None:
    frames(tmp_path / "in", 30, 0.3, rise=2.5)
    lift = nightlift.Enhancer("glenet-global-open")
    alone = results(tmp_path / "in", tmp_path / "alone", lift, False)
    series = results(tmp_path / "in", tmp_path / "series", lift, True)
    places = np.arange(30)
    (slope, start), (wanted, _) = (np.polyfit(places, each, 1) for each in (series, alone))
    assert slope == pytest.approx(wanted, rel=0.25)
    rest = series - (slope * places + start)
    assert np.abs(np.diff(rest)).mean() < 0.25 * np.abs(np.diff(alone)).mean()


def test_another_scene_among_them_keeps_its_own_edit(tmp_path: Path) -> None:
    paths = frames(tmp_path / "in", 6, 0.4)
    other = np.asarray(Image.open(DARK / "rocket.jpg").convert("RGB").resize((120, 140)))
    nightlift.write(other, tmp_path / "in" / "002b.png")
    lift = nightlift.Enhancer()
    jobs = plan([str(tmp_path / "in")], str(tmp_path / "out")).jobs
    edits = evened(jobs, Enhancing(lift), 1)
    assert edits[tmp_path / "in" / "002b.png"] == lift.estimate(tmp_path / "in" / "002b.png")
    assert all(edits[path] != lift.estimate(path) for path in paths)


def seen(number: int, moment: datetime | None, shape: tuple[int, int] = (20, 30)) -> SeriesPhoto:
    photo = Photo(np.full((*shape, 3), 40, np.uint8))
    edit = nightlift.Enhancer("gamma").estimate(photo)
    return SeriesPhoto(Path(str(number)), edit, moment, thumbnail(photo.pixels), photo)


def test_series_are_told_apart_by_time_and_shape() -> None:
    noon = datetime(2026, 6, 1, 12)
    times = [noon + timedelta(minutes=m) for m in (0, 50, 10, 51, 20)]
    assert timedelta(minutes=30) == PAUSE
    groups = list(grouped([seen(n, time) for n, time in enumerate(times)]))
    assert [[str(one.source) for one in group] for group in groups] == [["0", "2", "4", "1", "3"]]
    later = seen(5, noon + timedelta(minutes=90))
    groups = list(grouped([seen(n, time) for n, time in enumerate(times)] + [later]))
    assert [len(group) for group in groups] == [5, 1]
    upright = seen(1, None, (30, 20))
    groups = list(grouped([seen(0, None), upright, seen(2, None), seen(3, noon)]))
    assert [[str(one.source) for one in group] for group in groups] == [["0"], ["1"], ["2", "3"]]
    assert list(grouped([])) == []


def test_the_moment_is_the_camera_s(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:28 22:01:02"
    exif.get_ifd(0x8769)[0x9291] = "25"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    taken = moment(nightlift.read(tmp_path / "a.jpg").exif)
    assert taken == datetime(2026, 11, 28, 22, 1, 2, 250_000)
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    Image.new("RGB", (8, 8)).save(tmp_path / "b.jpg", exif=exif)
    assert moment(nightlift.read(tmp_path / "b.jpg").exif) is None
    assert moment(None) is None and moment(b"damaged") is None


def test_from_the_command_line_a_broken_photo_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames(tmp_path / "in", 4, 0.4)
    (tmp_path / "in" / "001a.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    words = ["enhance", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--series", "--json"]
    assert main([*words, "--save-edit"]) == 1
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["status"] for one in records] == ["done", "done", "failed", "done", "done"]
    saved = nightlift.Edit.load(tmp_path / "out" / "000.png.npz")
    assert saved.adjustment is not None and saved.adjustment.kind == "chain"
    assert saved.method == "natural"
    assert main(["enhance", "-", "-o", "-", "--series"]) == 2
