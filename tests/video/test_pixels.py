from fractions import Fraction

import cv2
import numpy as np
import pytest

pytest.importorskip("av")

from av.video.frame import VideoFrame

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid, GridMode, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.tone_table import ToneTable
from nightlift.errors import VideoError
from nightlift.video.colors import WEIGHTS, Colors
from nightlift.video.pixels import Converter, working_format
from tests.adjust.examples import curves, floats, grid, guide, tone
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


def noisy(format: str, height: int = 242, width: int = 334) -> VideoFrame:
    """A dark scene under a sensor's noise."""
    picture = cv2.resize(scene(2, 60), (width, height))
    picture += np.random.default_rng(5).normal(0, 3, picture.shape)
    rgb = VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), "rgb24")
    made = rgb.reformat(format=format, dst_colorspace=1, dst_color_range=1)
    made.colorspace, made.color_range, made.time_base = 1, 1, Fraction(1, 30)
    return made


def gentle(mode: GridMode, bins: int, by: PointwiseGuide | None = None) -> BilateralGrid:
    """A grid as methods estimate them: neighboring cells do nearly the same."""
    model = np.array([[0.1, 0, 0, 0.3], [0, 0.2, 0.1, 0.2], [0.1, 0, 0.1, 0.3]])
    cells = np.float32(model + 0.006 * floats(bins, -1, 1, 5, 6, bins, 3, 4))
    return BilateralGrid(cells, mode, by)


def neutral(bins: int) -> BilateralGrid:
    """A gentle grid that does the same to all channels; otherwise noise would decide on the hue."""
    one = 0.6 + 0.03 * floats(bins, -1, 1, 5, 6, bins, 1, 1)
    return BilateralGrid(one * np.eye(3, 4, dtype=np.float32) + np.float32([0, 0, 0, 0.1]))


def curve(exponent: float) -> ToneTable:
    values = np.linspace(0.01, 1, 256, dtype=np.float32) ** np.float32(exponent)
    return ToneTable(values[:, None].repeat(3, 1))


def gentle_light(bins: int, black: float = 0.0) -> LightGrid:
    """Two to three stops, fewer in brighter bins."""
    gains = np.linspace(2.5, 0.5, bins) + floats(bins, -0.2, 0.2, 5, 6, bins)
    return LightGrid(gains.astype(np.float32), 0.6, black)


ADJUSTMENTS: dict[str, Adjustment] = {
    "tone table": tone(1),
    "curves": curves(8, 8, 2, 3, "half-pixel"),
    "grid": gentle("affine", 8),
    "grid, divide": gentle("divide", 8),
    "grid, learned guide": gentle("divide", 8, guide(16, 0.4)),
    "grid, 20 bins": gentle("divide", 20),
    "light grid": gentle_light(8),
    "light grid, noise": gentle_light(20, 0.03),
    "chain": Chain([gentle("divide", 6), tone(2)]),
    "hue kept": HueKept(neutral(8)),
    "hue kept, table": HueKept(curve(0.4)),
    "chain, light": Chain([tone(2), gentle_light(8)]),
}


def error(
    adjustment: Adjustment, strength: float, source: VideoFrame, format: str
) -> list[np.ndarray]:
    """How far planes put through the kernels are from those put through RGB, in 8-bit levels."""
    converter, deep = Converter(Colors.of(source), format), "le" in format
    with kernels.using("numpy"):
        expected = planes(converter.adjusted(source, adjustment, strength), deep)
    made = planes(converter.adjusted(source, adjustment, strength), deep)
    most = {"yuv420p": 255, "yuv420p10le": 1023, "yuv420p12le": 4095}[format]
    return [np.abs(x - y) * 255 / most for x, y in zip(made, expected, strict=True)]


@pytest.mark.parametrize("isa", kernels.instruction_sets()[1:])
@pytest.mark.parametrize("format", ["yuv420p", "yuv420p10le", "yuv420p12le"])
@pytest.mark.parametrize("strength", [0.6, 1.0])
@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_frames_become_what_pictures_become(
    name: str, strength: float, format: str, isa: str
) -> None:
    with kernels.using(isa):
        for off in error(ADJUSTMENTS[name], strength, noisy(format), format):
            assert np.quantile(off, 0.999) <= 3
            assert (off**2).mean() < 0.65  # 50 dB


