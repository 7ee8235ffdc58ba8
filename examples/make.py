"""Make the example photos: darken redistributable pictures the way a camera would see less light.

Run `python examples/make.py` after `pip install scikit-image matplotlib`: the pictures come out of
those packages (see CREDITS.md). Light is scaled in linear sRGB, photons and read-out add noise,
and the result is rounded to the file's depth. Seeds are fixed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

HERE = Path(__file__).resolve().parent
FULL_WELL = 2500.0
"""Photons in a white pixel of a well-lit photo."""
READ_NOISE = 2.5
"""Electrons, one standard deviation."""
QUALITY = 90
TUNGSTEN = (1.25, 1.0, 0.7)
SHADE = (0.85, 1.0, 1.2)
DAYLIGHT = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Example:
    """One example: where the picture comes from and how dark it gets."""

    source: str
    stops: float
    white: tuple[float, float, float] = DAYLIGHT
    long_side: int = 800
    suffix: str = "jpg"
    orientation: int = 1
    lamp: bool = False


EXAMPLES = {
    "astronaut": Example("skimage:astronaut.png", -3.0),
    "camera": Example("skimage:camera.png", -2.5),
    "chelsea": Example("skimage:chelsea.png", -2.5, orientation=6),
    "coffee": Example("skimage:coffee.png", -3.0, TUNGSTEN, 480, "png"),
    "hopper": Example("matplotlib:grace_hopper.jpg", -3.5, TUNGSTEN),
    "lamp": Example("skimage:coffee.png", -1.0, TUNGSTEN, lamp=True),
    "rocket": Example("skimage:rocket.jpg", -2.0, SHADE),
}


def read_source(source: str) -> Floats:
    """The bright picture, (H, W, 3) or gray (H, W), sRGB in [0, 1]."""
    package, name = source.split(":")
    if package == "skimage":
        import skimage

        path = Path(skimage.__file__).parent / "data" / name
    else:
        import matplotlib

        path = Path(matplotlib.get_data_path()) / "sample_data" / name
    with Image.open(path) as picture:
        return np.asarray(picture, np.float64) / 255


def resized(picture: Floats, long_side: int) -> Floats:
    """The picture with a long side of at most so many pixels."""
    scale = min(1.0, long_side / max(picture.shape[:2]))
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float64)


def to_linear(srgb: Floats) -> Floats:
    """Light from sRGB code values (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: Floats) -> Floats:
    """Code values from light, clipped to [0, 1]."""
    light = linear.clip(0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def darkened(
    picture: Floats, stops: float, white: tuple[float, float, float], seed: int, lamp: bool = False
) -> Floats:
    """The picture as taken with 2^stops of the light under a light of that color, with noise."""
    random = np.random.default_rng(seed)
    light = to_linear(picture) * 2.0**stops
    if picture.ndim == 3:
        light = light * np.array(white)
    if lamp:
        light = light * lamp_light(picture.shape[0], picture.shape[1])[..., None]
    electrons = random.poisson(light.clip(0) * FULL_WELL) + random.normal(
        0, READ_NOISE, light.shape
    )
    return to_srgb(electrons / FULL_WELL)


def lamp_light(height: int, width: int) -> Floats:
    """Light falling off from a lamp near the upper left: 1 there, 1/32 far away; (H, W)."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(y / height - 0.35, x / width - 0.3)
    return np.asarray(np.maximum(1 / (1 + (away / 0.18) ** 2) ** 2, 1 / 32))


def save(path: Path, picture: Floats, orientation: int = 1, deep: bool = False) -> None:
    """Write JPEG, or PNG of 16 bits where `deep`; `orientation` 6 is stored turned and tagged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if deep:
        pixels = np.floor(picture * 65535 + 0.5).astype(np.uint16)
        cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
        return
    image = Image.fromarray(np.floor(picture * 255 + 0.5).astype(np.uint8))
    if orientation == 6:
        image = image.transpose(Image.Transpose.ROTATE_90)
    elif orientation != 1:
        raise ValueError(f"expected orientation 1 or 6, got {orientation}")
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    if path.suffix == ".png":
        image.save(path, optimize=True)
    else:
        image.save(path, quality=QUALITY, subsampling="4:2:0", optimize=True, exif=exif)


def make_photos(folder: Path) -> None:
    """Write dark/ and bright/, pair by pair under the same names."""
    for name, example in EXAMPLES.items():
        bright = resized(read_source(example.source), example.long_side)
        dark = darkened(bright, example.stops, example.white, seed_of(name), example.lamp)
        file = f"{name}.{example.suffix}"
        save(folder / "bright" / file, bright, example.orientation)
        save(folder / "dark" / file, dark, example.orientation, deep=example.suffix == "png")


def seed_of(text: str) -> int:
    """A seed that is the same on every machine."""
    return zlib.crc32(text.encode())


def crop(picture: Floats, index: int, size: tuple[int, int] = (160, 120)) -> Floats:
    """A crop of the picture, (height, width, 3), another one for each index; then made small."""
    random = np.random.default_rng(index)
    width, height = size
    scale = random.uniform(0.6, 1.0) * min(picture.shape[0] / height, picture.shape[1] / width)
    rows, columns = int(height * scale), int(width * scale)
    top = int(random.integers(0, picture.shape[0] - rows + 1))
    left = int(random.integers(0, picture.shape[1] - columns + 1))
    part = picture[top : top + rows, left : left + columns]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float64)


def make_training_set(folder: Path) -> None:
    """Write lol/, unpaired/ and exposures/: enough to run every kind of training, not to learn."""
    names = ("astronaut", "chelsea", "coffee", "rocket", "hopper")
    pictures = [read_source(EXAMPLES[name].source) for name in names]
    for index in range(8):
        bright = crop(pictures[index % 5], index)
        stops = -2.0 - 0.25 * index
        save(folder / "lol" / "high" / f"{index}.jpg", bright)
        save(folder / "lol" / "low" / f"{index}.jpg", darkened(bright, stops, DAYLIGHT, index))
    for index in range(16):
        picture = crop(pictures[index % 5], 100 + index)
        stops = (-4.0, -2.5, -1.0, 0.7)[index % 4]
        shot = darkened(picture, stops, DAYLIGHT, 100 + index)
        save(folder / "exposures" / f"{index}.jpg", shot)
    make_unpaired(
        folder / "unpaired", {"person": (pictures[0], pictures[4]), "cup": (pictures[2],)}
    )


def make_unpaired(folder: Path, objects: dict[str, tuple[Floats, ...]]) -> None:
    """Write train_A (dark) and train_B (bright) by object, other crops in each, and test_A."""
    for name, pictures in objects.items():
        for index in range(4):
            seed = seed_of(name) + index
            picture = pictures[index % len(pictures)]
            dark = darkened(crop(picture, seed), -2.5 - 0.3 * index, TUNGSTEN, seed)
            save(folder / "train_A" / name / f"{index}.jpg", dark)
            save(folder / "train_B" / name / f"{index}.jpg", crop(picture, seed + 50))
            if index < 2:
                test = darkened(crop(picture, seed + 90), -3.0, DAYLIGHT, seed)
                save(folder / "test_A" / f"{name}-{index}.jpg", test)


if __name__ == "__main__":
    make_photos(HERE)
    make_training_set(HERE / "tiny")
