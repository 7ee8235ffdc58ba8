"""What is installed and works, and how to mend the rest: parts, engines, extras, models."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import nightlift
from nightlift import imports
from nightlift.edit import Enhancer, installed_builds, installed_devices, replacing_commands
from nightlift.errors import NightliftError
from nightlift.processor import cores

State: TypeAlias = Literal["ok", "absent", "problem"]
"""`absent` is what may be installed and is not; `problem` is what should be mended."""

EXTRAS = {
    "heic": "photos of phones (HEIC)",
    "raw": "photos of cameras (RAW)",
    "jxl": "JPEG XL",
    "video": "videos",
    "watch": "watching a folder",
    "cluster": "clusters (Ray), S3",
    "pdf": "comparisons as PDF",
    "web": "the page and its REST interface",
    "openvino": "large networks, faster",
    "train": "training, export and import of models",
}
"""What each extra is for; those of developers are left out."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and how to mend it where that is needed."""

    area: str
    name: str
    state: State
    found: str
    mend: str = ""


def checks() -> Iterator[Check]:
    """What is installed and whether it works.

    Yields:
        One check after the other.
    """
    yield _own()
    yield from _compiled()
    yield from _engines()
    yield from map(_extra, EXTRAS)
    yield from _models()
    yield _test_picture()


def _own() -> Check:
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    found = f"{nightlift.__version__}, {system}, {cores()} processor cores"
    return Check("program", "nightlift", "ok", found)


def _compiled() -> Iterator[Check]:
    from nightlift.adjust import kernels

    for name, without in imports.PARTS.items():
        problem = imports.problem(name)
        if problem is None:
            yield Check("compiled", name, "ok", "compiled")
        else:
            yield Check("compiled", name, "problem", f"{problem}: {without}", imports.MEND)
    sets = kernels.instruction_sets()
    found = f"{kernels.active()} runs; {', '.join(sets)} are there"
    yield Check("compiled", "instruction set", "ok", found)


def _engines() -> Iterator[Check]:
    try:
        import onnxruntime
    except ImportError as error:
        mend = "pip install --force-reinstall onnxruntime"
        yield Check("engine", "onnxruntime", "problem", f"it cannot be loaded: {error}", mend)
        return
    yield Check("engine", "onnxruntime", "ok", onnxruntime.__version__)
    yield from _builds()
    yield from map(_device, installed_devices())


def _builds() -> Iterator[Check]:
    """Several builds of ONNX Runtime, which write the same files: what runs is left to chance."""
    builds = installed_builds()
    if len(builds) > 1:
        kept = next(name for name in reversed(builds) if name != "onnxruntime")
        found = f"{' and '.join(builds)} are installed over one another"
        mend = replacing_commands(builds, kept)
        yield Check("engine", "onnxruntime builds", "problem", found, mend)


def _device(name: str) -> Check:
    """Whether the default's network runs on a device that this build of ONNX Runtime is for."""
    try:
        Enhancer(device=name)  # type: ignore[arg-type]
    except NightliftError as error:
        return Check("device", name, "absent", str(error), "use another --device")
    return Check("device", name, "ok", f"starts; --device {name} uses it")


def _extra(extra: str) -> Check:
    """Whether all that an extra needs is installed, by this package's own metadata."""
    purpose = EXTRAS[extra]
    install = f"pip install 'nightlift[{extra}]'"
    versions, missing, old = [], [], []
    for name, least in _requirements(extra):
        version = _version(name)
        if version is None:
            missing.append(name)
            continue
        versions.append(f"{name} {version}")
        if _numbers(version) < _numbers(least):
            old.append(f"{name} {version} is older than {least}")
    if missing:
        return Check("extra", extra, "absent", f"{purpose}: {', '.join(missing)} missing", install)
    if old:
        return Check("extra", extra, "problem", f"{purpose}: {', '.join(old)}", install)
    return Check("extra", extra, "ok", f"{purpose}: {', '.join(versions)}")


def _requirements(extra: str) -> Iterator[tuple[str, str]]:
    """Name and least version of each package that an extra needs."""
    try:
        lines = importlib.metadata.requires("nightlift") or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    for line in lines:
        match = re.match(r"([\w.-]+)[^;]*?>=\s*([\d.]+)[^;]*;.*extra == ['\"](\w+)['\"]", line)
        if match and match[3] == extra:
            yield match[1], match[2]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers, so that 2.13.0+cpu is after 2.6."""
    return tuple(int(part) for part in re.match(r"[\d.]*", version)[0].split(".") if part)  # type: ignore[index]


def _models() -> Iterator[Check]:
    from nightlift.models import released

    for name, path in released.files().items():
        try:
            model = released.load(path)
        except NightliftError as error:
            mend = "pip install --force-reinstall --no-deps nightlift"
            yield Check("model", name, "problem", str(error), mend)
            continue
        passport = model.passport
        found = f"version {passport.version}, {passport.license}, SHA-256 {model.sha256[:12]}"
        yield Check("model", name, "ok", found)
    away = [name for name in released.RESEARCH_MODELS if name not in released.files()]
    if away:
        found = f"{', '.join(away)}: for research only, not installed"
        mend = released.INSTALL_RESEARCH
        yield Check("model", "research", "absent", found, mend)


def _test_picture() -> Check:
    """A small picture through the default, from the estimate to the pixels."""
    import numpy as np

    from nightlift.edit import Enhancer

    ramp = np.linspace(0, 60, 96, dtype=np.uint8)
    picture = np.repeat(np.broadcast_to(ramp, (64, 96))[..., None], 3, axis=2)
    try:
        result = Enhancer()(picture)
    except Exception as error:  # whatever it is, it is what the user should see
        found = f"{type(error).__name__}: {error}"
        return Check(
            "test",
            "enhance",
            "problem",
            found,
            "mend what is told above, or report it with these lines",
        )
    brighter = float(result.mean()) > float(picture.mean())
    if not brighter:
        return Check("test", "enhance", "problem", "a dark picture did not get brighter")
    return Check("test", "enhance", "ok", "a dark picture got brighter")
