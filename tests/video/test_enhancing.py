"""Whole videos: what is kept, what is followed, and what happens when something goes wrong."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

import av

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import NightliftError, UsageError, VideoError, WriteError
from nightlift.photo.photo import Photo
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import NoProgress, enhance_video
from tests.video.clips import (
    Clip,
    brightness,
    flat,
    frames,
    packets,
    scene,
    stamps,
)

QUICK = Encoding("libx264", 5, "ultrafast")
LOSSLESS = Encoding("ffv1")
EVEN = range(0, 400, 20)


def identity() -> Enhancer:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    return Enhancer(edit=Edit(ToneTable(np.stack([ramp] * 3, -1))), threads=1)


class ByBrightness(Enhancer):
    """Brings each frame's mean to a half, as a method that adapts to what it sees would."""

    def __init__(self) -> None:
        super().__init__("gamma", threads=1)

    def estimate(self, photo: Photo, strength: float = 1.0, **_: object) -> Edit:  # type: ignore[override]
        gain = 0.5 / max(float(photo.pixels.mean()) / np.iinfo(photo.pixels.dtype).max, 0.01)
        ramp = np.linspace(0, 1, 256, dtype=np.float32)
        table = ToneTable(np.minimum(np.stack([ramp] * 3, -1) * np.float32(gain), 1))
        return Edit(table, strength=strength)


def levels(path: Path) -> list[np.ndarray]:
    return [frame.to_ndarray().astype(int) for frame in frames(path)]


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


def test_an_exposure_ramp_is_followed(tmp_path: Path) -> None:
    """From 20 to 80 within half a second: what adapts to it stays within a few percent."""

    def ramp(number: int) -> np.ndarray:
        return np.full((48, 64, 3), 20 + 60 * min(max((number - 30) / 15, 0), 1))

    source = Clip(range(0, 1800, 20), ramp).write(tmp_path / "in.mp4")
    made = enhance_video(source, tmp_path / "out.mp4", ByBrightness(), encoding=QUICK)
    assert made.cuts == 0
    means = brightness(tmp_path / "out.mp4")
    far = [*means[:15], *means[60:]]
    assert np.abs(np.array(far) / 127.5 - 1).max() < 0.04


def test_a_cut_resets_within_one_frame(tmp_path: Path) -> None:
    def shots(number: int) -> np.ndarray:
        return scene(1, 20) if number < 17 else scene(2, 90)

    source = Clip(range(0, 800, 20), shots).write(tmp_path / "in.mp4")
    made = enhance_video(source, tmp_path / "out.mp4", ByBrightness(), encoding=QUICK)
    assert made.cuts == 1
    assert np.abs(brightness(tmp_path / "out.mp4") / 127.5 - 1).max() < 0.08


def test_a_static_noisy_clip_does_not_flicker(tmp_path: Path) -> None:
    def noisy(number: int) -> np.ndarray:
        draw = np.random.default_rng(number)
        return scene(3, 25) + draw.normal(0, 3, (48, 64, 3)) + draw.normal(0, 0.3)

    def flicker(path: Path) -> float:
        means = np.array([f.to_ndarray(format="gray").mean() for f in frames(path)])
        return float(np.abs(np.diff(means)).mean() / means.mean())

    source = Clip(range(0, 1200, 20), noisy).write(tmp_path / "in.mp4")
    enhance_video(source, tmp_path / "smooth.mp4", ByBrightness(), encoding=QUICK, every=1)
    assert flicker(tmp_path / "smooth.mp4") <= 1.1 * flicker(source)


def test_a_broken_frame_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    source = Clip(EVEN, options={"crf": "8", "g": "1"}, sound=True).write(tmp_path / "in.mp4")
    with av.open(str(source)) as video:
        video_packets = [p for p in video.demux(0) if p.dts is not None]
        place, size = video_packets[8].pos, video_packets[8].size
    data = bytearray(source.read_bytes())
    data[place + 4 : place + size] = bytes(255 for _ in range(size - 4))
    source.write_bytes(data)

    class Listening(NoProgress):
        def __init__(self) -> None:
            self.heard: list[str] = []

        def tell(self, sentence: str) -> None:
            self.heard.append(sentence)

    progress = Listening()
    out = tmp_path / "out.mp4"
    made = enhance_video(source, out, identity(), encoding=QUICK, progress=progress)
    assert made.broken == 1
    assert len(progress.heard) == 1
    assert re.search(r"0\.(27|30|33) s", progress.heard[0])
    whole = [Fraction(stamp, 600) for stamp in EVEN]
    assert stamps(out) in (whole, whole[:8] + whole[9:])
    assert packets(out, "audio") == packets(source, "audio")


