"""A server without descriptors does not fill the disk with its log."""

import logging

import pytest

pytest.importorskip("uvicorn")

from nightlift.web.serving import Seldom


def test_lines_are_seldom() -> None:
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, "accept failed", None, None)
    seldom, always = Seldom(1000.0), Seldom(0.0)
    assert [seldom.filter(record) for _ in range(100)] == [True] + [False] * 99
    assert all(always.filter(record) for _ in range(5))
