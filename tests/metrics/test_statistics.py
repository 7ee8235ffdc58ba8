"""Means and their bounds: against scipy, and for what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nightlift.errors import UsageError
from nightlift.metrics import statistics as module
from nightlift.metrics.statistics import paired_bootstrap, summarize

scores = st.lists(st.floats(-50, 50), min_size=2, max_size=20)


def test_bounds_agree_with_scipy():
    values = np.random.default_rng(1).gamma(2.0, 3.0, 40)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=20_000, rng=7)
    found = summarize(values, seed=3, n=20_000)
    assert found.mean == pytest.approx(values.mean())
    assert found.sd == pytest.approx(values.std(ddof=1))
    width = expected.confidence_interval.high - expected.confidence_interval.low
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=0.03 * width)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=0.03 * width)


def test_bounds_of_two_pictures_are_exact():
    # Of two scores the mean drawn is 0, 1/2 or 1 with chances 1/4, 1/2, 1/4.
    assert (summarize([0, 1]).low, summarize([0, 1]).high) == (0, 1)


def test_bounds_hold_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(8)
    samples = random.normal(20, 3, (200, 30))
    held = 0
    for seed, sample in enumerate(samples):
        found = summarize(sample, seed=seed, n=500)
        held += found.low <= 20 <= found.high
    assert 0.88 <= held / 200 <= 0.99


@settings(derandomize=True, max_examples=40, deadline=None)
@given(scores, st.integers(0, 5))
def test_same_seed_same_bounds_around_the_mean(values, seed):
    found = summarize(values, seed=seed, n=200)
    assert found == summarize(values, seed=seed, n=200)
    assert found.count == len(values)
    margin = 1e-9
    assert min(values) - margin <= found.low <= found.high <= max(values) + margin


def test_the_seed_matters_and_the_size_of_the_blocks_does_not(monkeypatch):
    values = np.random.default_rng(2).random(31)
    found = summarize(values, seed=1, n=999)
    assert found != summarize(values, seed=2, n=999)
    monkeypatch.setattr(module, "DRAWS", 310)
    assert found == summarize(values, seed=1, n=999)


def test_pairing_sees_a_small_difference_between_scattered_pictures():
    random = np.random.default_rng(4)
    b = random.normal(20, 6, 40)
    a = b + random.normal(0.3, 0.2, 40)
    found = paired_bootstrap(a, b)
    assert 0 < found.low < found.mean < found.high
    assert found.mean == pytest.approx(a.mean() - b.mean())
    # Unpaired, the same difference drowns: the pairs must be drawn together.
    assert found.high - found.low < 0.3 * (summarize(a).high - summarize(a).low)
    back = paired_bootstrap(b, a)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low), abs=1e-12)
    alone = summarize(a - b)
    assert (found.low, found.high) == (alone.low, alone.high)


def test_what_cannot_be_said_is_nan():
    infinite = summarize([20.0, math.inf])
    assert infinite.mean == math.inf
    single = summarize([20.0])
    assert single.mean == 20
    pair = paired_bootstrap([math.inf, 1.0], [math.inf, 2.0])
    assert math.isnan(pair.mean)
    for found in (infinite, single, pair):
        assert math.isnan(found.low)
        assert math.isnan(found.high)
    assert math.isnan(infinite.sd)
    assert math.isnan(single.sd)


def test_bad_scores_are_refused():
    with pytest.raises(UsageError, match="one score per picture"):
        summarize([])
    with pytest.raises(UsageError, match="one score per picture"):
        summarize(np.zeros((3, 2)))
    with pytest.raises(UsageError, match="got 3 and 2"):
        paired_bootstrap([1, 2, 3], [1, 2])
    with pytest.raises(UsageError, match="at least one resample"):
        summarize([1, 2], n=0)
