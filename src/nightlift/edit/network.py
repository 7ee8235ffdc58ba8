"""A released model as an estimator: an adjustment from a small copy, or a painted picture."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from nightlift import adjust  # whose kinds are imported for a model that needs them
from nightlift.adjust import Adjustment, Estimator, in_working_space, to_floats
from nightlift.arguments import whole
from nightlift.edit.devices import Device
from nightlift.edit.engine import Engine, EngineName
from nightlift.edit.tiles import Patch, Place, run_padded, run_whole
from nightlift.errors import UsageError
from nightlift.models import Guide, Passport, ReleasedModel
from nightlift.photo import (
    FixedSize,
    Floats,
    LongSide,
    OwnSize,
    Photo,
    Pixels,
    SizeRule,
    SmallCopy,
    copy_size,
    from_floats,
    small_copy,
    turn,
)

WHOLE_PIXELS = 1_000_000
"""Up to this many pixels a network that paints pictures paints the photo itself."""

SMALLEST_TILE, LARGEST_TILE = 64, 512

POOLED_PIXELS = 250_000
"""Of the copy that pooled numbers are taken from where the photo cannot be run whole."""

MEMORY = 3_000_000_000
"""Bytes that a network may take unless said otherwise: a megapixel whole for those at hand."""


class Network(Estimator):
    """A released model, loaded once; see `Enhancer` for the arguments."""

    def __init__(
        self,
        model: ReleasedModel,
        *,
        steps: int | None,
        size: int | None,
        engine: EngineName,
        device: Device,
        threads: int | None,
        memory: int | None,
    ) -> None:
        passport = model.passport
        self.passport = passport
        self.name = passport.method
        self.version = model.sha256
        self.holds_black = passport.kind == "light_grid"
        self._size = _size_rule(passport, size)
        self._steps = _steps(passport, steps)
        asked = {"steps": steps, "size": size, "engine": None if engine == "auto" else engine}
        self.options = {key: value for key, value in asked.items() if value is not None}
        self._lock = threading.Lock()
        self._in_float32: Network | None = None
        self._threads = threads
        self._memory = MEMORY if memory is None else memory
        self._tile = _tile_side(passport, self._memory)
        self._engine = Engine(model, engine, device, threads)

    def in_float32(self) -> Network:
        """The same network in float32, whatever is installed; an engine that was named stays."""
        if "engine" in self.options:
            return self
        with self._lock:
            if self._in_float32 is None:
                self._in_float32 = self._on_onnxruntime()
            return self._in_float32

    def _on_onnxruntime(self) -> Network:
        own = copy.copy(self)
        own.options = {**self.options, "engine": "onnxruntime"}
        if self._engine.name != "onnxruntime":
            own._engine = Engine(self._engine.model, threads=self._threads)
        return own

    def small_copy(self) -> SmallCopy:
        """The network's small copy."""
        return SmallCopy(self._size, self.passport.resize)

    def exact_copy(self) -> SmallCopy | None:
        """The small copy for the published result; None where the network sees the photo itself."""
        size = self.passport.exact_size
        return None if isinstance(size, OwnSize) else SmallCopy(size, self.passport.exact_resize)

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether the network sees a photo of this size itself."""
        passport = self.passport
        small_enough = passport.kind == "picture" and height * width <= WHOLE_PIXELS
        return isinstance(passport.exact_size, OwnSize) and (exact or small_enough)

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Bytes that the network takes for a photo of this size."""
        if not self.paints(height, width, exact):
            size = self.passport.exact_size if exact else self._size
            height, width = copy_size(height, width, size)
        elif not self._runs_whole(height, width):
            side = self._tile + 2 * (self.passport.halo or 0)
            height, width = min(side, height), min(side, width)
        return height * width * self.passport.bytes_a_pixel

    def _runs_whole(self, height: int, width: int) -> bool:
        """Whether the network sees all of a photo at once: it must, or pools over it and can."""
        passport = self.passport
        fits = height * width * passport.bytes_a_pixel <= self._memory
        return passport.halo is None or (passport.pooled > 0 and fits)

    def predict(self, small: Floats) -> Adjustment:
        """The network's word on a small copy; a fitted grid where it paints."""
        if self.passport.kind == "lut3d":
            said = self._engine.outputs(small)
            cube = np.ascontiguousarray(np.moveaxis(said["parameters"], 0, -1))
            return self._kept(adjust.Lut3D(cube, said.get("table")))
        if self.passport.kind != "picture":
            first = self._first(lambda: small)
            seen = small if first is None else first.of(small)
            return self._kept(self._adjustment(self._engine.run(seen), first))
        said = run_whole(self._engine, small, self.passport.multiple)
        painted = _as_picture(said["parameters"])
        if "table" not in said:
            return self._kept(adjust.fit(small, painted))
        # A grid over the table's own curve would smooth what the table says of each intensity.
        table = adjust.ToneTable(said["table"])
        return self._kept(
            adjust.Chain((table, adjust.fit(table.evaluate(small, 0, len(small)), painted)))
        )

    def _kept(self, adjustment: Adjustment) -> Adjustment:
        """The adjustment, with the hue kept where the passport says so."""
        return adjustment if self.passport.hue is None else adjust.HueKept(adjustment)

    def _first(self, small: Callable[[], Floats]) -> adjust.Power | None:
        """The power that the photo with this small copy takes before the network sees it."""
        target = self.passport.power_to
        return None if target is None else adjust.Power.to(small(), target)

    def _adjustment(self, output: Floats, first: adjust.Power | None) -> Adjustment:
        """The adjustment that a model's raw output says."""
        passport = self.passport
        if passport.kind == "tone_table":
            return adjust.ToneTable(output)
        if passport.kind == "curve_map":
            maps = output.reshape(-1, 3, *output.shape[1:]).transpose(0, 2, 3, 1)
            steps = self._steps or len(maps)
            curves = adjust.CurveMap(self._first_maps(maps), steps, passport.alignment)
            return curves if first is None else first.then(curves)
        if passport.kind == "light_grid":
            return adjust.LightGrid.from_output(output)
        _, bins, rows, columns = output.shape
        cells = output.reshape(3, 4, bins, rows, columns).transpose(3, 4, 2, 0, 1)
        mode = passport.grid_mode or "affine"
        least = adjust.LEAST_LIGHT if passport.least_light is None else passport.least_light
        return adjust.BilateralGrid(
            np.ascontiguousarray(cells), mode, _guide(passport.guide), least
        )

    def _first_maps(self, maps: Floats) -> Floats:
        """As many maps as steps are asked for; one map serves all steps."""
        if self._steps is None or len(maps) == 1:
            return np.ascontiguousarray(maps)
        if self._steps > len(maps):
            raise UsageError(f"{self.name} has {len(maps)} curve steps, got steps {self._steps}")
        return np.ascontiguousarray(maps[: self._steps])

    def pooled(self, photo: Photo) -> Floats | None:
        """What the network gathers from a small copy, where it cannot see all of the photo."""
        height, width = turn(photo.pixels, photo.orientation).shape[:2]
        if not self.passport.pooled or self._runs_whole(height, width):
            return None
        return self._pooled(photo, height, width)

    def paint(
        self, photo: Photo, strength: float, pooled: Floats | None, threads: int | None
    ) -> Photo:
        """The network at the photo's own size, piece by piece where its halo is known.

        `pooled` is what the method of this name gave for the photo.
        """
        seen = turn(photo.pixels, photo.orientation)
        height, width = seen.shape[:2]
        profile = photo.icc if photo.mode == "rgb" else None
        first = self._first(lambda: small_copy(photo, self._size))

        def patch(top: int, bottom: int, left: int, right: int) -> Floats:
            tile = np.ascontiguousarray(seen[top:bottom, left:right])
            floats = small_copy(Photo(tile, icc=profile), OwnSize())
            return floats if first is None else first.of(floats)

        whole = self._runs_whole(height, width)

        def act(pixels: Pixels) -> Pixels:
            result = np.empty_like(pixels)
            upright, done = (turn(each, photo.orientation) for each in (pixels, result))
            for place, output in self._pieces(patch, height, width, whole, pooled):
                piece = np.ascontiguousarray(upright[place])
                done[place] = self._act(piece, output, first, strength)
            return result

        done = in_working_space(photo, act)
        if pooled is None:
            return done
        return replace(done, notices=(*done.notices, self._approximate(height, width)))

    def _pieces(
        self, patch: Patch, height: int, width: int, whole: bool, given: Floats | None
    ) -> Iterator[tuple[Place, Floats]]:
        return run_padded(
            self._engine,
            patch,
            height,
            width,
            halo=None if whole else self.passport.halo,
            multiple=self.passport.multiple,
            tile=self._tile,
            given=given,
        )

    def _pooled(self, photo: Photo, height: int, width: int) -> Floats:
        """What the network gathers from a small copy of an upright photo of this size."""
        multiple = self.passport.multiple
        scale = min(1.0, (POOLED_PIXELS / (height * width)) ** 0.5)
        rows, columns = (
            max(multiple, int(scale * side) // multiple * multiple) for side in (height, width)
        )
        return self._engine.outputs(small_copy(photo, FixedSize(rows, columns)))["pooled"]

    def _approximate(self, height: int, width: int) -> str:
        needed = height * width * self.passport.bytes_a_pixel
        return (
            f"approximate: what {self.name} pools over the whole photo comes from a small copy, "
            f"since all of it would take {needed / 1e9:.1f} GB of memory, and "
            f"{self._memory / 1e9:.1f} are allowed"
        )

    def _act(
        self, pixels: Pixels, output: Floats, first: adjust.Power | None, strength: float
    ) -> Pixels:
        """One piece of the photo after the network's word on it."""
        if self.passport.kind != "picture":
            adjustment = self._kept(self._adjustment(output, first))
            return adjustment.apply(pixels, strength, threads=self._threads)
        x, painted = to_floats(pixels), _as_picture(output)
        if self.passport.hue is not None:
            painted = adjust.keep_hue(x, np.clip(painted, 0.0, 1.0))
        y = x + np.float32(strength) * (painted - x)
        return from_floats(np.clip(y, 0.0, 1.0), pixels.dtype)


def _as_picture(output: Floats) -> Floats:
    return np.ascontiguousarray(output.transpose(1, 2, 0))


def _guide(guide: Guide | None) -> adjust.PointwiseGuide | None:
    if guide is None:
        return None
    w1, b1, w2 = (np.asarray(part, np.float32) for part in (guide.w1, guide.b1, guide.w2))
    return adjust.PointwiseGuide(w1, b1, w2, guide.b2)


def _size_rule(passport: Passport, size: int | None) -> SizeRule:
    if size is None:
        return passport.size
    if not isinstance(passport.size, LongSide):
        raise UsageError(f"{passport.method} has a small copy of a fixed size: size does not apply")
    return LongSide(whole(size, "pixels", 1))


def _steps(passport: Passport, steps: int | None) -> int | None:
    if steps is not None and passport.kind != "curve_map":
        raise UsageError(f"{passport.method} has no curve steps: steps do not apply")
    return passport.steps if steps is None else whole(steps, "curve steps", 1)


def _tile_side(passport: Passport, memory: int) -> int:
    """The side of what a tile contributes, so that a tile and its halo fit in so many bytes."""
    seen = int((memory / passport.bytes_a_pixel) ** 0.5)
    side = (seen - 2 * (passport.halo or 0)) // 16 * 16
    return max(SMALLEST_TILE, min(side, LARGEST_TILE))
