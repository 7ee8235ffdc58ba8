"""Adjustments of Python as the browser edition has them."""

from __future__ import annotations

from typing import Any

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.develop import Develop
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.lut3d import Lut3D
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable


def as_data(one: Adjustment) -> dict[str, Any]:
    """An adjustment as the object that stands for it in JavaScript."""
    return {"kind": one.kind, **_details(one)}


def _details(one: Adjustment) -> dict[str, Any]:
    if isinstance(one, ToneTable):
        return {"values": one.values}
    if isinstance(one, LightGrid):
        return {
            "gains": one.gains,
            "shape": one.gains.shape,
            "color": one.color,
            "black": one.black,
        }
    if isinstance(one, CurveMap):
        shape = one.maps.shape[:3]
        return {"maps": one.maps, "shape": shape, "steps": one.steps, "alignment": one.alignment}
    if isinstance(one, BilateralGrid):
        return {
            "cells": one.cells,
            "shape": one.cells.shape[:3],
            "mode": one.mode,
            "guide": one.guide and _guide(one.guide),
            "leastLight": one.least_light,
        }
    if isinstance(one, Develop):
        return {"curve": one.curve, "balance": one.balance, "saturation": one.saturation}
    if isinstance(one, Lut3D):
        return {"cube": one.cube, "points": len(one.cube), "curves": one.curves}
    if isinstance(one, HueKept):
        return {"adjustment": as_data(one.adjustment)}
    if isinstance(one, Scaled):
        return {"adjustment": as_data(one.adjustment), "strength": one.strength}
    assert isinstance(one, Chain)
    return {"adjustments": [as_data(link) for link in one.adjustments]}


def _guide(guide: PointwiseGuide) -> dict[str, Any]:
    return {"w1": guide.w1, "b1": guide.b1, "w2": guide.w2, "b2": float(guide.b2)}
