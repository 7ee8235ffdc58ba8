"""A network at a photo's own size in bounded memory: tiles that overlap by a halo.

Tiles all have one size, and the last of a row or column is anchored at the photo's border. The
halo is clipped there, never reflected, so that the network pads where it pads a whole photo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.edit.engine import Engine, Ports
from nightlift.errors import UsageError
from nightlift.photo import Floats

Patch: TypeAlias = Callable[[int, int, int, int], Floats]
"""(top, bottom, left, right) -> the photo there, (bottom - top, right - left, 3) in [0, 1]."""

Place: TypeAlias = tuple[slice, slice]
"""Rows and columns of the whole photo."""


class Span(NamedTuple):
    """Along one side: what a tile sees, and what of it is kept."""

    start: int
    stop: int
    keep_from: int
    keep_to: int


def run_tiled(
    engine: Engine,
    patch: Patch,
    height: int,
    width: int,
    *,
    halo: int,
    multiple: int = 1,
    tile: int = 512,
    given: Floats | None = None,
) -> Iterator[tuple[Place, Floats]]:
    """The output of `engine` on a photo of `height` by `width`, piece by piece, row by row.

    `halo` is how many pixels around it a pixel's output depends on; `tile` the side of what a
    tile contributes at least; `given` goes into every run. Yields disjoint places that cover
    the photo, with the output (C, h, w) there, equal to that of a single run. Raises UsageError
    where the photo's sides are not divisible by `multiple`.
    """
    rows = spans(height, tile, halo, multiple)
    columns = spans(width, tile, halo, multiple)
    for row in rows:
        for column in columns:
            seen = patch(row.start, row.stop, column.start, column.stop)
            output = engine.run(seen, given)
            yield (
                (slice(row.keep_from, row.keep_to), slice(column.keep_from, column.keep_to)),
                output[
                    :,
                    row.keep_from - row.start : row.keep_to - row.start,
                    column.keep_from - column.start : column.keep_to - column.start,
                ],
            )


def run_padded(
    engine: Engine,
    patch: Patch,
    height: int,
    width: int,
    *,
    halo: int | None,
    multiple: int,
    tile: int = 512,
    given: Floats | None = None,
) -> Iterator[tuple[Place, Floats]]:
    """`run_tiled` on a photo of any size, reflected at its borders to what `multiple` divides.

    The smaller half is added at the top and left, as published code does, and cut off again.
    Nothing larger than a tile is made for it. Without a `halo` there is one piece.
    """
    rows, columns = (_reflected(side, multiple) for side in (height, width))
    above, before = (-side % multiple // 2 for side in (height, width))

    def padded(top: int, bottom: int, left: int, right: int) -> Floats:
        down, across = rows[top:bottom], columns[left:right]
        seen = patch(down.min(), down.max() + 1, across.min(), across.max() + 1)
        return np.ascontiguousarray(seen[down - down.min()][:, across - across.min()])

    if halo is None:
        halo, tile = 0, max(len(rows), len(columns))
    for (down, across), output in run_tiled(
        engine,
        padded,
        len(rows),
        len(columns),
        halo=halo,
        multiple=multiple,
        tile=tile,
        given=given,
    ):
        kept, inner_rows = _inside(down, above, height)
        held, inner_columns = _inside(across, before, width)
        yield (kept, held), output[:, inner_rows, inner_columns]


def run_whole(engine: Engine, picture: Floats, multiple: int) -> Ports:
    """All that `engine` says of a picture of any size, padded as by `run_padded`, in one run.

    Of its output as large as the picture, what was added is cut off again.
    """
    sides = picture.shape[:2]
    down, across = (_reflected(side, multiple) for side in sides)
    said = dict(engine.outputs(np.ascontiguousarray(picture[down][:, across])))
    rows, columns = (slice(-side % multiple // 2, -side % multiple // 2 + side) for side in sides)
    said["parameters"] = said["parameters"][:, rows, columns]
    return said


def _reflected(side: int, multiple: int) -> NDArray[np.intp]:
    """Which pixel lies at each place of the padded side."""
    missing = -side % multiple
    return np.pad(np.arange(side), (missing // 2, missing - missing // 2), mode="reflect")


def _inside(place: slice, before: int, side: int) -> tuple[slice, slice]:
    """A place of the padded side: where it is on the photo, and which part of it that is."""
    start, stop = max(place.start, before), min(place.stop, before + side)
    return (
        slice(start - before, stop - before),
        slice(start - place.start, stop - place.start),
    )


def spans(side: int, tile: int, halo: int, multiple: int = 1) -> tuple[Span, ...]:
    """How a side of so many pixels is cut; all spans see equally many pixels.

    Starts and lengths are divisible by `multiple`, so that a network that pools meets the same
    cells as in a single run.
    """
    if tile < 1 or halo < 0 or multiple < 1:
        raise UsageError(
            f"expected tile ≥ 1, halo ≥ 0 and multiple ≥ 1, got {tile}, {halo} and {multiple}"
        )
    if side < 1 or side % multiple:
        raise UsageError(f"expected a side divisible by {multiple}, got {side}")
    halo = -(-halo // multiple) * multiple
    length = -(-tile // multiple) * multiple + 2 * halo
    if side <= length:
        return (Span(0, side, 0, side),)
    found = [Span(0, length, 0, length - halo)]
    while found[-1].stop < side:
        kept = found[-1].keep_to
        start = min(kept - halo, side - length)
        stop = start + length
        found.append(Span(start, stop, kept, side if stop == side else stop - halo))
    return tuple(found)
