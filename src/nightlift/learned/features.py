"""Perceptual features: what a network trained on ImageNet sees at named layers of a picture.

VGG16 (Simonyan and Zisserman, ICLR 2015) or, as a declared alternative, SqueezeNet 1.0 (Iandola
et al., 2016). Their weights are the user's file, found by path or in PyTorch's cache and checked
by hash; without it there are no features, and certainly no random ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from nightlift.errors import ModelError, UsageError
from nightlift.learned.importing import listed, read_checkpoint, state_dict

Extractor: TypeAlias = Literal["vgg16", "squeezenet"]

Feed: TypeAlias = Literal["imagenet", "caffe", "bgr"]
"""`imagenet`: RGB less ImageNet's mean, over its deviation, as torchvision's weights expect.
`caffe`: BGR from 0 to 255 less (104, 117, 123). `bgr`: BGR from 0 to 255 as it is."""

Weights: TypeAlias = Mapping[str, Tensor]
Layer: TypeAlias = Callable[[str], tuple[Tensor, Tensor]]
"""Kernel and bias of a convolution by its name."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
CAFFE_MEAN = (104.0, 117.0, 123.0)

CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Of each of VGG16's five blocks; their widths follow."""
WIDTHS = (64, 128, 256, 512, 512)

FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128)} | {
    6: (48, 192),
    7: (48, 192),
    8: (64, 256),
}
"""SqueezeNet's fire modules up to the last that is used: width squeezed, and expanded twice."""

LAYERS = tuple(
    f"relu{block}_{number}"
    for block, count in enumerate(CONVOLUTIONS, 1)
    for number in range(1, count + 1)
)
"""The layers' names, VGG16's."""

_FIRST = ("conv1", "conv1", "fire2", "fire3", "fire4", "fire4", "fire4")
_LAST = ("fire5", "fire5", "fire6", "fire7", "fire8", "fire8")

STANDS_FOR = dict(zip(LAYERS, (*_FIRST, *_LAST), strict=True))
"""SqueezeNet's layer in the place of each of VGG16's: as deep, and not below a stride of 8."""


@dataclass(frozen=True)
class _File:
    """A known file of weights: its name, how its SHA-256 begins, and where it is to be had."""

    name: str
    sha256: str
    source: str


FILES: Mapping[Extractor, _File] = {
    "vgg16": _File(
        "vgg16-397923af.pth",
        "397923af",
        "download it from https://download.pytorch.org/models/vgg16-397923af.pth",
    ),
    "squeezenet": _File(
        "squeezenet1_0_caffe_bgr.pth",
        "c69bd52d",
        "convert SqueezeNet 1.0's Caffe weights, or take torchvision's squeezenet1_0-b66bff10.pth",
    ),
}


class FeatureExtractor(nn.Module):
    """A frozen extractor: a picture's features at `layers`, by VGG16's names (`relu5_1`).

    `weights` is a state dict with torchvision's names, or `conv1_1` and so on (VGG16), or
    `fire2.squeeze` and so on (SqueezeNet in Caffe's convention, which is then fed `caffe`).
    `feed` says how VGG16 is fed, and after how many of its blocks it pools `pools` (4 as
    published). The weights are buffers that no state dict and no optimizer sees. SqueezeNet in
    the place of a VGG16 that would be fed `imagenet` is divided by its `scales`, layer by layer.
    Raises UsageError for an unknown layer, ModelError for weights that are not the extractor's.
    """

    def __init__(
        self,
        weights: Weights,
        layers: Sequence[str],
        *,
        extractor: Extractor = "vgg16",
        feed: Feed = "imagenet",
        pools: int = 4,
    ) -> None:
        super().__init__()
        unknown = [layer for layer in layers if layer not in LAYERS]
        if unknown or not layers:
            raise UsageError(f"expected layers among {', '.join(LAYERS)}, got {listed(unknown)}")
        self.extractor: Extractor = extractor
        self.layers = tuple(layers)
        self.pools = pools
        caffe = extractor == "squeezenet" and "conv1.weight" in weights
        own: Feed = "caffe" if caffe else "imagenet"
        self.feed: Feed = feed if extractor == "vgg16" else own
        for name, value in _recognized(extractor, weights).items():
            self.register_buffer(name.replace(".", "_"), value.detach().float(), persistent=False)
        stands_in = extractor == "squeezenet" and feed == "imagenet"
        self.scales = dict.fromkeys(layers, 1.0)
        if stands_in:
            self.scales = mean_activations(self)

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        """(N, 3, H, W) RGB in [0, 1] → the features (N, C, h, w) after each layer's ReLU."""
        x = fed(picture, self.feed)
        vgg = self.extractor == "vgg16"
        walk = _vgg16(x, self._layer, self.pools) if vgg else _squeezenet(x, self._layer)
        found: dict[str, Tensor] = {}
        for place, values in walk:
            for layer in self.layers:
                if place == (layer if vgg else STANDS_FOR[layer]):
                    found[layer] = values.float() / self.scales[layer]
            if len(found) == len(set(self.layers)):
                break
        return found

    def _layer(self, name: str) -> tuple[Tensor, Tensor]:
        flat = name.replace(".", "_")
        return self.get_buffer(f"{flat}_weight"), self.get_buffer(f"{flat}_bias")


