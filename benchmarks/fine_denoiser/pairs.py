"""Make pairs for the fine denoiser: dark photos by a synthetic camera, lifted, and noise-free.

python benchmarks/fine_denoiser/pairs.py GOOD_FOLDER TARGET_FOLDER [--count 600]

GOOD_FOLDER holds photos and LICENSES.csv; those under CC BY-SA are left out.
"""

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from nightlift.adjust import Adjustment, LightGrid, power_table, power_to
from nightlift.data import bent, camera, encode, linear
from nightlift.denoise import (
    THOROUGH,
    Denoiser,
    Place,
    luma_and_chroma,
    measure,
    pixel_noise,
    slopes,
)
from nightlift.edit import Enhancer
from nightlift.photo import Photo, jpeg

F32 = np.float32


def names(folder: Path) -> list[str]:
    rows = list(csv.reader((folder / "LICENSES.csv").open()))[1:]
    return [row[0] for row in rows if row and "BY-SA" not in row[1]]


def without_noise(light: np.ndarray, taken: camera.Camera) -> np.ndarray:
    """What the camera would give without noise and rounding: (H, W, 3) float32."""
    gains = np.array((taken.red, 1, taken.blue), F32)
    errors = np.array((taken.red_error, 1, taken.blue_error), F32)
    raw = np.clip(camera._mosaic(light / gains), 0, 1)
    balanced = np.clip(camera._demosaiced(raw) * gains * errors, 0, 1)
    colors = np.clip(balanced @ camera._matrix(taken.mixing), 0, 1)
    return np.clip(bent(encode(colors), taken.contrast), 0, 1).astype(F32)


def drawn_camera(rng: np.random.Generator) -> camera.Camera:
    """A camera whose noise can be seen, and that smooths in two cases of five at most."""
    drawn = camera.draw_camera(rng)
    more = float(np.exp(rng.uniform(np.log(0.3), np.log(3))))
    smoothing = 0.0 if rng.random() < 0.6 else drawn.smoothing
    shot, read = max(drawn.shot, 2e-5) * more, max(drawn.read, 5e-8) * more
    return replace(drawn, shot=shot, read=read, smoothing=smoothing)


def drawn_lift(
    rng: np.random.Generator, dark: np.ndarray, enhancer: Enhancer
) -> tuple[Adjustment | None, float]:
    """The default's lift, a power to a random mean, or a random grid of light."""
    kind = rng.random()
    small = cv2.resize(dark, (64, 48), interpolation=cv2.INTER_AREA).astype(F32) / 255
    if kind < 0.35:
        return enhancer.estimate(dark, paint=False).pipeline()
    if kind < 0.7:
        return power_table(max(0.15, power_to(small, float(rng.uniform(0.3, 0.55)), 0.1, 1.0))), 1.0
    stops = np.log2(max(1.0, rng.uniform(0.25, 0.45) / max(small.max(2).mean(), 0.01)))
    coarse = np.clip(stops * 1.4 + rng.normal(0, 0.5, (4, 4, 1)), 0, 7) * np.linspace(1.1, 0.2, 8)
    gains = cv2.resize(coarse.astype(F32), (16, 16), interpolation=cv2.INTER_CUBIC)
    return LightGrid(np.clip(gains, 0, 8).astype(F32), float(rng.uniform(0.3, 1))), 1.0


def pair(good: np.ndarray, rng: np.random.Generator, enhancer: Enhancer) -> dict | None:
    """A pair as arrays; None where the default leaves the photo as it is."""
    height, width = (side // 16 * 16 for side in good.shape[:2])
    good = np.ascontiguousarray(good[:height, :width])
    if rng.random() < 0.5:
        good = np.ascontiguousarray(good[:, ::-1])
    light = linear(good) * F32(2.0 ** rng.uniform(-5.5, -1.0))
    taken = drawn_camera(rng)
    dark = camera.photograph(rng, light, replace(taken, jpeg=None))
    photo = Photo(dark)
    if taken.jpeg:
        chroma = ("420", "444")[int(rng.random() < 0.3)]
        photo = jpeg.decode(simplejpeg.encode_jpeg(dark, taken.jpeg, "RGB", chroma))
    lift, strength = drawn_lift(rng, photo.pixels, enhancer)
    if lift is None:
        return None
    lifted = lift.apply(photo.pixels, strength, threads=1)
    target = lift.apply(without_noise(light, taken), strength, threads=1)
    denoiser = Denoiser(measure(photo), slopes(lift, strength), thresholds=THOROUGH)
    luma, place = luma_and_chroma(lifted.astype(F32) / 255)[0], Place(0, lifted.shape[:2])
    noise = pixel_noise(luma, denoiser.plan, place)[:2]
    noise = noise.reshape(2, height // 4, 4, width // 4, 4).mean((2, 4))
    return {
        "lifted": lifted,
        "fast": denoiser.apply(lifted, threads=1),
        "target": np.floor(np.clip(target, 0, 1) * 255 + 0.5).astype(np.uint8),
        "noise": noise.astype(np.float16),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("good", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=600)
    asked = parser.parse_args()
    asked.target.mkdir(parents=True, exist_ok=True)
    found, enhancer = names(asked.good), Enhancer(threads=1)
    for number in range(asked.count):
        good = cv2.imread(str(asked.good / found[number % len(found)]))
        made = pair(good[..., ::-1], np.random.default_rng(number), enhancer)
        if made is not None:
            np.savez(asked.target / f"{number:04d}.npz", **made)


if __name__ == "__main__":
    main()
