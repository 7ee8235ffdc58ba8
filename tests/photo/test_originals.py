"""No input of a run is ever replaced, however it is called and wherever results go."""

from __future__ import annotations

import glob
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nightlift.cli.main import main
from nightlift.errors import UsageError, WriteError
from nightlift.photo.atomic import growing, write_bytes
from nightlift.photo.originals import Originals, keeping, kept
from nightlift.photo.photo import Photo
from nightlift.photo.writing import encode

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def photo(level: int, format: str = "jpeg") -> bytes:
    return encode(Photo(np.full((8, 12, 3), level, np.uint8)), format=format)  # type: ignore[arg-type]


PHOTOS = {
    name: photo(20 + 10 * number, "png" if name.endswith("png") else "jpeg")
    for number, name in enumerate(
        (
            "p/a.jpg",
            "p/b.jpg",
            "p/b.jpeg",
            "p/sub/a.jpg",
            "p/sub/c.png",
            "q/d.jpg",
            "p/a-lifted.jpg",
        )
    )
}


def build(root: Path) -> None:
    """Photos in two folders, with links of both kinds to photos and folders."""
    for name, data in PHOTOS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    (root / "link").symlink_to("p")
    (root / "q" / "b.jpg").symlink_to("../p/b.jpg")
    (root / "q" / "a.jpg").hardlink_to(root / "p" / "a.jpg")
    (root / "q" / "gone.jpg").symlink_to("nowhere.jpg")
    (root / "out").mkdir()
    (root / "out" / "b.jpg").write_bytes(b"an older result")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    build(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "p/a.jpg",
        "./p/../p/a.jpg",
        "link/a.jpg",
        "link/../p/a.jpg",
        "q/a.jpg",
        "q/symbolic.jpg",
    ],
)
def test_an_original_is_found_by_every_name(tree: Path, name: str) -> None:
    (tree / "q" / "symbolic.jpg").symlink_to("../link/a.jpg")
    originals = Originals([Path("p/a.jpg"), Path("p/b.jpg")])
    assert originals.find(Path(name)) == Path("p/a.jpg")
    with pytest.raises(UsageError, match="is an input of this run and would be replaced"):
        originals.check([Path("p/new.jpg"), Path(name)])


def test_other_files_are_none(tree: Path) -> None:
    originals = Originals([Path("p/a.jpg"), Path("q/gone.jpg")])
    for name in ("p/b.jpg", "p/sub/a.jpg", "out/a.jpg", "p/A.JPG.x", "nowhere/a.jpg"):
        assert originals.find(Path(name)) is None
    assert originals.find(Path("q/gone.jpg")) == Path("q/gone.jpg")


def test_a_name_whose_file_was_replaced_is_still_an_original(tree: Path) -> None:
    originals = Originals([Path("p/a.jpg")])
    Path("p/new.jpg").write_bytes(b"saved anew by an editor")
    Path("p/new.jpg").rename("p/a.jpg")
    assert originals.find(Path("link/a.jpg")) == Path("p/a.jpg")


def test_it_is_looked_at_again_at_the_moment_of_replacing(tree: Path) -> None:
    target, original = Path("out/b.jpg"), Path("p/b.jpg")
    with keeping(Originals([original])):
        with pytest.raises(WriteError, match="is an input"), growing(target, True) as place:
            place.write_bytes(b"a result")
            target.unlink()
            target.hardlink_to(original)
        with pytest.raises(WriteError, match="is an input"):
            write_bytes(target, b"a result", overwrite=True)
        assert target.samefile(original)
        write_bytes(Path("out/new.jpg"), b"a result", overwrite=True)
    assert original.read_bytes() == PHOTOS["p/b.jpg"]
    assert sorted(path.name for path in Path("out").iterdir()) == ["b.jpg", "new.jpg"]
    assert kept(original) is None
    write_bytes(target, b"a result", overwrite=True)


