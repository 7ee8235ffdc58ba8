"""A split with one pair a scene: pictures of one scene are no independent measurements.

    python benchmarks/one_a_scene.py pairs:EXPOSURES split.json --scenes 110
    nightlift benchmark --data pairs:EXPOSURES --split split.json …

Of `--scenes` scenes, drawn by `--seed`, one pair each is to be measured; all pairs of the other
scenes are left for fitting.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from nightlift.data import Sample, data_hash, open_collection


def main() -> None:
    """Draw the scenes, a pair of each, and write the split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", metavar="LAYOUT:PATH")
    parser.add_argument("output", type=Path)
    parser.add_argument("--scenes", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    collection = open_collection(given.data)
    scenes: dict[str, list[Sample]] = defaultdict(list)
    for sample in collection.samples:
        scenes[sample.group or sample.id].append(sample)
    rng = np.random.default_rng(given.seed)
    names = [str(name) for name in rng.permutation(sorted(scenes))]
    drawn, others = names[: given.scenes], names[given.scenes :]
    content = {
        "validation": [scenes[name][rng.integers(len(scenes[name]))].id for name in drawn],
        "train": [sample.id for name in others for sample in scenes[name]],
        "seed": given.seed,
        "data_hash": data_hash(collection),
    }
    given.output.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
