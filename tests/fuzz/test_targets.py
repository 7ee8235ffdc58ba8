"""Every target of the fuzzer: its seeds in the default suite, ten minutes of it in the slow one."""

import random
import warnings

import pytest

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS

SECONDS = 25


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr("nightlift.photo.formats.MAX_PIXELS", 1 << 22)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_a_few_of_their_mutations_end_well(name):
    if name == "video":
        pytest.importorskip("av")
    target, rng = TARGETS[name], random.Random(name)
    pool = list(target.seeds())
    assert pool
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in [*pool, *(mutated(rng.choice(pool), rng) for _ in range(20))]:
            target(data)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_mutated_files_end_well(name, tmp_path, monkeypatch):
    if name == "video":
        pytest.importorskip("av")
    from tests.fuzz.run import own

    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert own(name, SECONDS, 0) > 20
