"""The contact sheet: one row a photo, one column a method."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nightlift.errors import UsageError
from nightlift.photo import LongSide, Photo, Pixels, from_floats, small_copy, write_bytes

CELL = 480
"""Long side, at most, of a photo on the sheet, in pixels."""

MARGIN = 16
TEXT = 18
BAND = 32
"""Space between cells, height of the letters, and of the band they stand in, in pixels."""

TALLEST = 8192
"""Height of a sheet from which its rows stand in several blocks beside each other, in pixels."""

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
LONGEST_JPEG = 65_500

PAPER = (24, 24, 26)
INK = (228, 228, 228)


@dataclass(frozen=True)
class SheetRow:
    """One photo as each column shows it: `photos` in the order of the columns."""

    label: str
    photos: Sequence[Photo]


@dataclass(frozen=True)
class Grid:
    """Rows of cells as they will stand on paper: each row's label and its pictures."""

    columns: Sequence[str]
    labels: Sequence[str]
    cells: Sequence[Sequence[Image.Image]]

    @property
    def widths(self) -> list[int]:
        """Of each column, in pixels."""
        return [max(image.width for image in column) for column in zip(*self.cells, strict=True)]

    @property
    def heights(self) -> list[int]:
        """Of each row, in pixels, its label not counted."""
        return [max(image.height for image in row) for row in self.cells]


def sheet(rows: Iterable[SheetRow], columns: Sequence[str], *, cell: int = CELL) -> Pixels:
    """A labeled contact sheet; photos are shown upright, in sRGB, their aspect kept.

    Args:
        rows: Read one at a time, so that only one row of full-size photos need be in memory.
        columns: The name over each.
        cell: Most pixels of a photo's long side.

    Returns:
        (H, W, 3) uint8 sRGB.

    Raises:
        UsageError: There are no rows or no columns, or a row has another number of photos.
    """
    return _composed(_grid(rows, columns, cell))


def shrunk(row: SheetRow, cell: int = CELL) -> SheetRow:
    """A row with its photos as small as they will be shown, so that nothing is left to fail.

    Args:
        row: At any size.
        cell: Most pixels of a photo's long side.

    Returns:
        The row.
    """
    return SheetRow(row.label, [Photo(np.asarray(_thumbnail(photo, cell))) for photo in row.photos])


def _grid(rows: Iterable[SheetRow], columns: Sequence[str], cell: int) -> Grid:
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
    return Grid(columns, labels, cells)


def _thumbnail(photo: Photo, cell: int) -> Image.Image:
    small = small_copy(photo, LongSide(cell))
    return Image.fromarray(from_floats(small, np.dtype(np.uint8)))


def _composed(grid: Grid) -> Pixels:
    """All rows, in blocks that make about a square where one alone would be too tall."""
    width, height = _size(grid)
    count = 1 if height <= TALLEST else max(1, round((height / width) ** 0.5))
    rows = -(-len(grid.labels) // count)
    blocks = [
        _block(Grid(grid.columns, grid.labels[top : top + rows], grid.cells[top : top + rows]))
        for top in range(0, len(grid.labels), rows)
    ]
    size = sum(block.width for block in blocks), max(block.height for block in blocks)
    paper, left = Image.new("RGB", size, PAPER), 0
    for block in blocks:
        paper.paste(block, (left, 0))
        left += block.width
    return np.asarray(paper)


def _size(grid: Grid) -> tuple[int, int]:
    """Width and height in pixels, with labels and margins."""
    widths, heights = grid.widths, grid.heights
    wide = sum(widths) + MARGIN * (len(widths) + 1)
    return wide, BAND + sum(heights) + (BAND + MARGIN) * len(heights)


def _block(grid: Grid) -> Image.Image:
    """Column names on top, each row's label above it, each photo in the middle of its cell."""
    widths, heights, (width, height) = grid.widths, grid.heights, _size(grid)
    paper = Image.new("RGB", (width, height), PAPER)
    lefts = [MARGIN + sum(widths[:i]) + MARGIN * i for i in range(len(widths))]
    for name, left, space in zip(grid.columns, lefts, widths, strict=True):
        _write(paper, name, left + space // 2, BAND // 2, space, "mm")
    top = BAND
    for row, tall in enumerate(heights):
        _write(paper, grid.labels[row], MARGIN, top + BAND // 2, width - 2 * MARGIN, "lm")
        for image, left, space in zip(grid.cells[row], lefts, widths, strict=True):
            at = (left + (space - image.width) // 2, top + BAND + (tall - image.height) // 2)
            paper.paste(image, at)
        top += BAND + tall + MARGIN
    return paper


def _write(paper: Image.Image, text: str, x: int, y: int, space: int, anchor: str) -> None:
    """Write a line at (x, y), shortened to `space` pixels where it is longer."""
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(TEXT)
    shown = text
    while len(shown) > 1 and draw.textlength(shown, font) > space:
        shown = shown.rstrip("…")[:-1] + "…"
    draw.text((x, y), shown, INK, font, anchor)


def check_name(path: Path) -> str:
    """The format that a sheet's name asks for.

    Args:
        path: The sheet's.

    Returns:
        As Pillow calls it.

    Raises:
        UsageError: The name asks for none.
    """
    format = FORMATS.get(path.suffix.lower())
    if format is None:
        raise UsageError(f"expected a sheet named .html, .pdf, .png or .jpg, got {path.name}")
    return format


def write_sheet(sheet: Pixels, path: Path, overwrite: bool = False) -> None:
    """Write a sheet as PNG or JPEG, whole or not at all.

    Args:
        sheet: (H, W, 3) uint8 sRGB.
        path: The file, whose name tells the format.
        overwrite: Whether a file of that name is replaced.

    Raises:
        UsageError: The name asks for no format, or a JPEG cannot hold the sheet.
        WriteError: The file cannot be written.
    """
    format = check_name(path)
    if format == "JPEG" and max(sheet.shape) > LONGEST_JPEG:
        raise UsageError(
            f"a JPEG has at most {LONGEST_JPEG} pixels a side, and this sheet has "
            f"{max(sheet.shape)}: name it .pdf, .png or .html"
        )
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format, quality=92)
    write_bytes(path, buffer.getvalue(), overwrite)
