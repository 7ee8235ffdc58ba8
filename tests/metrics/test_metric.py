"""What holds for every metric of the table: identity, direction, and what is refused."""

import math
import re

import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.metrics.clipping import clipped_highlights, clipped_shadows
from nightlift.metrics.metric import METRICS, find_metric, niqe_metric
from nightlift.metrics.niqe import NiqeParameters

NIQE = niqe_metric(NiqeParameters(np.zeros(36), np.eye(36), "0" * 64))
ALL = [*METRICS.values(), NIQE]
COMPARED = [metric for metric in ALL if metric.against != "nothing"]
LIFTS = {"hue-drift", "highlights-kept", "lifted-shadows", "speckle"}
"""What a lift did to its photo, not how near it came: see test_enhancement."""

LIKENESS = [metric for metric in COMPARED if metric.name not in LIFTS]
BLIND = [metric for metric in ALL if metric.against == "nothing"]
PERFECT = {
    "psnr": math.inf,
    "psnr-mean-matched": math.inf,
    "ssim": 1,
    "ssim-gray": 1,
    "ssim-uniform": 1,
    "pu-psnr": math.inf,
    "pu-ssim": 1,
    "ms-ssim": 1,
    "delta-e-2000": 0,
    "vif": 1,
    "fsim": 1,
    "iw-ssim": 1,
    "loe": 0,
}
SMALLEST = {
    "fsim": 16,
    "iw-ssim": 161,
    "ssim": 11,
    "ssim-gray": 11,
    "ssim-uniform": 7,
    "pu-ssim": 11,
    "ms-ssim": 176,
    "vif": 41,
    "niqe": 96,
}


def names(metrics):
    return pytest.mark.parametrize("metric", metrics, ids=[metric.name for metric in metrics])


@names(LIKENESS)
def test_a_picture_equals_itself(metric, large_pictures, kind):
    picture = large_pictures[kind][0]
    assert metric.measure(picture, picture.copy()) == pytest.approx(PERFECT[metric.name], abs=1e-9)


@names(LIKENESS)
def test_more_noise_is_worse(metric, large_pictures):
    picture = large_pictures["photo"][1]
    noise = np.random.default_rng(6).normal(0, 1, picture.shape)
    scores = []
    for level in (2, 6, 18, 54):
        noisy = np.clip(np.rint(picture + level * noise), 0, 255).astype(np.uint8)
        scores.append(metric.measure(noisy, picture))
    better = [PERFECT[metric.name], *scores]
    assert better == sorted(better, reverse=metric.better == "higher")
    assert len(set(better)) == len(better)


@names(ALL)
def test_inputs_are_left_alone_and_results_are_plain_floats(metric, large_pictures):
    pictures = [p.copy() for p in large_pictures["photo"]]
    for picture in pictures:
        picture.setflags(write=False)
    arguments = pictures if metric.against != "nothing" else pictures[:1]
    assert type(metric.measure(*arguments)) is float
    # Neither the layout in memory nor the width of the floats matters.
    floats = [np.asfortranarray(p).astype(np.float32) for p in arguments]
    expected = metric.measure(*arguments)
    assert metric.function(*floats, data_range=255.0) == pytest.approx(expected, rel=1e-9)


@names(COMPARED)
def test_nothing_is_resized(metric):
    output, other = np.zeros((200, 200, 3), np.uint8), np.zeros((200, 201, 3), np.uint8)
    with pytest.raises(UsageError, match=re.escape("got (200, 200, 3) and (200, 201, 3)")):
        metric.measure(output, other)


