"""A built edition on a plain host, and its engine in a real browser."""

from __future__ import annotations

import base64
import functools
import gzip
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CALLS = """
import { connect } from "./engine.js";
window.engine = connect();
window.fileOf = async (name, type) =>
  new File([await (await fetch("test/" + name)).blob()], name, { type });
window.textOf = async (blob) => {
  let text = "";
  for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
};
window.neutral = { method: "natural", strength: null, denoise: "off", denoise_amount: 1,
  exposure: 0, highlights: 0, shadows: 0, black: 0, warmth: 0, tint: 0, saturation: 0 };
"""

PAGE = '<!doctype html><title>calls</title><script type="module" src="calls.js"></script>'

DOWNLOADED = """async ([name, settings, saving]) => {
  const photo = await engine.open(await fileOf(name));
  const { blob, extension, notices } = await engine.download(photo, { ...neutral, ...settings },
    { format: "same", quality: 92, strip: "none", ...saving });
  engine.close(photo);
  return { data: await textOf(blob), type: blob.type, extension, notices };
}"""

PREVIEWED = """async ([name, settings, view]) => {
  const photo = await engine.open(await fileOf(name));
  const all = { ...neutral, ...settings };
  const { bitmap, suggested, notices } = await engine.preview(photo, all, view);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  engine.close(photo);
  return { data: await textOf(blob), suggested, notices };
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, sent: list[int], **named: Any) -> None:
        self.sent = sent
        super().__init__(*arguments, **named)

    def log_message(self, format: str, *arguments: Any) -> None: ...

    def copyfile(self, source: Any, outputfile: Any) -> None:
        data = source.read()
        self.sent.append(min(len(data), len(gzip.compress(data))))
        outputfile.write(data)


@contextmanager
def hosted(folder: Path, sent: list[int] | None = None) -> Iterator[str]:
    """The address of a plain host of a folder.

    `sent` gets the size of each file that it sends, as a host that compresses would send it.
    """
    counts: list[int] = [] if sent is None else sent
    handler = functools.partial(Quiet, directory=str(folder), sent=counts)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class Engine:
    """The engine of a built edition, on a page without anything else; no other host is asked."""

    def __init__(self, context: Any, address: str, query: str = "") -> None:
        self.page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self._files: dict[str, bytes] = {}
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/test/*", self._give)
        self.page.route(
            "**/calls.html*", lambda route: route.fulfill(body=PAGE, content_type="text/html")
        )
        self.page.route(
            "**/calls.js", lambda route: route.fulfill(body=CALLS, content_type="text/javascript")
        )
        self.page.goto(f"{address}calls.html{query}")
        self.page.wait_for_function("() => window.neutral")

    def _give(self, route: Any) -> None:
        route.fulfill(body=self._files[route.request.url.rpartition("/")[2]])

    def downloaded(
        self, name: str, data: bytes, settings: Mapping[str, Any] = {}, **saving: Any
    ) -> dict[str, Any]:
        """What the engine makes of a file; `data` of the result are its bytes."""
        self._files[name] = data
        found = self.page.evaluate(DOWNLOADED, [name, dict(settings), saving])
        return {**found, "data": base64.b64decode(found["data"])}

    def previewed(
        self, name: str, data: bytes, settings: Mapping[str, Any], **view: Any
    ) -> dict[str, Any]:
        """What is seen of a file; `data` of the result is a PNG."""
        self._files[name] = data
        found = self.page.evaluate(PREVIEWED, [name, dict(settings), view])
        return {**found, "data": base64.b64decode(found["data"])}
