"""Zero-DCE's noise term and its exposure by a gamma, against loops written plainly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.data.synthesize import darken_physical
from nightlift.errors import UsageError
from nightlift.learned.method import Batch, total
from nightlift.learned.zero_dce import ZERO_DCE, ZERO_DCE_PLUS, terms
from nightlift.learned.zero_dce.grain import NEIGHBORHOOD, UNTOUCHED, grainy, local_mean
from nightlift.learned.zero_dce.objective import ZeroDCEObjective
from nightlift.learned.zero_dce.recipes import ZeroDCERecipe
from tests.reference import synth

QUIET = ZeroDCERecipe(
    width=4, size=32, noise_weight=2.0, smoothness_patch=4, exposure_gammas=(0.25, 0.6)
)


def photo(seed: int, brightness: float = 1.0) -> Tensor:
    return brightness * torch.from_numpy(synth.image(32, 40, seed)).permute(2, 0, 1)[None]


def objective(recipe: ZeroDCERecipe = QUIET) -> ZeroDCEObjective:
    torch.manual_seed(0)
    made = ZERO_DCE.objective(ZERO_DCE.network(recipe), recipe)
    assert isinstance(made, ZeroDCEObjective)
    return made


def test_noise_has_the_deviation_asked_for() -> None:
    torch.manual_seed(1)
    gray = torch.full((64, 3, 48, 48), 100 / 255)
    noise = 255 * (grainy(gray, (4.0, 4.0)) - gray)
    deviations = noise.std((1, 2, 3))
    assert (deviations < 1e-3).float().mean().item() == pytest.approx(UNTOUCHED, abs=0.15)
    assert deviations[deviations > 1e-3].mean().item() == pytest.approx(4.0, rel=0.05)
    assert noise.mean().item() == pytest.approx(0, abs=0.1)


def test_noise_is_shared_among_channels_and_neighbors() -> None:
    torch.manual_seed(2)
    gray = torch.full((32, 3, 48, 48), 100 / 255)
    noise = (grainy(gray, (8.0, 8.0)) - gray).numpy()
    noise = noise[noise.std((1, 2, 3)) > 1e-5]
    red, green = noise[:, 0].ravel(), noise[:, 1].ravel()
    assert np.corrcoef(red, green)[0, 1] == pytest.approx(0.5, abs=0.05)
    near = np.corrcoef(noise[..., 1:].ravel(), noise[..., :-1].ravel())[0, 1]
    assert 0.15 < near < 0.5


def test_noisy_photos_are_photos_of_eight_bits() -> None:
    torch.manual_seed(3)
    noisy = grainy(torch.cat((torch.zeros(2, 3, 16, 16), torch.ones(2, 3, 16, 16))), (5.0, 9.0))
    assert noisy.min() >= 0 and noisy.max() <= 1
    torch.testing.assert_close(noisy * 255, (noisy * 255).round(), rtol=0, atol=1e-4)


def test_local_means_are_means_with_the_border_repeated() -> None:
    maps = torch.rand(1, 2, 6, 7, generator=torch.Generator().manual_seed(4))
    means, reach = local_mean(maps), NEIGHBORHOOD // 2
    for y in range(6):
        for x in range(7):
            rows = np.clip(np.arange(y - reach, y + reach + 1), 0, 5)
            columns = np.clip(np.arange(x - reach, x + reach + 1), 0, 6)
            expected = maps.numpy()[:, :, rows][..., columns].mean((2, 3))
            np.testing.assert_allclose(means[..., y, x].numpy(), expected, rtol=1e-5)


def test_the_noise_term_is_the_distance_to_smoothed_curves_on_the_photo() -> None:
    made, clean = objective(), photo(5)
    noisy = (clean + 0.1).clamp(0, 1)
    maps = 0.9 * torch.rand(1, 24, 32, 40, generator=torch.Generator().manual_seed(6)) - 0.6
    smoothed = local_mean(maps).numpy()[0]
    results = [noisy.numpy()[0].astype(float), clean.numpy()[0].astype(float)]
    for step in range(8):
        for which, curves in enumerate((maps.numpy()[0], smoothed)):
            x = results[which]
            results[which] = x + curves[3 * step : 3 * step + 3] * (x * x - x)
    expected = np.abs(results[0] - results[1]).mean()
    assert made.noise(clean, noisy, maps).item() == pytest.approx(expected, rel=1e-4)


def test_the_noise_term_asks_nothing_of_smooth_curves() -> None:
    """Where the maps move together the noise would only be less bright: no gradient goes there."""
    made, clean = objective(), photo(7, 0.3)
    noisy = grainy(clean, (5.0, 5.0))
    maps = torch.full((1, 24, 32, 40), -0.5, requires_grad=True)
    made.noise(clean, noisy, maps).backward()
    assert maps.grad is not None and bool(maps.grad.any())
    together = maps.grad[..., 8:-8, 8:-8].sum()
    assert abs(together.item()) < 0.05 * maps.grad.abs().sum().item()


def test_exposure_by_gamma_is_the_distance_of_the_patches_means() -> None:
    dark, result = photo(8, 0.5), photo(9)
    colors = dark[0].numpy().astype(float)
    apart = result[0].numpy() - colors ** (0.25 + 0.35 * colors)
    squares = [
        apart[color, y : y + 8, x : x + 8].mean() ** 2
        for color in range(3)
        for y in range(0, 32, 8)
        for x in range(0, 40, 8)
    ]
    found = terms.exposure_gamma(result, dark, (0.25, 0.6), 8)
    assert found.item() == pytest.approx(float(np.mean(squares)), rel=1e-4)


def test_exposure_by_gamma_is_zero_for_that_gamma_alone() -> None:
    gray = photo(9, 0.2).mean(1, keepdim=True).expand(-1, 3, -1, -1)
    assert terms.exposure_gamma(gray**0.3, gray, (0.3, 0.3), 8).item() < 1e-10
    assert terms.exposure_gamma(gray, gray, (0.3, 0.3), 8).item() > 0.01


@pytest.mark.parametrize("brightness", [0.0, 0.05, 1.0])
def test_every_term_has_finite_gradients(brightness: float) -> None:
    made = objective()
    values = made.terms(Batch(photo(10, brightness)), "network")
    assert set(values) == {"spatial", "exposure", "color", "smoothness", "noise"}
    total(values).backward()
    for parameter in made.parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all()


def test_without_a_weight_there_is_no_noise() -> None:
    made = objective(replace(QUIET, noise_weight=0.0))
    values = [made.terms(Batch(photo(11)), "network") for _ in range(2)]
    assert "noise" not in values[0]
    assert all(torch.equal(values[0][name], values[1][name]) for name in values[0])


def test_a_few_steps_leave_less_noise() -> None:
    made, clean = objective(replace(QUIET, width=8)), photo(12, 0.2)
    torch.manual_seed(13)
    noisy = grainy(clean, (6.0, 6.0))
    optimizer = torch.optim.Adam(made.parameters(), 5e-3)
    found: list[float] = []
    for _ in range(60):
        with torch.no_grad():
            base = torch.full((1, 24, 32, 40), -0.5)
        term = made.noise(clean, noisy, base + made.curves(noisy))
        optimizer.zero_grad()
        term.backward()
        optimizer.step()
        found.append(term.item())
    assert found[-1] < 0.85 * found[0]


def test_a_dark_exposure_without_grain_has_no_noise() -> None:
    flat = np.full((32, 32, 3), 128, np.uint8)
    rng = np.random.default_rng(14)
    dark = darken_physical(rng, flat, (-3.0, -3.0), grain=0.0)
    assert (dark == dark[:1, :1]).all() and dark.max() < 64


def test_a_network_that_begins_with_surroundings_dampens_noise_and_keeps_flat_places() -> None:
    recipe = replace(QUIET, width=8, surroundings=3.0)
    torch.manual_seed(15)
    network = ZERO_DCE.network(recipe)
    flat = torch.full((1, 3, 48, 48), 20 / 255)
    inside = network(flat)[..., 8:-8, 8:-8]
    assert (inside.amax((2, 3)) - inside.amin((2, 3))).max().item() < 1e-4
    noisy = grainy(flat.repeat(8, 1, 1, 1), (3.0, 3.0))
    found = network(noisy)
    noise = (noisy[:, 1] - 20 / 255)[:, 8:-8, 8:-8]
    center = found[:, 1, 8:-8, 8:-8]
    slope = (noise * (center - center.mean())).mean() / noise.square().mean()
    assert 1.5 < slope.item() < 3.5


def test_surroundings_need_a_network_of_plain_layers_and_six_filters() -> None:
    recipe = replace(QUIET, surroundings=3.0)
    with pytest.raises(UsageError, match="at least 6 wide"):
        ZERO_DCE.network(recipe)
    with pytest.raises(UsageError, match="of zero-dce alone"):
        ZERO_DCE_PLUS.network(replace(recipe, width=8))


@pytest.mark.parametrize("wrong", [{"noise": (0.0, 1.0)}, {"noise": (2.0, 1.0)}])
def test_noise_levels_that_mean_nothing_are_refused(wrong: dict[str, tuple[float, float]]) -> None:
    with pytest.raises(UsageError, match="expected noise to be two numbers above 0"):
        replace(QUIET, noise=wrong["noise"])


def test_smoothness_patches_have_to_fit() -> None:
    with pytest.raises(UsageError, match="expected smoothness_patch to be from 1 to half"):
        replace(QUIET, smoothness_patch=20)
