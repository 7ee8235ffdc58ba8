"""Checkpoints are read without running what is in them."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nightlift.errors import ModelError
from nightlift.learned.importing import load_weights, read_checkpoint, state_dict


class Malicious:
    """Unpickled carelessly, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_code_in_a_checkpoint_is_refused_and_never_run(
    tmp_path: Path, zipped: bool, wrapped: bool
) -> None:
    trace = tmp_path / "trace"
    content: object = Malicious(trace)
    if wrapped:
        content = {"model": {"conv1.weight": torch.ones(1)}, "optimizer": content}
    torch.save(content, tmp_path / "bad.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match=r"refused the checkpoint .*bad\.pth"):
        read_checkpoint(tmp_path / "bad.pth")
    assert not trace.exists()


def test_a_bare_pickle_is_refused_and_never_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (tmp_path / "bad.pkl").write_bytes(pickle.dumps(Malicious(trace)))
    with pytest.raises(ModelError, match="checkpoint"):
        read_checkpoint(tmp_path / "bad.pkl")
    assert not trace.exists()


def test_a_pickled_network_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Conv2d(1, 1, 1), tmp_path / "whole.pth")
    with pytest.raises(ModelError, match="plain state dict"):
        read_checkpoint(tmp_path / "whole.pth")


def test_numbers_of_numpy_are_read(tmp_path: Path) -> None:
    content = {
        "model": OrderedDict({"weight": torch.ones(2)}),
        "loss": np.float64(0.5),
        "history": [np.arange(3.0)],
    }
    torch.save(content, tmp_path / "good.pth")
    found = read_checkpoint(tmp_path / "good.pth")
    assert found["loss"] == 0.5
    assert (found["history"][0] == np.arange(3.0)).all()


@pytest.mark.parametrize("content", [b"", b"garbage" * 20, b"PK\x03\x04 cut off"])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cut.pth").write_bytes(content)
    with pytest.raises(ModelError, match=r"cut\.pth"):
        read_checkpoint(tmp_path / "cut.pth")


def test_a_cut_checkpoint_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(100)}, tmp_path / "good.pth")
    data = (tmp_path / "good.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="damaged"):
        read_checkpoint(tmp_path / "cut.pth")


def test_missing_files_and_other_content_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_checkpoint(tmp_path / "none.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(ModelError, match=r"expected a dictionary .* got list"):
        read_checkpoint(tmp_path / "list.pth")


def test_weights_are_unwrapped_and_unprefixed() -> None:
    one = torch.ones(1)
    assert state_dict({"module.a": one, "epoch": 3}) == {"a": one}
    assert state_dict({"state_dict": {"a": one}, "epoch": 3}, ("model", "state_dict")) == {"a": one}
    for empty in ({}, {"epoch": 3}, {"model": 3}):
        with pytest.raises(ModelError, match="with weights by name"):
            state_dict(empty, ("model",))


def test_weights_must_fit() -> None:
    network = torch.nn.Conv2d(2, 3, 1)
    good = {"weight": torch.ones(3, 2, 1, 1), "bias": torch.zeros(3)}
    load_weights(network, good, "the file")
    assert (network.weight == 1).all()
    assert not network.training
    for wrong, words in (
        ({"weight": good["weight"]}, "lacks the weights bias"),
        ({**good, "bias": torch.zeros(4)}, r"bias of shape \(4,\), expected \(3,\)"),
        ({**good, "bias": torch.full((3,), torch.nan)}, "not finite"),
        ({**good, "more": torch.zeros(1)}, "does not know: more"),
    ):
        with pytest.raises(ModelError, match=words):
            load_weights(network, wrong, "the file")
