"""XMP packets: what the bounded parser finds, against ElementTree, and what it refuses."""

from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.photo import xml_nodes, xmp, xmp_extension
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import xmp_packet

FAULTS = Path(__file__).resolve().parents[1] / "faults"
URIS = {"a": "urn:one", "b": "urn:two", "é": "urn:drei"}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in URIS.items()).encode()
NAMES = st.tuples(st.sampled_from(list(URIS)), st.sampled_from(["x", "Y-1", "ü.z"]))
TEXTS = st.text(st.sampled_from("<>&\"' =/é\U0001f319\n"), max_size=5)
SPACES = st.sampled_from([" ", "\n\t ", "  "])


@st.composite
def elements(draw, depth=0):
    """XML of an element with attributes, texts and elements in it, spaced in all legal ways."""
    prefix, name = draw(NAMES)
    uris = "".join(f'{draw(SPACES)}xmlns:{p}="{uri}"' for p, uri in URIS.items())
    tag = f"{prefix}:{name}" + (uris if depth == 0 else "")
    for (p, n), text in draw(st.dictionaries(NAMES, TEXTS, max_size=3)).items():
        equals = draw(st.sampled_from(["=", " = ", "=\n"]))
        tag += f"{draw(SPACES)}{p}:{n}{equals}{quoteattr(text)}"
    if draw(st.booleans()):
        return f"<{tag}{draw(st.sampled_from(['', ' ']))}/>"
    inner = escape(draw(TEXTS))
    if depth < 3:
        inner += "".join(draw(st.lists(elements(depth + 1), max_size=3)))
    if draw(st.booleans()):
        inner += "<!-- <a:x/> --><![CDATA[<b:x>]]><?pi <a:x> ?>"
    return f"<{tag}>{inner}</{prefix}:{name}{draw(st.sampled_from(['', ' ']))}>"


def full(node):
    return f"{{{node.uri}}}{node.name}" if node.uri else node.name


@given(elements())
@settings(derandomize=True, max_examples=150, deadline=None)
def test_nodes_are_those_of_element_tree(text):
    data = text.encode()
    nodes = xml_nodes.parse(data)
    root = ElementTree.fromstring(data)
    assert [full(node) for node in nodes if not node.attribute] == [e.tag for e in root.iter()]
    attributes = [item for element in root.iter() for item in element.attrib.items()]
    found = [node for node in nodes if node.attribute and node.name not in URIS]
    assert [full(node) for node in found] == [name for name, _ in attributes]
    for node, (name, value) in zip(found, attributes, strict=True):
        one = ElementTree.fromstring(b"<x %b%b/>" % (DECLARED, data[node.start : node.stop]))
        assert one.attrib == {name: value}
        quoted = data[node.inner - 1 : node.outer + 1]
        assert ElementTree.fromstring(b"<x y=%b/>" % quoted).get("y") == value
    whole = [node for node in nodes if not node.attribute]
    for node, element in zip(whole[1:], list(root.iter())[1:], strict=True):
        start, rest = data[node.start : node.names_end], data[node.names_end : node.stop]
        element.tail = None
        again = ElementTree.fromstring(b"%b %b %b" % (start, DECLARED, rest))
        assert ElementTree.tostring(again) == ElementTree.tostring(element)


@given(elements(), st.data())
@settings(derandomize=True, max_examples=150, deadline=None)
def test_what_is_taken_away_is_away_and_nothing_else(text, data):
    prefix, name = data.draw(NAMES)
    unwanted = f"{{{URIS[prefix]}}}{name}"
    whole = f"<root>{text}</root>".encode()
    left = ElementTree.fromstring(xmp.without(whole, lambda node: full(node) == unwanted))
    expected = ElementTree.fromstring(whole)
    for element in list(expected.iter()):
        element.attrib.pop(unwanted, None)
        for child in [child for child in element if child.tag == unwanted]:
            element.remove(child)
    assert shape(left) == shape(expected)


def shape(element):
    return element.tag, element.attrib, [shape(child) for child in element]


