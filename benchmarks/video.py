"""Video: speed against decoding and encoding alone, flicker, a ramp of exposure, a cut.

python benchmarks/video.py --model deep-upe.onnx [--frames 60] [--runs 5] [--threads 2]

The clips are made here: a dark scene under a moving camera, with a sensor's noise. Three floors are
decoded and encoded alone, with as many threads: the source; the brightened result, whose noise is
brighter too and costs the encoder more; and what ours decodes and encodes, the source and the
brightened frames, made before. Each in a plain loop, and with decoding in a thread of its own. All
alternate with ours; ratios are medians over the rounds.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from nightlift.edit import Enhancer
from nightlift.video import Encoding, ahead, enhance_video

ENCODING = Encoding("libx264", 23, "veryfast")
RATE = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a released model, such as DeepUPE's")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--height", type=int, default=1080)
    given = parser.parse_args()
    enhancer = Enhancer(model=given.model, threads=1)
    with tempfile.TemporaryDirectory() as folder:
        _speed(Path(folder), enhancer, given)
        _steadiness(Path(folder), enhancer)


def _speed(folder: Path, enhancer: Enhancer, given: argparse.Namespace) -> None:
    source, result = folder / "source.mp4", folder / "result.mp4"
    _encode(source, _moving(given.frames, given.height), "18")
    lift = partial(
        enhance_video,
        source,
        result,
        enhancer,
        encoding=ENCODING,
        overwrite=True,
        threads=given.threads,
    )
    lift()
    bright, whole = folder / "bright.mp4", folder / "whole.mp4"
    bright.write_bytes(result.read_bytes())
    enhance_video(source, whole, enhancer, encoding=Encoding("libx264", 0, "ultrafast"))
    with av.open(str(whole)) as read:
        made = list(read.decode(video=0))
    cases = (("the source", source, None), ("the result", bright, None), ("both", source, made))
    floors = {
        f"{what}, {how}": partial(
            _transcode, path, folder / "floor.mp4", given.threads, deep, frames
        )
        for what, path, frames in cases
        for how, deep in (("plain loop", 0), ("decoding ahead", 4))
    }
    rounds = [
        (_timed(lift), {name: _timed(floor) for name, floor in floors.items()})
        for _ in range(given.runs)
    ]
    ours = statistics.median(wall for (wall, _), _ in rounds)
    spent = statistics.median(cpu for (_, cpu), _ in rounds) / given.frames
    print(f"nightlift video: {given.frames / ours:.1f} frames/s, {1000 * spent:.1f} ms CPU a frame")
    for name in floors:
        wall = statistics.median(f[name][0] / own[0] for own, f in rounds)
        cpu = statistics.median(f[name][1] / own[1] for own, f in rounds)
        print(f"× decode + encode of {name:28} {wall:5.2f} of its speed, {cpu:5.2f} by CPU time")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _transcode(
    source: Path, target: Path, threads: int, depth: int, made: Sequence[VideoFrame] | None
) -> None:
    """Decode and encode, nothing else; `depth` frames ahead in a thread, or in turn.

    Frames that were `made` are encoded in place of the decoded ones.
    """
    with av.open(str(source)) as read:
        stream = read.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", threads
        decoded = read.decode(stream)
        if made is not None:
            decoded = (new for _, new in zip(decoded, made, strict=True))
        if not depth:
            _write(target, decoded, threads)
            return
        with ahead(decoded, depth) as frames:
            _write(target, frames, threads)


def _write(target: Path, frames: Iterator[VideoFrame], threads: int, crf: str = "23") -> None:
    with av.open(str(target), "w") as out:
        video = None
        for frame in frames:
            if video is None:
                options = {"crf": crf, "preset": "veryfast"}
                video = out.add_stream("libx264", rate=RATE, options=options)
                video.width, video.height, video.pix_fmt = frame.width, frame.height, "yuv420p"
                video.codec_context.thread_count = threads
                video.codec_context.thread_type = "FRAME"
                video.codec_context.time_base = frame.time_base
            frame.pict_type = 0
            out.mux(video.encode(frame))
        if video is not None:
            out.mux(video.encode(None))


def _encode(path: Path, pictures: Iterator[np.ndarray], crf: str) -> None:
    def frames() -> Iterator[VideoFrame]:
        for number, picture in enumerate(pictures):
            rgb = VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), "rgb24")
            frame = rgb.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            yield frame

    _write(path, frames(), 2, crf)


def _scene(height: int, width: int) -> np.ndarray:
    """A dark room: soft light, edges and fine structure."""
    draw = np.random.default_rng(0)
    coarse = cv2.resize(draw.uniform(4, 60, (9, 16, 3)).astype(np.float32), (width, height))
    fine = cv2.resize(draw.uniform(0.6, 1.4, (height // 6, width // 6)), (width, height))
    for _ in range(40):
        x, y = int(draw.integers(width)), int(draw.integers(height))
        w, h = (int(v) for v in draw.integers(30, 300, 2))
        coarse[y : y + h, x : x + w] *= draw.uniform(0.4, 1.7)
    return coarse * fine[..., None].astype(np.float32)


def _moving(count: int, height: int) -> Iterator[np.ndarray]:
    width = height * 16 // 9
    room = _scene(height + 2 * count, width + 3 * count)
    for number in range(count):
        top, left = 2 * number, 3 * number
        yield room[top : top + height, left : left + width] + _noise(number, height, width, 2.0)


def _noise(seed: int, height: int, width: int, sigma: float) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return sigma * draw.standard_normal((height, width, 3), dtype=np.float32)


def _steadiness(folder: Path, enhancer: Enhancer) -> None:
    height, width = 360, 640
    room = _scene(height, width)

    def made(name: str, picture: Callable[[int], np.ndarray], count: int) -> tuple[Path, Path]:
        source, result = folder / f"{name}.mp4", folder / f"{name}-lifted.mp4"
        _encode(source, (picture(n) + _noise(n, height, width, 3.0) for n in range(count)), "12")
        enhance_video(source, result, enhancer, encoding=Encoding("libx264", 12), threads=1)
        return source, result

    source, result = made("static", lambda _: room, 2 * RATE)
    before, after = _flicker(source), _flicker(result)
    print(f"flicker: {before:.6f} of mean luma before, {after:.6f} after: {after / before:.2f} ×")

    def ramp(number: int) -> np.ndarray:
        return room * (0.5 + 1.5 * min(max((number - 60) / 15, 0), 1))

    for name, picture in (("ramp", ramp), ("cut", lambda n: room if n < 60 else room[::-1] * 2.5)):
        source, result = made(name, picture, 150)
        off = np.abs(_means(result) / _alone(source, enhancer) - 1)
        far = ", ".join(f"{100 * off[n]:.1f} %" for n in (44, 58, 59, 60, 61, 75, 90))
        print(
            f"{name} at 60: off what each frame alone would get, frames 44 58 59 60 61 75 90: {far}"
        )


def _alone(path: Path, enhancer: Enhancer) -> np.ndarray:
    """Mean luma of each frame by an estimate of its own."""
    with av.open(str(path)) as video:
        lifted = (enhancer(frame.to_ndarray(format="rgb24")) for frame in video.decode(video=0))
        return np.array([(one @ np.array([0.2126, 0.7152, 0.0722])).mean() for one in lifted])


def _means(path: Path) -> np.ndarray:
    with av.open(str(path)) as video:
        pixels = (frame.to_ndarray(format="rgb24") for frame in video.decode(video=0))
        return np.array([(one @ np.array([0.2126, 0.7152, 0.0722])).mean() for one in pixels])


def _flicker(path: Path) -> float:
    means = _means(path)
    return float(np.abs(np.diff(means)).mean() / means.mean())


if __name__ == "__main__":
    main()