@pytest.mark.skipif(not kernels.compiled(), reason="the kernels are not installed")
def test_an_adjustment_without_a_grid_acts_on_each_pixel() -> None:
    source = noisy("yuv420p12le")
    assert max(off.max() for off in error(tone(1), 1.0, source, "yuv420p12le")) < 0.1
    assert max(off.max() for off in error(gentle("divide", 8), 1.0, source, "yuv420p12le")) > 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (3, 517), (47, 63)])
def test_frames_of_odd_sizes_are_done_to_their_edges(size: tuple[int, int]) -> None:
    off = error(tone(1), 1.0, noisy("yuv420p", *size), "yuv420p")
    assert off[0].shape == size
    assert off[0].max() <= 2


@pytest.mark.parametrize("level", [16, 235, 0, 255])
@pytest.mark.parametrize("isa", kernels.instruction_sets())
def test_codes_beyond_black_and_white_end_there(level: int, isa: str) -> None:
    source = VideoFrame(62, 46, "yuv420p")
    source.colorspace, source.color_range, source.time_base = 1, 1, Fraction(1, 30)
    for plane, code in zip(source.planes, (level, 255, 0), strict=True):
        plane.update(bytes([code]) * plane.buffer_size)
    converter = Converter(Colors.of(source), "yuv420p")
    with kernels.using(isa):
        luma, *chroma = planes(
            converter.adjusted(source, grid(3, 3, 8, "divide", guide(4, 1)), 1), False
        )
    assert luma.min() >= 16
    assert luma.max() <= 235
    assert min(c.min() for c in chroma) >= 16
    assert max(c.max() for c in chroma) <= 240


@pytest.mark.skipif(not kernels.compiled(), reason="the kernels are not installed")
@pytest.mark.parametrize("isa", kernels.instruction_sets()[1:])
@pytest.mark.parametrize("strength", [0.6, 1.0])
@pytest.mark.parametrize("format", ["yuv420p", "yuv420p10le"])
def test_light_leaves_codes_beyond_black_and_white(format: str, strength: float, isa: str) -> None:
    random = np.random.default_rng(2)
    source = VideoFrame(70, 46, format)
    source.colorspace, source.color_range, source.time_base = 1, 1, Fraction(1, 30)
    deep = "le" in format
    for plane in source.planes:
        most = 1024 if deep else 256
        width = plane.line_size // (2 if deep else 1)
        codes = random.integers(0, most, (plane.height, width))
        plane.update(codes.astype(np.uint16 if deep else np.uint8).tobytes())
    converter = Converter(Colors.of(source), format)
    with kernels.using(isa):
        for gains in (0.0, np.nextafter(np.float32(0), np.float32(1))):
            light = LightGrid(np.full((2, 2, 3), gains, np.float32), 0.6, 0.05)
            made = converter.adjusted(source, light, strength)
            for before, after in zip(planes(source, deep), planes(made, deep), strict=True):
                assert np.array_equal(before, after)
        lifted = planes(converter.adjusted(source, gentle_light(8), strength), deep)
    luma = planes(source, deep)[0]
    assert (lifted[0][luma >= (940 if deep else 235)] >= (930 if deep else 232)).mean() > 0.9


def test_a_frame_that_is_used_again_leaves_what_the_encoder_holds() -> None:
    source = noisy("yuv420p", 46, 62)
    converter = Converter(Colors.of(source), "yuv420p")
    first = converter.adjusted(source, tone(1), 1.0)
    kept = planes(first, False)[0].copy()
    converter.done_with(first)
    again = converter.adjusted(source, tone(2), 0.2)
    assert again is first
    assert (planes(again, False)[0] != kept).any()
    assert again.pts == source.pts


def test_a_large_frame_is_glanced_at_by_half_or_quarter() -> None:
    source = VideoFrame.from_ndarray(np.full((721, 902, 3), (20, 40, 60), np.uint8), "rgb24")
    large = source.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
    converter = Converter(Colors.of(large), "yuv420p")
    small = converter.glance(large)
    assert small.shape == (361, 451, 3)
    assert np.abs(small.astype(int) - (20, 40, 60)).max() <= 2
    assert converter.glance(large, (121, 150)).shape == (361, 451, 3)
    smaller = converter.glance(large, (120, 150))
    assert smaller.shape == converter.glance(large, (150, 120)).shape == (181, 226, 3)
    assert np.abs(smaller.astype(int) - (20, 40, 60)).max() <= 2
    assert converter.glance(noisy("yuv420p")).shape == (242, 334, 3)


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
