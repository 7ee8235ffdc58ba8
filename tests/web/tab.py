"""An open page, and how a person uses it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

DESK: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True,
    "device_scale_factor": 2,
}  # fmt: skip
ACROSS = {**PHONE, "viewport": {"width": 844, "height": 390}}

DROP = """async names => {
  const transfer = new DataTransfer();
  for (const name of names) {
    const blob = await (await fetch("/test/" + name)).blob();
    transfer.items.add(new File([blob], name));
  }
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""

SETTLED = """() => {
  const { display, current, entries } = app;
  return entries.length && (current.error || (!display.flights.size && !display.dragged
    && display.wanted().every(one => current.shots.find(one))));
}"""

LAYERS = """name => app.stage.panes.find(pane => pane.label.textContent === name).layers"""

READ = f"""([name, place]) => {{
  const layers = ({LAYERS})(name);
  return layers.at(place ? place - 1 : -1).element.toDataURL("image/png");
}}"""


class Tab:
    """One page in a browser; `wrong` are the complaints it made."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self._complained(said))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _complained(self, said: Any) -> None:
        if said.type == "error" and "status of 4" not in said.text:
            self.wrong.append(said.text)

    def add(self, *photos: Path, wait: bool = True) -> None:
        """Choose files, and wait until the first is on the stage."""
        self.page.locator(".files:visible").first.set_input_files(list(photos))
        if wait:
            self.settled()

    def drop(self, *names: str) -> None:
        """Drop example photos on the page."""
        self.page.evaluate(DROP, list(names))
        self.settled()

    def settled(self) -> None:
        """Wait until all that is wanted is there and drawn."""
        self.page.wait_for_function(SETTLED)
        self.frames()

    def frames(self) -> None:
        """Wait for two frames."""
        self.page.evaluate(
            "() => new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))"
        )

    def slide(self, name: str, value: float) -> None:
        """Set a slider, as its keys do."""
        self.page.locator(f"#{name}").fill(str(value))
        self.page.locator(f"#{name}").dispatch_event("change")

    def value(self, name: str) -> float:
        """Where a slider stands."""
        return float(self.page.input_value(f"#{name}"))

    def setting(self, photo: int, name: str) -> Any:
        """A setting of a photo."""
        return self.page.evaluate(f"app.entries[{photo}].settings.{name}")

    def message(self) -> str:
        """What is said of the photo."""
        return str(self.page.evaluate("document.querySelector('#message p').textContent"))

    def pixels(self, name: str, place: int = 0) -> np.ndarray:
        """Pixels of a layer of "Before" or "After", the topmost unless told otherwise."""
        text = self.page.evaluate(READ, [name, place]).partition(",")[2]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")).astype(int)

    def box(self, name: str) -> list[int]:
        """Left, top, width and height that the topmost layer takes of the photo."""
        return list(self.page.evaluate(f"name => ({LAYERS})(name).at(-1).box", name))

    def saves(self, button: str) -> tuple[str, bytes]:
        """Name and bytes of what a click downloads."""
        with self.page.expect_download() as waiting:
            self.page.click(button)
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()

    def focused(self) -> str:
        """The id or class of what has the focus."""
        return str(
            self.page.evaluate(
                "() => document.activeElement === document.body ? '' "
                ": document.activeElement.id || document.activeElement.classList[0] || 'other'"
            )
        )


@contextmanager
def opened(browser: Any, client: httpx.Client, examples: Path, **settings: Any) -> Iterator[Tab]:
    """The page, just opened; at the end it has complained of nothing."""
    with browser.new_context(**settings) as context:
        page = context.new_page()
        tab = Tab(page)
        page.route(
            "**/test/*", lambda route: route.fulfill(path=examples / Path(route.request.url).name)
        )
        page.goto(str(client.base_url))
        page.wait_for_selector("body[data-ready]")
        yield tab
        assert tab.wrong == []
