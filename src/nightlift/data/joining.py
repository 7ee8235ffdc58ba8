"""Several data folders as one: ids made unique, each folder's own split honored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nightlift.data.sample import Collection, Sample
from nightlift.data.split import Split, data_hash, split
from nightlift.errors import DataError, UsageError


def joined(sources: Sequence[Collection]) -> Collection:
    """The photos of several collections as one.

    Ids begin with the source's number and layout, such as `2-lol/`, so that they never collide.

    Args:
        sources: At least one.

    Returns:
        One collection; a single source as it is.

    Raises:
        DataError: Two sources share a photo: it could be both trained on and validated.
    """
    if len(sources) == 1:
        return sources[0]
    _check_apart(sources)
    named = list(map(_named, sources, _prefixes(sources)))
    return Collection(
        layout="+".join(source.layout for source in sources),
        root=sources[0].root,
        samples=tuple(sample for source in named for sample in source.samples),
        good=tuple(sample for source in named for sample in source.good),
        validation=tuple(sample for source in named for sample in source.validation),
        test=tuple(sample for source in named for sample in source.test),
    )


def split_each(
    sources: Sequence[Collection],
    *,
    validation: float,
    seed: int,
    fold: tuple[int, int] | None = None,
) -> Split:
    """What `split` makes of each source by itself, as one split of what `joined` gives.

    Args:
        sources: At least one.
        validation: The share that is set apart of a source without a split, 0 to 1.
        seed: Of the draw.
        fold: (k, n): the k-th of n parts is set apart instead.

    Returns:
        The split.

    Raises:
        UsageError: A `fold` where every source brings its own split.
    """
    if fold and all(source.validation for source in sources):
        raise UsageError("expected data without a split of its own for a fold: leave --fold out")
    chosen = [split(source, validation=validation, seed=seed, fold=fold) for source in sources]
    if len(chosen) == 1:
        return chosen[0]
    named = list(zip(_prefixes(sources), chosen, strict=True))
    return Split(
        tuple(prefix + id for prefix, one in named for id in one.train),
        tuple(prefix + id for prefix, one in named for id in one.validation),
        next((one.seed for one in chosen if one.seed is not None), None),
        data_hash(joined(sources)),
    )


def _prefixes(sources: Sequence[Collection]) -> list[str]:
    return [f"{number}-{source.layout}/" for number, source in enumerate(sources, 1)]


def _named(source: Collection, prefix: str) -> Collection:
    def renamed(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        return tuple(replace(sample, id=prefix + sample.id) for sample in samples)

    return replace(
        source,
        samples=renamed(source.samples),
        good=renamed(source.good),
        validation=renamed(source.validation),
        test=renamed(source.test),
    )


def _check_apart(sources: Sequence[Collection]) -> None:
    owners: dict[str, Collection] = {}
    for source in sources:
        for sample in source.samples + source.validation:
            owner = owners.setdefault(str(sample.photo.resolve()), source)
            if owner is not source:
                raise DataError(
                    f"{sample.photo}: is in {owner.layout}:{owner.root} and again in "
                    f"{source.layout}:{source.root}; give folders that share no photo"
                )
