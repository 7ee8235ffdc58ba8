"""Comparisons on paper: a PDF of A4 or Letter, white, its text selectable and its photos sharp."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import simplejpeg

from nightlift import __version__
from nightlift.errors import MissingExtraError, UsageError
from nightlift.photo import LongSide, Photo, from_floats, small_copy, upright_sides
from nightlift.report.contact_sheet import SheetRow

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Paper: TypeAlias = Literal["a4", "letter"]

PAPERS: dict[Paper, tuple[float, float]] = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
"""Width and height in points, 1/72 inch, held upright."""

MARGIN, GAP = 40.0, 10.0
HEAD, FOOT, LABEL, CAPTION = 26.0, 20.0, 20.0, 14.0
"""Points around a page and between photos, and the heights of lines of text."""

MOST_ABREAST = 6
"""Photos beside each other; more of a row go on below."""

DOTS = 300
"""Pixels an inch that photos have at most."""

LEAST_SHARE = 0.85
"""Of its size: how far a page's photos are shrunk so that one more of them fits."""

LARGEST = 3300
"""The long side in pixels of the largest photo that is printed."""

QUALITY = 92

INK, SOFT = (0.1, 0.1, 0.11), (0.4, 0.4, 0.42)
FONT, BOLD = "Vera", "VeraBd"


@dataclass(frozen=True)
class Cell:
    """A photo on paper: its name, its JPEG, and its aspect, width over height."""

    name: str
    data: bytes
    aspect: float


@dataclass(frozen=True)
class CellBlock:
    """A photo's cells under its label, in lines of `across`, each cell `width` points wide."""

    label: str
    cells: Sequence[Cell]
    across: int
    width: float

    @property
    def lines(self) -> list[Sequence[Cell]]:
        """The cells that stand beside each other."""
        return [self.cells[at : at + self.across] for at in range(0, len(self.cells), self.across)]

    def tall(self, line: Sequence[Cell]) -> float:
        """Points that a line takes with its captions."""
        return self.width / min(cell.aspect for cell in line) + CAPTION + GAP

    @property
    def height(self) -> float:
        """Points that all of it takes."""
        return LABEL + sum(map(self.tall, self.lines))

    @property
    def text(self) -> float:
        """Points of its height that are no photos."""
        return LABEL + len(self.lines) * (CAPTION + GAP)


def check_installed() -> None:
    """Check that the extra `pdf` is installed.

    Raises:
        MissingExtraError: It is not.
    """
    if find_spec("reportlab") is None:
        raise MissingExtraError("a PDF", "pdf")


def document(
    title: str, rows: Iterable[SheetRow], columns: Sequence[str], *, paper: Paper = "a4"
) -> bytes:
    """A PDF with a block for each row: its label, and its photos with their columns' names.

    Args:
        title: What stands on top of each page, and in the file's properties.
        rows: Read one at a time; only their JPEGs are kept.
        columns: A name for each photo of a row.
        paper: The format; it lies across where photos would be small upright.

    Returns:
        The file's bytes, the same for the same photos.

    Raises:
        MissingExtraError: The extra `pdf` is not installed.
        UsageError: There are no columns or no rows, or a row has another number of photos.
    """
    check_installed()
    from reportlab.pdfgen.canvas import Canvas

    if not columns:
        raise UsageError("expected at least one column for the document, got none")
    upright = PAPERS[paper]
    size = upright if len(columns) <= 2 else upright[::-1]
    sheets = _sheets(list(_blocks(rows, columns, size)), size)
    if not sheets:
        raise UsageError("expected at least one photo for the document, got none")
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=True, lang="en")
    canvas.setTitle(title)
    canvas.setCreator(f"nightlift {__version__}")
    _load_fonts()
    for number, blocks in enumerate(sheets, 1):
        _frame(canvas, size, title, f"{number} of {len(sheets)}")
        _draw(canvas, size, blocks)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _blocks(
    rows: Iterable[SheetRow], columns: Sequence[str], size: tuple[float, float]
) -> Iterator[CellBlock]:
    """Each row as it will be printed; the only one is as large as the page allows."""
    left = iter(rows)
    first = list(islice(left, 2))
    lines = math.ceil(len(columns) / MOST_ABREAST)
    ways = range(1, len(columns) + 1) if len(first) == 1 else [math.ceil(len(columns) / lines)]
    for row in chain(first, left):
        if len(row.photos) != len(columns):
            raise UsageError(
                f"expected {len(columns)} photos in the row {row.label!r}, got {len(row.photos)}"
            )
        across, width = max(
            ((way, _width(row.photos, way, size)) for way in ways), key=lambda found: found[1]
        )
        dots = round(width / 72 * DOTS)
        cells = [
            Cell(name, _jpeg(photo, dots), _aspect(photo))
            for name, photo in zip(columns, row.photos, strict=True)
        ]
        yield CellBlock(row.label, cells, across, width)


