"""Where numbers came from: all that is needed to measure them again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from nightlift.evaluate.selection import Selection

PACKAGES = ("numpy", "opencv-python-headless", "pillow", "simplejpeg", "onnxruntime")
"""What decodes, enhances and measures, besides nightlift."""


@dataclass(frozen=True)
class Provenance:
    """What was measured, how, and with what.

    `data` is the spec of the collection, `part` what of it was measured; the hashes are those of
    `Selection`. `exact` says how methods were asked to work. `notes` are what the user was told.
    """

    data: str
    part: str
    data_hash: str
    pictures_hash: str
    exact: bool
    seed: int
    versions: Mapping[str, str]
    date: str
    notes: tuple[str, ...] = ()


def provenance(
    selection: Selection, *, exact: bool, seed: int, notes: tuple[str, ...] = ()
) -> Provenance:
    """What an evaluation that runs now has to tell to be repeated.

    Args:
        selection: The pictures.
        exact: How methods were asked to work.
        seed: Of the bootstrap.
        notes: Come after the selection's own.

    Returns:
        The provenance, with versions and date.
    """
    return Provenance(
        selection.spec,
        selection.part,
        selection.data_hash,
        selection.pictures_hash,
        exact,
        seed,
        versions(),
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        selection.notes + notes,
    )


def versions() -> dict[str, str]:
    """The versions of nightlift, Python and `PACKAGES`."""
    from nightlift import __version__

    found = {"nightlift": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
