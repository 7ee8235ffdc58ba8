from collections.abc import Iterator

import numpy as np
import pytest

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.edit import Edit
from nightlift.video.smoothing import Smoother

Shot = list[tuple[float, float | None]]
"""Times of items, and the values of their estimates where there are any."""


def table(value: float) -> Edit:
    return Edit(ToneTable(np.full((256, 3), value, np.float32)), gate=value)


def smoothed(shots: list[Shot], reach: float, held: int = 1000) -> list[tuple[float, float]]:
    smoother: Smoother[float] = Smoother(reach, held)
    ready: list[tuple[float, Edit]] = []
    for number, shot in enumerate(shots):
        for place, (time, value) in enumerate(shot):
            estimate = None if value is None else table(value)
            ready += smoother.add(time, time, estimate, cut=number > 0 and place == 0)
    ready += smoother.finish()
    for _, estimate in ready:
        shown = float(estimate.adjustment.parameters()["values"][0, 0])
        assert shown == pytest.approx(estimate.gate, abs=1e-5)
    return [(time, estimate.gate) for time, estimate in ready]


def plainly(shot: Shot, reach: float) -> Iterator[tuple[float, float]]:
    """The definition, with everything known."""
    known = [(t, v) for t, v in shot if v is not None]
    means = []
    for center, _ in known:
        weights = [max(0.0, 1 - abs(t - center) / reach) for t, _ in known]
        means.append(sum(w * v for w, (_, v) in zip(weights, known, strict=True)) / sum(weights))
    times = [t for t, _ in known]
    for time, _ in shot:
        yield time, float(np.interp(time, times, means))


def uneven(count: int, every: int, seed: int) -> Shot:
    draw = np.random.default_rng(seed)
    times = np.cumsum(draw.uniform(0.01, 0.08, count))
    return [
        (float(t), float(draw.uniform()) if i % every == 0 else None) for i, t in enumerate(times)
    ]


@pytest.mark.parametrize("reach", [0.1, 0.5, 3.0])
@pytest.mark.parametrize("every", [1, 4])
def test_the_mean_is_the_definition(reach: float, every: int) -> None:
    shot = uneven(80, every, seed=3)
    assert np.allclose(smoothed([shot], reach), list(plainly(shot, reach)), atol=1e-6)


def test_nothing_crosses_a_cut() -> None:
    first, second = uneven(30, 3, 1), uneven(30, 3, 2)
    second = [(t + 10, v) for t, v in second]
    expected = [*plainly(first, 0.5), *plainly(second, 0.5)]
    assert np.allclose(smoothed([first, second], 0.5), expected, atol=1e-6)


def test_a_ramp_is_followed_without_lag() -> None:
    shot: Shot = [(i / 30, i / 30 if i % 5 == 0 else None) for i in range(91)]
    inside = [(t, v) for t, v in smoothed([shot], 0.5) if 0.5 <= t <= 2.5]
    assert all(value == pytest.approx(time, abs=1e-5) for time, value in inside)


def test_no_reach_means_no_averaging() -> None:
    shot = uneven(40, 1, 5)
    assert np.allclose(smoothed([shot], 0.0), shot)


def test_no_more_items_wait_than_allowed() -> None:
    smoother: Smoother[int] = Smoother(reach=10.0, held=8)
    most = out = 0
    for number in range(100):
        estimate = table(number / 100) if number % 3 == 0 else None
        out += len(list(smoother.add(number / 30, number, estimate)))
        most = max(most, number + 1 - out)
    assert most == 8
    assert smoother.hurried


def test_a_hurried_ramp_does_not_lag_either() -> None:
    shot: Shot = [(i / 30, i / 30 if i % 3 == 0 else None) for i in range(120)]
    values = smoothed([shot], 2.0, held=16)
    assert all(abs(value - time) < 0.05 for time, value in values if 0.5 < time < 2.5)


def test_one_adjustment_for_all_is_left_as_it_is() -> None:
    one = table(0.5)
    smoother: Smoother[int] = Smoother(0.5, 64)
    ready = [r for n in range(20) for r in smoother.add(n / 10, n, one)] + list(smoother.finish())
    assert all(estimate.adjustment is one.adjustment for _, estimate in ready)
