"""Enhancer: a photo in, an adjustment or a better photo out, by any method."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from nightlift.adjust.adjustment import Adjustment, check_strength
from nightlift.errors import UsageError
from nightlift.photo.channels import gray_of
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import LongSide, small_copy

if TYPE_CHECKING:
    from nightlift.engine import EngineName
    from nightlift.lifts import Lift, Look
    from nightlift.models.released import ReleasedModel

RECOMMENDED = "glenet-global-open"
"""What is used when no method is named: of what this package holds, the best one by looking."""

GATE_SIZE = LongSide(256)
"""The small copy that the exposure gate and the gain of the denoiser look at."""

PhotoOrPixels = TypeVar("PhotoOrPixels", Photo, Pixels)
"""What comes in comes out: a Photo, or (H, W, 3) pixels of the same type."""


@dataclass(frozen=True)
class Enhanced:
    """A result and how it came about.

    `adjustment` is what made it, at full strength (None: it was painted); `auto` is the exposure
    gate's factor (None: not asked); `strength` what was asked for.
    """

    photo: Photo
    adjustment: Adjustment | None
    method: str
    strength: float
    auto: float | None


class Enhancer:
    """One method, loaded once; safe to use from several threads.

    `method` is a name (None: the recommended one), `model` the path of any released file,
    `adjustment` one that was estimated before; `steps` the number of curve steps, `size` the long
    side in pixels of the small copy that the network sees; `threads` the processor threads used
    for one photo; `engine` as in `nightlift.engine.EngineName`; `memory` bounds in bytes what a
    network may take at a photo's own size (None: 3 GB). One that pools over a photo which is too
    large for that is approximated in tiles, and the result says so among its notices. Raises
    ModelError and UsageError.
    """

    def __init__(
        self,
        method: str | None = None,
        *,
        model: str | Path | None = None,
        adjustment: Adjustment | None = None,
        steps: int | None = None,
        size: int | None = None,
        engine: EngineName = "auto",
        device: Literal["cpu", "cuda"] = "cpu",
        threads: int | None = None,
        memory: int | None = None,
    ) -> None:
        if sum(given is not None for given in (method, model, adjustment)) > 1:
            raise UsageError("expected a method, a model file or an adjustment, got several")
        self.threads = threads
        self._lift: Lift
        if adjustment is not None:
            self._lift = _given(adjustment, threads)
        elif method is not None and (classical := _classical(method, threads)):
            self._lift = classical
        else:
            from nightlift.models.released import load
            from nightlift.released_lift import ReleasedLift

            self._lift = ReleasedLift(
                load(model) if model is not None else _found(method or RECOMMENDED),
                steps=steps,
                size=size,
                engine=engine,
                device=device,
                threads=threads,
                memory=memory,
            )
            return
        if steps is not None or size is not None:
            what = "--steps" if steps is not None else "--size"
            raise UsageError(f"{self.name} is no network: {what} does not apply to it")

    @property
    def name(self) -> str:
        """The method's name, as in `nightlift methods`."""
        return self._lift.name

    def estimate(self, photo: Photo | Pixels) -> Adjustment:
        """What is to be done to `photo`: to be applied, saved, averaged, applied elsewhere.

        For methods that paint pictures it is a bilateral grid fitted between the small copy and
        what they paint of it.
        """
        return self._lift.estimate(_as_photo(photo))

    def look(self, height: int, width: int, *, exact: bool = False) -> Look | None:
        """The small copy that `say` takes; None where a photo of this size is painted whole."""
        return self._lift.look(height, width, exact)

    def say(self, small: Floats) -> Adjustment:
        """What is to be done to the photo whose small copy this is."""
        return self._lift.say(small)

    def needed(self, height: int, width: int, *, exact: bool = False) -> int:
        """Bytes that a network takes for a photo of this size, from above."""
        return self._lift.needed(height, width, exact)

    def __call__(
        self, photo: PhotoOrPixels, strength: float = 1.0, *, exact: bool = False
    ) -> PhotoOrPixels:
        """The better photo: same size, type and metadata; the given one is left untouched.

        `strength` 0–1.5 blends on pixels, 0 is the photo bit for bit; `exact` asks for the
        network at the photo's own size, or the published resize, whichever the method has.
        """
        result = self.enhanced(_as_photo(photo), strength, exact=exact).photo
        return result if isinstance(photo, Photo) else result.pixels  # type: ignore[return-value]

    def enhanced(
        self,
        photo: Photo,
        strength: float = 1.0,
        *,
        exact: bool = False,
        auto: bool = False,
        denoise: float | None = None,
        in_place: bool = False,
    ) -> Enhanced:
        """The better photo and how it came about.

        `auto` lets the exposure gate fade the strength, and asks for chroma denoise, which acts
        where the gain is high; `denoise` 0–1 asks for chroma denoise alone; `in_place` may
        overwrite the photo's pixels.
        """
        check_strength(strength)
        amount = denoise if denoise is not None else float(auto)
        before = small_copy(photo, GATE_SIZE) if auto or amount else None
        factor = self._share(photo, before) if auto and before is not None else None
        faded = strength if factor is None else strength * factor
        if faded == 0:
            same = photo if in_place else photo.with_pixels(photo.pixels.copy())
            return Enhanced(same, None, self.name, strength, factor)
        rendered = self._lift.render(photo, faded, exact, in_place)
        better = rendered.photo
        if photo.mode == "gray":
            better = better.with_pixels(neutral(better.pixels))
        if amount and before is not None and photo.mode != "gray":
            better = self._denoised(better, before, amount)
        return Enhanced(better, rendered.adjustment, self.name, strength, factor)

    def share(self, photo: Photo) -> float:
        """How much of its enhancement the photo needs, from 0 to 1: the exposure gate's factor."""
        return self._share(photo, small_copy(photo, GATE_SIZE))

    def _share(self, photo: Photo, small: Floats) -> float:
        from nightlift.gate import gate

        return gate(small, lambda: self._lift.estimate(photo))

    def _denoised(self, photo: Photo, before: Floats, amount: float) -> Photo:
        from nightlift.restore import denoise_chroma, gain_map

        gain = turn_back(gain_map(before, small_copy(photo, GATE_SIZE)), photo.orientation)
        return photo.with_pixels(denoise_chroma(photo.pixels, gain, amount, threads=self.threads))


