"""What every network with further ports must do, whatever the table holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust.chain import Chain
from nightlift.edit.engine import Engine
from nightlift.edit.enhancer import Enhancer
from nightlift.edit.tiles import run_tiled
from nightlift.learned.declaration import Method
from nightlift.learned.recipe import Recipe
from nightlift.learned.table import METHODS
from nightlift.models.passport import Passport
from nightlift.photo.photo import Floats
from nightlift.photo.proxy import FixedSize
from nightlift.train.export import Ported, parity, release
from tests.reference import synth
from tests.train.conftest import tiny

OTHERS: dict[str, dict[str, Any]] = {"glenet": {"parts": "len"}, "glenet-unpaired": {"stage": 2}}
"""Recipes whose networks have other ports than the first one's."""

RECIPES = [
    pytest.param(method, tiny(method, **changes), id=" ".join((name, *map(str, changes.values()))))
    for name, method in METHODS.items()
    for changes in ({}, OTHERS.get(name, {}))[: 1 + (name in OTHERS)]
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(method: Method[Any], recipe: Recipe) -> tuple[nn.Module, Passport]:
    """A network without layers that begin as nothing or gates that are shut, and its passport."""
    torch.manual_seed(3)
    network = method.network(recipe).eval()
    for parameter in network.parameters():
        if parameter.ndim == 4 and not parameter.any():
            nn.init.normal_(parameter, std=0.15)
        if parameter.ndim == 2:
            parameter.data.abs_()
    return network, method.passport(recipe, network)


def photo(height: int, width: int) -> Tensor:
    return torch.from_numpy(synth.image(height, width, 2)).permute(2, 0, 1)[None]


@torch.no_grad()
@pytest.mark.parametrize(("method", "recipe"), RECIPES)
def test_networks_have_the_ports_of_their_passports(method: Method[Any], recipe: Recipe) -> None:
    network, passport = made(method, recipe)
    ported = Ported(network, passport)
    fixed = passport.size
    before = photo(fixed.height, fixed.width) if isinstance(fixed, FixedSize) else photo(64, 96)
    said = dict(zip(passport.outputs, ported(before), strict=True))
    assert torch.equal(said["parameters"], network(before))
    if not passport.pooled:
        assert passport.inputs == ("photo",)
        return
    assert said["pooled"].shape == (1, passport.pooled)
    given = 2 * said["pooled"] + 0.5
    given[:, ::3] = torch.nan
    assert not torch.equal(ported(before, given)[0], said["parameters"])


def tiled(engine: Engine, picture: Floats, given: Floats) -> Floats:
    passport = engine.model.passport
    result = np.full((3, *picture.shape[:2]), np.nan, np.float32)
    for place, output in run_tiled(
        engine,
        lambda top, bottom, left, right: picture[top:bottom, left:right],
        *picture.shape[:2],
        halo=passport.halo or 0,
        multiple=passport.multiple,
        tile=64,
        given=given,
    ):
        result[:, *place] = output
    return result


@pytest.mark.slow
@pytest.mark.parametrize(("method", "recipe"), RECIPES)
def test_released_files_say_the_same_and_tiles_change_nothing(
    method: Method[Any], recipe: Recipe, tmp_path: Path
) -> None:
    network, passport = made(method, recipe)
    if not passport.pooled:
        return
    model = release(network, passport, tmp_path / "m.onnx")
    assert parity(network, model) <= 1e-5
    engine = Engine(model, threads=1)
    picture = synth.image(304, 336, 6)
    given = 2 * engine.outputs(picture)["pooled"] + np.float32(0.5)
    whole = engine.run(picture, given)
    assert np.abs(whole - engine.run(picture)).max() > 1e-5
    assert np.abs(tiled(engine, picture, given) - whole).max() <= 1e-6
    pytest.importorskip("openvino")
    other = Engine(model, "openvino", threads=1)
    for asked in (None, given):
        expected, found = engine.outputs(picture, asked), other.outputs(picture, asked)
        for name in passport.outputs:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@torch.no_grad()
def test_a_jagged_table_is_not_smoothed_by_the_grid(tmp_path: Path) -> None:
    """LEN changes nothing here, so that fast is the table, whatever it looks like."""
    method = METHODS["glenet"]
    recipe = tiny(method, table="value")
    network, passport = made(method, recipe)
    nn.init.zeros_(network.local.last.weight)  # type: ignore[union-attr, arg-type]
    nn.init.normal_(network.gen.dense.weight, std=300)  # type: ignore[union-attr, arg-type]
    path = release(network, passport, tmp_path / "m.onnx").path
    before = np.rint(255 * synth.image(300, 420, 6)).astype(np.uint8)
    edit = Enhancer(model=path, threads=1).estimate(before, paint=False).adjustment
    assert isinstance(edit, Chain)
    table = edit.adjustments[0]
    assert np.abs(np.diff(table.parameters()["values"], axis=0)).max() > 0.5
    assert np.abs(edit.apply(before).astype(int) - table.apply(before)).max() <= 1
