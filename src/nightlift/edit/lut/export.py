"""An edit written for other programs, and what they cannot hold of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nightlift.adjust import Adjustment
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.edit.lut import files
from nightlift.edit.lut.fit import nearest
from nightlift.edit.lut.table import Act, Lattice, curves, lattice, missed, points
from nightlift.errors import UsageError
from nightlift.metrics import delta_e_2000_map
from nightlift.photo import Floats, LongSide, Photo, SmallCopy, write_bytes

SIZES = 33, 65
"""Points along each side of a .cube: the second where the first would show."""

LEVELS = 8, 12
"""The same of a Hald CLUT, whose lattice has level² points along each side."""

SHOWS = 1.0
"""Levels of 255 that show, from a table to the edit between the table's points."""

FITTED = SIZES[0]

SEEN = SmallCopy(LongSide(384))
"""The small copy of a photo that a table is fitted to."""

PLACES = 8
"""Along each side of a picture, at which an edit is looked at to see whether it is local."""

EVEN = 1e-3
"""A difference between places below which an edit is the same everywhere."""


@dataclass(frozen=True)
class Exported:
    """The files that were written, and sentences about what they do not hold."""

    paths: tuple[Path, ...]
    notices: tuple[str, ...]


def export(edit: Edit, path: Path, photo: Photo | None, overwrite: bool) -> Exported:
    """Write an edit for other programs; see `Edit.export`."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise UsageError(
            f"expected a name that ends with one of {', '.join(KINDS)}, got {path.name}"
        )
    act, notices = _act(edit, photo)
    if edit.denoising.on:
        notices.append("denoising is no part of it")
    contents, told = KINDS[kind](act, path, edit.method)
    for name, content in contents.items():
        write_bytes(path.with_name(name), content, overwrite)
    return Exported(tuple(path.with_name(name) for name in contents), (*notices, *told))


def _act(edit: Edit, photo: Photo | None) -> tuple[Act, list[str]]:
    """What is done to each color, and what is to be said where it is not the same everywhere."""
    adjustment, strength = edit.pipeline()
    painted = edit.painting is not None and edit.amount > 0
    if adjustment is None and not painted:
        return np.array, []
    if adjustment is not None and not painted:
        pictures = _everywhere(adjustment, strength, 9)
        if float(np.ptp(pictures, axis=(1, 2)).max()) < EVEN:
            return lambda colors: adjustment.apply(colors[None], strength)[0], []
    if photo is None:
        raise UsageError(
            f"this edit by {edit.method} is not the same everywhere in the picture, as a table is: "
            "give the photo that it is for (photo=), to which the nearest table is fitted"
        )
    start = points(FITTED) if painted or adjustment is None else None
    if start is None and adjustment is not None:
        start = _everywhere(adjustment, strength, FITTED).mean((1, 2))
    assert start is not None
    return _fitted(edit, photo, Lattice(start.reshape(FITTED, FITTED, FITTED, 3)))


def _everywhere(adjustment: Adjustment, strength: float, size: int) -> Floats:
    """(size³, PLACES, PLACES, 3): what becomes of each color of a lattice at each place."""
    colors = points(size)[:, None, None]
    pictures = np.broadcast_to(colors, (size**3, PLACES, PLACES, 3))
    return adjustment.apply_each(np.ascontiguousarray(pictures), strength)


def _fitted(edit: Edit, photo: Photo, start: Lattice) -> tuple[Act, list[str]]:
    """The table that is nearest to the edit on its photo, and by how much it misses it."""
    alone = replace(edit, denoising=Denoising(), notices=())
    before, after = SEEN.of(photo), SEEN.of(alone.apply(photo))
    table = nearest(before.reshape(-1, 3), after.reshape(-1, 3), start)
    made = np.clip(table(before.reshape(-1, 3)), 0, 1).reshape(before.shape)  # weights are rounded
    apart = delta_e_2000_map(made, after, data_range=1)
    return table, [
        "light from place to place is no part of it: it is the nearest that is the same "
        f"everywhere, on this photo {apart.mean():.1f} (CIEDE2000) from the edit on average, and "
        f"more than {np.quantile(apart, 0.99):.1f} in a hundredth of it"
    ]


def _cube(act: Act, path: Path, method: str) -> tuple[dict[str, bytes], list[str]]:
    table = curves(act)
    if table is not None:
        return {path.name: files.cube(table, method)}, []
    return _lattice_cube(act, path, method)


def _lattice_cube(act: Act, path: Path, method: str) -> tuple[dict[str, bytes], list[str]]:
    table, told = _chosen(act, SIZES)
    return {path.name: files.cube(table, method)}, told


def _hald(act: Act, path: Path, method: str) -> tuple[dict[str, bytes], list[str]]:
    table, told = _chosen(act, tuple(level**2 for level in LEVELS))
    return {path.name: files.hald(table)}, told


def _darktable(act: Act, path: Path, method: str) -> tuple[dict[str, bytes], list[str]]:
    contents, told = _lattice_cube(act, path.with_suffix(".cube"), method)
    (name,) = contents
    contents[path.name] = files.darktable_style(path.stem, name)
    return contents, [*told, f"{name} goes into darktable's folder of 3D LUTs (see preferences)"]


def _rawtherapee(act: Act, path: Path, method: str) -> tuple[dict[str, bytes], list[str]]:
    table = path.with_suffix(".png").absolute()
    contents, told = _hald(act, table, method)
    contents[path.name] = files.rawtherapee_profile(str(table))
    return contents, [
        *told,
        f"it names {table}: leave that there, or choose it anew",
    ]


def _chosen(act: Act, sizes: tuple[int, ...]) -> tuple[Lattice, list[str]]:
    """The smallest lattice between whose points no difference shows, or the largest."""
    if isinstance(act, Lattice):
        return lattice(act, sizes[0]), []  # what it misses was told of the fit
    for size in sizes:
        table = lattice(act, size)
        apart = 255 * missed(table, act)
        if apart.max() <= SHOWS:
            return table, []
    return table, [
        f"between its points it is up to {apart.max():.1f}/255 from the edit, and no more than "
        f"{np.quantile(apart, 0.99):.1f}/255 in 99 of 100 colors"
    ]


Writer = Callable[[Act, Path, str], tuple[dict[str, bytes], list[str]]]

KINDS: dict[str, Writer] = {
    ".cube": _cube,
    ".png": _hald,
    ".dtstyle": _darktable,
    ".pp3": _rawtherapee,
}
"""By a name's ending: the files' contents by name, and what is to be said of them."""
