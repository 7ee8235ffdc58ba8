"""The page for everybody: rules of axe-core, zoom to 400 %, forced colors, reduced motion."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.axe import violations
from tests.web.tab import ACROSS, DESK, PHONE, Tab, opened


def screens() -> list[Any]:
    """Each screen and each scheme once by default; all of them in the slow run."""
    named = {"desk": DESK, "phone": PHONE, "across": ACROSS}
    usual = {("desk", "light"), ("phone", "dark"), ("across", "light")}
    return [
        pytest.param(
            screen,
            scheme,
            id=f"{name}-{scheme}",
            marks=() if (name, scheme) in usual else pytest.mark.slow,
        )
        for name, screen in named.items()
        for scheme in ("dark", "light")
    ]


@pytest.mark.parametrize(("screen", "scheme"), screens())
def test_axe_finds_nothing(
    browser: Any, client: httpx.Client, examples: Path, screen: dict[str, Any], scheme: str
) -> None:
    with opened(browser, client, examples, color_scheme=scheme, **screen) as tab:
        assert violations(tab.page) == []
        tab.add(examples / "lamp.jpg", examples / "chelsea.jpg")
        if screen is PHONE:
            tab.page.click("#adjust")
        tab.page.click("#more")
        tab.page.locator("#saving summary").click()
        assert violations(tab.page) == []
        tab.page.evaluate("app.compare(true)")
        tab.page.wait_for_selector(
            "#grid .hint:has-text('Choose one to see it large')", timeout=120_000
        )
        assert violations(tab.page) == []
        tab.page.evaluate("document.getElementById('help').showModal()")
        assert violations(tab.page) == []


@pytest.mark.parametrize("sides", [(320, 256), (360, 225), (320, 640)])
def test_at_400_percent_all_can_be_reached_without_scrolling_sideways(
    browser: Any, client: httpx.Client, examples: Path, sides: tuple[int, int]
) -> None:
    view = {"width": sides[0], "height": sides[1]}
    with opened(browser, client, examples, viewport=view) as tab:
        assert _fits(tab)
        assert tab.page.locator("label.big").is_visible()
        tab.add(examples / "lamp.jpg", examples / "chelsea.jpg")
        assert _fits(tab)
        tab.page.click("#adjust")
        for name in ("#exposure", "#amount", "#denoise", "#reset", "#save", "#all", "#hold"):
            if sides == (320, 640) and name in ("#all", "#hold"):
                continue  # they make room for the settings, and come back with "Done"
            tab.page.locator(name).scroll_into_view_if_needed()
            box = tab.page.locator(name).bounding_box()
            assert box is not None, name
            assert box["x"] >= 0 and box["x"] + box["width"] <= sides[0] + 1, name
        stage = tab.page.locator("#stage").bounding_box()
        assert stage is not None and stage["height"] >= 120


def _fits(tab: Tab) -> bool:
    return bool(tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_what_is_pressed_is_seen_in_forced_colors(
    browser: Any, client: httpx.Client, examples: Path
) -> None:
    with opened(browser, client, examples, forced_colors="active", **DESK) as tab:
        tab.add(examples / "lamp.jpg")
        outline = "name => getComputedStyle(document.querySelector(name)).outlineStyle"
        assert tab.page.evaluate(outline, "#natural") == "solid"
        assert tab.page.evaluate(outline, "#stronger") == "none"


def test_nothing_moves_where_less_motion_is_asked_for(
    browser: Any, client: httpx.Client, examples: Path
) -> None:
    with opened(browser, client, examples, reduced_motion="reduce", **DESK) as tab:
        tab.page.evaluate("document.getElementById('stage').classList.add('waiting')")
        assert tab.page.evaluate("document.getAnimations().length") == 0


def test_a_stranger_finds_names_and_states(tab: Tab, examples: Path) -> None:
    tab.add(examples / "lamp.jpg", examples / "chelsea.jpg")
    page = tab.page
    assert page.get_by_role("slider", name="Strength").is_visible()
    assert page.get_by_role("slider", name="Divider between Before and After").is_visible()
    assert page.get_by_role("button", name="Natural", pressed=True).is_visible()
    assert page.get_by_role("img", name="After").count() == 1
    assert page.get_by_role("button", name="chelsea.jpg", exact=True).is_visible()
    assert page.get_by_role("button", name="Remove chelsea.jpg").count() == 1
    assert page.get_by_role("group", name="Light").is_visible()