NESTED = xml_nodes.MOST_DEPTH + 2
REFUSED = {
    "a document type": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "an entity": b"<a>&b;</a>",
    "an open element": b"<a><b></a>",
    "an attribute twice": b'<a b="1" b="2"/>',
    "no end": b"<a",
    "nothing": b"",
    "too deep": b"<a>" * NESTED + b"</a>" * NESTED,
    "too many": b"<a>" + b"<b/>" * 1000 + b"</a>",
    "too long": b"<a>" + b" " * xml_nodes.MOST_BYTES + b"</a>",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_sound_xml_is_refused(kind, monkeypatch):
    monkeypatch.setattr(xml_nodes, "MOST_NODES", 1000)
    with pytest.raises(ValueError, match="XML"):
        xml_nodes.parse(REFUSED[kind])
    assert not xmp.is_sound(REFUSED[kind])


def test_a_prefix_means_what_the_nearest_declaration_says():
    text = b'<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2" p:c="x"/><p:d/><q:e/></p:a>'
    assert [(node.uri, node.name) for node in xml_nodes.parse(text) if node.name != "p"] == [
        ("urn:1", "a"),
        ("urn:2", "b"),
        ("urn:2", "c"),
        ("urn:1", "d"),
        ("", "e"),
    ]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(encoding):
    packet = xmp_packet("<dc:title>Nacht – 夜</dc:title>", 'tiff:Orientation="6"').decode()
    turned = xmp.with_orientation(packet.encode(encoding) + bytes(4), 1)
    assert turned == packet.replace('"6"', '"1"').encode()


def test_latin_1_in_an_old_packet_is_no_damage():
    packet = xmp_packet("<dc:title>Café</dc:title>", 'tiff:Orientation="6"').decode()
    assert xmp.is_sound(packet.encode("latin-1"))
    turned = xmp.with_orientation(packet.encode("latin-1"), 1).decode()
    assert "Café" in turned and 'Orientation="1"' in turned


def test_padding_and_processing_instructions_stay():
    packet = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0"?>' + xmp_packet("", 'tiff:Orientation="6"')
    packet += b" " * 2000 + b'<?xpacket end="w"?>'
    assert xmp.with_orientation(packet, 1) == packet.replace(b'"6"', b'"1"')
    assert xmp.with_orientation(packet, 6) == packet
    assert xmp.is_sound(packet + bytes(300))


# ---------------------------------------------------------------- extended XMP

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
GUID = "0123456789ABCDEF0123456789ABCDEF"
NOTE = f'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="{GUID}"'
OWN = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:m="urn:maker"><r:RDF xmlns:q="urn:inner" '
    b'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="">'
    b'<m:Depth q:unit="m">7</m:Depth></r:Description></r:RDF></x:xmpmeta>'
)


def test_an_extension_keeps_the_namespaces_declared_around_it():
    joined = xmp_extension.merged(xmp_packet("<dc:title>A</dc:title>", NOTE), {GUID.encode(): OWN})
    root = ElementTree.fromstring(joined)
    depth = next(root.iter("{urn:maker}Depth"))
    assert depth.attrib == {"{urn:inner}unit": "m"} and depth.text == "7"
    assert next(root.iter("{http://purl.org/dc/elements/1.1/}title")).text == "A"
    assert b"HasExtendedXMP" not in joined and b"r:RDF" not in joined


def test_an_extension_of_another_packet_is_none():
    packet = xmp_packet("", NOTE)
    assert xmp_extension.merged(packet, {b"F" * 32: OWN}) == packet
    assert xmp_extension.merged(xmp_packet(), {GUID.encode(): OWN}) == xmp_packet()


def test_a_file_whose_extension_declares_on_its_rdf():
    photo = read(FAULTS / "inputs" / "extended-xmp-ns-on-rdf.jpg")
    assert photo.notices == ()
    before, after = (
        {element.tag for element in ElementTree.fromstring(packet).iter()}
        for packet in (photo.xmp, read(encode(photo)).xmp)
    )
    assert before == after


def properties(packet):
    """All properties of a packet, whichever way they are written."""
    found = []
    for description in ElementTree.fromstring(packet).iter(RDF + "Description"):
        found += [item for item in description.attrib.items() if not item[0].startswith(RDF)]
        for child in description:
            child.tail = None
            found.append((child.tag, ElementTree.tostring(child).decode()))
    return sorted(found)


SIZES = st.lists(st.integers(1, 40_000), min_size=1, max_size=9)


@given(SIZES, st.integers(0, 9), st.booleans())
@settings(derandomize=True, max_examples=40, deadline=None)
def test_long_packets_are_split_by_their_longest_properties(sizes, attributes, padded):
    words = [(f"p{at}", "w" * size) for at, size in enumerate(sizes)]
    inner = "".join(f"<m:{name}>{text}</m:{name}>\n " for name, text in words[attributes:])
    told = " ".join(f'm:{name}="{text}"' for name, text in words[:attributes])
    packet = xmp_packet(inner, f'xmlns:m="urn:maker" {NOTE} dc:rights="kept" {told}')
    packet += b" " * (padded * 70_000)
    packet += b'<?xpacket end="w"?>'
    main, extension = xmp_extension.split(packet, 65_504)
    assert len(main) <= 65_504
    whole = xmp_extension.merged(main, {xmp_extension.guid(extension): extension})
    assert properties(whole) == [each for each in properties(packet) if "Extended" not in each[0]]
    assert b'dc:rights="kept"' in main
    left = [node.name for node in xml_nodes.parse(extension) if node.uri == "urn:maker"]
    moved = sorted(len(text) for name, text in words if name in left)
    stayed = sorted(len(text) for name, text in words if name not in left)
    assert not moved or not stayed or stayed[-1] - 20 <= moved[0]


def test_a_packet_without_properties_goes_whole_into_the_extension():
    packet = b"<a>" + b"<!-- much -->" * 6000 + b"</a>"
    main, extension = xmp_extension.split(packet, 65_504)
    assert extension == packet and xmp_extension.guid(extension) in main


def test_a_file_whose_rating_others_see():
    photo = read(FAULTS / "inputs" / "extended-xmp.jpg")
    written = encode(photo)
    first = written[written.index(b"http://ns.adobe.com/xap/1.0/\0") :].partition(b"\0")[2][:65_504]
    assert b"Rating" in first[: first.rindex(b"</x:xmpmeta>")]
    assert properties(read(written).xmp) == properties(photo.xmp)


def test_numbers_of_any_length():
    packet = xmp_packet("", f'tiff:Orientation="{"6" * 9000}"')
    assert xmp.with_orientation(packet, 1) == xmp_packet("", 'tiff:Orientation="1"')
