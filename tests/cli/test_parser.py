import argparse

import pytest

from nightlift.cli.main import main, parser
from nightlift.cli.parser import number, size_in_bytes, whole


@pytest.mark.parametrize(
    ("text", "value"), [("500M", 500 * 2**20), ("2G", 2**31), ("1.5k", 1536), ("42", 42)]
)
def test_sizes_in_bytes(text: str, value: int) -> None:
    assert size_in_bytes(text) == value


@pytest.mark.parametrize("text", ["", "M", "-1", "0", "2X", "two"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected a size"):
        size_in_bytes(text)


def test_numbers_keep_to_their_range() -> None:
    assert number(0, 1.5)("1.5") == 1.5
    assert whole(1, 8)("8") == 8
    for parse, text in ((number(0, 1.5), "1.6"), (number(0, 1), "nan"), (number(0, 1), "x")):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a number"):
            parse(text)
    for text in ("0", "9", "1.5", "x"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a whole number"):
            whole(1, 8)(text)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["enhence", "a.jpg"], "did you mean enhance?"),
        (["enhance", "a.jpg", "--strenght", "1"], "did you mean --strength?"),
        (["enhance", "a.jpg", "--format", "jpeg2"], "choose from"),
        (["enhance", "a.jpg", "--strength", "3"], "expected a number from 0 to 1.5, got 3"),
        (["enhance", "a.jpg", "--codec", "h264"], "(--codec belongs to: video)"),
        ([__file__], f"did you mean nightlift enhance {__file__}?"),
        (["enhance"], "INPUT"),
        ([], "COMMAND"),
    ],
)
def test_wrong_use_names_the_nearest_choice(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert hint in told
    assert len(told.splitlines()) == 2 and "--help` lists what there is" in told


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    subparsers = next(
        action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    for name in subparsers.choices:
        with pytest.raises(SystemExit) as stop:
            main([name, "--help"])
        assert stop.value.code == 0
        assert f"nightlift {name}" in capsys.readouterr().out.split("example", 1)[1]
