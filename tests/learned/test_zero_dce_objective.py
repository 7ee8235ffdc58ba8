"""The zero-reference terms against the published code's numbers, and where theirs would break."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.edit.enhancer import Enhancer
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, total
from nightlift.learned.zero_dce import ZERO_DCE, ZERO_DCE_PLUS, terms
from nightlift.learned.zero_dce.objective import ZeroDCEObjective, weighted_terms
from nightlift.learned.zero_dce.recipes import PAPER, REIMPLEMENTATION, ZeroDCERecipe
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import Divisor
from nightlift.train.export import release
from tests.published_networks import REFERENCE
from tests.reference import synth

LOSSES = json.loads((REFERENCE / "losses.json").read_text())
SMALL = ZeroDCERecipe(width=4, size=32)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-4)


NAMES = {"paper": "zero_dce_paper", "reimplementation": "zero_dce_seed"}


def published(dialect: str) -> tuple[Tensor, Tensor, Tensor]:
    """Photo, result and curves that the numbers of losses.json belong to."""
    with np.load(REFERENCE / NAMES[dialect] / "outputs.npz") as stored:
        enhanced, curves = torch.from_numpy(stored["after_8"]), torch.from_numpy(stored["curves"])
    return photo(64, 96, 1), enhanced, curves


def photo(height: int, width: int, seed: int) -> Tensor:
    return torch.from_numpy(synth.image(height, width, seed)).permute(2, 0, 1)[None]


def test_paper_terms_are_the_published_codes() -> None:
    expected = LOSSES["zero_dce_paper"]
    before, after, curves = published("paper")
    assert terms.color_paper(after).item() == close(expected["color"])
    assert terms.spatial_paper(after, before).item() == close(expected["spatial"])
    assert terms.exposure_paper(after, 0.6).item() == close(expected["exposure_patch16_E0.6"])
    assert terms.smoothness_paper(curves).item() == close(expected["tv"])


def test_reimplemented_terms_are_the_published_codes() -> None:
    expected = LOSSES["zero_dce_seed"]
    before, after, curves = published("reimplementation")
    assert terms.color_reimplemented(after).item() == close(expected["color"])
    assert terms.color_ratio(after, before).item() == close(expected["color_ratio"])
    assert terms.spatial_reimplemented(after, before).item() == close(expected["spatial_region4"])
    assert terms.exposure_reimplemented(after, 0.62).item() == close(
        expected["exposure_region16_E0.62"]
    )
    assert terms.smoothness_reimplemented(curves).item() == close(expected["tv"])


@pytest.mark.parametrize("recipe", [PAPER, REIMPLEMENTATION], ids=lambda recipe: recipe.name)
def test_recipes_weigh_their_terms_as_published(recipe: ZeroDCERecipe) -> None:
    expected = LOSSES[NAMES[recipe.name]]
    exposure = "exposure_patch16_E0.6" if recipe is PAPER else "exposure_region16_E0.62"
    spatial = "spatial" if recipe is PAPER else "spatial_region4"
    keys = {"spatial": spatial, "exposure": exposure, "color": "color", "smoothness": "tv"}
    weights = {**expected["weights"], "smoothness": expected["weights"]["tv"]}
    before, after, curves = published(recipe.name)
    for name, value in weighted_terms(recipe, before, after, curves).items():
        assert value.item() == close(weights[name] * expected[keys[name]]), name


def test_exposure_of_the_whole_picture_is_that_of_its_mean() -> None:
    picture = photo(40, 48, 2)
    expected = (picture.mean().item() - 0.6) ** 2
    assert terms.exposure_paper(picture, 0.6, None).item() == close(expected)


def test_the_ratio_color_term_is_a_setting() -> None:
    before, after, curves = published("reimplementation")
    recipe = ZeroDCERecipe(losses="reimplementation", color_term="ratio", color_weight=3.0)
    value = weighted_terms(recipe, before, after, curves)["color"]
    assert value.item() == close(3 * LOSSES["zero_dce_seed"]["color_ratio"])


def test_spatial_terms_are_the_differences_of_both_pictures() -> None:
    """The oracle takes the differences of result and photo apart, as the formula is written."""
    before, after = photo(40, 48, 2), photo(40, 48, 3)
    regions = [torch.nn.functional.avg_pool2d(x.mean(1), 4)[0].numpy() for x in (before, after)]
    height, width = regions[0].shape
    result = 0.0
    for row in range(height):
        for column in range(width):
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                y, x = row + down, column + right
                inside = 0 <= y < height and 0 <= x < width
                steps = [r[row, column] - (r[y, x] if inside else 0.0) for r in regions]
                result += (steps[1] - steps[0]) ** 2
    assert terms.spatial_paper(after, before).item() == close(result / (height * width))


def test_means_are_taken_over_the_batch() -> None:
    before, after, curves = published("paper")
    for recipe in (PAPER, REIMPLEMENTATION):
        once = weighted_terms(recipe, before, after, curves)
        twice = weighted_terms(recipe, *(torch.cat((one, one)) for one in (before, after, curves)))
        for name, value in once.items():
            assert twice[name].item() == pytest.approx(value.item(), rel=1e-5), name


@pytest.mark.parametrize("losses", ["paper", "reimplementation"])
@pytest.mark.parametrize("color_term", ["difference", "ratio"])
def test_gray_and_black_pictures_have_finite_gradients(losses: str, color_term: str) -> None:
    recipe = ZeroDCERecipe(width=4, losses=losses, color_term=color_term)  # type: ignore[arg-type]
    torch.manual_seed(0)
    objective = ZERO_DCE.objective(ZERO_DCE.network(recipe), recipe)
    levels = torch.tensor((0.0, 0.5)).view(2, 1, 1, 1)
    total(objective.terms(Batch(levels.expand(2, 3, 32, 32)), "network")).backward()
    for parameter in objective.parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all()


def test_contrast_is_asked_of_each_region_against_the_mean() -> None:
    """The oracle goes region by region, as the rule is told."""
    before, after = photo(40, 48, 2), photo(40, 48, 3)
    was, found = (torch.nn.functional.avg_pool2d(x.mean(1), 4)[0].tolist() for x in (before, after))
    mean = np.mean(was)
    wanted = [
        [
            1 - (1 - mean) * np.exp(-1.7 * (value - mean) / (1 - mean))
            if value > mean
            else mean * np.exp(1.7 * (value - mean) / mean)
            for value in row
        ]
        for row in was
    ]
    off = np.array(found) - np.mean(found) - (np.array(wanted) - np.mean(wanted))
    factor = torch.tensor(1.7).view(1, 1, 1, 1)
    assert terms.contrast(after, before, factor).item() == close(np.mean(off**2))


def test_contrast_never_asks_for_black_or_white() -> None:
    halves = torch.tensor((0.0, 1.0)).repeat_interleave(16).expand(1, 3, 32, 32)
    much = torch.tensor(50.0).view(1, 1, 1, 1)
    assert terms.contrast(halves, halves, much).item() == close(0)
    one = torch.ones(1, 1, 1, 1)
    assert terms.contrast(halves, halves, one).item() > 0.001  # softer than what clips already


def test_training_applies_what_a_released_file_does(tmp_path: Path) -> None:
    recipe = replace(SMALL, power_first=True, contrast=0.4, exposure_target=0.45)
    torch.manual_seed(1)
    network = ZERO_DCE.network(recipe)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model = release(network, ZERO_DCE.passport(recipe, network), tmp_path / "power.onnx")
    dark = photo(64, 96, 1) ** 2
    with torch.no_grad():
        trained = ZERO_DCE.objective(network, recipe).enhance(dark)
    pixels = dark[0].permute(1, 2, 0).contiguous().numpy()
    applied = Enhancer(model=model.path)(Photo(pixels)).pixels
    np.testing.assert_allclose(applied, trained[0].permute(1, 2, 0).numpy(), atol=1e-3)


def test_no_curves_change_nothing() -> None:
    recipe = SMALL
    network = ZERO_DCE.network(recipe)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    before = photo(32, 32, 4)
    assert torch.equal(ZERO_DCE.objective(network, recipe).enhance(before), before)


def test_plus_looks_at_what_its_passport_says_and_enlarges_by_corners() -> None:
    torch.manual_seed(0)
    recipe = replace(SMALL, shrink=12)
    network = ZERO_DCE_PLUS.network(recipe)
    objective = ZERO_DCE_PLUS.objective(network, recipe)
    assert isinstance(objective, ZeroDCEObjective)
    seen: list[torch.Size] = []
    network.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    maps = objective.curves(photo(50, 64, 5))
    passport = ZERO_DCE_PLUS.passport(recipe, network)
    assert isinstance(passport.size, Divisor)
    assert seen == [(1, 3, 50 // passport.size.number, 64 // passport.size.number)]
    assert passport.alignment == "corners"
    small = network(torch.nn.functional.interpolate(photo(50, 64, 5), (4, 5), mode="bilinear"))
    assert maps.shape == (1, 3, 50, 64)
    for y, x, row, column in ((0, 0, 0, 0), (49, 63, 3, 4), (0, 63, 0, 4)):
        torch.testing.assert_close(maps[..., y, x], small[..., row, column])


def test_plus_without_shrinking_is_used_as_zero_dce_is() -> None:
    recipe = replace(SMALL, shrink=1)
    network = ZERO_DCE_PLUS.network(recipe)
    passport = ZERO_DCE_PLUS.passport(recipe, network)
    said = (passport.method, passport.alignment, passport.halo)
    assert said == ("zero-dce-plus", "half-pixel", 7)
    maps = ZERO_DCE_PLUS.objective(network, recipe).curves(photo(20, 30, 5))
    torch.testing.assert_close(maps, network(photo(20, 30, 5)))


def test_what_is_estimated_can_be_looked_at() -> None:
    objective = ZERO_DCE.objective(ZERO_DCE.network(SMALL), SMALL)
    before = photo(32, 32, 6)
    panels = objective.panels(before)
    maps = objective.curves(before)  # type: ignore[operator]
    assert [panel.title for panel in panels] == [
        "mean curve, red",
        "mean curve, green",
        "mean curve, blue",
    ]
    torch.testing.assert_close(panels[1].values, maps[0, 1::3].mean(0))
    histograms = objective.histograms(before)
    assert len(histograms) == 24
    torch.testing.assert_close(histograms["step 3", "blue"], maps[:, 8].flatten())


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"contrast": 0.5}, "power_first=true"), ({"power_first": True, "contrast": 2}, "0 to 1")],
)
def test_recipes_that_make_no_sense_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replace(PAPER, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("losses", "border"), [("paper", "constant"), ("reimplementation", "edge")]
)
@pytest.mark.parametrize("region", [1, 4, 8])
def test_regions_have_the_size_that_the_recipe_says(losses: str, border: str, region: int) -> None:
    """An independent oracle: block means by reshaping, steps by slicing."""
    before, after = photo(32, 48, 1)[0].numpy(), photo(32, 48, 2)[0].numpy()
    shares = np.array((1 / 3, 1 / 3, 1 / 3) if losses == "paper" else (0.3, 0.59, 0.1))
    change = np.tensordot(shares, after - before, 1)
    blocks = change.reshape(32 // region, region, 48 // region, region).mean((1, 3))
    around = np.pad(blocks, 1, mode=border)  # type: ignore[call-overload]
    near = (around[1:-1, :-2], around[1:-1, 2:], around[:-2, 1:-1], around[2:, 1:-1])
    expected = sum((blocks - one) ** 2 for one in near).mean()
    recipe = replace(SMALL, losses=losses, spatial_region=region, spatial_weight=1.0)
    given = torch.from_numpy(before)[None], torch.from_numpy(after)[None], torch.zeros(1, 24, 8, 8)
    assert weighted_terms(recipe, *given)["spatial"].item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("patch", [1, 8, None])
def test_patches_have_the_size_that_the_recipe_says(patch: int | None) -> None:
    before, after = photo(32, 48, 1), photo(32, 48, 2)
    gray = after[0].numpy().mean(0)
    side = (patch, patch) if patch else (32, 48)
    means = gray.reshape(32 // side[0], side[0], 48 // side[1], side[1]).mean((1, 3))
    recipe = replace(SMALL, exposure_patch=patch, exposure_weight=1.0, exposure_target=0.5)
    found = weighted_terms(recipe, before, after, torch.zeros(1, 24, 8, 8))["exposure"]
    assert found.item() == pytest.approx(((means - 0.5) ** 2).mean(), rel=1e-4)


def test_regions_must_fit() -> None:
    with pytest.raises(UsageError, match="spatial_region to be from 1 to half the size 32"):
        replace(SMALL, spatial_region=17)
