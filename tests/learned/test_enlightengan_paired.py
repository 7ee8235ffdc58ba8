"""EnlightenGAN's generator from pairs: its terms, its views, and what may begin with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch
from nightlift.learned.enlightengan import ENLIGHTENGAN, ENLIGHTENGAN_PAIRED
from nightlift.learned.enlightengan.paired import PAIRED_RECIPES, PairedObjective, whole_or_crop
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.run import RunFolder, train
from tests.learned.enlightengan_examples import narrow, picture
from tests.train.conftest import SIDE, tiny, write

RECIPE = replace(PAIRED_RECIPES["pairs"], width=4)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_terms_are_least_for_the_target_itself() -> None:
    torch.manual_seed(0)
    objective = PairedObjective(narrow(4), RECIPE).eval()
    photo = picture(48, 40, 1, 0.4)
    with torch.no_grad():
        result = objective.painted(photo)
        found = objective.terms(Batch(photo, result), "network")
        other = objective.terms(Batch(photo, result.flip(2)), "network")
    assert found["absolute"] == 0 and found["structure"] == pytest.approx(0, abs=1e-6)
    assert found["logarithm"] == pytest.approx(RECIPE.logarithm_weight * np.log(1e-4), rel=1e-4)
    assert all(other[name] > found[name] for name in found)


def test_photo_and_target_are_cropped_alike_and_validated_whole() -> None:
    ramp = np.arange(90 * 130 * 3, dtype=np.uint32).reshape(90, 130, 3) % 251
    photo = ramp.astype(np.uint8)
    recipe = replace(RECIPE, size=48, shrunk=0.7, validation_side=65)
    places = set()
    for seed in range(8):
        one, two = whole_or_crop(recipe, np.random.default_rng(seed), (photo, photo))
        assert one.shape == (48, 48, 3)
        np.testing.assert_array_equal(one, two)
        places.add(one.tobytes())
    assert len(places) == 8
    assert whole_or_crop(recipe, None, (photo,))[0].shape == (45, 65, 3)
    assert whole_or_crop(replace(recipe, validation_side=500), None, (photo,))[0] is photo


@pytest.mark.parametrize("wrong", [{"width": 0}, {"shrunk": 0.0}, {"validation_side": 8}])
def test_a_recipe_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"got .*{next(iter(wrong.values()))}"):
        replace(RECIPE, **wrong)


def test_a_training_without_pairs_begins_with_it(tmp_path: Path) -> None:
    write(tmp_path / "pairs" / "low", range(4), 0.5)
    write(tmp_path / "pairs" / "high", range(4))
    write(tmp_path / "unpaired" / "train_A", range(4), 0.5)
    write(tmp_path / "unpaired" / "train_B", range(20, 24), 2.0)
    recipe = tiny(ENLIGHTENGAN_PAIRED, epochs=1, size=SIDE // 2)
    train(ENLIGHTENGAN_PAIRED, recipe, f"lol:{tmp_path / 'pairs'}", tmp_path / "warm", workers=0)
    warm = Checkpoint.load(RunFolder(tmp_path / "warm").last).released
    still = tiny(ENLIGHTENGAN, epochs=1, learning_rate=1e-30)
    data, run = f"unpaired:{tmp_path / 'unpaired'}", tmp_path / "run"
    train(ENLIGHTENGAN, still, data, run, init=tmp_path / "warm", workers=0)
    found = Checkpoint.load(RunFolder(run).last).released
    for name, value in warm.items():
        if "norm" not in name:  # the norms' statistics move with every batch
            torch.testing.assert_close(found[name], value)
