"""One self-contained HTML file: markup, style, script, data, and pictures at the very end."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Literal, TypeAlias

from nightlift.viewer import STATIC

Kind: TypeAlias = Literal["compare", "report"]

STYLES = ("base.css", "stage.css", "page.css", "viewer.css")
SCRIPTS: tuple[str, ...] = ("elements.js", "clipping.js", "layers.js", "gestures.js")
SCRIPTS += ("stage.js", "blobs.js", "figures.js", "viewer.js", "times.js", "judge.js", "page.js")
"""In the order in which they stand in the page: what is shared with `serve`, then our own."""

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)

THEME = (
    '<button type="button" class="plain" data-theme-button aria-label="Dark or light page" '
    'title="Dark or light page (T)">◐</button>'
)


@dataclass(frozen=True)
class Blob:
    """A picture's file inside the page: decoded by the browser only when it is to be seen."""

    id: str
    type: str
    data: bytes


def page(
    title: str, kind: Kind, body: str, data: object = None, blobs: Sequence[Blob] = ()
) -> list[bytes]:
    """The pieces of the file, in order.

    `body` is markup; `data` is what the script reads, anything that JSON has. A `compare` page
    fills the window, a `report` scrolls.
    """
    from nightlift import __version__

    style = "".join(static(name) for name in STYLES)
    script = '"use strict";\n' + "\n".join(_joined(static(name)) for name in SCRIPTS)
    head = Template(static("page.html")).substitute(
        title=escape(title),
        kind=kind,
        version=__version__,
        policy=_policy(style, script),
        style=style,
        script=script,
        body=body,
        data=_in_script(data),
    )
    return [_encoded(head), *(_embedded(blob) for blob in blobs)]


def static(name: str) -> str:
    """The text of a file in `static/`, ours or that of the shared viewer."""
    own = Path(__file__).parent / "static" / name
    return (own if own.is_file() else STATIC / name).read_text(encoding="utf-8")


def _joined(module: str) -> str:
    """A module's text for one script of them all: a page that is a file cannot import others."""
    return _EXPORT.sub("", _IMPORT.sub("", module))


def heading(title: str, lead: str) -> str:
    """The head of a page: its title, a sentence in markup, and the theme button."""
    return f"<header><h1>{escape(title)}</h1><p>{lead}</p>{THEME}</header>"


def facts(told: Mapping[str, str]) -> str:
    """A table of names and what they are."""
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in told.items()
    )
    return f'<table class="plain"><tbody>{"".join(rows)}</tbody></table>'


def _policy(style: str, script: str) -> str:
    """Nothing from anywhere, but for this style, this script, and pictures inside the page."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _in_script(data: Any) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _embedded(blob: Blob) -> bytes:
    opening = f'<script type="text/plain" id="{blob.id}" data-type="{blob.type}">'
    return opening.encode() + base64.b64encode(blob.data) + b"</script>\n"


def _encoded(text: str) -> bytes:
    """UTF-8; what a file's name has that is no text becomes a question mark."""
    return text.encode("utf-8", "replace")
