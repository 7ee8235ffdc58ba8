"""The layouts of data folders: one table, and what each makes of its folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nightlift.data import listing, sidecar
from nightlift.data.joining import joined
from nightlift.data.problem import Problem
from nightlift.data.sample import Collection, Sample
from nightlift.data.split import with_split
from nightlift.errors import DataError, UsageError, did_you_mean

AUTO = "auto"
PAIRS = "pairs.csv"


@dataclass(frozen=True)
class FoundCollection:
    """A collection of what is in order, and the problems of what is not."""

    collection: Collection
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a data folder is laid out.

    `folders` says it in words, `marks` are the paths by which it is recognized: one of these
    sets must be there as a whole.
    """

    name: str
    folders: str
    marks: tuple[tuple[str, ...], ...]
    read: Callable[[Path], FoundCollection]

    def fits(self, root: Path) -> bool:
        """Whether the folder has this layout's marks."""
        return any(all((root / mark).exists() for mark in marks) for marks in self.marks)


def find(spec: str) -> FoundCollection:
    """What `LAYOUT:PATH` names, problems of its pairs included.

    Raises UsageError for a spec of another form or an unknown layout, and DataError for a
    folder that is missing, is not laid out so, or holds no photo.
    """
    name, root = parse(spec)
    if not root.is_dir():
        raise DataError(f"{root}: expected a folder of layout {name}, but there is none")
    layout = recognize(root) if name == AUTO else LAYOUTS[name]
    if not layout.fits(root):
        raise DataError(
            f"{root}: expected the layout {layout.name} ({layout.folders}); "
            f"{AUTO}:{root} recognizes what it is"
        )
    found = layout.read(root)
    collection = found.collection
    if not any(collection.parts.values()) and not found.problems:
        raise DataError(f"{root}: expected photos in {layout.folders}, but there are none")
    return found


def parse(spec: str) -> tuple[str, Path]:
    """Layout and folder of `LAYOUT:PATH`; raises UsageError naming the nearest layout."""
    name, colon, path = spec.partition(":")
    if not colon or not path:
        raise UsageError(f"expected LAYOUT:PATH, got {spec!r}; {AUTO}:{spec} recognizes the layout")
    known = [*LAYOUTS, AUTO]
    if name not in known:
        hint = did_you_mean(name, known, cutoff=0.4)
        raise UsageError(f"there is no layout {name!r}{hint} (there are: {', '.join(known)})")
    return name, Path(path)


def recognize(root: Path) -> Layout:
    """The layout whose marks `root` has; raises DataError when none fits, or several do."""
    special = [layout for layout in LAYOUTS.values() if layout.name != "folder"]
    fitting = [layout for layout in special if layout.fits(root)]
    if len(fitting) > 1:
        names = " and like ".join(layout.name for layout in fitting)
        raise DataError(f"{root}: looks like {names}; say which, as in {fitting[0].name}:{root}")
    if fitting:
        return fitting[0]
    if listing.holds_pictures(root):
        return LAYOUTS["folder"]
    known = "; ".join(f"{layout.name}: {layout.folders}" for layout in LAYOUTS.values())
    raise DataError(f"{root}: no layout recognized and no photo found; expected one of {known}")


def _with_sidecars(found: FoundCollection) -> FoundCollection:
    grouped = sidecar.with_groups(found.collection)
    return replace(found, collection=sidecar.with_own_split(grouped))


def _lol(root: Path) -> FoundCollection:
    if (root / "our485").is_dir():
        return _pairs("lol", root, "our485", "eval15", "low", "high")
    return _pairs("lol", root, "", None, "low", "high")


def _fivek(root: Path) -> FoundCollection:
    return _pairs("fivek", root, "", None, "input", "expertC_gt")


def _smnet(root: Path) -> FoundCollection:
    return _pairs("smnet", root, "train", "test", "low", "high")


def _pairs(
    name: str, root: Path, train: str, test: str | None, low: str, high: str
) -> FoundCollection:
    samples, problems = listing.pairs(root / train / low, root / train / high)
    tests: tuple[Sample, ...] = ()
    if test and (root / test).is_dir():
        tests, more = listing.pairs(root / test / low, root / test / high, f"{test}/")
        problems += more
    collection = Collection(name, root, samples, test=tests)
    return _with_sidecars(FoundCollection(collection, tuple(problems)))


def _unpaired(root: Path) -> FoundCollection:
    """Sub-folders are object classes; test photos have the partners of equal stem in test_B."""
    references = {sample.id: sample.photo for sample in listing.singles(root / "test_B")}
    tests = tuple(
        replace(sample, id=f"test_A/{sample.id}", target=references.get(sample.id))
        for sample in _classed(root / "test_A")
    )
    samples, good = _classed(root / "train_A"), _classed(root / "train_B")
    collection = Collection("unpaired", root, samples, good=good, test=tests)
    return FoundCollection(sidecar.with_own_split(collection))


def _classed(folder: Path) -> tuple[Sample, ...]:
    return tuple(
        replace(sample, group=sample.photo.relative_to(folder).parent.as_posix().strip("."))
        for sample in listing.singles(folder)
    )


def _sice(root: Path) -> FoundCollection:
    collection = Collection(
        "sice",
        root,
        listing.singles(root / "train"),
        validation=listing.singles(root / "val", "val/"),
        test=listing.singles(root / "test-toy", "test-toy/"),
    )
    return _with_sidecars(FoundCollection(collection))


def _listed(root: Path) -> FoundCollection:
    samples, problems = listing.listed_pairs(root / PAIRS)
    return _with_sidecars(FoundCollection(Collection("pairs", root, samples), tuple(problems)))


def _folder(root: Path) -> FoundCollection:
    return _with_sidecars(FoundCollection(Collection("folder", root, listing.singles(root))))


def _run(root: Path) -> FoundCollection:
    """The data of a training run, divided as the run divided it."""
    specs, chosen = sidecar.run_data(root)
    for spec in specs:
        if spec.startswith("run:"):
            raise DataError(f"{root}: its data is itself a run ({spec}); give that run instead")
    found = [find(spec) for spec in specs]
    whole = joined([one.collection for one in found])
    divided = with_split(whole, chosen, str(root / sidecar.RUN))
    problems = tuple(problem for one in found for problem in one.problems)
    return FoundCollection(replace(divided, layout="run", root=root), problems)


_TABLE = (
    Layout("lol", "low/ and high/", (("low", "high"), ("our485",)), _lol),
    Layout("fivek", "input/ and expertC_gt/", (("input", "expertC_gt"),), _fivek),
    Layout(
        "smnet", "train/ and test/, each low/ and high/", (("train/low", "train/high"),), _smnet
    ),
    Layout("unpaired", "train_A/ and train_B/", (("train_A", "train_B"),), _unpaired),
    Layout("sice", "train/ and val/", (("train", "val"),), _sice),
    Layout("pairs", f"photos, and {PAIRS} with a photo and its target a row", ((PAIRS,),), _listed),
    Layout("folder", "any photos, sub-folders included", ((".",),), _folder),
    Layout("run", "the folder of a training run", ((sidecar.RUN,),), _run),
)

LAYOUTS = {layout.name: layout for layout in _TABLE}
