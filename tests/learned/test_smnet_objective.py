"""SMNet's terms against the published code's numbers, and the objective that weighs them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.errors import ModelError, UsageError
from nightlift.learned import features
from nightlift.learned.declaration import Batch, total
from nightlift.learned.features import FeatureExtractor, torchvision_names
from nightlift.learned.smnet import SMNET, SMNET_FIVEK, terms
from nightlift.learned.smnet.network import SMNet
from nightlift.learned.smnet.objective import SMNetObjective, padded
from nightlift.learned.smnet.recipes import FALLING, FIVEK, LOL, SMNetRecipe
from nightlift.learned.terms import ssim
from nightlift.metrics.structural_similarity import ssim as measured_ssim
from nightlift.train.schedules import factor
from tests.published_networks import REFERENCE
from tests.reference import synth

LOSSES = json.loads((REFERENCE / "losses.json").read_text())["smnet"]
SMALL = replace(LOL, width=4, size=32, features="none")
SMALL_FIVEK = replace(FIVEK, width=4, size=32, features="none")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-4)


def photo(height: int, width: int, seed: int, gain: float = 1.0) -> Tensor:
    values = torch.from_numpy(synth.image(height, width, seed)) * gain
    return values.clamp(0, 1).permute(2, 0, 1)[None]


def extractor() -> FeatureExtractor:
    """VGG16 with the weights that losses.json names."""
    theirs = torchvision_names("vgg16")
    weights = {
        key: torch.from_numpy(synth.tensor(key, kernel if leaf == "weight" else kernel[:1]))
        for ours, kernel in features._shapes("vgg16").items()
        for leaf in ("weight", "bias")
        for key in [f"{theirs[ours]}.{leaf}"]
    }
    return FeatureExtractor(weights, terms.LAYERS)


class Painter(SMNet):
    """A network that has painted already."""

    def __init__(self, *pictures: Tensor) -> None:
        super().__init__(4, "lol" if len(pictures) == 1 else "fivek")
        self.painted = pictures

    def paint(
        self, photo: Tensor, given: Tensor | None = None
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        return self.painted, photo.new_zeros(1)


def weighted(recipe: SMNetRecipe, *pictures: Tensor) -> dict[str, float]:
    objective = SMNetObjective(Painter(*pictures), recipe, extractor())
    batch = Batch(photo(64, 64, 12), photo(64, 64, 11, 1.7))
    return {name: value.item() for name, value in objective.terms(batch, "network").items()}


def test_terms_are_the_published_codes() -> None:
    found = weighted(LOL, photo(64, 64, 10, 1.5))
    assert found == {
        "ssim": close(LOSSES["ssim_loss"]),
        "features": close(LOSSES["perceptual"]),
        "smooth_l1": close(LOSSES["smooth_l1"]),
        "inner_product": close(LOSSES["inner_product"]),
        "variation": close(0.001 * LOSSES["tv"]),
    }
    assert sum(found.values()) == close(LOSSES["total"])


def test_every_picture_of_fivek_is_supervised() -> None:
    pictures = [photo(64, 64, seed, 1.5) for seed in (8, 9, 10)]
    alone = [weighted(LOL, picture) for picture in pictures]
    found = weighted(FIVEK, *pictures)
    for name, value in found.items():
        each = [one[name] for one in alone]
        assert value == close(0.25 * each[0] + 0.5 * each[1] + each[2]), name


def test_means_are_taken_over_the_batch() -> None:
    pairs = [(photo(32, 40, seed), photo(32, 40, seed + 3, 1.5)) for seed in (1, 2)]
    results, targets = (torch.cat(each) for each in zip(*pairs, strict=True))
    for term in (ssim, terms.smooth_l1, terms.inner_product):
        alone = [term(*pair).item() for pair in pairs]
        assert term(results, targets).item() == close(sum(alone) / 2)
    alone = [terms.variation(result).item() for result, _ in pairs]
    assert terms.variation(results).item() == close(sum(alone) / 2)


def test_structural_similarity_is_the_metric() -> None:
    ours = ssim(photo(30, 41, 1), photo(30, 41, 2)).item()
    first, second = synth.image(30, 41, 1), synth.image(30, 41, 2)
    assert ours == close(measured_ssim(first, second, data_range=1.0))
    assert ssim(photo(11, 12, 1), photo(11, 12, 1)).item() == close(1.0)
    with pytest.raises(UsageError, match="at least 11"):
        ssim(photo(10, 12, 1), photo(10, 12, 1))


def test_structural_similarity_ignores_half_precision() -> None:
    first, second = photo(30, 41, 1), photo(30, 41, 2)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = ssim(first, second)
    assert torch.equal(mixed, ssim(first, second))


@pytest.mark.parametrize(("method", "recipe"), [(SMNET, SMALL), (SMNET_FIVEK, SMALL_FIVEK)])
def test_a_few_steps_bring_the_result_nearer(method: object, recipe: SMNetRecipe) -> None:
    assert method in (SMNET, SMNET_FIVEK)
    owner = SMNET if method is SMNET else SMNET_FIVEK
    torch.manual_seed(0)
    objective = owner.objective(owner.network(recipe), recipe)
    batch = Batch(photo(32, 32, 1), photo(32, 32, 1, 2.0))
    optimizer = torch.optim.Adam(objective.parameters(), 2e-3)
    before = objective.terms(batch, "network")
    for _ in range(12):
        optimizer.zero_grad()
        total(objective.terms(batch, "network")).backward()
        for name, parameter in objective.named_parameters():
            assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        optimizer.step()
    after = objective.terms(batch, "network")
    assert tuple(before) == tuple(after)
    assert after["smooth_l1"] < before["smooth_l1"]
    assert after["ssim"] < before["ssim"]


def test_photos_of_any_size_are_enhanced_whole() -> None:
    objective = SMNET.objective(SMNET.network(SMALL), SMALL)
    with torch.no_grad():
        for height, width in ((17, 22), (1, 1), (2, 9), (16, 20)):
            result = objective.enhance(torch.rand(1, 3, height, width))
            assert result.shape == (1, 3, height, width)
            assert result.min() >= 0 and result.max() <= 1


def test_borders_are_reflected_and_cut_off_again() -> None:
    x = torch.rand(1, 3, 5, 6)
    expected = np.pad(x[0].numpy(), ((0, 0), (1, 2), (1, 1)), mode="reflect")
    assert (padded(x, 4)[0].numpy() == expected).all()
    network = SMNET.network(SMALL)
    with torch.no_grad():
        result = SMNET.objective(network, SMALL).enhance(x)
        assert torch.equal(result, network(torch.from_numpy(expected[None]))[..., 1:6, 1:7])


def test_earlier_pictures_can_be_looked_at() -> None:
    objective = SMNET_FIVEK.objective(SMNET_FIVEK.network(SMALL_FIVEK), SMALL_FIVEK)
    titles = [panel.title for panel in objective.panels(torch.rand(1, 3, 16, 16))]
    assert titles == ["after block 1", "after block 2"]
    assert SMNET.objective(SMNET.network(SMALL), SMALL).panels(torch.rand(1, 3, 16, 16)) == ()


def test_recipes_are_the_published_one() -> None:
    assert (LOL.epochs, LOL.batch, LOL.size, LOL.width) == (600, 10, 128, 64)
    assert (LOL.learning_rate, LOL.betas, LOL.features) == (5e-4, (0.9, 0.999), "vgg16")
    for epoch, divisions in ((0, 0), (49, 0), (50, 1), (99, 1), (100, 2), (599, 11)):
        assert factor(LOL, epoch) == pytest.approx(1.2**-divisions)
    assert len(FALLING) == 12


def test_what_cannot_be_is_one_sentence(tmp_path: object) -> None:
    with pytest.raises(UsageError, match="multiple of 4"):
        replace(LOL, width=6)
    with pytest.raises(UsageError, match="size to be at least 16"):
        replace(LOL, size=8)
    with pytest.raises(UsageError, match="validation_side"):
        replace(LOL, validation_side=8)
    with pytest.raises(UsageError, match="picture_weights of 3"):
        SMNET_FIVEK.objective(SMNet(4, "fivek"), SMALL)
    missing = replace(LOL, features_file=f"{tmp_path}/none.pth")
    with pytest.raises(ModelError, match="features_file"):
        SMNET.objective(SMNet(4), missing)
    with pytest.raises(UsageError, match="expected features of 'vgg16'"):
        SMNetObjective(SMNet(4), LOL)


def test_views_cut_mirror_and_turn_alike() -> None:
    rows, columns = np.mgrid[0:40, 0:60].astype(np.uint8)
    before = np.stack((rows, columns, rows), -1)
    seen = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        first, second = SMNET.view(SMALL, rng, (before, before + 100))
        assert first.shape == (32, 32, 3)
        assert (second - first == 100).all()
        seen.add((bool(first[0, 0, 0] < first[-1, 0, 0]), bool(first[0, 0, 1] < first[0, -1, 1])))
    assert len(seen) == 4
    plain = replace(SMALL, flip=False, turn=False)
    first, _ = SMNET.view(plain, np.random.default_rng(0), (before, before))
    assert first[0, 0, 0] < first[-1, 0, 0] and first[0, 0, 1] < first[0, -1, 1]


def test_shrunk_copies_show_more_of_the_scene() -> None:
    """Of a ramp, a crop of a copy at a share of the size spans so much more."""
    ramp = np.repeat(np.arange(0, 240, 2, np.uint8)[None, :, None], 80, 0).repeat(3, 2)
    recipe = replace(SMALL, flip=False, turn=False, shrunk=0.5)
    spans = []
    for seed in range(30):
        first, second = SMNET.view(recipe, np.random.default_rng(seed), (ramp, ramp))
        assert first.shape == (32, 32, 3) and (first == second).all()
        spans.append(int(first[0, -1, 0]) - int(first[0, 0, 0]))
    assert 62 <= min(spans) < 75 and 110 < max(spans) <= 126
    with pytest.raises(UsageError, match="shrunk above 0"):
        replace(SMALL, shrunk=0.0)


def test_the_logarithm_is_weighed_where_asked_for() -> None:
    recipe = replace(LOL, features="none", logarithm_weight=0.5)
    result, target = photo(64, 64, 10, 1.5), photo(64, 64, 11, 1.7)
    objective = SMNetObjective(Painter(result), recipe)
    found = objective.terms(Batch(photo(64, 64, 12), target), "network")
    error = (result - target).square().mean().item()
    assert found["logarithm"].item() == close(0.5 * np.log(error + 1e-4))
    plain = SMNetObjective(Painter(result), replace(recipe, logarithm_weight=0.0))
    assert "logarithm" not in plain.terms(Batch(result, target), "network")


def test_validation_sees_the_whole_photo() -> None:
    rng = np.random.default_rng(0)
    before = rng.integers(0, 255, (40, 60, 3), np.uint8)
    first, second = SMNET.view(SMALL, None, (before, before))
    assert (first == before).all() and (second == before).all()
    first, _ = SMNET.view(replace(SMALL, validation_side=30), None, (before, before))
    assert first.shape == (20, 30, 3)
