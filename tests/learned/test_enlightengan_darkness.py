"""Good pictures darkened on the device, and the term that restores them."""

from dataclasses import replace

import pytest
import torch

from nightlift.learned.declaration import Batch
from nightlift.learned.enlightengan import terms
from nightlift.learned.enlightengan.darkening import darkened
from nightlift.learned.enlightengan.objective import (
    GENERATOR,
    GLOBAL,
    EnlightenGANObjective,
    restoration,
)
from tests.learned.enlightengan_examples import narrow, picture, small


def fixed(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_pictures_are_darkened_to_bytes_by_the_stops_asked_for() -> None:
    good = torch.cat([picture(40, 56, seed, 1.8).clamp(0, 0.85) for seed in range(12)])
    deep, slight = (darkened(good, stops, fixed(1)) for stops in ((-7, -5), (-1, -1)))
    assert deep.shape == good.shape and deep.min() >= 0 and deep.max() <= 1
    assert torch.equal(deep, (255 * deep).round() / 255)
    assert (deep.mean((1, 2, 3)) < 0.35 * good.mean((1, 2, 3))).all()
    assert (deep.mean((1, 2, 3)) < slight.mean((1, 2, 3))).all()
    assert torch.equal(deep, darkened(good, (-7, -5), fixed(1)))
    assert not torch.equal(deep, darkened(good, (-7, -5), fixed(2)))


def test_deep_darkness_is_noisier_once_it_is_brightened() -> None:
    flat = torch.full((6, 3, 64, 64), 0.5)
    noise = []
    for stops in (-1.0, -6.0):
        dark = darkened(flat, (stops, stops), fixed(3))
        noise.append(dark.diff(dim=3).std() / dark.mean())
    assert noise[1] > 2 * noise[0]


def test_what_is_white_stays_bright_in_some_pictures_and_gray_in_none() -> None:
    lamps = torch.full((40, 3, 32, 32), 0.5)
    lamps[..., 8:24] = 1
    dark = darkened(lamps, (-6, -6), fixed(4))
    lit = dark[..., 12:20].mean((1, 2, 3))
    assert dark[..., :8].mean((1, 2, 3)).max() < 0.2
    assert 4 <= int((lit > 0.5).sum()) <= 20 and int((lit < 0.3).sum()) >= 10


def test_brightness_is_no_color_and_faint_places_hardly_count() -> None:
    photo = picture(32, 32, 5, 0.6) * torch.tensor([0.9, 0.5, 0.3]).view(1, 3, 1, 1) + 0.1
    assert terms.color(1.5 * photo, photo, photo) == pytest.approx(0, abs=2e-3)
    turned = photo.flip(1)
    apart = terms.color(turned, photo, photo)
    assert apart > 0.1
    assert terms.color(turned, photo, 0.05 * photo) < 0.05 * apart


@pytest.mark.parametrize("restored", [0.0, 2.0])
def test_colors_are_a_term_of_the_generator_alone(restored: float) -> None:
    torch.manual_seed(0)
    recipe = small(perceptual_weight=0.0, restored_weight=restored, color_weight=3.0)
    objective = EnlightenGANObjective(narrow(recipe.width), recipe, None).train()
    batch = Batch(*(torch.cat([picture(48, 48, s, g) for s in (1, 2)]) for g in (0.4, 1.2)))
    found = objective.terms(batch, GENERATOR)
    (gradient,) = torch.autograd.grad(found["color"], [objective.network.latent.weight])
    assert gradient.abs().sum() > 0
    assert "color" not in objective.terms(batch, GLOBAL)


def test_restoring_is_a_term_of_the_generator_alone() -> None:
    torch.manual_seed(0)
    recipe = small(perceptual_weight=0.0, restored_weight=2.0)
    objective = EnlightenGANObjective(narrow(recipe.width), recipe, None).train()
    batch = Batch(*(torch.cat([picture(48, 48, s, g) for s in (1, 2)]) for g in (0.4, 1.2)))
    found = objective.terms(batch, GENERATOR)
    assert set(found) == {"global", "local", "restored"}
    (gradient,) = torch.autograd.grad(found["restored"], [objective.network.latent.weight])
    assert gradient.abs().sum() > 0
    assert set(objective.terms(batch, GLOBAL)) == {"relativistic"}
    objective.eval()
    with torch.no_grad():
        once, again = (objective.validation_loss(batch) for _ in range(2))
        plain = replace(recipe, restored_weight=0.0)
        bare = EnlightenGANObjective(objective.network, plain, None).eval()
        assert set(bare.terms(batch, GENERATOR)) == {"global", "local"}
    assert once == again


def test_restoration_is_nothing_for_the_picture_itself() -> None:
    good = picture(32, 32, 5, 1.0)
    assert restoration(good, good) == pytest.approx(0, abs=1e-6)
    assert restoration(0.5 * good, good) > 0.1
