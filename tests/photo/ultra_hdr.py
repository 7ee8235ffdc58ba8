"""Ultra HDR files, and Apple's, made by hand: a base picture, and a gain map behind it."""

import io
import struct

import numpy as np
import simplejpeg
from PIL import Image

from tests.photo.files import apple_note, exif_block, segment, with_segments, xmp_packet

XMP = b"http://ns.adobe.com/xap/1.0/\0"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
DIRECTORY = (
    '<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><rdf:Seq>'
    '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" '
    'Item:Mime="image/jpeg"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item '
    'Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="%d"/></rdf:li></rdf:Seq>'
    "</Container:Directory>"
)
URN = "urn:com:apple:photo:2020:aux:hdrgainmap"
LOW, HIGH, GAMMA, OFFSET = 0.0, 3.0, 1.0, 1 / 64


def jpeg(pixels, quality=95):
    """Gray for (H, W), else color at 4:4:4."""
    if pixels.ndim == 2:
        return simplejpeg.encode_jpeg(pixels[..., None], quality, "GRAY", "Gray")
    return simplejpeg.encode_jpeg(pixels, quality, "RGB", "444")


def decoded(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def terms_xmp(low=LOW, high=HIGH, gamma=GAMMA, offset=OFFSET, more=""):
    """As attributes; as lists of three where a term is a tuple."""
    names = {"GainMapMin": low, "GainMapMax": high, "Gamma": gamma, "OffsetSDR": offset}
    lists = {name: value for name, value in names.items() if isinstance(value, tuple)}
    plain = " ".join(f'hdrgm:{name}="{value}"' for name, value in names.items() - lists.items())
    inner = "".join(
        f"<hdrgm:{name}><rdf:Seq>{''.join(f'<rdf:li>{one}</rdf:li>' for one in value)}</rdf:Seq>"
        f"</hdrgm:{name}>"
        for name, value in lists.items()
    )
    plain += f' hdrgm:HDRCapacityMax="{HIGH}"'  # which the format demands
    return segment(0xE1, XMP + xmp_packet(inner, f"{HDRGM} {plain} {more}"))


def terms_iso(low=LOW, high=HIGH, gamma=GAMMA, offset=OFFSET, flags=0, base=0):
    """One channel; each number a fraction of its own."""
    body = struct.pack(">HHB", 0, 0, flags)
    for kind, value in zip("IIiiIii", (base, 3, low, high, gamma, offset, offset), strict=True):
        body += struct.pack(f">{kind}I", round(value * 64), 64)
    return segment(0xE2, ISO + body)


def apple_xmp(version=65536, headroom=None):
    """As ImageIO writes it: elements."""
    told = {"HDRGainMap:HDRGainMapVersion": version, "apdi:AuxiliaryImageType": URN}
    told |= {"apdi:NativeFormat": 1278226488, "apdi:StoredFormat": 1278226488}
    told |= {} if headroom is None else {"HDRGainMap:HDRGainMapHeadroom": headroom}
    spaces = 'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" '
    spaces += 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    return segment(0xE1, XMP + xmp_packet(inner, spaces))


def apple_exif(*numbers, order=">"):
    """A photo's EXIF with the note of an Apple device."""
    return exif_block(1, order=order, note=apple_note(*numbers))


def map_file(codes, *segments):
    return with_segments(jpeg(codes), *(segments or (terms_xmp(),)))


def index(primary, second, start):
    """An MPF segment, little-endian, whose marker lies at byte `start`."""
    entries = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, 2)
    entries += struct.pack("<HHII", 0xB002, 7, 32, 50) + bytes(4)
    entries += struct.pack("<IIIHH", 0x030000, primary, 0, 0, 0)
    entries += struct.pack("<IIIHH", 0, second, primary - start - 8, 0, 0)
    return segment(0xE2, b"MPF\0II*\0" + struct.pack("<IH", 8, 3) + entries)


def file_of(base, second, *segments, announced=True, packet=""):
    """A file of two pictures, the first of which may tell of the second in its XMP."""
    told = HDRGM if announced else ""
    directory = DIRECTORY % len(second) if announced else ""
    front = [segment(0xE1, XMP + xmp_packet(packet + directory, told)), *segments]
    start = 2 + sum(map(len, front))
    length = len(index(start + 8, 0, start))
    primary = len(base) + sum(map(len, front)) + length
    return with_segments(base, *front, index(primary, len(second), start)) + second


def linear(codes):
    values = np.asarray(codes, float) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def coded(light):
    light = np.clip(light, 0, 1)
    values = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(values * 255).astype(np.uint8)


def rendition(file):
    """Linear luma of the base and of the HDR picture, read by Pillow and the formula alone."""
    end = file.index(b"\xff\xd9\xff\xd8", file.index(b"MPF\0")) + 2
    base, codes = decoded(file[:end]), decoded(file[end:])
    height, width = base.shape[:2]
    rows = np.arange(height) * codes.shape[0] // height
    columns = np.arange(width) * codes.shape[1] // width
    gains = LOW + (HIGH - LOW) * (codes[rows][:, columns] / 255) ** (1 / GAMMA)
    light = linear(base) @ [0.2126, 0.7152, 0.0722]
    return light, (light + OFFSET) * 2**gains - OFFSET
