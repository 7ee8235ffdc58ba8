"""nightlift serve: the web page on this machine."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from nightlift.cli.parser import Parser, Subparsers, number, size_in_bytes, whole

if TYPE_CHECKING:
    from nightlift.web import Limits

EPILOG = """examples:
  nightlift serve --open
  nightlift serve --port 9000 --max-bytes 50M --jobs 1
  nightlift serve --host 0.0.0.0          for the phone in the same network; there is no password
  curl --data-binary @night.jpg -o day.jpg 'http://127.0.0.1:8000/v1/enhance?strength=0.8'"""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add(commands: Subparsers) -> None:
    """Add the command's arguments."""
    parser: Parser = commands.add_parser(
        "serve",
        help="a web page for brightening photos, and a REST interface",
        description="Serve the page; photos are held in memory only, and nothing is stored.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=whole(0, 65535), default=8000, help="0: any free one")
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--access-log", action="store_true", help="one line a request on stderr")
    group = parser.add_argument_group("limits")
    group.add_argument(
        "--max-bytes", type=size_in_bytes, metavar="BYTES", help="of a photo file (default 100M)"
    )
    group.add_argument(
        "--max-megapixels", type=number(0.01, 1000), metavar="MP", help="of a photo (default 100)"
    )
    group.add_argument("--jobs", type=whole(1), metavar="N", help="photos at a time")
    group.add_argument(
        "--waiting", type=whole(0), metavar="N", help="photos that may wait (default 16)"
    )
    group.add_argument(
        "--timeout", type=number(1, 3600), metavar="SECONDS", help="for a photo (default 120)"
    )
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name besides localhost that the server is called by; may be repeated",
    )


def run(given: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    import logging

    from nightlift.errors import MissingExtraError

    try:
        from nightlift.web import listen, serve
    except ImportError as error:
        raise MissingExtraError("the web page", "web") from error
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO if given.access_log else logging.WARNING, format=form)
    limits = _limits(given)
    listening = listen(given.host, given.port)
    with listening:
        host = f"[{given.host}]" if ":" in given.host else given.host
        address = f"http://{host}:{listening.getsockname()[1]}"
        _greet(address, given.host)
        if given.open:
            import webbrowser

            webbrowser.open(address)
        try:
            serve(listening, limits, access_log=given.access_log)
        except KeyboardInterrupt:
            print("nightlift serve: stopped", file=sys.stderr)
    return 0


def _greet(address: str, host: str) -> None:
    print(f"nightlift is at {address} (Ctrl-C stops it)", flush=True)
    if host not in LOOPBACK:
        print(
            f"nightlift serve: whoever reaches {host} can use it; there is no password",
            file=sys.stderr,
        )


def _limits(given: argparse.Namespace) -> Limits:
    """The limits as given, the rest as they are."""
    from dataclasses import replace

    from nightlift.web import Limits

    limits = Limits(hosts=tuple(given.allow_host))
    if given.max_bytes is not None:
        limits = replace(limits, bytes=given.max_bytes)
    if given.max_megapixels is not None:
        pixels = int(given.max_megapixels * 1e6)
        limits = replace(limits, pixels=pixels, exact_pixels=min(pixels, limits.exact_pixels))
    if given.jobs is not None:
        limits = replace(limits, workers=given.jobs)
    if given.waiting is not None:
        limits = replace(limits, waiting=given.waiting)
    if given.timeout is not None:
        limits = replace(limits, work_seconds=given.timeout)
    return limits
