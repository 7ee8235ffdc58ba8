"""Pairs as dark as LOL's, from good photos: what EnlightenGAN's warm start learned from.

    python benchmarks/dark_pairs.py good/ pairs/ --count 655 --seed 31

As `nightlift data synthesize --style camera --size 480`, but that every photo is darkened, by
exposures of -7 to -2.5 EV, and has a share of the noise: half of LOL's photos are darker than 0.054
on average, half of what the command makes brighter than 0.27.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from nightlift.data import Bytes, darken_scene, draw_light, draw_scene, picture, shrunk

STOPS = (-7.0, -2.5)
GRAIN = (0.3, 1.0)
SIDE = 480


def pair(good: Bytes, rng: np.random.Generator) -> tuple[Bytes, Bytes]:
    """A dark photo of a good one, and the answer to it, both (H, W, 3) uint8."""
    scene = draw_scene(rng, STOPS, grain=float(rng.uniform(*GRAIN)))
    return darken_scene(rng, good, replace(scene, light=draw_light(rng, STOPS, 0, 0)))


def main() -> None:
    """Write low/ and high/, the photos taken in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("good", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    photos = sorted(path for path in given.good.iterdir() if path.is_file())
    for number in range(given.count):
        turn, place = divmod(number, len(photos))
        good = shrunk(picture(photos[place]), SIDE)
        both = pair(good, np.random.default_rng((given.seed, number)))
        for folder, made in zip(("low", "high"), both, strict=True):
            path = given.output / folder / f"{photos[place].stem}@{turn}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), cv2.cvtColor(made, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
