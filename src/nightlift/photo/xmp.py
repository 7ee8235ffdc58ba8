"""XMP packets: small, careful changes to the text, everything else as it was.

Namespaces after XMP part 2, Google's and Adobe's gain map and motion photo specifications.
"""

from __future__ import annotations

import re

GAIN_MAP = b"http://ns.adobe.com/hdr-gain-map/1.0/"
APPLE_GAIN_MAP = b"http://ns.apple.com/HDRGainMap/1.0/"
CAMERA = b"http://ns.google.com/photos/1.0/camera/"
CONTAINER = b"http://ns.google.com/photos/1.0/container/"
ITEM = b"http://ns.google.com/photos/1.0/container/item/"
TIFF = b"http://ns.adobe.com/tiff/1.0/"
EXIF = b"http://ns.adobe.com/exif/1.0/"
NOTE = b"http://ns.adobe.com/xmp/note/"


def has_gain_map(xmp: bytes | None) -> bool:
    """Whether the packet announces a gain map."""
    if xmp is None:
        return False
    return GAIN_MAP in xmp or APPLE_GAIN_MAP in xmp or b"GainMap" in xmp


def has_motion(xmp: bytes | None) -> bool:
    """Whether the packet announces the video of a motion photo."""
    found = re.search(rb"(MotionPhoto|MicroVideo)\s*(=\s*[\"']|>)\s*1", xmp or b"")
    return found is not None or b"MotionPhoto</" in (xmp or b"")


def without_extras(xmp: bytes) -> bytes:
    """The packet without what announces a gain map or a motion photo's video."""
    xmp = _without(xmp, CONTAINER, rb"Directory")
    xmp = _without(xmp, CAMERA, rb"(?:Motion|Micro)[\w.-]*")
    for uri in (GAIN_MAP, APPLE_GAIN_MAP):
        xmp = _without(xmp, uri, rb"[\w.-]+")
    for uri in (GAIN_MAP, APPLE_GAIN_MAP, CONTAINER, ITEM):
        xmp = _without_declaration(xmp, uri)
    return xmp


def without_gps(xmp: bytes) -> bytes:
    """The packet without the GPS properties of the EXIF schema."""
    return _without(xmp, EXIF, rb"GPS[\w.-]*")


def with_orientation(xmp: bytes, value: int) -> bytes:
    """The packet with this orientation wherever it states one."""
    return _with_number(xmp, TIFF, rb"Orientation", value)


def with_size(xmp: bytes, width: int, height: int) -> bytes:
    """The packet with these pixel dimensions wherever it states any."""
    for uri, across, down in (
        (TIFF, rb"ImageWidth", rb"ImageLength"),
        (EXIF, rb"PixelXDimension", rb"PixelYDimension"),
    ):
        xmp = _with_number(_with_number(xmp, uri, across, width), uri, down, height)
    return xmp


def merged(xmp: bytes | None, extended: bytes | None) -> bytes | None:
    """One packet from a JPEG's two: the descriptions of the extended one join the first."""
    if xmp is None or extended is None:
        return xmp
    inner = re.search(rb"<rdf:RDF\b[^>]*>(.*)</rdf:RDF>", extended, re.DOTALL)
    place = xmp.rfind(b"</rdf:RDF>")
    if inner is None or place < 0:
        return xmp
    main = _without(xmp[:place], NOTE, rb"HasExtendedXMP")
    return main + inner[1] + xmp[place:]


def _prefixes(xmp: bytes, uri: bytes) -> set[bytes]:
    pattern = rb"xmlns:([\w.-]+)\s*=\s*[\"']" + re.escape(uri) + rb"[\"']"
    return set(re.findall(pattern, xmp))


def _without(xmp: bytes, uri: bytes, names: bytes) -> bytes:
    """Without the attributes and elements of a namespace whose names match."""
    for prefix in _prefixes(xmp, uri):
        name = re.escape(prefix) + rb":" + names
        xmp = re.sub(rb"\s+" + name + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", b"", xmp)
        xmp = re.sub(rb"<(" + name + rb")(?:\s[^>]*)?/>\s*", b"", xmp)
        xmp = re.sub(rb"<(" + name + rb")(?:\s[^>]*)?>.*?</\1\s*>\s*", b"", xmp, flags=re.DOTALL)
    return xmp


def _without_declaration(xmp: bytes, uri: bytes) -> bytes:
    """Without a namespace's declarations where nothing uses their prefixes."""
    for prefix in _prefixes(xmp, uri):
        used = re.search(rb"[\s</]" + re.escape(prefix) + rb":", xmp)
        if used is None:
            start = rb"\s+xmlns:" + re.escape(prefix) + rb"\s*=\s*"
            xmp = re.sub(start + rb"[\"']" + re.escape(uri) + rb"[\"']", b"", xmp)
    return xmp


def _with_number(xmp: bytes, uri: bytes, name: bytes, value: int) -> bytes:
    for prefix in _prefixes(xmp, uri):
        start = rb"(" + re.escape(prefix) + rb":" + name + rb"\s*(?:=\s*[\"']|>)\s*)\d+"
        xmp = re.sub(start, rb"\g<1>%d" % value, xmp)
    return xmp
