"""Names of strangers on a terminal: no commands to it; pipes get them as they are."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from nightlift.cli.outcomes import NoBar, bar
from nightlift.cli.terminal import Terminal, guarded


def test_a_terminal_gets_no_commands() -> None:
    raw = io.BytesIO()
    shown = Terminal(raw, "utf-8", write_through=True)
    shown.write("a\x1b]0;title\x07 b\x1b[2J c\x9b2J d\u00e9 \x1b[1mbold\x1b[0m\t\r\n")
    assert raw.getvalue().decode() == "a?]0;title? b?[2J c?2J dé \x1b[1mbold\x1b[0m\t\r\n"


def test_a_pipe_gets_names_as_they_are() -> None:
    raw = io.TextIOWrapper(io.BytesIO())
    assert guarded(raw) is raw


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a pseudo-terminal")
def test_the_command_line_on_a_terminal(tmp_path: Path) -> None:
    main, side = pty.openpty()
    name = tmp_path / "a\x1b[2Jb.jpg"
    name.write_bytes(b"no photo")
    command = [sys.executable, "-m", "nightlift", "enhance", str(name), "-m", "gamma"]
    done = subprocess.run(command, stderr=side, stdout=side, check=False, timeout=120)
    told = os.read(main, 4096).decode()
    assert done.returncode == 1
    assert "a?[2Jb.jpg: this is a text file" in told and "\x1b" not in told


def test_a_pipe_hears_of_long_work_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 9.0, 10.5, 12.0, 21.0])
    monkeypatch.setattr("nightlift.cli.outcomes.time.monotonic", lambda: next(clock))
    shown = bar(4)
    for _ in range(4):
        shown.update()
    assert capsys.readouterr().err == "2 of 4 photos\n4 of 4 photos\n"
    assert bar(1) is not shown and isinstance(bar(1), NoBar)
