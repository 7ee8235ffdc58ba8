"""The browser edition: its parameters against ONNX Runtime's, and its times in Chromium.

python benchmarks/edition.py parameters FOLDER...
python benchmarks/edition.py page [--runs 3]
python benchmarks/edition.py drag [--slider exposure] [--slower 4] [--webgl off]
"""

from __future__ import annotations

import argparse
import base64
import functools
import http.server
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from web import (
    FIRST_RESULT,
    SETTLED,
    opened_with,
    processor_seconds_of_all,
    report_drag,
    spread,
    twelve_megapixels,
)

import nightlift
from nightlift.edit import RECOMMENDED
from nightlift.models import find
from nightlift.photo import small_copy
from nightlift.web import build

MOST_STOPS = 8

OPENED = """async method => {
  const { open } = await import("./browser/edit/models.js");
  const passports = await (await fetch("browser/models/models.json")).json();
  window.run = await open(passports.find((one) => one.method === method));
}"""

SAID = """async ([data, height, width]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const { data: said } = await run({ data: new Float32Array(bytes.buffer), height, width });
  return Array.from(said);
}"""

CALLS = """() => {
  window.calls = [];
  const preview = app.engine.preview;
  app.engine.preview = async (...given) => {
    const start = performance.now();
    const result = await preview(...given);
    calls.push([result.bitmap.width, performance.now() - start]);
    return result;
  };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    parameters = commands.add_parser("parameters")
    parameters.add_argument("folders", nargs="+", type=Path)
    parameters.add_argument("--browser", default="/usr/bin/chromium")
    parameters.set_defaults(run=_parameters)
    for name, run in (("page", _page), ("drag", _drag)):
        command = commands.add_parser(name)
        command.add_argument("--browser", default="/usr/bin/chromium")
        command.add_argument("--photo", type=Path, default=Path("examples/dark/astronaut.jpg"))
        command.add_argument("--runs", type=int, default=3)
        command.add_argument("--slider", default="strength")
        command.add_argument("--slower", type=float, default=4)
        command.add_argument("--webgl", default="", choices=("", "on", "off"))
        command.set_defaults(run=run)
    given = parser.parse_args()
    given.run(given)


def _parameters(given: argparse.Namespace) -> None:
    """How far what the browser says is from what ONNX Runtime says of the released file."""
    model = find(RECOMMENDED)
    session = onnxruntime.InferenceSession(model.data)
    paths = [path for folder in given.folders for path in sorted(folder.glob("*.[jp][pn]g"))]
    off = []
    with _hosted() as address, opened_with(given, address) as page:
        page.evaluate(OPENED, RECOMMENDED)
        for path in paths:
            small = np.ascontiguousarray(small_copy(nightlift.read(path), model.passport.size))
            sent = base64.b64encode(small.tobytes()).decode()
            found = np.array(page.evaluate(SAID, [sent, *small.shape[:2]]), np.float32)
            photo = np.ascontiguousarray(small.transpose(2, 0, 1)[None])
            full = session.run(None, {"photo": photo})[0].ravel()
            # gains beyond what a light grid holds are clipped before they are used
            ends = -MOST_STOPS, MOST_STOPS
            off.append(float(np.abs(full.clip(*ends) - found.clip(*ends)).max()))
    late = statistics.quantiles(off, n=100)[-1]
    print(f"photos           {len(off)}")
    print(f"more than 1e-4   {sum(each > 1e-4 for each in off)}")
    print(f"off by at most   median {statistics.median(off):.1e}, 99 % {late:.1e}, {max(off):.1e}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None: ...


@contextmanager
def _hosted() -> Iterator[str]:
    """The address of a plain host of a built edition."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        handler = functools.partial(Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever).start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()


def _page(given: argparse.Namespace) -> None:
    """From a photo's arrival to its drawn edit, once the page and the network are loaded."""
    photo = twelve_megapixels(given.photo)
    print(f"photo            {len(photo) / 1e6:.1f} MB JPEG, 4243 x 2828")
    firsts, used, workers = [], [], []
    with _hosted() as address:
        for _ in range(given.runs):
            with opened_with(given, address, photo) as page:
                _idle()
                before, worker = processor_seconds_of_all(), _worker_seconds()
                firsts.append(page.evaluate(FIRST_RESULT))
                workers.append(_worker_seconds() - worker)
                used.append(processor_seconds_of_all() - before)
    print(f"first result     {spread(firsts)} ms")
    print(f"processor time   {statistics.median(used):.2f} s,", end=" ")
    print(f"{statistics.median(workers):.2f} s of them the worker's")


def _drag(given: argparse.Namespace) -> None:
    photo = twelve_megapixels(given.photo)
    query = f"?webgl={given.webgl}" if given.webgl else ""
    with _hosted() as address, opened_with(given, address + query, photo) as page:
        page.evaluate(FIRST_RESULT)
        page.wait_for_function(SETTLED, timeout=120_000)
        page.evaluate(CALLS)
        before = _worker_seconds()
        report_drag(page, given.slider, given.slower)
        used = _worker_seconds() - before
        calls = page.evaluate("calls")
    sizes = sorted({size for size, _ in calls})
    print(f"worker           {len(calls)} pictures, of {sizes} pixels", end="")
    print(f", {1000 * used / len(calls):.0f} ms of its processor time each" if calls else "")


def _idle() -> None:
    """Wait until nothing works any more."""
    before = -1.0
    while (now := _worker_seconds()) - before > 0.02:
        before = now
        time.sleep(2)


def _worker_seconds() -> float:
    """Processor seconds of all workers of this machine's browsers."""
    total = 0.0
    for task in Path("/proc").glob("[0-9]*/task/*"):
        try:
            if (task / "comm").read_text().startswith("DedicatedWorker"):
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            continue  # it has ended
    return total


if __name__ == "__main__":
    main()
