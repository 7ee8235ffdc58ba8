"""Measures of quality, with and without a reference.

Pictures are (H, W, 3) RGB: uint8, measured after rounding to 8 bits, or floats. Every function
takes `data_range` by name and has no default for it: 255 for uint8, the largest possible value for
floats, which must lie within [0, data_range]. `Metric.measure` is for 8-bit pictures and gives the
255 itself. Everything is computed in float64; nothing is ever resized, clipped or matched unless
the metric's name says so. The output comes first, what it is compared with second.
"""