def enhance(
    photo: PhotoOrPixels,
    method: str | None = None,
    *,
    model: str | Path | None = None,
    strength: float = 1.0,
    exact: bool = False,
    auto: bool | None = None,
    denoise: float | None = None,
) -> PhotoOrPixels:
    """A better photo, or (H, W, 3) array of uint8, uint16 or float32 RGB: same shape and type.

    Without `method` and `model` the recommended method is used and `auto` is on: a well-lit photo
    is left as it is. See `Enhancer` for photos by the hundred. Raises ModelError and UsageError.
    """
    enhancer = Enhancer(method, model=model)
    wanted = method is None and model is None if auto is None else auto
    result = enhancer.enhanced(
        _as_photo(photo), strength, exact=exact, auto=wanted, denoise=denoise
    ).photo
    return result if isinstance(photo, Photo) else result.pixels  # type: ignore[return-value]


def _as_photo(photo: Photo | Pixels) -> Photo:
    return photo if isinstance(photo, Photo) else Photo(photo)


def neutral(pixels: Pixels) -> Pixels:
    """A gray photo's pixels stay gray, whatever a network made of them."""
    return np.repeat(gray_of(pixels)[..., np.newaxis], 3, axis=2)


def _found(name: str) -> ReleasedModel:
    """The model of this name; UsageError names the nearest method where there is none."""
    from nightlift.models.released import find, names

    if name in names():
        return find(name)
    from nightlift.classical import CLASSICAL

    known = (*CLASSICAL, *names())
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"no method is called {name!r}{hint} (there are: {', '.join(known)})")


def _given(adjustment: Adjustment, threads: int | None) -> Lift:
    from nightlift.lifts import GivenLift

    return GivenLift(adjustment, threads)


def _classical(name: str, threads: int | None) -> Lift | None:
    from nightlift.classical import CLASSICAL
    from nightlift.lifts import ClassicalLift

    return ClassicalLift(CLASSICAL[name], threads) if name in CLASSICAL else None