def _width(photos: Sequence[Photo], across: int, size: tuple[float, float]) -> float:
    """Points that a photo has where `across` stand beside each other, and all fit on a page."""
    width, height = _room(size)
    abreast = (width - GAP * (across - 1)) / across
    lines = [photos[at : at + across] for at in range(0, len(photos), across)]
    taken = LABEL + len(lines) * (CAPTION + GAP)
    slopes = sum(1 / min(map(_aspect, line)) for line in lines)
    return min(abreast, (height - taken) / slopes)


def _room(size: tuple[float, float]) -> tuple[float, float]:
    """Width and height in points of what a page has for photos."""
    return size[0] - 2 * MARGIN, size[1] - 2 * MARGIN - HEAD - FOOT


def _aspect(photo: Photo) -> float:
    height, width = upright_sides(photo)
    return width / height


def _jpeg(photo: Photo, dots: int) -> bytes:
    """A photo as it is printed `dots` pixels wide; one that has fewer keeps them."""
    height, width = upright_sides(photo)
    small = small_copy(photo, LongSide(max(dots, round(dots * height / width))))
    pixels = from_floats(small, np.dtype(np.uint8))
    data: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), QUALITY, "RGB", "444")
    return data


def _sheets(blocks: Sequence[CellBlock], size: tuple[float, float]) -> list[list[CellBlock]]:
    """The blocks of each page, as many as it has room for, a little smaller where one more fits."""
    room = _room(size)[1]
    sheets: list[list[CellBlock]] = []
    for block in blocks:
        if sheets and _share([*sheets[-1], block], room) >= LEAST_SHARE:
            sheets[-1].append(block)
        else:
            sheets.append([block])
    return [
        [replace(one, width=one.width * _share(sheet, room)) for one in sheet] for sheet in sheets
    ]


def _share(blocks: Sequence[CellBlock], room: float) -> float:
    """Of their size, what photos can have on a page of `room` points of height."""
    text = sum(block.text for block in blocks)
    return min(1.0, (room - text) / sum(block.height - block.text for block in blocks))


def _frame(canvas: Canvas, size: tuple[float, float], title: str, number: str) -> None:
    """What stands on top and at the bottom of every page."""
    width, height = size
    canvas.setFillColorRGB(*INK)
    canvas.setFont(BOLD, 12)
    canvas.drawString(MARGIN, height - MARGIN - 9, _fitting(title, BOLD, 12, width - 2 * MARGIN))
    canvas.setFillColorRGB(*SOFT)
    canvas.setFont(FONT, 7.5)
    canvas.drawString(MARGIN, MARGIN - 4, f"nightlift {__version__}")
    canvas.drawRightString(width - MARGIN, MARGIN - 4, number)


def _draw(canvas: Canvas, size: tuple[float, float], blocks: Sequence[CellBlock]) -> None:
    from reportlab.lib.utils import ImageReader

    top = size[1] - MARGIN - HEAD
    for block in blocks:
        canvas.bookmarkHorizontal(block.label, 0, top)
        canvas.addOutlineEntry(block.label, block.label)
        canvas.setFillColorRGB(*INK)
        canvas.setFont(BOLD, 9)
        canvas.drawString(MARGIN, top - 11, _fitting(block.label, BOLD, 9, size[0] - 2 * MARGIN))
        top -= LABEL
        for line in block.lines:
            tall = block.tall(line)
            for place, cell in enumerate(line):
                left = MARGIN + place * (block.width + GAP)
                height = block.width / cell.aspect
                picture = ImageReader(io.BytesIO(cell.data))
                canvas.drawImage(picture, left, top - height, block.width, height)
                canvas.setFillColorRGB(*SOFT)
                canvas.setFont(FONT, 7.5)
                text = _fitting(cell.name, FONT, 7.5, block.width)
                canvas.drawString(left, top - height - 10, text)
            top -= tall


def _fitting(text: str, font: str, points: float, width: float) -> str:
    """The text, shortened where it is wider than there is room."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    shown = text
    while len(shown) > 1 and stringWidth(shown, font, points) > width:
        shown = shown.rstrip("…")[:-1] + "…"
    return shown


def _load_fonts() -> None:
    """Bitstream Vera, which comes with ReportLab and is embedded as far as it is used."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (FONT, BOLD):
        registerFont(TTFont(name, f"{name}.ttf"))
