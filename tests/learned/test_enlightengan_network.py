"""Our networks give the published ones' outputs for the same weights and pictures."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from nightlift.learned.enlightengan.network import HALO, Generator, PatchCritic, attention, pad
from nightlift.learned.enlightengan.published import network_of
from tests.learned.enlightengan_examples import narrow, picture
from tests.published_networks import assert_same, outputs, weights


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_generator_on_a_size_that_needs_padding() -> None:
    network = network_of(weights("enlighten_gan_generator"))
    expected = outputs("enlighten_gan_generator")
    photo = picture(76, 100, 4)
    padded, top, left = pad(photo)
    assert (padded.shape[2:], top, left) == ((80, 112), 2, 6)
    here = (..., slice(top, top + 76), slice(left, left + 100))
    with torch.no_grad():
        residual = network.residual(padded)[here]
        painted = network.paint(padded)[here]
        clipped = network(padded)[here]
    assert_same(attention(photo)[0].numpy(), expected["attention"])
    assert_same(residual[0].numpy(), expected["residual"])
    assert_same((2 * painted - 1)[0].numpy(), expected["image"])
    assert_same(clipped[0].numpy(), ((expected["image"] + 1) / 2).clip(0, 1))


@pytest.mark.parametrize(
    ("which", "strides", "sides"), [("global", 5, (96, 128)), ("local", 4, (32, 32))]
)
def test_critics(which: str, strides: int, sides: tuple[int, int]) -> None:
    folder = f"enlighten_gan_{which}_discriminator"
    critic = PatchCritic(strides)
    critic.load_state_dict(weights(folder))
    with torch.no_grad():
        logits = critic(2 * picture(*sides, 5) - 1)
    assert_same(logits[0].numpy(), outputs(folder)["logits"])


def test_sizes_are_the_published_ones() -> None:
    assert sum(parameter.numel() for parameter in Generator().parameters()) == 8_636_675


@pytest.mark.parametrize("sides", [(1, 1), (3, 20), (16, 48), (47, 33)])
def test_padding_is_numpys_reflection(sides: tuple[int, int]) -> None:
    photo = torch.rand(1, 3, *sides)
    padded, top, left = pad(photo)
    widths = [(-side % 16 // 2, -side % 16 - -side % 16 // 2) for side in sides]
    assert (top, left) == (widths[0][0], widths[1][0])
    expected = np.pad(photo[0].numpy(), ((0, 0), *widths), mode="reflect")
    assert np.array_equal(padded[0].numpy(), expected)


def test_a_cell_depends_on_nothing_beyond_the_halo() -> None:
    """The gradient of all results right of a cell's border reaches 126 pixels to its left."""
    network = narrow().double()
    photo = torch.rand(1, 3, 32, 512, dtype=torch.float64, requires_grad=True)
    for name, value in network.named_parameters():
        if name.endswith("weight"):
            value.data.abs_()  # so that no path cancels another
    network.paint(photo)[..., 256:272].sum().backward()
    assert photo.grad is not None
    reached = torch.nonzero(photo.grad.abs().sum((0, 1, 2))).flatten()
    first, last = int(reached.min()), int(reached.max())
    assert first >= 256 - HALO and last < 272 + HALO
    assert first < 256 - HALO + 16  # and the halo is no larger than whole cells make it
