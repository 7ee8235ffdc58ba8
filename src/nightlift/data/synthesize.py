"""Dark pictures from good ones: drawn parameters first, then a pure function of the picture.

Three models. `smnet` dims and bends: color and contrast fall to a share, then b (a x)^g, the pair
generator of Lin et al., "SMNet" (2022). `physical` photographs again with less light: exposure in
linear light, shot and read noise, a shifted white balance, 8 bits, perhaps a JPEG. `camera`
(`scene`) changes the light of places too, and has a whole camera: mosaic, noise, demosaicing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from nightlift.data.scene import DarkScene
from nightlift.data.srgb import LUMA, as_floats, as_type, bent, encode, linear, through_jpeg
from nightlift.errors import UsageError
from nightlift.photo import Floats, Pixels

Style: TypeAlias = Literal["smnet", "physical", "camera"]


@dataclass(frozen=True)
class Dimming:
    """Parameters of the `smnet` model.

    `color` and `contrast` in 0.7-1.0 (1 keeps them), `alpha` in 0.9-1, `beta` in 0.5-1 and
    `gamma` in 1.5-5 of beta (alpha x)^gamma.
    """

    color: float
    contrast: float
    alpha: float
    beta: float
    gamma: float


@dataclass(frozen=True)
class DarkExposure:
    """Parameters of the `physical` model, for linear light in [0, 1].

    `stops` is the exposure in EV (-5 to -1). The noise has variance shot * light + read (Foi et
    al., "Practical Poissonian-Gaussian noise modeling", 2008, Eq. 4). `red` and `blue` are gains
    of the white balance; `jpeg` the quality of a JPEG in between, None without. `headroom` is how
    many EV brighter than white the brightest places of the scene were: a good photo clips them, a
    dark one shows them. `contrast` bends the dark picture's tones about its middle,
    x + contrast x (1 - x) (2 x - 1), as cameras do: 0 leaves them, 0.6 is hard, -0.3 soft.
    """

    stops: float
    shot: float
    read: float
    red: float
    blue: float
    jpeg: int | None = None
    headroom: float = 0.0
    contrast: float = 0.0


Darkness: TypeAlias = Dimming | DarkExposure | DarkScene


def draw_dimming(rng: np.random.Generator) -> Dimming:
    """Parameters of SMNet's generator, each uniform over its range."""
    color, contrast = rng.uniform(0.7, 1.0, 2)
    return Dimming(
        color=float(color),
        contrast=float(contrast),
        alpha=float(rng.uniform(0.9, 1.0)),
        beta=float(rng.uniform(0.5, 1.0)),
        gamma=float(rng.uniform(1.5, 5.0)),
    )


def draw_exposure(
    rng: np.random.Generator,
    stops: tuple[float, float] = (-5.0, -1.0),
    *,
    jpeg_share: float = 0.5,
    highlights: float = 0.0,
    tones: float = 0.0,
    grain: float = 1.0,
) -> DarkExposure:
    """Parameters of a dark exposure: `stops` uniform, a JPEG of quality 70-95 in `jpeg_share`.

    A share `highlights` has a headroom, uniform up to 5 EV, and a share `tones` a contrast, uniform
    from -0.3 to 0.6. The noise's deviation is multiplied by `grain`: a small copy of a photo has
    less of it than the photo. With 0 there is no JPEG either, whose blocks would stand for it.
    Noise levels follow Brooks et al., "Unprocessing Images for Learned Raw Denoising" (2019),
    section 3.1: log shot uniform from log 0.0001 to log 0.012, log read normal about
    2.18 log shot + 1.2 with deviation 0.26. The white balance is off by some 6 %, at most 20 %.
    """
    if not -16 <= stops[0] <= stops[1] <= 0:
        raise UsageError(f"expected stops from -16 to 0, the lower first, got {stops}")
    log_shot = rng.uniform(np.log(1e-4), np.log(0.012))
    log_read = rng.normal(2.18 * log_shot + 1.2, 0.26)
    red, blue = np.clip(np.exp(rng.normal(0.0, 0.06, 2)), 0.8, 1.25)
    as_jpeg, quality = rng.random() < jpeg_share, int(rng.integers(70, 96))
    headroom = float(rng.uniform(0.0, 5.0)) if highlights and rng.random() < highlights else 0.0
    contrast = float(rng.uniform(-0.3, 0.6)) if tones and rng.random() < tones else 0.0
    return DarkExposure(
        stops=float(rng.uniform(*stops)),
        shot=float(np.exp(log_shot)) * grain**2,
        read=float(np.exp(log_read)) * grain**2,
        red=float(red),
        blue=float(blue),
        jpeg=quality if as_jpeg and grain else None,
        headroom=headroom,
        contrast=contrast,
    )


