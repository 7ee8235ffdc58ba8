"""The browser edition: the page with an engine in JavaScript in place of the server, as files."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nightlift import __version__
from nightlift.edit import RECOMMENDED
from nightlift.errors import ModelError, UsageError, WriteError
from nightlift.models import FOLDER, Passport, ReleasedModel, find, load, quantized
from nightlift.photo import FixedSize, LongSide, SizeRule, write_bytes
from nightlift.viewer import STATIC as VIEWER

PAGE = Path(__file__).parent / "static"
BROWSER = Path(__file__).parent / "browser"
ROOT = BROWSER / "root"
RUNTIME = BROWSER / "vendor" / "ort-wasm-simd-threaded.wasm.gz"

KINDS = ("light_grid", "tone_table", "curve_map", "bilateral_grid")
"""What the engine applies; a network that paints pictures would take minutes."""

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""No host but its own is ever asked for anything."""

HEADERS = {
    "Content-Security-Policy": POLICY + "; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

HEAD = f"""<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<link rel="manifest" href="manifest.webmanifest">
<script type="module" src="offline.js"></script>
"""

SERVED_FORMATS = "JPEG, PNG, TIFF, WebP, AVIF, JPEG XL, HEIC, camera RAW"
READ_FORMATS = "JPEG, PNG, WebP, and what else this browser shows"
"""What the page says that it takes, from a server and here."""

LIMITS = {"bytes": 500_000_000, "pixels": 100_000_000}

PRIVACY = "Photos stay on this device: nothing is sent anywhere."

FORMATS = ("same", "jpg", "png", "webp")

Files = dict[str, bytes]


def build(folder: Path, methods: Sequence[str] = (), overwrite: bool = False) -> dict[str, int]:
    """Write the edition into a folder.

    Args:
        folder: Made where it is missing.
        methods: What it offers besides the recommended method; none: every installed one whose
            weights are for any use and that browsers can apply.
        overwrite: Whether files of an earlier build may be replaced.

    Returns:
        The size in bytes of each file of a first visit, compressed, by name; of those that are
        fetched only when asked for, behind a `+`.

    Raises:
        UsageError: The folder holds something, or a method is none that browsers can apply.
        WriteError: Nothing can be written there.
    """
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; --overwrite replaces an earlier build in it")
    if not RUNTIME.is_file():
        raise WriteError(
            "ONNX Runtime for browsers is not in this checkout; `make browser` brings it here"
        )
    models = _models(methods)
    files = {**_sources(), **_offer(models)}
    weights = {f"browser/models/{one.passport.method}.onnx.gz": _weights(one) for one in models}
    later = {name: data for name, data in weights.items() if RECOMMENDED not in name}
    first = {**files, **{name: data for name, data in weights.items() if name not in later}}
    first["service-worker.js"] = _service_worker(first)
    for name, data in {**first, **later, **_beside()}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, data, overwrite)
    sizes = {name: len(_packed(data)) for name, data in first.items()}
    return sizes | {f"+ {name}": len(data) for name, data in later.items()}


def _models(methods: Sequence[str]) -> list[ReleasedModel]:
    if not methods:
        installed = [load(path) for path in sorted(FOLDER.glob("*.onnx"))]
        usable = [model for model in installed if model.passport.kind in KINDS]
        return sorted(usable, key=lambda model: model.passport.method != RECOMMENDED)
    models = [find(name) for name in dict.fromkeys([RECOMMENDED, *methods])]
    for model in models:
        if model.passport.kind not in KINDS:
            raise UsageError(
                f"{model.passport.method} is none of the methods that browsers can apply "
                f"(their kinds: {', '.join(KINDS)}); `nightlift methods` tells of all"
            )
    return models


