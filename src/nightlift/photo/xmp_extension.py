"""XMP that is too long for one segment of a JPEG: split when written, joined when read.

After XMP part 3, section 1.1.3.1: the first packet holds what fits and names, by its MD5, the
packet that holds the rest. Readers that know no extension see the first one alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from nightlift.photo import xml_nodes
from nightlift.photo.xml_nodes import Edit, Node
from nightlift.photo.xmp import RDF, nodes_of, parsed, utf8

NOTE = "http://ns.adobe.com/xmp/note/"
_NOTE_LENGTH = 200
"""More than what names the extension takes."""

_STUB = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
    b'xmpNote:HasExtendedXMP="%b"/></rdf:RDF></x:xmpmeta>'
)


def guid(extension: bytes) -> bytes:
    """The name of an extension: its MD5 in hexadecimals."""
    import hashlib

    return hashlib.md5(extension, usedforsecurity=False).hexdigest().upper().encode()


def split(packet: bytes, most: int) -> tuple[bytes, bytes]:
    """The packet in at most so many bytes, and another of its longest properties.

    Where even that is too long, all of it is the other one. ValueError where it is damaged.
    """
    text, nodes = parsed(packet)
    text = text[: nodes[0].stop] + text[nodes[0].stop :].strip()  # without padding
    properties = [node for node in nodes if _is_property(node)]
    described = [node.parent for node in properties if node.parent is not None]
    stale = [xml_nodes.removal(text, node) for node in nodes if _is_note(node)]
    size = len(text) + sum(start - stop for start, stop, _ in stale) + _NOTE_LENGTH
    moved = []
    for node in sorted(properties, key=lambda node: node.start - node.stop):
        if size <= most:
            break
        moved.append(node)
        size -= node.stop - node.start
    if size > most:
        return _STUB % guid(text), text
    extension = _packet_of(text, moved, nodes)
    removals = [xml_nodes.removal(text, node) for node in moved]
    note = _note(described[0], guid(extension))
    return xml_nodes.edited(text, [*stale, *removals, note]), extension


def _is_note(node: Node) -> bool:
    return (node.uri, node.name) == (NOTE, "HasExtendedXMP")


def _is_rdf(node: Node | None, name: str) -> bool:
    return node is not None and (node.uri, node.name) == (RDF, name)


def _is_property(node: Node) -> bool:
    """Whether it stands in a description that stands in rdf:RDF, and can stand elsewhere."""
    around = node.parent
    if around is None or not _is_rdf(around, "Description") or not _is_rdf(around.parent, "RDF"):
        return False
    declares = node.attribute and not node.uri
    return node.uri != RDF and not declares and not _is_note(node)


def _note(description: Node, value: bytes) -> Edit:
    """What names the extension, in a description."""
    taken = {each.prefix for each in description.declared}
    prefix = "xmpNote"
    while prefix in taken:
        prefix += "_"
    text = _declaring({prefix: NOTE}) + b' %b:HasExtendedXMP="%b"' % (prefix.encode(), value)
    return description.names_end, description.names_end, text


def _packet_of(text: bytes, moved: list[Node], nodes: list[Node]) -> bytes:
    """A packet of these properties, each in a description like its own."""
    about = {
        id(node.parent): text[node.start : node.stop]
        for node in nodes
        if node.attribute and _is_rdf(node, "about")
    }
    parts = []
    for node in sorted(moved, key=lambda node: node.start):
        around = node.parent
        assert around is not None
        name = text[around.start + 1 : around.names_end]
        start = name + _declaring(around.declarations()) + about.get(id(around), b"")
        part = text[node.start : node.stop]
        attribute, element = (part, b"") if node.attribute else (b"", part)
        parts.append(b"<%b%b>%b</%b>" % (start, attribute, element, name))
    start = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%b">' % RDF.encode()
    return start + b"".join(parts) + b"</rdf:RDF></x:xmpmeta>"


def merged(packet: bytes | None, extended: dict[bytes, bytes]) -> bytes | None:
    """One packet from a JPEG's two: the descriptions of the extended one join the first.

    `extended` are packets by their GUID; the first packet says which is its own (XMP part 3,
    section 1.1.3.1), and others are none of this photo.
    """
    if packet is None or not extended:
        return packet
    text = utf8(packet)
    nodes = nodes_of(text)
    notes = [node for node in nodes if (node.uri, node.name) == (NOTE, "HasExtendedXMP")]
    guids = [text[node.inner : node.outer].strip() for node in notes]
    own = next((extended[guid] for guid in guids if guid in extended), None)
    place = _rdf(nodes)
    if own is None or place is None:
        return packet
    joined = _descriptions(utf8(own), place.declarations())
    if joined is None:
        return packet
    edits = [xml_nodes.removal(text, node) for node in notes]
    return xml_nodes.edited(text, [*edits, (place.outer, place.outer, joined)])


def _descriptions(text: bytes, known: dict[str, str]) -> bytes | None:
    """What stands in a packet's rdf:RDF, each part with the namespaces that are not known."""
    nodes = nodes_of(text)
    around = _rdf(nodes)
    if around is None:
        return None
    needed = {
        prefix: uri for prefix, uri in around.declarations().items() if known.get(prefix) != uri
    }
    edits = []
    for node in nodes:
        if node.parent is around and not node.attribute:
            own = {each.prefix for each in node.declared}
            more = {prefix: uri for prefix, uri in needed.items() if prefix not in own}
            edits.append((node.names_end, node.names_end, _declaring(more)))
    return xml_nodes.edited(text[: around.outer], edits)[around.inner :]


def _declaring(namespaces: dict[str, str]) -> bytes:
    """Attributes that declare these namespaces by prefix."""
    return b"".join(
        b' xmlns%s="%s"' % (b":" + prefix.encode() if prefix else b"", uri.encode())
        for prefix, uri in namespaces.items()
    )


def _rdf(nodes: Iterable[Node]) -> Node | None:
    return next((node for node in nodes if (node.uri, node.name) == (RDF, "RDF")), None)
