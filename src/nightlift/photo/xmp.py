"""XMP packets: small, careful changes to the text, everything else as it was.

Namespaces after XMP parts 1–3, Google's and Adobe's gain map and motion photo specifications.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nightlift.photo import xml_nodes
from nightlift.photo.xml_nodes import Edit, Node

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/"
APPLE_GAIN_MAP = "http://ns.apple.com/HDRGainMap/1.0/"
CAMERA = "http://ns.google.com/photos/1.0/camera/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
ITEM = "http://ns.google.com/photos/1.0/container/item/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
EMPTY = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
_EXTRAS = (GAIN_MAP, APPLE_GAIN_MAP, CONTAINER, ITEM)
_MOST_FLAG = 100
"""Bytes of a value that says yes, or what it is; of others no copy is made."""

_BOMS = {b"\xff\xfe\0\0": "utf-32-le", b"\0\0\xfe\xff": "utf-32-be"}
_BOMS |= {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
_ZEROS: dict[tuple[bool, ...], str] = {
    (True, True, True): "utf-32-be",
    (False, True, True): "utf-32-le",
    (True, False, True): "utf-16-be",
    (False, True, False): "utf-16-le",
}
"""Which of the first three bytes are 0, by encoding: the first characters are ASCII."""


def utf8(packet: bytes) -> bytes:
    """The packet in UTF-8, whatever it is in (XMP part 1, section 7.3.2).

    Text that is no UTF-8 is taken as Latin-1, as its writers meant it.
    """
    mark = next((bom for bom in _BOMS if packet.startswith(bom)), b"")
    zeros = tuple(byte == 0 for byte in packet[:3])
    encoding = _BOMS[mark] if mark else _ZEROS.get(zeros, "utf-8")
    text = packet[len(mark) :]
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return text.decode("latin-1").encode() if encoding == "utf-8" else text
    if encoding == "utf-8":
        return text
    return decoded.rstrip("\0").encode()


def is_sound(packet: bytes) -> bool:
    """Whether the packet is XML that can be read."""
    try:
        parsed(packet)
    except ValueError:
        return False
    return True


def has_gain_map(packet: bytes | None) -> bool:
    """Whether the packet announces a gain map."""
    text = utf8(packet or b"")
    return any(name.encode() in text for name in (GAIN_MAP, APPLE_GAIN_MAP, "GainMap"))


def has_motion(packet: bytes | None) -> bool:
    """Whether the packet announces the video of a motion photo."""
    text = utf8(packet or b"")
    if b"MotionPhoto" not in text and b"MicroVideo" not in text:
        return False
    return any(_tells_motion(text, node) for node in nodes_of(text))


def _tells_motion(text: bytes, node: Node) -> bool:
    value = text[node.inner : min(node.outer, node.inner + _MOST_FLAG)].strip()
    named = node.name in ("MotionPhoto", "MicroVideo") and value[:1] == b"1"
    return named or value == b"MotionPhoto"


def without_extras(packet: bytes) -> bytes:
    """The packet without what announces a gain map or a motion photo's video."""

    def extra(node: Node) -> bool:
        if node.uri == CONTAINER:
            return node.name == "Directory"
        if node.uri == CAMERA:
            return node.name.startswith(("Motion", "Micro"))
        return node.uri in (GAIN_MAP, APPLE_GAIN_MAP)

    packet = without(packet, extra)
    packet = _changed(packet, lambda text, nodes: _unused_declarations(nodes))
    return _changed(packet, _empty_descriptions)


def _empty_descriptions(text: bytes, nodes: list[Node]) -> list[Edit]:
    """Removals of descriptions that say nothing (any more)."""
    saying = {
        id(node.parent)
        for node in nodes
        if (node.uri, node.name) != (RDF, "about") and (node.uri or not node.attribute)
    }
    return [
        xml_nodes.removal(text, node)
        for node in nodes
        if (node.uri, node.name) == (RDF, "Description") and id(node) not in saying
    ]


def _unused_declarations(nodes: Iterable[Node]) -> list[Edit]:
    return [
        (each.start, each.stop, b"")
        for node in nodes
        for each in node.declared
        if each.uri in _EXTRAS and not each.used
    ]


def without(packet: bytes, unwanted: Callable[[Node], bool]) -> bytes:
    """The packet without the attributes and elements that are unwanted; an empty one at the end."""
    changed = _changed(
        packet,
        lambda text, nodes: [xml_nodes.removal(text, node) for node in nodes if unwanted(node)],
    )
    return changed if changed is packet or is_sound(changed) else EMPTY


def with_description(packet: bytes | None, description: bytes) -> bytes:
    """The packet with another `rdf:Description`, which declares all its prefixes.

    A new packet where there is none, or none that has descriptions.
    """
    if packet is not None:
        text, nodes = parsed(packet)
        around = [node for node in nodes if (node.uri, node.name) == (RDF, "RDF")]
        if around:
            at = around[0].outer
            joined = xml_nodes.edited(text, [(at, at, description)])
            if is_sound(joined):
                return joined
    start = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%b">' % RDF.encode()
    return start + description + b"</rdf:RDF></x:xmpmeta>"


def with_orientation(packet: bytes, value: int) -> bytes:
    """The packet with this orientation wherever it states one."""
    return _with_numbers(packet, {(TIFF, "Orientation"): value})


def with_size(packet: bytes, width: int, height: int) -> bytes:
    """The packet with these pixel dimensions wherever it states any."""
    numbers = {(TIFF, "ImageWidth"): width, (TIFF, "ImageLength"): height}
    numbers |= {(EXIF, "PixelXDimension"): width, (EXIF, "PixelYDimension"): height}
    return _with_numbers(packet, numbers)


def parsed(packet: bytes) -> tuple[bytes, list[Node]]:
    """The packet as UTF-8 without what lies behind its end, and its nodes.

    Raises:
        ValueError: it is no XML that can be read.
    """
    text = utf8(packet)
    text = text[: text.rfind(b">") + 1].lstrip()
    return text, xml_nodes.parse(text)


def nodes_of(text: bytes) -> list[Node]:
    """The nodes of a packet, none where it is damaged."""
    try:
        return xml_nodes.parse(text)
    except ValueError:
        return []


def _changed(packet: bytes, change: Callable[[bytes, list[Node]], list[Edit]]) -> bytes:
    """The packet with edits, itself where there are none; ValueError where it is damaged."""
    text, nodes = parsed(packet)
    edits = change(text, nodes)
    return xml_nodes.edited(text, edits) if edits else packet


def _with_numbers(packet: bytes, numbers: dict[tuple[str, str], int]) -> bytes:
    def change(text: bytes, nodes: list[Node]) -> list[Edit]:
        edits = []
        for node in nodes:
            if (node.uri, node.name) in numbers:
                stated = text[node.inner : node.outer].strip()
                wanted = b"%d" % numbers[node.uri, node.name]
                if stated.isdigit() and stated != wanted:
                    edits.append((node.inner, node.outer, wanted))
        return edits

    return _changed(packet, change)
