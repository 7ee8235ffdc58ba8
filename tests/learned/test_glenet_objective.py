"""What GLeNet is asked for: each term against plain loops, and training that moves it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust import differentiable
from nightlift.errors import ModelError, UsageError
from nightlift.learned.declaration import Batch, Objective, total
from nightlift.learned.glenet import GLENET, GLENET_GLOBAL, terms, views
from nightlift.learned.glenet.network import GEN, LEN, GLeNet
from nightlift.learned.glenet.objective import GENObjective, GLeNetObjective, drawn
from nightlift.learned.glenet.recipes import (
    GEN_RECIPES,
    GLENET_RECIPES,
    GENRecipe,
    GLeNetRecipe,
)
from nightlift.learned.terms import perceptual
from nightlift.models.passport_json import from_json, to_json
from nightlift.photo.proxy import FixedSize, LongSide, OwnSize
from nightlift.train.overrides import override
from tests.reference import synth

TINY = {"width": 4, "size": 32}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def pictures(*seeds: int, gain: float = 1.0, side: int = 32) -> Tensor:
    made = np.stack([np.clip(gain * synth.image(side, side, seed), 0, 1) for seed in seeds])
    return torch.from_numpy(made.transpose(0, 3, 1, 2).copy())


BATCH = Batch(pictures(1, 2, 3, 4, gain=0.6), pictures(1, 2, 3, 4, gain=1.6))


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-5)


def paired(recipe: GENRecipe) -> Objective:
    method = GLENET if isinstance(recipe, GLeNetRecipe) else GLENET_GLOBAL
    return method.objective(method.network(recipe), recipe)  # type: ignore[arg-type]


class Edges:
    """Features of two layers that can be computed by hand."""

    def __call__(self, picture: Tensor, /) -> Mapping[str, Tensor]:
        return {"steps": picture.diff(dim=3), "mean": 2 * picture.mean(1, keepdim=True)}


def test_table_terms_by_hand() -> None:
    tables = torch.rand(2, 256, 3)
    bends, falls = [], []
    for table in tables.double().numpy():
        for color in range(3):
            slopes = [255 * (table[i + 1, color] - table[i, color]) for i in range(255)]
            falls += [max(-slope, 0.0) for slope in slopes]
            bends += [(slopes[i + 1] - slopes[i]) ** 2 for i in range(254)]
    assert terms.smoothness(tables).item() == close(sum(bends) / len(bends))
    assert terms.monotonicity(tables).item() == close(sum(falls) / len(falls))


def test_straight_tables_cost_nothing() -> None:
    ramp = torch.linspace(0, 1, 256)[None, :, None].expand(1, 256, 3)
    assert terms.smoothness(0.5 * ramp + 0.2).item() < 1e-6
    assert terms.monotonicity(ramp).item() == 0
    assert terms.monotonicity(1 - ramp).item() == close(1.0)


def test_local_smoothness_by_hand() -> None:
    change, picture = torch.randn(1, 3, 4, 5), torch.rand(1, 3, 4, 5)
    gray = picture[0].mean(0).tolist()
    sums = {(0, 1): [], (1, 0): []}  # type: ignore[var-annotated]
    for (down, right), found in sums.items():
        for y in range(4 - down):
            for x in range(5 - right):
                weight = exp(-10 * abs(gray[y + down][x + right] - gray[y][x]))
                for c in range(3):
                    step = change[0, c, y + down, x + right] - change[0, c, y, x]
                    found.append(weight * abs(float(step)))
    expected = sum(sum(found) / len(found) for found in sums.values())
    assert terms.local_smoothness(change, picture).item() == close(expected)


def test_only_kernels_decay() -> None:
    gen = GEN(width=2, side=16)
    for parameter in gen.parameters():
        nn.init.constant_(parameter, 2.0)
    kernels = sum(p.numel() for p in gen.parameters() if p.ndim > 1)
    assert terms.decay(gen).item() == close(4.0 * kernels)


def test_least_squares() -> None:
    logits = torch.tensor([[2.0], [-1.0]])
    assert terms.judged(logits, 1).item() == 2.5
    assert terms.judged(logits, 0).item() == 2.5
    assert terms.judged(logits + 1, 0).item() == 4.5


def test_weights_multiply_their_terms() -> None:
    recipe = GLeNetRecipe(
        **TINY,
        smoothness_weight=2.0,
        monotone_weight=3.0,
        keep_weight=4.0,
        local_weight=5.0,
        reconstruction="squared",
    )
    objective = paired(recipe)
    target = BATCH.target
    assert isinstance(objective, GLeNetObjective) and target is not None
    state = {key: value.clone() for key, value in objective.state_dict().items()}
    found = objective.terms(BATCH, "network")
    objective.load_state_dict(state)
    gen, local = objective.glenet.gen, objective.glenet.local
    assert gen is not None
    both = torch.cat((BATCH.photo, target))
    tables = gen.tables(both)
    toned = differentiable.tone_table(both, tables)
    change = local(toned)
    results = toned + change
    expected = {
        "reconstruction": (results[:4] - target).square().mean(),
        "keep": 4 * (results[4:] - target).abs().mean(),
        "smoothness": 2 * terms.smoothness(tables),
        "monotonicity": 3 * terms.monotonicity(tables),
        "local": 5 * terms.local_smoothness(change, toned),
        "decay": 5e-5 * terms.decay(objective.network),
    }
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)


@pytest.mark.parametrize("recipe", ["default", "reimplementation"])
@pytest.mark.parametrize("method", [GLENET_GLOBAL, GLENET], ids=lambda method: method.name)
def test_a_few_steps_bring_photos_nearer_to_their_targets(method: object, recipe: str) -> None:
    recipes = GEN_RECIPES if method is GLENET_GLOBAL else GLENET_RECIPES
    objective = paired(replace(recipes[recipe], **TINY))
    optimizer = torch.optim.Adam(objective.network.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        found = objective.terms(BATCH, "network")
        optimizer.zero_grad()
        total(found).backward()
        optimizer.step()
        losses.append(found["reconstruction"].item())
    assert losses[-1] < 0.7 * losses[0]


def test_validation_is_the_distance_to_the_target() -> None:
    objective = paired(replace(GLENET_RECIPES["default"], **TINY)).eval()
    assert BATCH.target is not None
    expected = (objective.enhance(BATCH.photo) - BATCH.target).abs().mean()
    torch.testing.assert_close(objective.validation_loss(BATCH), expected)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (19, 30), (32, 41)])
@torch.no_grad()
def test_photos_of_any_size_keep_it(height: int, width: int) -> None:
    for recipe in (GENRecipe(**TINY), GLeNetRecipe(**TINY)):
        objective = paired(recipe).eval()
        photo = torch.rand(1, 3, height, width)
        result = objective.enhance(photo)
        assert result.shape == photo.shape
        assert (result >= 0).all() and (result <= 1).all()
        shapes = {panel.values.shape[-2:] for panel in objective.panels(photo)}
        assert shapes <= {photo.shape[2:], (256, 256)}


def test_len_alone_and_behind_a_frozen_gen() -> None:
    alone = GLENET.network(GLeNetRecipe(**TINY, parts="len"))
    assert isinstance(alone, GLeNet) and alone.gen is None
    local = LEN(4)
    local.load_state_dict(alone.local.state_dict())
    photo = pictures(5)
    expected = (photo + local.eval()(photo)).clamp(0, 1)
    torch.testing.assert_close(alone.eval()(photo), expected)

    objective = paired(GLeNetRecipe(**TINY, frozen_gen=True)).train()
    assert isinstance(objective, GLeNetObjective) and objective.glenet.gen is not None
    before = {key: value.clone() for key, value in objective.glenet.gen.state_dict().items()}
    optimizer = torch.optim.Adam(objective.optimizer_groups[0].parameters())
    total(objective.terms(BATCH, "network")).backward()
    optimizer.step()
    assert all(torch.equal(v, before[k]) for k, v in objective.glenet.gen.state_dict().items())
    assert all(parameter.grad is not None for parameter in objective.glenet.local.parameters())
    with pytest.raises(UsageError, match="frozen_gen with the parts gen"):
        GLeNetRecipe(parts="len", frozen_gen=True)


def test_recipes_of_the_paper_need_features_and_say_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    for recipe in (GEN_RECIPES["paper"], GLENET_RECIPES["paper"]):
        with pytest.raises(ModelError, match="features_file"):
            paired(replace(recipe, **TINY))


def test_features_are_part_of_the_loss_where_asked_for() -> None:
    recipe = replace(GEN_RECIPES["paper"], **TINY)
    gen = GLENET_GLOBAL.network(recipe)
    assert isinstance(gen, GEN) and BATCH.target is not None
    objective = GENObjective(gen, recipe, Edges()).eval()
    found = objective.terms(BATCH, "network")
    seen = perceptual(Edges(), objective.enhance(BATCH.photo), Edges()(BATCH.target))
    torch.testing.assert_close(found["perceptual"], 0.04 * seen)
    with pytest.raises(UsageError, match="expected features of 'vgg16', got None"):
        GENObjective(gen, recipe)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("width=0", "width to be at least 1"),
        ("norm_momentum=0", "norm_momentum above 0"),
        ("size=100", "divisible by 8"),
    ],
)
def test_recipes_are_checked(settings: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        override(GLENET_RECIPES["default"], [settings])


def test_settings_reach_the_networks() -> None:
    recipe = override(GLENET_RECIPES["reimplementation"], ["width=8", "expansion=2", "size=64"])
    network = GLENET.network(recipe)
    assert isinstance(network, GLeNet) and network.gen is not None
    assert network.gen.stem.conv.out_channels == 8 and network.gen.side == 64
    assert network.gen.blocks[3].project.out_channels == 20  # type: ignore[union-attr]
    assert network.local.down1.expand.conv.out_channels == 16


def test_passports() -> None:
    recipe = replace(GEN_RECIPES["default"], **TINY)
    network = GLENET_GLOBAL.network(recipe)
    passport = GLENET_GLOBAL.passport(recipe, network)
    assert passport.size == passport.exact_size == FixedSize(32, 32)
    assert from_json(to_json(passport)) == passport
    picture = GLENET.passport(GLENET_RECIPES["default"], GLENET.network(GLENET_RECIPES["default"]))
    assert (picture.kind, picture.halo, picture.multiple) == ("picture", 64, 8)
    assert (picture.size, picture.exact_size) == (LongSide(512), OwnSize())
    assert picture.parameters == 867_472 + 274_608
    assert from_json(to_json(picture)) == picture


def test_tables_are_drawn_upward() -> None:
    table = torch.linspace(0, 1, 256)[:, None].expand(256, 3) * torch.tensor([1.0, 0.5, 0.0])
    picture = drawn(table)
    assert picture.shape == (3, 256, 256) and picture.sum() == 3 * 256
    assert picture[0, 0, 255] == picture[0, 255, 0] == 1
    assert picture[1, 255 - 128, 255] == 1 and (picture[2, 255] == 1).all()


def test_pairs_are_augmented_alike_and_others_each_on_its_own() -> None:
    recipe = GLENET_RECIPES["default"]
    photo = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    changed = 0
    for seed in range(8):
        first, second = views.paired(recipe, np.random.default_rng(seed), (photo, photo))
        assert first.shape == (256, 256, 3)
        np.testing.assert_array_equal(first, second)
        one, two = views.unpaired(recipe, np.random.default_rng(seed), (photo, photo[:200]))
        assert one.shape == two.shape == (256, 256, 3)
        plain, _ = views.paired(recipe, None, (photo, photo))
        changed += not np.array_equal(first, plain)
        gray, _ = views.paired(replace(recipe, gray=1.0), np.random.default_rng(seed), (photo,) * 2)
        assert (gray == gray[..., :1]).all()
    assert changed >= 5
