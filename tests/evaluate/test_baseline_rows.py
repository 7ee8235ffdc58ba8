from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.data.sample import Sample
from nightlift.evaluate.baseline_rows import baselines, gain_to_mean, gamma_to_mean
from nightlift.evaluate.gamma_fit import (
    GammaFit,
    chosen_pairs,
    fit_gamma,
    gamma_table,
    mean_psnr,
    pair_counts,
)
from nightlift.evaluate.measures import choose
from nightlift.evaluate.run import evaluate
from nightlift.evaluate.selection import select
from nightlift.metrics.signal_to_noise import psnr

from .conftest import Bytes, darkened, save, scene

SAMPLE = Sample("one", Path("one.png"))
NAMES = ["identity", "gamma-0.4", "gamma-to-mean-0.4", "gain-to-mean-0.4"]


def rendered(source: Bytes, fitted: GammaFit | None = None) -> dict[str, Bytes]:
    return {row.name: row.render(SAMPLE, source) for row in baselines(fitted)}


def dark(seed: int) -> Bytes:
    return darkened(scene(seed), 1 + seed % 5)


def test_which_rows_are_always_there() -> None:
    assert [row.name for row in baselines()] == NAMES
    assert all(row.role == "baseline" for row in baselines())
    fitted = baselines(GammaFit(0.31, 5, 17.0))
    assert [row.name for row in fitted] == [*NAMES[:2], "best-constant-gamma", *NAMES[2:]]
    assert fitted[2].about["gamma"] == 0.31
    assert "0.310" in fitted[2].title


@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_are_their_formulas(seed: int) -> None:
    source = dark(seed)
    x = source / 255.0
    found = rendered(source, GammaFit(0.31, 5, 17.0))
    np.testing.assert_array_equal(found["identity"], source)
    np.testing.assert_array_equal(found["gamma-0.4"], np.floor(255 * x**0.4 + 0.5))
    np.testing.assert_array_equal(found["best-constant-gamma"], np.floor(255 * x**0.31 + 0.5))
    gained = np.clip(x * (0.4 / x.mean()), 0, 1)
    np.testing.assert_allclose(found["gain-to-mean-0.4"], 255 * gained, atol=0.5 + 1e-9)


@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_gamma_to_mean_is_the_gamma_that_reaches_it(seed: int) -> None:
    x = dark(seed) / 255.0
    gammas = np.linspace(0.05, 6, 4000)
    levels, counts = np.unique(x, return_counts=True)
    means = (levels[:, None] ** gammas * counts[:, None]).sum(axis=0) / x.size
    gamma = np.interp(-0.4, -means, gammas)
    np.testing.assert_allclose(
        gamma_to_mean((255 * x).round().astype(np.uint8)),
        255 * (np.arange(256) / 255) ** gamma,
        atol=0.51,
    )


@pytest.mark.parametrize("value", [0, 255])
def test_black_stays_black_and_white_is_not_lost(value: int) -> None:
    flat = np.full((4, 5, 3), value, np.uint8)
    assert gamma_to_mean(flat)[value] == value
    assert gain_to_mean(flat)[value] == (0 if value == 0 else 102)


def test_mean_psnr_is_that_of_the_metric(
    lol: Path, pairs: Callable[[str], tuple[Bytes, Bytes]]
) -> None:
    both = [pairs(str(number)) for number in range(4)]
    counts = [pair_counts(*pair) for pair in both]
    gammas = np.array([0.1, 0.37, 0.5, 1.0, 2.5])
    expected = [
        np.mean([psnr(gamma_table(gamma)[low], high, data_range=255) for low, high in both])
        for gamma in gammas
    ]
    np.testing.assert_allclose(mean_psnr(counts, gammas), expected, rtol=1e-10)


def test_counts_in_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pair_counts(dark(1), scene(1))
    monkeypatch.setattr("nightlift.evaluate.gamma_fit.CHUNK", 1000)
    parts = pair_counts(dark(1), scene(1))
    np.testing.assert_array_equal(whole.counts, parts.counts)
    np.testing.assert_array_equal(whole.sums, parts.sums)
    assert whole.squares == parts.squares


def test_the_gamma_is_fitted_on_training_pairs_alone(lol: Path) -> None:
    training = fit_gamma(select(f"lol:{lol}").training, workers=2)
    assert training is not None
    assert (training.pairs, training.skipped) == (6, 0)
    assert training.gamma == pytest.approx(0.5, abs=0.005)
    validation = fit_gamma(select(f"lol:{lol}", "train").training)
    assert validation is None
    held = fit_gamma(select(f"lol:{lol}").samples)
    assert held is not None
    assert held.gamma == pytest.approx(0.25, abs=0.005)


def test_a_limit_sets_no_picture_free_for_the_fit(lol: Path) -> None:
    (lol / "split.json").unlink()
    chosen = select(f"lol:{lol}", limit=2)
    assert len(chosen.samples) == 2
    assert chosen.training == ()
    (lol / "split.json").write_text('{"validation": ["6", "7", "8", "9"]}')
    chosen = select(f"lol:{lol}", limit=2)
    assert {sample.id for sample in chosen.training} == set("012345")


def test_pairs_that_cannot_be_used_are_counted(lol: Path) -> None:
    (lol / "low" / "1.png").write_bytes(b"no picture")
    save(lol / "high" / "2.png", scene(2, 30, 30))
    seen = []
    fitted = fit_gamma(select(f"lol:{lol}").training, progress=lambda: seen.append(1))
    assert fitted is not None
    assert (fitted.pairs, fitted.skipped, len(seen)) == (4, 2, 6)


def test_pairs_that_are_equal_do_not_decide(lol: Path) -> None:
    save(lol / "low" / "0.png", scene(0))
    fitted = fit_gamma(select(f"lol:{lol}").training)
    assert fitted is not None
    assert np.isfinite(fitted.psnr)
    assert fitted.gamma == pytest.approx(0.5, abs=0.005)


def test_of_many_pairs_some_are_chosen_evenly() -> None:
    many = [Sample(str(n), Path(f"{n}.png"), Path(f"{n}-bright.png")) for n in range(1201)]
    chosen = chosen_pairs(many)
    assert [sample.id for sample in chosen[:3]] == ["0", "3", "6"]
    assert len(chosen) == 401
    assert chosen_pairs([SAMPLE]) == []


@pytest.mark.slow
@pytest.mark.shared
def test_the_known_best_gamma_of_lol(shared: Path) -> None:
    chosen = select(f"lol:{shared / 'data' / 'lol'}")
    fitted = fit_gamma(chosen.training, workers=2)
    assert fitted is not None
    assert (fitted.pairs, len(chosen.samples)) == (445, 40)
    assert not {sample.id for sample in chosen.training} & {sample.id for sample in chosen.samples}
    found = evaluate(baselines(fitted), chosen.samples, choose(["psnr"], True), workers=2)
    assert found.row("best-constant-gamma").summaries["psnr"].mean == pytest.approx(16.4, abs=0.1)
