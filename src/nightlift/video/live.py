"""A camera's frames as they come: estimated now and then, smoothed over time, each one edited."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from nightlift.adjust import check_strength
from nightlift.arguments import check_type, whole
from nightlift.edit import Edit, Enhancer, apply_each
from nightlift.errors import UsageError
from nightlift.metrics import thumbnail
from nightlift.photo import Floats, Photo, Pixels, is_pixels, take, to_codes
from nightlift.video.cuts import is_cut
from nightlift.video.smoothing import SETTLED


class Live:
    """A better picture of each frame, without delay; one camera each, from one thread.

    The edit is estimated from every `every`-th frame, and at once where the scene or its light
    changes; in between it moves from frame to frame towards the last estimate.

    Args:
        enhancer: What estimates; None: `Enhancer()`.
        every: Frames between two estimates.
        smooth: Frames after which a change has settled; 0: at once.
        strength: 0 to 1.5.
        bgr: Whether colors come, and go, in the order of OpenCV.
        threads: Processor threads for each frame; None: all.

    Raises:
        ModelError: The default's model is missing.
        UsageError: A number is out of its range.
    """

    def __init__(
        self,
        enhancer: Enhancer | None = None,
        *,
        every: int = 10,
        smooth: int = 30,
        strength: float = 1.0,
        bgr: bool = False,
        threads: int | None = None,
    ) -> None:
        if enhancer is not None:
            check_type(enhancer, Enhancer, "an enhancer such as nightlift.Enhancer('lime')")
        smooth = whole(smooth, "frames to smooth over", 0)
        self.edit: Edit | None = None
        self._enhancer = enhancer or Enhancer()
        self._every = whole(every, "frames between two estimates", 1)
        self._strength, self._bgr = check_strength(strength), bgr
        self._threads = None if threads is None else whole(threads, "threads", 1)
        self._step = 1.0 if smooth == 0 else 1 - math.exp(-SETTLED / smooth)
        self._settled = 2 * smooth
        self._target: Edit | None = None
        self._age = 0
        self._before: Floats | None = None
        self._size: tuple[int, ...] = ()
        self._buffer: Pixels = np.empty((0, 0, 3), np.uint8)

    def __call__(self, frame: Any, out: Pixels | None = None) -> Any:
        """The next frame after the edit of this moment.

        Args:
            frame: (H, W, 3) uint8, uint16 or float32 in [0, 1], or one picture of any other kind
                that an enhancer takes; left untouched.
            out: Where the result of an array goes, of the same shape and type; None: into memory
                that the next call uses again, so copy what is to be kept.

        Returns:
            The result, of the frame's kind.

        Raises:
            UsageError: The frame is of another shape, type or range.
        """
        if not (isinstance(frame, np.ndarray) and is_pixels(frame)):
            return self._other(frame, out)
        photo = Photo(self._taken(to_codes(frame), out))
        edit = self._edit_for(photo)
        done = edit.on(photo, self._threads).whole(in_place=True).pixels
        return self._given(done, photo.pixels)

    def _other(self, frame: Any, out: Pixels | None) -> Any:
        """A frame that is no array of pixels: by way of a copy."""
        taken = take(frame, bgr=self._bgr)
        photo = taken.one("for each frame")
        if out is not None:
            raise UsageError("out is for frames of shape (H, W, 3) in uint8, uint16 or float32")
        return apply_each([self._edit_for(photo)], taken, threads=self._threads)

    def _taken(self, codes: Pixels, out: Pixels | None) -> Pixels:
        """The frame in memory that may be changed, in RGB."""
        if out is None:
            if self._buffer.shape != codes.shape or self._buffer.dtype != codes.dtype:
                self._buffer = np.empty(codes.shape, codes.dtype)
            out = self._buffer
        elif out.shape != codes.shape or out.dtype != codes.dtype:
            raise UsageError(
                f"expected out of {codes.shape} {codes.dtype}, got {out.shape} {out.dtype}"
            )
        np.copyto(out, cv2.cvtColor(codes, cv2.COLOR_BGR2RGB) if self._bgr else codes)
        return out

    def _given(self, done: Pixels, out: Pixels) -> Pixels:
        if self._bgr:
            done = np.asarray(cv2.cvtColor(done, cv2.COLOR_RGB2BGR))
        if done is not out:
            np.copyto(out, done)
        return out

    def _edit_for(self, photo: Photo) -> Edit:
        """The edit of this moment, a step nearer to the last estimate."""
        self._age += 1
        if self._changed(photo.pixels) or self._target is None or self.edit is None:
            self._target = self.edit = self._estimated(photo)
        elif self._age >= self._every:
            self._target = self._estimated(photo)
        if self._age >= self._settled:
            self.edit = self._target
        else:
            mean = Edit.mean([self.edit, self._target], [1 - self._step, self._step])
            self.edit = replace(mean, noise=self._target.noise)
        return self.edit

    def _changed(self, pixels: Pixels) -> bool:
        """Whether the frame belongs to another scene, or has another size, than the one before."""
        before, self._before = self._before, thumbnail(pixels)
        resized, self._size = pixels.shape != self._size, pixels.shape
        return before is None or resized or is_cut(before, self._before)

    def _estimated(self, photo: Photo) -> Edit:
        """The edit of a frame, whose noise stands for that of the frames to come."""
        self._age = 0
        edit = self._enhancer.estimate(photo, self._strength, paint=False)
        noise = None if edit.noise is None else edit.noise._replace(photo=None)
        return replace(edit, noise=noise)
