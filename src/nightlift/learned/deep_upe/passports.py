"""Passports of DeepUPE's networks: how they are fed, and the guide that looks up their grids."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nightlift.adjust import LEAST_LIGHT
from nightlift.learned.deep_upe.network import DeepUPE, GuideNetwork
from nightlift.models import Guide, Passport
from nightlift.photo import FixedSize

PAPER = "Wang et al., Underexposed Photo Enhancement Using Deep Illumination Estimation, CVPR 2019"
HDRNET = "Gharbi et al., Deep Bilateral Learning for Real-Time Image Enhancement, SIGGRAPH 2017"


def deep_upe_passport(network: DeepUPE, least_light: float = LEAST_LIGHT) -> Passport:
    """A DeepUPE network's passport; where it was trained is for the caller to fill in.

    Its illumination divides by no less than `least_light`.

    It holds the guide's weights as they are now: take it once the network is trained.
    """
    size = FixedSize(network.low_size, network.low_size)
    return Passport(
        method="deep-upe",
        title="DeepUPE: illumination on a bilateral grid, learned from retouched photos",
        version="1",
        kind="bilateral_grid",
        size=size,
        resize="area",
        exact_size=size,
        exact_resize="linear-rounded",
        supervision="paired",
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        grid_mode="divide",
        least_light=None if least_light == LEAST_LIGHT else least_light,
        guide=folded_guide(network.guide),
        sources=(PAPER, HDRNET),
    )


@torch.no_grad()
def folded_guide(network: GuideNetwork) -> Guide:
    """The guide in evaluation mode as two layers, its batch norm folded into the first.

    γ (w·x + b − μ) / √(σ² + ε) + β is again linear in x.
    """
    hidden, out = network.hidden, network.out
    linear = hidden.get_submodule("linear")
    w1, b1 = _double(linear.get_parameter("weight"))[:, :, 0, 0], _double(linear.bias)
    norm = dict(hidden.named_children()).get("norm")
    if isinstance(norm, nn.BatchNorm2d):
        gain = _double(norm.weight) / torch.sqrt(_double(norm.running_var) + norm.eps)
        w1 = gain[:, None] * w1
        b1 = gain * (b1 - _double(norm.running_mean)) + _double(norm.bias)
    return Guide(
        w1=tuple((row[0], row[1], row[2]) for row in w1.tolist()),
        b1=tuple(b1.tolist()),
        w2=tuple(_double(out.weight).flatten().tolist()),
        b2=_double(out.bias).item(),
    )


def _double(values: object) -> Tensor:
    assert isinstance(values, Tensor)
    return values.detach().cpu().double()
