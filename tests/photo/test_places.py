"""`strip="gps"` leaves no place: by our own look at the bytes, and by ExifTool's."""

import json
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image

from nightlift.photo import exif as blocks
from nightlift.photo import photoshop, places, xmp
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import exif_block, gradient, pillow_bytes, segment, with_segments, xmp_packet

FAULTS = Path(__file__).resolve().parents[1] / "faults"
NAMES = ["jpeg", "png", "tiff", "webp", "avif"]
JPEG = pillow_bytes(Image.fromarray(gradient()), "JPEG")
XMP = b"http://ns.adobe.com/xap/1.0/\0"
WORD = "Sampleville"


def namespaces(**uris):
    return " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in uris.items())


SPACES = namespaces(
    photoshop="http://ns.adobe.com/photoshop/1.0/",
    Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    drone="http://www.dji.com/drone-dji/1.0/",
    geo="http://www.w3.org/2003/01/geo/wgs84_pos#",
    GPano="http://ns.google.com/photos/1.0/panorama/",
    xmp="http://ns.adobe.com/xap/1.0/",
    GImage="http://ns.google.com/photos/1.0/image/",
)
PLACES = [
    f'photoshop:City="{WORD}"',
    f"photoshop:State = '{WORD}'",
    f'photoshop:Country="{WORD}"',
    f'Iptc4xmpCore:Location="{WORD}"',
    f'Iptc4xmpCore:CountryCode="{WORD}"',
    f'drone:GpsLatitude="{WORD}"',
    f'drone:GpsLongtitude="{WORD}"',
    f'drone:AbsoluteAltitude="{WORD}"',
    f'exif:GPSLatitude="{WORD}"',
    f'geo:lat="{WORD}"',
    f'dc:coverage="{WORD}"',
    f'GImage:Data="{WORD}"',
    f"<photoshop:City>{WORD}</photoshop:City>",
    f"<exif:GPSTimeStamp >{WORD}</exif:GPSTimeStamp >",
    f"<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType='Resource'><Iptc4xmpExt:City>"
    f"{WORD}</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>",
    f'<rdf:Description Iptc4xmpExt:Sublocation="{WORD}"/>',
    f'<p:x xmlns:p="urn:maker"><p:Deep p:latitudeOfCamera="{WORD}"/></p:x>',
]
KEPT = 'xmp:Rating="4" GPano:ProjectionType="equirectangular" photoshop:Credit="A &lt; B"'


def packet(place):
    attribute = not place.startswith("<")
    inner = "<dc:title>A night</dc:title>" + ("" if attribute else place)
    return xmp_packet(inner, f"{SPACES} {KEPT} {place if attribute else ''}")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-16"])
def test_xmp_without_places_keeps_the_rest(place, encoding):
    stripped = places.xmp_without(packet(place).decode().encode(encoding)).decode()
    assert WORD not in stripped
    for kept in (*KEPT.split(' "'), "<dc:title>A night</dc:title>"):
        assert kept in stripped
    assert xmp.is_sound(stripped.encode())


@pytest.mark.parametrize("place", PLACES)
def test_xmp_of_another_prefix(place):
    prefixes = r"\b(photoshop|exif|drone|geo|GImage)(?=:|=)"
    renamed = re.sub(prefixes, r"q.\1-", packet(place).decode())
    assert WORD not in places.xmp_without(renamed.encode()).decode()


def test_xmp_without_places_in_it_is_untouched():
    whole = packet("").replace(b"A night", "Eine Nacht – é".encode())
    assert places.xmp_without(whole) == whole


def test_the_photographers_own_address_stays():
    own = (
        '<c:CreatorContactInfo xmlns:c="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" '
        'c:CiAdrCity="Home"/>'
    )
    assert b'c:CiAdrCity="Home"' in places.xmp_without(packet(own))


# ---------------------------------------------------------------- EXIF


def nested(order, where):
    """A GPS directory hung on the EXIF directory, on the second one or on a SubIFD."""
    pack = struct.Struct(order + "HHII").pack
    gps = struct.pack(order + "H", 1) + pack(2, 2, 12, 200) + bytes(4)
    pointer = pack(0x8825, 4, 1, 150)
    inner = struct.pack(order + "H", 2) + pack(0x829D, 5, 1, 220) + pointer + bytes(4)
    tag = {"exif": 0x8769, "sub": 330, "next": 0x8769}[where]
    first = struct.pack(order + "H", 2) + pack(0x010F, 2, 4, 0x41424300)
    first += pack(tag, 4, 1, 80) + struct.pack(order + "I", 80 if where == "next" else 0)
    block = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + first
    block = block.ljust(80, b"\0") + inner
    block = block.ljust(150, b"\0") + gps
    block = block.ljust(200, b"\0") + WORD.encode()
    return block.ljust(220, b"\0") + struct.pack(order + "II", 28, 10)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("where", ["exif", "sub", "next"])
