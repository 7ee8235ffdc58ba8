"""What GEN and LEN are asked for when there are pairs: the target, by calm and rising tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nightlift.adjust import KNOTS, differentiable
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch, Objective, OptimizerGroup, Panel, total
from nightlift.learned.glenet import terms
from nightlift.learned.glenet.network import GEN, GLeNet, cut_back, padded
from nightlift.learned.glenet.recipes import GENRecipe, GLeNetRecipe
from nightlift.learned.terms import Features, distances, perceptual


class PairedObjective(Objective):
    """The terms that GEN alone and GEN with LEN share.

    Photos and targets go through the network in one batch where `keep_weight` asks what becomes
    of the targets: so the norms' statistics are those of both.
    """

    def __init__(
        self, network: nn.Module, recipe: GENRecipe, features: Features | None = None
    ) -> None:
        super().__init__(network)
        if (features is None) != (recipe.features == "none"):
            raise UsageError(f"expected features of {recipe.features!r}, got {features!r}")
        self.recipe, self.features = recipe, features

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Reconstruction, perception, what is kept, and the table's or LEN's own terms."""
        target, count = target_of(batch), len(batch.photo)
        keep = self.recipe.keep_weight > 0
        photos = torch.cat((batch.photo, target)) if keep else batch.photo
        results, own = self.results(photos)
        found = paired_terms(self.recipe, self.features, results[:count], target)
        if keep:
            found["keep"] = self.recipe.keep_weight * terms.absolute(results[count:], target)
        found |= own
        if self.recipe.kernel_decay > 0:
            found["decay"] = self.recipe.kernel_decay * terms.decay(self.network)
        return found

    @abstractmethod
    def results(self, photos: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The unclipped results of photos, and the weighted terms on how they came about."""

    def validation_loss(self, batch: Batch) -> Tensor:
        """How far the result is from the target; what else is asked for is only a means."""
        result = self.enhance(batch.photo)
        return total(paired_terms(self.recipe, self.features, result, target_of(batch)))


class GENObjective(PairedObjective):
    """Tone tables that bring photos to their targets."""

    def tables(self, photos: Tensor) -> Tensor:
        """The tables (N, 256, 3) of photos of any size."""
        assert isinstance(self.network, GEN)
        return self.network.tables(photos)

    def results(self, photos: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The photos after their tables; smoothness and rise of the tables."""
        tables = self.tables(photos)
        return differentiable.tone_table(photos, tables), table_terms(self.recipe, tables)

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo after its tables."""
        return differentiable.tone_table(photo, self.tables(photo))

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """The tables, drawn."""
        return (Panel("tone tables", drawn(self.tables(photo)[0])),)


class GLeNetObjective(PairedObjective):
    """A picture that is the target: the tables first, then what LEN adds."""

    def __init__(
        self, network: nn.Module, recipe: GLeNetRecipe, features: Features | None = None
    ) -> None:
        super().__init__(network, recipe, features)
        self.local_weight, self.frozen_gen = recipe.local_weight, recipe.frozen_gen
        if self.glenet.gen is not None:
            self.glenet.gen.requires_grad_(not recipe.frozen_gen)

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        """The network, or LEN alone where GEN stays as it is."""
        trained = self.glenet.local if self.frozen_gen else self.glenet
        return (OptimizerGroup("network", trained.parameters),)

    @property
    def glenet(self) -> GLeNet:
        """The network by its type."""
        assert isinstance(self.network, GLeNet)
        return self.network

    def results(self, photos: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The photos after tables and LEN; terms on the tables, and on LEN's change."""
        if self.frozen_gen and self.glenet.gen is not None:
            self.glenet.gen.eval()  # its norms' statistics stay as they are, too
        return painted(self.glenet, photos, self.recipe, self.local_weight)

    def enhance(self, photo: Tensor) -> Tensor:
        """The picture, of the photo's own size."""
        return enhanced(self.glenet, photo)

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """What GEN makes of the photo, its tables, and what LEN changes."""
        return local_panels(self.glenet, photo)


def target_of(batch: Batch) -> Tensor:
    """The batch's targets, or good pictures."""
    if batch.target is None:
        raise UsageError("expected a batch with targets, got photos alone")
    return batch.target


def paired_terms(
    recipe: GENRecipe, features: Features | None, result: Tensor, target: Tensor
) -> dict[str, Tensor]:
    """Reconstruction, and perception where there are features."""
    found = {
        "reconstruction": distances(
            result, target, recipe.reconstruction, recipe.least_error
        ).mean()
    }
    if features is not None:
        with torch.no_grad():
            wanted = features(target)
        seen = perceptual(features, result, wanted)
        found["perceptual"] = recipe.features_weight * seen
    return found


def table_terms(recipe: GENRecipe, tables: Tensor) -> dict[str, Tensor]:
    """The weighted terms on tone tables."""
    return {
        "smoothness": recipe.smoothness_weight * terms.smoothness(tables),
        "monotonicity": recipe.monotone_weight * terms.monotonicity(tables),
    }


def painted(
    network: GLeNet, photos: Tensor, recipe: GENRecipe, local_weight: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """What GEN and LEN paint of photos, unclipped, and the weighted terms on tables and change."""
    found: dict[str, Tensor] = {}
    toned = photos
    if network.gen is not None:
        tables = network.gen.tables(photos)
        toned = differentiable.tone_table(photos, tables)
        found = table_terms(recipe, tables)
    change: Tensor = network.local(toned)
    found["local"] = local_weight * terms.local_smoothness(change, toned)
    return toned + change, found


def enhanced(network: nn.Module, photo: Tensor) -> Tensor:
    """The picture that a network paints of a photo of any size: padded, and cut back."""
    height, width = photo.shape[2:]
    return cut_back(network(padded(photo)), height, width)


def local_panels(network: GLeNet, photo: Tensor) -> tuple[Panel, ...]:
    """GEN's result, its tables, and what LEN adds to it, in gray."""
    whole = padded(photo)
    toned = network.toned(whole)
    height, width = photo.shape[2:]
    change = cut_back(network.local(toned), height, width)[0].mean(0)
    panels = (Panel("what LEN adds", change, (-0.5, 0.5)),)
    if network.gen is None:
        return panels
    tables = network.gen.tables(whole)
    shown = Panel("GEN alone", cut_back(toned, height, width)[0])
    return (shown, Panel("tone tables", drawn(tables[0])), *panels)


def drawn(table: Tensor) -> Tensor:
    """One table's (256, 3) curves in their colors on black, (3, 256, 256), white above."""
    levels = ((KNOTS - 1) * table.detach().float().clamp(0, 1)).round().long()
    picture = table.new_zeros(3, KNOTS, KNOTS, dtype=torch.float32)
    columns = torch.arange(KNOTS, device=table.device)
    for color in range(3):
        picture[color, KNOTS - 1 - levels[:, color], columns] = 1.0
    return picture
