"""A folder of dark and bright pairs from a folder of good photos: planned, then written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from nightlift.data import listing, panorama, sidecar
from nightlift.data.pictures import Bytes, picture, shrunk
from nightlift.data.sample import Sample, as_bytes
from nightlift.data.scene import DarkScene, darken_panorama, darken_scene, draw_scene
from nightlift.data.synthesize import (
    Darkness,
    Dimming,
    Style,
    dim,
    draw_dimming,
    draw_exposure,
    expose,
)
from nightlift.data.workers import each
from nightlift.errors import DataError, UsageError, sentence
from nightlift.photo import Photo, write, write_bytes

RECORD = "synthesis.json"
REVISION = 1
"""Of the models of darkness: to be raised when the same seed would give other pictures."""

PANORAMA_SIDE = 384
"""Long side of a panorama's views where no size is asked for: they have no detail for more."""

STYLES: tuple[Style, ...] = get_args(Style)

Status: TypeAlias = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class Pair:
    """One pair to be written: `name` is its stem in low/ and high/."""

    name: str
    source: Path
    darkness: Darkness


@dataclass(frozen=True)
class SynthesisPlan:
    """Every pair of a synthesis; `size` is the largest long side in pixels, None for any."""

    good: Path
    output: Path
    style: Style
    seed: int
    size: int | None
    pairs: tuple[Pair, ...]

    def record(self) -> dict[str, Any]:
        """What `synthesis.json` says: settings, and the drawn parameters of each pair."""
        return {
            "revision": REVISION,
            "style": self.style,
            "seed": self.seed,
            "size": self.size,
            "pairs": {pair.name: self._row(pair) for pair in self.pairs},
        }

    def _row(self, pair: Pair) -> dict[str, Any]:
        return {"source": pair.source.relative_to(self.good).as_posix(), **asdict(pair.darkness)}


@dataclass(frozen=True)
class PairOutcome:
    """What became of one pair; `problem` is a sentence when it failed."""

    pair: Pair
    status: Status
    problem: str | None = None


def plan(
    good: Path,
    output: Path,
    *,
    style: Style = "physical",
    count: int | None = None,
    seed: int = 0,
    size: int | None = None,
) -> SynthesisPlan:
    """Plan `count` pairs from the photos below `good`, by default one of each photo.

    Fewer are a random choice, more are further draws of the same photos. Everything follows
    from the seed and the photos' names. Raises UsageError for folders that overlap and values
    outside their range, and DataError where there is no photo.
    """
    if style not in STYLES:
        raise UsageError(f"expected a style among {', '.join(STYLES)}, got {style!r}")
    if (count is not None and count < 1) or (size is not None and size < 16):
        raise UsageError(f"expected a count from 1 and a size from 16, got {count} and {size}")
    _check_apart(good, output)
    samples = _samples(good, style) if good.is_dir() else ()
    if not samples:
        raise DataError(f"{good}: expected a folder of good photos, but there is no photo in it")
    order = sorted(
        samples, key=lambda sample: hashlib.sha256(as_bytes(f"{seed}:{sample.id}")).digest()
    )
    pairs = []
    for index in range(count or len(order)):
        turn, place = divmod(index, len(order))
        name = order[place].id + (f"@{turn + 1}" if turn else "")
        rng = _generator(seed, name, 0)
        source = order[place].photo
        pairs.append(Pair(name, source, _drawn(rng, style, source)))
    return SynthesisPlan(good, output, style, seed, size, tuple(pairs))


def _samples(good: Path, style: Style) -> tuple[Sample, ...]:
    """Photos below a folder; the style `camera` takes HDR panoramas too."""
    photos = listing.singles(good)
    if style != "camera":
        return photos
    panoramas = sorted(path for path in good.rglob("*") if _is_panorama(path))
    return photos + tuple(Sample(listing.stem(path, good), path) for path in panoramas)


def _is_panorama(path: Path) -> bool:
    return path.suffix.lower() in panorama.NAMES


def _drawn(rng: np.random.Generator, style: Style, source: Path) -> Darkness:
    if style == "camera":
        return draw_scene(rng, panorama=_is_panorama(source))
    return draw_dimming(rng) if style == "smnet" else draw_exposure(rng)


