"""A photo out of a request's body, kept in memory, bounded in bytes and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TypeAlias

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from nightlift.photo import recognize, sniff
from nightlift.web.limits import Limits

HEAD = 64
"""Bytes by which a file that is no photo is told."""

MOST_FIELDS = 32

Chunks: TypeAlias = AsyncGenerator[bytes, None]


@dataclass(frozen=True)
class Upload:
    """A photo file's bytes, and the parameters that came along as form fields."""

    data: bytes
    fields: dict[str, str]


class _InMemory(MultiPartParser):
    """Starlette's parser of forms, without its temporary files: the body is bounded already."""

    spool_max_size = 1 << 62


async def received(request: Request, limits: Limits) -> Upload:
    """The photo in a request: the body itself, or the file of a multipart form.

    Names and declared types are not looked at. Raises HTTPException 413 for too many bytes, 408
    for a client that is too slow, 400 for a malformed form, and ReadError as soon as the first
    bytes show that a plain body is no photo.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limits.bytes:
        raise _too_large(limits)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(None) as patience:
            chunks = _bounded(request, limits, patience)
            if kind == "multipart/form-data":
                return await _from_form(request, chunks)
            return Upload(await _from_body(chunks), {})
    except TimeoutError:
        raise HTTPException(
            408,
            f"the photo did not arrive within {limits.upload_seconds:g} seconds, or with less than "
            f"{limits.upload_pace >> 10} KiB a second; try again",
        ) from None


async def _from_body(chunks: Chunks) -> bytes:
    body = bytearray()
    looked = False
    async for chunk in chunks:
        body += chunk
        if not looked and len(body) >= HEAD:
            looked = True
            if sniff(bytes(body[:HEAD])) is None:
                recognize(bytes(body[:1024]))
    return bytes(body)


async def _from_form(request: Request, chunks: Chunks) -> Upload:
    try:
        form = await _InMemory(request.headers, chunks, max_files=1, max_fields=MOST_FIELDS).parse()
    except (MultiPartException, KeyError) as error:
        reason = getattr(error, "message", "it names no boundary").rstrip(".")
        raise HTTPException(400, f"the form cannot be read: {reason}") from error
    files = [value for value in form.values() if isinstance(value, UploadFile)]
    if not files:
        raise HTTPException(400, "expected a photo as a file of the form, got none")
    data = await files[0].read()
    await form.close()
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    return Upload(data, fields)


async def _bounded(request: Request, limits: Limits, patience: asyncio.Timeout) -> Chunks:
    """The body's bytes; whoever sends them slowly would keep others from their place."""
    taken, begun = 0, asyncio.get_running_loop().time()
    last = begun + limits.upload_seconds
    patience.reschedule(min(last, begun + limits.upload_grace))
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > limits.bytes:
            raise _too_large(limits)
        due = begun + limits.upload_grace + taken / limits.upload_pace
        patience.reschedule(min(last, due))
        yield chunk


def _too_large(limits: Limits) -> HTTPException:
    most = limits.bytes / 1024**2
    return HTTPException(413, f"the photo is larger than the {most:g} MiB that this server takes")