def test_gps_directories_hung_elsewhere(order, where):
    block = nested(order, where)
    assert WORD.encode() in block and blocks.is_sound(block)
    stripped = places.exif_without(block)
    assert WORD.encode() not in stripped
    exif = Image.Exif()
    exif.load(stripped)
    assert 0x010F in exif and not exif.get_ifd(0x8825)
    if where != "sub":
        assert exif.get_ifd(0x8769) == {0x829D: 2.8}


def test_a_maker_s_note_goes_with_the_place_and_says_so():
    photo = Photo(gradient(), exif=exif_block(1), format="jpeg")
    assert losses(photo, "png", strip="none") == ()
    assert any("maker's note" in sentence for sentence in losses(photo, "png", strip="gps"))
    assert losses(Photo(gradient(), exif=blocks.minimal(6)), "png", strip="gps") == ()


def test_blobs_inside_of_exif_go_too():
    """XMP, IPTC and GeoTIFF keys that some writers put into an EXIF block."""
    for tag in (700, 33723, 34377, 33922, 34737, 50740):
        entry = struct.pack("<HHII", tag, 7, 12, 26)
        block = struct.pack("<4sIH", b"II*\0", 8, 1) + entry + bytes(4) + WORD.encode() + b"\0"
        assert WORD.encode() not in places.exif_without(block)


# ---------------------------------------------------------------- IPTC


def data_set(record, number, value, extended=False):
    if extended:
        return struct.pack(">BBBHI", 0x1C, record, number, 0x8004, len(value)) + value
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


@pytest.mark.parametrize("number", [26, 27, 90, 92, 95, 100, 101])
@pytest.mark.parametrize("extended", [False, True])
def test_iptc_without_places_keeps_the_rest(number, extended):
    title = data_set(2, 5, b"A night") + data_set(1, 90, b"\x1b%G")
    records = title + data_set(2, number, WORD.encode(), extended) + data_set(2, 80, b"Ada")
    digest, other = photoshop.resource(0x0425, bytes(16)), photoshop.resource(0x03ED, b"dots")
    stripped = places.iptc_without(other + photoshop.from_iptc(records) + digest)
    assert stripped == other + photoshop.from_iptc(title + data_set(2, 80, b"Ada"))


def test_resources_that_repeat_exif_and_xmp_go_too():
    copies = b"".join(photoshop.resource(number, WORD.encode()) for number in (0x0422, 0x0424))
    assert places.iptc_without(copies) is None
    assert WORD.encode() not in (places.iptc_without(copies + b"8BIM junk" + WORD.encode()) or b"")


# ---------------------------------------------------------------- whole files


def unpacked(data):
    """The bytes of a file, and of everything that is packed in it by zlib."""
    found = [data]
    for at in range(len(data) - 1):
        if data[at] == 0x78 and data[at + 1] in (0x01, 0x5E, 0x9C, 0xDA):
            try:
                found.append(zlib.decompressobj().decompress(data[at:], 1 << 20))
            except zlib.error:
                continue
    return b"".join(found)


SECRETS = {
    "attack/gps_dji_xmp.jpg": [b"48.5", b"9.5", b"GpsLat", b"Altitude"],
    "attack/gps_iptc_city.jpg": [b"SECRETIPTCCITY", b"SECRETLOC", b"SECRETXMPCITY", b"GPS"],
    "inputs/drone-gps.jpg": [b"Sampletown", b"Main street", b"GPS", b"Gps", b"10.123", b"20.456"],
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("format", NAMES)
def test_files_that_kept_a_place(name, format):
    photo = read(FAULTS / name)
    kept = unpacked(encode(photo, format=format))
    stripped = unpacked(encode(photo, format=format, strip="gps"))
    assert any(secret in kept for secret in SECRETS[name])
    assert not [secret for secret in SECRETS[name] if secret in stripped]
    if "iptc" in name:
        for other in (b"SECRETARTIST", b"SECRETLENS", b"SECRETXMPDESC", b"SECRETTOOL"):
            assert other in stripped


def test_a_damaged_packet_is_left_out_with_a_sentence():
    packet = xmp_packet('<exif:GPSLatitude>48</exif:GPSLatitude><open attribute="x>')
    photo = read(with_segments(JPEG, segment(0xE1, XMP + packet)))
    assert photo.xmp is None and photo.notices == ("the XMP is damaged and was left out",)
    made = Photo(gradient(), xmp=packet)
    assert "the XMP is damaged and was left out" in losses(made, "png")
    assert b"GPS" not in encode(made, format="png", strip="gps")


# ---------------------------------------------------------------- ExifTool


needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="ExifTool is not installed"
)
PLACE = re.compile(
    r"gps|latitude|longi?tude|altitude|city|state$|country|location|province|coverage|"
    r"worldregion|maker|geotiff|modeltie",
    re.IGNORECASE,
)


