"""Released files: stamped, loaded, found by name; damage never passes."""

import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from nightlift.errors import ModelError
from nightlift.models import onnx_file, released
from nightlift.models.trailer import metadata_field, passport_text, with_trailer
from tests import onnx_graphs
from tests.onnx_graphs import PASSPORT, node


@pytest.fixture
def data() -> bytes:
    return released.stamp(onnx_graphs.random_convolution(), PASSPORT)


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The main package's folder of models, and one to make the research package in."""
    module = f"research_{tmp_path.name}"
    main, research = tmp_path / "main", tmp_path / "site" / module / "released"
    main.mkdir()
    monkeypatch.setattr(released, "FOLDER", main)
    monkeypatch.setattr(released, "RESEARCH_MODULE", module)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return main, research


def test_what_was_stamped_is_loaded(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(data)
    model = released.load(path)
    assert model.passport == PASSPORT
    assert model.data == data
    assert model.path == path
    assert len(model.sha256) == 64
    assert model.sha256 in {prop.value for prop in onnx.load_from_string(data).metadata_props}


def test_stamping_again_replaces_the_passport(data: bytes) -> None:
    newer = PASSPORT._replace(version="2")
    again = released.stamp(data, newer)
    assert released.parse(again, Path("x")).passport == newer
    assert again == released.stamp(onnx_graphs.random_convolution(), newer)


def test_foreign_metadata_is_kept(data: bytes) -> None:
    bare = onnx_graphs.random_convolution() + metadata_field("author", "me")
    stamped = released.stamp(bare, PASSPORT)
    props = {prop.key: prop.value for prop in onnx.load_from_string(stamped).metadata_props}
    assert props["author"] == "me"
    released.parse(stamped, Path("x"))


def test_every_changed_byte_is_refused(data: bytes) -> None:
    for position in range(len(data)):
        damaged = data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :]
        with pytest.raises(ModelError, match=r"cannot use the model night\.onnx"):
            released.parse(damaged, Path("night.onnx"))


def test_every_cut_is_refused(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(ModelError, match=r"cannot use the model night\.onnx"):
            released.parse(data[:length], Path("night.onnx"))


def test_appended_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="damaged or was changed"):
        released.parse(data + metadata_field("more", "x"), Path("x"))


def test_refused_files_say_why(tmp_path: Path) -> None:
    bare = onnx_graphs.pointwise("Relu")
    with pytest.raises(ModelError, match="expected a passport under the metadata key 'nightlift'"):
        released.parse(bare, Path("x"))
    unsigned = bare + metadata_field("nightlift", released.to_json(PASSPORT))
    with pytest.raises(ModelError, match="expected its hash"):
        released.parse(unsigned, Path("x"))
    with pytest.raises(ModelError, match="No such file"):
        released.load(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="directory"):
        released.load(tmp_path)


def test_metadata_hidden_before_the_end_is_refused(data: bytes) -> None:
    """Readers of protobuf may take another one of two entries than we do."""
    other = metadata_field("nightlift", released.to_json(PASSPORT._replace(steps=2)))
    again = with_trailer(other + onnx_graphs.random_convolution(), released.to_json(PASSPORT))
    with pytest.raises(ModelError, match="'nightlift' twice"):
        released.parse(again, Path("x"))


def test_onnx_runtime_reads_the_same_passport(data: bytes) -> None:
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    found = session.get_modelmeta().custom_metadata_map
    assert found["nightlift"] == passport_text(data)
    assert found["nightlift_sha256"] == released.parse(data, Path("x")).sha256


def test_graphs_of_strangers_are_checked_once_and_installed_ones_never(
    folders: tuple[Path, Path], tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = []
    check = onnx_file.check
    monkeypatch.setattr(onnx_file, "check", lambda *all: checks.append(check(*all)))
    for path in (folders[0] / "mine.onnx", tmp_path / "theirs.onnx"):
        path.write_bytes(data)
    released.load(folders[0] / "mine.onnx")
    assert len(checks) == 0
    released.load(tmp_path / "theirs.onnx")
    released.load(tmp_path / "theirs.onnx")
    assert len(checks) == 1
    monkeypatch.setattr("nightlift.models.check_cache.folder", lambda: Path("/proc/no/such"))
    released.load(tmp_path / "theirs.onnx")
    assert len(checks) == 2, "where nothing can be kept, it is checked every time"


def test_a_stranger_with_control_flow_is_refused(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [node("Relu", ["photo"])],
        "branch",
        [],
        [helper.make_tensor_value_info("parameters", TensorProto.FLOAT, None)],
    )
    choice = helper.make_node("If", ["yes"], ["parameters"], then_branch=branch, else_branch=branch)
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    bare = onnx_graphs.model([choice], [yes]).SerializeToString()
    path = tmp_path / "loops.onnx"
    path.write_bytes(with_trailer(bare, released.to_json(PASSPORT)))
    for _ in range(2):
        with pytest.raises(ModelError, match="control flow"):
            released.load(path)


def test_stamping_refuses_what_load_would_refuse() -> None:
    with pytest.raises(ModelError, match="damaged"):
        released.stamp(b"no model", PASSPORT)


def test_models_are_found_by_name(folders: tuple[Path, Path], data: bytes) -> None:
    main, research = folders
    research.mkdir(parents=True)
    (main / "zero-dce.onnx").write_bytes(data)
    other = released.stamp(onnx_graphs.random_convolution(), PASSPORT._replace(method="smnet"))
    (research / "smnet.onnx").write_bytes(other)
    (research / "zero-dce.onnx").write_bytes(other)
    found = released.available()
    assert [(path.stem, passport.method) for path, passport in found] == [
        ("zero-dce", "zero-dce"),
        ("smnet", "smnet"),
    ]
    assert released.find("zero-dce").path == main / "zero-dce.onnx"
    assert released.find("smnet").passport.method == "smnet"
    with pytest.raises(ModelError, match=r"older than .* pip install \./packages/"):
        released.find("glenet")


def test_missing_models_say_what_to_do(folders: tuple[Path, Path]) -> None:
    assert released.available() == ()
    with pytest.raises(
        ModelError,
        match=r"pip install \./packages/.* or pip install .*whl",
    ):
        released.find("deep-upe")
    with pytest.raises(ModelError, match=r"'deepupe'; did you mean deep-upe\?"):
        released.find("deepupe")


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_damaged_installed_model_is_named(folders: tuple[Path, Path], content: bytes) -> None:
    (folders[0] / "zero-dce.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"zero-dce\.onnx"):
        released.available()


def test_listing_models_loads_no_engine() -> None:
    code = (
        "import sys; from nightlift.models import released; released.available();"
        "sys.exit(any(name in sys.modules for name in ('onnxruntime', 'onnx', 'torch', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_research_models_known_by_name_are_those_there_are() -> None:
    package = Path(__file__).parents[2] / "packages" / released.RESEARCH_PACKAGE
    files = (package / "src" / released.RESEARCH_MODULE / "released").glob("*.onnx")
    assert sorted(path.stem for path in files) == sorted(released.RESEARCH_MODELS)
