from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("av")

from av.video.frame import VideoFrame

from nightlift.errors import VideoError
from nightlift.video.colors import WEIGHTS, Colors
from nightlift.video.pixels import Converter, working_format
from tests.video.clips import scene


def planes(frame: VideoFrame, deep: bool) -> list[np.ndarray]:
    kind = np.uint16 if deep else np.uint8
    width = np.dtype(kind).itemsize
    return [
        np.frombuffer(p, kind).reshape(p.height, p.line_size // width)[:, : p.width].astype(int)
        for p in frame.planes
    ]


def frame(format: str, matrix: int, span: int) -> VideoFrame:
    """A smooth picture by swscale, tagged."""
    rgb = VideoFrame.from_ndarray(scene(4, 90).astype(np.uint8), "rgb24")
    made = rgb.reformat(
        format=format, dst_colorspace={6: 5}.get(matrix, matrix), dst_color_range=span
    )
    made.colorspace, made.color_range, made.color_trc, made.color_primaries = matrix, span, 1, 1
    made.pts, made.time_base = 7, Fraction(1, 30)
    return made


FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv420p12le"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("matrix", sorted(WEIGHTS))
@pytest.mark.parametrize("span", [1, 2])
def test_there_and_back_changes_a_level_at_most(format: str, matrix: int, span: int) -> None:
    source = frame(format, matrix, span)
    converter = Converter(Colors.of(source), format)
    back = converter.frame(converter.pixels(source), source)
    assert back.format.name == format
    assert back.pts == 7
    deep = "le" in format
    for before, after in zip(planes(source, deep), planes(back, deep), strict=True):
        assert np.abs(after - before).max() <= 1
        assert abs((after - before).mean()) < 0.1
    tags = (back.colorspace, back.color_range, back.color_trc, back.color_primaries)
    assert tags == (matrix, span, 1, 1)


@pytest.mark.parametrize("span", [1, 2])
@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_the_colors_are_those_that_were_meant(matrix: int, span: int) -> None:
    gray = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None], 48, axis=0)
    for rgb in (np.stack([gray] * 3, -1), np.full((48, 64, 3), (200, 30, 90), np.uint8)):
        source = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
        yuv = source.reformat(
            format="yuv444p", dst_colorspace={6: 5}.get(matrix, matrix), dst_color_range=span
        )
        yuv.colorspace, yuv.color_range = matrix, span
        pixels = Converter(Colors.of(yuv), "yuv444p").pixels(yuv)
        error = pixels.astype(int) - rgb
        assert np.abs(error).max() <= 2
        if (rgb == rgb[..., :1]).all():
            assert np.abs(error.mean(axis=(0, 1))).max() < 0.3


def test_gray_stays_gray() -> None:
    source = VideoFrame.from_ndarray(np.arange(48 * 64, dtype=np.uint8).reshape(48, 64), "gray")
    source.time_base = Fraction(1, 30)
    converter = Converter(Colors.of(source), "gray")
    pixels = converter.pixels(source)
    assert (pixels[..., 0] == pixels[..., 2]).all()
    assert (
        planes(converter.frame(converter.pixels(source), source), False)[0]
        == planes(source, False)[0]
    ).all()


def test_odd_sizes() -> None:
    rgb = VideoFrame.from_ndarray(scene(2, 90).astype(np.uint8)[:47, :63].copy(), "rgb24")
    source = rgb.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
    source.time_base = Fraction(1, 30)
    converter = Converter(Colors.of(source), "yuv420p")
    pixels = converter.pixels(source)
    assert pixels.shape == (47, 63, 3)
    back = converter.frame(converter.pixels(source), source)
    assert np.abs(planes(back, False)[0] - planes(source, False)[0]).max() <= 1


@pytest.mark.parametrize(
    ("name", "offered", "expected"),
    [
        ("yuv420p", ["yuv420p"], "yuv420p"),
        ("yuvj420p", ["yuv420p"], "yuv420p"),
        ("nv12", ["yuv420p", "nv12"], "yuv420p"),
        ("yuyv422", ["yuv420p", "yuv422p"], "yuv422p"),
        ("p010le", ["yuv420p", "yuv420p10le"], "yuv420p10le"),
        ("yuv422p10le", ["yuv420p", "yuv420p10le"], "yuv420p10le"),
    ],
)
def test_the_encoder_gets_the_nearest_format(name: str, offered: list[str], expected: str) -> None:
    assert working_format(VideoFrame(64, 48, name), offered) == expected


def test_depth_is_never_dropped_in_silence() -> None:
    with pytest.raises(VideoError, match="more than 8 bits"):
        working_format(VideoFrame(64, 48, "yuv420p10le"), ["yuv420p"])


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_refused(transfer: int, name: str) -> None:
    source = VideoFrame(64, 48, "yuv420p10le")
    source.color_trc = transfer
    with pytest.raises(VideoError, match=name):
        Colors.of(source)


def test_a_matrix_that_leads_nowhere_is_refused() -> None:
    source = VideoFrame(64, 48, "yuv420p")
    source.colorspace = 8
    with pytest.raises(VideoError, match="matrix 8"):
        Colors.of(source)
