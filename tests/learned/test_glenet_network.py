"""Our GEN and LEN give the published networks' outputs, and tables that do what they promise."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nightlift.adjust import differentiable
from nightlift.learned.glenet.blocks import Stem, kernels, padded_to_halve
from nightlift.learned.glenet.critic import GlobalCritic
from nightlift.learned.glenet.network import (
    GEN,
    LEN,
    REACH,
    GLeNet,
    UnpairedGLeNet,
    as_table,
    cut_back,
    padded,
    resized,
)
from nightlift.photo.photo import Floats, Photo
from nightlift.photo.proxy import FixedSize, small_copy
from tests.learned import glenet_weights
from tests.published_networks import assert_same, outputs
from tests.reference import synth

SMALL = {"width": 4, "side": 32}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def tensor(picture: Floats) -> Tensor:
    return torch.from_numpy(picture.transpose(2, 0, 1)[None].copy())


def small_glenet() -> GLeNet:
    return GLeNet(GEN(width=4, side=32), LEN(width=4)).eval()


@torch.no_grad()
def test_gen_is_the_papers() -> None:
    found = glenet_weights.gen()(tensor(synth.image(256, 256, 7)))
    assert_same(found[0].numpy(), outputs("glenet_gen_paper")["lut"])


@torch.no_grad()
def test_len_is_the_papers() -> None:
    picture = tensor(synth.image(64, 96, 8))
    found = picture + glenet_weights.local()(picture)
    assert_same(found[0].numpy().transpose(1, 2, 0), outputs("glenet_len_paper")["image"])


@torch.no_grad()
def test_gen_then_len_is_the_table_by_pixels_then_len() -> None:
    """The oracle looks each 8-bit intensity up, as the published code does."""
    gen, local = glenet_weights.gen(), glenet_weights.local()
    levels = np.rint(synth.image(64, 96, 3) * 255).astype(np.uint8)
    picture = tensor(levels.astype(np.float32) / 255)
    table = gen(F.interpolate(picture, (256, 256), mode="bilinear"))[0].numpy()
    toned = np.stack([table[levels[..., color], color] for color in range(3)], -1)
    expected = (tensor(toned) + local(tensor(toned))).clamp(0, 1)
    torch.testing.assert_close(GLeNet(gen, local)(picture), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("network", "parameters"),
    [(GEN(), 867_472), (GEN("reimplementation", "residual"), 777_472), (LEN(), 274_608)],
    ids=["paper", "reimplementation", "len"],
)
def test_sizes(network: torch.nn.Module, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize("side", [1, 2, 5, 6, 7, 16, 31])
def test_halving_pads_as_tensorflow(side: int) -> None:
    x = torch.arange(1.0, side + 1).expand(1, 1, side, side)
    whole = padded_to_halve(x)[0, 0, padded_to_halve(x).shape[2] // 2]
    total = max((-(-side // 2) - 1) * 2 + 5 - side, 0)
    assert len(whole) == side + total
    before = total // 2
    assert whole[before : before + side].tolist() == x[0, 0, 0].tolist()
    layer = Stem(1, 2, 0.1, size=5, stride=2)
    assert layer(torch.rand(2, 1, side, side)).shape == (2, 2, -(-side // 2), -(-side // 2))


@pytest.mark.parametrize("spread", [0.0, 1.0, 30.0])
def test_monotone_tables_never_fall_or_leave_the_range(spread: float) -> None:
    table = as_table(spread * torch.randn(3, 256, 3), "monotone")
    assert table.shape == (3, 256, 3)
    assert (table.diff(dim=1) >= 0).all()
    assert (table >= 0).all() and (table <= 1 + 1e-5).all()


def test_a_common_table_is_one_for_all_colors() -> None:
    numbers = torch.randn(2, 256, 3)
    table = as_table(numbers, "common")
    assert (table == table[..., :1]).all()
    gray = numbers.mean(2, keepdim=True).repeat(1, 1, 3)
    torch.testing.assert_close(table, as_table(gray, "monotone"))


def test_a_monotone_table_begins_as_no_change() -> None:
    ramp = torch.linspace(0, 1, 256)[:, None].expand(256, 3)
    torch.testing.assert_close(
        as_table(torch.zeros(1, 256, 3), "monotone")[0], ramp, atol=1 / 256, rtol=0
    )


def test_a_residual_table_is_folded_into_a_plain_one() -> None:
    numbers = torch.randn(2, 256, 3)
    photo = torch.randint(0, 256, (2, 3, 9, 7)) / 255
    plain = differentiable.tone_table(photo, as_table(numbers, "residual"))
    looked_up = differentiable.tone_table(photo, numbers.sigmoid())
    torch.testing.assert_close(plain, (looked_up + photo).clamp(0, 1))


def test_tables_are_intensity_major() -> None:
    gen = GEN(width=2, side=16).eval()
    with torch.no_grad():
        gen.dense.weight.zero_()
        gen.dense.weight[3 * 200 + 1] = 1e3
    table = gen(torch.rand(1, 3, 16, 16))[0]
    moved = (table - 0.5).abs() > 1e-3
    assert torch.nonzero(moved).tolist() == [[200, 1]]


def test_training_resizes_as_exact_mode_does() -> None:
    picture = synth.image(37, 61, 4)
    ours = resized(tensor(picture), 32)[0].numpy().transpose(1, 2, 0)
    theirs = small_copy(Photo(picture), FixedSize(32, 32), "linear")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 8), (16, 17), (23, 40), (8, 9)])
def test_photos_are_padded_by_reflection_and_never_cropped(height: int, width: int) -> None:
    photo = torch.rand(1, 3, height, width)
    whole = padded(photo)
    assert whole.shape[2] % 8 == whole.shape[3] % 8 == 0
    around = [(missing // 2, missing - missing // 2) for missing in (-height % 8, -width % 8)]
    expected = np.pad(photo.numpy(), ((0, 0), (0, 0), *around), mode="reflect")
    np.testing.assert_array_equal(whole.numpy(), expected)
    assert torch.equal(cut_back(whole, height, width), photo)


def test_statistics_of_norms_move_in_training() -> None:
    """The reimplementation's never did: every mean stayed 0 and every variance 1."""
    network = small_glenet().train()
    network(torch.rand(2, 3, 32, 32))
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert len(norms) == 2 + 4 * 3 + 1 + 6 * 3
    for norm in norms:
        assert norm.running_mean is not None and norm.running_mean.abs().max() > 0
        assert norm.running_var is not None and (norm.running_var - 1).abs().max() > 0
    before = [norm.running_mean.clone() for norm in norms if norm.running_mean is not None]
    network.eval()(torch.rand(2, 3, 32, 32))
    assert all(
        torch.equal(norm.running_mean, mean)
        for norm, mean in zip(norms, before, strict=True)
        if norm.running_mean is not None
    )