def told_by_exiftool(folder):
    """All tags that it finds in each file of a folder, by the file's name."""
    command = ["exiftool", "-json", "-a", "-G1", "-struct", "-u", "-b", str(folder)]
    done = subprocess.run(command, capture_output=True, check=True)
    return {Path(told.pop("SourceFile")).name: told for told in json.loads(done.stdout)}


def of_places(told):
    return [tag for tag in told if PLACE.search(tag.split(":")[-1])]


WRITTEN = [
    "-GPS:GPSLatitude=48.123456",
    "-GPS:GPSLatitudeRef=N",
    "-GPS:GPSLongitude=9.654321",
    "-GPS:GPSLongitudeRef=E",
    "-GPS:GPSAltitude=321",
    "-GPS:GPSDateStamp=2026:11:28",
    f"-GPS:GPSAreaInformation={WORD}",
    f"-GPS:GPSProcessingMethod={WORD}",
    "-XMP-exif:GPSLatitude=48.123456",
    "-XMP-exif:GPSDestLongitude=9.654321",
    *(f"-IPTC:{tag}={WORD}" for tag in ("City", "Sub-location", "Province-State")),
    "-IPTC:Country-PrimaryLocationCode=ABC",
    f"-IPTC:Country-PrimaryLocationName={WORD}",
    "-IPTC:ContentLocationCode=ABC",
    f"-IPTC:ContentLocationName={WORD}",
    *(f"-XMP-photoshop:{tag}={WORD}" for tag in ("City", "State", "Country")),
    f"-XMP-iptcCore:Location={WORD}",
    "-XMP-iptcCore:CountryCode=ABC",
    f"-XMP-iptcExt:LocationShown={{City={WORD},CountryName={WORD},Sublocation={WORD}}}",
    f"-XMP-iptcExt:LocationCreated={{City={WORD},GPSLatitude=48.123456,WorldRegion={WORD}}}",
    f"-XMP-dc:Coverage={WORD}",
    f"-XMP-dwc:Locality={WORD}",
    "-XMP-drone-dji:GPSLatitude=48.123456",
    "-XMP-drone-dji:AbsoluteAltitude=+321",
    "-EXIF:Artist=Ada",
    "-EXIF:LensModel=Lens 7",
    "-XMP-xmp:Rating=4",
    "-IPTC:By-line=Ada",
]


def placed(folder):
    """A JPEG with every kind of place that ExifTool can write, and XMP longer than a segment."""
    path = folder / "placed.jpg"
    exif = exif_block(6, gps=False)
    path.write_bytes(pillow_bytes(Image.fromarray(gradient()), "JPEG", exif=exif))
    long = f"-XMP-dc:Description={'word ' * 14_000}"
    command = ["exiftool", "-q", "-n", "-overwrite_original", *WRITTEN, long, str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What ExifTool finds in photos written with and without their places."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("placed", "written"))
    names = ["attack/gps_recursion.jpg", *SECRETS]
    for path in (placed(source), *(FAULTS / name for name in names)):
        photo = read(path)
        for format in NAMES:
            for strip in ("none", "gps"):
                data = encode(photo, format=format, strip=strip)
                (target / f"{path.stem}-{strip}.{format}").write_bytes(data)
    return told_by_exiftool(target)


@needs_exiftool
def test_exiftool_finds_no_place(told):
    for name, tags in told.items():
        if "-gps." in name:
            assert not of_places(tags), name
            text = json.dumps(tags)
            assert not [trace for trace in (WORD, "48.12", "9.65", "ABC") if trace in text], name


@needs_exiftool
@pytest.mark.parametrize("format", NAMES)
def test_exiftool_finds_everything_else(told, format):
    kept, stripped = (told[f"placed-{strip}.{format}"] for strip in ("none", "gps"))
    assert len(of_places(kept)) > 15
    assert stripped["IFD0:Artist"] == "Ada" and stripped["ExifIFD:LensModel"] == "Lens 7"
    assert stripped["XMP-xmp:Rating"] == 4 and "word word" in stripped["XMP-dc:Description"]
    if format in ("jpeg", "tiff"):
        assert "Ada" in [stripped[tag] for tag in stripped if tag.endswith(":By-line")]
