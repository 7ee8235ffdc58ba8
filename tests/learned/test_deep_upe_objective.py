"""DeepUPE's terms against the published code's numbers; what it sees, and that it learns."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.adjust import differentiable
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, Objective, total
from nightlift.learned.deep_upe import DEEP_UPE, terms
from nightlift.learned.deep_upe.objective import DeepUPEObjective, small, weighted_terms
from nightlift.learned.deep_upe.recipes import REIMPLEMENTATION, DeepUPERecipe
from nightlift.learned.terms import distances
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import FixedSize, small_copy
from nightlift.train.overrides import override
from nightlift.train.schedules import factor
from tests.published_networks import REFERENCE
from tests.reference import synth

LOSSES = json.loads((REFERENCE / "losses.json").read_text())["deep_upe"]
SMALL = replace(REIMPLEMENTATION, luma_bins=2, spatial_bins=4, low_size=16, size=32, batch=4)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-4)


def photo(height: int, width: int, seed: int) -> Tensor:
    return torch.from_numpy(synth.image(height, width, seed)).permute(2, 0, 1)[None]


def pixels(height: int, width: int, seed: int) -> Pixels:
    picture: Floats = synth.image(height, width, seed)
    return np.rint(picture * 255).astype(np.uint8)


def published() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Photo, result, target and illumination that the numbers of losses.json belong to."""
    with np.load(REFERENCE / "deep_upe" / "outputs.npz") as stored:
        result = torch.from_numpy(stored["image"])
        illumination = torch.from_numpy(stored["illumination"])
    return photo(120, 180, 3), result, (1.8 * photo(120, 180, 9)).clamp(0, 1), illumination


def fresh(recipe: DeepUPERecipe) -> Objective:
    torch.manual_seed(0)
    return DEEP_UPE.objective(DEEP_UPE.network(recipe), recipe)


def test_terms_are_the_published_codes() -> None:
    before, result, target, light = published()
    assert distances(result, target, "squared").mean().item() == close(LOSSES["reconstruction_mse"])
    assert terms.color(result, target).item() == close(LOSSES["color_cosine"])
    assert terms.smoothness(light, before).item() == close(LOSSES["smoothness"])


def test_the_recipe_weighs_its_terms_as_published() -> None:
    found = weighted_terms(REIMPLEMENTATION, *published())
    assert list(found) == ["reconstruction", "color", "smoothness"]
    assert total(found).item() == close(LOSSES["total"])


def test_smoothness_is_the_formula() -> None:
    """The oracle goes from pixel to pixel; both pictures differ in height and width."""
    light, before = synth.image(5, 7, 1).astype(float), synth.image(5, 7, 2).astype(float)
    logs = np.log(before + 1e-4)
    values = []
    for y in range(1, 5):
        for x in range(1, 7):
            for c in range(3):
                value = 0.0
                for near in ((y, x - 1, c), (y - 1, x, c)):
                    weight = 1.5 / (abs(logs[y, x, c] - logs[near]) ** 1.2 + 1e-4)
                    value += weight * (light[y, x, c] - light[near]) ** 2
                values.append(value)
    found = terms.smoothness(photo(5, 7, 1), photo(5, 7, 2))
    assert found.item() == close(float(np.mean(values)))


def test_means_are_taken_over_the_batch() -> None:
    once = weighted_terms(REIMPLEMENTATION, *published())
    twice = weighted_terms(REIMPLEMENTATION, *(torch.cat((one, one)) for one in published()))
    for name, value in once.items():
        assert twice[name].item() == pytest.approx(value.item(), rel=1e-5), name


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("aim", [0.0, 1.0])
def test_plain_pictures_have_finite_gradients(level: float, aim: float) -> None:
    objective = fresh(SMALL)
    batch = Batch(torch.full((2, 3, 32, 32), level), torch.full((2, 3, 32, 32), aim))
    total(objective.terms(batch, "network")).backward()
    for parameter in objective.parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all()


@pytest.mark.parametrize("batch_norm", [True, False])
def test_a_few_steps_on_one_batch_bring_it_nearer_to_its_target(batch_norm: bool) -> None:
    objective = fresh(replace(SMALL, batch_norm=batch_norm))
    before = torch.cat([photo(32, 32, seed) for seed in range(4)]) * 0.5
    batch = Batch(before, (before * 2).clamp(0, 1))
    optimizer = torch.optim.Adam(objective.parameters(), 3e-3)
    first = objective.terms(batch, "network")["reconstruction"].item()
    for _ in range(25):
        optimizer.zero_grad()
        total(objective.terms(batch, "network")).backward()
        optimizer.step()
    assert objective.terms(batch, "network")["reconstruction"].item() < 0.5 * first
    for parameter in objective.parameters():
        assert parameter.isfinite().all()


@pytest.mark.parametrize(
    ("height", "width", "tolerance"),
    [(32, 32, 1e-5), (48, 16, 1e-5), (8, 8, 1e-5), (40, 33, 0.03), (9, 40, 0.03)],
)
def test_the_network_sees_what_the_released_one_will(
    height: int, width: int, tolerance: float
) -> None:
    """Equal where sides divide evenly; else areas of whole pixels stand for parts of them."""
    picture = synth.image(height, width, 4)
    expected = small_copy(Photo(picture), FixedSize(16, 16))
    found = small(photo(height, width, 4), 16)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - expected).max() <= tolerance


