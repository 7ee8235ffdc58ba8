"""Augmentation: alike for photo and target, reproducible, inside its ranges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nightlift.data import augment
from nightlift.errors import UsageError

from .conftest import draw

STEPS = {
    "crop": lambda rng, pictures: augment.crop(rng, pictures, 32, 40),
    "crop_share": augment.crop_share,
    "resize_crop": lambda rng, pictures: augment.resize_crop(rng, pictures, 64, 48, full=(80, 90)),
    "flip": augment.flip,
    "flip_upright": augment.flip_upright,
    "half_turn": augment.half_turn,
    "rotate": augment.rotate,
    "crop_flip_rotate": augment.crop_flip_rotate,
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("seed", range(5))
def test_photo_and_target_stay_aligned(name: str, seed: int) -> None:
    photo = draw(seed)
    before = photo.copy()
    first, second = STEPS[name](np.random.default_rng(seed), (photo, 255 - photo))
    assert np.abs(first.astype(int) + second - 255).max() <= 1
    assert np.array_equal(photo, before)
    (again,) = STEPS[name](np.random.default_rng(seed), (photo,))
    assert np.array_equal(first, again)
    (floats,) = STEPS[name](np.random.default_rng(seed), (photo.astype(np.float32) / 255,))
    assert floats.dtype == np.float32
    assert np.abs(floats * 255 - first).max() <= 1.01


@pytest.mark.parametrize("step", [augment.flip, augment.flip_upright, augment.half_turn])
def test_probabilities(step: augment.Step) -> None:
    rng = np.random.default_rng(0)
    photo = draw(1, 6, 8)
    changed = sum(not np.array_equal(step(rng, (photo,))[0], photo) for _ in range(400))
    assert 150 < changed < 250


def test_flips_and_turns_are_what_they_say() -> None:
    rng, photo = np.random.default_rng(0), draw(1, 6, 8)
    assert np.array_equal(augment.flip(rng, (photo,), 1.0)[0], np.fliplr(photo))
    assert np.array_equal(augment.flip_upright(rng, (photo,), 1.0)[0], np.flipud(photo))
    assert np.array_equal(augment.half_turn(rng, (photo,), 1.0)[0], np.rot90(photo, 2))
    assert augment.flip(rng, (photo,), 0.0)[0] is photo


def test_gray_keeps_luma_alone() -> None:
    photo = draw(1)
    luma = photo @ np.array([0.299, 0.587, 0.114])
    (gray,) = augment.gray((photo,))
    assert np.abs(gray - luma[..., None]).max() <= 1
    assert (gray == gray[..., :1]).all()


def test_crops_reach_every_place() -> None:
    rng = np.random.default_rng(0)
    photo = np.arange(9, dtype=np.float32).reshape(3, 3, 1).repeat(3, axis=2)
    found = {float(augment.crop(rng, (photo,), 1, 1)[0][0, 0, 0]) for _ in range(300)}
    assert found == set(range(9))


def test_a_small_picture_is_enlarged_just_enough() -> None:
    rng = np.random.default_rng(0)
    (found,) = augment.crop(rng, (draw(1, 30, 90),), 60, 60)
    expected = cv2.resize(draw(1, 30, 90), (180, 60), interpolation=cv2.INTER_LINEAR)
    places = [expected[:, left : left + 60] for left in range(121)]
    assert any(np.array_equal(found, place) for place in places)


def test_shares_of_the_sides() -> None:
    rng = np.random.default_rng(0)
    photo = np.zeros((1000, 2000, 3), np.uint8)
    shapes = np.array([augment.crop_share(rng, (photo,))[0].shape for _ in range(200)])
    for shares in (shapes[:, 0] / 1000, shapes[:, 1] / 2000):
        assert 0.75 <= shares.min() < 0.77
        assert 0.93 < shares.max() <= 0.95
    with pytest.raises(UsageError, match="shares"):
        augment.crop_share(rng, (photo,), 0.9, 0.8)


def test_resize_crop_has_the_published_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    plain = augment.resize

    def spy(pictures: augment.Pictures, height: int, width: int) -> augment.Pictures:
        seen.append((height, width))
        return plain(pictures, height, width)

    monkeypatch.setattr(augment, "resize", spy)
    rng = np.random.default_rng(0)
    for _ in range(60):
        (found,) = augment.resize_crop(rng, (draw(1),), 256, 256)
        assert found.shape == (256, 256, 3)
    heights = np.array(seen)[:, 0] / 400
    assert 1 <= heights.min() < 1.05
    assert 1.35 < heights.max() <= 1.4
    assert np.abs(np.array(seen)[:, 1] / 600 - heights).max() < 0.002


def test_rotation_keeps_the_center_and_no_black_corner() -> None:
    rng = np.random.default_rng(3)
    photo = np.full((61, 81, 3), 200, np.uint8)
    photo[30, 40] = 50
    (found,) = augment.rotate(rng, (photo,), 15)
    assert found.shape == photo.shape
    assert found[30, 40, 0] == 50
    assert np.delete(found.reshape(-1, 3), 30 * 81 + 40, axis=0).min() > 100


def test_angles_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    angles = []
    plain = cv2.getRotationMatrix2D

    def spy(center: tuple[float, float], angle: float, scale: float) -> np.ndarray:
        angles.append(angle)
        return plain(center, angle, scale)

    monkeypatch.setattr(augment.cv2, "getRotationMatrix2D", spy)
    rng = np.random.default_rng(0)
    for _ in range(1000):
        augment.rotate(rng, (draw(1, 8, 8),), probability=0.1)
    assert 60 < len(angles) < 140
    assert -15 <= min(angles) < -12
    assert 12 < max(angles) <= 15


def test_the_order_is_random_and_sometimes_nothing_happens() -> None:
    def plus(rng: np.random.Generator, pictures: augment.Pictures) -> augment.Pictures:
        return tuple(picture + 1 for picture in pictures)

    def double(rng: np.random.Generator, pictures: augment.Pictures) -> augment.Pictures:
        return tuple(picture * 2 for picture in pictures)

    rng = np.random.default_rng(0)
    one = np.ones((1, 1, 3), np.float32)
    results = [
        float(augment.in_random_order(rng, (one,), (plus, double), 0.9)[0][0, 0, 0])
        for _ in range(500)
    ]
    assert set(results) == {1.0, 3.0, 4.0}
    assert 25 < results.count(1.0) < 80
    assert abs(results.count(3.0) - results.count(4.0)) < 80


def test_vary_divides_by_two_to_four() -> None:
    rng = np.random.default_rng(0)
    one = np.ones((2, 2, 3), np.float32)
    factors = np.array([1 / augment.vary(rng, (one,))[0][0, 0, 0] for _ in range(400)])
    varied = factors[factors > 1.5]
    assert 150 < len(varied) < 250
    assert varied.min() + 1e-5 >= 2
    assert varied.max() <= 4 + 1e-5
    assert varied.max() - varied.min() > 1.8
    (bytes_,) = augment.vary(rng, (np.full((2, 2, 3), 200, np.uint8),), 4, 4, 1.0)
    assert (bytes_.dtype, int(bytes_[0, 0, 0])) == (np.uint8, 50)


def test_resize_is_by_area_or_bilinear() -> None:
    photo = draw(1, 60, 80)
    (small,) = augment.resize((photo,), 30, 40)
    mean = photo.reshape(30, 2, 40, 2, 3).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 0.51
    (large,) = augment.resize((photo,), 90, 100)
    assert np.array_equal(large, cv2.resize(photo, (100, 90), interpolation=cv2.INTER_LINEAR))
    assert augment.resize((photo,), 60, 80)[0] is photo


def test_pictures_of_unequal_size_are_refused() -> None:
    with pytest.raises(UsageError, match="one size"):
        augment.crop(np.random.default_rng(0), (draw(1), draw(1, 70)), 8, 8)
