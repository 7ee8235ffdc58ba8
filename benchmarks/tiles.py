"""A network that pools over the photo: in tiles, whose means come from a small copy, against whole.

    python benchmarks/tiles.py --model smnet-small.onnx --photo PHOTO [--width 1200 --height 900]

Prints the PSNR of the tiles against the whole, and the peak of memory of each, measured in a
process of its own, above what it had before the photo was enhanced.
"""

from __future__ import annotations

import argparse
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data import picture
from nightlift.edit import Enhancer
from nightlift.metrics import psnr

Result = tuple[NDArray[np.uint8], int, tuple[str, ...]]

WHOLE = 1 << 40
"""Bytes that no photo needs: it is never cut."""


def main() -> None:
    """Print one line a way, and how far they are apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--memory", type=float, default=0.5, help="GB for the tiles")
    given = parser.parse_args()
    pixels = cv2.resize(picture(given.photo), (given.width, given.height))
    ways = {"whole": WHOLE, "tiles": int(1e9 * given.memory)}
    found = {name: _apart(given.model, pixels, memory) for name, memory in ways.items()}
    for name, (_, peak, notices) in found.items():
        print(f"{name}: {peak / 1e9:.2f} GB", *notices)
    apart = psnr(found["tiles"][0], found["whole"][0], data_range=255)
    print(f"tiles against whole: {apart:.1f} dB")


def _apart(model: str, pixels: NDArray[np.uint8], memory: int) -> Result:
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_enhanced, model, pixels, memory).result()


def _enhanced(model: str, pixels: NDArray[np.uint8], memory: int) -> Result:
    from nightlift.photo import Photo

    enhancer = Enhancer(model=model, memory=memory)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    photo = enhancer(Photo(pixels), exact=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return np.asarray(photo.pixels, np.uint8), 1024 * peak, photo.notices


if __name__ == "__main__":
    main()
