"""Fits the exposure gate's weights to good photos and to scenes in the dark.

    python benchmarks/gate.py PHOTOS --views lol:VIEWS --darkened lol:SCENES [lol:MORE ...]

PHOTOS are good ones: each counts whole, and by five of its parts. `--views` and `--darkened` are
pairs that `nightlift data synthesize` made of panoramas and of photos: what differs from its answer
by a mean CIEDE2000 of more than 8 is dark; answers of views are good. All are lifted by the
recommended method, which has an opinion. Logistic regression, both classes weighing alike, with a
ridge that keeps it simple; what is printed goes into `src/nightlift/edit/gate.py`. Photos under
licenses for research alone must not be given.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.data import augment, open_collection, picture, singles
from nightlift.edit import GATE_COPY, RECOMMENDED, SEEN, Enhancer, appearance
from nightlift.metrics import delta_e_2000
from nightlift.photo import Photo

Matrix = NDArray[np.float64]

PARTS = 5
LEAST_PART = 0.35
DIFFERENT = 8.0
RIDGE = 0.05
STEPS = 50

LOOKS = 3
"""Numbers of an appearance that need no method."""

METHOD = Enhancer(RECOMMENDED, threads=1)


def main() -> None:
    """Print offsets and weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="a folder of well-exposed photos")
    parser.add_argument("--views", nargs="*", default=[], metavar="LAYOUT:PATH")
    parser.add_argument("--darkened", nargs="*", default=[], metavar="LAYOUT:PATH")
    given = parser.parse_args()
    good = [*_good(given.photos), *(high for spec in given.views for _, high in _pairs(spec))]
    dark = [low for spec in (*given.views, *given.darkened) for low, _ in _pairs(spec)]
    told = [np.array([one for one in some if one is not None]) for some in (dark, good)]
    print(f"{len(told[0])} dark, {len(told[1])} good")
    for name, count in (("WITH_OPINION", told[0].shape[1]), ("BY_LOOKS", LOOKS)):
        offset, weights = fitted(*(rows[:, :count] for rows in told))
        print(f"{name}: {offset:.4f}, ({', '.join(f'{weight:.4f}' for weight in weights)})")


def _good(photos: Path) -> Iterator[Matrix]:
    """Appearances of photos and of their parts; seeded by the photo's place."""
    for place, sample in enumerate(tqdm(singles(photos), leave=False)):
        rng = np.random.default_rng(place)
        whole = picture(sample.photo)
        yield _appearance(whole)
        for _ in range(PARTS):
            yield _appearance(augment.crop_share(rng, (whole,), LEAST_PART, 1.0)[0])


def _pairs(spec: str) -> Iterator[tuple[Matrix | None, Matrix]]:
    """Appearances of photos that differ from their answers (None: it does not), and of these."""
    for sample in tqdm(open_collection(spec).samples, leave=False):
        assert sample.target is not None
        low, high = picture(sample.photo), picture(sample.target)
        both = [GATE_COPY.of(Photo(one))[::2, ::2] for one in (low, high)]
        differs = delta_e_2000(*both, data_range=1) > DIFFERENT
        yield _appearance(low) if differs else None, _appearance(high)


def _appearance(pixels: NDArray[np.generic]) -> Matrix:
    photo = Photo(np.ascontiguousarray(pixels, np.uint8))
    small, adjustment = GATE_COPY.of(photo), METHOD.estimate(photo).adjustment
    assert adjustment is not None
    seen = np.ascontiguousarray(small[::SEEN, ::SEEN])
    return appearance(small, np.asarray(adjustment.apply(seen), np.float32))


def fitted(dark: Matrix, good: Matrix) -> tuple[float, NDArray[np.float64]]:
    """Offset and weights of the logit of being dark, by Newton's method."""
    rows = np.vstack([dark, good])
    wanted = np.r_[np.ones(len(dark)), np.zeros(len(good))]
    share = np.where(wanted > 0, 0.5 / len(dark), 0.5 / len(good))
    mean, scale = rows.mean(0), rows.std(0)
    design = np.c_[np.ones(len(rows)), (rows - mean) / scale]
    ridge = np.diag([0.0] + [RIDGE] * rows.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (share * (chance - wanted)) + ridge @ found
        bend = (design * (share * chance * (1 - chance))[:, None]).T @ design + ridge
        found = found - np.linalg.solve(bend, slope)
    weights = found[1:] / scale
    return float(found[0] - weights @ mean), weights


if __name__ == "__main__":
    main()
