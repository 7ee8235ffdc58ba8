"""One call for every inference engine: a small picture in, the raw outputs of a model out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from nightlift.edit import devices, model_limits
from nightlift.edit.devices import Device
from nightlift.errors import MissingExtraError, ModelError, UsageError
from nightlift.models import Kind, ReleasedModel
from nightlift.photo import FixedSize, Floats
from nightlift.processor import cores

EngineName: TypeAlias = Literal["auto", "onnxruntime", "openvino", "openvino-bf16"]
"""`openvino` computes in float32, `openvino-bf16` in bfloat16 where it multiplies. `auto` takes
the latter for large networks that paint pictures, where OpenVINO is installed and the processor
has bfloat16; else ONNX Runtime."""

LARGE = 100_000
"""Parameters from which on bfloat16 is worth what it changes: a level of 8 bits here and there."""

Ports: TypeAlias = Mapping[str, Floats]
"""What goes into a graph, or comes out of it, by name."""

Runner: TypeAlias = Callable[[Ports], Ports]
"""Inputs to outputs, all float32 and with their batch axis; thread-safe."""


class Engine:
    """A released model, loaded once and run any number of times, from any thread.

    Args:
        model: What is to be run.
        name: Which engine.
        device: Where; the engine's `device` afterwards is the one that runs, never `auto`.
        threads: Processor cores that one run may use; None: all that this process may use.

    Raises:
        UsageError: The name or the device is unknown, the device is not installed or does not
            start, or there is no such number of threads.
        MissingExtraError: The engine is not installed.
        ModelError: The engine refuses the model.
    """

    def __init__(
        self,
        model: ReleasedModel,
        name: EngineName = "onnxruntime",
        device: Device = "cpu",
        threads: int | None = None,
    ) -> None:
        _check_choice("an engine", name, get_args(EngineName))
        if threads is not None and threads < 1:
            raise UsageError(f"expected at least 1 thread, got {threads}")
        there = devices.candidates(device)
        if name.startswith("openvino") and device not in ("auto", "cpu"):
            raise UsageError(f"the engine {name} runs on the cpu only, got the device {device!r}")
        self.model = model
        count = threads or cores()
        self.name: EngineName = _chosen(model, there) if name == "auto" else name
        if self.name.startswith("openvino"):
            self.device = "cpu"
            self._runner = _openvino(model, count, _precision(self.name))
        else:
            self.device, self._runner = _onnxruntime(model, there, count)

    def run(self, small: Floats, given: Floats | None = None) -> Floats:
        """The model's parameters alone; see `outputs`.

        Args:
            small: (h, w, 3) float32 in [0, 1].
            given: Numbers that take the place of pooled ones; see `outputs`.

        Returns:
            The output `parameters`, float32 without its batch axis.
        """
        return self.outputs(small, given)["parameters"]

    def outputs(self, small: Floats, given: Floats | None = None) -> Ports:
        """All that the model says of a picture.

        Args:
            small: (h, w, 3) float32 in [0, 1].
            given: Numbers in place of those that the model would pool over the picture itself,
                wherever they are not NaN; None: the model's own.

        Returns:
            Every output by name, float32 without its batch axis.

        Raises:
            UsageError: The model cannot take the picture.
            ModelError: The engine fails, or an output is not finite or not as promised.
        """
        self._check_input(small)
        inputs = {"photo": np.ascontiguousarray(small.transpose(2, 0, 1)[None])}
        if given is not None or self.model.passport.pooled:
            inputs["given"] = self._given(given)
        try:
            found = self._runner(inputs)
        except Exception as error:  # the engines' errors share no ancestor
            raise ModelError(f"{self._who()} failed on a picture: {_first_line(error)}") from error
        for name, output in found.items():
            self._check_output(name, output, small.shape[:2])
        return {name: output[0] for name, output in found.items()}

    def _given(self, numbers: Floats | None) -> Floats:
        """The input of this name: NaN leaves each number to the model."""
        shape = (self.model.passport.pooled,)
        if numbers is None:
            return np.full((1, *shape), np.nan, np.float32)
        if numbers.shape != shape or numbers.dtype != np.float32:
            raise UsageError(
                f"{self._who()} expects given numbers of shape {shape} in float32, "
                f"got {numbers.shape} {numbers.dtype}"
            )
        return numbers[None]

    def _check_input(self, small: Floats) -> None:
        if small.ndim != 3 or small.shape[2] != 3 or small.dtype != np.float32 or 0 in small.shape:
            raise UsageError(
                f"expected a float32 picture of shape (h, w, 3), got {small.dtype} {small.shape}"
            )
        height, width = small.shape[:2]
        multiple = self.model.passport.multiple
        if height % multiple or width % multiple:
            raise UsageError(
                f"{self._who()} expects sides divisible by {multiple}, got {height}×{width}"
            )
        sizes = (self.model.passport.size, self.model.passport.exact_size)
        fixed = {(rule.height, rule.width) for rule in sizes if isinstance(rule, FixedSize)}
        if all(isinstance(rule, FixedSize) for rule in sizes) and (height, width) not in fixed:
            expected = " or ".join(f"{h}×{w}" for h, w in sorted(fixed))
            raise UsageError(f"{self._who()} expects {expected} pixels, got {height}×{width}")

    def _check_output(self, name: str, output: Floats, sides: tuple[int, ...]) -> None:
        passport = self.model.passport
        if name == "parameters":
            fits = _fits(passport.kind, output.shape, sides)
        elif name == "table":
            fits = _fits_table(passport.kind, output.shape)
        else:
            fits = output.shape == (1, passport.pooled)
        if output.dtype != np.float32 or not fits:
            raise ModelError(
                f"{self._who()} is of kind {passport.kind}, but gave {output.dtype} "
                f"{output.shape} as its {name} for a picture of {sides[0]}×{sides[1]}"
            )
        # A sum is finite only where every term is, and needs no second array.
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(output.sum(dtype=np.float64))
        if not finite:
            raise ModelError(f"{self._who()} gave values that are not finite for this picture")

    def _who(self) -> str:
        return f"the model {self.model.passport.method} ({self.model.path.name})"


def _fits(kind: Kind, shape: tuple[int, ...], sides: tuple[int, ...]) -> bool:
    """Whether an output with its batch axis has the shape that the contract gives its kind."""
    if not shape or shape[0] != 1 or 0 in shape:
        return False
    if kind == "tone_table":
        return shape == (1, 256, 3)
    if kind == "bilateral_grid":
        return len(shape) == 5 and shape[1] == 12
    if kind == "lut3d":
        return len(shape) == 5 and shape[1] == 3 and len(set(shape[2:])) == 1
    channels = shape[1] if len(shape) == 4 else 0
    if kind == "light_grid":
        return channels > 2
    if kind == "picture":
        return channels == 3 and shape[2:] == sides
    return channels > 0 and channels % 3 == 0 and shape[2:] == sides


def _fits_table(kind: Kind, shape: tuple[int, ...]) -> bool:
    """Whether a table with its batch axis is one to paint on, or curves before a 3D table."""
    return len(shape) == 3 and shape[::2] == (1, 3) and (kind == "lut3d" or shape[1] == 256)


def _onnxruntime(model: ReleasedModel, there: tuple[str, ...], threads: int) -> tuple[str, Runner]:
    """The device that runs, and what runs on it."""
    import onnxruntime

    def opened(providers: list[str]) -> Any:
        options = _options(threads)
        on_processor = len(providers) == 1
        if model.foreign and on_processor and model_limits.bounded_allocator():
            options.add_session_config_entry("session.use_env_allocators", "1")
        return onnxruntime.InferenceSession(model.data, options, providers=providers)

    try:
        name, session = devices.start(there, opened)
    except UsageError:
        raise
    except Exception as error:  # its errors share no ancestor
        on = "" if there[-1] == "cpu" else f" on {there[-1]}"
        raise ModelError(f"ONNX Runtime refuses {model.path}{on}: {_first_line(error)}") from error
    # Not every accelerator takes several runs at a time (DirectML), and none gains by them.
    turn: AbstractContextManager[Any] = nullcontext() if name == "cpu" else Lock()
    names = model.passport.outputs

    def run(inputs: Ports) -> Ports:
        with turn:
            return dict(zip(names, session.run(names, inputs), strict=True))

    def bounded(inputs: Ports) -> Ports:
        with (
            turn,
            model_limits.stopped_after(
                model_limits.seconds_for(*inputs["photo"].shape[2:])
            ) as limited,
        ):
            return dict(zip(names, session.run(names, inputs, limited), strict=True))

    return name, bounded if model.foreign else run


def _options(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Threads that spin after a run would compete with the kernels that apply its result.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # Measured on Zero-DCE: the arena is a fifth faster than none, and without planned patterns
    # its peak is half as high, since what one layer frees the next takes again. DirectML needs
    # it so, too.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    return options


def _chosen(model: ReleasedModel, there: tuple[str, ...]) -> EngineName:
    """What `auto` means for a model on these devices."""
    large = model.passport.kind == "picture" and model.passport.parameters >= LARGE
    if not large or there != ("cpu",) or find_spec("openvino") is None:
        return "onnxruntime"
    return "openvino-bf16" if _has_bf16(_core()) else "onnxruntime"


@cache
def _core() -> Any:
    """OpenVINO's runtime, one for the process and kept until it ends.

    The thread that makes one gets the stack of its signals from it. Where another thread drops the
    last one, that stack is gone and still in use, and the next signal, a Ctrl-C or the end of a
    process that was started, ends the program.
    """
    # Its import would report to its maker over the network.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise MissingExtraError("the engine openvino", "openvino") from error
    return openvino.Core()


def _precision(name: EngineName) -> Literal["f32", "bf16"]:
    return "bf16" if name == "openvino-bf16" else "f32"


def _has_bf16(core: Any) -> bool:
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _openvino(model: ReleasedModel, threads: int, precision: Literal["f32", "bf16"]) -> Runner:
    core = _core()
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
    }
    if precision == "bf16" and not _has_bf16(core):
        raise UsageError("openvino-bf16 needs a processor with bfloat16; take the engine openvino")
    try:
        graph = core.read_model(model=model.data, weights=b"")
        compiled = core.compile_model(graph, "CPU", settings)
    except Exception as error:  # its errors share no ancestor
        raise ModelError(f"OpenVINO refuses {model.path}: {_first_line(error)}") from error

    def run(inputs: Ports) -> Ports:
        # A request holds its own buffers, so that each thread needs one of its own.
        request = compiled.create_infer_request()
        if not model.foreign:
            request.infer(inputs)
        else:
            _infer_in_time(request, inputs)
        return {name: request.get_tensor(name).data.copy() for name in model.passport.outputs}

    return run


def _infer_in_time(request: Any, inputs: Ports) -> None:
    seconds = model_limits.seconds_for(*inputs["photo"].shape[2:])
    request.start_async(inputs)
    if not request.wait_for(round(1000 * seconds)):
        request.cancel()
        raise model_limits.too_slow(seconds)


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"expected {what} among {', '.join(choices)}, got {value!r}")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
