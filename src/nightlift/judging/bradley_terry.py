"""How strongly methods are preferred, from comparisons of two at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nightlift.errors import UsageError
from nightlift.judging.questionnaire import Preference
from nightlift.metrics import Values

PRIOR = 0.5
"""Half a win and half a defeat of each against an imagined method of strength 1: keeps finite what
always won, and moves the rest hardly."""

ROUNDS = 10_000
CLOSE = 1e-10
RESAMPLES = 1_000


@dataclass(frozen=True)
class Strength:
    """A method: `preferred` is the probability that it is preferred to the middle one of all.

    `low` and `high` hold 95 % of it over photos drawn again. `won` of `asked` comparisons were its
    own, ties half.
    """

    method: str
    preferred: float
    low: float
    high: float
    won: float
    asked: int


def strengths(found: Sequence[Preference], *, seed: int = 0) -> tuple[Strength, ...]:
    """How often each method would be preferred (Bradley and Terry 1952; Hunter 2004's iteration).

    All answers about a photo are drawn together, of every judge.

    Args:
        found: The answers of all judges.
        seed: Of the draws.

    Returns:
        The methods, the most preferred first.

    Raises:
        UsageError: There are no answers.
    """
    if not found:
        raise UsageError("expected answers to at least one question, got none")
    methods = sorted({name for one in found for name in (one.first, one.second)})
    photos = sorted({one.photo for one in found})
    wins = np.zeros((len(photos), len(methods), len(methods)))
    for one in found:
        photo, a, b = photos.index(one.photo), *map(methods.index, (one.first, one.second))
        wins[photo, a, b] += one.share
        wins[photo, b, a] += 1 - one.share
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(photos), [1 / len(photos)] * len(photos), size=RESAMPLES)
    resampled = preferred(np.tensordot(drawn, wins, 1))
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    own, total = preferred(wins.sum(0)[None])[0], wins.sum(0)
    rows = [
        Strength(
            name,
            float(own[place]),
            float(low[place]),
            float(high[place]),
            float(total[place].sum()),
            round(float(total[place].sum() + total[:, place].sum())),
        )
        for place, name in enumerate(methods)
    ]
    return tuple(sorted(rows, key=lambda one: -one.preferred))


def preferred(wins: Values) -> Values:
    """Probabilities of being preferred to the middle method, (n, m), of wins (n, m, m).

    `wins[i, a, b]` counts how often a was preferred to b. The middle one is the median of the
    logarithms of all strengths.
    """
    games = wins + wins.transpose(0, 2, 1)
    won = wins.sum(2) + PRIOR
    strength = np.ones(won.shape)
    for _ in range(ROUNDS):
        weights = games / (strength[:, :, None] + strength[:, None, :])
        new = won / (weights.sum(2) + 2 * PRIOR / (strength + 1))
        done = np.abs(np.log(new / strength)).max() < CLOSE
        strength = new
        if done:
            break
    logs = np.log(strength)
    shifted = logs - np.median(logs, axis=1, keepdims=True)
    return np.asarray(1 / (1 + np.exp(-shifted)), np.float64)


def agreement(found: Sequence[Preference]) -> float:
    """The share of pairs of judges that chose alike, over questions that several answered.

    A tie and a choice agree by half.

    Args:
        found: The answers of all judges.

    Returns:
        0 to 1; NaN where no question has two answers.
    """
    answers: dict[tuple[str, str, str], list[float]] = {}
    for one in found:
        first, second = sorted((one.first, one.second))
        share = one.share if first == one.first else 1 - one.share
        answers.setdefault((one.photo, first, second), []).append(share)
    alike = [
        1 - abs(a - b)
        for shares in answers.values()
        for place, a in enumerate(shares)
        for b in shares[place + 1 :]
    ]
    return float(np.mean(alike)) if alike else float("nan")
