"""What the threads do: read a photo within the limits, enhance it, and write the answer."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from time import perf_counter
from typing import Any

from starlette.exceptions import HTTPException

from nightlift.catalog import Entry, methods
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import RECOMMENDED, Enhancer
from nightlift.errors import NightliftError, PhotoError, UsageError, sentence, type_of
from nightlift.photo.formats import target_format
from nightlift.photo.header import dimensions
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import upright_sides
from nightlift.photo.read import read
from nightlift.photo.write import encode
from nightlift.web.guard import LOG
from nightlift.web.limits import Limits
from nightlift.web.parameters import EnhanceParameters, PreviewParameters
from nightlift.web.previews import as_jpeg, for_screen, previewed, smaller
from nightlift.web.workers import Emit

MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "tiff": "image/tiff"}
MEDIA_TYPES |= {"webp": "image/webp", "avif": "image/avif", "bmp": "image/bmp"}


@dataclass(frozen=True)
class Answer:
    """A photo file's bytes, its media type, and what is to be known about it."""

    data: bytes
    media_type: str
    headers: dict[str, str]


class Service:
    """The methods that one server offers, each loaded when first asked for; thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self.offered: tuple[Entry, ...] = tuple(entry for entry in methods() if entry.installed)
        names = {entry.name for entry in self.offered}

        def load(name: str) -> Enhancer:
            if name not in names:
                known = ", ".join(sorted(names))
                raise UsageError(f"no method is called {name[:40]!r} here (there are: {known})")
            return Enhancer(name, threads=limits.threads)

        self._load: Callable[[str], Enhancer] = lru_cache(limits.enhancers)(load)

    def enhancer(self, name: str | None = None) -> Enhancer:
        """The method of this name, None: the recommended one; raises UsageError, ModelError."""
        with self._lock:
            return self._load(name or RECOMMENDED)

    def photo(self, data: bytes, exact: bool = False) -> Photo:
        """Decode, after a look at the header; HTTPException 413 for too many pixels."""
        with _sound():
            height, width, _ = dimensions(data)
        most = self._limits.exact_pixels if exact else self._limits.pixels
        if height * width > most:
            how = " in exact mode" if exact else ""
            raise HTTPException(
                413,
                f"the photo has {width} x {height} pixels, more than the {most / 1e6:g} million "
                f"that this server takes{how}",
            )
        with _sound():
            return read(data)

    def enhance(self, data: bytes, asked: EnhanceParameters, gone: threading.Event) -> Answer:
        """The answer of `POST /v1/enhance`; an empty one once nobody waits for it."""
        enhancer = self.enhancer(asked.method).with_settings(
            auto=asked.method is None if asked.auto is None else asked.auto,
            denoising=asked.denoising,
            controls=asked.controls,
        )
        photo = self.photo(data, asked.exact)
        edit = enhancer.estimate(photo, asked.strength, exact=asked.exact)
        if asked.preview is not None:
            return _small_answer(photo, edit, asked)
        if gone.is_set():
            return Answer(b"", "", {})
        better = edit.apply(photo, threads=enhancer.threads, in_place=True)
        format = target_format(better.format, asked.format)
        lost = losses(better, format, strip=asked.strip)
        encoded = encode(
            better,
            format=format,
            quality=asked.quality,
            upright=asked.upright,
            strip=asked.strip,
        )
        return Answer(encoded, MEDIA_TYPES[format], _told(better, edit, lost))

    def previews(
        self,
        data: bytes,
        names: Sequence[str],
        asked: PreviewParameters,
        gone: threading.Event,
        emit: Emit,
    ) -> None:
        """The lines of `POST /v1/previews`: the photo, then each method, as soon as it is there."""
        denoising = Denoising(asked.denoise)
        enhancers = [
            self.enhancer(name).with_settings(auto=True, denoising=denoising) for name in names
        ]
        photo = self.photo(data)
        small = smaller(photo, asked.size)
        emit(_first_line(photo, small))
        for enhancer in enhancers:
            if gone.is_set():
                return
            start = perf_counter()
            try:
                edit = enhancer.estimate(photo)
                better = previewed(photo, small, replace(edit, gate=None))
            except Exception as error:
                if not isinstance(error, NightliftError):
                    LOG.exception("a preview by %s failed", enhancer.name)
                emit(line(method=enhancer.name, error=_for_strangers(error)))
                continue
            picture = _in_text(as_jpeg(better))
            seconds = round(perf_counter() - start, 3)
            said = {"suggested": round(edit.gate or 0.0, 4), "notices": _in_fields(edit.notices)}
            emit(line(method=enhancer.name, seconds=seconds, jpeg=picture, **said))


@contextmanager
def _sound() -> Iterator[None]:
    """Whatever reading a photo raises inside the block is about the photo, and is a PhotoError."""
    try:
        yield
    except NightliftError:
        raise
    except Exception as error:
        LOG.exception("a photo could not be read")
        raise PhotoError(_for_strangers(error)) from error


def _for_strangers(error: Exception) -> str:
    """What went wrong in a sentence; what nobody foresaw by its type alone."""
    if isinstance(error, (NightliftError, MemoryError)):
        return sentence(error)
    return (
        f"a fault of nightlift ({type_of(error)}) keeps it from this photo; please report it "
        "with the photo: the server's log says more"
    )


def _small_answer(photo: Photo, edit: Edit, asked: EnhanceParameters) -> Answer:
    """The answer where a preview is asked for."""
    small = previewed(photo, smaller(photo, asked.preview or 0), edit)
    format = "jpeg" if asked.format == "same" else target_format("jpeg", asked.format)
    encoded = encode(for_screen(small), format=format, quality=asked.quality)
    return Answer(encoded, MEDIA_TYPES[format], _told(small, edit, ()))


def _told(photo: Photo, edit: Edit, lost: tuple[str, ...]) -> dict[str, str]:
    headers = {
        "X-Nightlift-Method": edit.method,
        "X-Nightlift-Strength": f"{edit.strength:g}",
        "X-Nightlift-Notices": json.dumps(_in_fields([*photo.notices, *lost])),
    }
    if edit.gate is not None:
        headers["X-Nightlift-Auto"] = f"{edit.gate:.4f}"
    return headers


def _in_fields(notices: Iterable[str]) -> list[str]:
    """Notices with the fields of a request in place of Python's arguments."""
    return [notice.replace("auto=False", "auto=false") for notice in notices]


def _first_line(photo: Photo, small: Photo) -> bytes:
    height, width = upright_sides(photo)
    return line(
        width=width,
        height=height,
        format=photo.format,
        bits=photo.pixels.dtype.itemsize * 8,
        notices=photo.notices,
        jpeg=_in_text(as_jpeg(small)),
    )


def _in_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def line(**said: Any) -> bytes:
    """One JSON object as a line."""
    return json.dumps(said).encode() + b"\n"
