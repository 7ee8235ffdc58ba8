"""Pictures inside a page: scaled to a size that the file can bear, with figures about them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import simplejpeg
from PIL import Image

from nightlift.data import Bytes
from nightlift.evaluate import places
from nightlift.metrics import Metric, clipped_highlights, clipped_shadows
from nightlift.report.drawings import Drawing
from nightlift.report.page import Blob

LARGEST_FILE = 56_000_000
"""Bytes of a page that is not asked to be full: some 4 MB below what mail and browsers bear."""

LONGEST = 2560
"""Long side, in pixels, of a picture in such a page."""

FINE = 92
COMPACT = 82
"""Quality of JPEG without subsampling while there is room, and of WebP where there is not."""

COMPACT_SHARE = 0.45
"""What a compact file needs of the bytes of a fine one, about."""

THUMBNAIL = 160
BINS = 64

Encoding: TypeAlias = Literal["image/jpeg", "image/webp"]
Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """One photo as each column shows it.

    `pictures` are (H, W, 3) uint8 upright sRGB, all of one size; `scores` holds for a metric's
    name one score a column, None where there is none; `notes` are sentences; `drawings` what each
    column's method estimated.
    """

    label: str
    pictures: Sequence[Bytes]
    scores: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    drawings: Mapping[int, Sequence[Drawing]] = field(default_factory=dict)


@dataclass(frozen=True)
class Gallery:
    """What the viewer is told of photos, and the files of their pictures."""

    photos: list[Json]
    blobs: list[Blob]


def gallery(rows: Iterable[Shown], count: int, *, full: bool = False) -> Gallery:
    """Encode `count` photos, read one at a time; `full` keeps every pixel, however large the file.

    Otherwise the pictures of each photo share an equal part of `LARGEST_FILE`: they are scaled
    alike until they fit.
    """
    room = None if full else LARGEST_FILE * 3 // 4 // max(1, count)
    made = Gallery([], [])
    for number, row in enumerate(rows):
        photo, blobs = _photo(row, number, room)
        made.photos.append(photo)
        made.blobs.extend(blobs)
    return made


def viewer(
    columns: Sequence[str],
    photos: Sequence[Json],
    metrics: Sequence[Metric] = (),
    *,
    shown: Sequence[int] | None = None,
    judged: int | None = None,
    order: str = "",
) -> Json:
    """What the viewer's script reads.

    `shown` are the columns to begin with (None: as many as fit); `order` such as `worst psnr`
    sorts the photos by a metric's score of the column `judged`.
    """
    known = [metric for metric in metrics if any(one["scores"].get(metric.name) for one in photos)]
    return {
        "columns": [{"name": name} for name in columns],
        "photos": list(photos),
        "metrics": [
            {
                "name": metric.name,
                "title": metric.title,
                "better": metric.better,
                "digits": places(_numbers(photos, metric.name)),
            }
            for metric in known
        ],
        "shown": None if shown is None else list(shown),
        "judged": judged,
        "order": order,
    }


def _numbers(photos: Sequence[Json], metric: str) -> list[float]:
    scores = [score for one in photos for score in one["scores"].get(metric, ())]
    return [score for score in scores if isinstance(score, float)]


def _photo(row: Shown, number: int, room: int | None) -> tuple[Json, list[Blob]]:
    height, width = row.pictures[0].shape[:2]
    files, encoding, size = _encoded(row.pictures, room)
    blobs = [Blob(f"p{number}-{place}", encoding, data) for place, data in enumerate(files)]
    drawn = [
        (column, drawing, Blob(f"e{number}-{column}-{place}", "image/webp", _webp(drawing.pixels)))
        for column, drawings in row.drawings.items()
        for place, drawing in enumerate(drawings)
    ]
    photo = {
        "label": row.label,
        "full": [width, height],
        "size": size,
        "thumb": _thumbnail(row.pictures[min(1, len(row.pictures) - 1)]),
        "images": [blob.id for blob in blobs],
        "scores": {name: [plain(score) for score in row.scores[name]] for name in row.scores},
        "clipped": [_clipped(picture) for picture in row.pictures],
        "histograms": [_histogram(picture) for picture in row.pictures],
        "notes": list(row.notes),
        "estimates": [
            {"column": column, "title": drawing.title, "image": blob.id}
            for column, drawing, blob in drawn
        ],
    }
    return photo, [*blobs, *(blob for _, _, blob in drawn)]


def plain(score: float | None) -> float | str | None:
    """A score as JSON has it: infinity is "inf", what cannot be said is null."""
    if score is None or math.isnan(score):
        return None
    return score if math.isfinite(score) else str(score)


def _encoded(
    pictures: Sequence[Bytes], room: int | None
) -> tuple[list[bytes], Encoding, tuple[int, int]]:
    """Files of all pictures, their type, and their common width and height."""
    height, width = pictures[0].shape[:2]
    scale = 1.0 if room is None else min(1.0, LONGEST / max(height, width))
    scaled = [_scaled(picture, scale) for picture in pictures]
    files = [_jpeg(picture) for picture in scaled]
    encoding: Encoding = "image/jpeg"
    total = sum(map(len, files))
    if room is not None and total > room:
        scale *= min(1.0, math.sqrt(room / (COMPACT_SHARE * total)))
        encoding = "image/webp"
        while True:
            scaled = [_scaled(picture, scale) for picture in pictures]
            files = [_webp(picture) for picture in scaled]
            total = sum(map(len, files))
            if total <= room or max(scaled[0].shape) <= THUMBNAIL:
                break
            scale *= 0.97 * math.sqrt(room / total)
    return files, encoding, (scaled[0].shape[1], scaled[0].shape[0])


def _scaled(picture: Bytes, scale: float) -> Bytes:
    if scale >= 1:
        return picture
    height, width = picture.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(picture: Bytes) -> bytes:
    data: bytes = simplejpeg.encode_jpeg(np.ascontiguousarray(picture), FINE, "RGB", "444")
    return data


def _webp(picture: Bytes, quality: int = COMPACT) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=quality, method=1)
    return buffer.getvalue()


def _thumbnail(picture: Bytes) -> str:
    small = _scaled(picture, THUMBNAIL / max(picture.shape[:2]))
    return "data:image/webp;base64," + base64.b64encode(_webp(small, 60)).decode()


def _clipped(picture: Bytes) -> list[float]:
    ends = (clipped_shadows, clipped_highlights)
    return [round(end(picture, data_range=255), 5) for end in ends]


def _histogram(picture: Bytes) -> str:
    """64 bins each of red, green and blue, a byte each, in base64.

    The fullest bin that is not an end of the range is 255 high: clipped pixels would make
    everything else flat.
    """
    counts = [cv2.calcHist([picture], [channel], None, [BINS], [0, 256]) for channel in range(3)]
    bins = np.stack([channel.ravel() for channel in counts])
    inner = bins[:, 1:-1].max()
    highest = float(inner if inner > 0 else bins.max())
    heights = np.minimum(np.ceil(bins * (255 / highest)), 255).astype(np.uint8)
    return base64.b64encode(heights.tobytes()).decode()
