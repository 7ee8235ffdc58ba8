"""NIQE against a plain rewriting of the published program, and PyIQA."""

import hashlib
import math

import cv2
import numpy as np
import pytest
from scipy import ndimage
from scipy.special import gamma

from nightlift.errors import DataError
from nightlift.metrics.metric import niqe_metric
from nightlift.metrics.niqe import NiqeParameters, load_niqe_parameters, niqe, niqe_features
from tests.metrics.piq_oracle import changed, scene


def cubic(x):
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0


def half_rows(plane):
    """MATLAB's imresize by a half along the first axis, tap by tap."""
    size = len(plane)
    result = np.zeros((math.ceil(size / 2), plane.shape[1]))
    for out in range(1, len(result) + 1):
        center = out / 0.5 + 0.5 * (1 - 1 / 0.5)
        left = math.floor(center - 4)
        taps = [left + k for k in range(10)]
        weights = [0.5 * cubic(0.5 * (center - tap)) for tap in taps]
        for tap, weight in zip(taps, weights, strict=True):
            mirrored = (tap - 1) % (2 * size)
            source = mirrored if mirrored < size else 2 * size - 1 - mirrored
            result[out - 1] += plane[source] * weight / sum(weights)
    return result


def fit(values):
    grid = np.arange(0.2, 10.001, 0.001)
    ratios = gamma(2 / grid) ** 2 / (gamma(1 / grid) * gamma(3 / grid))
    with np.errstate(all="ignore"):
        left = np.sqrt(np.sum(values[values < 0] ** 2) / np.float64(np.sum(values < 0)))
        right = np.sqrt(np.sum(values[values > 0] ** 2) / np.float64(np.sum(values > 0)))
        tilt = left / right
        ratio = np.mean(np.abs(values)) ** 2 / np.mean(values**2)
        ratio = ratio * (tilt**3 + 1) * (tilt + 1) / (tilt**2 + 1) ** 2
    shape = grid[np.argmin((ratios - ratio) ** 2)]
    width = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    mean = (right - left) * width * gamma(2 / shape) / gamma(1 / shape)
    return shape, mean, left * width, right * width


def block_features(block):
    shape, _, left, right = fit(block)
    features = [shape, (left + right) / 2]
    height, width = block.shape
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        product = np.empty_like(block)
        for y in range(height):
            for x in range(width):
                product[y, x] = block[y, x] * block[(y - down) % height, (x - across) % width]
        features += fit(product)
    return features


