"""How much of the references' brightness photos tell: what any network that brightens can know.

    python benchmarks/brightness.py lol:LOL [smnet-small natural MODEL.onnx ...]

The logarithm of the mean of a validation pair's reference is told by one mean for all, by a ridge
regression on plain numbers of the photo (quantiles of its luma and of its channels over luma, luma
of 12 places, fine contrast), both learned from the training pairs, and by the results of methods.
Printed is what each misses: mean and standard deviation over the pairs.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data import Sample, open_collection, picture
from nightlift.edit import Enhancer
from nightlift.photo import LUMA

Floats = NDArray[np.float64]
LEAST = 1 / 256
RIDGE = 100.0
LUMA_SHARES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
COLOR_SHARES = (0.1, 0.5, 0.9)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", metavar="LAYOUT:PATH")
    parser.add_argument("methods", nargs="*")
    given = parser.parse_args()
    found = open_collection(given.data)
    known, asked = (
        (np.array([numbers(one) for one in part]), np.array([brightness(one) for one in part]))
        for part in (found.samples, found.validation)
    )
    print("| told by | mean | deviation |\n|---|---|---|")
    report("one mean for all", known[1].mean() - asked[1])
    report("ridge regression", regressed(*known, asked[0]) - asked[1])
    for name in given.methods:
        enhancer = Enhancer(model=name) if name.endswith(".onnx") else Enhancer(name)
        made = [enhancer(picture(one.photo), exact=True).mean() / 255 for one in found.validation]
        report(name, np.log(made) - asked[1])


def report(name: str, missed: Floats) -> None:
    """A row of the table."""
    print(f"| {name} | {missed.mean():+.3f} | {missed.std():.3f} |")


def brightness(sample: Sample) -> float:
    """The logarithm of the reference's mean."""
    assert sample.target is not None
    return float(np.log(picture(sample.target).mean(dtype=np.float64) / 255))


def numbers(sample: Sample) -> Floats:
    """What is plainly seen of a photo."""
    small = cv2.resize(picture(sample.photo), (96, 64), interpolation=cv2.INTER_AREA) / 255.0
    luma = small @ np.array(LUMA)
    logs = np.log(luma + LEAST)
    colors = np.log(small + LEAST) - logs[..., None]
    places = cv2.resize(logs, (4, 3), interpolation=cv2.INTER_AREA).ravel() - logs.mean()
    fine = np.abs(np.diff(luma, axis=1)).mean() / luma.mean()
    parts = [
        np.quantile(logs, LUMA_SHARES),
        np.quantile(colors, COLOR_SHARES, axis=(0, 1)).ravel(),
        places,
        np.log([fine, luma.mean(), luma.std() + LEAST]),
    ]
    return np.concatenate(parts)


def regressed(rows: Floats, wanted: Floats, asked: Floats) -> Floats:
    """Answers for `asked` by a ridge regression of `wanted` on `rows`."""
    mean, scale = rows.mean(0), rows.std(0) + 1e-9
    known = (rows - mean) / scale
    bend = known.T @ known + RIDGE * np.eye(known.shape[1])
    slope = np.linalg.solve(bend, known.T @ (wanted - wanted.mean()))
    return np.asarray(wanted.mean() + (asked - mean) / scale @ slope)


if __name__ == "__main__":
    main()
