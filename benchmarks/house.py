"""How large the house is: lines by room, the share of infrastructure, functions, and one `enhance`.

    python benchmarks/house.py

Lines are those of code: without blank ones, comments and docstrings. Infrastructure is what would
be there whatever was done to the pictures: commands, batches, clusters, pages, files of models,
and the loose modules. The last figure is of one `nightlift enhance` from its start: functions and
methods of nightlift that are called at least once (no lambdas, comprehensions, class bodies).
"""

from __future__ import annotations

import ast
import statistics
import sys
import tempfile
import threading
import tokenize
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "nightlift"
INFRASTRUCTURE = (
    "batch",
    "cli",
    "cluster",
    "machine",
    "models",
    "report",
    "viewer",
    "web",
    "loose",
)
SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


def docstrings(tree: ast.AST) -> set[int]:
    """Numbers of the lines that strings alone take: docstrings, and what follows a constant."""
    alone = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
    return {line for node in alone for line in range(node.lineno, (node.end_lineno or 0) + 1)}


def code_lines(path: Path, silent: set[int]) -> int:
    """Lines that hold code."""
    with path.open("rb") as file:
        found = [*tokenize.tokenize(file.readline)][1:-1]
    lines = {
        line
        for token in found
        if token.type not in SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - silent)


def function_lengths(tree: ast.AST, silent: set[int]) -> list[int]:
    """Lines of each function, its docstring aside."""
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [len({*range(n.lineno, (n.end_lineno or 0) + 1)} - silent) for n in functions]


def crossed(words: list[str]) -> set[CodeType]:
    """What one run of the command line calls, in any thread."""
    called: set[CodeType] = set()

    def seen(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(f"{SOURCE}/"):
            called.add(frame.f_code)

    threading.setprofile(seen)
    sys.setprofile(seen)
    try:
        from nightlift.cli.main import main as command

        assert command(words) == 0
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return {code for code in called if code.co_name[0] != "<" and code.co_flags & 2}


def main() -> None:
    """Print everything."""
    rooms: Counter[str] = Counter()
    lengths: list[int] = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = docstrings(tree)
        below = path.relative_to(SOURCE).parts
        rooms[below[0] if len(below) > 1 else "loose"] += code_lines(path, silent)
        lengths += function_lengths(tree, silent)
    for room, lines in rooms.most_common():
        print(f"{lines:7} {room}{' (infrastructure)' if room in INFRASTRUCTURE else ''}")
    share = sum(rooms[room] for room in INFRASTRUCTURE) / rooms.total()
    print(f"{rooms.total()} lines of code, {share:.0%} infrastructure")
    print(f"{len(lengths)} functions: median {statistics.median(lengths)}, longest {max(lengths)}")
    with tempfile.TemporaryDirectory() as folder:
        photo = ROOT / "examples" / "dark" / "lamp.jpg"
        called = crossed(["enhance", str(photo), "-o", f"{folder}/day.jpg"])
    print(f"one enhance: {len(called)} functions in {len({c.co_filename for c in called})} files")


if __name__ == "__main__":
    main()
