"""Videos through pipes."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.edit import Edit
from nightlift.video.smoothing import Trailing
from tests.test_reliability import wait_for_write
from tests.video.clips import Clip, scene

av = pytest.importorskip("av")

WIDTH, HEIGHT = 96, 64
HEADER = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C420jpeg\n".encode()
SIZE = len(b"FRAME\n") + WIDTH * HEIGHT * 3 // 2
COMMAND = [sys.executable, "-m", "nightlift", "video", "-"]


def raw(luma: int) -> bytes:
    ramp = np.clip(np.arange(WIDTH) % 16 + luma, 16, 235).astype(np.uint8)
    gray = np.full(WIDTH * HEIGHT // 2, 128, np.uint8)
    return b"FRAME\n" + np.tile(ramp, (HEIGHT, 1)).tobytes() + gray.tobytes()


def frames(data: bytes) -> list[bytes]:
    body = data[data.index(b"\n") + 1 :]
    assert len(body) % SIZE == 0
    return [body[at : at + SIZE] for at in range(0, len(body), SIZE)]


def lumas(data: bytes) -> list[float]:
    planes = (np.frombuffer(one[6 : 6 + WIDTH * HEIGHT], np.uint8) for one in frames(data))
    return [float(plane.mean()) for plane in planes]


def through(data: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *options], input=data, capture_output=True, timeout=120)


def test_raw_frames_come_out_brighter_one_for_one():
    dark = HEADER + b"".join(raw(30 + number % 2) for number in range(30))
    done = through(dark, "-o", "-", "-m", "gamma")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"YUV4MPEG2 W96 H64 F25:1")
    before, after = lumas(dark), lumas(done.stdout)
    assert len(after) == 30
    assert all(new > old + 20 for old, new in zip(before, after, strict=True))


def test_strength_zero_gives_back_the_frames():
    dark = HEADER + b"".join(map(raw, range(20, 60)))
    assert frames(through(dark, "-", "--strength", "0").stdout) == frames(dark)


def test_a_frame_comes_out_while_the_next_ones_are_still_to_come():
    """With two threads at most four frames are in hand."""
    delay, sent = 4, 12
    command = [*COMMAND, "-", "-m", "gamma", "--threads", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        give_up = threading.Timer(60, running.kill)
        give_up.start()
        running.stdin.write(HEADER + b"".join(raw(40) for _ in range(sent)))
        running.stdin.flush()
        assert running.stdout.readline().startswith(b"YUV4MPEG2")
        early = running.stdout.read((sent - delay) * SIZE)
        give_up.cancel()
        assert len(early) == (sent - delay) * SIZE  # and standard input is still open
        running.stdin.close()
        assert len(running.stdout.read()) == delay * SIZE


# Few enough that all of them fit into the pipe behind: a program that waits for who reads its
# results ends with the reader.
@pytest.mark.parametrize("sent", [0, 6])
def test_ctrl_c_ends_a_stream_in_which_nothing_comes(sent: int):
    """Before the first frame and between frames; the input stays open."""
    command = [*COMMAND, "-", "-m", "gamma", "--threads", "2"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(HEADER + b"".join(raw(40) for _ in range(sent)))
        running.stdin.flush()
        while fcntl.ioctl(running.stdin, termios.FIONREAD, bytes(4)) != bytes(4):
            time.sleep(0.05)
        if sent:
            assert running.stdout.readline().startswith(b"YUV4MPEG2")
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
        assert b"stopped; nothing is half-written" in running.stderr.read()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a pipe's size and its filling")
@pytest.mark.parametrize("to", ["y4m", "mpegts"])
def test_ctrl_c_ends_a_stream_that_nobody_reads(to: str):
    command = [*COMMAND, "-", "-m", "gamma", "--threads", "2", "--to", to]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        fcntl.fcntl(running.stdout, fcntl.F_SETPIPE_SZ, 4096)
        running.stdin.write(HEADER + b"".join(raw(40) for _ in range(20)))
        running.stdin.flush()
        wait_for_write(running)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
        assert running.stderr.read() == b"nightlift: stopped; nothing is half-written\n"


def test_frames_do_not_pile_up_where_nobody_takes_them():
    header = HEADER.replace(b"W96 H64", b"W640 H480")
    frame = b"FRAME\n" + bytes([40]) * (640 * 480 * 3 // 2)
    command = [*COMMAND, "-", "-m", "gamma", "--threads", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin is not None
        os.set_blocking(running.stdin.fileno(), False)
        assert running.stdin.raw.write(header) == len(header)
        taken, rest = 0, b""
        wait = 60.0  # for the first one
        while taken < 100 and select.select([], [running.stdin], [], wait)[1]:
            rest = rest or frame
            rest = rest[os.write(running.stdin.fileno(), rest) :]
            taken += not rest
            wait = 60.0 if taken < 4 else 3.0
        running.kill()
    assert 4 <= taken <= 20


def test_raw_frames_keep_their_rate_as_a_fraction(tmp_path: Path):
    ntsc = HEADER.replace(b"F25:1", b"F30000:1001") + raw(40) * 40
    made = through(ntsc, "-", "-m", "gamma").stdout
    assert b" F30000:1001 " in made.partition(b"\n")[0]
    stamps = range(0, 40 * 1001, 1001)
    film = Clip(stamps, base=Fraction(1, 24000)).write(tmp_path / "a.ts").read_bytes()
    made = through(film, "-", "-m", "gamma", "--to", "y4m").stdout
    assert b" F24000:1001 " in made.partition(b"\n")[0]
    assert made.count(b"FRAME\n") == 40


@pytest.mark.parametrize("angle", [90.0, 180.0, 270.0])
def test_frames_come_as_they_are_to_be_shown(tmp_path: Path, angle: float):
    clip = Clip(range(0, 100, 20), lambda number: scene(number), rotation=angle)
    data = clip.write(tmp_path / "a.mkv").read_bytes()
    with av.open(str(tmp_path / "a.mkv")) as file:
        stored = [frame.to_ndarray()[:48] for frame in file.decode(video=0)]
    done = through(data, "-", "--strength", "0", "--to", "y4m")
    assert done.stderr == b""
    head, *frames = done.stdout.split(b"FRAME\n")
    size = (64, 48) if angle % 180 else (48, 64)
    assert f"W{size[1]} H{size[0]} ".encode() in head
    for frame, luma in zip(frames, stored, strict=True):
        shown = np.frombuffer(frame, np.uint8)[: 64 * 48].reshape(size)
        assert np.array_equal(shown, np.rot90(luma, int(angle // 90)))


def test_a_transport_stream_shows_it_upright_too(tmp_path: Path):
    clip = Clip(range(0, 100, 20), rotation=90)
    data = clip.write(tmp_path / "a.mkv").read_bytes()
    (tmp_path / "b.ts").write_bytes(through(data, "-", "-m", "gamma").stdout)
    with av.open(str(tmp_path / "b.ts")) as file:
        assert {(frame.width, frame.height) for frame in file.decode(video=0)} == {(48, 64)}


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[bytes]:
    """H.264 with sound in MPEG-TS, as ffmpeg makes it."""
    path = tmp_path / "dark.ts"
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = out.add_stream("aac", rate=48000)
        for number in range(50):
            planes = np.frombuffer(raw(35)[6:], np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
            quiet = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.float32), "fltp", "mono")
            quiet.rate, quiet.pts = 48000, number * 1920
            out.mux(sound.encode(quiet))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    yield path.read_bytes()


def test_a_transport_stream_keeps_its_sound_and_its_times(transport: bytes, tmp_path: Path):
    done = through(transport, "-", "-m", "gamma")
    assert done.returncode == 0, done.stderr
    (tmp_path / "before.ts").write_bytes(transport)
    (tmp_path / "after.ts").write_bytes(done.stdout)
    told = []
    for name in ("before.ts", "after.ts"):
        with av.open(str(tmp_path / name)) as file:
            kinds = [stream.type for stream in file.streams]
            packets = sum(bool(packet.size) for packet in file.demux(audio=0))
        with av.open(str(tmp_path / name)) as file:
            seen = [
                (float(f.time), float(f.to_ndarray()[:HEIGHT].mean())) for f in file.decode(video=0)
            ]
        told.append((sorted(kinds), packets, seen))
    before, after = told
    assert before[:2] == after[:2]
    times = np.array([[t for t, _ in before[2]], [t for t, _ in after[2]]])
    assert times.shape == (2, 50)
    shift = times[1] - times[0]
    assert np.ptp(shift) < 1e-3
    assert min(luma for _, luma in after[2]) > max(luma for _, luma in before[2]) + 20


def test_a_transport_stream_becomes_raw_frames(transport: bytes):
    done = through(transport, "-", "-m", "gamma", "--to", "y4m")
    assert done.returncode == 0
    assert len(frames(done.stdout)) == 50
    assert b"audio stream 1 (aac) is left out" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("out.mp4",), b"- (standard input) goes to - (standard output)"),
        (("-", "--json"), b"are for files"),
        ((), b"expected one output"),
        (("-", "-o", "-"), b"expected one output"),
        (("-", "--to", "y4m", "--codec", "libx264"), b"or ask for MPEG-TS (--to mpegts)"),
        (("-", "--to", "y4m", "--crf", "20"), b"y4m holds raw frames"),
    ],
)
def test_what_a_pipe_cannot_do_is_told(options: tuple[str, ...], told: bytes):
    done = through(b"", *options)
    assert done.returncode == 2
    assert told in done.stderr


def test_raw_frames_are_encoded_only_where_that_is_asked_for():
    frames = HEADER + raw(40) * 5
    refused = through(frames, "-", "--preset", "ultrafast")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"y4m holds raw frames" in refused.stderr
    assert through(frames, "-", "--preset", "ultrafast", "--to", "mpegts").returncode == 0


def test_what_is_no_video_is_told():
    done = through(b"no video at all, only words " * 100, "-")
    assert done.returncode == 1
    assert b"expected a video that FFmpeg can read" in done.stderr


def edit(level: float) -> Edit:
    return Edit(ToneTable(np.full((256, 3), level, np.float32)), method="test")


def level(one: Edit) -> float:
    assert isinstance(one.adjustment, ToneTable)
    return float(np.ravel(one.adjustment.values)[0])


def test_trailing_follows_a_change_and_never_looks_ahead():
    trailing: Trailing[int] = Trailing(1.0)
    levels = []
    for number in range(51):
        estimated = edit(0.0) if number == 0 else edit(1.0) if number == 10 else None
        ((item, made),) = trailing.add(number / 25, number, estimated)
        assert item == number
        levels.append(level(made))
    assert levels[:10] == [0.0] * 10
    assert all(0 < b - a <= 0.12 for a, b in pairwise(levels[9:35]))
    assert levels[9 + 25] == pytest.approx(0.95, abs=0.005)  # a second later
    assert list(trailing.finish()) == []


def test_trailing_begins_anew_after_a_cut_and_without_smoothing():
    trailing: Trailing[str] = Trailing(1.0)
    list(trailing.add(0.0, "a", edit(0.0)))
    ((_, made),) = trailing.add(0.04, "b", edit(1.0), True)
    assert level(made) == 1.0
    at_once: Trailing[str] = Trailing(0.0)
    list(at_once.add(0.0, "a", edit(0.0)))
    ((_, made),) = at_once.add(0.04, "b", edit(1.0))
    assert level(made) == 1.0
