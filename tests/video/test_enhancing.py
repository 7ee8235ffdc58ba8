"""Whole videos: what happens when something goes wrong, and what is refused."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")

import av

from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import NightliftError, UsageError, VideoError, WriteError
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import NoProgress, enhance_video
from tests.video.clips import (
    EVEN,
    LOSSLESS,
    QUICK,
    ByBrightness,
    Clip,
    flat,
    frames,
    identity,
    levels,
    packets,
    scene,
    stamps,
)


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
    made = enhance_video(source, tmp_path / "out.mkv", enhancer, encoding=LOSSLESS)
    told = "left alone: it is bright enough, or dark on purpose (auto=False lifts it all the same)"
    assert made.problems == [told] and set(made.gates) == {0.0}
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


def test_a_painted_edit_is_refused(tmp_path: Path) -> None:
    source = Clip(EVEN).write(tmp_path / "in.mp4")
    painted = Enhancer(edit=Enhancer("clahe").estimate(scene(0).astype(np.uint8)))
    with pytest.raises(UsageError, match="painted by clahe"):
        enhance_video(source, tmp_path / "out.mp4", painted)
    assert not (tmp_path / "out.mp4").exists()