def test_a_file_that_breaks_off_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    source = Clip(
        range(0, 1200, 20), lambda n: np.random.default_rng(n).uniform(0, 99, (48, 64, 3))
    ).write(tmp_path / "in.mkv")
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    made = enhance_video(source, tmp_path / "out.mkv", identity(), encoding=QUICK)
    assert 15 < made.frames < 45
    assert stamps(tmp_path / "out.mkv") == stamps(source)


@pytest.mark.parametrize("error", [KeyboardInterrupt, VideoError])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    source = Clip(EVEN).write(tmp_path / "in.mp4")

    class Stopping(NoProgress):
        count = 0

        def frame(self) -> None:
            self.count += 1
            if self.count == 5:
                raise error

    with pytest.raises(error):
        enhance_video(source, tmp_path / "out.mp4", identity(), encoding=QUICK, progress=Stopping())
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_method_that_fails_ends_the_run(tmp_path: Path) -> None:
    source = Clip(EVEN).write(tmp_path / "in.mp4")

    class Failing(ByBrightness):
        def estimate(self, *_: object, **__: object) -> Edit:  # type: ignore[override]
            raise VideoError("no")

    with pytest.raises(VideoError, match="no"):
        enhance_video(source, tmp_path / "out.mp4", Failing(), encoding=QUICK)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_auto_leaves_a_well_lit_video_alone(tmp_path: Path) -> None:
    source = Clip(EVEN, lambda _: scene(1, 150), codec="ffv1", options={}).write(
        tmp_path / "in.mkv"
    )
    enhancer = Enhancer("gamma", auto=True, threads=1)
    enhance_video(source, tmp_path / "out.mkv", enhancer, encoding=LOSSLESS)
    assert all(
        (a == b).all() for a, b in zip(levels(source), levels(tmp_path / "out.mkv"), strict=True)
    )


def _refusals(folder: Path) -> dict[str, tuple[Path, Path, Encoding, type, str]]:
    clip = Clip(EVEN, flat(30)).write(folder / "in.mp4")
    words = folder / "words.mkv"
    words.write_text("no video at all " * 50)
    sound = folder / "sound.wav"
    with av.open(str(sound), "w") as made:
        stream = made.add_stream("pcm_s16le", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1000), np.int16), "s16", "mono")
        frame.sample_rate = 16000
        made.mux(stream.encode(frame))
    there = folder / "there.mp4"
    there.write_bytes(b"mine")
    out = folder / "out.mp4"
    return {
        "missing": (folder / "gone.mp4", out, QUICK, VideoError, "no such file"),
        "folder": (folder, out, QUICK, VideoError, "folder|FFmpeg can read"),
        "no video": (words, out, QUICK, VideoError, "FFmpeg can read|video stream"),
        "sound": (sound, out, QUICK, VideoError, "the file holds audio"),
        "codec": (clip, out, Encoding("libx264x"), UsageError, "did you mean libx264"),
        "no picture codec": (clip, out, Encoding("aac"), UsageError, "encodes audio"),
        "crf": (clip, out, Encoding("ffv1", 20), UsageError, "--crf does not apply"),
        "preset": (clip, out, Encoding(preset="soon"), VideoError, "refuses"),
        "container": (clip, folder / "out.xyz", QUICK, UsageError, "no video container"),
        "itself": (clip, clip, QUICK, UsageError, "originals are never touched"),
        "existing": (clip, there, QUICK, WriteError, "exists already"),
        "no folder": (clip, folder / "a" / "out.mp4", QUICK, WriteError, "no folder"),
    }


REFUSALS = [
    *("missing", "folder", "no video", "sound", "codec", "no picture codec"),
    *("crf", "preset", "container", "itself", "existing", "no folder"),
]


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_are_sentences_and_leave_nothing(tmp_path: Path, case: str) -> None:
    source, out, encoding, kind, words = _refusals(tmp_path)[case]
    before = {path: path.stat().st_size for path in tmp_path.iterdir()}
    with pytest.raises(NightliftError, match=words) as caught:
        enhance_video(source, out, identity(), encoding=encoding)
    assert isinstance(caught.value, kind)
    assert {path: path.stat().st_size for path in tmp_path.iterdir()} == before


def test_overwriting_is_asked_for(tmp_path: Path) -> None:
    source = Clip(EVEN).write(tmp_path / "in.mp4")
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")
    enhance_video(source, out, identity(), encoding=QUICK, overwrite=True)
    assert len(frames(out)) == len(EVEN)


