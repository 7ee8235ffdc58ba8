"""Devices that networks run on: ONNX Runtime's execution providers by the names users know."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from nightlift.errors import UsageError

Device: TypeAlias = Literal[
    "auto",
    "cpu",
    "cuda",
    "tensorrt",
    "migraphx",
    "rocm",
    "directml",
    "coreml",
    "webgpu",
    "openvino",
]
"""`auto` takes the first accelerator of `AUTOMATIC` that starts, else the processor."""


class Provider(NamedTuple):
    """A device's name in ONNX Runtime, and the package whose ONNX Runtime has it."""

    name: str
    package: str


PROVIDERS: dict[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "onnxruntime"),
    "cuda": Provider("CUDAExecutionProvider", "onnxruntime-gpu"),
    "tensorrt": Provider("TensorrtExecutionProvider", "onnxruntime-gpu"),
    "migraphx": Provider("MIGraphXExecutionProvider", "onnxruntime-migraphx"),
    "rocm": Provider("ROCMExecutionProvider", "onnxruntime-rocm"),
    "directml": Provider("DmlExecutionProvider", "onnxruntime-directml"),
    "coreml": Provider("CoreMLExecutionProvider", "onnxruntime"),
    "webgpu": Provider("WebGpuExecutionProvider", "onnxruntime-webgpu"),
    "openvino": Provider("OpenVINOExecutionProvider", "onnxruntime-openvino"),
}

AUTOMATIC = ("cuda", "migraphx", "rocm", "directml", "coreml", "webgpu", "openvino")
"""Most wanted first. TensorRT is not among them: it takes minutes to prepare a network."""

Opener: TypeAlias = Callable[[list[str]], Any]
"""Opens an ONNX Runtime session on providers, the first of which is wanted."""


class DeviceWarning(RuntimeWarning):
    """An accelerator that `auto` found does not start; another device takes its place."""


def installed_devices() -> tuple[str, ...]:
    """The devices that the installed ONNX Runtime was built for.

    Returns:
        Their names, whether they start or not.
    """
    import onnxruntime

    there = onnxruntime.get_available_providers()
    return tuple(device for device, provider in PROVIDERS.items() if provider.name in there)


def candidates(device: Device) -> tuple[str, ...]:
    """The devices to be tried in turn; UsageError for one that is unknown or not installed."""
    if device not in get_args(Device):
        names = ", ".join(get_args(Device))
        raise UsageError(f"expected a device among {names}, got {device!r}")
    if device == "cpu":
        return ("cpu",)
    there = installed_devices()
    if device == "auto":
        return (*(name for name in AUTOMATIC if name in there), "cpu")
    if device not in there:
        raise UsageError(_missing(device, there))
    return (device,)


def _missing(device: str, there: tuple[str, ...]) -> str:
    """How a device is had: builds of ONNX Runtime write the same files, so one replaces another."""
    absent = f"the installed ONNX Runtime has no {device} (it has: {', '.join(there)})"
    package = PROVIDERS[device].package
    if package == "onnxruntime":
        return f"{absent}; its package for macOS has it"
    return f"{absent}; {replacing_commands(installed_builds(), package)}"


def installed_builds() -> list[str]:
    """The packages that brought the module `onnxruntime`, of which there should be one.

    Returns:
        Their names, in alphabetical order.
    """
    from importlib.metadata import packages_distributions  # 5 ms that only the doctor needs

    return sorted(set(packages_distributions().get("onnxruntime", ("onnxruntime",))))


def replacing_commands(packages: Iterable[str], package: str) -> str:
    """The commands that put one build of ONNX Runtime in the place of others.

    Args:
        packages: Those that are to go.
        package: The one that is to come.

    Returns:
        The commands in a sentence's part, for pip.
    """
    return f"pip uninstall --yes {' '.join(packages)}, then pip install {package}"


def start(names: Iterable[str], opened: Opener) -> tuple[str, Any]:
    """The first of the devices that starts, and its session; a DeviceWarning for each before it.

    Raises:
        Exception: What `opened` raises on the last device, or on the only one.
        UsageError: The only one does not start.
    """
    *before, last = names
    for name in before:
        try:
            return name, _session(name, opened)
        except Exception as error:  # its errors share no ancestor
            reason = " ".join(str(error).split())[:160]
            warnings.warn(
                f"{name} is installed but does not start ({reason}): another device computes; "
                "the device cpu does not ask for it",
                DeviceWarning,
                stacklevel=7,  # whoever made the Enhancer
            )
    return last, _session(last, opened)


def _session(device: str, opened: Opener) -> Any:
    """A session that runs on this device; UsageError where ONNX Runtime takes another instead."""
    wanted = PROVIDERS[device].name
    # What a provider cannot compute, the processor does: ONNX Runtime has every operator there.
    session = opened([wanted] if device == "cpu" else [wanted, PROVIDERS["cpu"].name])
    if session.get_providers()[0] != wanted:
        raise UsageError(
            f"ONNX Runtime cannot start on {device}: check the driver and its libraries, or use "
            "the device cpu"
        )
    session.disable_fallback()
    return session
