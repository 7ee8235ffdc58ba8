"""Make the scenes: views of HDR panoramas as a camera takes them in too little light.

Run `python examples/make_scenes.py PANORAMAS` with the panoramas that CREDITS.md names. Light is
linear; it is exposed about a key of 0.18 of its mean logarithm, and seen by a camera with measured
noise, a Bayer mosaic and a tone curve (`nightlift.data.camera`). Seeds are fixed.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nightlift.data.camera import draw_camera, photograph
from nightlift.data.panorama import View, read_panorama, seen

HERE = Path(__file__).resolve().parent
SIDE = 480
WIDTH = 1.35
"""Of a view, in radians."""
GRAIN = 0.7
QUALITY = 90


@dataclass(frozen=True)
class Scene:
    """A view of a panorama, `yaw` and `pitch` in radians, exposed by `stops`."""

    panorama: str
    yaw: float
    pitch: float
    stops: float


SCENES = {
    "night-square": Scene("st_peters_square_night_1k.hdr", -np.pi / 3, 0.05, -4.2),
    "bright-window": Scene("lebombo_1k.hdr", 0.2, 0.05, -3.5),
    "dim-hall": Scene("empty_warehouse_01_1k.hdr", -np.pi, 0.1, -4.2),
    "stage": Scene("circus_arena_1k.hdr", 0.0, 0.12, -1.0),
}


def make_scenes(panoramas: Path, folder: Path) -> None:
    """Write a JPEG of each scene."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene in SCENES.items():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        view = View(scene.yaw, scene.pitch, WIDTH, 0.67)
        light = seen(read_panorama(panoramas / scene.panorama), view, SIDE)
        camera = draw_camera(random, clean=True, grain=GRAIN)
        photo = photograph(random, light * np.float32(2.0**scene.stops), camera)
        Image.fromarray(photo).save(
            folder / f"{name}.jpg", quality=QUALITY, subsampling="4:2:0", optimize=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panoramas", type=Path)
    make_scenes(parser.parse_args().panoramas, HERE / "scenes")
