"""A hook of MkDocs: pages that lie elsewhere in the repository, and links between all of them.

Documents are written to be read in the repository, so their links are relative to where they lie.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "weakness.md",
    "examples/CREDITS.md": "credits.md",
    "packages/nightlift-research-models/README.md": "research-weights.md",
    **{
        path.relative_to(ROOT).as_posix(): f"cards/{path.parent.name}.md"
        for path in sorted(ROOT.glob("src/nightlift/*/**/card.md"))
    },
}
"""Documents outside of docs/, and what they are called on the site."""

LINK = re.compile(r"\[([^\[\]]*)\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)")
LIST = re.compile(r"(?m)^(?!\s|[-*>|#]|\d+\. )(.+)\n(?=(?:[-*]|1\.) )")
"""A line of text directly before a list: MkDocs wants an empty line between them."""


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie elsewhere."""
    for source, page in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **others: Any) -> str:
    """Turn links within the repository into links within the site."""
    here = page.file.src_uri
    sources = {name: source for source, name in PAGES.items()}
    source = sources.get(here, f"docs/{here}")

    def resolved(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        inside = PAGES.get(path) or path.removeprefix("docs/")
        if inside != path and (ROOT / path).is_file():
            return f"[{words}]({posixpath.relpath(inside, posixpath.dirname(here) or '.')}{anchor})"
        if (ROOT / path).exists():  # not on the site: its place in the repository is told
            return words if words.strip("`") == path else f"{words} (`{path}`)"
        return found[0]

    parts = re.split(r"(?ms)(^```.*?^```$)", markdown)
    parts[::2] = [LIST.sub(r"\1\n\n", LINK.sub(resolved, part)) for part in parts[::2]]
    return "".join(parts)