def darken_smnet(rng: np.random.Generator, picture: Pixels) -> Pixels:
    """A good picture, dimmed at random: (H, W, 3) uint8, or float32 in [0, 1]; same type."""
    return dim(picture, draw_dimming(rng))


def darken_physical(
    rng: np.random.Generator,
    picture: Pixels,
    stops: tuple[float, float] = (-5.0, -1.0),
    *,
    jpeg_share: float = 0.5,
    highlights: float = 0.0,
    tones: float = 0.0,
    grain: float = 1.0,
) -> Pixels:
    """A good picture as a dark exposure of itself, drawn at random.

    Args:
        rng: Draws.
        picture: (H, W, 3) sRGB, uint8 or float32 in [0, 1].
        stops: The least and the greatest exposure.
        jpeg_share: How often the dark photo is compressed, 0 to 1.
        highlights: How often the picture has highlights beyond white, uniform up to 5 EV; 0 to 1.
        tones: How often the dark photo's contrast is bent, 0 to 1.
        grain: How much noise, in proportion to a camera's.

    Returns:
        The same shape and type; floats are multiples of 1/255, as a camera's file would have them.
    """
    exposure = draw_exposure(
        rng, stops, jpeg_share=jpeg_share, highlights=highlights, tones=tones, grain=grain
    )
    return expose(rng, picture, exposure)


def dim(picture: Pixels, dimming: Dimming) -> Pixels:
    """The `smnet` model with given parameters; (H, W, 3) uint8 or float32, same type out."""
    floats = as_floats(picture)
    luma = floats @ LUMA
    colored = luma[..., None] + np.float32(dimming.color) * (floats - luma[..., None])
    gray = np.float32(luma.mean())
    contrasted = gray + np.float32(dimming.contrast) * (colored - gray)
    base = np.clip(np.float32(dimming.alpha) * contrasted, 0.0, 1.0)
    bent = np.asarray(np.float32(dimming.beta) * base ** np.float32(dimming.gamma), np.float32)
    return as_type(bent, picture.dtype)


def expose(rng: np.random.Generator, picture: Pixels, exposure: DarkExposure) -> Pixels:
    """The `physical` model with given parameters; `rng` gives the noise."""
    light = _unclipped(linear(picture), exposure.headroom) * np.float32(2.0**exposure.stops)
    light *= np.array((exposure.red, 1.0, exposure.blue), np.float32)
    deviation = np.sqrt(np.float32(exposure.shot) * light + np.float32(exposure.read))
    light += deviation * rng.standard_normal(light.shape, np.float32)
    codes = bent(encode(np.clip(light, 0.0, 1.0)), exposure.contrast)
    quantized = as_type(codes, np.dtype(np.uint8))
    if exposure.jpeg is not None:
        quantized = through_jpeg(quantized, exposure.jpeg)
    return quantized if picture.dtype == np.uint8 else as_floats(quantized)


def _unclipped(light: Floats, headroom: float) -> Floats:
    """Linear light whose brightest channel is above a half, brightened up to `headroom` EV."""
    if headroom == 0:
        return light
    share = np.clip(2 * light.max(axis=2, keepdims=True) - 1, 0, 1) ** 2
    brightened: Floats = light * (1 + np.float32(2.0**headroom - 1) * share)
    return brightened
