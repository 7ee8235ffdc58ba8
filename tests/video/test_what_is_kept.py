"""Whole videos: times, sound, words, turns, colors and depth are the source's."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

import av

from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import VideoError
from nightlift.photo.photo import Photo
from nightlift.video.enhancing import enhance_video
from tests.video.clips import (
    EVEN,
    LOSSLESS,
    QUICK,
    ByBrightness,
    Clip,
    frames,
    identity,
    levels,
    packets,
    stamps,
)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    "times",
    [list(EVEN), [0, 10, 40, 41, 100, 300, 301, 302, 900, 1500]],
    ids=["constant", "variable"],
)
def test_time_stamps_are_the_source_s(tmp_path: Path, suffix: str, times: list[int]) -> None:
    source = Clip(times).write(tmp_path / f"in.{suffix}")
    out = tmp_path / f"out.{suffix}"
    made = enhance_video(source, out, Enhancer("gamma", threads=1))
    assert made.frames == len(times)
    assert stamps(out) == stamps(source)
    assert frames(out)[0].time_base == frames(source)[0].time_base


def test_sound_and_metadata_are_copied(tmp_path: Path) -> None:
    source = Clip(EVEN, sound=True, metadata={"title": "Night"}).write(tmp_path / "in.mp4")
    out = tmp_path / "out.mp4"
    enhance_video(source, out, Enhancer("gamma", threads=1), encoding=QUICK)
    assert len(packets(source, "audio")) > 10
    assert packets(out, "audio") == packets(source, "audio")
    with av.open(str(out)) as video:
        assert video.metadata["title"] == "Night"


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", "subrip"), ("mp4", "mov_text")])
def test_subtitles_are_copied(tmp_path: Path, suffix: str, codec: str) -> None:
    words = b"Hello" if codec == "subrip" else b"\x00\x05Hello"
    silent = Clip(EVEN).write(tmp_path / "silent.mp4")
    source, out = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    with av.open(str(silent)) as taken, av.open(str(source), "w") as made:
        video = made.add_stream_from_template(taken.streams.video[0], opaque=True)
        text = made.add_mux_stream(codec)
        text.time_base = Fraction(1, 1000)
        text.metadata["language"] = "nld"
        for packet in taken.demux(0):
            if packet.dts is not None:
                packet.stream = video
                made.mux(packet)
        line = av.Packet(words)
        line.pts = line.dts = 100
        line.duration, line.time_base, line.stream = 200, Fraction(1, 1000), text
        made.mux(line)
    enhance_video(source, out, Enhancer("gamma", threads=1), encoding=QUICK)
    said = [packet for packet in packets(out, "subtitle") if words in packet]
    assert said == [(words, Fraction(1, 10), Fraction(1, 5))]
    with av.open(str(out)) as video:
        assert video.streams.subtitles[0].language == "nld"


def test_sound_that_the_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    source = Clip(EVEN, sound=True).write(tmp_path / "in.mp4")
    with pytest.raises(VideoError, match=r"webm cannot hold audio stream 1 \(aac\).*\.mp4"):
        enhance_video(source, tmp_path / "out.webm", identity())
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_rotation_is_kept_and_estimated_upright(tmp_path: Path, rotation: int) -> None:
    source = Clip(EVEN, rotation=rotation).write(tmp_path / "in.mp4")
    seen: list[int] = []

    class Looking(ByBrightness):
        def estimate(self, photo: Photo, *_: object, **__: object) -> Edit:  # type: ignore[override]
            seen.append(photo.orientation)
            return super().estimate(photo)

    enhance_video(source, tmp_path / "out.mp4", Looking(), encoding=QUICK)
    assert frames(tmp_path / "out.mp4")[0].rotation == frames(source)[0].rotation
    assert abs(frames(source)[0].rotation) == abs(rotation)
    assert set(seen) == {{90: 8, -90: 6, 180: 3}[rotation]}


@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (6, 2, 6, 6), (9, 1, 14, 9), (2, 0, 2, 2)])
def test_color_tags_are_kept(tmp_path: Path, tags: tuple[int, int, int, int]) -> None:
    source = Clip(EVEN, tags=tags).write(tmp_path / "in.mp4")
    enhance_video(source, tmp_path / "out.mp4", identity(), encoding=QUICK)

    def told(path: Path) -> tuple[int, int, int, int]:
        frame = frames(path)[0]
        return frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries

    assert told(tmp_path / "out.mp4") == told(source)
    assert told(source)[0] == tags[0]


@pytest.mark.parametrize("format", ["yuv420p", "yuv420p10le"])
def test_strength_0_and_an_identity_change_a_level_at_most(tmp_path: Path, format: str) -> None:
    source = Clip(EVEN, format=format, codec="ffv1", options={}).write(tmp_path / "in.mkv")
    enhance_video(source, tmp_path / "zero.mkv", ByBrightness(), 0, encoding=LOSSLESS)
    enhance_video(source, tmp_path / "same.mkv", identity(), encoding=LOSSLESS)
    for before, zero, same in zip(
        levels(source), levels(tmp_path / "zero.mkv"), levels(tmp_path / "same.mkv"), strict=True
    ):
        assert (zero == before).all()
        assert np.abs(same - before).max() <= 1
        assert abs((same - before).mean()) < 0.1


def test_ten_bits_stay_ten_bits(tmp_path: Path) -> None:
    shades = np.repeat(np.linspace(10, 40, 64)[None, :, None], 48, 0).repeat(3, 2)
    source = Clip(
        range(0, 100, 20), lambda _: shades, codec="ffv1", format="yuv420p10le", options={}
    ).write(tmp_path / "in.mkv")
    enhance_video(source, tmp_path / "out.mkv", ByBrightness(), encoding=LOSSLESS)
    lifted = frames(tmp_path / "out.mkv")[0]
    assert lifted.format.name == "yuv420p10le"
    assert len(np.unique(lifted.to_ndarray()[:48] % 4)) == 4
    made = enhance_video(source, tmp_path / "usual.mp4", ByBrightness())
    assert made.encoder == "libx265"
    assert frames(tmp_path / "usual.mp4")[0].format.name == "yuv420p10le"
