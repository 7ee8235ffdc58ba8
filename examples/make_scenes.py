"""Make the scenes: views of HDR panoramas as a camera takes them in little light.

Run `python examples/make_scenes.py PANORAMAS` with the panoramas that CREDITS.md names. Light is
linear; it is exposed about a key of 0.18 of its mean logarithm, and seen by a camera with the noise
of its sensitivity, a Bayer mosaic and a tone curve (`nightlift.data.camera`). The photo is reduced,
as for any page, and saved as JPEG once. Seeds are fixed.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from nightlift.data.camera import Camera, noise_of, photograph
from nightlift.data.panorama import View, read_panorama, seen

HERE = Path(__file__).resolve().parent
SIDE, REDUCED = 480, 3
"""Long side of a scene in pixels, and how much longer that of the camera's photo is: edges of lamps
get no colored fringes from a mosaic as coarse as the picture."""
ASPECT = 0.67
"""Height of a view over its width."""
ISO = 1600.0
QUALITY = 95
"""With color in full: what is lifted by three stops shows every block of a smaller file."""


@dataclass(frozen=True)
class Scene:
    """A view of a panorama, `yaw`, `pitch` and `width` in radians, exposed by `stops`."""

    panorama: str
    yaw: float
    pitch: float
    stops: float
    width: float = 1.35


SCENES = {
    "night-square": Scene("st_peters_square_night_1k.hdr", -np.pi / 3, 0.05, -4.2),
    "bright-window": Scene("lebombo_1k.hdr", 0.2, 0.05, -3.3),
    "dim-hall": Scene("empty_warehouse_01_1k.hdr", -np.pi, 0.1, -4.2),
    "lanterns": Scene("st_peters_square_night_1k.hdr", 0.62, 0.23, -3.8, width=1.2),
}


def make_scenes(panoramas: Path, folder: Path) -> None:
    """Write a JPEG of each scene."""
    folder.mkdir(parents=True, exist_ok=True)
    shot, read = noise_of(ISO)
    camera = Camera(shot, read, red=2.1, blue=1.8)
    for name, scene in SCENES.items():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        view = View(scene.yaw, scene.pitch, scene.width, ASPECT)
        light = seen(read_panorama(panoramas / scene.panorama), view, SIDE * REDUCED)
        photo = photograph(random, light * np.float32(2.0**scene.stops), camera)
        size = SIDE, round(SIDE * ASPECT)
        Image.fromarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA)).save(
            folder / f"{name}.jpg", quality=QUALITY, subsampling="4:4:4", optimize=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panoramas", type=Path)
    make_scenes(parser.parse_args().panoramas, HERE / "scenes")
