"""Near duplicates are found through encoding and brightness, and different pictures are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.data.leakage import DISTANCE, Near, near_duplicates, perceptual_hash
from nightlift.data.pictures import small_gray
from nightlift.errors import UsageError

from .conftest import Place, draw


def gray(pixels: np.ndarray) -> np.ndarray:
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA)


def bits(first: int, second: int) -> int:
    return (first ^ second).bit_count()


@pytest.mark.parametrize("seed", range(6))
def test_a_changed_copy_stays_near(seed: int) -> None:
    scene = draw(seed, 240, 320)
    original = perceptual_hash(gray(scene))
    _, coded = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 40])
    bright = (255 * (scene / 255.0) ** 0.45).astype(np.uint8)
    noisy = np.random.default_rng(seed).normal(scene // 6, 3).clip(0, 255).astype(np.uint8)
    copies = [cv2.imdecode(coded, 1), bright, noisy, cv2.resize(scene, (200, 150)), scene[3:, 4:]]
    assert all(bits(original, perceptual_hash(gray(copy))) <= DISTANCE for copy in copies)


def test_different_pictures_are_far() -> None:
    hashes = np.array([perceptual_hash(gray(draw(seed))) for seed in range(150)], np.uint64)
    found = list(near_duplicates(hashes, hashes))
    assert [(near.first, near.second, near.distance) for near in found] == [
        (index, index, 0) for index in range(150)
    ]


def test_the_hash_is_that_of_a_plain_dct() -> None:
    picture = np.random.default_rng(1).normal(size=(32, 32)).astype(np.float32).cumsum(axis=1)
    order = np.argsort(np.argsort(picture.ravel(), kind="stable")).reshape(32, 32)
    place = np.arange(32)
    basis = np.cos(np.pi * (2 * place[None] + 1) * place[:8, None] / 64)
    scale = np.where(place[:8] == 0, np.sqrt(1 / 32), np.sqrt(2 / 32))
    low = (scale[:, None] * basis) @ order @ (scale[:, None] * basis).T
    above = low.ravel() > np.median(low.ravel()[1:])
    above[0] = False
    expected = int("".join("1" if bit else "0" for bit in above), 2)
    assert perceptual_hash(picture) == expected


def test_a_flat_picture_has_a_hash() -> None:
    assert perceptual_hash(np.zeros((32, 32), np.float32)) == 0
    with pytest.raises(UsageError, match=r"\(32, 32\)"):
        perceptual_hash(np.zeros((31, 32), np.float32))


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    first=st.lists(st.integers(0, 2**64 - 1), max_size=5),
    second=st.lists(st.integers(0, 2**64 - 1), max_size=5),
    distance=st.integers(20, 40),
)
def test_pairs_are_those_of_plain_loops(first: list[int], second: list[int], distance: int) -> None:
    expected = [
        Near(i, j, bits(a, b))
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if bits(a, b) <= distance
    ]
    arrays = np.array(first, np.uint64), np.array(second, np.uint64)
    assert list(near_duplicates(*arrays, distance)) == expected


def test_each_of_a_thousand_is_found_among_ten_thousand() -> None:
    rng = np.random.default_rng(0)
    many = rng.integers(0, 2**64, 10_000, dtype=np.uint64)
    few = many[:1000].copy()
    found = list(near_duplicates(many, few))
    assert [(one.first, one.second) for one in found] == [(each, each) for each in range(1000)]


def test_a_rotated_jpeg_has_the_hash_of_the_upright_one(place: Place) -> None:
    from PIL import Image

    upright = place("upright.jpg", seed=5, height=200, width=300)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = upright.with_name("turned.jpg")
    Image.open(upright).rotate(90, expand=True).save(turned, exif=exif, quality=95)
    hashes = [perceptual_hash(small_gray(path)) for path in (upright, turned)]
    assert bits(*hashes) <= 4


@pytest.mark.shared
def test_photos_are_told_apart(shared) -> None:
    from nightlift.data.collection import open_collection

    samples = open_collection(f"fivek:{shared}/data/fivek").samples[:120]
    photos = np.array([perceptual_hash(small_gray(s.photo)) for s in samples], np.uint64)
    targets = np.array([perceptual_hash(small_gray(s.target)) for s in samples], np.uint64)
    found = list(near_duplicates(photos, targets))
    assert all(near.first == near.second for near in found)
    assert len(found) >= 0.95 * len(samples)
