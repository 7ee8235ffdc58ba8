"""Which hues pairs have where one photo was lifted and the other was exposed for longer.

    python benchmarks/hue_bias.py --pairs fivek:FIVEK --pairs pairs:EXPOSURES [--half a] [--every 3]

Each photo is lifted by `natural`, without gate and denoising, as released and at the hue of HSV
(without its turn). Told is the mean over photos of the median difference in hue (OKLab, degrees)
between the reference and the result, by the reference's hue: above 0 the reference is nearer to the
next row. Places count where both are colored and neither is black. Halves are those of
`benchmarks/default.py`; copies of 192 pixels, blurred a little, since references are noisy.
"""

from __future__ import annotations

from collections import defaultdict
from unittest.mock import patch

import cv2
import numpy as np
from default import Task, line, pairs, pairs_parser
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.data import picture, shrunk
from nightlift.edit import Enhancer
from nightlift.photo import Floats

HUES = {
    "red": 15,
    "orange": 45,
    "yellow": 75,
    "green": 110,
    "cyan": 170,
    "blue": 230,
    "purple": 290,
}
"""Where each begins, in degrees."""

SIDE, COLORED, LIT, LEAST_PLACES, FURTHEST = 192, 0.03, 0.25, 50, 70.0
TURNS = {"as released": 1.0, "hue of HSV": 0.0}

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""Of OKLab (Ottosson 2020): linear sRGB to cones, their cube roots to lightness and two colors."""


def main() -> None:
    """Print a table for each set."""
    parser = pairs_parser(__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every N-th pair of a set")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    natural = Enhancer("natural", threads=1)
    print(line(["pairs", "hue", "photos", *TURNS]) + "\n" + "|---" * (3 + len(TURNS)) + "|")
    for spec in given.pairs:
        tasks = list(pairs(spec, given.half))[:: given.every]
        found: dict[str, list[list[float]]] = defaultdict(list)
        for task in tqdm(tasks, leave=False):
            for hue, differences in measured(task, natural).items():
                found[hue].append(differences)
        for hue in HUES:
            if found[hue]:
                means = (f"{mean:+.1f}°" for mean in np.mean(found[hue], axis=0))
                print(line([spec.partition(":")[0], hue, str(len(found[hue])), *means]))


def measured(task: Task, natural: Enhancer) -> dict[str, list[float]]:
    """By hue of the reference, its median difference from each result."""
    assert task.target is not None
    photo, target = (shrunk(picture(path), SIDE) for path in (task.photo, task.target))
    adjustment = natural.estimate(photo).adjustment
    if adjustment is None or photo.shape != target.shape:
        return {}
    wanted, own = hues(target), np.asarray(photo, np.float32) / np.float32(255)
    found: dict[str, list[float]] = defaultdict(list)
    for share in TURNS.values():
        with patch("nightlift.adjust.light_grid.TURN", 0.7 * share):
            result = hues(255 * np.clip(adjustment.evaluate(own, 0, len(own)), 0, 1))
        for hue, difference in differences(wanted, result):
            found[hue].append(difference)
    return {hue: both for hue, both in found.items() if len(both) == len(TURNS)}


def differences(wanted: Floats, result: Floats) -> list[tuple[str, float]]:
    """Hues that enough places have, and how far the reference's lies beyond the result's."""
    apart = (wanted[1] - result[1] + 180) % 360 - 180
    counts = (np.minimum(wanted[2], result[2]) > COLORED) & (np.abs(apart) < FURTHEST)
    counts &= (result[0] > LIT) & (wanted[0] > LIT)
    told = []
    ends = [*list(HUES.values())[1:], 360 + HUES["red"]]
    for (hue, begin), end in zip(HUES.items(), ends, strict=True):
        here = counts & ((wanted[1] - begin) % 360 < end - begin)
        if here.sum() >= LEAST_PLACES:
            told.append((hue, float(np.median(apart[here]))))
    return told


def hues(pixels: NDArray[np.generic]) -> Floats:
    """(3, h, w): OKLab's lightness, hue in degrees and chroma of 8-bit sRGB."""
    values = cv2.GaussianBlur(np.asarray(pixels, np.float32), (0, 0), 1.5) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    lightness, one, other = np.moveaxis(np.cbrt(linear @ TO_CONES.T) @ TO_LAB.T, -1, 0)
    hue = np.degrees(np.arctan2(other, one)) % 360
    return np.stack([lightness, hue, np.hypot(one, other)]).astype(np.float32)


if __name__ == "__main__":
    main()
