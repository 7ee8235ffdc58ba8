"""EnlightenGAN's terms against the published code's numbers, and its three optimizer groups."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.data.sample import Collection, Sample
from nightlift.errors import DataError, ModelError, UsageError
from nightlift.learned.declaration import Batch, total
from nightlift.learned.enlightengan import ENLIGHTENGAN, terms
from nightlift.learned.enlightengan.objective import (
    GENERATOR,
    GLOBAL,
    LOCAL,
    POOLS,
    EnlightenGANObjective,
    needed_features,
    perceptual,
)
from nightlift.learned.enlightengan.recipes import PAPER, EnlightenGANRecipe
from nightlift.learned.enlightengan.views import crops, of_object
from nightlift.learned.features import FeatureExtractor
from tests.learned.enlightengan_examples import narrow, picture, small, vgg16
from tests.published_networks import REFERENCE

LOSSES = json.loads((REFERENCE / "losses.json").read_text())["enlighten_gan"]
PLAIN = small(perceptual_weight=0.0)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-4)


def objective(
    recipe: EnlightenGANRecipe, features: FeatureExtractor | None = None
) -> EnlightenGANObjective:
    torch.manual_seed(1)
    return EnlightenGANObjective(narrow(recipe.width), recipe, features)


def batch(count: int = 2, side: int = 48) -> Batch:
    photos = [picture(side, side, seed, 0.6) for seed in range(count)]
    good = [picture(side, side, seed, 1.8) for seed in range(20, 20 + count)]
    return Batch(torch.cat(photos), torch.cat(good))


def test_adversarial_terms_are_the_published_codes() -> None:
    rng = np.random.default_rng(5)
    real, fake = (
        torch.from_numpy(rng.standard_normal((2, 1, 6, 7)).astype(np.float32)) for _ in range(2)
    )
    critic, generator = LOSSES["relativistic_lsgan_discriminator"], "relativistic_lsgan_generator"
    assert terms.relativistic_critic(real, fake).item() == close(critic)
    assert terms.relativistic_generator(real, fake).item() == close(LOSSES[generator])
    assert terms.plain_critic(real, fake).item() == close(LOSSES["lsgan_discriminator"])
    assert terms.plain_generator(fake).item() == close(LOSSES["lsgan_generator"])


@pytest.mark.parametrize("choice", ["relu5_1", "relu5_3", "stylefeat", "style"])
def test_perceptual_terms_are_the_published_codes(choice: str) -> None:
    recipe = replace(PAPER, perceptual=choice)
    features = FeatureExtractor(
        vgg16(), ("relu3_3", "relu4_3", "relu5_1", "relu5_3"), feed="bgr", pools=POOLS
    )
    found = perceptual(features, recipe, picture(64, 96, 14, 1.6), picture(64, 96, 13))
    expected = LOSSES["perceptual"]["stylefeat" if choice == "style" else choice]
    assert found.item() == close(expected)


def test_the_styles_layers_and_weights_are_the_reimplementations() -> None:
    expected = LOSSES["style"]
    assert expected["content_weight"] == PAPER.content_weight
    assert expected["style_weight"] == PAPER.style_weight


def test_each_player_has_its_terms_and_its_parameters(tmp_path: Path) -> None:
    torch.save(vgg16(), tmp_path / "vgg.pth")
    recipe = small(features_file=str(tmp_path / "vgg.pth"))
    whole = ENLIGHTENGAN.objective(narrow(), recipe).train()
    assert isinstance(whole, EnlightenGANObjective) and whole.features is not None
    assert (whole.features.feed, whole.features.pools) == ("bgr", 3)
    names = {GENERATOR: ["global", "local", "perceptual", "perceptual_patches"]}
    names |= {GLOBAL: ["relativistic"], LOCAL: ["plain"]}
    given = batch()
    for group in whole.optimizer_groups:
        found = whole.terms(given, group.name)
        assert list(found) == names[group.name]
        whole.zero_grad()
        total(found).backward()
        mine = list(group.parameters())
        assert all(one.grad is not None and one.grad.isfinite().all() for one in mine)
        if group.name != GENERATOR:
            others = [one.grad for one in whole.network.parameters()]
            assert all(grad is None for grad in others)
    counted = sum(len(list(group.parameters())) for group in whole.optimizer_groups)
    assert counted == len(list(whole.parameters()))
    assert not any("features" in key for key in whole.state_dict())


def test_critics_judge_what_the_generator_just_made() -> None:
    whole = objective(PLAIN).train()
    runs: list[int] = []
    whole.network.downs[0].register_forward_hook(lambda *_: runs.append(1))  # type: ignore[index, union-attr]
    given = batch()
    for group in whole.optimizer_groups:
        whole.terms(given, group.name)
    assert len(runs) == 1
    whole.terms(batch(), LOCAL)
    assert len(runs) == 2


def test_a_share_of_photos_is_darkened_for_the_generator_alone() -> None:
    photo = torch.full((400, 3, 1, 1), 0.8)
    varied = objective(replace(PLAIN, vary=0.25))._varied(photo)[:, 0, 0, 0]
    darker = varied[varied < 0.8]
    assert 60 <= len(darker) <= 140
    assert 0.2 <= darker.min() < 0.22 and 0.38 < darker.max() <= 0.4
    assert torch.equal(objective(replace(PLAIN, vary=0.0))._varied(photo), photo)


def test_perceptual_terms_compare_with_the_photo_as_it_was() -> None:
    features = FeatureExtractor(vgg16(), ["relu1_1"], feed="bgr", pools=POOLS)
    recipe = replace(small(vary=1.0), perceptual="relu1_1")  # type: ignore[arg-type]
    whole = objective(recipe, features).train()
    torch.nn.init.zeros_(whole.network.latent.weight)  # type: ignore[arg-type, union-attr]
    torch.nn.init.zeros_(whole.network.latent.bias)  # type: ignore[arg-type, union-attr]
    seen: list[Tensor] = []
    features.register_forward_hook(lambda _, given, __: seen.append(given[0].detach()))
    given = batch()
    whole.terms(given, GENERATOR)
    before, after = seen[:2]
    assert torch.equal(before, given.photo)
    divided = (before / after).flatten(1).nanmean(1)
    assert ((divided > 1.99) & (divided < 4.01)).all()
    assert seen[2].shape == seen[3].shape == (12, 3, 32, 32)


def test_patches_lie_at_the_same_places_in_all_pictures() -> None:
    whole = objective(PLAIN).train()
    rows = torch.arange(48.0).view(1, 1, 48, 1).expand(2, 3, 48, 48)
    places = whole._places(rows)
    assert len(places) == 6 == len(set(places))
    patches = whole._patches(rows, places)
    assert patches.shape == (12, 3, 32, 32)
    assert patches[::2, 0, 0, 0].tolist() == [top for top, _ in places]
    drawn = torch.tensor([place for _ in range(200) for place in whole._places(rows)])
    assert drawn.min() == 0 and drawn.max() == 16


def test_validation_leaves_nothing_to_chance_and_nothing_behind() -> None:
    whole = objective(PLAIN).eval()
    state = torch.get_rng_state()
    with torch.no_grad():
        first, second = (whole.validation_loss(batch()).item() for _ in range(2))
    assert first == second
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("perceptual_term", ["relu5_1", "stylefeat"])
def test_steps_on_a_fixed_batch_lower_the_perceptual_term(perceptual_term: str) -> None:
    recipe = small(perceptual=perceptual_term, vary=0.0, patches=1, global_weight=0.0)
    recipe = replace(recipe, local_weight=0.0)
    layers = ("relu5_1",) if perceptual_term == "relu5_1" else ("relu3_3", "relu4_3", "relu5_3")
    whole = objective(recipe, FeatureExtractor(vgg16(), layers, feed="bgr", pools=POOLS)).train()
    adam = torch.optim.Adam(whole.network.parameters(), 3e-3)
    given, seen = batch(1, 32), []
    for _ in range(5):
        found = whole.terms(given, GENERATOR)
        adam.zero_grad()
        total(found).backward()
        adam.step()
        seen.append(found["perceptual"].item())
    assert seen[-1] < 0.9 * seen[0]


def test_steps_of_all_players_lower_their_own_loss() -> None:
    whole = objective(PLAIN).train()
    given = batch()
    for group in whole.optimizer_groups:
        adam = torch.optim.Adam(group.parameters(), 2e-3)
        seen = []
        for _ in range(8):
            loss = total(whole.terms(given, group.name))
            adam.zero_grad()
            loss.backward()
            adam.step()
            seen.append(loss.item())
        assert seen[-1] < seen[0], group.name


def test_no_features_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ModelError, match="features_file=PATH"):
        ENLIGHTENGAN.objective(narrow(), small())
    assert needed_features(PLAIN) is None


def test_the_schedule_falls_after_a_hundred_epochs() -> None:
    factor = pytest.importorskip("nightlift.train.schedules").factor
    assert [factor(PAPER, epoch) for epoch in (0, 100, 150, 199)] == close_to([1, 1, 0.5, 0.01])


def close_to(values: list[float]) -> object:
    return pytest.approx(values)


def test_what_is_estimated_can_be_looked_at() -> None:
    whole = objective(PLAIN).eval()
    photo = picture(50, 70, 3)
    with torch.no_grad():
        dark, added = whole.panels(photo)
        result = whole.enhance(photo)
    assert dark.values.shape == added.values.shape == (50, 70)
    assert result.shape == photo.shape and 0 <= float(result.min()) <= float(result.max()) <= 1


def test_views_crop_each_picture_on_its_own() -> None:
    column = np.arange(80, dtype=np.uint8)
    same = np.broadcast_to(column[None, :, None], (64, 80, 3))
    recipe = small(flip=False)
    dark, good = crops(recipe, np.random.default_rng(0), (same, same))
    assert dark.shape == good.shape == (48, 48, 3)
    assert not np.array_equal(dark, good)
    middle, _ = crops(recipe, None, (same, same))
    assert np.array_equal(middle, same[8:56, 16:64])
    large = small(size=128)
    assert all(one.shape == (128, 128, 3) for one in crops(large, None, (same,)))


def samples(*groups: str) -> tuple[Sample, ...]:
    return tuple(Sample(f"{group}/1", Path(f"{group}/1.png"), group=group) for group in groups)


def test_one_class_of_object_can_be_chosen() -> None:
    whole = Collection("unpaired", Path("d"), samples("car", "dog", "cat"), samples("car", "dog"))
    assert of_object(small(), whole) is whole
    found = of_object(small(object="car"), whole)
    assert found.samples == found.good[:0] + samples("car") == found.good
    for wrong, words in (("cars", "did you mean car"), ("cat", r"there are: car, dog\)")):
        with pytest.raises(DataError, match=words):
            of_object(small(object=wrong), whole)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"patch": 16}, "patch from 32"),
        ({"patch": 64}, "patch from 32"),
        ({"vary_range": (0.5, 2.0)}, "vary_range"),
        ({"vary": 1.5}, "vary from 0 to 1"),
        ({"width": 0}, "width"),
        ({"resized": (0, 5)}, "resized"),
    ],
)
def test_wrong_recipes_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        small(**changes)


def test_the_gram_matrix_is_the_mean_of_products() -> None:
    values = torch.randn(2, 3, 4, 5)
    expected = Tensor([[[float((a * b).sum()) / 60 for b in one] for a in one] for one in values])
    torch.testing.assert_close(terms.gram(values), expected)
