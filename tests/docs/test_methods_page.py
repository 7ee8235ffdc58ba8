"""The commands of the training pages: all are understood, and those on tiny data run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nightlift.cli.main import main, parser
from nightlift.learned.table import METHODS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
LARGE = (ROOT / "docs" / "large-networks.md").read_text(encoding="utf-8")


def commands(kind: str, page: str = PAGE) -> list[list[str]]:
    """The arguments of every command in a page's fences of one kind."""
    blocks = re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line) for line in lines]
    assert words and all(line[0] == "nightlift" for line in words)
    return [line[1:] for line in words]


def trained(lines: list[list[str]]) -> set[str]:
    return {words[1] for words in lines if words[0] == "train"}


@pytest.mark.parametrize("kind", ["sh", "console"])
def test_every_method_is_trained_by_a_command(kind: str) -> None:
    assert trained(commands(kind)) == set(METHODS)


def test_the_page_says_which_epoch_recipes_keep() -> None:
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    told = re.search(
        r"`keep=last` is in the recipes of (.*?) and in all .*? called (.*?);", page, re.S
    )
    assert told is not None
    methods, recipes = (set(re.findall(r"`([\w-]+)`", names)) for names in told.groups())
    for name, method in METHODS.items():
        for recipe, value in method.recipes.items():
            last = name in methods or recipe in recipes
            assert value.keep == ("last" if last else "best"), f"{name}, {recipe}"


def test_every_importer_has_a_command() -> None:
    shown = {words[1] for words in commands("console") if words[0] == "import"}
    assert shown == {name for name, method in METHODS.items() if method.read_published}


@pytest.mark.parametrize(
    "words", commands("sh") + commands("console") + commands("console", LARGE), ids=" ".join
)
def test_each_command_is_understood(words: list[str]) -> None:
    parser(words[0]).parse_args(words)
    if words[0] == "train" and "--resume" not in words:  # recipes and settings are looked at, too
        assert main([*words, "--show-recipe"]) == 0


@pytest.mark.slow
def test_the_commands_on_tiny_data_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the page's order: later ones begin with what earlier ones left behind."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for words in commands("sh"):
        more = ["--workers", "0"] if words[0] == "train" else []
        assert main([*words, *more]) == 0, (words, capsys.readouterr().err)
    assert len(list((tmp_path / "runs" / "lifted").iterdir())) == 4


def test_commands_of_the_page_of_data_sets_are_understood() -> None:
    page = (ROOT / "docs" / "data-sets.md").read_text(encoding="utf-8")
    for words in commands("console", page):
        parser(words[0]).parse_args(words)


def test_every_layout_is_on_the_page_of_data_sets() -> None:
    from nightlift.data.layouts import LAYOUTS

    page = (ROOT / "docs" / "data-sets.md").read_text(encoding="utf-8")
    assert {name for name in LAYOUTS if name != "run"} <= set(re.findall(r"`(\w+):`", page))
