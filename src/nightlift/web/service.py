"""What the threads do: read a photo within the limits, enhance it, and write the answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from starlette.exceptions import HTTPException

from nightlift.edit import RECOMMENDED, CatalogEntry, Denoising, Edit, Enhancer, methods
from nightlift.errors import NightliftError, PhotoError, UsageError, sentence, type_of
from nightlift.photo import Photo, dimensions, encode, losses, read, target_format, upright_sides
from nightlift.web.guard import LOG
from nightlift.web.limits import Limits
from nightlift.web.parameters import (
    EditParameters,
    EnhanceParameters,
    FileParameters,
    ViewParameters,
)
from nightlift.web.photo_store import HeldPhoto, PhotoStore
from nightlift.web.views import as_jpeg, as_png, for_screen, part, previewed, smaller

MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "tiff": "image/tiff"}
MEDIA_TYPES |= {"webp": "image/webp", "avif": "image/avif", "jxl": "image/jxl", "bmp": "image/bmp"}


@dataclass(frozen=True)
class Answer:
    """A photo file's bytes, its media type, and what is to be known about it."""

    data: bytes
    media_type: str
    headers: dict[str, str]


NOBODY = Answer(b"", "", {})
"""The answer where nobody waits for one any more."""


class Service:
    """The methods that one server offers, each loaded when first asked for; thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self.offered: tuple[CatalogEntry, ...] = tuple(
            entry for entry in methods() if entry.installed
        )
        names = {entry.name for entry in self.offered}

        def load(name: str) -> Enhancer:
            if name not in names:
                known = ", ".join(sorted(names))
                raise UsageError(f"no method is called {name[:40]!r} here (there are: {known})")
            return Enhancer(name, threads=limits.threads)

        self.shelf = PhotoStore(limits.held_bytes, limits.held_seconds)
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
            auto=asked.gated, denoising=asked.denoising, controls=asked.controls
        )
        photo = self.photo(data, asked.exact)
        edit = enhancer.estimate(photo, asked.strength, exact=asked.exact)
        if asked.preview is not None:
            return _small_answer(photo, edit, asked)
        if gone.is_set():
            return NOBODY
        better = edit.apply(photo, threads=enhancer.threads, in_place=True)
        return _file_answer(better, edit, asked)

    def hold(self, data: bytes, gone: threading.Event) -> dict[str, Any]:
        """Hold a photo for a page: the answer of `POST /v1/photos`."""
        photo = self.photo(data)
        height, width = upright_sides(photo)
        return {
            "id": "" if gone.is_set() else self.shelf.add(photo),
            "width": width,
            "height": height,
            "format": photo.format,
            "written": target_format(photo.format),
            "bits": photo.pixels.dtype.itemsize * 8,
            "notices": photo.notices,
        }

    def view(self, held: HeldPhoto, asked: ViewParameters, gone: threading.Event) -> Answer:
        """What is to be seen of a held photo, edited; PNG where no pixel is left out."""
        edit, suggested = self._decided(held, asked)
        if gone.is_set():
            return NOBODY
        photo, threads, box = held.photo, self._limits.threads, asked.box
        whole = max(photo.height, photo.width) <= asked.size
        if box is not None:
            seen = part(photo, box, edit, threads)
            whole = max(box[2:]) <= asked.size
            seen = seen if whole else smaller(seen, asked.size)
        elif whole:
            seen = edit.apply(photo, threads=threads)
        else:
            seen = previewed(photo, held.small(asked.size), edit, threads)
        headers = _told(seen, edit, ()) | {
            "X-Nightlift-Suggested": f"{suggested:.4f}",
            "X-Nightlift-Notices": json.dumps([plain(each) for each in edit.notices]),
        }
        data, kind = (as_png(seen), "png") if whole else (as_jpeg(seen), "jpeg")
        return Answer(data, MEDIA_TYPES[kind], headers)

    def file(self, held: HeldPhoto, asked: FileParameters, gone: threading.Event) -> Answer:
        """A held photo at full size, edited, as a file."""
        edit, _ = self._decided(held, asked)
        if gone.is_set():
            return NOBODY
        return _file_answer(edit.apply(held.photo, threads=self._limits.threads), edit, asked)

    def _decided(self, held: HeldPhoto, asked: EditParameters) -> tuple[Edit, float]:
        """The edit of a held photo, and the strength that the exposure gate allows."""
        enhancer = self.enhancer(asked.method).with_settings(auto=True, denoising=Denoising("auto"))
        known = held.edit(enhancer.name, enhancer.estimate)
        gate = 1.0 if known.gate is None else known.gate
        edit = replace(
            known,
            strength=asked.strength,
            gate=gate if asked.gated else None,
            controls=asked.controls,
            denoising=asked.denoising,
        )
        return edit, gate


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


def _file_answer(better: Photo, edit: Edit, asked: FileParameters) -> Answer:
    """An edited photo as the file that is asked for."""
    format = target_format(better.format, asked.format)
    lost = losses(better, format, quality=asked.quality, strip=asked.strip)
    encoded = encode(
        better, format=format, quality=asked.quality, upright=asked.upright, strip=asked.strip
    )
    return Answer(encoded, MEDIA_TYPES[format], _told(better, edit, lost))


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


def plain(notice: str) -> str:
    """A sentence about an edit without the argument that would change it: a page has its own."""
    return re.sub(r" \(auto=False[^)]*\)", "", notice)
