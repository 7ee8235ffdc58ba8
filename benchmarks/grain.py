"""How much of luma's noise is to stay: matched SSIM of pairs by the share, by the noise's spectrum.

    python benchmarks/grain.py --pairs lol:LOL --pairs fivek:FIVEK --pairs pairs:EXPOSURES
        [--grain 0 0.2 0.4 0.9] [--half a] [--every 4]

Photos are read as the files they are, JPEGs with their tables, and enhanced as `nightlift enhance`
does it. Only those that denoising changes count. A group is told by luma's second band over its
third: white noise has 1, texture more. Halves are those of `benchmarks/default.py`. SSIM is that
of results with the mean of the reference (`ssim_mean_matched`), 1 where nothing is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from unittest.mock import patch

import cv2
import numpy as np
from default import Task, line, pairs, pairs_parser
from tqdm import tqdm

from nightlift.data import picture
from nightlift.denoise import measure
from nightlift.edit import Denoising, Enhancer
from nightlift.metrics import ssim_mean_matched
from nightlift.photo import read

GROUPS = {"noise": 1.15, "between": 1.5, "texture": np.inf}
"""Names, and the ratio of the bands that each ends at."""


def main() -> None:
    """Print a table of sets and groups."""
    parser = pairs_parser(__doc__)
    parser.add_argument("--grain", type=float, nargs="+", default=[0.0, 0.2, 0.4, 0.9])
    parser.add_argument("--every", type=int, default=1, help="take every N-th pair of a set")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    tasks: list[Task] = []
    for spec in given.pairs:
        tasks += list(pairs(spec, given.half))[:: given.every]
    groups: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    enhancer = Enhancer(threads=1)
    for task in tqdm(tasks):
        for name, scores in measured(task, enhancer, given.grain):
            groups[task.part, name].append(scores)
    columns = ["pairs", "spectrum", "photos", "not denoised", "as released"]
    print(line([*columns, *map(str, given.grain)]))
    print("|---" * (len(columns) + len(given.grain)) + "|")
    for (part, name), rows in sorted(groups.items()):
        cells = (f"{value:.4f}" for value in np.mean(rows, axis=0))
        print(line([part, name, str(len(rows)), *cells]))


def measured(
    task: Task, enhancer: Enhancer, shares: Sequence[float]
) -> Iterator[tuple[str, list[float]]]:
    """Its group and its scores: not denoised, as released, with each share. Or nothing."""
    assert task.target is not None
    photo, target = read(task.photo), picture(task.target)
    edit = enhancer.estimate(photo)
    plain = replace(edit, denoising=Denoising()).apply(photo).pixels
    result = edit.apply(photo).pixels
    if np.array_equal(plain, result) or plain.shape != target.shape:
        return
    results = [plain, result]
    for share in shares:
        with patch("nightlift.denoise.grain", return_value=share):
            results.append(edit.apply(photo).pixels)
    noise = measure(photo)
    ratio = noise.luma_spectrum[0][1] / noise.luma_spectrum[0][2]
    name = next(name for name, end in GROUPS.items() if ratio <= end)
    yield name, [ssim_mean_matched(one, target, data_range=255) for one in results]


if __name__ == "__main__":
    main()
