"""CIEDE2000 against the published test data and scikit-image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab, rgb2xyz

from nightlift.metrics.delta_e import STRIP, ciede2000, delta_e_2000, delta_e_2000_map, lab

# L*, a*, b* of two colors and their difference: Table 1 of Sharma, Wu and Dalal 2005.
PUBLISHED = """
50.0000   2.6772 -79.7751  50.0000   0.0000 -82.7485   2.0425
50.0000   3.1571 -77.2803  50.0000   0.0000 -82.7485   2.8615
50.0000   2.8361 -74.0200  50.0000   0.0000 -82.7485   3.4412
50.0000  -1.3802 -84.2814  50.0000   0.0000 -82.7485   1.0000
50.0000  -1.1848 -84.8006  50.0000   0.0000 -82.7485   1.0000
50.0000  -0.9009 -85.5211  50.0000   0.0000 -82.7485   1.0000
50.0000   0.0000   0.0000  50.0000  -1.0000   2.0000   2.3669
50.0000  -1.0000   2.0000  50.0000   0.0000   0.0000   2.3669
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0009   7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0010   7.1792
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0011   7.2195
50.0000   2.4900  -0.0010  50.0000  -2.4900   0.0012   7.2195
50.0000  -0.0010   2.4900  50.0000   0.0009  -2.4900   4.8045
50.0000  -0.0010   2.4900  50.0000   0.0010  -2.4900   4.8045
50.0000  -0.0010   2.4900  50.0000   0.0011  -2.4900   4.7461
50.0000   2.5000   0.0000  50.0000   0.0000  -2.5000   4.3065
50.0000   2.5000   0.0000  73.0000  25.0000 -18.0000  27.1492
50.0000   2.5000   0.0000  61.0000  -5.0000  29.0000  22.8977
50.0000   2.5000   0.0000  56.0000 -27.0000  -3.0000  31.9030
50.0000   2.5000   0.0000  58.0000  24.0000  15.0000  19.4535
50.0000   2.5000   0.0000  50.0000   3.1736   0.5854   1.0000
50.0000   2.5000   0.0000  50.0000   3.2972   0.0000   1.0000
50.0000   2.5000   0.0000  50.0000   1.8634   0.5757   1.0000
50.0000   2.5000   0.0000  50.0000   3.2592   0.3350   1.0000
60.2574 -34.0099  36.2677  60.4626 -34.1751  39.4387   1.2644
63.0109 -31.0961  -5.8663  62.8187 -29.7946  -4.0864   1.2630
61.2901   3.7196  -5.3901  61.4292   2.2480  -4.9620   1.8731
35.0831 -44.1164   3.7933  35.0232 -40.0716   1.5901   1.8645
22.7233  20.0904 -46.6940  23.0331  14.9730 -42.5619   2.0373
36.4612  47.8580  18.3852  36.2715  50.5065  21.2231   1.4146
90.8027  -2.0831   1.4410  91.1528  -1.6435   0.0447   1.4441
90.9257  -0.5406  -0.9208  88.6381  -0.8985  -0.7239   1.5381
 6.7747  -0.2908  -2.4247   5.8714  -0.0985  -2.2286   0.6377
 2.0776   0.0795  -1.1350   0.9033  -0.0636  -0.5514   0.9082
"""

colors = st.tuples(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120))


def test_published_test_data_both_ways():
    rows = np.array([line.split() for line in PUBLISHED.strip().splitlines()], float)
    assert rows.shape == (34, 7)
    for first, second in ((rows[:, :3], rows[:, 3:6]), (rows[:, 3:6], rows[:, :3])):
        # The table is rounded to four decimals.
        assert np.abs(ciede2000(first, second) - rows[:, 6]).max() <= 0.5001e-4


@settings(derandomize=True, max_examples=40, deadline=None)
@given(colors, colors)
def test_agrees_with_scikit_image_and_is_a_symmetric_difference(first, second):
    a, b = np.array(first), np.array(second)
    difference = float(ciede2000(a, b))
    assert difference == pytest.approx(float(deltaE_ciede2000(a, b)), abs=1e-9)
    assert difference == pytest.approx(float(ciede2000(b, a)), abs=1e-9)
    assert ciede2000(a, a) == 0


def plain_lab(picture):
    """The exact constants of CIE 15; scikit-image rounds them to 0.008856 and 7.787."""
    x, y, z = (
        plane / white
        for plane, white in zip(
            np.moveaxis(rgb2xyz(picture), -1, 0), (0.95047, 1.0, 1.08883), strict=True
        )
    )
    fx, fy, fz = (
        np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116) for t in (x, y, z)
    )
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def test_lab_agrees_with_scikit_image(small_pictures, kind):
    picture = small_pictures[kind][0] / 255
    np.testing.assert_allclose(lab(picture), plain_lab(picture), atol=1e-10)
    np.testing.assert_allclose(lab(picture), rgb2lab(picture), atol=1e-3)


def test_the_map_agrees_with_scikit_image(large_pictures, kind):
    output, reference = large_pictures[kind]
    assert output.size // 3 > 3 * STRIP
    expected = deltaE_ciede2000(plain_lab(reference / 255), plain_lab(output / 255))
    found = delta_e_2000_map(output, reference, data_range=255)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert delta_e_2000(output, reference, data_range=255) == pytest.approx(expected.mean())


def test_does_not_depend_on_the_unit(small_pictures):
    output, reference = small_pictures["photo"]
    floats = delta_e_2000(output / 255, reference / 255, data_range=1.0)
    assert floats == pytest.approx(delta_e_2000(output, reference, data_range=255), abs=1e-10)


def test_black_against_white_is_a_hundred():
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert delta_e_2000(black, white, data_range=255) == pytest.approx(100, abs=1e-3)