def contents(root: Path) -> dict[str, bytes]:
    found = (Path(place, name) for place, _, names in os.walk(root) for name in names)
    return {str(path.relative_to(root)): path.read_bytes() for path in found if path.exists()}


@pytest.mark.parametrize(
    "words",
    [
        "enhance p -o link",
        "enhance p/a.jpg -o p/../p/a.jpg",
        "enhance p/a.jpg -o link/a.jpg",
        "enhance p --recursive -o p/sub",
        "enhance p/a.jpg p/a-lifted.jpg",
        "enhance p/a.jpg -o q",
        "enhance p/b.jpg -o q/b.jpg",
        "enhance p/b.jpg q/d.jpg -o q --format jpg --suffix=",
        "enhance p/a.jpg --suffix=",
        "compare p/a.jpg -o p/a.jpg",
        "compare p -o link/b.jpg",
        "compare p/b.jpg -o q/b.jpg",
        "evaluate --data folder:p --metrics loe -o p",
        "compare q/d.jpg --results mine=r -o r/d.png",
        "data synthesize p -o link",
        "report p -o p/page.html",
    ],
)
def test_the_ways_that_lost_an_original_end_in_a_sentence(
    words: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("p/results.json").symlink_to("b.jpg")
    Path("p/page.html").symlink_to("results.json")
    Path("r").mkdir()
    Path("r/d.png").write_bytes(PHOTOS["p/sub/c.png"])
    before = contents(tree)
    overwrite = [] if words.startswith("data") else ["--overwrite"]
    assert main([*words.split(), *overwrite]) == 2
    out, err = capsys.readouterr()
    assert len(err.splitlines()) == 1
    assert not out
    assert contents(tree) == before


def test_a_checkpoint_is_not_replaced_by_the_model_made_of_it(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightning_fabric", reason="needs the training ring")
    Path("run/checkpoints").mkdir(parents=True)
    for name in ("run/checkpoints/best.ckpt", "run/run.json", "zero.pth"):
        Path(name).write_bytes(b"weeks of work")
    Path("zero.onnx").symlink_to("zero.pth")
    before = contents(tree)
    for words in (
        "import zero-dce zero.pth -o zero.onnx --overwrite",
        "import zero-dce zero.pth -o ./p/../zero.pth --overwrite",
        "export run -o run/checkpoints/best.ckpt --overwrite",
    ):
        assert main(words.split()) == 2
        assert "originals are never touched" in capsys.readouterr().err
    assert contents(tree) == before


def test_standard_input_is_an_original_too(tree: Path) -> None:
    words = [sys.executable, "-m", "nightlift", "enhance", "-", "-o", "link/a.jpg", "--overwrite"]
    with Path("p/a.jpg").open("rb") as file:
        done = subprocess.run(words, stdin=file, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"originals are never touched" in done.stderr
    assert Path("p/a.jpg").read_bytes() == PHOTOS["p/a.jpg"]


# Random command lines

INPUTS = """
p p/ link . p/sub q link/sub p/../p out nothing.jpg p/*.jpg p/*/*.png **/*.jpg q/*.jpg
p/a.jpg p/b.jpg p/b.jpeg link/a.jpg p/sub/../a.jpg p/a-lifted.jpg q/a.jpg q/b.jpg q/gone.jpg
out/b.jpg
"""
OUTPUTS = """
out out/ out/new p link q p/sub p/sub/ link/sub/deep . q/../p/sub x.gif new.jpg/
p/a.jpg p/../p/a.jpg link/b.jpg q/a.jpg q/b.jpg new.jpg p/new.png p/sub/c.png out/b.jpg q/gone.jpg
"""
FLAGS = """
--recursive --recursive --keep-ending --save-adjustment --preserve --limit=1 --format=png
--format=webp --strip-metadata=all --upright --json
"""


def command(rng: random.Random) -> list[str]:
    inputs = rng.choices(INPUTS.split(), k=rng.choice((1, 1, 2, 3)))
    ways: list[list[str]] = [["--overwrite"]] * 6 + [["--skip-existing"], []]
    if rng.random() < 0.06:
        return ["compare", *inputs, "-o", rng.choice(OUTPUTS.split()), "-m", "gamma", "--overwrite"]
    output = ["-o", rng.choice(OUTPUTS.split())] if rng.random() < 0.7 else []
    suffixes = ("", "_x", "/../a", "-lifted", "ed")
    suffix = [f"--suffix={rng.choice(suffixes)}"] if rng.random() < 0.3 and not output else []
    words = [
        "enhance",
        *inputs,
        *output,
        *suffix,
        *rng.sample(FLAGS.split(), rng.choice((0, 1, 2, 3))),
    ]
    return [*words, "-m", "gamma", "--jobs=1", "--threads=1", *rng.choice(ways)]


def inputs_of(words: list[str]) -> Iterator[str]:
    """What a person would call the inputs of a command: files that are named or found in folders.

    What lies in a folder under the name of a result is one, unless it is named itself.
    """
    asked = words[1 : next((i for i, word in enumerate(words[1:], 1) if word[0] == "-"), None)]
    suffix = next((word[9:] for word in words if word.startswith("--suffix=")), "-lifted")
    found: list[str] = []
    for name in asked:
        path = Path(name)
        if path.is_dir():
            for place, folders, names in os.walk(name):
                folders[:] = folders if "--recursive" in words else []
                found += (f"{place}/{each}" for each in names)
        elif path.exists() or path.is_symlink():
            yield name
        else:
            found += glob.glob(name, recursive=True)  # noqa: PTH207
    stems = {stem_of(name) for name in [*found, *asked]}
    for name in found:
        stem = stem_of(name)
        results = {stem.removesuffix(one) for one in (suffix, "-lifted") if one} - {stem}
        if name.endswith(SUFFIXES) and not results & stems:
            yield name


def stem_of(name: str) -> str:
    return os.path.realpath(os.path.splitext(name)[0])  # noqa: PTH122


def state(name: str) -> tuple[bytes | None, str | None]:
    path = Path(name)
    data = path.read_bytes() if path.is_file() else None
    return data, str(path.readlink()) if path.is_symlink() else None


def run_plans(root: Path, seed: int, count: int) -> int:
    """Run so many random commands, each on a fresh tree, some twice; how many wrote something."""
    rng = random.Random(seed)
    wrote = 0
    for _ in range(count):
        place = root / "tree"
        shutil.rmtree(place, ignore_errors=True)
        build(place)
        os.chdir(place)
        words = command(rng)
        for _ in range(rng.choice((1, 1, 2))):
            before = {name: state(name) for name in {*inputs_of(words)}}
            everything = contents(place)
            try:
                status = main(words)
            except SystemExit as wrong:
                status = int(wrong.code or 0)
            assert status in (0, 1, 2), words
            changed = [name for name, known in before.items() if state(name) != known]
            assert not changed, (words, changed)
            after = contents(place)
            if "--overwrite" not in words:
                assert everything.items() <= after.items(), words
            wrote += after != everything
            assert not [name for name in after if name.endswith(".part")], words
    return wrote


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Back to this folder afterwards; and thousands of files need not reach the disk."""
    monkeypatch.setattr(os, "fsync", lambda file: None)
    before = Path.cwd()
    yield
    os.chdir(before)


def test_random_command_lines_change_no_input(
    tmp_path: Path, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_plans(tmp_path, 0, 300) > 60
    assert "fault of nightlift" not in capsys.readouterr().err


@pytest.mark.slow
def test_ten_thousand_random_command_lines_change_no_input(
    tmp_path: Path, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_plans(tmp_path, 1, 10_000) > 2_000
    assert "fault of nightlift" not in capsys.readouterr().err
