"""Fine denoising: a small network goes over what the fast denoiser left, in tiles.

It sees the lifted picture, the fast denoiser's result and how much noise there is at each place,
works at a quarter of the size, and says what is to be added to the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nightlift.adjust import to_floats
from nightlift.arguments import number
from nightlift.denoise.definition import Place, luma_and_chroma, noise_at
from nightlift.denoise.denoiser import Denoiser
from nightlift.photo import Floats, Pixels, from_floats
from nightlift.processor import cores

NETWORK = Path(__file__).with_name("fine.onnx")

BLOCK = 4
"""Pixels along a side that become channels of one place."""

TILE_ROWS, TILE_COLUMNS = 256, 512
"""Of a tile, in pixels; tiles lie at fixed places of the photo, so that strips give the same."""

REACH = 48
"""Pixels beyond its own that a tile's result depends on: nine convolutions of 3 × 3 places, and the
local mean that is taken from what they say."""

TRUSTED = 0.5
"""Share of what the network says that counts. It learned on the noise of a synthetic camera, where
all of it is best; half gives the highest PSNR on pairs of exposures, and on LOL's, whose noise the
network takes for detail in part, the same SSIM as none (docs/default.md)."""

SEEN = 0.5 / 255
"""Noise after the lift from which the network's whole word counts; at none nothing does."""


class FineDenoiser:
    """Takes the noise from a lifted photo by a network; otherwise like `Denoiser`.

    Args:
        fast: What takes most of it, at its full amount.
        amount: How much of what both found is taken away, from 0 to 1.
    """

    halo = Denoiser.halo + REACH + TILE_ROWS
    """Rows above and below a strip that its result depends on, at most."""

    def __init__(self, fast: Denoiser, amount: float = 1.0) -> None:
        self._fast = fast
        self._amount = number(amount, "a denoise amount", 0, 1)

    @property
    def active(self) -> bool:
        """Whether anything is changed anywhere."""
        return self._amount > 0 and self._fast.active

    def apply(self, pixels: Pixels, *, threads: int | None = None) -> Pixels:
        """The lifted photo without its noise.

        Args:
            pixels: (H, W, 3), the whole photo after the lift.
            threads: Processor threads; None: all.

        Returns:
            New pixels of the same shape and type.
        """
        return self.apply_rows([pixels], 0, 0, len(pixels), len(pixels), threads=threads)

    def apply_rows(
        self,
        strips: Sequence[Pixels],
        first: int,
        top: int,
        bottom: int,
        height: int,
        *,
        threads: int | None = None,
    ) -> Pixels:
        """Rows of the denoised photo; see `Denoiser.apply_rows`.

        Args:
            strips: Lifted rows (h, W, 3), one array below the other.
            first: Which row of the photo is the first of them.
            top: The first row that is wanted.
            bottom: The row after the last one.
            height: Rows of the photo.
            threads: Processor threads; None: all.

        Returns:
            (bottom - top, W, 3) new pixels of the same type.
        """
        if not self.active:
            return np.concatenate(strips)[top - first : bottom - first]
        rows = strips[0] if len(strips) == 1 else np.concatenate(strips)
        out: Pixels = np.empty((bottom - top, *rows.shape[1:]), rows.dtype)
        for start in range(top // TILE_ROWS * TILE_ROWS, bottom, TILE_ROWS):
            begin, end = max(0, start - REACH), min(height, start + TILE_ROWS + REACH)
            fast = self._fast.apply_rows([rows], first, begin, end, height, threads=threads)
            lifted = rows[begin - first : end - first]
            result = self._band(lifted, fast, begin, start, height, threads or cores())
            above, below = max(top, start), min(bottom, start + TILE_ROWS)
            out[above - top : below - top] = result[above - start : below - start]
        return out

    def _band(
        self, lifted: Pixels, fast: Pixels, begin: int, start: int, height: int, threads: int
    ) -> Pixels:
        """Rows `start` on of one row of tiles, from rows `begin` on."""
        width = lifted.shape[1]
        rows = min(TILE_ROWS, height - start)
        out: Pixels = np.empty((rows, width, 3), lifted.dtype)
        for left in range(0, width, TILE_COLUMNS):
            first, last = max(0, left - REACH), min(width, left + TILE_COLUMNS + REACH)
            tile = self._tile(
                lifted[:, first:last], fast[:, first:last], (begin, first), (height, width), threads
            )
            columns = min(TILE_COLUMNS, width - left)
            inside = tile[start - begin :, left - first :][:rows, :columns]
            out[:, left : left + columns] = from_floats(inside, lifted.dtype)
        return out

    def _tile(
        self,
        lifted: Pixels,
        fast: Pixels,
        corner: tuple[int, int],
        size: tuple[int, int],
        threads: int,
    ) -> Floats:
        """The whole of a tile with its surroundings, unrounded."""
        before, after = to_floats(lifted), to_floats(fast)
        noise = self._noise(before, corner, size)
        added = np.zeros_like(after)
        if noise.any():
            ports = {
                "lifted": _planes(_blocks(before)),
                "fast": _planes(_blocks(after)),
                "noise": noise[None],
            }
            found = _session(threads).run(None, ports)[0][0].transpose(1, 2, 0)
            added = found[: after.shape[0], : after.shape[1]]
            if not np.any(before - before[..., :1]):
                added = np.repeat(added.mean(2, keepdims=True), 3, axis=2)
            counts = np.minimum(noise[0] * np.float32(1 / SEEN), 1) * np.float32(TRUSTED)
            share = counts.repeat(BLOCK, 0).repeat(BLOCK, 1)[: after.shape[0], : after.shape[1]]
            added = added * share[..., None]
        change = (after + added - before) * np.float32(self._amount)
        return np.asarray(np.clip(before + change, 0, 1), np.float32)

    def _noise(self, lifted: Floats, corner: tuple[int, int], size: tuple[int, int]) -> Floats:
        """(2, h, w): noise of luma and chroma after the lift, for each block."""
        blocks = _blocks(lifted)
        height, width = (side // BLOCK for side in blocks.shape[:2])
        luma = luma_and_chroma(blocks)[0].reshape(height, BLOCK, width, BLOCK).mean((1, 3))
        down, across = (
            np.arange(n) + at // BLOCK for n, at in zip(luma.shape, corner, strict=True)
        )
        plan = self._fast.plan
        place = Place(corner[0] // BLOCK, size, 2)
        return np.stack([noise_at(down, across, luma, part, place, plan) for part in (0, 1)])


def _blocks(pixels: Floats) -> Floats:
    """Whole blocks: the last row and column again where they are missing."""
    missing = [(0, -side % BLOCK) for side in pixels.shape[:2]]
    return np.pad(pixels, (*missing, (0, 0)), mode="edge")


def _planes(pixels: Floats) -> Floats:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


@cache
def _session(threads: int) -> Any:
    """The network, ready to run on so many threads; safe to use from several."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(NETWORK), options, providers=["CPUExecutionProvider"])
