"""Where critics begin: with those of a run, with published ones, or anew; and it is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from nightlift.errors import DataError, ModelError
from nightlift.learned.enlightengan import ENLIGHTENGAN
from nightlift.learned.enlightengan.network import Generator, PatchCritic
from nightlift.learned.enlightengan.published import names
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.report import Event, Notice
from nightlift.train.run import RunFolder, train
from nightlift.train.warm_start import warm_start
from tests.train.conftest import DUEL, RATIO, tiny

Specs = Mapping[str, str]
RECIPE = tiny(ENLIGHTENGAN)
CRITIC = "critic.0.weight"


def publish(folder: Path, critic_width: int = RECIPE.critic_width) -> Path:
    """What the published code leaves behind: three files, behind `module.` as in parallel."""
    torch.manual_seed(7)
    theirs = {ours: published for published, ours in names().items()}
    generator = {
        f"module.{theirs[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": value
        for name, value in Generator(RECIPE.width).state_dict().items()
    }
    folder.mkdir()
    torch.save(generator, folder / "200_net_G_A.pth")
    for name, strides in (("D_A", RECIPE.global_strides), ("D_P", RECIPE.local_strides)):
        critic = PatchCritic(strides, critic_width).state_dict()
        torch.save(
            {f"module.{key}": value for key, value in critic.items()},
            folder / f"200_net_{name}.pth",
        )
    return folder / "200_net_G_A.pth"


def begun(source: Path) -> tuple[Mapping[str, torch.Tensor], list[str]]:
    told: list[str] = []
    torch.manual_seed(1)
    objective = ENLIGHTENGAN.objective(ENLIGHTENGAN.network(RECIPE), RECIPE)
    assert warm_start(ENLIGHTENGAN, RECIPE, objective, source, told.append) is None
    return objective.state_dict(), told


def test_published_critics_are_found_beside_their_generator(tmp_path: Path) -> None:
    generator = publish(tmp_path / "theirs")
    state, told = begun(generator)
    for ours, name in (("global_critic", "D_A"), ("local_critic", "D_P")):
        stored = torch.load(tmp_path / "theirs" / f"200_net_{name}.pth", weights_only=True)
        for key, value in stored.items():
            assert torch.equal(state[f"{ours}.{key.removeprefix('module.')}"], value)
    (sentence,) = told
    assert "go on from" in sentence and "D_A.pth and" in sentence and "D_P.pth" in sentence


def test_a_critic_that_is_missing_begins_anew(tmp_path: Path) -> None:
    generator = publish(tmp_path / "theirs")
    (tmp_path / "theirs" / "200_net_D_P.pth").unlink()
    one, told = begun(generator)
    assert told[0].endswith("200_net_D_A.pth")
    (tmp_path / "theirs" / "200_net_D_A.pth").unlink()
    none, told = begun(generator)
    assert "begin anew" in told[0] and "none lie beside it" in told[0]
    first = "model.0.weight"
    assert torch.equal(one[f"local_critic.{first}"], none[f"local_critic.{first}"])
    assert not torch.equal(one[f"global_critic.{first}"], none[f"global_critic.{first}"])


def test_published_critics_of_another_width_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"D_A\.pth .*expected the critics of this recipe"):
        begun(publish(tmp_path / "theirs", critic_width=2 * RECIPE.critic_width))
    generator = publish(tmp_path / "cut")
    file = tmp_path / "cut" / "200_net_D_P.pth"
    stored = torch.load(file, weights_only=True)
    stored.pop("module.model.0.bias")
    torch.save(stored, file)
    with pytest.raises(ModelError, match=r"local_critic\.model\.0\.bias does not fit"):
        begun(generator)


def test_weights_that_are_not_finite_are_refused(data: Specs, tmp_path: Path) -> None:
    train(ENLIGHTENGAN, tiny(ENLIGHTENGAN, epochs=1, batch=2), data["unpaired"], tmp_path / "a")
    last = RunFolder(tmp_path / "a").last
    stored = torch.load(last, weights_only=True)
    name = next(name for name in stored["objective"] if name.endswith("running_var"))
    stored["objective"][name][1] = 70000.0
    stored["objective"][name] = stored["objective"][name].half()
    torch.save(stored, last)
    with pytest.raises(ModelError, match=r"running_var that are not finite, as half precision"):
        begun(last)


def test_a_runs_critics_go_on(data: Specs, tmp_path: Path) -> None:
    """With a rate of nothing: the second run ends with the critic of the first."""
    train(DUEL, tiny(DUEL, learning_rate=0.1, keep="last"), data["unpaired"], tmp_path / "a")
    reached = Checkpoint.load(RunFolder(tmp_path / "a").last).objective[CRITIC]
    still = tiny(DUEL, epochs=1, learning_rate=1e-12)
    for name, source in (("run", tmp_path / "a"), ("file", RunFolder(tmp_path / "a").last)):
        told: list[Event] = []
        run = tmp_path / name
        train(DUEL, still, data["unpaired"], run, init=source, workers=0, report=told.append)
        found = Checkpoint.load(RunFolder(run).last).objective[CRITIC]
        torch.testing.assert_close(found, reached, atol=1e-6, rtol=0)
        notes = [event.sentence for event in told if isinstance(event, Notice)]
        assert notes == [f"the critics go on from {source}"]


def test_critics_of_another_recipe_begin_anew(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(ENLIGHTENGAN, epochs=1, batch=2)
    spec = data["unpaired"]
    train(ENLIGHTENGAN, recipe, spec, tmp_path / "a", workers=0)
    told: list[Event] = []
    wider = tiny(ENLIGHTENGAN, epochs=1, batch=2, critic_width=6)
    init = tmp_path / "a"
    train(ENLIGHTENGAN, wider, spec, tmp_path / "b", init=init, workers=0, report=told.append)
    notes = [event.sentence for event in told if isinstance(event, Notice)]
    assert notes == [f"the critics begin anew: those of {init} are of another recipe"]


def test_without_critics_there_is_nothing_to_tell(data: Specs, tmp_path: Path) -> None:
    train(RATIO, tiny(RATIO, epochs=1), data["paired"], tmp_path / "a", workers=0)
    told: list[Event] = []
    train(
        RATIO,
        tiny(RATIO, epochs=1),
        data["paired"],
        tmp_path / "b",
        init=tmp_path / "a",
        workers=0,
        report=told.append,
    )
    assert not [event for event in told if isinstance(event, Notice)]


def test_the_seeds_recipe_trains_on_cars_with_its_own_loss(data: Specs, tmp_path: Path) -> None:
    recipe = ENLIGHTENGAN.recipes["reimplementation"]
    assert (recipe.object, recipe.perceptual, recipe.batch) == ("car", "stylefeat", 2)
    assert (recipe.content_weight, recipe.style_weight) == (1.0, 1e-5)
    tiny_seed = tiny(ENLIGHTENGAN, object="car", epochs=1, batch=2)
    train(ENLIGHTENGAN, tiny_seed, data["unpaired"], tmp_path / "run", workers=0)
    split = (tmp_path / "run" / "split.json").read_text()
    assert "car" in split
    with pytest.raises(DataError, match="--set object=none trains on all of them"):
        other = tiny(ENLIGHTENGAN, object="bus", epochs=1, batch=2)
        train(ENLIGHTENGAN, other, data["unpaired"], tmp_path / "no", workers=0)
