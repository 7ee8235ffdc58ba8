"""Blind sheets: results side by side under letters whose order is drawn anew for each photo."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from nightlift.data import Bytes

GAP, HEAD = 8, 26
GRAY = 118


def lettered(methods: Sequence[str], rng: np.random.Generator) -> dict[str, str]:
    """Letters from A on, each with a method, in an order that is drawn.

    Args:
        methods: Their names, at most 26.
        rng: Draws.

    Returns:
        Methods by letter.
    """
    order = [methods[index] for index in rng.permutation(len(methods))]
    return dict(zip(string.ascii_uppercase, order, strict=False))


def sheet(panels: Mapping[str, Bytes], columns: int) -> Bytes:
    """Pictures in rows, each under its name.

    Args:
        panels: (h, w, 3) uint8 by name, all of one size.
        columns: Pictures a row.

    Returns:
        (H, W, 3) uint8.
    """
    rows = [list(panels.items())[at : at + columns] for at in range(0, len(panels), columns)]
    height, width = next(iter(panels.values())).shape[:2]
    shape = len(rows) * (height + HEAD + GAP), columns * (width + GAP), 3
    page: Bytes = np.full(shape, GRAY, np.uint8)
    for down, row in enumerate(rows):
        for across, (name, pixels) in enumerate(row):
            top, left = down * (height + HEAD + GAP), across * (width + GAP)
            place = (left + 4, top + HEAD - 7)
            cv2.putText(page, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
            page[top + HEAD : top + HEAD + height, left : left + width] = pixels
    return page