def load_features(
    file: str | Path | None,
    layers: Sequence[str],
    *,
    extractor: Extractor = "vgg16",
    feed: Feed = "imagenet",
    pools: int = 4,
) -> FeatureExtractor:
    """Features with the weights of `file`; a folder, or None (PyTorch's cache), is searched.

    A file that was searched for, or whose name holds the beginning of its SHA-256, must have it.
    Raises ModelError with the way to get the weights where there are none, and for a file that
    is damaged or another network's.
    """
    path = _found(file, extractor)
    _check_hash(path, FILES[extractor])
    weights = state_dict(read_checkpoint(path), ("state_dict", "model"))
    try:
        return FeatureExtractor(weights, layers, extractor=extractor, feed=feed, pools=pools)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


@torch.no_grad()
def mean_activations(features: FeatureExtractor) -> dict[str, float]:
    """The mean of each layer over pictures whose spectrum is a photo's.

    VGG16's features, fed as torchvision's weights expect, are of the order of 1, and losses on
    them are weighed accordingly; SqueezeNet's are of the order of 100 in Caffe's convention.
    Divided by their means they have a mean activation of 1, to which Gatys, Ecker and Bethge
    (CVPR 2016) normalize VGG.
    """
    found = features(like_photos())
    return {layer: max(float(values.mean()), 1e-6) for layer, values in found.items()}


def like_photos(count: int = 3, side: int = 256) -> Tensor:
    """Pictures (N, 3, side, side) RGB of noise, always the same, with a spectrum of 1/f^1.5.

    Colors share most of it. Means of activations are within a quarter of those of real photos.
    """
    rng = np.random.default_rng(0)
    across, down = np.fft.rfftfreq(side)[None], np.fft.fftfreq(side)[:, None]
    frequency = np.hypot(across, down)
    frequency[0, 0] = 1.0

    def plane() -> NDArray[np.float64]:
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) / frequency**1.5)
        return np.asarray(noise / noise.std())

    pictures = []
    for _ in range(count):
        gray = plane()
        pictures.append([0.45 + 0.22 * (0.87 * gray + 0.5 * plane()) for _ in range(3)])
    return torch.from_numpy(np.clip(pictures, 0, 1)).float()


def fed(picture: Tensor, feed: Feed) -> Tensor:
    """A picture (N, 3, H, W) RGB in [0, 1] as the extractor takes it."""
    if feed == "imagenet":
        mean, deviation = (
            picture.new_tensor(values).view(1, 3, 1, 1)
            for values in (IMAGENET_MEAN, IMAGENET_DEVIATION)
        )
        return (picture - mean) / deviation
    bytes_ = 255 * picture.flip(1)
    if feed == "bgr":
        return bytes_
    return bytes_ - picture.new_tensor(CAFFE_MEAN).view(1, 3, 1, 1)


def _vgg16(x: Tensor, layer: Layer, pools: int) -> Iterator[tuple[str, Tensor]]:
    for block, count in enumerate(CONVOLUTIONS, 1):
        if 1 < block <= pools + 1:
            x = F.max_pool2d(x, 2)
        for number in range(1, count + 1):
            x = F.relu(F.conv2d(x, *layer(f"conv{block}_{number}"), padding=1))
            yield f"relu{block}_{number}", x