def test_a_gen_alone_fills_its_part() -> None:
    gen, whole = GEN(width=4, side=32), small_glenet()
    last = whole.local.last.weight.clone()
    whole.load_state_dict(gen.state_dict())
    assert whole.gen is not None
    assert torch.equal(whole.gen.dense.weight, gen.dense.weight)
    assert torch.equal(whole.local.last.weight, last)
    whole.load_state_dict(small_glenet().state_dict())
    with pytest.raises(RuntimeError, match="Missing key"):
        whole.load_state_dict({"dense.weight": gen.dense.weight})


@torch.no_grad()
def test_stages_of_unpaired_training_share_weights_and_begin_where_the_last_ended() -> None:
    first = UnpairedGLeNet(GEN(**SMALL), LEN(4), GEN(**SMALL), stage=1).eval()  # type: ignore[arg-type]
    second = UnpairedGLeNet(GEN(**SMALL), LEN(4), GEN(**SMALL), stage=2).eval()  # type: ignore[arg-type]
    second.load_state_dict(first.state_dict())
    photo = torch.rand(1, 3, 32, 32)
    table = first(photo)
    assert table.shape == (1, 256, 3)
    torch.testing.assert_close(second(photo), differentiable.tone_table(photo, table))


def test_critics_say_one_logit() -> None:
    critic = GlobalCritic(width=2, side=32).eval()
    assert critic(torch.rand(3, 3, 50, 40)).shape == (3, 1)
    full = GlobalCritic()
    assert [stem.conv.out_channels for stem in full.blocks] == [16, 32, 64, 128, 256, 1024]


def far_sighted() -> LEN:
    """All weights positive, so that nothing from far away cancels; in float64."""
    local = LEN(width=4).double().eval()
    for weight in kernels(local):
        torch.nn.init.uniform_(weight, 0.1, 0.3)
    return local


@torch.no_grad()
def test_no_pixel_depends_on_one_beyond_the_reach() -> None:
    local = far_sighted()
    before = torch.rand(1, 3, 8, 240).double()
    means = torch.zeros(1, local.pooled).double()
    whole = local.weighed(before, means)[0]
    found = []
    for column in range(112, 120):
        changed = before.clone()
        changed[..., column] += 1e14
        differs = (local.weighed(changed, means)[0] != whole).any((0, 1, 2))
        found += (torch.nonzero(differs).flatten() - column).abs().tolist()
    assert REACH - 8 < max(found) <= REACH


@torch.no_grad()
def test_means_and_tables_may_be_given() -> None:
    network = small_glenet()
    photo = tensor(synth.image(40, 56, 4))
    said = network.ports(photo, None)
    own = said["pooled"]
    assert own.shape == (1, network.pooled) == (1, 1728 // 4 + 768)
    torch.testing.assert_close(said["parameters"], network(photo))
    tables = said["table"].flatten(1)
    assert torch.equal(own[:, -768:], tables)
    nothing = torch.full_like(own, torch.nan)
    for given in (nothing, own):
        again = network.ports(photo, given)
        assert all(torch.equal(again[name], said[name]) for name in said)
    black, others = nothing.clone(), own.clone()
    black[:, -768:] = 0
    others[:, : network.local.pooled] += 1
    assert torch.equal(network.ports(photo, black)["table"], torch.zeros(1, 256, 3))
    assert not torch.equal(network.ports(photo, others)["parameters"], said["parameters"])


def test_len_alone_has_no_table() -> None:
    alone = GLeNet(None, LEN(width=4)).eval()
    said = alone.ports(tensor(synth.image(16, 24, 4)), None)
    assert set(said) == {"parameters", "pooled"}
    assert said["pooled"].shape == (1, alone.pooled) == (1, 432)
