"""Photos beside what was made of them: rows of a sheet, or a page that one can slide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import cv2
import numpy as np

from nightlift.data import Bytes, Sample, upright
from nightlift.errors import UsageError
from nightlift.metrics import METRICS, Metric
from nightlift.photo import Photo, read, transposes, turn
from nightlift.report.columns import Column
from nightlift.report.contact_sheet import CELL, SheetRow
from nightlift.report.drawings import Drawing, beside
from nightlift.report.gallery import Shown, gallery, viewer
from nightlift.report.page import heading, page, static

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, width and height of a part of the upright photo, in pixels."""

INPUT, REFERENCE = "input", "reference"

MEASURED = ("psnr", "ssim", "delta-e-2000")
"""What a page says of each picture where there is a reference."""


@dataclass(frozen=True)
class Comparison:
    """A photo and what each column made of it, all of one upright size.

    `drawings` holds by column what was estimated; `resized` the columns whose results came in
    another size, and `notes` a sentence about each.
    """

    label: str
    photos: tuple[Photo, ...]
    drawings: Mapping[int, Sequence[Drawing]] = field(default_factory=dict)
    resized: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    cropped: bool = False


def compared(
    sample: Sample, columns: Sequence[Column], *, crop: Box | None = None, estimates: bool = False
) -> Comparison:
    """Read a photo and make every column of it, the photo itself first.

    Methods see the whole photo; the crop is taken of what they made, while estimates are drawn
    whole.

    Args:
        sample: The photo.
        columns: What is made of it.
        crop: The part that is shown; None: all.
        estimates: Whether estimates are drawn too.

    Returns:
        The pictures and notes.

    Raises:
        PhotoError: The photo cannot be read.
        UsageError: The crop lies outside the photo.
    """
    photo = read(sample.photo)
    photos, resized, notes = [photo], set(), []
    width, height = _size(photo)
    for place, column in enumerate(columns, 1):
        made = column.show(sample, photo)
        if _size(made) != (width, height):
            came = _size(made)
            notes.append(f"{column.name} is {came[0]} × {came[1]}, shown at the photo's size")
            made = _resized(made, width, height)
            resized.add(place)
        photos.append(made)
    drawn = {
        place: column.draw(photo)
        for place, column in enumerate(columns, 1)
        if estimates and column.draw is not None
    }
    if crop is not None:
        photos = [cropped(one, crop) for one in photos]
    return Comparison(
        sample.photo.name, tuple(photos), drawn, frozenset(resized), tuple(notes), crop is not None
    )


def cropped(photo: Photo, box: Box) -> Photo:
    """A part of the upright photo; raises UsageError where it lies outside."""
    left, top, width, height = box
    whole = _size(photo)
    if left < 0 or top < 0 or left + width > whole[0] or top + height > whole[1]:
        raise UsageError(
            f"expected a crop within the photo of {whole[0]} x {whole[1]} pixels, "
            f"got {width} x {height} at {left},{top}"
        )
    part = turn(photo.pixels, photo.orientation)[top : top + height, left : left + width]
    return replace(photo, pixels=np.ascontiguousarray(part), alpha=None, orientation=1)


def sheet_columns(columns: Sequence[Column], estimates: bool) -> list[str]:
    """The names over a sheet: the photo, each column, and what was estimated beside it.

    Args:
        columns: Of the sheet.
        estimates: Whether estimates are drawn too.

    Returns:
        One name for each picture of a row.
    """
    names = [INPUT]
    for column in columns:
        names.append(column.name)
        if estimates and column.draw is not None:
            names.append(f"{column.name}: estimate")
    return names


def sheet_row(one: Comparison) -> SheetRow:
    """The photos of a row of the sheet, in the order of `sheet_columns`.

    Args:
        one: What `compared` made.

    Returns:
        The row.
    """
    photos: list[Photo] = []
    for place, photo in enumerate(one.photos):
        photos.append(photo)
        if place in one.drawings:
            photos.append(Photo(beside(one.drawings[place])))
    if one.cropped:
        photos = [_enlarged(photo) for photo in photos]
    return SheetRow(one.label, photos)


def _enlarged(photo: Photo) -> Photo:
    """A small part of a photo so large as fits in a cell, each pixel a square."""
    times = CELL // max(photo.height, photo.width)
    if times < 2:
        return photo
    return replace(photo, pixels=photo.pixels.repeat(times, axis=0).repeat(times, axis=1))


def comparison_page(
    title: str,
    rows: Iterable[Shown],
    columns: Sequence[Column],
    count: int,
    *,
    full: bool = False,
) -> list[bytes]:
    """The page of photos with their results.

    Args:
        title: Of the page.
        rows: Made by `shown`, and read one at a time.
        columns: As of each row.
        count: How many rows there will be.
        full: Whether pictures are kept at their full size.

    Returns:
        Pieces of one HTML file.

    Raises:
        UsageError: There is no photo.
    """
    names = [INPUT, *(column.name for column in columns)]
    metrics = _metrics(columns)
    made = gallery(rows, count, full=full)
    if not made.photos:
        raise UsageError("expected at least one photo for the page, got none")
    lead = f"{len(made.photos)} photos, {len(columns)} pictures of each beside the input"
    if len(made.photos) == 1:
        lead = f"{len(columns)} pictures beside the input"
    body = f"{heading(title, lead)}<main>{static('viewer.html')}</main>"
    data = {"viewer": viewer(names, made.photos, metrics)}
    return page(title, "compare", body, data, made.blobs)


def _metrics(columns: Sequence[Column]) -> list[Metric]:
    """A last column called `reference` is what the others are measured against."""
    paired = columns and columns[-1].name == REFERENCE
    return [METRICS[name] for name in MEASURED] if paired else []


def shown(one: Comparison, columns: Sequence[Column]) -> Shown:
    """A photo of the page: its pictures in sRGB, and figures where there is a reference.

    Args:
        one: What `compared` made.
        columns: The same.

    Returns:
        The row of the page.
    """
    pictures, metrics = [upright(photo) for photo in one.photos], _metrics(columns)
    *judged, reference = pictures
    scores = {
        metric.name: [
            None if place in one.resized else metric.measure(picture, reference)
            for place, picture in enumerate(judged)
        ]
        + [None]
        for metric in metrics
    }
    return Shown(one.label, pictures, scores, one.notes, one.drawings)


def _size(photo: Photo) -> tuple[int, int]:
    """Width and height of the upright photo."""
    size = photo.width, photo.height
    return size[::-1] if transposes(photo.orientation) else size


def _resized(photo: Photo, width: int, height: int) -> Photo:
    pixels: Bytes = upright(photo)
    shrinks = width < pixels.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return Photo(np.asarray(cv2.resize(pixels, (width, height), interpolation=way), np.uint8))
