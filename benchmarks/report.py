"""A page of many photos and methods: its size, and how soon Chromium shows the first picture.

python benchmarks/report.py [--photos 100] [--browser /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

METHODS = "glenet-global-open,gamma,adaptive-gamma,equalize,clahe,lime"
SIZE = (1200, 800)
EXAMPLES = Path(__file__).parents[1] / "examples" / "dark"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        for number in range(given.photos):
            (photos / f"{number:03}.jpg").write_bytes(photo(number))
        target = Path(folder) / "page.html"
        start = time.perf_counter()
        command = [sys.executable, "-m", "nightlift", "compare", str(photos), "-o", str(target)]
        subprocess.run([*command, "-m", METHODS], check=True)
        seconds = time.perf_counter() - start
        print(f"{given.photos} photos x {METHODS.count(',') + 1} methods and the input")
        print(f"made in                {seconds:7.1f} s")
        print(f"size                   {target.stat().st_size / 1e6:7.1f} MB")
        open_in_browser(target, given.browser)


def photo(number: int) -> bytes:
    """A part of an example, enlarged, with the noise of a dark photo: noise is what costs."""
    random = np.random.default_rng(number)
    paths = sorted(EXAMPLES.glob("*.jpg"))
    whole = cv2.imread(str(paths[number % len(paths)]))[..., ::-1]
    height, width = (side * 3 // 4 for side in whole.shape[:2])
    top, left = (int(random.integers(0, side // 4 + 1)) for side in whole.shape[:2])
    part = cv2.resize(whole[top : top + height, left : left + width], SIZE)
    noisy = part + random.normal(0, 2, part.shape)
    return simplejpeg.encode_jpeg(np.clip(noisy, 0, 255).astype(np.uint8), 92)


def open_in_browser(page: Path, browser: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_context(offline=True).new_page()
        start = time.perf_counter()
        tab.goto(page.as_uri(), wait_until="commit")
        tab.wait_for_selector("#viewer[data-ready]")
        seen = time.perf_counter() - start
        tab.wait_for_load_state("load")
        loaded = time.perf_counter() - start
        mark = tab.evaluate("performance.getEntriesByName('first-picture')[0].startTime")
        print(f"first picture visible  {seen:7.2f} s ({mark / 1000:.2f} s by its own clock)")
        print(f"load event             {loaded:7.2f} s")
        start = time.perf_counter()
        tab.keyboard.press("n")
        tab.wait_for_selector("#viewer[data-ready='001.jpg']")
        print(f"next photo             {time.perf_counter() - start:7.2f} s")
        chromium.close()


if __name__ == "__main__":
    main()
