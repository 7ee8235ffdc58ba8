"""Clean pictures and noise of a known size for them."""

import cv2
import numpy as np
import simplejpeg

from nightlift.adjust.tone_table import ToneTable
from nightlift.photo import jpeg
from nightlift.photo.photo import Photo

F32 = np.float32


def scene(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) float64 in [0, 1]: shades, edges, some texture, black to white."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    shade = 0.05 + 0.85 * (x / width) ** 1.5
    for _ in range(12):
        cy, cx, size = random.random() * height, random.random() * width, 20 + random.random() * 60
        inside = np.maximum(np.abs(y - cy), np.abs(x - cx)) < size
        shade = np.where(inside, shade * random.uniform(0.5, 1.3), shade)
    texture = cv2.GaussianBlur(random.normal(size=(height, width)), (0, 0), 1.2)
    shade = shade + 0.15 * texture * (y > 0.7 * height) * shade
    tint = np.array([1.0, 0.9, 0.8]) + 0.1 * np.sin(np.stack([y / 40, x / 60, (x + y) / 80], -1))
    return np.clip(shade[..., None] * tint, 0, 1)


def rounded(values: np.ndarray) -> np.ndarray:
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def demosaiced(values: np.ndarray, deviation: np.ndarray, seed: int = 0) -> np.ndarray:
    """A picture as a camera of one color a pixel gives it, with noise of each of its pixels."""
    random = np.random.default_rng(seed)
    height, width = values.shape[:2]
    mosaic = np.empty((height, width))
    for y, x, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[y::2, x::2] = values[y::2, x::2, channel]
    mosaic += random.normal(size=mosaic.shape) * deviation
    words = (np.clip(mosaic + 0.25, 0, 1.5) / 1.5 * 65535).astype(np.uint16)
    # OpenCV names a pattern by its second row and column: this is red, green; green, blue.
    color = cv2.cvtColor(words, cv2.COLOR_BayerBG2RGB)
    return color / 65535 * 1.5 - 0.25


def as_jpeg(pixels: np.ndarray, quality: int, subsampling: str = "420") -> Photo:
    return jpeg.decode(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(pixels), quality, "RGB", colorsubsampling=subsampling
        )
    )


def power(exponent: float) -> ToneTable:
    curve = np.linspace(0, 1, 256) ** exponent
    return ToneTable(np.repeat(curve[:, None], 3, axis=1).astype(F32))


def luma_of(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(float) @ [0.25, 0.5, 0.25]