def plain_features(picture):
    r, g, b = np.moveaxis(picture.astype(int), -1, 0)
    thousandths = 65481 * r + 128553 * g + 24966 * b
    plane = (16 + (2 * thousandths + 255000) // 510000).astype(float)
    rows, columns = plane.shape[0] // 96, plane.shape[1] // 96
    plane = plane[: 96 * rows, : 96 * columns]
    offsets = np.arange(-3, 4)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    scales = []
    for side in (96, 48):
        mean = ndimage.correlate(plane, window, mode="nearest")
        square = ndimage.correlate(plane**2, window, mode="nearest")
        normal = (plane - mean) / (np.sqrt(np.abs(square - mean**2)) + 1)
        normal = np.where(np.abs(normal) < 1e-9, 0, normal)
        scales.append(
            [
                block_features(normal[y * side : (y + 1) * side, x * side : (x + 1) * side])
                for y in range(rows)
                for x in range(columns)
            ]
        )
        plane = half_rows(half_rows(plane).T).T
    return np.concatenate([np.array(scale) for scale in scales], axis=1)


def plain_niqe(features, mean, covariance):
    whole = features[[not np.isnan(row).any() for row in features]]
    centered = whole - whole.mean(axis=0)
    pooled = (centered.T @ centered / (len(whole) - 1) + covariance) / 2
    gap = np.nanmean(features, axis=0) - mean
    return math.sqrt(gap @ np.linalg.pinv(pooled) @ gap)


@pytest.fixture(scope="module")
def parameters(large_pictures):
    """Parameters of the right kind of size, from pictures other than the measured ones."""
    random = np.random.default_rng(3)
    picture = ndimage.gaussian_filter(random.random((96 * 7, 96 * 7, 3)), (1, 1, 0))
    picture = np.clip((picture - 0.5) * 2.5 + 0.5, 0, 1)
    features = niqe_features(picture, data_range=1.0)
    return NiqeParameters(features.mean(axis=0), np.cov(features, rowvar=False), "0" * 64)


def test_agrees_with_a_plain_rewriting(large_pictures, kind, parameters):
    picture = large_pictures[kind][0]
    expected = plain_features(picture)
    assert expected.shape == (6, 36)
    np.testing.assert_allclose(
        niqe_features(picture, data_range=255), expected, rtol=1e-9, atol=1e-12
    )
    score = plain_niqe(expected, parameters.mean, parameters.covariance)
    assert niqe(picture, parameters, data_range=255) == pytest.approx(score, rel=1e-6)


MEAN = [2.3, 0.8, *[0.8, 0.0, 0.1, 0.1] * 4, 1.5, 0.3]
MEAN += [0.5, 0.0, 0.0, 0.0, *[0.6, 0.0, 0.0, 0.0] * 3]

RECORDED = [
    ((200, 300), "same", 2.858359),
    ((200, 300), "noise", 11.503239),
    ((200, 300), "dark", 6.143176),
    ((200, 300), "blur", 5.793692),
    ((400, 600), "same", 2.812759),
    ((400, 600), "noise", 11.857584),
    ((400, 600), "dark", 5.577866),
    ((400, 600), "blur", 5.997528),
    ((193, 290), "same", 2.932819),
    ((193, 290), "noise", 11.618187),
    ((193, 290), "dark", 5.102434),
    ((193, 290), "blur", 6.273158),
]
"""What PyIQA 0.1.16 says (`calculate_niqe`, of Y'CbCr), with these parameters."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_it_is_what_another_program_said(size, how, wanted):
    spread = 0.2 * np.random.default_rng(5).normal(size=(60, 36))
    known = NiqeParameters(np.array(MEAN), np.cov(spread, rowvar=False), "0" * 64)
    found = niqe(changed(scene(*size), how), known, data_range=255)
    assert found == pytest.approx(wanted, rel=2e-3)


def test_flat_blocks_count_as_in_the_published_program(large_pictures, parameters):
    picture = large_pictures["photo"][0].copy()
    picture[:100, :100] = 0
    expected = plain_features(picture)
    assert np.isnan(expected[0]).any()
    assert not np.isnan(expected[1:]).any()
    np.testing.assert_allclose(
        niqe_features(picture, data_range=255), expected, rtol=1e-9, atol=1e-12
    )
    score = plain_niqe(expected, parameters.mean, parameters.covariance)
    assert niqe(picture, parameters, data_range=255) == pytest.approx(score, rel=1e-6)


def test_only_whole_blocks_count(large_pictures, parameters):
    picture = large_pictures["photo"][0]
    whole = niqe(picture[:192, :288], parameters, data_range=255)
    assert niqe(picture, parameters, data_range=255) == whole


def test_does_not_depend_on_the_unit(large_pictures, parameters):
    picture = large_pictures["photo"][0]
    floats = niqe(picture / 255, parameters, data_range=1.0)
    assert floats == pytest.approx(niqe(picture, parameters, data_range=255), rel=1e-9)


def test_too_little_structure_has_no_score(large_pictures, parameters):
    flat = np.full((200, 300, 3), 40, np.uint8)
    assert math.isnan(niqe(flat, parameters, data_range=255))
    one_block = large_pictures["photo"][0][:96, :96]
    assert math.isnan(niqe(one_block, parameters, data_range=255))


def test_parameters_are_read_with_their_hash(tmp_path, large_pictures, parameters):
    path = tmp_path / "pristine.npz"
    np.savez(path, mu_pris_param=parameters.mean[None], cov_pris_param=parameters.covariance)
    read = load_niqe_parameters(path)
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    picture = large_pictures["photo"][0]
    metric = niqe_metric(read)
    assert read.sha256[:8] in metric.title
    assert metric.measure(picture) == niqe(picture, parameters, data_range=255)


@pytest.mark.parametrize(
    "arrays",
    [
        {"mu_pris_param": np.zeros(36)},
        {"mu_pris_param": np.zeros(35), "cov_pris_param": np.eye(36)},
        {"mu_pris_param": np.zeros(36), "cov_pris_param": np.zeros(36)},
        {"mu_pris_param": np.zeros(36), "cov_pris_param": np.eye(36) * np.nan},
        {"mu_pris_param": np.array(["x"] * 36), "cov_pris_param": np.eye(36)},
        {"mu_pris_param": np.array([{}] * 36), "cov_pris_param": np.eye(36)},
    ],
)
def test_other_parameters_are_refused(tmp_path, arrays):
    path = tmp_path / "pristine.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match="parameters"):
        load_niqe_parameters(path)


@pytest.mark.parametrize("content", [b"", b"no such file", b"PK\x03\x04 cut short"])
def test_damaged_parameters_are_refused(tmp_path, content):
    path = tmp_path / "pristine.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match="holds no NIQE parameters"):
        load_niqe_parameters(path)
    with pytest.raises(DataError, match="cannot be read"):
        load_niqe_parameters(tmp_path / "absent.npz")
    np.save(tmp_path / "single.npy", np.zeros(36))
    with pytest.raises(DataError, match="holds no NIQE parameters"):
        load_niqe_parameters(tmp_path / "single.npy")


@pytest.mark.shared
def test_published_parameters_on_good_photos(shared):
    weights = shared / "data" / "weights" / "niqe_pris_params.npz"
    photos = sorted((shared / "data" / "good").glob("*.jpg"))[:3]
    if not weights.is_file() or not photos:
        pytest.skip("the team's NIQE parameters or good photos are not there")
    published = load_niqe_parameters(weights)
    for path in photos:
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)[:300, :400]
        score = niqe(picture, published, data_range=255)
        expected = plain_niqe(plain_features(picture), published.mean, published.covariance)
        assert score == pytest.approx(expected, rel=1e-6)
        assert 1 < score < 12
        random = np.random.default_rng(0)
        noisy = np.clip(picture + random.normal(0, 40, picture.shape), 0, 255).astype(np.uint8)
        assert niqe(noisy, published, data_range=255) > score