def _check_apart(good: Path, output: Path) -> None:
    inner, outer = output.resolve(), good.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise UsageError(
            f"{output} and {good} lie within each other; give an output folder of its own, "
            "so that its pictures are never taken for good photos"
        )


def _generator(seed: int, name: str, purpose: int) -> np.random.Generator:
    """A stream for each pair and purpose, so that a resumed run gives the same pictures."""
    digest = int.from_bytes(hashlib.sha256(as_bytes(name)).digest()[:8], "big")
    return np.random.default_rng([seed, digest, purpose])


def begin(planned: SynthesisPlan) -> None:
    """Make the folders and write `synthesis.json`.

    Raises UsageError when the folder holds other pictures, or pairs made with other settings;
    a larger count of the same settings goes on where the smaller one ended.
    """
    path = planned.output / RECORD
    record = planned.record()
    if path.is_file():
        _check_same(path, record)
    elif any((planned.output / part).exists() for part in ("low", "high")):
        raise UsageError(
            f"{planned.output} holds low/ or high/ of other origin; give another output folder"
        )
    for pair in planned.pairs:
        for target in targets(planned, pair):
            target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, (json.dumps(record, indent=1) + "\n").encode(), overwrite=True)


def _check_same(path: Path, record: Mapping[str, Any]) -> None:
    before = sidecar.read_json(path)
    if not isinstance(before, dict) or not isinstance(before.get("pairs"), dict):
        raise DataError(
            f"{path}: expected what `data synthesize` wrote; give another output folder"
        )
    for name in ("revision", "style", "seed", "size"):
        if before.get(name) != record[name]:
            raise UsageError(
                f"{path.parent} was made with {name} {before.get(name)}, not {record[name]}; "
                "give another output folder, or the same settings to go on"
            )
    pairs = record["pairs"]
    changed = [name for name, row in before["pairs"].items() if pairs.get(name) != row]
    if changed:
        raise UsageError(
            f"{path.parent} holds {len(changed)} pairs that this run would not make "
            f"(such as {changed[0]}); give another output folder"
        )


def targets(planned: SynthesisPlan, pair: Pair) -> tuple[Path, Path]:
    """Where the dark and the bright picture of a pair are written.

    Args:
        planned: The plan.
        pair: One of its pairs.

    Returns:
        Two paths below the plan's output.
    """
    low, high = (planned.output / part / f"{pair.name}.png" for part in ("low", "high"))
    return low, high


def write_pairs(planned: SynthesisPlan, workers: int | None = None) -> Iterator[PairOutcome]:
    """Write every pair that is not there yet, in order; a photo that fails is passed over."""

    def work(pair: Pair) -> PairOutcome:
        try:
            return PairOutcome(pair, "done" if _write_pair(planned, pair) else "skipped")
        except Exception as error:
            text = sentence(error)
            return PairOutcome(pair, "failed", text.removeprefix(f"{pair.source}: "))

    return each(work, planned.pairs, workers or os.cpu_count() or 1)


def _write_pair(planned: SynthesisPlan, pair: Pair) -> bool:
    """Whether there was anything to write; the dark picture comes last and completes a pair."""
    low, high = targets(planned, pair)
    if low.exists() and high.exists():
        return False
    dark, bright = pictures(planned, pair)
    for path, pixels in ((high, bright), (low, dark)):
        if not path.exists():
            write(Photo(pixels), path, format="png")
    return True


def pictures(planned: SynthesisPlan, pair: Pair) -> tuple[Bytes, Bytes]:
    """The dark and the bright picture of a pair, (H, W, 3) uint8, the same at every call."""
    rng, darkness = _generator(planned.seed, pair.name, 1), pair.darkness
    if isinstance(darkness, DarkScene) and darkness.view is not None:
        light = panorama.read_panorama(pair.source)
        return darken_panorama(rng, light, darkness, planned.size or PANORAMA_SIDE)
    bright = shrunk(picture(pair.source), planned.size)
    if isinstance(darkness, DarkScene):
        return darken_scene(rng, bright, darkness)
    dark = dim(bright, darkness) if isinstance(darkness, Dimming) else expose(rng, bright, darkness)
    return np.asarray(dark, np.uint8), bright
