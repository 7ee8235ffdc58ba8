"""What is told of photos that are too dark to come out well."""

import cv2
import numpy as np
import pytest

from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo

STEPS = ("very dark: steps between its few levels may show",)
SAVED = ("too dark to save: most of what a lift shows of it is noise",)


def night(noise: float = 0.0, bits: int = 8, brighter: float = 1.0) -> Photo:
    """Broad shades of a few levels of 255, whose noise is told in levels."""
    random = np.random.default_rng(0)
    shades = cv2.GaussianBlur(random.normal(0, 1, (400, 500, 3)), (0, 0), 40)
    shades = brighter * (9 + 4 * shades / shades.std())
    levels = shades + noise * random.standard_normal(shades.shape)
    most = 2**bits - 1
    codes = (levels / 255 * most + 0.5).clip(0, most)
    return Photo(codes.astype(np.uint8 if bits == 8 else np.uint16))


@pytest.mark.parametrize("auto", [None, False])
def test_few_levels_without_noise_show_their_steps(auto: bool | None) -> None:
    enhancer = Enhancer(auto=auto)
    assert enhancer.estimate(night()).notices == STEPS
    assert enhancer.estimate(night(noise=2)).notices == ()
    assert enhancer.estimate(night(bits=16)).notices == ()
    assert not set(STEPS) & set(enhancer.estimate(night(brighter=5)).notices)


@pytest.mark.parametrize("auto", [None, False])
def test_noise_alone_is_too_dark_with_and_without_the_gate(auto: bool | None) -> None:
    noise = np.random.default_rng(0).integers(0, 4, (300, 400, 3)).astype(np.uint8)
    assert Enhancer(auto=auto).estimate(noise).notices == SAVED


def test_strips_are_told_as_a_whole_photo_is() -> None:
    photo = night()
    gathering = Enhancer(auto=False).gather(photo)
    for top in range(0, photo.height, 96):
        gathering.add(photo.pixels[top : top + 96], top)
    assert gathering.edit().notices == STEPS


def test_black_has_no_steps() -> None:
    """A drawing on black: what is black stays so, however steep its lift would be."""
    photo = night()
    photo.pixels[:, 150:] = 0
    assert Enhancer(auto=False).estimate(photo).notices != STEPS
