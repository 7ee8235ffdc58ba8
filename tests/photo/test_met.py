"""Whatever a file holds is in the result, or told: whole inventories before and after."""

import io
import json
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo import files

FORMATS = ("jpeg", "png", "tiff", "webp", "avif", "bmp")


def plain(format):
    return encode(Photo(files.gradient(24, 32)), format=format)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_part(format, name, body=b"something else"):
    """A file with a part of a name that nobody knows, or of one that is known and not taken."""
    data = plain(format)
    if format == "jpeg":
        return data[:2] + files.segment(name, body) + data[2:]
    if format == "png":
        return data[:33] + chunk(name, body) + data[33:]
    if format == "webp":
        body += bytes(len(body) % 2)
        data = data + name + struct.pack("<I", len(body)) + body
        return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    return data + struct.pack(">I4s", 8 + len(body), name) + body


C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + b"signed"


@pytest.mark.parametrize(
    ("format", "name", "body", "told"),
    [
        ("jpeg", 0xE9, b"ABCD", "APP9"),
        ("jpeg", 0xEB, b"JP\0\0\0\0\0\1\0\0\0\x20jumb\0\0\0\x18jumdc2pa", "content credentials"),
        ("png", b"vpAg", b"12345", "chunk vpAg"),
        ("png", b"caBX", b"jumb", "content credentials (C2PA)"),
        ("png", b"mDCV", bytes(24), "HDR data"),
        ("webp", b"ABCD", b"1234", "chunk ABCD"),
        ("webp", b"C2PA", b"1234", "content credentials (C2PA)"),
        ("avif", b"abcd", b"1234", "a box abcd"),
        ("avif", b"uuid", C2PA_BOX, "content credentials (C2PA)"),
    ],
)
def test_a_part_that_is_not_taken_is_told(format, name, body, told):
    photo = read(with_part(format, name, body))
    (notice,) = [one for one in photo.notices if one.startswith("left out: ")]
    assert told in notice
    assert read(encode(photo)).notices == ()


@pytest.mark.parametrize("format", FORMATS)
def test_of_a_plain_file_nothing_is_told(format):
    photo = read(plain(format))
    assert photo.notices == () and losses(photo) == ()


def auxiliary(urn):
    """A box of properties with one auxiliary picture, in a meta box of its own."""

    def box(kind, body):
        return struct.pack(">I4s", 8 + len(body), kind) + body

    aux = box(b"auxC", bytes(4) + urn + b"\0")
    return box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", aux)))


@pytest.mark.parametrize(
    ("urn", "told"),
    [
        (b"urn:mpeg:hevc:2015:auxid:2", ("a depth map",)),
        (
            b"urn:com:apple:photo:2018:aux:portraiteffectsmatte",
            ("mattes of what is in the picture",),
        ),
        (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", ()),
        (b"urn:com:apple:photo:2020:aux:hdrgainmap", ()),
        (b"urn:of:somebody", ("an auxiliary picture",)),
    ],
)
def test_auxiliary_pictures_are_named(urn, told):
    from nightlift.photo import boxes

    assert boxes.left_out(auxiliary(urn)) == told
    for cut in range(len(auxiliary(urn))):
        boxes.left_out(auxiliary(urn)[:cut])  # a damaged one ends in no exception


FIELDS = {
    "icc": ("profile",),
    "exif": ("EXIF",),
    "xmp": ("XMP",),
    "iptc": ("IPTC",),
    "texts": ("texts",),
    "resolution": ("dots per inch", "EXIF"),
    "alpha": ("transparency",),
}


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("exif", [None, files.exif_block(6), "without dots"])
def test_every_field_of_a_photo_is_kept_or_told(target, exif):
    from nightlift.photo import tiff_tags

    artist = {0x013B: tiff_tags.Value(2, 4, 0, 4, b"abc\0")}
    photo = Photo(
        files.gradient(24, 32),
        alpha=files.noise((24, 32)),
        icc=files.matrix_profile(files.P3, files.SRGB_TONE),
        exif=tiff_tags.serialize("<", artist) if exif == "without dots" else exif,
        orientation=6 if isinstance(exif, bytes) else 1,
        xmp=files.xmp_packet("<dc:title>t</dc:title>".replace("dc:", "xmp:")),
        iptc=b"8BIM\x04\x04\0\0\0\0\0\x0a\x1c\x02\x05\0\5night",
        texts=(("Title", "a"), ("Comment", "b")),
        resolution=(300.0, 300.0),
        format="png",
    )
    again, told = read(encode(photo, format=target)), losses(photo, target)
    for field, words in FIELDS.items():
        had, got = getattr(photo, field), getattr(again, field)
        if had is not None and (got is None or len(got) < min(len(had), 2)):
            assert any(word in sentence for sentence in told for word in words), (field, told)
    if again.resolution is not None:
        assert again.resolution == pytest.approx(photo.resolution, rel=0.01)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("compression", ["zlib", None])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_packed_tiff_stays_packed(dtype, compression, order):
    pixels = np.repeat(files.gradient(90, 700), 2, axis=1).astype(dtype)
    if dtype == np.float32:
        pixels /= 255
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, compression=compression, photometric="rgb")
    photo = replace(read(file.getvalue()), exif=files.exif_block(6, order=order))
    written = encode(photo)
    assert written[:2] == (b"II" if order == "<" else b"MM")
    assert np.array_equal(tifffile.imread(io.BytesIO(written)), pixels)
    assert np.array_equal(read(written).pixels, photo.pixels)
    if dtype == np.uint8:
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(written))), pixels)
    assert (len(written) < pixels.nbytes) is (compression is not None)
    assert encode(photo, threads=3) == encode(photo, threads=1)


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "RGBA", "CMYK"])
@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits"])
def test_other_packings_become_zip(mode, compression):
    image = Image.fromarray(files.gradient(60, 90)).convert(mode)
    photo = read(files.pillow_bytes(image, "TIFF", compression=compression))
    written = encode(photo)
    with Image.open(io.BytesIO(written)) as again:
        assert again.tag_v2[259] == 8
    assert np.array_equal(read(written).pixels, photo.pixels)


