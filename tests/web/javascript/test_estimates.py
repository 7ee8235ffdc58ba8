"""What is decided from small copies in JavaScript is what Python decides."""

from pathlib import Path

import numpy as np
import pytest

from nightlift.denoise.measurement import measure
from nightlift.edit.darkness import share_of_steps
from nightlift.edit.deciding import GATE_COPY
from nightlift.edit.enhancer import Enhancer
from nightlift.edit.gate import appearance, gate
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import FixedSize, LongSide, small_copy
from nightlift.photo.reading import read
from tests.edit.test_darkness import night
from tests.photo import files
from tests.web.javascript.adjustments import as_data
from tests.web.javascript.node import call, needs_node
from tests.web.javascript.test_adjustments import ADOBE_PROFILE, P3_PROFILE, opaque
from tests.web.javascript.test_denoising import as_noise

pytestmark = needs_node

LEVEL = 1 / 255


@pytest.mark.parametrize("sides", [(37, 53), (301, 402), (1400, 1000)])
@pytest.mark.parametrize("profile", [None, P3_PROFILE, ADOBE_PROFILE], ids=["sRGB", "P3", "Adobe"])
def test_small_copies(sides: tuple[int, int], profile: bytes | None) -> None:
    pixels = files.noise((*sides, 3), seed=2)
    pixels[: sides[0] // 2] //= 5
    rules = [
        ({"height": 128, "width": 128}, FixedSize(128, 128)),
        ({"longSide": 256}, LongSide(256)),
    ]
    cases = [(rule, turned) for rule in rules for turned in (1, 6, 3)]
    sent = [{"rule": rule, "orientation": turned} for (rule, _), turned in cases]
    found = call("twins.mjs", "copied", opaque(pixels), *sides, profile, sent)
    for ((_, size), orientation), made in zip(cases, found, strict=True):
        wanted = small_copy(Photo(pixels, icc=profile, orientation=orientation), size)
        assert (made["height"], made["width"]) == wanted.shape[:2]
        off = np.abs(made["data"].reshape(wanted.shape) - wanted)
        steepest = 1 if profile is None else 16  # what a level becomes in sRGB, near black
        assert off.max() <= 1.01 * LEVEL * steepest
        assert off.mean() < 0.25 * LEVEL


@pytest.mark.parametrize("method", ["natural", "lime"])
def test_the_gate(examples: Path, method: str) -> None:
    """Of dark photos, the same brightened, and pictures of no sense."""
    enhancer = Enhancer(auto=False)
    photos = [read(path) for path in sorted(examples.iterdir()) if path.suffix == ".jpg"]
    adjustment = enhancer.estimate(photos[0]).adjustment
    assert adjustment is not None
    smalls = [GATE_COPY.of(photo) for photo in photos]
    smalls += [small ** np.float32(power) for small in smalls for power in (0.3, 0.45, 0.6, 0.8)]
    smalls.append(np.zeros((20, 30, 3), np.float32))
    sent = [{"data": one, "height": one.shape[0], "width": one.shape[1]} for one in smalls]
    found = call("twins.mjs", "gates", sent, as_data(adjustment), method)
    gates = []
    for small, made in zip(smalls, found, strict=True):
        np.testing.assert_allclose(made["seen"], appearance(small, small), atol=2e-5)
        gates.append(gate(small, lambda: adjustment, method))
        assert made["gate"] == pytest.approx(gates[-1], abs=1e-3)
    assert sum(0.05 < one < 0.95 for one in gates) >= 2, "no gate in between is tried"


def test_steps_between_levels(examples: Path) -> None:
    """What share of a dark photo shows them, of clean ones and of noisy ones."""
    adjustment = Enhancer(auto=False).estimate(read(examples / "lamp.jpg")).adjustment
    assert adjustment is not None
    shares = []
    for brighter, noisy in ((1, 0), (1, 0.5), (3, 0)):
        photo = night(noisy, brighter=brighter)
        noise, seen = measure(photo), np.ascontiguousarray(GATE_COPY.of(photo)[::2, ::2])
        shares.append(share_of_steps(seen, adjustment, noise))
        sent = {"data": seen, "height": seen.shape[0], "width": seen.shape[1]}
        found = call("twins.mjs", "steps", sent, as_data(adjustment), as_noise(noise))
        assert found == pytest.approx(shares[-1], abs=0.01)
    assert max(shares) > 0.5 and min(shares) < 0.1
