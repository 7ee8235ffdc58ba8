"""What each way to denoise brings on pairs, as `nightlift enhance` runs it: files at their size.

    python benchmarks/denoising.py --pairs lol:LOL [--pairs fivek:FIVEK] [--half a] [--most 150]
        [--json FIGURES.json]

A JPEG is read with its tables. Of pairs that say which are for validation only those count. PSNR
and SSIM are plain ones, and such of results with the mean of the reference (`matched`), which tell
noise and structure, not exposure. Halves are those of `benchmarks/default.py`, and
`benchmarks/default_document.py` puts the figures that `--json` keeps into the document.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from default import Task, line, pairs, pairs_parser
from tqdm import tqdm

from nightlift.data import picture
from nightlift.edit import Denoising, Enhancer, Mode
from nightlift.metrics import psnr, psnr_mean_matched, ssim, ssim_mean_matched
from nightlift.photo import read

METRICS = {
    "PSNR": psnr,
    "SSIM": ssim,
    "matched PSNR": psnr_mean_matched,
    "matched SSIM": ssim_mean_matched,
}


def main() -> None:
    """Print a table of sets and ways."""
    parser = pairs_parser(__doc__)
    parser.add_argument("--most", type=int, help="take evenly spread pairs of a larger set")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    enhancer = Enhancer(threads=1)
    rows: dict[tuple[str, Mode], list[list[float]]] = defaultdict(list)
    for spec in given.pairs:
        tasks = list(pairs(spec, given.half))
        tasks = tasks[:: -(-len(tasks) // given.most) if given.most else 1]
        for task in tqdm(tasks):
            for mode, scores in measured(task, enhancer):
                rows[task.part, mode].append(scores)
    figures = [
        {"pairs": part, "photos": str(len(found)), "`--denoise`": f"`{mode}`"}
        | {name: f"{value:.3f}" for name, value in zip(METRICS, np.mean(found, 0), strict=True)}
        for (part, mode), found in rows.items()
    ]
    print(line(figures[0]))
    print("|---" * len(figures[0]) + "|")
    for row in figures:
        print(line(row.values()))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")


def measured(task: Task, enhancer: Enhancer) -> Iterator[tuple[Mode, list[float]]]:
    """Each way, and its scores by metric."""
    assert task.target is not None
    photo, target = read(task.photo), picture(task.target)
    edit = enhancer.estimate(photo)
    for mode in get_args(Mode):
        result = replace(edit, denoising=Denoising(mode)).apply(photo).pixels
        yield mode, [metric(result, target, data_range=255) for metric in METRICS.values()]


if __name__ == "__main__":
    main()
