"""Devices: a table of ONNX Runtime's providers, tried in turn; one that does not start is told."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnxruntime
import pytest

from nightlift import Enhancer
from nightlift.edit import devices
from nightlift.edit.devices import PROVIDERS, Device, DeviceWarning
from nightlift.edit.engine import Engine
from nightlift.errors import ModelError, UsageError
from nightlift.models import released

DARK = np.full((40, 60, 3), 40, np.uint8)


class Machine:
    """ONNX Runtime built for some devices, of which some start: others fall back, or fail."""

    def __init__(self, built: tuple[str, ...], starting: tuple[str, ...], failing: bool) -> None:
        self.built = [PROVIDERS[name].name for name in built]
        self.starting = [PROVIDERS[name].name for name in (*starting, "cpu")]
        self.failing = failing
        self.asked: list[list[str]] = []
        self._real = onnxruntime.InferenceSession

    def available(self) -> list[str]:
        return [*self.built, "CPUExecutionProvider"]

    def session(self, data: bytes, options: Any, providers: list[str]) -> Any:
        self.asked.append(providers)
        if self.failing and providers[0] not in self.starting:
            raise RuntimeError(f"{providers[0]}: no driver\nand more")
        session = self._real(data, options, providers=["CPUExecutionProvider"])
        if providers[0] in self.starting:
            session.get_providers = lambda: providers
        return session


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(*built: str, starting: tuple[str, ...] = (), failing: bool = True) -> Machine:
        it = Machine(built, starting, failing)
        monkeypatch.setattr(onnxruntime, "get_available_providers", it.available)
        monkeypatch.setattr(onnxruntime, "InferenceSession", it.session)
        return it

    return made


def engine(device: Device) -> Engine:
    return Engine(released.find("natural"), device=device, threads=1)


def test_the_table_has_every_name_that_may_be_asked_for() -> None:
    assert {"auto", *PROVIDERS} == set(get_args(Device))
    assert set(devices.AUTOMATIC) == set(PROVIDERS) - {"cpu", "tensorrt"}


def test_the_names_are_those_of_onnx_runtime() -> None:
    known = {*onnxruntime.get_all_providers(), "ROCMExecutionProvider"}  # until 1.22
    assert {provider.name for provider in PROVIDERS.values()} <= known


@pytest.mark.parametrize("device", sorted(set(PROVIDERS) - {"cpu"}))
def test_each_device_is_taken_by_its_name(device: Device, machine: Any) -> None:
    there = machine("cuda", device, starting=(device,))
    assert engine(device).device == device
    assert there.asked == [[PROVIDERS[device].name, "CPUExecutionProvider"]]


def test_the_processor_is_the_default_whatever_is_there(machine: Any) -> None:
    there = machine("cuda", starting=("cuda",))
    assert Engine(released.find("natural")).device == "cpu"
    assert there.asked == [["CPUExecutionProvider"]]


def test_auto_takes_the_first_that_starts(machine: Any) -> None:
    machine("tensorrt", "openvino", "cuda", starting=("tensorrt", "openvino", "cuda"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine("auto").device == "cuda"


def test_auto_is_the_processor_without_a_word_where_nothing_else_is_there(machine: Any) -> None:
    machine("tensorrt")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine("auto").device == "cpu"


@pytest.mark.parametrize("failing", [True, False])
def test_auto_tells_what_does_not_start_and_goes_on(machine: Any, failing: bool) -> None:
    machine("cuda", "webgpu", starting=("webgpu",), failing=failing)
    with pytest.warns(DeviceWarning, match="cuda is installed but does not start") as told:
        assert engine("auto").device == "webgpu"
    assert len(told) == 1
    assert "\n" not in str(told[0].message)


def test_whoever_makes_the_enhancer_is_told(machine: Any) -> None:
    machine("cuda")
    with pytest.warns(DeviceWarning) as told:
        Enhancer(device="auto", threads=1)
    assert told[0].filename == __file__


def test_the_command_line_tells_it_as_a_note(
    machine: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from nightlift.cli import main

    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    photo = Path(__file__).resolve().parents[2] / "examples" / "dark" / "camera.jpg"
    machine("cuda")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        main._tell_plainly()
        out = str(tmp_path / "out.jpg")
        assert main.main(["enhance", str(photo), "-o", out, "--device", "auto"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: cuda")]
    assert len(notes) == 1


def test_a_named_device_that_does_not_start_is_an_error(machine: Any) -> None:
    machine("cuda", failing=False)
    with pytest.raises(UsageError, match="cannot start on cuda: check the driver"):
        engine("cuda")
    machine("cuda", failing=True)
    with pytest.raises(ModelError, match=r"on cuda: CUDAExecutionProvider: no driver$"):
        engine("cuda")


def test_a_device_that_is_not_installed_is_told_with_its_package(machine: Any) -> None:
    machine()
    with pytest.raises(UsageError) as told:
        engine("directml")
    assert "has no directml (it has: cpu)" in str(told.value)
    assert "pip uninstall --yes onnxruntime, then pip install onnxruntime-directml" in str(
        told.value
    )
    with pytest.raises(UsageError, match="its package for macOS"):
        engine("coreml")


def test_the_engine_openvino_has_no_other_device(machine: Any) -> None:
    machine("cuda", starting=("cuda",))
    with pytest.raises(UsageError, match="runs on the cpu only, got the device 'cuda'"):
        Engine(released.find("natural"), "openvino", "cuda")


def test_results_on_a_device_are_those_of_its_session(machine: Any) -> None:
    expected = Enhancer(threads=1)(DARK)
    machine("migraphx", starting=("migraphx",))
    np.testing.assert_array_equal(Enhancer(device="migraphx", threads=1)(DARK), expected)


def test_naming_devices_asks_for_no_list_of_packages() -> None:
    code = "import sys, nightlift.edit.engine; assert 'importlib.metadata' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