def _squeezenet(x: Tensor, layer: Layer) -> Iterator[tuple[str, Tensor]]:
    x = F.relu(F.conv2d(x, *layer("conv1"), stride=2))
    yield "conv1", x
    for fire in FIRES:
        if fire in (2, 5):
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        squeezed = F.relu(F.conv2d(x, *layer(f"fire{fire}.squeeze")))
        small = F.conv2d(squeezed, *layer(f"fire{fire}.expand1x1"))
        large = F.conv2d(squeezed, *layer(f"fire{fire}.expand3x3"), padding=1)
        x = F.relu(torch.cat((small, large), 1))
        yield f"fire{fire}", x


def _shapes(extractor: Extractor) -> dict[str, tuple[int, ...]]:
    """The shape of each kernel by our name of its convolution."""
    shapes: dict[str, tuple[int, ...]] = {}
    if extractor == "vgg16":
        into = 3
        for block, (count, width) in enumerate(zip(CONVOLUTIONS, WIDTHS, strict=True), 1):
            for number in range(1, count + 1):
                shapes[f"conv{block}_{number}"] = (width, into, 3, 3)
                into = width
        return shapes
    shapes["conv1"], into = (96, 3, 7, 7), 96
    for fire, (squeezed, expanded) in FIRES.items():
        shapes[f"fire{fire}.squeeze"] = (squeezed, into, 1, 1)
        shapes[f"fire{fire}.expand1x1"] = (expanded, squeezed, 1, 1)
        shapes[f"fire{fire}.expand3x3"] = (expanded, squeezed, 3, 3)
        into = 2 * expanded
    return shapes


def torchvision_names(extractor: Extractor) -> dict[str, str]:
    """Torchvision's name of each convolution by ours: `conv1_1` is `features.0`."""
    names: dict[str, str] = {}
    if extractor == "vgg16":
        index = 0
        for block, count in enumerate(CONVOLUTIONS, 1):
            for number in range(1, count + 1):
                names[f"conv{block}_{number}"] = f"features.{index}"
                index += 2
            index += 1
        return names
    # After the first convolution come its ReLU and a pool, and a pool after the fourth fire.
    fires = {fire: fire + 1 if fire < 5 else fire + 2 for fire in FIRES}
    for name in _shapes(extractor):
        fire = re.match(r"fire(\d)", name)
        theirs = f"features.{fires[int(fire[1])]}{name[fire.end() :]}" if fire else "features.0"
        names[name] = theirs
    return names


def _recognized(extractor: Extractor, weights: Weights) -> dict[str, Tensor]:
    """The convolutions' weights by our names; what is beyond them is left aside."""
    theirs = torchvision_names(extractor)
    plain = any(f"{name}.weight" in weights for name in theirs)
    found: dict[str, Tensor] = {}
    for name, shape in _shapes(extractor).items():
        for leaf, expected in (("weight", shape), ("bias", shape[:1])):
            key = f"{name if plain else theirs[name]}.{leaf}"
            if key not in weights:
                raise ModelError(
                    f"expected the weights of {extractor} with {key} among them, "
                    f"got {listed(weights)}"
                )
            value = weights[key]
            if tuple(value.shape) != expected or not value.isfinite().all():
                raise ModelError(
                    f"expected finite weights {key} of shape {expected} for {extractor}, "
                    f"got {tuple(value.shape)}"
                )
            found[f"{name}.{leaf}"] = value
    return found


def _found(file: str | Path | None, extractor: Extractor) -> Path:
    known = FILES[extractor]
    cache = Path(torch.hub.get_dir()) / "checkpoints"
    path = cache if file is None else Path(file).expanduser()
    path = path / known.name if file is None or path.is_dir() else path
    if path.is_file():
        return path
    other = "squeezenet" if extractor == "vgg16" else "vgg16"
    raise ModelError(
        f"perceptual features need the ImageNet weights of {extractor}, but there is no file "
        f"{path}: {known.source}, put it into {cache} or name it with --set features_file=PATH; "
        f"or choose the other extractor with --set features={other}"
    )


def _check_hash(path: Path, known: _File) -> None:
    """Raises ModelError where a file's name promises another SHA-256 than it has."""
    named = re.search(r"-([0-9a-f]{8,64})\.\w+$", path.name)
    expected = known.sha256 if path.name == known.name else named[1] if named else ""
    if not expected:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(expected):
        raise ModelError(
            f"expected {path} with a SHA-256 that begins with {expected}, got {found[:16]}: it is "
            f"damaged or something else; {known.source} again"
        )
