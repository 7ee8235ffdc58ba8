"""What is promised of every photo and every run, as a user meets it: a process of its own."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nightlift.batch.files import enhance_files
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode, write
from tests.photo import files

COMMAND = [sys.executable, "-m", "nightlift", "enhance"]
DEPTHS = {
    "png": (np.uint8, np.uint16),
    "tiff": (np.uint8, np.uint16, np.float32),
    "bmp": (np.uint8,),
    "webp": (np.uint8,),
}


def run(*words: object, **given: object) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, **given
    )


def folder(place: Path, count: int = 6) -> Path:
    place.mkdir()
    for number in range(count):
        write(Photo(files.gradient(90, 120, seed=number) // 3), place / f"{number}.png")
    return place


def wait_for_write(process: subprocess.Popen[str]) -> None:
    """Until a process waits for who reads the pipe that it writes to."""
    patience = time.monotonic() + 60
    while "pipe_write" not in Path(f"/proc/{process.pid}/wchan").read_text():
        assert process.poll() is None and time.monotonic() < patience
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("format", "dtype"), [(name, dtype) for name, dtypes in DEPTHS.items() for dtype in dtypes]
)
@pytest.mark.parametrize("mode", ["rgb", "gray"])
@pytest.mark.parametrize("alpha", [False, True])
def test_strength_0_gives_the_same_pixels(
    format: str, dtype: type, mode: str, alpha: bool, tmp_path: Path
) -> None:
    pixels = files.noise((19, 23, 3), dtype)
    if mode == "gray":
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    clear = files.noise((19, 23), dtype, seed=3) if alpha and format != "bmp" else None
    photo = Photo(
        pixels,
        alpha=clear,
        mode=mode,  # type: ignore[arg-type]
        icc=files.matrix_profile(files.P3, files.SRGB_TONE),
        exif=files.exif_block(6),
        orientation=6,
        format=format,  # type: ignore[arg-type]
        lossless=format == "webp",
    )
    source = tmp_path / f"a.{format}"
    source.write_bytes(encode(photo, format=format))  # type: ignore[arg-type]
    before = read(source)
    (outcome,) = enhance_files([source], tmp_path / "out", strength=0)
    assert outcome.status == "done", outcome.problem
    after = read(tmp_path / "out" / source.name)
    assert np.array_equal(after.pixels, before.pixels)
    assert (after.alpha is None) is (before.alpha is None)
    if before.alpha is not None:
        assert np.array_equal(after.alpha, before.alpha)
    assert (after.icc, after.orientation, after.mode) == (
        before.icc,
        before.orientation,
        before.mode,
    )


def test_every_input_has_exactly_one_outcome(tmp_path: Path) -> None:
    faults = Path(__file__).parent / "faults"
    inputs = [*faults.glob("inputs/*"), *faults.glob("attack/*.jpg"), *faults.glob("attack/*.tif")]
    done = run(*inputs, "-o", f"{tmp_path}/out/", "-m", "gamma", "--json", "--jobs", 2)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(one["input"] for one in told) == sorted(map(str, inputs))
    for one in told:
        written = one["output"] is not None
        assert one["status"] == ("done" if written else "failed")
        assert (one["error"] is None) is written
        assert not written or read(one["output"]).pixels.size
    names = {Path(one["output"]).name for one in told if one["output"]}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert "Traceback" not in done.stderr and "fault of nightlift" not in done.stderr


def test_two_runs_into_one_folder_both_end_well(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 12)
    words = [*COMMAND, str(source), "-o", str(tmp_path / "out"), "--skip-existing", "-m", "gamma"]
    both = [
        subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in "ab"
    ]
    for one in both:
        err = one.communicate(timeout=300)[1]
        assert (one.returncode, err) == (0, b"")
    alone = run(source, "-o", tmp_path / "alone", "-m", "gamma")
    assert alone.returncode == 0
    for path in (tmp_path / "alone").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="signals as Unix knows them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_run_that_is_told_to_stop_leaves_whole_files_alone(number: int, tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 40)
    words = [*COMMAND, str(source), "-o", str(tmp_path / "out"), "-m", "lime", "--jobs", "1"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()  # one is written
    process.send_signal(number)
    process.communicate(timeout=300)
    written = sorted((tmp_path / "out").iterdir())
    assert 0 < len(written) <= 40
    for path in written:
        assert not path.name.startswith(".")
        assert read(path).pixels.shape == (90, 120, 3)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a pipe's size and its filling")
@pytest.mark.parametrize("words", [["--json"], ["--help"]])
def test_ctrl_c_is_heard_while_nobody_reads(words: list[str], tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 20)
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    command = [*COMMAND, str(source), "-o", str(tmp_path / "out"), "-m", "gamma", *words]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        wait_for_write(process)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == "nightlift: stopped; nothing is half-written\n"
        assert process.returncode == 130
    os.close(reading)


@pytest.mark.skipif(sys.platform == "win32", reason="limits as Unix knows them")
def test_a_limit_of_files_is_a_line_a_photo_and_leaves_no_parts(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 3)
    write(Photo(files.noise((400, 400, 3), seed=0)), source / "large.png")
    limited = 'ulimit -f 100; exec "$0" "$@"'
    words = [*COMMAND, str(source), "-o", str(tmp_path / "out"), "-m", "gamma"]
    done = subprocess.run(
        ["sh", "-c", limited, *words], capture_output=True, text=True, check=False
    )
    told = "the file cannot be written: the file would be larger than the file system"
    assert done.returncode == 1 and done.stderr.startswith(f"{source}/large.png: {told}")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"0.png", "1.png", "2.png"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_standard_output_that_is_full_is_a_sentence(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 1) / "0.png"
    with Path("/dev/full").open("wb") as full, source.open("rb") as photo:
        for words, given in ((["-", "-o", "-"], photo), ([str(source), "-o", "b.png"], None)):
            done = subprocess.run(
                [*COMMAND, *words, "-m", "gamma"],
                stdin=given,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                cwd=tmp_path,
                check=False,
                timeout=300,
            )
            assert done.returncode == 1
            assert "standard output: No space left on device" in done.stderr
            assert "Traceback" not in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of 1 MB; only the superuser may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("no disk can be mounted here")
    yield place
    for _ in range(50):
        if not subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode:
            break
        time.sleep(0.1)


def test_a_full_disk_is_a_line_a_photo_and_leaves_no_parts(
    small_disk: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(4):
        write(Photo(files.noise((400, 400, 3), seed=number)), tmp_path / "in" / f"{number}.png")
    done = run(tmp_path / "in", "-o", small_disk / "out", "-m", "gamma")
    assert done.returncode == 1
    assert done.stderr.count("the disk is full") == 4 - len(list((small_disk / "out").iterdir()))
    assert "Traceback" not in done.stderr
    for path in (small_disk / "out").rglob("*"):
        assert read(path).pixels.shape == (400, 400, 3)


def test_a_full_disk_ends_a_video_in_a_sentence(small_disk: Path, tmp_path: Path) -> None:
    pytest.importorskip("av")
    from tests.video.clips import Clip

    noise = np.random.default_rng(0).uniform(0, 255, (8, 48, 64, 3))
    night = Clip(range(0, 6000, 20), lambda number: noise[number % 8]).write(tmp_path / "night.mp4")
    for name in ("day.mkv", "day.mp4"):
        codec = "ffv1" if name.endswith("mkv") else "libx264"
        quality = [] if codec == "ffv1" else ["--crf", "0"]
        words = ["video", str(night), str(small_disk / name), "-m", "gamma", "--codec", codec]
        done = subprocess.run(
            [*COMMAND[:-1], *words, *quality],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"{night}: the disk is full"
        assert list(small_disk.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is another")
def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", 2)
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_mode & 0o005 != 0o005:
            pytest.skip("the folder of tests is closed to others")
    done = run(source, "-o", out, "-m", "gamma", user=65534, env={**os.environ, "HOME": "/tmp"})
    if "nightlift" not in done.stderr + done.stdout and "No module" in done.stderr:
        pytest.skip("nobody else may read this installation")
    assert done.returncode == 1
    assert done.stderr.count("does not permit it") == 2
    assert list(out.iterdir()) == []
