"""Two stages without pairs: who is judged by whom, who learns when, and what is left alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from nightlift.adjust import differentiable
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, Objective, OptimizerGroup, total
from nightlift.learned.glenet import GLENET_UNPAIRED, terms
from nightlift.learned.glenet.network import UnpairedGLeNet
from nightlift.learned.glenet.recipes import STAGE_1, STAGE_2, UnpairedRecipe
from nightlift.learned.glenet.unpaired import Stage1Objective, Stage2Objective
from nightlift.models.passport_json import from_json, to_json
from tests.learned.test_glenet_objective import pictures

FIRST = replace(STAGE_1, width=4, size=32)
SECOND = replace(STAGE_2, width=4, size=32)
BATCH = Batch(pictures(1, 2, 3, gain=0.5), pictures(4, 5, 6, gain=1.8))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def objective(recipe: UnpairedRecipe) -> Objective:
    return GLENET_UNPAIRED.objective(GLENET_UNPAIRED.network(recipe), recipe)


def first() -> Stage1Objective:
    made = objective(FIRST)
    assert isinstance(made, Stage1Objective)
    return made


def second(learned: bool = True) -> Stage2Objective:
    made = objective(SECOND)
    assert isinstance(made, Stage2Objective)
    made.gan.learned.fill_(int(learned))
    return made


def applied(gen: torch.nn.Module, photo: Tensor) -> Tensor:
    return differentiable.tone_table(photo, gen(photo))


def step(made: Objective, group: OptimizerGroup, rate: float = 1e-3) -> None:
    optimizer = torch.optim.Adam(list(group.parameters()), rate)
    made.zero_grad()
    total(made.terms(BATCH, group.name)).backward()
    optimizer.step()


@torch.no_grad()
def test_generators_terms_are_cycle_identity_and_deceit() -> None:
    """In evaluation mode, where what goes through a network together does not matter."""
    made = first().eval()
    poor, good = BATCH.photo, BATCH.target
    assert good is not None
    up, down = made.gan.enhancer, made.gan.degrader
    better, degraded = applied(up, poor), applied(down, good)
    undone = (applied(up, degraded) - good).abs().mean() + (
        applied(down, better) - poor
    ).abs().mean()
    kept = (applied(up, good) - good).abs().mean() + (applied(down, poor) - poor).abs().mean()
    expected = {
        "adversarial": (made.good_critic(better) - 1).square().mean()
        + (made.poor_critic(degraded) - 1).square().mean(),
        "cycle": 10 * undone,
        "identity": 5 * kept,
        "smoothness": 0.01
        * terms.smoothness(torch.cat((up(poor), up(good), up(degraded), down(good), down(poor)))),
        "monotonicity": torch.tensor(0.0),
        "decay": 5e-5 * (terms.decay(up) + terms.decay(down)),
    }
    found = made.terms(BATCH, "generators")
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, msg=name)


@torch.no_grad()
def test_critics_tell_the_real_from_the_made() -> None:
    made = first().eval()
    poor, good = BATCH.photo, BATCH.target
    assert good is not None
    better, degraded = applied(made.gan.enhancer, poor), applied(made.gan.degrader, good)
    found = made.terms(BATCH, "critics")
    for name, judge, real, fake in (
        ("good", made.good_critic, good, better),
        ("poor", made.poor_critic, poor, degraded),
    ):
        expected = ((judge(real) - 1).square().mean() + judge(fake).square().mean()) / 2
        torch.testing.assert_close(found[name], expected)


@pytest.mark.parametrize("name", ["generators", "critics", "enhancer", "critic"])
def test_each_player_learns_all_it_has_and_nothing_else(name: str) -> None:
    made: Objective = first() if name in ("generators", "critics") else second()
    group = next(each for each in made.optimizer_groups if each.name == name)
    mine = {id(parameter) for parameter in group.parameters()}
    before = {key: value.detach().clone() for key, value in made.named_parameters()}
    # LEN's last kernel begins at zero: what lies before it learns from the second step on. Two
    # first steps of Adam at one rate could take each other back.
    step(made, group)
    step(made, group, 2e-3)
    for key, value in made.named_parameters():
        assert torch.equal(value, before[key]) != (id(value) in mine), key


def test_generators_come_nearer_to_undoing_each_other() -> None:
    made = first()
    generators = made.optimizer_groups[0]
    optimizer = torch.optim.Adam(list(generators.parameters()), 1e-3)
    losses = []
    for _ in range(10):
        found = made.terms(BATCH, "generators")
        optimizer.zero_grad()
        total(found).backward()
        optimizer.step()
        losses.append((found["cycle"] + found["identity"]).item())
    assert losses[-1] < 0.9 * losses[0]


def test_stage_2_restores_pseudo_pairs() -> None:
    made = second()
    with torch.no_grad():  # a degrader that halves
        made.gan.degrader.dense.weight.zero_()
    made.gan.degrader.table = "value"
    optimizer = torch.optim.Adam(list(made.optimizer_groups[0].parameters()), 2e-3)
    losses = []
    for _ in range(12):
        found = made.terms(BATCH, "enhancer")
        optimizer.zero_grad()
        total(found).backward()
        optimizer.step()
        losses.append(found["reconstruction"].item())
    assert losses[-1] < 0.9 * losses[0]


def test_stage_2_leaves_the_degrader_alone() -> None:
    made = second().train()
    before = {key: value.clone() for key, value in made.gan.degrader.state_dict().items()}
    for group in made.optimizer_groups:
        step(made, group)
    assert all(torch.equal(v, before[k]) for k, v in made.gan.degrader.state_dict().items())
    assert torch.equal(made.degraded(BATCH.photo), made.degraded(BATCH.photo))


@torch.no_grad()
def test_stage_2_judges_what_becomes_of_real_photos() -> None:
    made = second().eval()
    assert BATCH.target is not None
    torch.nn.init.normal_(made.gan.glenet.local.last.weight, std=0.01)
    better = made.enhance(BATCH.photo)
    found = made.terms(BATCH, "critic")["good"]
    real, fake = made.good_critic(BATCH.target), made.good_critic(better)
    torch.testing.assert_close(found, ((real - 1).square().mean() + fake.square().mean()) / 2)
    kept = made.terms(BATCH, "enhancer")["identity"]
    again = made.enhance(BATCH.target)
    torch.testing.assert_close(kept, 0.5 * (again - BATCH.target).abs().mean(), atol=1e-3, rtol=0)


def test_stage_2_needs_stage_1() -> None:
    with pytest.raises(UsageError, match="--recipe stage-1"):
        second(learned=False).terms(BATCH, "enhancer")
    began = first()
    began.terms(BATCH, "generators")
    goes_on = second(learned=False)
    goes_on.network.load_state_dict(began.network.state_dict())
    goes_on.terms(BATCH, "enhancer")


def test_what_a_stage_would_ignore_is_refused() -> None:
    for changes in ({"keep_weight": 1.0}, {"features": "vgg16"}):
        with pytest.raises(UsageError, match="keep_weight 0 without pairs"):
            replace(STAGE_1, **changes)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"gen\+len"):
        replace(STAGE_2, parts="len")


def test_passports_follow_the_stage() -> None:
    for recipe, kind in ((FIRST, "tone_table"), (SECOND, "picture")):
        network = GLENET_UNPAIRED.network(recipe)
        assert isinstance(network, UnpairedGLeNet)
        passport = GLENET_UNPAIRED.passport(recipe, network)
        assert (passport.method, passport.kind) == ("glenet-unpaired", kind)
        assert passport.supervision == "unpaired"
        assert passport.parameters == sum(p.numel() for p in network.released.parameters())
        assert from_json(to_json(passport)) == passport


@torch.no_grad()
def test_results_are_looked_at_in_both_stages() -> None:
    photo = pictures(7, side=21)
    for made in (first().eval(), second().eval()):
        assert made.enhance(photo).shape == photo.shape
        titles = [panel.title for panel in made.panels(photo)]
        assert "tone tables" in titles and len(titles) >= 2
        assert made.validation_loss(BATCH).isfinite()


def test_critics_see_how_bright_a_batch_is() -> None:
    made = first()
    good = pictures(1, 2, 3, 4, gain=1.5)
    batch = Batch(0.4 * good, good)
    optimizer = torch.optim.Adam(list(made.optimizer_groups[1].parameters()), 3e-3)
    for _ in range(40):
        loss = made.terms(batch, "critics")["good"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
