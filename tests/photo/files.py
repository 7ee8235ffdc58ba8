"""Files made by hand for the tests of photos: profiles, EXIF blocks, JPEG segments."""

import io
import itertools
import struct

import numpy as np
from PIL import Image

P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
ADOBE = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
PROPHOTO = np.array(
    [[0.7976749, 0.1351917, 0.0313534], [0.2880402, 0.7118741, 0.0000857], [0.0, 0.0, 0.8252100]]
)


def gradient(height=40, width=56, seed=0):
    """A smooth color picture, uint8: what JPEG keeps within a few levels."""
    rows, columns = np.mgrid[0:height, 0:width]
    rng = np.random.default_rng(seed)
    waves = [np.sin(rows / rng.uniform(9, 20) + columns / rng.uniform(9, 20)) for _ in range(3)]
    return np.round(127.5 + 90 * np.stack(waves, axis=2)).astype(np.uint8)


def noise(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def pillow_bytes(image, name, **options):
    file = io.BytesIO()
    if name == "JPEG" and isinstance(options.get("exif"), bytes):
        options["exif"] = b"Exif\0\0" + options["exif"]
    image.save(file, name, **options)
    return file.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data))


# ---------------------------------------------------------------- ICC


def _fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def parametric(kind, *values):
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + _fixed(*values)


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def sampled(values):
    table = np.round(np.asarray(values) * 65535).astype(">u2")
    return b"curv" + bytes(4) + struct.pack(">I", len(table)) + table.tobytes()


LINEAR = b"curv" + bytes(8)
SRGB_TONE = parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def _profile(space, pcs, tags):
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79)
    white = b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"CC0\0", b"wtpt": white, **tags}
    table, bodies = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        table += struct.pack(">4sII", name, start + len(bodies), len(body))
        bodies += body
    size = start + len(bodies)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"prtr", space, pcs)
    head += bytes(12) + b"acsp" + bytes(28) + _fixed(0.9642, 1.0, 0.8249)
    return head.ljust(128, b"\0") + table + bodies