@pytest.mark.shared
@pytest.mark.slow
def test_a_phone_s_clip(shared: Path, tmp_path: Path) -> None:
    source = shared / "samples" / "phone-rotated.mp4"
    out = tmp_path / "out.mp4"
    made = enhance_video(source, out, Enhancer("gamma", threads=1), encoding=QUICK)
    assert made.frames == 109
    assert made.cuts == 0
    assert stamps(out) == stamps(source)
    assert packets(out, "audio") == packets(source, "audio")


def test_transparency_is_not_lost_without_a_word(tmp_path: Path) -> None:
    source = Clip(EVEN, codec="ffv1", format="yuva420p", options={}).write(tmp_path / "in.mkv")
    made = enhance_video(source, tmp_path / "out.mkv", identity(), encoding=LOSSLESS)
    assert made.problems == ["the video's transparency is left out"]
    assert frames(tmp_path / "out.mkv")[0].format.name == "yuv420p"


def test_noise_is_taken_away_and_measured_once_a_scene(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightlift.edit import denoising

    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 1))

    def grainy(index: int) -> np.ndarray:
        level = 40 if index < 10 else 90
        return np.clip(level + noise[index].repeat(3, axis=2), 0, 255)

    measured = []
    original = denoising.MeasuredNoise.of.__func__
    monkeypatch.setattr(
        denoising.MeasuredNoise,
        "of",
        classmethod(lambda cls, photo: measured.append(1) or original(cls, photo)),
    )
    source = Clip(range(0, 400, 20), grainy, codec="ffv1", options={}).write(tmp_path / "in.mkv")
    spreads = []
    for denoise in ("off", "fast"):
        target = tmp_path / f"{denoise}.mkv"
        enhancer = Enhancer("gamma", denoise=denoise, threads=1)
        enhance_video(source, target, enhancer, encoding=LOSSLESS)
        spreads.append(np.mean([frame[:48].std() for frame in levels(target)]))
    assert spreads[1] < 0.8 * spreads[0]
    assert len(measured) == 2


def test_a_painted_edit_is_refused(tmp_path: Path) -> None:
    source = Clip(EVEN).write(tmp_path / "in.mp4")
    painted = Enhancer(edit=Enhancer("clahe").estimate(scene(0).astype(np.uint8)))
    with pytest.raises(UsageError, match="painted by clahe"):
        enhance_video(source, tmp_path / "out.mp4", painted)
    assert not (tmp_path / "out.mp4").exists()


def test_an_edit_s_own_denoising_counts(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 1))
    clip = Clip(EVEN, lambda index: np.clip(40 + noise[index].repeat(3, axis=2), 0, 255))
    clip = replace(clip, codec="ffv1", options={})
    source = clip.write(tmp_path / "in.mkv")
    ramp = np.linspace(0, 1, 256, dtype=np.float32) ** np.float32(0.5)
    edit = Edit(ToneTable(np.stack([ramp] * 3, -1)))
    spreads = []
    for mode in ("off", "fast"):
        target = tmp_path / f"{mode}.mkv"
        given = Enhancer(edit=replace(edit, denoising=Denoising(mode)), threads=1)
        enhance_video(source, target, given, encoding=LOSSLESS)
        spreads.append(np.mean([frame[:48].std() for frame in levels(target)]))
    assert spreads[1] < 0.7 * spreads[0]


def test_light_knows_the_noise_of_frames_not_of_their_small_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The level below which there is noise only is that of a photo of the same pixels."""
    noise = np.random.default_rng(0).normal(0, 6, (20, 48, 64, 3))
    clip = Clip(EVEN, lambda index: np.clip(12 + noise[index], 0, 255))
    source = replace(clip, codec="ffv1", options={}).write(tmp_path / "in.mkv")
    told = []
    estimate = Enhancer.estimate
    monkeypatch.setattr("nightlift.video.pixels.LARGE", 1)
    monkeypatch.setattr(
        Enhancer,
        "estimate",
        lambda *args, **given: told.append(estimate(*args, **given)) or told[-1],
    )
    enhancer = Enhancer("natural", threads=1)
    enhance_video(source, tmp_path / "out.mkv", enhancer, encoding=LOSSLESS)
    first = Photo(frames(source)[0].to_ndarray(format="rgb24"))
    expected = estimate(enhancer, first).adjustment.black
    assert expected > 0.01
    assert all(edit.adjustment.black == pytest.approx(expected, rel=0.1) for edit in told)
