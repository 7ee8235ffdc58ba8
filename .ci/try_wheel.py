"""What an installed wheel must do in a clean environment: python .ci/try_wheel.py PHOTO.

It enhances the photo, passes its own doctor, writes the browser edition and serves the page, with
nothing of this repository but the photo; run it where no `nightlift` folder lies.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

SECONDS = 60
"""How long the server may take to start."""


def main() -> None:
    """Try everything in a folder of its own."""
    photo = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        # Where no Node.js is found, nothing can have used one.
        os.environ["PATH"] = str(Path(sys.executable).parent)
        said = [json.loads(line) for line in run("doctor", "--json").splitlines()]
        models = [check["name"] for check in said if check["area"] == "model"]
        enhanced(photo)
        research(photo)
        site = edition()
        served(photo)
    print(f"nightlift {version('nightlift')}, Python {sys.version.split()[0]}: {len(said)} checks")
    print(f"models: {', '.join(models)}; browser edition: {site / 1e6:.1f} MB; page served")


def run(*words: str) -> str:
    """The output of one command; the process ends with its error where it fails."""
    done = subprocess.run([sys.executable, "-m", "nightlift", *words], capture_output=True)
    if done.returncode:
        sys.exit(f"nightlift {' '.join(words)}: {done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def enhanced(photo: Path) -> None:
    """The photo gets brighter, from file to file."""
    import nightlift

    run("enhance", str(photo), "-o", "out.jpg")
    before, after = nightlift.read(photo).pixels, nightlift.read("out.jpg").pixels
    assert before.shape == after.shape
    assert after.mean() > before.mean() + 10, (before.mean(), after.mean())


def research(photo: Path) -> None:
    """One of the research weights, where their package is installed."""
    try:
        version("nightlift-research-models")
    except ImportError:
        return
    run("enhance", str(photo), "-o", "research.jpg", "-m", "zero-dce")
    assert Path("research.jpg").stat().st_size > 1000


def edition() -> int:
    """Bytes of the browser edition."""
    run("web-build", "site")
    assert "<html" in Path("site/index.html").read_text(encoding="utf-8")
    return sum(file.stat().st_size for file in Path("site").rglob("*") if file.is_file())


def served(photo: Path) -> None:
    """The page and one photo through the REST interface, on this machine alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "nightlift", "serve", "--port", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        assert b"<html" in answer(f"{address}/", server)
        data = photo.read_bytes()
        request = urllib.request.Request(
            f"{address}/v1/enhance", data, {"Content-Type": "image/jpeg"}
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            assert reply.read(3) == b"\xff\xd8\xff"
    finally:
        server.terminate()
        server.wait()


def answer(address: str, server: subprocess.Popen[bytes]) -> bytes:
    """What the server says once it has started; the process ends where it does not start."""
    end = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as reply:
                return bytes(reply.read())
        except OSError:
            time.sleep(0.2)
    sys.exit(f"no page at {address}")


main()
