"""The elements and attributes of an XML packet, and where each stands in its bytes.

Expat reads the packet, which takes time in proportion to its length whatever it holds; document
types are refused, and with them entities. What is too long or has too many parts is refused too.
Namespaces after XML Names 1.0, but a prefix that is not declared is no error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

MOST_BYTES = 32 << 20
MOST_NODES = 100_000
"""Elements and attributes; a long history of edits has tens of thousands."""
MOST_DEPTH = 200

Edit: TypeAlias = tuple[int, int, bytes]
"""Where bytes begin and end, and what takes their place."""

_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SPACE = re.compile(rb"\s*")


@dataclass(slots=True, eq=False, repr=False)
class Declaration:
    """A prefix bound to a namespace, and whether a name has it."""

    prefix: str
    uri: str
    start: int
    stop: int
    used: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """An element or an attribute.

    It stands from `start` to `stop`, an attribute with the white space before it, and its value
    from `inner` to `outer`. Attributes can be entered at `names_end` of an element.
    """

    uri: str
    name: str
    start: int
    stop: int
    inner: int
    outer: int
    parent: Node | None
    attribute: bool = False
    names_end: int = 0
    declared: list[Declaration] = field(default_factory=list)

    def declarations(self) -> dict[str, str]:
        """Prefix to namespace, of all that are declared here or around it."""
        found: dict[str, str] = {}
        node: Node | None = self
        while node is not None:
            found = {each.prefix: each.uri for each in node.declared} | found
            node = node.parent
        return found


def parse(text: bytes) -> list[Node]:
    """All elements and attributes of an XML document in UTF-8, in their order.

    Raises:
        ValueError: it is not well-formed, too long, or made of too many parts.
    """
    from xml.parsers import expat  # most photos have no XMP

    if len(text) > MOST_BYTES:
        raise ValueError(f"the XML is longer than {MOST_BYTES >> 20} MiB")
    reader = _Reader(text, expat.ParserCreate("utf-8"))
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"the XML is not well-formed: {error}") from error
    return reader.nodes


def edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with all edits; those inside of what another takes away are left out."""
    pieces, at = [], 0
    for start, stop, replacement in sorted(edits):
        if start >= at:
            pieces += [text[at:start], replacement]
            at = stop
    return b"".join([*pieces, text[at:]])


def removal(text: bytes, node: Node) -> Edit:
    """What takes a node away, an element with the white space after it."""
    if node.attribute:
        return node.start, node.stop, b""
    found = _SPACE.match(text, node.stop)
    return node.start, found.end() if found else node.stop, b""


class _Reader:
    """Handlers of one parser. Its bindings of a prefix are a stack: the last one counts."""

    def __init__(self, text: bytes, parser: Any) -> None:
        self.text = text
        self.parser = parser
        self.nodes: list[Node] = []
        self.open: list[Node] = []
        self.bound: dict[str, list[Declaration]] = {}
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: Any) -> None:
        raise ValueError("the XML declares a document type")

    def _start(self, name: str, attributes: list[str]) -> None:
        start = self.parser.CurrentByteIndex
        at = names_end = start + 1 + len(name.encode())
        found = []
        for attribute in attributes[::2]:
            spans = _ATTRIBUTE.match(self.text, at)
            if spans is None:
                raise ValueError("the XML has an attribute that cannot be found again")
            at = spans.end()
            found.append((attribute, spans))
        at = self.text.index(b">", at) + 1
        node = Node("", "", start, at, at, at, self.open[-1] if self.open else None)
        node.names_end = names_end
        self._declare(node, [each for each in found if each[0].startswith("xmlns")])
        self._name(node, name)
        self.nodes.append(node)
        self.open.append(node)
        for attribute, spans in found:
            group = 2 if spans[2] is not None else 3
            each = Node("", "", *spans.span(), *spans.span(group), node, attribute=True)
            self._name(each, attribute)
            self.nodes.append(each)
        if len(self.nodes) > MOST_NODES or len(self.open) > MOST_DEPTH:
            raise ValueError("the XML has too many parts, or too deep ones")

    def _declare(self, node: Node, found: list[tuple[str, re.Match[bytes]]]) -> None:
        for attribute, spans in found:
            uri = (spans[2] if spans[2] is not None else spans[3]).decode()
            declaration = Declaration(attribute[6:], uri, *spans.span())
            node.declared.append(declaration)
            self.bound.setdefault(declaration.prefix, []).append(declaration)

    def _name(self, node: Node, name: str) -> None:
        prefix, colon, local = name.rpartition(":")
        node.name = local
        if node.attribute and not colon:
            return  # attributes without a prefix have no namespace
        if bindings := self.bound.get(prefix):
            node.uri = bindings[-1].uri
            bindings[-1].used = True

    def _end(self, name: str) -> None:
        node = self.open.pop()
        for declaration in node.declared:
            self.bound[declaration.prefix].pop()
        if self.text[node.inner - 2 : node.inner] != b"/>":
            node.outer = self.parser.CurrentByteIndex
            node.stop = self.text.index(b">", node.outer) + 1
