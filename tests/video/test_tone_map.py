"""HDR as SDR: against the numbers of the recommendations, and on whole videos."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

import av
from av.video.frame import VideoFrame

from nightlift.cli.main import main
from nightlift.edit.enhancer import Enhancer
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import enhance_video
from nightlift.video.tone_map import WHITE, eetf, hlg_to_scene, light_to_pq, pq_to_light
from tests.video.clips import frames

FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"
PQ, HLG = 16, 18


def test_pq_and_hlg_are_those_of_bt_2100() -> None:
    # BT.2408, table 1: reference white, 203 cd/m2, is 58 % of PQ and 75 % of HLG.
    assert light_to_pq(np.array([203.0, 1000, 10000])) == pytest.approx([0.58, 0.75, 1], abs=0.002)
    assert 1000 * hlg_to_scene(np.array(0.75)) ** 1.2 == pytest.approx(203, abs=1)
    assert hlg_to_scene(np.array([0, 0.5, 1])) == pytest.approx([0, 1 / 12, 1], abs=1e-6)
    codes = np.linspace(0, 1, 999)
    assert light_to_pq(pq_to_light(codes)) == pytest.approx(codes, abs=1e-6)


@pytest.mark.parametrize("peak", [203.0, 400.0, 1000.0, 4000.0, 10000.0])
def test_the_eetf_rises_to_white_and_leaves_the_dark_alone(peak: float) -> None:
    light = np.linspace(0, peak, 5000)
    mapped = pq_to_light(eetf(light_to_pq(light), peak))
    assert np.all(np.diff(mapped) > 0)
    assert mapped[-1] == pytest.approx(WHITE, rel=1e-6)
    top = light_to_pq(np.array(peak))
    knee = pq_to_light((1.5 * light_to_pq(np.array(WHITE)) / top - 0.5) * top)
    below = light < knee
    assert mapped[below] == pytest.approx(light[below], rel=1e-6, abs=1e-9)
    assert np.all(mapped <= light + 1e-6)


def clip(path: Path, transfer: int, codes: np.ndarray) -> Path:
    """Ten gray steps of these codes in [0, 1], 10 bits, BT.2020."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("ffv1", rate=10)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = 8 * len(codes), 16, "yuv420p10le"
        context.time_base = Fraction(1, 10)
        context.colorspace, context.color_range = 9, 1
        context.color_trc, context.color_primaries = transfer, 9
        luma = np.round(64 + 876 * np.repeat(codes, 8)).astype("<u2")
        for number in range(3):
            planes = [np.tile(luma, (16, 1)), *[np.full((8, 4 * len(codes)), 512, "<u2")] * 2]
            stacked = np.concatenate([each.reshape(-1) for each in planes]).reshape(24, -1)
            frame = VideoFrame.from_ndarray(stacked, "yuv420p10le")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            frame.colorspace, frame.color_range = 9, 1
            frame.color_trc, frame.color_primaries = transfer, 9
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_grays_get_the_light_that_an_sdr_display_gives_them(tmp_path: Path, transfer: int) -> None:
    codes = np.linspace(0.05, 0.75, 10)
    source = clip(tmp_path / "in.mkv", transfer, codes)
    out = tmp_path / "out.mkv"
    made = enhance_video(
        source, out, Enhancer("gamma", threads=1), 0, tone_map=True, encoding=Encoding("ffv1")
    )
    assert any("made SDR (ITU-R BT.2390)" in told for told in made.problems)
    light = pq_to_light(codes) if transfer == PQ else 1000 * hlg_to_scene(codes) ** 1.2
    mapped = pq_to_light(eetf(light_to_pq(light), 1000))
    expected = 64 + 876 * (np.minimum(mapped / WHITE, 1)) ** (1 / 2.4)
    frame = frames(out)[1]
    assert (frame.color_trc, frame.color_primaries, frame.colorspace) == (1, 1, 1)
    got = frame.to_ndarray()[8, 4::8][: len(codes)].astype(float)
    assert np.abs(got - expected).max() <= 2
    assert np.abs(frame.to_ndarray()[16:].astype(int) - 512).max() <= 1


def test_what_only_the_container_tells_is_mapped_too(tmp_path: Path) -> None:
    source, out = FAULTS / "hdr-container-only-hevc.mkv", tmp_path / "out.mp4"
    arguments = ["video", str(source), str(out), "-m", "gamma", "--preset", "ultrafast"]
    assert main(arguments) == 1
    assert main([*arguments, "--tone-map"]) == 0
    assert len(frames(out)) == 15 and frames(out)[0].color_trc == 1


def test_sdr_is_left_as_it_is(tmp_path: Path) -> None:
    enhancer = Enhancer("gamma", threads=1)
    for asked in (False, True):
        out = tmp_path / f"{asked}.mkv"
        enhance_video(
            FAULTS / "cover.mp4", out, enhancer, tone_map=asked, encoding=Encoding("ffv1")
        )
    one, other = (frames(tmp_path / f"{asked}.mkv") for asked in (False, True))
    assert all(
        np.array_equal(a.to_ndarray(), b.to_ndarray()) for a, b in zip(one, other, strict=True)
    )


def test_the_refusal_names_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = clip(tmp_path / "in.mkv", HLG, np.linspace(0, 0.5, 10))
    assert main(["video", str(source), str(tmp_path / "out.mp4"), "-m", "gamma"]) == 1
    assert "the video is HLG; expected an SDR video: --tone-map" in capsys.readouterr().err
