"""The page that asks which of two results is better: one file, offline, without names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import simplejpeg

from nightlift.data import Bytes
from nightlift.judging import Key
from nightlift.report.page import Blob, heading, page, static

QUALITY = 92


def judging_page(key: Key, results: Iterable[tuple[str, Mapping[str, Bytes]]]) -> list[bytes]:
    """The blind page.

    Args:
        key: The questions; the page holds no method's name.
        results: Of each photo, its name and the results by method, one photo at a time.

    Returns:
        Pieces of one HTML file.
    """
    numbers: dict[tuple[str, str], int] = {}
    # Numbers are given in the order of the questions, which tells nothing of the methods.
    for asked in key.questions:
        for method in (asked.left, asked.right):
            numbers.setdefault((asked.photo, method), len(numbers))
    blobs = [
        Blob(f"r{numbers[photo, method]}", "image/jpeg", _jpeg(picture))
        for photo, made in results
        for method, picture in made.items()
        if (photo, method) in numbers
    ]
    blobs.sort(key=lambda blob: int(blob.id[1:]))
    sides = [[numbers[one.photo, one.left], numbers[one.photo, one.right]] for one in key.questions]
    lead = "Left or right: which would you rather keep? ← or → answers, ↓ if neither, ↑ goes back."
    body = heading("Which is better?", lead) + static("judge.html")
    return page(
        "Which is better?",
        "compare",
        body,
        {"judging": {"page": key.id, "questions": sides}},
        blobs,
    )


def _jpeg(picture: Bytes) -> bytes:
    data: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(picture), QUALITY, "RGB", "444")
    return data
