"""A released model as a way to lift a photo: estimate small and apply, or the network itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nightlift.adjust.adjustment import Adjustment, from_floats, to_floats
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.fit import fit
from nightlift.adjust.tone_table import ToneTable
from nightlift.engine import Device, Engine, EngineName
from nightlift.errors import UsageError
from nightlift.lifts import Rendered, adjusted, in_working_space
from nightlift.models.passport import Guide, Passport
from nightlift.models.released import ReleasedModel
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import LongSide, OwnSize, Resize, SizeRule, small_copy
from nightlift.tiles import Patch, Place, run_padded

WHOLE_PIXELS = 1_000_000
"""Up to this many pixels a network that paints pictures paints the photo itself."""

LARGEST_TILE = 512

TILE_BYTES_A_PIXEL = 2048
"""Activations of the networks at hand for one pixel, from above: it turns memory into tiles."""


class ReleasedLift:
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
        self._size = _size_rule(passport, size)
        self._steps = _steps(passport, steps)
        self._threads = threads
        self._tile = _tile_side(memory)
        self._engine = Engine(model, engine, device, threads)

    def estimate(self, photo: Photo) -> Adjustment:
        """The network's word on a small copy; a fitted grid where it paints."""
        return self._estimate(photo, self._size, self.passport.resize)

    def render(self, photo: Photo, strength: float, exact: bool, in_place: bool) -> Rendered:
        """The photo, adjusted, or painted by the network at the photo's own size."""
        passport = self.passport
        own = isinstance(passport.exact_size, OwnSize)
        small_enough = photo.height * photo.width <= WHOLE_PIXELS
        if own and (exact or (passport.kind == "picture" and small_enough)):
            return Rendered(self._at_own_size(photo, strength), None)
        if exact:
            adjustment = self._estimate(photo, passport.exact_size, passport.exact_resize)
        else:
            adjustment = self.estimate(photo)
        return adjusted(photo, adjustment, strength, in_place, self._threads)

    def _estimate(self, photo: Photo, size: SizeRule, resize: Resize) -> Adjustment:
        small = small_copy(photo, size, resize)
        if self.passport.kind != "picture":
            return self._adjustment(self._engine.run(small))
        return fit(small, _as_picture(self._whole(small)))

    def _adjustment(self, output: Floats) -> Adjustment:
        """The adjustment that a model's raw output says."""
        passport = self.passport
        if passport.kind == "tone_table":
            return ToneTable(output)
        if passport.kind == "curve_map":
            maps = output.reshape(-1, 3, *output.shape[1:]).transpose(0, 2, 3, 1)
            return CurveMap(self._first_maps(maps), self._steps or len(maps), passport.alignment)
        _, bins, rows, columns = output.shape
        cells = output.reshape(3, 4, bins, rows, columns).transpose(3, 4, 2, 0, 1)
        mode = passport.grid_mode or "affine"
        return BilateralGrid(np.ascontiguousarray(cells), mode, _guide(passport.guide))

    def _first_maps(self, maps: Floats) -> Floats:
        """As many maps as steps are asked for; one map serves all steps."""
        if self._steps is None or len(maps) == 1:
            return np.ascontiguousarray(maps)
        if self._steps > len(maps):
            raise UsageError(f"{self.name} has {len(maps)} curve steps, got --steps {self._steps}")
        return np.ascontiguousarray(maps[: self._steps])

    def _at_own_size(self, photo: Photo, strength: float) -> Photo:
        """The network at the photo's own size, piece by piece where its halo is known."""
        seen = turn(photo.pixels, photo.orientation)
        profile = photo.icc if photo.mode == "rgb" else None

        def patch(top: int, bottom: int, left: int, right: int) -> Floats:
            tile = np.ascontiguousarray(seen[top:bottom, left:right])
            return small_copy(Photo(tile, icc=profile), OwnSize())

        def act(pixels: Pixels) -> Pixels:
            result = np.empty_like(pixels)
            upright, done = (turn(each, photo.orientation) for each in (pixels, result))
            for place, output in self._pieces(patch, *seen.shape[:2]):
                piece = np.ascontiguousarray(upright[place])
                done[place] = self._act(piece, output, strength)
            return result

        return in_working_space(photo, act)

    def _pieces(self, patch: Patch, height: int, width: int) -> Iterator[tuple[Place, Floats]]:
        halo, multiple = self.passport.halo, self.passport.multiple
        return run_padded(
            self._engine, patch, height, width, halo=halo, multiple=multiple, tile=self._tile
        )

    def _whole(self, picture: Floats) -> Floats:
        """One run on a small picture, padded to what the network divides by."""
        height, width = picture.shape[:2]

        def patch(top: int, bottom: int, left: int, right: int) -> Floats:
            return picture[top:bottom, left:right]

        pieces = run_padded(
            self._engine, patch, height, width, halo=None, multiple=self.passport.multiple
        )
        return next(iter(pieces))[1]

    def _act(self, pixels: Pixels, output: Floats, strength: float) -> Pixels:
        """One piece of the photo after the network's word on it."""
        if self.passport.kind != "picture":
            return self._adjustment(output).apply(pixels, strength, threads=self._threads)
        x = to_floats(pixels)
        y = x + np.float32(strength) * (_as_picture(output) - x)
        return from_floats(np.clip(y, 0.0, 1.0), pixels.dtype)


def _as_picture(output: Floats) -> Floats:
    return np.ascontiguousarray(output.transpose(1, 2, 0))


def _guide(guide: Guide | None) -> PointwiseGuide | None:
    if guide is None:
        return None
    w1, b1, w2 = (np.asarray(part, np.float32) for part in (guide.w1, guide.b1, guide.w2))
    return PointwiseGuide(w1, b1, w2, guide.b2)


def _size_rule(passport: Passport, size: int | None) -> SizeRule:
    if size is None:
        return passport.size
    if not isinstance(passport.size, LongSide):
        raise UsageError(f"{passport.method} has a fixed small copy: --size does not apply")
    return LongSide(size)


def _steps(passport: Passport, steps: int | None) -> int | None:
    if steps is not None and passport.kind != "curve_map":
        raise UsageError(f"{passport.method} has no curve steps: --steps does not apply")
    return steps or passport.steps


def _tile_side(memory: int | None) -> int:
    """The side of the tiles of exact mode that fit in so many bytes."""
    if memory is None:
        return LARGEST_TILE
    side = int((memory / TILE_BYTES_A_PIXEL) ** 0.5) // 16 * 16
    return max(64, min(side, LARGEST_TILE))
