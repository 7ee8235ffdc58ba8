"""Frames a second of every method with PyTorch: estimate and apply, with and without transfers.

    python benchmarks/gpu.py [--device cuda] [--size 1920x1080 3840x2160] [--methods smnet,zero-dce]

A frame of bytes lies on the device; the method looks at its small copy and says parameters, and
these are applied at full size by the twins of the adjustments. Methods that paint are timed twice:
`grid` paints the small copy, fits a grid on the processor and applies it on the device; `exact`
paints the frame itself. Transfers bring the frame's bytes from the host and the result's back.
Networks are those of each method's first recipe with fresh weights, which speed does not depend on.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.adjust import differentiable, fit
from nightlift.learned import METHODS, Method
from nightlift.models import Passport
from nightlift.photo import copy_size

Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Way:
    """A method in one mode: parameters of a frame (1, 3, H, W), and a result by them."""

    name: str
    estimate: Callable[[Tensor], Tensor]
    apply: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Row:
    """Milliseconds of a frame, and the device's most memory in bytes (0 without one)."""

    name: str
    size: Size
    estimate: float
    apply: float
    moved: float
    memory: int

    def cells(self) -> tuple[str, ...]:
        alone = self.estimate + self.apply
        return (
            self.name,
            f"{self.size[0]}x{self.size[1]}",
            f"{self.estimate:.2f}",
            f"{self.apply:.2f}",
            f"{1000 / alone:.1f}",
            f"{1000 / self.moved:.1f}",
            f"{self.memory / 2**30:.2f}",
        )


HEAD = ("method", "frame", "estimate ms", "apply ms", "frames/s", "with transfers", "GiB")


def ways(method: Method[Any], device: torch.device) -> list[Way]:
    """The modes in which a method is timed."""
    recipe = next(iter(method.recipes.values()))
    torch.manual_seed(0)
    network = method.network(recipe)
    passport = method.passport(recipe, network.eval())
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def parameters(frame: Tensor) -> Tensor:
        said: Tensor = network(small_copy(frame, passport)).float()
        return said

    if passport.kind != "picture":
        return [Way(method.name, parameters, applied(passport, network))]
    multiple = passport.multiple

    def cells(frame: Tensor) -> Tensor:
        small = small_copy(frame, passport)
        before, after = (
            one[0].permute(1, 2, 0).cpu().numpy() for one in (small, parameters(frame))
        )
        grid = torch.tensor(fit(before, after).cells, device=device)
        return grid.permute(3, 4, 2, 0, 1).flatten(0, 1)[None]

    def sliced(frame: Tensor, found: Tensor) -> Tensor:
        guide = differentiable.luma_guide(frame)
        return differentiable.bilateral_slice(frame, found, guide, "affine")

    def painted(frame: Tensor) -> Tensor:
        height, width = frame.shape[2:]
        around = F.pad(frame, (0, -width % multiple, 0, -height % multiple), mode="replicate")
        said: Tensor = network(around).float()
        return said[..., :height, :width]

    return [
        Way(f"{method.name} (grid)", cells, sliced),
        Way(f"{method.name} (exact)", painted, lambda frame, found: found),
    ]


def applied(passport: Passport, network: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """How the parameters of a passport's kind are applied to a frame."""
    if passport.kind == "tone_table":
        return differentiable.tone_table
    if passport.kind == "curve_map":
        steps, alignment = passport.steps, passport.alignment
        assert steps is not None
        return lambda frame, maps: differentiable.curve_map(frame, maps, steps, alignment)
    if passport.kind == "light_grid":
        return lambda frame, said: differentiable.light_grid(
            frame, *differentiable.light_parameters(said)
        )
    mode, guide = passport.grid_mode, network.guide
    assert passport.kind == "bilateral_grid" and mode is not None and isinstance(guide, nn.Module)
    return lambda frame, cells: differentiable.bilateral_slice(frame, cells, guide(frame), mode)


def small_copy(frame: Tensor, passport: Passport) -> Tensor:
    """What the network sees of a frame, its sides rounded up to what it can take."""
    height, width = frame.shape[2:]
    sides = copy_size(height, width, passport.size)
    sides = tuple(-(-side // passport.multiple) * passport.multiple for side in sides)
    return F.interpolate(frame, sides, mode="area")


def milliseconds(work: Callable[[], object], device: torch.device, repeats: int) -> float:
    """The median of `repeats` runs after two that warm up."""
    times = []
    for _ in range(repeats + 2):
        begin = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times[2:])


def timed(way: Way, size: Size, device: torch.device, bf16: bool, repeats: int) -> Row:
    """One way on frames of one size."""
    cuda = device.type == "cuda"
    width, height = size
    host = torch.randint(0, 80, (1, 3, height, width), dtype=torch.uint8)
    back = torch.empty_like(host)
    if cuda:
        host, back = host.pin_memory(), back.pin_memory()
        torch.cuda.reset_peak_memory_stats()
    frame = host.to(device).float().div_(255)

    def estimate(given: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16) if bf16 else nullcontext():
            return way.estimate(given)

    def moved() -> None:
        given = host.to(device, non_blocking=True).float().div_(255)
        result = way.apply(given, estimate(given))
        back.copy_(result.clamp(0, 1).mul(255).add_(0.5).byte(), non_blocking=True)

    found = estimate(frame)
    return Row(
        way.name,
        size,
        milliseconds(lambda: estimate(frame), device, repeats),
        milliseconds(lambda: way.apply(frame, found), device, repeats),
        milliseconds(moved, device, repeats),
        torch.cuda.max_memory_allocated() if cuda else 0,
    )


def rows(given: argparse.Namespace) -> Iterable[Row]:
    """A row for each method, mode and size; a frame that memory does not hold is left out."""
    device = torch.device(given.device)
    names = given.methods.split(",") if given.methods else list(METHODS)
    for name in names:
        for way in ways(METHODS[name], device):
            for text in given.size:
                width, height = map(int, text.split("x"))
                try:
                    yield timed(way, (width, height), device, given.bf16, given.repeats)
                except torch.OutOfMemoryError:
                    print(f"| {way.name} | {text} | does not fit |")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", choices=("cpu", "cuda"))
    parser.add_argument("--size", nargs="+", default=["1920x1080", "3840x2160"])
    parser.add_argument("--methods", help="names with commas between (default: all)")
    parser.add_argument("--bf16", action="store_true", help="networks in mixed precision")
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args(arguments)
    if given.device == "cuda":
        print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    for cells in (HEAD, ("---",) * len(HEAD)):
        print(f"| {' | '.join(cells)} |")
    with torch.inference_mode():
        for row in rows(given):
            print(f"| {' | '.join(row.cells())} |", flush=True)


if __name__ == "__main__":
    main()
