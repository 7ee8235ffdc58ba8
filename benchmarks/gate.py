"""Fits the exposure gate's weights to good photos, and to the same photos darkened.

    python benchmarks/gate.py PHOTOS

From each good photo: the photo, in gray too, four of its parts, and four darkened parts, one of
them in gray, with highlights that the good photo clips. Logistic regression with a small ridge,
both classes weighing alike; what is printed goes into `src/nightlift/gate.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.data import augment
from nightlift.data.listing import singles
from nightlift.data.pictures import picture
from nightlift.data.synthesize import draw_exposure, expose
from nightlift.edit.enhancer import GATE_COPY
from nightlift.edit.gate import appearance
from nightlift.photo.photo import Photo

Matrix = NDArray[np.float64]

PARTS = 4
STOPS = (-5.0, -0.7)
RIDGE = 1e-4
STEPS = 50


def main() -> None:
    """Print the offset and the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="a folder of well-exposed photos")
    good, dark = examples(parser.parse_args().photos)
    offset, weights = fitted(dark, good)
    print(f"OFFSET = {offset:.4f}")
    print("WEIGHTS = (" + ", ".join(f"{weight:.4f}" for weight in weights) + ")")


def examples(photos: Path) -> tuple[Matrix, Matrix]:
    """Appearances of good and of dark pictures, (n, 12) each; seeded by the photo's place."""
    good, dark = [], []
    for place, sample in enumerate(tqdm(singles(photos), leave=False)):
        rng = np.random.default_rng(place)
        whole = picture(sample.photo)
        good += [_appearance(whole), _appearance(_gray(whole))]
        for part in range(PARTS):
            good.append(_appearance(augment.crop_share(rng, (whole,), 0.5, 1.0)[0]))
            (cut,) = augment.crop_share(rng, (whole,), 0.6, 1.0)
            exposure = draw_exposure(rng, STOPS, highlights=1.0, tones=0.4, grain=0.5)
            darkened = np.asarray(expose(rng, cut, exposure), np.uint8)
            dark.append(_appearance(darkened if part else _gray(darkened)))
    return np.array(good), np.array(dark)


def _gray(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    gray = cv2.cvtColor(np.ascontiguousarray(pixels, np.uint8), cv2.COLOR_RGB2GRAY)
    return gray[..., None].repeat(3, axis=2)


def _appearance(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    return appearance(GATE_COPY.of(Photo(np.ascontiguousarray(pixels, np.uint8))))


def fitted(dark: Matrix, good: Matrix) -> tuple[float, NDArray[np.float64]]:
    """Offset and weights of the logit of being dark, by Newton's method."""
    rows = np.vstack([dark, good])
    wanted = np.r_[np.ones(len(dark)), np.zeros(len(good))]
    share = np.where(wanted > 0, 1 / len(dark), 1 / len(good))
    mean, scale = rows.mean(0), rows.std(0)
    design = np.c_[np.ones(len(rows)), (rows - mean) / scale]
    ridge = np.diag([0.0] + [2 * RIDGE] * rows.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (share * (chance - wanted)) + ridge @ found
        bend = (design * (share * chance * (1 - chance))[:, None]).T @ design + ridge
        found = found - np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
    weights = found[1:] / scale
    return float(found[0] - weights @ mean), weights


if __name__ == "__main__":
    main()
