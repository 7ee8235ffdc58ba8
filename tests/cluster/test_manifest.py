"""One line a photo, whatever happens to a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightlift.batch import Existing
from nightlift.cluster import manifest as manifests
from nightlift.cluster.manifest import Known, Manifest
from nightlift.cluster.storage import Folder
from nightlift.errors import DataError, UsageError

pytest.importorskip("fsspec")
SETTINGS = {"input": "/in", "strength": 1.0}


def line(name: str, status: str = "done") -> dict[str, str]:
    return {"input": name, "status": status}


def opened(output: Folder, existing: Existing = "skip") -> tuple[Manifest, Known]:
    """A run that has given its first photo to a worker."""
    manifest = Manifest(output)
    known = manifest.open(SETTINGS, existing)
    manifest.begin()
    return manifest, known


@pytest.fixture
def output(tmp_path: Path) -> Folder:
    return Folder.at(str(tmp_path))


@given(st.sets(st.text(max_size=20)), st.sets(st.text(max_size=20)))
def test_known_is_a_set(inside: set[str], others: set[str]):
    known = Known(inside)
    assert len(known) == len(inside)
    assert all(name in known for name in inside)
    assert not any(name in known for name in others - inside)


def test_digests_with_one_beginning_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(manifests, "_digest", lambda name: b"\0" * 8 + name.encode().rjust(8))
    known = Known(["a", "b", "c"])
    assert [name in known for name in "abcd"] == [True, True, True, False]


def test_a_run_that_goes_on_knows_what_is_done_and_tries_failures_again(
    output: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(manifests, "LINES", 2)
    first, known = opened(output)
    assert len(known) == 0
    for record in (line("a"), line("b", "failed"), line("c", "skipped"), line("d", "failed")):
        first.add(record)
    first.add(line("e", "failed"))
    first.flush()
    second, known = opened(output)
    assert [name in known for name in "abcde"] == [True, False, True, False, False]
    for name in "bde":
        second.add(line(name))
    second.flush()
    assert sorted(record["input"] for record in second.records()) == ["a", "b", "c", "d", "e"]


def test_lines_are_written_in_parts_and_after_a_while(
    output: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(manifests, "LINES", 2)
    manifest, _ = opened(output)
    manifest.add(line("a"))
    assert list(manifest.records()) == []
    manifest.add(line("b"))
    assert len(list(manifest.records())) == 2
    monkeypatch.setattr(manifests, "SECONDS", 0.0)
    manifest.add(line("c"))
    assert len(list(manifest.records())) == 3


def test_another_run_is_not_mixed_with_an_earlier_one(output: Folder):
    opened(output)[0].add(line("a"))
    with pytest.raises(UsageError, match="existing='skip' goes on"):
        opened(output, "fail")
    other = SETTINGS | {"strength": 0.5}
    with pytest.raises(UsageError, match=r"strength was 1\.0, is 0\.5"):
        Manifest(output).open(other, "skip")


def test_a_run_anew_forgets_the_earlier_one(output: Folder):
    first, _ = opened(output)
    first.add(line("a"))
    first.flush()
    manifest, known = opened(output, "overwrite")
    assert len(known) == 0
    assert list(manifest.records()) == []


def test_a_damaged_part_is_told(output: Folder):
    manifest, _ = opened(output)
    manifest.add(line("a"))
    manifest.flush()
    (part,) = Path(output.below(manifests.FOLDER).path).glob("*.jsonl")
    part.write_bytes(part.read_bytes()[:-5])
    with pytest.raises(DataError, match="is damaged"):
        opened(output)


def test_a_run_that_never_began_leaves_everything_as_it_was(output: Folder):
    Manifest(output).open(SETTINGS, "fail")
    assert output.names() == []
    first, _ = opened(output)
    first.add(line("a", "failed"))
    first.flush()
    Manifest(output).open(SETTINGS, "skip")
    Manifest(output).open({"another": True}, "overwrite")
    assert list(first.records()) == [line("a", "failed")]
    with pytest.raises(UsageError, match="existing='skip' goes on"):
        opened(output, "fail")


def test_a_run_that_overwrites_does_so_until_it_is_over(output: Folder):
    assert not opened(output)[0].overwrites
    assert opened(output, "overwrite")[0].overwrites
    assert opened(output)[0].overwrites
    assert opened(output)[0].overwrites
