"""A benchmark whose intervals are drawn over scenes: pictures of one scene are not independent.

    nightlift benchmark --data pairs:EXPOSURES --split all … -o field
    python benchmarks/by_scene.py field/benchmark.json pairs:EXPOSURES -o scenes.json

Means stay those of all pictures; 95 % of them over scenes drawn again, 10,000 times, each with all
of its pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightlift.data import open_collection

DRAWS = 10_000


def main() -> None:
    """Draw the intervals anew, and write the benchmark with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmark", type=Path)
    parser.add_argument("data", metavar="LAYOUT:PATH", help="which tells the scenes")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found = json.loads(given.benchmark.read_text(encoding="utf-8"))
    groups = {one.id: one.group or one.id for one in open_collection(given.data).samples}
    (part,) = found["data_sets"]
    scenes = [groups[one["id"]] for one in part["pictures"]]
    for row in part["rows"]:
        for metric, summary in row["summaries"].items():
            scores = np.array(row["scores"][metric], np.float64)
            summary["low"], summary["high"] = interval(scores, scenes, given.seed)
    given.output.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def interval(scores: NDArray[np.float64], scenes: list[str], seed: int) -> tuple[float, float]:
    """95 % of the mean over scenes drawn again."""
    _, place = np.unique(scenes, return_inverse=True)
    sums, counts = np.bincount(place, scores), np.bincount(place)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
