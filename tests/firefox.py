"""Firefox as Debian and Mozilla build it, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi).

Playwright's Firefox is a build of its own that cannot be had from package registries, and its
driver asks an installed Firefox for commands that the current one does not know.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE = 120
"""Seconds for what a loaded machine takes long for."""

PREFERENCES: dict[str, Any] = {
    "browser.download.folderList": 2,
    "browser.download.useDownloadDir": True,
    "browser.download.always_ask_before_handling_new_types": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
}

WAITED = """async () => {
  for (const over = performance.now() + 1000 * %d; performance.now() < over;) {
    const found = await (%s);
    if (found) return found;
    await new Promise(next => setTimeout(next, 50));
  }
  throw new Error("waited in vain");
}"""


class Firefox:
    """One tab; `complaints` are the errors that its pages said."""

    def __init__(self, line: ClientConnection, downloads: Path) -> None:
        self.complaints: list[str] = []
        self._line, self._last = line, 0
        self._downloads = downloads
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self._tab = self.send("browsingContext.create", type="tab")["context"]

    def send(self, method: str, **given: Any) -> dict[str, Any]:
        """What a command answers; RuntimeError with its error."""
        self._last += 1
        self._line.send(json.dumps({"id": self._last, "method": method, "params": given}))
        while (answer := self._heard()).get("id") != self._last:
            pass
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
        return dict(answer["result"])

    def _heard(self) -> dict[str, Any]:
        """The next message; events are noted."""
        message: dict[str, Any] = json.loads(self._line.recv(timeout=2 * PATIENCE))
        told = message.get("params", {})
        if message.get("method") == "log.entryAdded" and told["level"] == "error":
            self.complaints.append(str(told["text"]))
        return message

    def size(self, width: int, height: int) -> None:
        """Make the page as large as a screen."""
        viewport = {"width": width, "height": height}
        self.send("browsingContext.setViewport", context=self._tab, viewport=viewport)

    def go(self, address: str) -> None:
        """Open an address and wait until it has loaded."""
        self.send("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def call(self, function: str, *arguments: Any) -> Any:
        """What a function of the page gives; arguments and result are of JSON."""
        told = [{"type": "string", "value": json.dumps(one)} for one in arguments]
        body = f"async (...given) => JSON.stringify(await ({function})(...given.map(JSON.parse)))"
        found = self.send(
            "script.callFunction", functionDeclaration=body, arguments=told, awaitPromise=True,
            target={"context": self._tab},
        )  # fmt: skip
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return json.loads(found["result"].get("value", "null"))

    def wait(self, expression: str) -> Any:
        """Wait until an expression of the page is true."""
        return self.call(WAITED % (PATIENCE, expression))

    def choose(self, selector: str, *paths: Path) -> None:
        """Give files to an input."""
        node = self.send(
            "browsingContext.locateNodes", context=self._tab,
            locator={"type": "css", "value": selector}, maxNodeCount=1,
        )["nodes"][0]  # fmt: skip
        names = [str(path) for path in paths]
        element = {"sharedId": node["sharedId"]}
        self.send("input.setFiles", context=self._tab, element=element, files=names)

    def press(self, *keys: str) -> None:
        """Press and let go keys, one after the other."""
        moves = [{"type": move, "value": key} for key in keys for move in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keys", "actions": moves}
        self.send("input.performActions", context=self._tab, actions=[source])

    def drag(self, x: float, y: float, along: float, down: float) -> None:
        """A finger touches (x, y), moves in steps, and lets go."""
        steps: list[dict[str, Any]] = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
        ]
        for step in range(1, 9):
            place = {"x": round(x + along * step / 8), "y": round(y + down * step / 8)}
            steps.append({"type": "pointerMove", "duration": 20, **place})
        steps.append({"type": "pointerUp", "button": 0})
        finger = {"type": "pointer", "id": "finger", "actions": steps}
        source = {**finger, "parameters": {"pointerType": "touch"}}
        self.send("input.performActions", context=self._tab, actions=[source])

    def saved(self, selector: str) -> tuple[str, bytes]:
        """Name and bytes of what a click downloads."""
        before = set(self._downloads.iterdir())
        self.call("selector => document.querySelector(selector).click()", selector)
        over = time.monotonic() + PATIENCE
        while time.monotonic() < over:
            there = set(self._downloads.iterdir())
            # an empty file holds the name while its bytes go to another, which ends in .part
            done = [path for path in there - before if path.stat().st_size]
            if done and not any(path.suffix == ".part" for path in there):
                return done[0].name, done[0].read_bytes()
            time.sleep(0.05)
        raise TimeoutError(f"nothing was saved after {PATIENCE} s")


@contextmanager
def opened(program: str, folder: Path) -> Iterator[Firefox]:
    """A tab of a Firefox without a window, its profile and downloads below `folder`."""
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir()
    downloads.mkdir()
    wanted = {**PREFERENCES, "browser.download.dir": str(downloads)}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(is_)});\n" for name, is_ in wanted.items()]
    (profile / "user.js").write_text("".join(lines))
    words = [program, "--headless", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(
        [*words, "--remote-debugging-port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stderr is not None
            marked = (line.partition("BiDi listening on ")[2] for line in running.stderr)
            address = next(filter(None, marked)).strip()
            threading.Thread(target=running.stderr.read, daemon=True).start()
            with connect(f"{address}/session", max_size=None, open_timeout=PATIENCE) as line:
                yield Firefox(line, downloads)
        finally:
            running.terminate()