@names(ALL)
@pytest.mark.parametrize(
    ("picture", "data_range", "sentence"),
    [
        (np.zeros((200, 200), np.uint8), 255, "shape (H, W, 3), got (200, 200)"),
        (np.zeros((200, 200, 4), np.uint8), 255, "shape (H, W, 3), got (200, 200, 4)"),
        (np.zeros((0, 200, 3), np.uint8), 255, "shape (H, W, 3), got (0, 200, 3)"),
        (np.zeros((200, 200, 3), np.uint8), 1, "data range of 255, got 1"),
        (np.zeros((200, 200, 3), np.uint16), 65535, "got uint16"),
        (np.zeros((200, 200, 3), np.int64), 255, "got int64"),
        (np.zeros((200, 200, 3), bool), 1, "got bool"),
        (np.full((200, 200, 3), 200.0), 1.0, "got [200.0, 200.0]"),
        (np.full((200, 200, 3), -0.25), 1.0, "got [-0.25, -0.25]"),
        (np.full((200, 200, 3), np.nan), 1.0, "got [nan, nan]"),
        (np.zeros((200, 200, 3)), 0.0, "data range, got 0.0"),
        (np.zeros((200, 200, 3)), math.nan, "data range, got nan"),
    ],
)
def test_bad_pictures_are_refused(metric, picture, data_range, sentence):
    arguments = [picture, picture] if metric.against != "nothing" else [picture]
    if metric.light and picture.size and np.all(picture == 200.0):
        assert metric.function(*arguments, data_range=data_range) == PERFECT[metric.name]
        return
    with pytest.raises(UsageError, match=re.escape(sentence)):
        metric.function(*arguments, data_range=data_range)


@names(ALL)
def test_the_data_range_is_never_guessed(metric, small_pictures):
    pictures = small_pictures["photo"] if metric.against != "nothing" else (np.zeros((96, 96, 3)),)
    with pytest.raises(TypeError, match="data_range"):
        metric.function(*pictures)


@pytest.mark.parametrize(("name", "side"), SMALLEST.items())
def test_pictures_smaller_than_the_window_are_refused(name, side, large_pictures):
    metric = NIQE if name == "niqe" else METRICS[name]
    pictures = large_pictures["photo"] if metric.against != "nothing" else ()
    pictures = pictures or (large_pictures["photo"][0],)
    metric.measure(*(p[:side, :side] for p in pictures))
    with pytest.raises(UsageError, match=f"at least {side}x{side} pixels, got {side}x{side - 1}"):
        metric.measure(*(p[: side - 1, :side] for p in pictures))


@pytest.mark.parametrize("name", sorted(set(METRICS) - set(SMALLEST)))
def test_the_others_measure_a_single_pixel(name):
    metric = METRICS[name]
    pixel = np.full((1, 1, 3), 128, np.uint8)
    assert not math.isnan(metric.measure(*([pixel] * (1 if metric.against == "nothing" else 2))))


@names(COMPARED)
def test_a_second_picture_is_asked_for(metric, large_pictures):
    output = large_pictures["photo"][0]
    with pytest.raises(UsageError, match=f"{metric.name} is measured against {metric.against}"):
        metric.measure(output)
    with pytest.raises(UsageError, match="round them to 8 bits"):
        metric.measure(output, output.astype(np.float64))


@names(BLIND)
def test_a_second_picture_is_refused_where_it_has_no_use(metric, large_pictures):
    with pytest.raises(UsageError, match="give the output alone"):
        metric.measure(*large_pictures["photo"])


def test_the_table_knows_its_own_names():
    assert all(find_metric(name) is metric for name, metric in METRICS.items())
    assert METRICS["psnr"].reference
    assert not METRICS["loe"].reference
    with pytest.raises(UsageError, match="did you mean ms-ssim"):
        find_metric("msssim")
    with pytest.raises(UsageError, match="niqe needs a file of parameters"):
        find_metric("niqe")


def test_clipped_pixels_are_counted_once():
    picture = np.full((2, 5, 3), 7, np.uint8)
    picture[0, 0] = 0
    picture[0, 1, 2] = 0
    picture[1, 1] = (255, 0, 255)
    picture[1, 2:4, 0] = 255
    assert clipped_shadows(picture, data_range=255) == pytest.approx(0.3)
    assert clipped_highlights(picture, data_range=255) == pytest.approx(0.3)
    assert clipped_highlights(picture / 255, data_range=1.0) == pytest.approx(0.3)
    # A float just below the end is not at the end.
    assert clipped_highlights(np.full((2, 2, 3), 0.9999), data_range=1.0) == 0
