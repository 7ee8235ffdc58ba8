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
    assert paired_test(first, second) == paired_test(second, first) == paired_test(first, second)


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
        found = paired_tests(gaps, 2)
        assert np.isnan(found[3])
        for place in (0, 1, 2, 4):
            assert found[place] == paired_test(*pairs[place], seed=2)


def test_a_clear_difference_stays_clear_among_a_thousand() -> None:
    gaps = np.vstack([np.full(40, 0.5), np.zeros((999, 40))])
    assert holm(paired_tests(gaps).tolist())[0] < 0.05


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
