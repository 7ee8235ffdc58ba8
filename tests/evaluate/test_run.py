from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from nightlift.data.pictures import picture
from nightlift.data.sample import Sample
from nightlift.errors import DataError, UsageError
from nightlift.evaluate.baseline_rows import baselines
from nightlift.evaluate.candidate import Candidate, method, released_file, results
from nightlift.evaluate.measures import PAIRED, choose
from nightlift.evaluate.run import MeasuredPicture, evaluate
from nightlift.evaluate.selection import select
from nightlift.models.released import stamp
from tests.onnx_graphs import PASSPORT, convolution

from .conftest import Bytes, darkened, load, save, scene

PSNR = choose(["psnr"], True)
Pairs = Callable[[str], tuple[Bytes, Bytes]]


def samples(lol: Path) -> Sequence[Sample]:
    return select(f"lol:{lol}").samples


def square_root(name: str = "root") -> Candidate:
    return Candidate(name, name, "method", lambda _, source: darkened(source, 0.5))


def plain_psnr(output: Bytes, target: Bytes) -> float:
    error = np.mean((output.astype(np.float64) - target.astype(np.float64)) ** 2)
    return float(10 * np.log10(65025 / error))


def test_scores_are_those_of_the_pictures(lol: Path, pairs: Pairs) -> None:
    rows = [*baselines(), square_root()]
    found = evaluate(rows, samples(lol), choose(None, True), workers=3)
    assert found.complete
    assert [metric.name for metric in found.metrics] == list(PAIRED)
    assert [picture.id for picture in found.pictures] == ["6", "7", "8", "9"]
    assert {(picture.width, picture.height) for picture in found.pictures} == {(64, 48)}
    expected = [plain_psnr(darkened(low, 0.5), high) for low, high in map(pairs, "6789")]
    row = found.row("root")
    np.testing.assert_allclose(row.scores["psnr"], expected, rtol=1e-12)
    summary = row.summaries["psnr"]
    assert summary.mean == pytest.approx(np.mean(expected))
    assert summary.sd == pytest.approx(np.std(expected, ddof=1))
    assert summary.low < summary.mean < summary.high
    assert found.row("identity").scores["loe"] == (0, 0, 0, 0)


def test_loe_is_against_the_source_and_psnr_against_the_reference(lol: Path) -> None:
    perfect = Candidate("perfect", "perfect", "method", lambda one, _: picture(one.reference))
    found = evaluate([perfect], samples(lol), choose(["psnr", "loe"], True)).row("perfect")
    assert set(found.scores["psnr"]) == {np.inf}
    assert min(found.scores["loe"]) >= 0


def test_methods_are_compared_with_the_best_baseline_and_each_other(lol: Path) -> None:
    rows = [*baselines(), square_root(), square_root("twin"), method("gamma")]
    found = evaluate(rows, samples(lol), choose(["psnr", "delta-e-2000"], True))
    means = {row.name: row.summaries["psnr"].mean for row in found.rows if row.role == "baseline"}
    best = max(means, key=lambda name: means[name])
    assert found.best_baseline("psnr") == best
    errors = {r.name: r.summaries["delta-e-2000"].mean for r in found.rows if r.role == "baseline"}
    assert found.best_baseline("delta-e-2000") == min(errors, key=lambda name: errors[name])
    told = [(c.first, c.second) for c in found.comparisons if c.metric == "psnr"]
    assert told == [
        ("root", best),
        ("twin", best),
        ("gamma", best),
        ("root", "twin"),
        ("root", "gamma"),
        ("twin", "gamma"),
    ]
    against = [c for c in found.comparisons if c.metric == "psnr" and c.against_baseline]
    assert against[0].difference.mean == pytest.approx(
        np.mean(np.subtract(found.row("root").scores["psnr"], found.row(best).scores["psnr"]))
    )
    equal = next(c for c in found.comparisons if (c.first, c.second) == ("root", "twin"))
    assert (equal.difference.mean, equal.difference.low, equal.difference.high) == (0, 0, 0)