def test_the_profile_of_a_bmp_counts():
    profile = files.matrix_profile(files.P3, files.SRGB_TONE)
    data = plain("bmp")
    header = bytearray(124)
    header[:40] = struct.pack("<I", 124) + data[18:54]
    header[56:60] = b"DEBM"
    picture = data[54:]
    struct.pack_into("<II", header, 112, 124 + len(picture), len(profile))
    start = b"BM" + struct.pack("<IHHI", 14 + 124 + len(picture) + len(profile), 0, 0, 138)
    photo = read(start + bytes(header) + picture + profile)
    assert photo.icc == profile
    assert np.array_equal(photo.pixels, files.gradient(24, 32))


# ---------------------------------------------------------------- ExifTool as an oracle

WORDS = """
EXIF:Artist=A EXIF:Copyright=C EXIF:Make=Maker EXIF:Model=M EXIF:LensModel=L EXIF:UserComment=u
EXIF:DateTimeOriginal=2024:05:06_07:08:09 EXIF:OffsetTimeOriginal=+02:00 EXIF:GPSLatitude=10
EXIF:GPSLatitudeRef=N EXIF:GPSLongitude=20 EXIF:GPSLongitudeRef=E EXIF:ImageDescription=desc
EXIF:Software=S EXIF:ISO=100 EXIF:XPTitle=xpt EXIF:XPKeywords=a;b EXIF:Rating=4 EXIF:HostComputer=h
EXIF:ProcessingSoftware=ps EXIF:DocumentName=dn EXIF:PageName=pn EXIF:ImageHistory=ih EXIF:Gamma=2.2
EXIF:OwnerName=o EXIF:SerialNumber=1 EXIF:CameraSerialNumber=9 EXIF:ReelName=r
XMP-dc:Title=t XMP-dc:Creator=c XMP-xmp:Rating=3 XMP-photoshop:City=city XMP-iptcCore:Location=l
IPTC:City=town IPTC:Keywords=kw IPTC:Caption-Abstract=ca Photoshop:URL=http://x
Comment=hello PNG:Author=au JFIF:XResolution=300 JFIF:YResolution=300 JFIF:ResolutionUnit=inches
"""
TAGS = tuple(WORDS.split())
ABOUT_THE_FILE = ("System", "ExifTool", "Composite", "File", "JFIF", "RIFF", "QuickTime", "Meta")
HOW_IT_IS_STORED = {"BitsPerSample", "PhotometricInterpretation", "StripOffsets", "RowsPerStrip"}
HOW_IT_IS_STORED |= {"StripByteCounts", "SampleFormat", "YCbCrPositioning", "Compression", "Filter"}
HOW_IT_IS_STORED |= {"BitDepth", "ColorType", "Interlace", "PlanarConfiguration", "XMPToolkit"}
HOW_IT_IS_STORED |= {
    "SamplesPerPixel",
    "ImageWidth",
    "ImageHeight",
    "XResolution",
    "YResolution",
    "ResolutionUnit",
}
GROUPS = {"XMP": "XMP", "IPTC": "IPTC", "Photoshop": "IPTC", "PNG": "texts", "File": "texts"}
GROUPS |= {"IFD0": "EXIF", "ExifIFD": "EXIF", "GPS": "EXIF"}


def tags(path):
    command = ["exiftool", "-j", "-G1", "-a", "-n", str(path)]
    (found,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    kept = {"File:Comment": found["File:Comment"]} if "File:Comment" in found else {}
    for key, value in found.items():
        group, _, name = key.partition(":")
        if group not in (*ABOUT_THE_FILE, "SourceFile") and name not in HOW_IT_IS_STORED:
            kept[key] = value
    return kept


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="ExifTool is not installed")
@pytest.mark.parametrize("format", FORMATS[:-1])
def test_metadata_in_is_metadata_out_or_told(format, tmp_path):
    source = tmp_path / f"rich.{format}"
    source.write_bytes(plain(format))
    given = [f"-{tag.replace('_', ' ')}" for tag in TAGS]
    command = ["exiftool", "-q", "-q", "-m", "-overwrite_original", *given, str(source)]
    subprocess.run(command, check=True, capture_output=True)
    photo, before = read(source), tags(source)
    assert len(before) > 25
    for target in FORMATS:
        out = tmp_path / f"out.{target}"
        out.write_bytes(encode(photo, format=target))
        after, told = tags(out), losses(photo, target)
        same = {(key.partition(":")[2], str(value)) for key, value in after.items()}
        values = {value for _, value in same}
        for key, value in before.items():
            group, _, name = key.partition(":")
            if (name, str(value)) not in same and str(value) not in values:
                word = GROUPS[group.partition("-")[0]]
                assert any(word in sentence for sentence in told), (target, key, told)
