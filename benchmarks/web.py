"""The server under 500 mixed requests, and the page's waiting times in a real browser.

python benchmarks/web.py load [--requests 500] [--at-once 8]
python benchmarks/web.py page [--browser /usr/bin/chromium]
python benchmarks/web.py drag [--slower 4]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import httpx
import numpy as np

import nightlift
from nightlift.photo import Photo, encode

METHODS = ("glenet-global-open", "gamma", "adaptive-gamma", "equalize", "clahe")
STRENGTHS = (0.5, 1.0, 1.3)


class Request(NamedTuple):
    """What is sent, and the answer expected: a photo's bytes, or None for a refusal."""

    query: str
    body: bytes
    expected: bytes | None
    held: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    load = commands.add_parser("load")
    load.add_argument("--requests", type=int, default=500)
    load.add_argument("--at-once", type=int, default=8)
    load.set_defaults(run=_load)
    page = commands.add_parser("page")
    page.add_argument("--browser", default="/usr/bin/chromium")
    page.add_argument("--photo", type=Path, default=Path("examples/dark/astronaut.jpg"))
    page.add_argument("--runs", type=int, default=5)
    page.set_defaults(run=_page)
    drag = commands.add_parser("drag")
    drag.add_argument("--browser", default="/usr/bin/chromium")
    drag.add_argument("--photo", type=Path, default=Path("examples/dark/astronaut.jpg"))
    drag.add_argument("--slower", type=float, default=4)
    drag.set_defaults(run=_drag)
    given = parser.parse_args()
    given.run(given)


@contextmanager
def _served() -> Iterator[tuple[str, int]]:
    """A server in a process of its own: its address and process id."""
    command = [sys.executable, "-m", "nightlift", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        try:
            yield address[0], server.pid
        finally:
            server.terminate()


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])  # type: ignore[index]


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_seconds_of_all() -> float:
    """This process and everything it started: the server, the browser and what drives it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    ours, found = {os.getpid()}, 0
    while len(ours) != found:
        found = len(ours)
        ours |= {child for child, parent in parents.items() if parent in ours}
    total = 0.0
    for pid in ours:
        with contextlib.suppress(OSError):
            total += processor_seconds(pid)
    return total


def _dark(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 70, (12, 16, 3)).astype(np.float32)
    picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    noisy = picture + 3 * rng.standard_normal(picture.shape, dtype=np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


# ---------------------------------------------------------------- 500 mixed requests


def _load(given: argparse.Namespace) -> None:
    good, bad = _good(), _bad()
    rng = random.Random(0)
    mixed = [
        rng.choice(bad) if number % 5 == 0 else rng.choice(good) for number in range(given.requests)
    ]
    rng.shuffle(mixed)
    with _served() as (address, pid), httpx.Client(base_url=address, timeout=120) as client:
        _all(client, mixed, given.at_once)  # allocators have their fill after a first pass
        time.sleep(2)
        before, used, start = _resident(pid), processor_seconds(pid), time.perf_counter()
        wrong = _all(client, mixed, given.at_once)
        seconds, used = time.perf_counter() - start, processor_seconds(pid) - used
        time.sleep(2)
        after = _resident(pid)
    garbage = sum(request.expected is None for request in mixed)
    print(f"requests   {len(mixed)}, {given.at_once} at a time, {garbage} of them garbage")
    print(f"wrong      {len(wrong)} {wrong[:3]}")
    print(f"time       {seconds:.1f} s, processor {used:.1f} s")
    print(f"memory     {before / 2**20:.0f} MiB before, {after / 2**20:.0f} MiB after", end=" ")
    print(f"({100 * (after / before - 1):+.1f} %)")


def _all(client: httpx.Client, requests: list[Request], at_once: int) -> list[str]:
    """Send them all; what was answered wrongly."""

    def one(request: Request) -> str:
        answer = (_held if request.held else _enhanced)(client, request)
        if request.expected is not None:
            right = answer.status_code == 200 and answer.content == request.expected
        else:
            right = 400 <= answer.status_code < 500 and len(answer.json()["error"]) > 10
        return "" if right else f"{request.query} {len(request.body)}: {answer.status_code}"

    with ThreadPoolExecutor(at_once) as pool:
        return [problem for problem in pool.map(one, requests) if problem]


def _enhanced(client: httpx.Client, request: Request) -> httpx.Response:
    return client.post(f"/v1/enhance?{request.query}", content=request.body)


def _held(client: httpx.Client, request: Request) -> httpx.Response:
    """As the page does it: the photo is held, looked at, saved, and forgotten."""
    answer = client.post("/v1/photos", content=request.body)
    if answer.status_code != 201:
        return answer
    address = f"/v1/photos/{answer.json()['id']}"
    seen = client.get(f"{address}/preview?{request.query}&size=512&region=100,100,400,300")
    answer = client.get(f"{address}/file?{request.query}") if seen.status_code == 200 else seen
    client.delete(address)
    return answer


def _good() -> list[Request]:
    """About a megapixel each, in many formats; the answers come from the Python interface."""
    gray = cv2.cvtColor(_dark(900, 1100, 5), cv2.COLOR_RGB2GRAY)
    photos = [
        Photo(_dark(820, 1230, 1), format="jpeg", orientation=6),
        Photo(_dark(820, 1230, 2).astype(np.uint16) * 257, format="tiff"),
        Photo(_dark(700, 1000, 3), format="png", alpha=gray[:700, :1000].copy()),
        Photo(_dark(1000, 900, 4), format="webp"),
        Photo(np.repeat(gray[..., None], 3, axis=2), mode="gray", format="jpeg"),
    ]
    files = [encode(photo) for photo in photos]
    requests = []
    for number, name in enumerate(METHODS):
        enhancer = nightlift.Enhancer(name, threads=1)
        for file in files:
            strength = STRENGTHS[number % len(STRENGTHS)]
            expected = encode(enhancer(nightlift.read(file), strength))
            query = f"method={name}&strength={strength}"
            requests += [Request(query, file, expected, held) for held in (False, True)]
    return requests


def _bad() -> list[Request]:
    jpeg = encode(Photo(_dark(400, 600, 6), format="jpeg"))
    png = encode(Photo(_dark(400, 600, 7), format="png"))
    bomb = png[:16] + (60_000).to_bytes(4, "big") * 2 + png[24:]
    noise = np.random.default_rng(8).integers(0, 256, 500_000, np.uint8).tobytes()
    bodies = [b"", b"GIF89a" + noise, noise, jpeg[:9000], jpeg[:20], png[:5000], bomb]
    bodies += [b"<html>" * 9000, b"\xff\xd8\xff" + noise, png[:8] + noise, b"II*\0" + noise]
    bodies += [b"RIFF\0\0\0\0WEBP" + noise, b"BM" + bytes(60) + noise[:1000]]
    queries = ["method=magic", "strength=9", "strength=nan", "unknown=1"]
    asked = [("", body) for body in bodies] + [(query, jpeg) for query in queries]
    return [Request(*each, None, held) for each in asked for held in (False, True)]


# ---------------------------------------------------------------- waiting times in a browser

FIRST_RESULT = """() => new Promise(done => {
  const start = performance.now();
  const look = () => {
    const shot = app.current?.shots.find(app.display.wanted()[0]);
    if (shot && app.stage.panes[1]?.layers.at(-1).element === shot.canvas)
      requestAnimationFrame(() => done(performance.now() - start));
    else requestAnimationFrame(look);
  };
  app.add([{ file: window.photo, name: "night.jpg" }]);
  look();
})"""

TAKE = """async address => {
  const data = await (await fetch(address)).arrayBuffer();
  window.photo = new File([data], "night.jpg");
}"""

SETTLED = """() => !app.display.flights.size && app.current
  && app.display.wanted().every(one => app.current.shots.find(one))"""

FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const next = now => {
    frames_.push(now - last);
    last = now;
    window.going = requestAnimationFrame(next);
  };
  window.going = requestAnimationFrame(next);
}"""


