"""What a publication claims, and what is needed to measure it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nightlift.evaluate import file_hash


@dataclass(frozen=True)
class Needed:
    """A file or folder below the user's folder: what it is, and the published file's SHA-256.

    Without an `optional` one its rows are left out.
    """

    path: str
    what: str
    sha256: str | None = None
    optional: bool = False

    def there(self, folder: Path) -> bool:
        """Whether it is where it should be."""
        return (folder / self.path).exists()

    def difference(self, folder: Path) -> str | None:
        """A sentence where the file is another than the published one."""
        path = folder / self.path
        if self.sha256 is None or not path.is_file() or file_hash(path) == self.sha256:
            return None
        return (
            f"{self.path} is another file than the published one: its SHA-256 begins with "
            f"{file_hash(path)[:12]}, not {self.sha256[:12]}"
        )


@dataclass(frozen=True)
class Weights:
    """A row of the table: a checkpoint, and the method that reads it."""

    row: str
    method: str
    needed: Needed


@dataclass(frozen=True)
class PictureSet:
    """Pictures to measure on: a layout, a folder, and which part of it.

    `count` is how many the publication measured.
    """

    name: str
    layout: str
    needed: Needed
    part: str = "validation"
    count: int | None = None


@dataclass(frozen=True)
class Claim:
    """One published number: of which row, on which pictures, by which metric, and who says it."""

    pictures: str
    row: str
    metric: str
    value: float
    source: str


@dataclass(frozen=True)
class Reproduction:
    """A publication's table.

    `further` are other files (NIQE's parameters); `rows` methods that need no checkpoint;
    `differences` what is known to differ from how the publication measured.
    """

    name: str
    title: str
    weights: tuple[Weights, ...]
    pictures: tuple[PictureSet, ...]
    claims: tuple[Claim, ...]
    metrics: tuple[str, ...]
    differences: tuple[str, ...]
    further: tuple[Needed, ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[Needed, ...]:
        """Everything that belongs into the user's folder, each once."""
        places = (
            *(one.needed for one in self.weights),
            *(one.needed for one in self.pictures),
            *self.further,
        )
        return tuple({one.path: one for one in places}.values())
