"""Fits the exposure gate's weights to good photos and to scenes in the dark.

    python benchmarks/gate.py PHOTOS --views lol:VIEWS --darkened lol:SCENES [lol:MORE ...]

PHOTOS are good ones: each counts whole, and by five of its parts. `--views` and `--darkened` are
pairs that `nightlift data synthesize` made of panoramas and of photos: what differs from its answer
by a mean CIEDE2000 of more than 8 is dark; answers of views are good. Logistic regression, both
classes weighing alike, with a ridge that keeps it simple; what is printed goes into
`src/nightlift/edit/gate.py`. Photos under licenses for research alone must not be given.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.data import augment, open_collection, picture, singles
from nightlift.edit import GATE_COPY, appearance
from nightlift.metrics import delta_e_2000
from nightlift.photo import Floats, Photo

Matrix = NDArray[np.float64]

PARTS = 5
LEAST_PART = 0.35
DIFFERENT = 8.0
RIDGE = 0.05
STEPS = 50


def main() -> None:
    """Print the offset and the weights."""
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
    offset, weights = fitted(*told)
    print(f"{len(told[0])} dark, {len(told[1])} good")
    print(f"OFFSET = {offset:.4f}")
    print("WEIGHTS = (" + ", ".join(f"{weight:.4f}" for weight in weights) + ")")


def _good(photos: Path) -> Iterator[Matrix]:
    """Appearances of photos and of their parts; seeded by the photo's place."""
    for place, sample in enumerate(tqdm(singles(photos), leave=False)):
        rng = np.random.default_rng(place)
        whole = picture(sample.photo)
        yield appearance(_small(whole))
        for _ in range(PARTS):
            yield appearance(_small(augment.crop_share(rng, (whole,), LEAST_PART, 1.0)[0]))


def _pairs(spec: str) -> Iterator[tuple[Matrix | None, Matrix]]:
    """Appearances of photos that differ from their answers (None: it does not), and of these."""
    for sample in tqdm(open_collection(spec).samples, leave=False):
        assert sample.target is not None
        low, high = _small(picture(sample.photo)), _small(picture(sample.target))
        differs = delta_e_2000(low[::2, ::2], high[::2, ::2], data_range=1) > DIFFERENT
        yield appearance(low) if differs else None, appearance(high)


def _small(pixels: NDArray[np.generic]) -> Floats:
    return GATE_COPY.of(Photo(np.ascontiguousarray(pixels, np.uint8)))


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
