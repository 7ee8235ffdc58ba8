"""What is asked for without pairs: stage 1 by two critics, stage 2 by pairs made of good photos."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nightlift.adjust import differentiable
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, Objective, OptimizerGroup, Panel
from nightlift.learned.glenet import critic, terms
from nightlift.learned.glenet.critic import GlobalCritic
from nightlift.learned.glenet.network import GEN, UnpairedGLeNet
from nightlift.learned.glenet.objective import (
    drawn,
    enhanced,
    local_panels,
    painted,
    paired_terms,
    table_terms,
    target_of,
)
from nightlift.learned.glenet.recipes import UnpairedRecipe
from nightlift.learned.terms import Features


class Stage1Objective(Objective):
    """Two GENs against two critics: one brightens, one degrades, each undoes the other.

    After Zhu et al., ICCV 2017 (cycle and identity), with least squares; Sect. 3.4 of Kim et al.
    Both GENs are one optimizer group, both critics the other. What the enhancer sees goes through
    it in one batch, so that its norms have the statistics of photos of both kinds.
    """

    def __init__(self, network: nn.Module, recipe: UnpairedRecipe) -> None:
        super().__init__(network)
        self.recipe = recipe
        self.good_critic, self.poor_critic = _critic(recipe), _critic(recipe)

    @property
    def gan(self) -> UnpairedGLeNet:
        """The network by its type."""
        assert isinstance(self.network, UnpairedGLeNet)
        return self.network

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        """The enhancer and the degrader, then the critics."""
        return (
            OptimizerGroup("generators", lambda: _both(self.gan.enhancer, self.gan.degrader)),
            OptimizerGroup("critics", lambda: _both(self.good_critic, self.poor_critic)),
        )

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The terms of the generators, or of the critics."""
        poor, good = batch.photo, target_of(batch)
        if group == "critics":
            return self._critics(poor, good)
        self.gan.learned.fill_(1)
        return self._generators(poor, good)

    def _generators(self, poor: Tensor, good: Tensor) -> dict[str, Tensor]:
        recipe = self.recipe
        (degraded, kept_poor), tables_down = _apart(self.gan.degrader, good, poor)
        (better, kept_good, restored), tables_up = _apart(self.gan.enhancer, poor, good, degraded)
        (undone, _), _ = _apart(self.gan.degrader, better, poor)
        fooled = _fooled(self.good_critic, better, good) + _fooled(self.poor_critic, degraded, poor)
        cycle = terms.absolute(restored, good) + terms.absolute(undone, poor)
        identity = terms.absolute(kept_good, good) + terms.absolute(kept_poor, poor)
        found = {
            "adversarial": recipe.adversarial_weight * fooled,
            "cycle": recipe.cycle_weight * cycle,
            "identity": recipe.identity_weight * identity,
            **table_terms(recipe, torch.cat((tables_up, tables_down))),
        }
        if recipe.kernel_decay > 0:
            both = nn.ModuleList((self.gan.enhancer, self.gan.degrader))
            found["decay"] = recipe.kernel_decay * terms.decay(both)
        return found

    def _critics(self, poor: Tensor, good: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            (degraded, _), _ = _apart(self.gan.degrader, good, poor)
            (better, *_), _ = _apart(self.gan.enhancer, poor, good, degraded)
        return {
            "good": _judgment(self.good_critic, good, better),
            "poor": _judgment(self.poor_critic, poor, degraded),
        }

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo after the enhancer's tables."""
        return differentiable.tone_table(photo, self.gan.enhancer.tables(photo))

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """The tables of the enhancer, and what the degrader makes of the photo."""
        tables = self.gan.enhancer.tables(photo)
        degraded = differentiable.tone_table(photo, self.gan.degrader.tables(photo))
        return Panel("tone tables", drawn(tables[0])), Panel("degraded", degraded[0])


class Stage2Objective(Objective):
    """GEN and LEN on pseudo pairs: a good photo, degraded by stage 1, is to become itself again.

    What they make of the real photos to improve is judged by a critic, which begins anew. The
    degrader stays as stage 1 left it. Raises UsageError for a network that stage 1 never trained.
    """

    def __init__(
        self, network: nn.Module, recipe: UnpairedRecipe, features: Features | None = None
    ) -> None:
        super().__init__(network)
        self.recipe, self.features = recipe, features
        self.good_critic = _critic(recipe)
        self._ready = False

    @property
    def gan(self) -> UnpairedGLeNet:
        """The network by its type."""
        assert isinstance(self.network, UnpairedGLeNet)
        return self.network

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        """The enhancer with its LEN, then the critic."""
        return (
            OptimizerGroup("enhancer", lambda: self.gan.glenet.parameters()),
            OptimizerGroup("critic", self.good_critic.parameters),
        )

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The terms of GEN and LEN, or of the critic; a good photo is to stay what it is, too."""
        self._check()
        poor, good = batch.photo, target_of(batch)
        photos = torch.cat((self.degraded(good), poor, good))
        if group == "critic":
            with torch.no_grad():
                results, _ = painted(self.gan.glenet, photos, self.recipe, 0.0)
            better = results.chunk(3)[1].clamp(0, 1)
            return {"good": _judgment(self.good_critic, good, better)}
        results, own = painted(self.gan.glenet, photos, self.recipe, self.recipe.local_weight)
        restored, better, kept = results.chunk(3)
        fooled = _fooled(self.good_critic, better, good)
        found = {
            **paired_terms(self.recipe, self.features, restored, good),
            "adversarial": self.recipe.adversarial_weight * fooled,
            "identity": self.recipe.identity_weight * terms.absolute(kept, good),
            **own,
        }
        if self.recipe.kernel_decay > 0:
            found["decay"] = self.recipe.kernel_decay * terms.decay(self.gan.glenet)
        return found

    def degraded(self, good: Tensor) -> Tensor:
        """A good photo as the degrader of stage 1 makes it poor."""
        degrader = self.gan.degrader.eval()
        with torch.no_grad():
            return differentiable.tone_table(good, degrader.tables(good))

    def enhance(self, photo: Tensor) -> Tensor:
        """The picture, of the photo's own size."""
        return enhanced(self.gan.glenet, photo)

    def validation_loss(self, batch: Batch) -> Tensor:
        """How well good photos are restored; the critic's mood is left out."""
        good = target_of(batch)
        restored = self.enhance(self.degraded(good))
        found = paired_terms(self.recipe, self.features, restored, good)
        return torch.stack(list(found.values())).sum()

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """What GEN makes of the photo, its tables, and what LEN changes."""
        return local_panels(self.gan.glenet, photo)

    def _check(self) -> None:
        if not self._ready and not int(self.gan.learned):
            raise UsageError(
                "stage 2 makes its pairs with the networks of stage 1: train those first "
                "(--recipe stage-1), then add --init with that run"
            )
        self._ready = True


def _critic(recipe: UnpairedRecipe) -> GlobalCritic:
    return GlobalCritic(recipe.width, recipe.norm_momentum, min(critic.SIDE, recipe.size))


def _both(*networks: nn.Module) -> list[nn.Parameter]:
    return [parameter for network in networks for parameter in network.parameters()]


def _apart(gen: GEN, *photos: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    """Several batches through a GEN as one: each one's results, and all tables."""
    joined = torch.cat(photos)
    tables = gen.tables(joined)
    sizes = [len(each) for each in photos]
    return torch.split(differentiable.tone_table(joined, tables), sizes), tables


def _judgment(judge: GlobalCritic, real: Tensor, fake: Tensor) -> Tensor:
    """What the critic minimizes."""
    of_real, of_fake = _logits(judge, real, fake)
    return 0.5 * (terms.judged(of_real, 1) + terms.judged(of_fake, 0))


def _fooled(judge: GlobalCritic, fake: Tensor, real: Tensor) -> Tensor:
    """What a generator minimizes."""
    return terms.judged(_logits(judge, fake, real)[0], 1)


def _logits(judge: GlobalCritic, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of two batches, seen as one: norms over each alone would hide how bright each is."""
    of_first, of_second = judge(torch.cat((first, second))).chunk(2)
    return of_first, of_second
