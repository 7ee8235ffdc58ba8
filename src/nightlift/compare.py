"""The contact sheet: one row a photo, one column a method."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nightlift.errors import UsageError
from nightlift.photo.atomic import write_bytes
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.proxy import LongSide, small_copy

CELL = 480
"""Long side, at most, of a photo on the sheet, in pixels."""

MARGIN = 16
TEXT = 18
BAND = 32
"""Space between cells, height of the letters, and of the band they stand in, in pixels."""

PAPER = (24, 24, 26)
INK = (228, 228, 228)


@dataclass(frozen=True)
class Row:
    """One photo as each column shows it: `photos` in the order of the columns."""

    label: str
    photos: Sequence[Photo]


def sheet(rows: Iterable[Row], columns: Sequence[str], *, cell: int = CELL) -> Pixels:
    """A labeled contact sheet, (H, W, 3) uint8 sRGB.

    Photos are shown upright, in sRGB, their aspect kept, a long side of at most `cell` pixels.
    `rows` is read one at a time, so that only one row of full-size photos need be in memory.
    Raises UsageError for no rows, no columns, or a row with another number of photos.
    """
    if not columns:
        raise UsageError("expected at least one column for the contact sheet, got none")
    labels, cells = [], []
    for row in rows:
        if len(row.photos) != len(columns):
            raise UsageError(
                f"expected {len(columns)} photos in the row {row.label!r}, got {len(row.photos)}"
            )
        labels.append(row.label)
        cells.append([_thumbnail(photo, cell) for photo in row.photos])
    if not cells:
        raise UsageError("expected at least one photo for the contact sheet, got none")
    return _composed(labels, columns, cells)


def _thumbnail(photo: Photo, cell: int) -> Image.Image:
    small = small_copy(photo, LongSide(cell))
    return Image.fromarray(np.floor(small * 255 + 0.5).astype(np.uint8))


def _composed(
    labels: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Image.Image]]
) -> Pixels:
    """Column names on top, each row's label above it, each photo in the middle of its cell."""
    widths = [max(image.width for image in column) for column in zip(*cells, strict=True)]
    heights = [max(image.height for image in row) for row in cells]
    width = sum(widths) + MARGIN * (len(widths) + 1)
    height = BAND + sum(heights) + (BAND + MARGIN) * len(heights)
    paper = Image.new("RGB", (width, height), PAPER)
    lefts = [MARGIN + sum(widths[:i]) + MARGIN * i for i in range(len(widths))]
    for name, left, space in zip(columns, lefts, widths, strict=True):
        _write(paper, name, left + space // 2, BAND // 2, space, "mm")
    top = BAND
    for label, row, tall in zip(labels, cells, heights, strict=True):
        _write(paper, label, MARGIN, top + BAND // 2, width - 2 * MARGIN, "lm")
        for image, left, space in zip(row, lefts, widths, strict=True):
            at = (left + (space - image.width) // 2, top + BAND + (tall - image.height) // 2)
            paper.paste(image, at)
        top += BAND + tall + MARGIN
    return np.asarray(paper)


def _write(paper: Image.Image, text: str, x: int, y: int, space: int, anchor: str) -> None:
    """Write a line at (x, y), shortened to `space` pixels where it is longer."""
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(TEXT)
    shown = text
    while len(shown) > 1 and draw.textlength(shown, font) > space:
        shown = shown.rstrip("…")[:-1] + "…"
    draw.text((x, y), shown, INK, font, anchor)


def write_sheet(sheet: Pixels, path: Path, overwrite: bool = False) -> None:
    """Write a sheet as PNG, JPEG or a page of PDF, by the name of `path`; whole or not at all.

    Raises UsageError for another name and WriteError where it cannot be written.
    """
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".pdf": "PDF"}
    format = formats.get(path.suffix.lower())
    if format is None:
        raise UsageError(f"expected a sheet named .png, .jpg or .pdf, got {path.name}")
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format, quality=90)
    write_bytes(path, buffer.getvalue(), overwrite)
