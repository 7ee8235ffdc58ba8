"""Kinds of video files that once lost something, or their time: each with its right value."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

import av

from nightlift.cli.main import main
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import VideoError
from nightlift.video import truncation
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import EnhancedVideo, enhance_video
from tests.video.clips import Clip, frames, packets, scene, stamps

INPUTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"
QUICK = Encoding(preset="ultrafast")
LOSSLESS = Encoding("ffv1")


def lifted(name: str | Path, out: Path, encoding: Encoding = QUICK) -> EnhancedVideo:
    source = INPUTS / name
    return enhance_video(source, out, Enhancer("gamma", threads=1), 0, encoding=encoding)


def tags(path: Path) -> dict[str, str]:
    with av.open(str(path), metadata_errors="replace") as video:
        return {key.lower(): text for key, text in video.metadata.items()}


def luma(path: Path) -> np.ndarray:
    return np.array([frame.to_ndarray(format="gray").mean() for frame in frames(path)])


def test_a_time_code_is_kept(tmp_path: Path) -> None:
    made = lifted("timecode.mov", tmp_path / "out.mov")
    assert (made.frames, made.problems) == (30, [])
    with av.open(str(tmp_path / "out.mov")) as video:
        assert video.streams.video[0].metadata["timecode"] == "01:02:03:04"
        assert [stream.type for stream in video.streams] == ["video", "data"]


@pytest.mark.parametrize("suffix", ["mov", "mp4", "mkv"])
def test_what_phones_tell_is_kept(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    assert lifted("apple-keys.mov", out).problems == []
    told = tags(out)
    assert told["com.apple.quicktime.creationdate"] == "2024-05-06T07:08:09+0200"
    assert told["com.apple.quicktime.location.iso6709"] == "+10.0000+020.0000/"
    assert told["com.apple.quicktime.make"] == "Maker"


def test_what_a_container_has_no_place_for_is_told(tmp_path: Path) -> None:
    made = lifted("apple-keys.mov", tmp_path / "out.ts")
    (told,) = made.problems
    assert told.startswith("left out: ") and "com.apple.quicktime.creationdate" in told


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_cover_is_kept(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    assert lifted("cover.mp4", out).problems == []

    def cover(path: Path) -> bytes:
        with av.open(str(path)) as video:
            (stream,) = [one for one in video.streams.video if one.disposition.value & 1024]
            return next(bytes(one) for one in video.demux(stream) if one.size)

    assert cover(out) == cover(INPUTS / "cover.mp4")
    assert len(packets(out, "audio")) == len(packets(INPUTS / "cover.mp4", "audio"))


@pytest.mark.parametrize("suffix", ["avi", "mov", "m4v", "ts"])
def test_a_cover_that_a_container_cannot_hold_is_told(tmp_path: Path, suffix: str) -> None:
    assert lifted("cover.mp4", tmp_path / f"out.{suffix}").problems == ["left out: the cover"]


def test_transparency_beside_the_frames_is_told_and_its_tag_goes(tmp_path: Path) -> None:
    made = lifted("alpha.webm", tmp_path / "out.webm", Encoding())
    assert made.problems == ["the video's transparency is left out"]
    with av.open(str(tmp_path / "out.webm")) as video:
        assert "alpha_mode" not in {key.lower() for key in video.streams.video[0].metadata}


def test_a_projection_is_told(tmp_path: Path) -> None:
    made = lifted("spherical.mp4", tmp_path / "out.mp4")
    assert made.problems == ["left out: the 360° projection"]


def test_a_file_that_begins_late_begins_at_0(tmp_path: Path) -> None:
    made = lifted("late-start.ts", tmp_path / "out.mp4")
    times = stamps(tmp_path / "out.mp4")
    assert len(times) == 30 and 0 <= times[0] < Fraction(1, 20)
    assert times[-1] - times[0] == pytest.approx(29 / 15, abs=0.001)
    assert "begins at 50001.38 s; that of the result begins at 0" in made.problems[0]
    sound = packets(tmp_path / "out.mp4", "audio")
    before = packets(INPUTS / "late-start.ts", "audio")
    apart = stamps(INPUTS / "late-start.ts")[0] - before[0][1]
    assert float(times[0] - sound[0][1]) == pytest.approx(float(apart), abs=0.002)


def test_the_clock_of_a_broadcast_stays_in_one(tmp_path: Path) -> None:
    assert lifted("late-start.ts", tmp_path / "out.ts").problems == []
    assert stamps(tmp_path / "out.ts") == stamps(INPUTS / "late-start.ts")


@pytest.mark.parametrize("first", ["late", "early"])
def test_recordings_joined_end_to_end_follow_each_other(tmp_path: Path, first: str) -> None:
    part = INPUTS / "late-start.ts"
    if first == "early":
        part = Clip(range(0, 1200, 40), sound=True).write(tmp_path / "early.ts")
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part.read_bytes() * 2)
    for suffix in ("mkv", "mp4"):
        out = tmp_path / f"out.{suffix}"
        made = lifted(joined, out)
        assert made.frames == len(frames(out)) == 60
        assert sum("another recording is joined on" in told for told in made.problems) == 1
        steps = np.diff([float(time) for time in stamps(out)])
        assert steps.min() > 0 and steps.max() < 0.4
        assert len(packets(out, "audio")) == 2 * len(packets(part, "audio"))


def test_frames_in_avi_keep_their_order_and_number(tmp_path: Path) -> None:
    made = lifted("h264-bframes.avi", tmp_path / "out.mkv", LOSSLESS)
    assert (made.frames, made.problems) == (30, [])
    assert np.array_equal(luma(tmp_path / "out.mkv"), luma(INPUTS / "h264-bframes.avi"))
    apart = np.diff([float(time) for time in stamps(tmp_path / "out.mkv")])
    assert np.allclose(apart, 1 / 15, atol=0.001)
    again = lifted(tmp_path / "out.mkv", tmp_path / "again.avi")
    assert again.frames == len(frames(tmp_path / "again.avi")) == 30


def test_a_bare_stream_has_the_rate_that_it_tells(tmp_path: Path) -> None:
    made = lifted("raw-15fps.h264", tmp_path / "out.mp4")
    assert (made.frames, made.problems) == (30, [])
    assert stamps(tmp_path / "out.mp4") == [Fraction(number, 15) for number in range(30)]


def test_an_odd_size_is_kept_where_the_encoder_can(tmp_path: Path) -> None:
    made = lifted("odd-size.webm", tmp_path / "out.mkv", LOSSLESS)
    assert made.problems == [] and frames(tmp_path / "out.mkv")[0].width == 129


@pytest.mark.parametrize("format", ["yuv420p", "yuv420p10le"])
def test_an_odd_size_is_widened_by_a_pixel_else(tmp_path: Path, format: str) -> None:
    source = INPUTS / "odd-size.webm"
    if format != "yuv420p":
        source = tmp_path / "deep.mkv"
        lifted("odd-size.webm", source, LOSSLESS)
    codec = "h264" if format == "yuv420p" else "hevc"
    made = lifted(source, tmp_path / "out.mp4", Encoding(codec, 0, "ultrafast"))
    assert "129 x 97 becomes 130 x 98" in made.problems[0]
    assert (made.frames, made.width, made.height) == (15, 129, 97)
    before, after = (
        frames(path)[3].to_ndarray(format="gray") for path in (source, tmp_path / "out.mp4")
    )
    assert after.shape == (98, 130)
    assert np.abs(after[:97, :129].astype(int) - before).mean() < 1
    assert np.abs(after[:97, 129].astype(int) - after[:97, 128]).max() <= 6
    assert np.abs(after[97].astype(int) - after[96]).max() <= 6


def test_a_second_video_stream_is_copied_whole(tmp_path: Path) -> None:
    one = Clip(range(0, 800, 20), options={"bf": "2", "crf": "20"}).write(tmp_path / "a.mkv")
    two = Clip(range(0, 800, 20), lambda n: scene(n), options={"bf": "3", "crf": "20"}).write(
        tmp_path / "b.mkv"
    )
    source = tmp_path / "in.mkv"
    with av.open(str(one)) as a, av.open(str(two)) as b, av.open(str(source), "w") as made:
        copies = [
            made.add_stream_from_template(each.streams.video[0], opaque=True) for each in (a, b)
        ]
        copies[0].disposition = av.stream.Disposition.default
        for each, copy in zip((a, b), copies, strict=True):
            for number, packet in enumerate(one for one in each.demux(0) if one.size):
                packet.dts = 33 * number - 200
                packet.stream = copy
                made.mux(packet)

    def second(path: Path) -> list[bytes]:
        with av.open(str(path)) as video:
            return [bytes(packet) for packet in video.demux(1) if packet.size]

    for suffix in ("mkv", "mp4"):
        out = tmp_path / f"out.{suffix}"
        assert lifted(source, out).problems == []
        assert second(out) == second(source) and len(second(out)) == 40


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi", "webm"])
def test_a_file_that_is_cut_off_says_so(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mjpeg"}.get(suffix, "libx264")
    noise = np.random.default_rng(0).uniform(0, 99, (60, 48, 64, 3))
    options = {"webm": {"crf": "10"}, "avi": {}}.get(suffix, {"crf": "8"})
    format = "yuvj420p" if suffix == "avi" else "yuv420p"
    whole_clip = Clip(
        range(0, 1200, 20), lambda n: noise[n], codec=codec, options=options, format=format
    ).write(tmp_path / f"whole.{suffix}")
    if suffix == "mp4":  # with its directory in front, as of a download that broke off
        lead = tmp_path / "lead.mp4"
        with (
            av.open(str(whole_clip)) as taken,
            av.open(str(lead), "w", options={"movflags": "faststart"}) as made,
        ):
            stream = made.add_stream_from_template(taken.streams.video[0], opaque=True)
            for packet in taken.demux(0):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
        whole_clip = lead
    assert truncation.missing(whole_clip) == 0
    data = whole_clip.read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[: len(data) * 2 // 3])
    assert truncation.missing(cut) == len(data) - len(data) * 2 // 3
    out = tmp_path / "out.mkv"
    command = ["video", str(cut), str(out), "-m", "gamma", "--codec", "ffv1", "--json"]
    assert main(command) == 1
    told, err = capsys.readouterr()
    record = json.loads(told)
    assert record["status"] == "incomplete" and 10 < record["frames"] < 60
    assert "cut off" in err or "cannot be read to its end" in err
    assert len(frames(out)) == record["frames"]


def test_colors_that_the_container_tells_count(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"PQ \(HDR10\)"):
        lifted("hdr-container-only-hevc.mkv", tmp_path / "out.mkv")
