"""Write docs/methods-table.md from the table of methods, and docs/models.md from released files.

A test checks that both are up to date.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nightlift.learned import METHODS, Method
from nightlift.models import Passport, released

DOCS = Path(__file__).parent
RESEARCH = DOCS.parent / "packages" / released.RESEARCH_PACKAGE / "src"

METHODS_HEAD = """# The trainable methods

Made from the table of methods by `python docs/make_tables.py`; how each is trained is in
[methods.md](methods.md), and each has a card. Parameters are those of the first recipe's network.
"""
METHODS_COLUMNS = (
    "method",
    "what it is",
    "learns from",
    "says",
    "parameters",
    "recipes",
    "published checkpoints",
    "papers",
)

MODELS_HEAD = f"""# The released models

Made from the released files by `python docs/make_tables.py`. `{released.RESEARCH_PACKAGE}` is a
wheel of its own, because the data of its models may be used for research only. Sums are SHA-256 of
the whole file, as `sha256sum` prints them.
"""
FINE = DOCS.parent / "src" / "nightlift" / "denoise" / "fine.onnx"
FINE_HEAD = """
## The network of the fine denoiser
No method, but a part of `--denoise fine`, in the main wheel; any use. What it was trained on,
how, and its limits: [its card](../src/nightlift/denoise/card.md).
"""
MODELS_COLUMNS = ("model", "wheel", "bytes", "terms of the weights", "trained on", "quality")


def methods_table() -> str:
    """The trainable methods as Markdown."""
    rows = [_method(method) for method in METHODS.values()]
    return "\n".join((METHODS_HEAD, *table(METHODS_COLUMNS, rows), ""))


def models_table() -> str:
    """The models of both wheels as Markdown, with the sums of their files."""
    models = _models()
    rows = [_model(*model) for model in models]
    sums = [f"{_sha256(path)}  {path.name}" for path, _ in models]
    lines = (MODELS_HEAD, *table(MODELS_COLUMNS, rows), "", "```", *sums, "```")
    fine = (FINE_HEAD, "```", f"{_sha256(FINE)}  {FINE.name}", "```", "")
    return "\n".join((*lines, *fine))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table's lines."""
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows)]


def _method(method: Method[Any]) -> tuple[str, ...]:
    passports = [method.passport(one, method.network(one)) for one in method.recipes.values()]
    name = method.network.__module__.split(".")[2]
    card = f"../src/nightlift/learned/{name}/card.md"
    published = f"imported; {method.published_license}" if method.read_published else "no importer"
    return (
        f"[`{method.name}`]({card})",
        method.title,
        {"zero-reference": "photos alone", "paired": "pairs"}.get(
            method.supervision, "photos, and good ones"
        ),
        ", then ".join(dict.fromkeys(one.kind.replace("_", " ") for one in passports)),
        f"{passports[0].parameters:,}",
        ", ".join(f"`{recipe}`" for recipe in method.recipes),
        published,
        "; ".join(method.sources),
    )


def _models() -> tuple[tuple[Path, Passport], ...]:
    """Those of both wheels, whether the second is installed or not."""
    sys.path.insert(0, str(RESEARCH))
    try:
        return released.available()
    finally:
        sys.path.remove(str(RESEARCH))


def _model(path: Path, passport: Passport) -> tuple[str, ...]:
    main = path.parent == released.FOLDER
    return (
        f"`{path.stem}`",
        "nightlift" if main else released.RESEARCH_PACKAGE,
        f"{path.stat().st_size:,}",
        passport.license,
        "; ".join((*passport.data, passport.data_terms)),
        ", ".join(f"{name} {value:.4g}" for name, value in passport.quality.items()),
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    (DOCS / "methods-table.md").write_text(methods_table(), encoding="utf-8")
    (DOCS / "models.md").write_text(models_table(), encoding="utf-8")