def _sources() -> Files:
    """The page, its engine, and the runtime; the engine of the server is replaced."""
    both = [*PAGE.iterdir(), *VIEWER.iterdir()]
    files = {path.name: path.read_bytes() for path in both if path.is_file()}
    for path in sorted(BROWSER.rglob("*")):
        inside = path.relative_to(BROWSER)
        if path.is_file() and inside.parts[0] not in ("root", "vendor"):
            files[f"browser/{inside.as_posix()}"] = path.read_bytes()
    for name in ("ort.wasm.bundle.min.mjs", RUNTIME.name):
        files[f"browser/vendor/{name}"] = (BROWSER / "vendor" / name).read_bytes()
    files |= {path.name: path.read_bytes() for path in ROOT.iterdir()}
    files["index.html"] = _page(files["index.html"].decode()).encode()
    return files


def _page(page: str) -> str:
    """The page with what only this edition has, and with the formats that browsers read."""
    for old, new in (("</title>\n", f"</title>\n{HEAD}"), (SERVED_FORMATS, READ_FORMATS)):
        if old not in page:
            raise WriteError(f"expected {old!r} on the page, which has changed")
        page = page.replace(old, new, 1)
    return page


def _beside() -> Files:
    """What lies beside for hosts and readers, and is not fetched by the page."""
    vendor = {
        f"browser/vendor/{path.name}": path.read_bytes()
        for path in (BROWSER / "vendor").glob("*.[tm][xd][t]*")
    }
    headers = "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())
    return {**vendor, "_headers": f"/*\n{headers}".encode()}


def _offer(models: Sequence[ReleasedModel]) -> Files:
    """What the page and the worker are told of the methods."""
    passports = [_passport(model.passport) for model in models]
    offer = {
        "methods": [_method(model) for model in models],
        "denoise": ["off", "auto", "fast"],
        "formats": FORMATS,
        "limits": LIMITS,
        "version": __version__,
        "privacy": PRIVACY,
    }
    return {
        "browser/models/models.json": json.dumps(passports).encode(),
        "browser/models/offer.json": json.dumps(offer).encode(),
    }


def _method(model: ReleasedModel) -> dict[str, Any]:
    passport = model.passport
    return {
        "name": passport.method,
        "title": passport.title,
        "training": passport.supervision,
        "recommended": passport.method == RECOMMENDED,
        "research": model.path.parent != FOLDER,
    }


def _passport(passport: Passport) -> dict[str, Any]:
    """The part of a passport that the worker needs, in the names of JavaScript."""
    guide = passport.guide
    return {
        "method": passport.method,
        "kind": passport.kind,
        "size": _size(passport.size),
        "steps": passport.steps,
        "alignment": passport.alignment,
        "powerTo": passport.power_to,
        "hueKept": passport.hue is not None,
        "gridMode": passport.grid_mode,
        "leastLight": passport.least_light,
        "guide": guide and {"w1": guide.w1, "b1": guide.b1, "w2": guide.w2, "b2": guide.b2},
        "file": f"{passport.method}.onnx.gz",
    }


def _size(rule: SizeRule) -> dict[str, int]:
    if isinstance(rule, FixedSize):
        return {"height": rule.height, "width": rule.width}
    if isinstance(rule, LongSide):
        return {"longSide": rule.pixels}
    raise ModelError(f"expected a small copy of a size of its own, got {rule}")


def _weights(model: ReleasedModel) -> bytes:
    return gzip.compress(quantized(model.data), 9, mtime=0)


def _service_worker(files: Files) -> bytes:
    """The script that keeps a first visit's files, under a name of this build alone."""
    told = hashlib.sha256()
    for name, data in sorted(files.items()):
        told.update(name.encode() + hashlib.sha256(data).digest())
    script = files["service-worker.js"].decode()
    kept = sorted(name for name in files if name not in ("service-worker.js", "index.html"))
    script = script.replace("VERSION", json.dumps(told.hexdigest()[:16]), 1)
    script = script.replace("FILES", json.dumps(["./", *kept]), 1)
    return script.replace("HEADERS", json.dumps(HEADERS), 1).encode()


def _packed(data: bytes) -> bytes:
    """As a host sends it that compresses; what is compressed already stays."""
    packed = gzip.compress(data, 9, mtime=0)
    return min(packed, data, key=len)
