"""The page when the server goes away and comes back, and who is blamed for what."""

from pathlib import Path
from typing import Any

import pytest

from tests.web.running import running
from tests.web.tab import DESK, Tab


@pytest.fixture
def page(browser: Any) -> Any:
    with browser.new_context(**DESK) as context:
        yield context.new_page()


def test_the_server_goes_and_comes_back(page: Any, examples: Path) -> None:
    tab = Tab(page)
    with running() as client:
        address = str(client.base_url)
        port = client.base_url.port or 0
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        tab.add(examples / "lamp.jpg", examples / "chelsea.jpg")
        tab.slide("exposure", 1)
        tab.settled()
    tab.slide("exposure", 2)
    page.wait_for_selector("#message.bad")
    assert tab.message() == "nightlift does not answer. Is it still running?"
    assert page.locator("#again").is_visible()
    assert tab.value("exposure") == 2
    with running(port=port) as client:
        page.wait_for_function("() => !app.current.error")
        tab.settled()
        assert "bad" not in (page.get_attribute("#message", "class") or "")
        wanted = client.post(
            "/v1/enhance", params={"exposure": 2}, content=(examples / "lamp.jpg").read_bytes()
        )
        assert tab.saves("#save")[1] == wanted.content
        page.click(".thumb >> nth=1")
        tab.settled()


def test_a_page_that_finds_nobody_waits(page: Any, browser: Any, examples: Path) -> None:
    tab = Tab(page)
    down = True
    page.route("**/v1/methods", lambda route: route.abort() if down else route.continue_())
    with running() as client:
        page.goto(str(client.base_url))
        page.wait_for_selector("#privacy:has-text('does not answer')")
        page.locator("#welcome .files").set_input_files(examples / "lamp.jpg")
        assert page.evaluate("app.entries.length") == 0
        down = False
        page.wait_for_selector("body[data-ready]")
        tab.settled()
        assert page.locator("#stage").is_visible()


def test_a_file_that_was_moved_is_not_the_servers_fault(
    page: Any, examples: Path, tmp_path: Path
) -> None:
    tab = Tab(page)
    path = tmp_path / "moved.jpg"
    path.write_bytes((examples / "lamp.jpg").read_bytes())
    with running() as client:
        page.goto(str(client.base_url))
        page.wait_for_selector("body[data-ready]")
        page.evaluate("window.kept = app.add; app.add = files => window.files = files")
        page.locator("#welcome .files").set_input_files(path)
        assert page.evaluate("files[0].file.size") > 1000
        path.unlink()
        page.evaluate("app.add = window.kept; app.add(window.files)")
        page.wait_for_selector("#message.bad")
        assert "cannot be read any more" in tab.message()
        assert page.locator("#again").is_hidden()


def test_a_fault_of_the_server_can_be_tried_again(page: Any, examples: Path) -> None:
    tab = Tab(page)
    broken = True

    def preview(route: Any) -> None:
        if broken:
            route.fulfill(status=500, json={"error": "something went wrong here"})
        else:
            route.continue_()

    page.route("**/preview*", preview)
    with running() as client:
        page.goto(str(client.base_url))
        page.wait_for_selector("body[data-ready]")
        tab.add(examples / "lamp.jpg", wait=False)
        page.wait_for_selector("#again")
        assert "went wrong" in tab.message()
        broken = False
        page.click("#again")
        tab.settled()
        assert page.evaluate("app.current.error") is None
