"""Highlights of `natural`: what is bright keeps its drawing."""

from __future__ import annotations

import numpy as np
import torch

from nightlift.adjust import differentiable
from nightlift.learned.natural.highlights import BRIGHT, KEPT, TOP, with_highlights

SIDE, BINS = 64, 65


def room() -> torch.Tensor:
    """A dark photo (1, 3, 64, 64) of tones to 0.2, an eighth of it a window of tones from 0.4."""
    photo = torch.linspace(0.01, 0.2, SIDE).expand(1, 3, SIDE, SIDE).clone()
    photo[..., -8:] = torch.linspace(0.4, 0.9, SIDE).view(-1, 1)
    return photo.contiguous()


def even(stops: float) -> torch.Tensor:
    return torch.full((1, BINS, 4, 4), float(stops))


def test_a_window_keeps_its_drawing_and_the_room_its_light() -> None:
    photo, gains = room(), even(2.5)
    before = differentiable.light_grid(photo, gains, torch.ones(1))
    after = differentiable.light_grid(photo, with_highlights(photo, gains), torch.ones(1))
    window, dark = np.s_[0, 0, 20:-4, -4], np.s_[0, 0, :, : SIDE // 2]
    own = float(photo[window].max() - photo[window].min())
    assert before[window].max() - before[window].min() < 0.5 * own
    assert after[window].max() - after[window].min() > 0.65 * own
    assert torch.allclose(after[dark], before[dark], atol=1e-3)


def test_no_tone_rises_above_the_line_and_none_is_lowered() -> None:
    photo = room()
    places = np.sort(np.asarray(photo[0, 0]).reshape(16, 4, 16, 4).mean((1, 3)).ravel())
    bright, top = (float(places[-1 - places.size // one]) for one in (BRIGHT, TOP))
    own = torch.linspace(0, 1, BINS).square()
    for stops in (0.0, 1.0, 6.0):
        gains = with_highlights(photo, even(stops))[0, :, 0, 0]
        assert (gains >= 0).all() and (gains <= stops).all()
        lifted = 2**gains * own / (1 + (2**gains - 1) * own)
        line = 1 - KEPT * (top - own.clamp(min=bright)).clamp(min=0)
        assert (lifted <= torch.maximum(line, own) + 0.002).all()


def test_a_photo_without_lights_is_lifted_as_before() -> None:
    photo = torch.linspace(0.01, 0.1, SIDE).expand(1, 3, SIDE, SIDE).contiguous()
    dark = torch.linspace(0, 1, BINS).square() <= 0.1
    gains = with_highlights(photo, even(2))
    assert torch.equal(gains[:, dark], even(2)[:, dark])