def test_the_bootstrap_is_the_seeds(lol: Path) -> None:
    rows = [*baselines(), square_root()]
    first, again, other = (
        evaluate(rows, select(f"lol:{lol}", "all").samples, PSNR, seed=seed, workers=workers)
        for seed, workers in ((3, 1), (3, 4), (4, 1))
    )
    assert [row.summaries for row in first.rows] == [row.summaries for row in again.rows]
    assert first.comparisons == again.comparisons
    assert first.row("root").scores == other.row("root").scores
    assert first.row("root").summaries["psnr"].low != other.row("root").summaries["psnr"].low


def test_results_of_another_tool(lol: Path, tmp_path: Path, pairs: Pairs) -> None:
    theirs = tmp_path / "theirs"
    for id in "6789":
        folder = theirs / "deeper" if id == "9" else theirs
        save(folder / f"{id}.{'bmp' if id == '7' else 'png'}", darkened(pairs(id)[0], 0.5))
    save(theirs / "another.png", scene(99, 20, 20))
    rows = [results("theirs", theirs, samples(lol)), square_root()]
    found = evaluate(rows, samples(lol), choose(None, True))
    assert found.row("theirs").scores == found.row("root").scores
    assert found.row("theirs").about == {"folder": str(theirs)}


def test_results_that_are_missing_or_not_clear(lol: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    with pytest.raises(DataError, match="expected a folder of results"):
        results("theirs", theirs, samples(lol))
    for id in "678":
        save(theirs / f"{id}.png", scene(1))
    with pytest.raises(DataError, match=r"1 of 4 pictures have no result.*first is 9"):
        results("theirs", theirs, samples(lol))
    save(theirs / "9.png", scene(1))
    save(theirs / "9.bmp", scene(1))
    with pytest.raises(DataError, match=r"9\.bmp and 9\.png could both be the result for 9"):
        results("theirs", theirs, samples(lol))


def test_one_result_never_stands_for_two_photos_of_one_name(tmp_path: Path) -> None:
    for place in ("a", "b"):
        save(tmp_path / "photos" / place / "1.png", scene(1))
    both = select(f"folder:{tmp_path / 'photos'}").samples
    save(tmp_path / "theirs" / "1.png", scene(1))
    with pytest.raises(DataError, match="2 of 2 pictures have no result"):
        results("theirs", tmp_path / "theirs", both)
    for place in ("a", "b"):
        save(tmp_path / "theirs" / place / "1.png", scene(1))
    assert results("theirs", tmp_path / "theirs", both).name == "theirs"


def test_a_result_of_another_size_is_never_resized(lol: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    for id in "6789":
        save(theirs / f"{id}.png", scene(1, *((24, 32) if id == "7" else (48, 64))))
    rows = [*baselines(), square_root(), results("theirs", theirs, samples(lol))]
    found = evaluate(rows, samples(lol), PSNR)
    assert not found.complete
    assert found.left_out == ()
    row = found.row("theirs")
    assert row.summaries == {}
    assert row.problems[0].startswith(str(lol / "low" / "7.png"))
    assert "expected a result of 64x48 pixels and 8 bits, got 32x24 pixels" in row.problems[0]
    assert np.isnan(row.scores["psnr"]).tolist() == [False, True, False, False]
    assert not any("theirs" in (c.first, c.second) for c in found.comparisons)
    assert found.row("root").summaries["psnr"].count == 4


def test_a_broken_result_is_its_rows_problem(lol: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    for id in "6789":
        save(theirs / f"{id}.png", scene(1))
    (theirs / "8.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    rows = [*baselines(), results("theirs", theirs, samples(lol))]
    found = evaluate(rows, samples(lol), PSNR)
    assert found.left_out == ()
    assert len(found.row("theirs").problems) == 1
    assert str(theirs / "8.png") in found.row("theirs").problems[0]


def test_a_picture_that_cannot_be_read_is_left_out_of_every_row(lol: Path) -> None:
    chosen = samples(lol)
    (lol / "low" / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    save(lol / "high" / "8.png", scene(8, 20, 20))
    told: list[MeasuredPicture] = []
    found = evaluate([*baselines(), square_root()], chosen, PSNR, progress=told.append)
    assert [measured.problem is None for measured in told] == [True, False, False, True]
    assert [picture.id for picture in found.pictures] == ["6", "9"]
    assert all(row.summaries["psnr"].count == 2 for row in found.rows)
    assert found.left_out[0].startswith(str(lol / "low" / "7.png"))
    assert "is 64x48 pixels, but its reference" in found.left_out[1]
    assert not any("\n" in sentence for sentence in found.left_out)
    assert not found.complete


def test_a_picture_too_small_for_a_metric_is_no_rows_fault(lol: Path) -> None:
    for place in ("low", "high"):
        save(lol / place / "6.png", scene(6, 48, 9))
    rows = [*baselines(), square_root()]
    found = evaluate(rows, samples(lol), choose(["ssim"], True))
    assert [picture.id for picture in found.pictures] == ["7", "8", "9"]
    assert "at least" in found.left_out[0]
    with pytest.raises(DataError, match=r"none of 4 pictures could be measured; .*6\.png"):
        evaluate(rows, samples(lol), choose(["ms-ssim"], True))


def test_photos_alone_are_measured_against_themselves(tmp_path: Path) -> None:
    save(tmp_path / "a.png", scene(1))
    chosen = select(f"folder:{tmp_path}")
    assert not chosen.paired
    assert [metric.name for metric in choose(None, False)] == ["loe"]
    found = evaluate(baselines(), chosen.samples, choose(None, False))
    assert found.row("identity").scores == {"loe": (0.0,)}
    with pytest.raises(UsageError, match=r"psnr, ssim compare with a reference.*loe"):
        choose(["psnr", "ssim", "loe"], False)
    with pytest.raises(UsageError, match="psnr compare with a reference picture, and a has none"):
        evaluate(baselines(), chosen.samples, PSNR)


def test_wrong_use() -> None:
    sample = Sample("a", Path("a.png"), Path("b.png"))
    with pytest.raises(UsageError, match="'identity' twice"):
        evaluate([*baselines(), square_root("identity")], [sample], PSNR)
    for rows, taken, metrics in (([], [sample], PSNR), (baselines(), [], PSNR)):
        with pytest.raises(UsageError, match="at least one row"):
            evaluate(rows, taken, metrics)
    with pytest.raises(UsageError, match="did you mean psnr"):
        choose(["psnrr"], True)
    with pytest.raises(UsageError, match="--niqe-parameters"):
        choose(["niqe"], True)
    with pytest.raises(UsageError, match="did you mean lime"):
        method("limes")


def test_released_files_by_their_own_name(lol: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    weight = np.random.default_rng(0).normal(0, 0.02, (3, 3, 3, 3)).astype(np.float32)
    path.write_bytes(stamp(convolution(weight), PASSPORT))
    default, exact = released_file(path), released_file(path, exact=True)
    assert default.name == "mine"
    assert default.about["method"] == "zero-dce"
    assert default.about["license"] == "CC0-1.0"
    assert len(default.about["sha256"]) == 64
    source = scene(1, 80, 100)
    sample = samples(lol)[0]
    by_size = [one.render(sample, source) for one in (default, exact)]
    assert all(one.shape == source.shape and one.dtype == np.uint8 for one in by_size)
    assert not np.array_equal(by_size[0], by_size[1])


def test_neither_gate_nor_denoiser_acts(lol: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("must not act")

    monkeypatch.setattr("nightlift.edit.gate.gate", forbidden)
    monkeypatch.setattr("nightlift.denoise.measure", forbidden)
    bright = scene(5)
    render = method("gamma").render
    expected = np.floor(255 * (bright / 255) ** 0.4 + 0.5)
    result = render(samples(lol)[0], bright)
    np.testing.assert_allclose(result, expected, atol=1)
    assert result.mean() > bright.mean() + 20


def test_methods_leave_their_source_alone(lol: Path) -> None:
    source = load(lol / "low" / "6.png")
    kept = source.copy()
    for row in (*baselines(), method("gamma"), method("clahe")):
        row.render(samples(lol)[0], source)
    np.testing.assert_array_equal(source, kept)
