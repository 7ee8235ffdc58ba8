"""EXIF blocks written anew: where entries go, and not only values, offsets cannot stay."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from nightlift.errors import ReadError
from nightlift.photo import tiff_tags
from nightlift.photo.exif import EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, MAKER_NOTE, SIZES
from nightlift.photo.tiff_tags import Tiff, Tree

_POINTERS = frozenset({EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, tiff_tags.SUB_IFDS})
_IFD_TYPE = 13


def of_block(exif: bytes) -> tuple[str, Tree]:
    """Byte order and entries of a block, as far as directories are known and can be read.

    Pointers to others and what no entry names are left out.

    Raises:
        ValueError: there is no first directory.
    """
    tiff = Tiff(exif)
    try:
        first = tiff.directory(tiff.first)
        inner = tiff_tags.inner_trees(tiff, first)
    except ReadError as error:
        raise ValueError(str(error)) from error
    return tiff.order, _followed({**first, **inner})


def _followed(tree: Tree) -> Tree:
    kept: Tree = {}
    for tag, each in tree.items():
        if isinstance(each, dict):
            kept[tag] = _followed(each)
        elif tag not in _POINTERS and each.type in SIZES and each.type != _IFD_TYPE:
            kept[tag] = each
    return kept


def without(tree: Tree, unwanted: frozenset[int]) -> Tree:
    """The entries and directories without those of these tags, at any depth."""
    return {
        tag: without(each, unwanted) if isinstance(each, dict) else each
        for tag, each in tree.items()
        if tag not in unwanted
    }


def fitted(exif: bytes, most: int) -> bytes | None:
    """The block in at most so many bytes: without the maker's note, then the longest values.

    None where the block cannot be read.
    """
    try:
        order, tree = of_block(exif)
    except ValueError:
        return None
    tree = without(tree, frozenset({MAKER_NOTE}))
    size = len(tiff_tags.serialize(order, tree))
    for length, tag, inner in sorted(_values(tree), key=itemgetter(0), reverse=True):
        if size <= most:
            break
        del inner[tag]
        size -= 12 + (length if length > 4 else 0)
    return tiff_tags.serialize(order, tree)


def _values(tree: Tree) -> Iterator[tuple[int, int, Tree]]:
    """Length, tag and directory of each value."""
    for tag, each in tree.items():
        if isinstance(each, dict):
            yield from _values(each)
        else:
            yield each.length, tag, tree
