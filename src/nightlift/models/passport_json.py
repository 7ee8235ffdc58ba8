"""A passport as text: written plainly, read strictly."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeAlias, get_args

from nightlift.errors import ModelError, did_you_mean
from nightlift.models.passport import Alignment, GridMode, Guide, HueRule, Kind, Passport
from nightlift.photo import Divisor, FixedSize, LongSide, OwnSize, Resize, SizeRule

FORMAT = 1
"""Raised when a passport means something that older versions of nightlift would misread."""

Reader: TypeAlias = Callable[[object], Any]


def to_json(passport: Passport) -> str:
    """One line of JSON that `from_json` reads back to an equal passport.

    Raises ModelError for a passport that lacks what its kind needs.
    """
    _check_kind(passport)
    content: dict[str, object] = {"format": FORMAT}
    content |= {name: _plain(value) for name, value in passport._asdict().items()}
    return json.dumps(content, allow_nan=False, ensure_ascii=False)


def from_json(text: str) -> Passport:
    """The passport in `text`; ModelError names the key that is missing, unknown or wrong."""
    content = _content(text)
    found = content.pop("format", None)
    if found != FORMAT:
        raise ModelError(
            f"expected a passport of format {FORMAT}, got {found!r}; upgrade nightlift to read it"
        )
    known = Passport._fields
    for key in content:
        if key not in known:
            raise ModelError(f"the passport holds an unknown key {key!r}{did_you_mean(key, known)}")
    for name in known:
        if name not in content and name not in Passport._field_defaults:
            raise ModelError(f"the passport lacks the key {name!r}")
    passport = Passport(
        **{key: _value(key, _READERS[key], value) for key, value in content.items()}
    )
    _check_kind(passport)
    return passport


def _check_kind(passport: Passport) -> None:
    if passport.kind == "curve_map" and passport.steps is None:
        raise ModelError("expected a curve_map's passport to say its steps, got none")
    if passport.power_to is not None and passport.kind != "curve_map":
        raise ModelError(f"expected power_to for curve maps only, got one for {passport.kind}")
    if passport.kind == "bilateral_grid" and passport.grid_mode is None:
        raise ModelError("expected a bilateral_grid's passport to say its grid_mode, got none")
    if passport.least_light is not None and passport.grid_mode != "divide":
        raise ModelError("expected least_light for grids that divide only, got one for another")
    if passport.guide is not None and passport.kind != "bilateral_grid":
        raise ModelError(f"expected a guide for bilateral grids only, got one for {passport.kind}")
    if passport.hue is not None and passport.kind == "light_grid":
        raise ModelError("expected no hue for a light grid, which keeps it anyway, got one")
    if passport.pooled and passport.kind != "picture":
        raise ModelError(f"expected pooled for pictures only, got {passport.kind}")
    if passport.table and passport.kind not in ("picture", "lut3d"):
        raise ModelError(f"expected a table for picture and lut3d only, got {passport.kind}")
    if passport.pooled and passport.halo is None:
        raise ModelError("expected the halo of a network whose pooled numbers are given, got none")


def _content(text: str) -> dict[str, object]:
    try:
        content = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"expected a passport in JSON, got text that is not: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"expected a passport as a JSON object, got {type(content).__name__}")
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key appears twice")
    return content


def _value(key: str, read: Reader, value: object) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise ModelError(f"the passport's {key!r} is wrong: {error}") from error


def _plain(value: object) -> object:
    """A value as JSON knows it; size rules and guides become objects."""
    match value:
        case FixedSize(height, width):
            return {"rule": "fixed", "height": height, "width": width}
        case LongSide(pixels):
            return {"rule": "long-side", "pixels": pixels}
        case Divisor(number):
            return {"rule": "divisor", "number": number}
        case OwnSize():
            return {"rule": "own"}
        case Guide(w1, b1, w2, b2):
            return {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r}")
    return value


def _whole(least: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"expected a whole number of at least {least}, got {value!r}")
        return value

    return read


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value!r}")
    return float(value)


def _share(value: object) -> float:
    number = _number(value)
    if not 0 < number < 1:
        raise ValueError(f"expected a number between 0 and 1, got {value!r}")
    return number


def _list(item: Reader) -> Callable[[object], tuple[Any, ...]]:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError(f"expected a list, got {value!r}")
        return tuple(item(element) for element in value)

    return read


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _one_of(choices: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, got {value!r}")
        return value

    return read


def _or_none(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _object(value: object, keys: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != set(keys):
        raise ValueError(f"expected an object of {', '.join(keys)}, got {value!r}")
    return value


def _size(value: object) -> SizeRule:
    rule = value.get("rule") if isinstance(value, dict) else None
    side = _whole(1)
    if rule == "fixed":
        entries = _object(value, ("rule", "height", "width"))
        return FixedSize(side(entries["height"]), side(entries["width"]))
    if rule == "long-side":
        return LongSide(side(_object(value, ("rule", "pixels"))["pixels"]))
    if rule == "divisor":
        return Divisor(side(_object(value, ("rule", "number"))["number"]))
    if rule == "own":
        _object(value, ("rule",))
        return OwnSize()
    raise ValueError(f"expected a size by rule fixed, long-side, divisor or own, got {value!r}")


def _guide(value: object) -> Guide:
    entries = _object(value, ("w1", "b1", "w2", "b2"))
    numbers = _list(_number)
    guide = Guide(
        w1=_list(numbers)(entries["w1"]),
        b1=numbers(entries["b1"]),
        w2=numbers(entries["w2"]),
        b2=_number(entries["b2"]),
    )
    lengths = {len(guide.w1), len(guide.b1), len(guide.w2)}
    if len(lengths) != 1 or any(len(row) != 3 for row in guide.w1):
        raise ValueError("expected a guide of w1 (n, 3), b1 (n) and w2 (n)")
    return guide


def _quality(value: object) -> dict[str, float]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object of numbers, got {value!r}")
    return {_text(name): _number(number) for name, number in value.items()}


_TEXTS = _list(_text)
_RESIZE = _one_of(get_args(Resize))
_READERS: dict[str, Reader] = {
    "method": _text,
    "title": _text,
    "version": _text,
    "kind": _one_of(get_args(Kind)),
    "size": _size,
    "resize": _RESIZE,
    "exact_size": _size,
    "exact_resize": _RESIZE,
    "supervision": _text,
    "parameters": _whole(0),
    "halo": _or_none(_whole(0)),
    "multiple": _whole(1),
    "pooled": _whole(0),
    "table": _truth,
    "bytes_a_pixel": _whole(1),
    "alignment": _one_of(get_args(Alignment)),
    "steps": _or_none(_whole(1)),
    "power_to": _or_none(_share),
    "hue": _or_none(_one_of(get_args(HueRule))),
    "grid_mode": _or_none(_one_of(get_args(GridMode))),
    "least_light": _or_none(_share),
    "guide": _or_none(_guide),
    "sources": _TEXTS,
    "data": _TEXTS,
    "data_terms": _text,
    "license": _text,
    "quality": _quality,
    "recipe": _text,
    "date": _text,
}
