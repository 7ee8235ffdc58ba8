"""The viewer: style and scripts that every page shares, `serve`, comparisons and reports."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
