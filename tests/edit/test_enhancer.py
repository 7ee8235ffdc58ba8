import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.adjust.tone_table import ToneTable
from nightlift.classical import CLASSICAL
from nightlift.edit.denoising import Denoising, MeasuredNoise
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import RECOMMENDED, Enhancer
from nightlift.edit.enhancing import enhance
from nightlift.errors import AdjustmentError, UsageError
from nightlift.models.released import find
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Photo

RNG = np.random.default_rng(0)


def dark(height: int = 61, width: int = 47, dtype: type = np.uint8) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    smooth = 0.12 + 0.1 * np.sin(x / 9 + y / 13)[..., None] * np.array([1.0, 0.8, 0.6])
    floats = np.clip(smooth + 0.01 * RNG.standard_normal((height, width, 3)), 0, 1)
    if dtype is np.float32:
        return floats.astype(np.float32)
    return (floats * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("method", CLASSICAL)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(61, 47), (1, 1), (1, 9), (33, 2)])
def test_every_method_keeps_shape_and_type_and_leaves_its_input(
    method: str, dtype: type, shape: tuple[int, int]
) -> None:
    pixels = dark(*shape, dtype)
    before = pixels.copy()
    result = enhance(pixels, method)
    assert result.shape == pixels.shape
    assert result.dtype == pixels.dtype
    assert np.array_equal(pixels, before)
    assert np.array_equal(result, enhance(pixels, method)), "not deterministic"
    if dtype is np.float32:
        assert 0 <= result.min() <= result.max() <= 1


@pytest.mark.parametrize("method", CLASSICAL)
def test_strength(method: str) -> None:
    pixels = dark()
    assert np.array_equal(enhance(pixels, method, strength=0), pixels)
    full = enhance(pixels, method).astype(float)
    half = enhance(pixels, method, strength=0.5).astype(float)
    assert np.abs(half - (pixels + full) / 2).max() <= 1


@pytest.mark.parametrize("method", CLASSICAL)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_file_is_the_rotated_result(method: str, orientation: int) -> None:
    stored = Photo(dark(40, 64), orientation=orientation)
    upright = Photo(np.ascontiguousarray(turn(stored.pixels, orientation)))
    lift = Enhancer(method)
    rotated = turn(lift(stored).pixels, orientation).astype(int)
    difference = np.abs(rotated - lift(upright).pixels.astype(int))
    assert difference.max() <= 2
    assert difference.mean() < 0.1


@pytest.mark.parametrize("method", CLASSICAL)
def test_an_estimate_is_an_adjustment_of_the_upright_photo(method: str) -> None:
    photo = Photo(dark(90, 120), orientation=6)
    lift = Enhancer(method)
    edit = lift.estimate(photo, paint=False)
    difference = np.abs(edit.apply(photo).pixels.astype(float) - lift(photo).pixels)
    assert difference.mean() < (5 if method == "clahe" else 0.01)


def test_exact_changes_nothing_for_classical_methods() -> None:
    pixels = dark()
    for method in CLASSICAL:
        assert np.array_equal(enhance(pixels, method), enhance(pixels, method, exact=True))


def test_the_gate_leaves_a_good_photo_alone_and_lifts_a_dark_one() -> None:
    ramp = np.linspace(50, 255, 96 * 64).reshape(64, 96).astype(np.uint8)
    good = np.repeat(ramp[..., None], 3, axis=2)
    assert np.array_equal(nightlift.enhance(good), good)
    lifted = nightlift.enhance(dark())
    assert lifted.mean() > 2 * dark().mean()
    edit = Enhancer().estimate(Photo(good))
    assert edit.gate == 0
    assert edit.notices == ("left alone: it is bright enough (auto=False lifts it all the same)",)
    assert edit.apply(Photo(good)).pixels is not good


def test_in_place_and_not_in_place_agree() -> None:
    pixels = dark()
    lift = Enhancer("adaptive-gamma")
    edit = lift.estimate(pixels)
    fresh = edit.apply(Photo(pixels)).pixels
    buffer = pixels.copy()
    reused = edit.apply(Photo(buffer), in_place=True).pixels
    assert reused is buffer
    assert np.array_equal(fresh, reused)


def test_a_given_adjustment_is_applied() -> None:
    table = np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, axis=1) ** np.float32(0.5)
    lift = Enhancer(edit=Edit(ToneTable(table)))
    assert lift.name == "edit"
    result = lift(np.full((2, 2, 3), 64, np.uint8))
    assert np.all(result == round(255 * (64 / 255) ** 0.5))