def test_the_result_is_the_photo_over_its_illumination() -> None:
    objective = fresh(SMALL).eval()
    assert isinstance(objective, DeepUPEObjective)
    before = photo(30, 41, 5)
    (panel,) = objective.panels(before)
    light = objective.illumination(before)
    assert panel.values.shape == (3, 30, 41)
    torch.testing.assert_close(panel.values, light[0].clamp(0, 1))
    torch.testing.assert_close(
        objective.enhance(before), (before / (light + 1e-4).clamp(min=1 / 64)).clamp(0, 1)
    )
    torch.testing.assert_close(objective.enhance(before), differentiable.divided(before, light))


def test_mixed_precision_leaves_the_guide_and_the_terms_in_full() -> None:
    objective = fresh(SMALL)
    seen: list[torch.dtype] = []
    objective.network.guide.register_forward_hook(  # type: ignore[union-attr]
        lambda module, given, found: seen.append(found.dtype)
    )
    with torch.autocast("cpu", torch.bfloat16):
        found = objective.terms(
            Batch(photo(32, 32, 1).expand(2, -1, -1, -1), torch.rand(2, 3, 32, 32)), "network"
        )
    assert seen == [torch.float32]
    assert {value.dtype for value in found.values()} == {torch.float32}


def test_validation_watches_the_squared_error_alone() -> None:
    objective = fresh(SMALL).eval()
    batch = Batch(photo(30, 41, 5), photo(30, 41, 6))
    assert batch.target is not None
    expected = (objective.enhance(batch.photo) - batch.target).square().mean()
    torch.testing.assert_close(objective.validation_loss(batch), expected)


def test_training_sees_augmented_squares_of_photo_and_target_alike() -> None:
    pair = (pixels(40, 60, 7), pixels(40, 60, 7))
    seen = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        for _ in range(3):
            before, target = DEEP_UPE.view(SMALL, rng, pair)
            assert before.shape == (32, 32, 3)
            assert np.array_equal(before, target)
            seen.append(before)
    for one, again in zip(seen[:3], seen[3:], strict=True):
        assert np.array_equal(one, again)
    assert not np.array_equal(seen[0], seen[1])
    plain = replace(SMALL, augment=False)
    first, second = (
        DEEP_UPE.view(plain, np.random.default_rng(seed), pair)[0] for seed in range(2)
    )
    assert np.array_equal(first, second)
    mirrored = [
        np.array_equal(
            DEEP_UPE.view(replace(plain, flip=True), np.random.default_rng(seed), pair)[0],
            first[:, ::-1],
        )
        for seed in range(8)
    ]
    assert 0 < sum(mirrored) < 8


def test_validation_keeps_the_photos_aspect() -> None:
    pair = (pixels(40, 60, 7), pixels(40, 60, 8))
    for one, whole in zip(DEEP_UPE.view(replace(SMALL, size=64), None, pair), pair, strict=True):
        assert np.array_equal(one, whole)
    assert [one.shape for one in DEEP_UPE.view(SMALL, None, pair)] == [(21, 32, 3)] * 2


def test_pictures_of_different_sizes_are_no_pair() -> None:
    pair = (pixels(40, 60, 7), pixels(60, 40, 7))
    for rng in (None, np.random.default_rng(0)):
        with pytest.raises(UsageError, match="one size"):
            DEEP_UPE.view(SMALL, rng, pair)


def test_learning_rates_are_the_reimplementations() -> None:
    found = [factor(REIMPLEMENTATION, epoch) for epoch in (0, 1, 2, 8, 9, 18, 19, 30, 31, 49)]
    assert found == [1, 0.5, 0.1, 0.1, 0.05, 0.05, 0.01, 0.01, 0.003, 0.003]
    assert REIMPLEMENTATION.learning_rate == 1e-2


def test_hyper_parameters_are_settings() -> None:
    settings = ("luma_bins=4", "channel_multiplier=2", "spatial_bins=16", "batch_norm=false")
    recipe = override(REIMPLEMENTATION, (*settings, "low_size=64"))
    network = DEEP_UPE.network(recipe)
    assert network(torch.rand(1, 3, 64, 64)).shape == (1, 12, 4, 16, 16)
    assert DEEP_UPE.passport(recipe, network).size == FixedSize(64, 64)


@pytest.mark.parametrize(
    "setting",
    [
        "luma_bins=1",
        "luma_bins=65",
        "channel_multiplier=0",
        "spatial_bins=6",
        "spatial_bins=2",
        "spatial_bins=0",
        "low_size=8",
        "low_size=100",
        "size=15",
        "batch=1",
    ],
)
def test_settings_that_make_no_network_are_refused(setting: str) -> None:
    with pytest.raises(UsageError, match=setting.partition("=")[0]):
        override(REIMPLEMENTATION, (setting,))


def test_a_single_picture_a_batch_is_fine_without_batch_norm() -> None:
    assert override(REIMPLEMENTATION, ("batch=1", "batch_norm=false")).batch == 1
