"""What axe-core, the rules of accessibility that browsers' own tools use, finds on a page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest


@cache
def _script() -> str:
    package = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    return str(package.AXE_FILE_PATH.read_text(encoding="utf-8"))


def violations(page: Any) -> list[str]:
    """A line for each thing that is wrong: the rule and where."""
    session = page.context.new_cdp_session(page)  # not held back by the page's own policy
    session.send("Runtime.evaluate", {"expression": _script()})
    asked = "axe.run().then(found => JSON.stringify(found.violations))"
    told = session.send("Runtime.evaluate", {"expression": asked, "awaitPromise": True})
    session.detach()
    found = json.loads(told["result"]["value"])
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]
