"""Paired tests, their correction and ranks, against SciPy and plain rewritings."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from nightlift.errors import UsageError
from nightlift.metrics.ranking import ranks
from nightlift.metrics.significance import holm, paired_test, paired_tests


def scores(seed: int, count: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    first = random.normal(20, 3, count)
    return first, first + random.normal(shift, 1, count)


@pytest.mark.parametrize("count", [1, 5, 9])
def test_few_pictures_try_every_sign(count: int) -> None:
    first, second = scores(count, count, 0.4)
    gaps = first - second
    sums = [abs(np.dot(signs, gaps)) for signs in product((1, -1), repeat=count)]
    expected = np.mean([one >= abs(gaps.sum()) - 1e-9 for one in sums])
    assert paired_test(first, second) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("count", "shift"), [(14, 0.5), (17, 0.6), (20, 0.7), (20, 1.0)])
def test_more_pictures_count_every_sign(count: int, shift: float) -> None:
    first, second = scores(count, count, shift)
    gaps = first - second
    sums = np.zeros(1)
    for gap in gaps:
        sums = np.concatenate([sums + gap, sums - gap])
    expected = np.mean(np.abs(sums) >= abs(gaps.sum()) - 1e-9)
    assert 4 / 2**count < expected < 0.8
    assert paired_test(first, second) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.5])
def test_many_pictures_are_near_scipys_test(shift: float) -> None:
    first, second = scores(3, 60, shift)
    theirs = stats.permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    )
    assert paired_test(first, second) == pytest.approx(theirs.pvalue, abs=0.02)
    assert paired_test(first, second) == paired_test(second, first)


@pytest.mark.parametrize("count", [14, 40, 300, 2000])
def test_differences_of_one_sign_have_the_least_p_value(count: int) -> None:
    gaps = np.random.default_rng(count).uniform(0.5, 2, (1, count))
    assert paired_tests(gaps)[0] == pytest.approx(max(2.0 ** (1 - count), 1e-300), rel=1e-9)
    assert paired_tests(-gaps)[0] == paired_tests(gaps)[0]


def test_p_values_are_uniform_where_both_are_alike() -> None:
    gaps = np.random.default_rng(5).standard_t(3, (600, 40))
    found = paired_tests(gaps)
    for level in (0.01, 0.05, 0.2, 0.5):
        share = np.mean(found <= level)
        assert abs(share - level) < 4 * np.sqrt(level / len(found))


def test_what_cannot_be_tested() -> None:
    assert paired_test([1.0, 2.0], [1.0, 2.0]) == 1
    assert np.isnan(paired_test([np.inf, 2.0], [np.inf, 2.0]))
    with pytest.raises(UsageError, match="two scores of every picture"):
        paired_test([1.0], [1.0, 2.0])


def test_many_comparisons_at_once_are_each_of_them() -> None:
    for count in (8, 40):
        pairs = [scores(seed, count, 0.1 * seed) for seed in range(5)]
        gaps = np.array([a - b for a, b in pairs])
        gaps[3, 0] = np.inf
        found = paired_tests(gaps)
        assert np.isnan(found[3])
        for place in (0, 1, 2, 4):
            assert found[place] == paired_test(*pairs[place])


def test_a_clear_difference_stays_clear_among_ten_thousand() -> None:
    """Forty rows by a dozen metrics: random flips would have to be many millions."""
    mixed = np.random.default_rng(0).normal(0.8, 1, 40)
    gaps = np.vstack([np.full(40, 0.5), mixed, np.zeros((9_998, 40))])
    found = holm(paired_tests(gaps).tolist())
    assert found[0] < 1e-6 and found[1] < 0.05 and found[2] == 1


def test_holm_is_the_stepwise_procedure() -> None:
    p_values = np.random.default_rng(0).random(9) ** 3
    corrected = holm([*p_values, float("nan")])
    assert np.isnan(corrected[-1])
    for level in np.linspace(0.001, 1, 300, endpoint=False):
        rejected: set[int] = set()
        for rank, place in enumerate(np.argsort(p_values)):
            if p_values[place] > level / (9 - rank):
                break
            rejected.add(int(place))
        assert {i for i, p in enumerate(corrected[:9]) if p <= level} == rejected


def test_ranks_are_those_of_the_means_and_of_resampled_means() -> None:
    random = np.random.default_rng(2)
    table = random.normal([[10], [10.1], [14], [14]], 1, (4, 30))
    table[3] = table[2]
    found = ranks(table, "higher", seed=7, n=500)
    assert [one.place for one in found] == [
        *stats.rankdata(-table.mean(axis=1), method="average"),
    ]
    drawn = np.random.default_rng(7).integers(30, size=(500, 30))
    places = np.array([stats.rankdata(-table[:, one].mean(axis=1).round(9)) for one in drawn])
    for row, one in enumerate(found):
        assert [one.low, one.high] == pytest.approx(np.quantile(places[:, row], (0.025, 0.975)))
    assert found[2].first == found[3].first == 1
    assert found[0].first == found[1].first == 0
    assert [one.place for one in ranks(table, "lower")][2:] == [3.5, 3.5]
    with pytest.raises(UsageError, match="finite scores"):
        ranks(np.array([[np.nan]]), "higher")