def test_one_enhancer_serves_several_threads() -> None:
    lift, photos = Enhancer("lime"), [dark(30 + i, 40) for i in range(4)]
    expected = [lift(photo) for photo in photos]
    results: list[np.ndarray | None] = [None] * 4

    def work(i: int) -> None:
        results[i] = lift(photos[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(expected, results, strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "gamma", "model": "x.onnx"}, "got several"),
        ({"method": "gamma", "steps": 4}, "steps and size do not apply"),
        ({"method": "gamma", "size": 256}, "steps and size do not apply"),
    ],
)
def test_arguments_that_do_not_fit(arguments: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Enhancer(**arguments)


def test_wrong_pixels_and_strengths() -> None:
    with pytest.raises(UsageError, match="shape"):
        enhance(np.zeros((4, 4, 5), np.uint8), "gamma")
    with pytest.raises(UsageError, match="int64"):
        enhance(np.zeros((4, 4, 3), int), "gamma")
    for strength in (-0.1, 1.6, float("nan")):
        with pytest.raises(UsageError, match="strength"):
            enhance(np.zeros((4, 4, 3), np.uint8), "gamma", strength=strength)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"edit": "look.npz"},
            r"expected an Edit \(nightlift\.Edit\.load reads a file\)",
        ),
        ({"controls": {"exposure": 1}}, "expected controls such as"),
        ({"method": "clahe", "threads": 0}, "threads as a whole number of at least 1, got 0"),
        ({"memory": -1}, "memory as a whole number of at least 1, got -1"),
        ({"method": "zero-dce-open", "steps": 0}, "curve steps as a whole number of at least 1"),
        ({"edit": Edit(ToneTable(np.ones((256, 3), np.float32))), "auto": True}, "gate is not"),
    ],
)
def test_arguments_that_nobody_could_mean(arguments: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Enhancer(**arguments)
    with pytest.raises(UsageError, match=message):
        enhance(dark(), **arguments)


def test_settings_of_a_given_edit() -> None:
    table = ToneTable(np.ones((256, 3), np.float32))
    edit = Edit(table, gate=0.2, denoising=Denoising("fast"), notices=("held back",))
    photo = Photo(dark())
    assert Enhancer(edit=edit).estimate(photo) == edit
    whole = Enhancer(edit=edit, auto=False).estimate(photo)
    assert (whole.gate, whole.notices, whole.amount) == (None, (), 1)
    less = Enhancer(edit=edit, denoise_amount=0.5).estimate(photo)
    assert less.denoising == Denoising("fast", 0.5)


def test_a_model_file_that_was_written_again_is_loaded_again(tmp_path: Path) -> None:
    first, second = (find(name).path for name in ("glenet-global-open", "zero-dce-open"))
    path = tmp_path / "mine.onnx"
    results = []
    pixels = dark()
    for source in (first, second):
        path.write_bytes(source.read_bytes())
        results.append(enhance(pixels, model=path))
        assert np.array_equal(results[-1], Enhancer(model=source)(pixels))
    assert not np.array_equal(*results)


def test_the_repr_of_an_enhancer_is_one_line() -> None:
    assert repr(Enhancer()) == "<Enhancer natural, auto, denoise auto>"
    warm = Enhancer("gamma", denoise="fast", controls=nightlift.Controls(warmth=9))
    assert repr(warm) == "<Enhancer gamma, denoise fast, warmth +9>"


def test_a_mean_of_two_kinds_names_both() -> None:
    edits = [Enhancer(name).estimate(dark()) for name in ("gamma", "zero-dce-open")]
    with pytest.raises(AdjustmentError, match=r"tone_table and chain \(tone_table, curve_map"):
        Edit.mean(edits)


AFTERWARDS = """
import time
import numpy as np
from nightlift.edit.enhancer import Enhancer
photo = np.random.default_rng(0).integers(0, 40, (400, 600, 3), dtype=np.uint8)
enhancer = Enhancer(denoise="fast", auto=True)
enhancer(photo)
time.sleep(0.2)  # importing NumPy and OpenCV has its own threads wait so
enhancer(photo)
spent = time.process_time()
time.sleep(0.02)
print(time.process_time() - spent)
"""


def test_nothing_goes_on_working_once_a_photo_is_done() -> None:
    """Large matrix products of NumPy and OpenCV leave threads that wait for more by spinning."""
    told = subprocess.run(
        [sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, check=True
    )
    assert float(told.stdout) < 0.01


def test_what_goes_wrong_beside_is_raised_by_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(photo: Photo) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(MeasuredNoise, "of", failing)
    with pytest.raises(MemoryError, match="too large"):
        Enhancer()(dark())


def test_one_thread_gives_the_same_photo() -> None:
    pixels = dark()
    assert np.array_equal(Enhancer(threads=1)(pixels), Enhancer()(pixels))


def test_denoising_follows_whether_a_method_was_named_and_not_the_gate() -> None:
    name = RECOMMENDED
    for auto in (None, True, False):
        assert Enhancer(auto=auto).denoising == Denoising("auto")
        assert Enhancer(name, auto=auto).denoising == Denoising("off")
        assert Enhancer(model=find(name).path, auto=auto).denoising == Denoising("off")


def test_a_whole_lift_takes_away_noise_as_well() -> None:
    noisy = np.random.default_rng(3).normal(18, 6, (96, 128, 3)).clip(0, 255).astype(np.uint8)
    whole, bare = (
        nightlift.enhance(noisy, auto=False, **given) for given in ({}, {"denoise": "off"})
    )
    assert whole.std() < 0.8 * bare.std()