@contextmanager
def opened_with(given: argparse.Namespace, address: str, photo: bytes = b"") -> Iterator[Any]:
    """The page, with the photo in the browser's memory."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=arguments)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.route("**/night.jpg", lambda route: route.fulfill(body=photo))
        page.evaluate(TAKE, "/night.jpg")
        yield page
        browser.close()


def _page(given: argparse.Namespace) -> None:
    photo = twelve_megapixels(given.photo)
    print(f"photo            {len(photo) / 1e6:.1f} MB JPEG, 4243 x 2828")
    firsts, used, all_used = [], [], []
    with _served() as (address, pid):
        warm = encode(Photo(_dark(40, 60, 0)))
        httpx.post(f"{address}/v1/enhance", content=warm).raise_for_status()
        for _ in range(given.runs):
            with opened_with(given, address, photo) as page:
                alone, together = processor_seconds(pid), processor_seconds_of_all()
                firsts.append(page.evaluate(FIRST_RESULT))
                used.append(processor_seconds(pid) - alone)
                all_used.append(processor_seconds_of_all() - together)
    print(f"first result     {spread(firsts)} ms")
    print(f"processor time   server {statistics.median(used):.2f} s,", end=" ")
    print(f"with the browser {statistics.median(all_used):.2f} s")


def _drag(given: argparse.Namespace) -> None:
    photo = twelve_megapixels(given.photo)
    with _served() as (address, _), opened_with(given, address, photo) as page:
        page.evaluate(FIRST_RESULT)
        page.wait_for_function(SETTLED)
        report_drag(page, "strength", given.slower)


def report_drag(page: Any, slider: str, slower: float) -> int:
    """Frames while a slider is dragged, on a processor made slower by the browser; their number."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    box = page.locator(f"#{slider}").bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(FRAMES)
    used, own = processor_seconds_of_all(), main_thread_seconds(session)
    for step in range(240):
        share = 0.3 + 0.3 * abs((step % 80) / 40 - 1)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    frames = page.evaluate("() => { cancelAnimationFrame(going); return frames_.slice(2); }")
    used = processor_seconds_of_all() - used
    own = main_thread_seconds(session) - own
    page.mouse.up()
    late = statistics.quantiles(frames, n=20)[-1]
    print(f"processor        {slower:g} times slower")
    print(f"frames           {len(frames)}, {spread(frames)} ms, 95th percentile {late:.1f} ms")
    print(
        f"processor time   {1000 * used / len(frames):.1f} ms a frame, of all processes,", end=" "
    )
    print(f"{1000 * own / len(frames):.1f} ms of the page's own thread")
    return len(frames)


def main_thread_seconds(session: Any) -> float:
    """Processor seconds that the page's main thread has worked."""
    told = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in told if one["name"] == "TaskDuration"))


def twelve_megapixels(path: Path) -> bytes:
    picture = cv2.resize(
        nightlift.read(path).pixels, (4243, 2828), interpolation=cv2.INTER_CUBIC
    ).astype(np.float32)
    noise = np.random.default_rng(0).standard_normal(picture.shape, dtype=np.float32)
    return encode(Photo(np.clip(picture + 4 * noise, 0, 255).astype(np.uint8), format="jpeg"))


def spread(values: list[float]) -> str:
    return f"median {statistics.median(values):.0f}, worst {max(values):.0f} of {len(values)}"


if __name__ == "__main__":
    main()
