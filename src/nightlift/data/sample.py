"""A collection of photos, as paths: nothing is opened before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from nightlift.errors import DataError

Part: TypeAlias = Literal["train", "validation", "test", "good"]


def as_bytes(name: str) -> bytes:
    """The bytes of a file's name or id: UTF-8, and what is no text as it is on the disk."""
    return name.encode(errors="surrogateescape")


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo, with its reference where there is one.

    `id` is the photo's path below its folder without the extension, unique in its collection;
    ids of validation and test folders begin with the folder's name. `group` is the scene or, in
    unpaired collections, the object class.
    """

    id: str
    photo: Path
    target: Path | None = None
    group: str = ""

    @property
    def reference(self) -> Path:
        """What the scene looks like in good light, as far as the sample knows."""
        return self.target or self.photo


@dataclass(frozen=True)
class Collection:
    """What a spec such as `lol:PATH` names.

    `samples` is the training pool and `good` the good pictures of unpaired collections.
    `validation` and `test` are filled where the layout, or a `split.json` in its folder, says
    so; `samples` then holds training photos only.
    """

    layout: str
    root: Path
    samples: tuple[Sample, ...]
    good: tuple[Sample, ...] = ()
    validation: tuple[Sample, ...] = ()
    test: tuple[Sample, ...] = ()

    @property
    def parts(self) -> Mapping[Part, tuple[Sample, ...]]:
        """Every part by name, empty ones included."""
        return {
            "train": self.samples,
            "validation": self.validation,
            "test": self.test,
            "good": self.good,
        }

    def part(self, name: str) -> tuple[Sample, ...]:
        """The samples of one part.

        Args:
            name: train, validation, test or good.

        Returns:
            At least one sample.

        Raises:
            DataError: The part is unknown or empty.
        """
        filled = {part: samples for part, samples in self.parts.items() if samples}
        for part, samples in filled.items():
            if part == name:
                return samples
        raise DataError(
            f"{self.layout}:{self.root} has no part named {name!r} with photos in it; "
            f"expected one of: {', '.join(filled) or 'none at all'}"
        )