def matrix_profile(primaries, *tones):
    """One tone curve for all three channels, or one for each."""
    tags = {}
    for column, (name, tone) in enumerate(zip("rgb", tones * (3 // len(tones)), strict=True)):
        xyz = b"XYZ " + bytes(4) + _fixed(*primaries[:, column])
        tags[f"{name}XYZ".encode()] = xyz
        tags[f"{name}TRC".encode()] = tone
    return _profile(b"RGB ", b"XYZ ", tags)


def gray_profile(tone):
    return _profile(b"GRAY", b"XYZ ", {b"kTRC": tone})


def _lab_of(rgb):
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = light @ SRGB.T / np.array([0.9642, 1.0, 0.8249])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lightness = 116 * f[..., 1] - 16
    return np.stack(
        [lightness, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    )


def _rgb_of(lab):
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f**3 > 216 / 24389, f**3, (116 * f - 16) * 27 / 24389)
    light = np.clip((xyz * np.array([0.9642, 1.0, 0.8249])) @ np.linalg.inv(SRGB).T, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _table(inputs, outputs, points, values):
    """An lut8Type of identity curves around a grid of values in [0, 1]."""
    identity = bytes(range(256))
    grid = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8).tobytes()
    head = b"mft1" + bytes(4) + bytes([inputs, outputs, points, 0])
    return head + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + identity * inputs + grid + identity * outputs


def _axes(points, dimensions):
    axis = np.linspace(0, 1, points)
    return np.array(list(itertools.product(*[axis] * dimensions)))


_LAB_SCALE, _LAB_SHIFT = np.array([100, 255, 255]), np.array([0, 128, 128])


def _to_pcs(rgb):
    return (_lab_of(rgb) + _LAB_SHIFT) / _LAB_SCALE


def cmyk_profile():
    """Inks that multiply, R = (1 - C)(1 - K); the way back uses no black."""
    inks = _axes(9, 4)
    colors = (1 - inks[:, :3]) * (1 - inks[:, 3:])
    lab = _axes(33, 3) * _LAB_SCALE - _LAB_SHIFT
    back = np.concatenate([1 - _rgb_of(lab), np.zeros((len(lab), 1))], axis=1)
    tags = {b"A2B0": _table(4, 3, 9, _to_pcs(colors)), b"B2A0": _table(3, 4, 33, back)}
    return _profile(b"CMYK", b"Lab ", tags)


def table_profile():
    """RGB through tables, with red and blue exchanged so that ignoring it cannot pass."""
    colors = _axes(17, 3)[:, ::-1]
    lab = _axes(33, 3) * _LAB_SCALE - _LAB_SHIFT
    tags = {
        b"A2B0": _table(3, 3, 17, _to_pcs(colors)),
        b"B2A0": _table(3, 3, 33, _rgb_of(lab)[:, ::-1]),
    }
    return _profile(b"RGB ", b"Lab ", tags)


# ---------------------------------------------------------------- EXIF and XMP

MAKER_NOTE = b"Maker\0" + bytes(range(250, 0, -1)) * 2 + b"end of maker note"


def exif_block(orientation=None, gps=True, thumbnail=None, order="<", note=MAKER_NOTE):
    """A block with camera, maker's note, GPS and thumbnail, laid out as cameras do."""
    first = [(0x010F, 2, b"Lantern\0"), (0x0110, 2, b"Model 7\0")]
    if orientation is not None:
        first.append((0x0112, 3, struct.pack(order + "H", orientation)))
    first += [(0x8769, 4, b"EXIF")] + ([(0x8825, 4, b"GPS ")] if gps else [])
    inner = [
        (0x829A, 5, struct.pack(order + "II", 1, 30)),
        (0x927C, 7, note),
        (0xA002, 4, struct.pack(order + "I", 56)),
        (0xA003, 4, struct.pack(order + "I", 40)),
    ]
    place = [
        (1, 2, b"N\0"),
        (2, 5, struct.pack(order + "6I", 48, 1, 51, 1, 30, 1)),
        (29, 2, b"2026:11:21\0"),
    ]
    block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    spots = {}
    block = _append(block, first, order, spots)
    block = _patch(block, spots["EXIF"], len(block), order)
    block = _append(block, inner, order, {})
    if gps:
        block = _patch(block, spots["GPS "], len(block), order)
        block = _append(block, place, order, {})
    if thumbnail is not None:
        block = _patch(block, 8 + 2 + 12 * len(first), len(block), order)
        second = [
            (0x0201, 4, b"THMB"),
            (0x0202, 4, struct.pack(order + "I", len(thumbnail))),
        ]
        spots = {}
        block = _append(block, second, order, spots)
        block = _patch(block, spots["THMB"], len(block), order) + thumbnail
    return block


_SIZES = {2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}


def apple_note(*numbers, order=">"):
    """An Apple device's: its version and SRATIONAL entries, offsets counted from its start."""
    entries = [(1, 9, struct.pack(order + "i", 14))]
    entries += [
        (tag, 10, struct.pack(order + "ii", round(value * 10_000), 10_000))
        for tag, value in numbers
    ]
    head = b"Apple iOS\0\0\1" + (b"MM" if order == ">" else b"II")
    return _append(head, entries, order, {})


def _append(block, entries, order, spots):
    at = len(block)
    values = at + 2 + 12 * len(entries) + 4
    directory, after = struct.pack(order + "H", len(entries)), b""
    for tag, kind, data in entries:
        if data in (b"EXIF", b"GPS ", b"THMB"):
            spots[data.decode()] = at + len(directory) + 8
        directory += struct.pack(order + "HHI", tag, kind, len(data) // _SIZES[kind])
        if len(data) <= 4:
            directory += data.ljust(4, b"\0")
        else:
            directory += struct.pack(order + "I", values + len(after))
            after += data + bytes(len(data) % 2)
    return block + directory + bytes(4) + after


def _patch(block, at, value, order):
    return block[:at] + struct.pack(order + "I", value) + block[at + 4 :]


def xmp_packet(inner="", attributes=""):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        f'dc:format="image/jpeg" {attributes}>{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def with_segments(jpeg, *segments):
    """A JPEG with these segments right after its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]
