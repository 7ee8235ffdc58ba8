"""The routes that take photos: one that gives a better photo back, and those of held ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from nightlift.web.limits import Limits
from nightlift.web.metrics import Metrics
from nightlift.web.parameters import (
    EnhanceParameters,
    FileParameters,
    ViewParameters,
    checked,
    described,
)
from nightlift.web.service import MEDIA_TYPES, Answer, Service
from nightlift.web.upload import received
from nightlift.web.workers import Workers

BYTES = {"schema": {"type": "string", "format": "binary"}}

READ = (*MEDIA_TYPES.values(), "image/heic", "application/octet-stream")
"""What a body may be declared as in the description; declared types are not looked at."""

PHOTO_BODY = {
    "required": True,
    "content": {
        **dict.fromkeys(READ, BYTES),
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"photo": {"type": "string", "format": "binary"}},
                "description": "the photo as a file, and any parameter as a field",
            }
        },
    },
}

ERROR = {
    "description": "what is wrong, in a sentence",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"error": {"type": "string"}}}
        }
    },
}


CODES = (400, 403, 408, 410, 413, 415, 429, 503)
ERRORS: dict[int | str, dict[str, Any]] = dict.fromkeys(CODES, ERROR)
NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}


def photo_routes(service: Service, limits: Limits, workers: Workers, metrics: Metrics) -> APIRouter:
    """The routes; each request holds one of the workers' places from its first byte on."""

    async def place() -> AsyncIterator[None]:
        with workers.admitted():
            yield

    router = APIRouter(dependencies=[Depends(place)])

    @router.post(
        "/v1/enhance",
        summary="A photo in, the better photo out",
        description="Metadata is kept. With `preview`, a small sRGB result without metadata.",
        openapi_extra={"parameters": described(EnhanceParameters), "requestBody": PHOTO_BODY},
        responses=_responses(MEDIA_TYPES.values()),
        response_class=Response,
    )
    async def enhance(request: Request) -> Response:
        checked(EnhanceParameters, request.query_params, {})
        upload = await received(request, limits)
        metrics.received(len(upload.data))
        asked = checked(EnhanceParameters, request.query_params, upload.fields)
        return _response(await workers.run(partial(service.enhance, upload.data, asked)))

    @router.post(
        "/v1/photos",
        summary="Hold a photo in memory for a while, to look at it under many settings",
        openapi_extra={"requestBody": PHOTO_BODY},
        responses={201: {"description": "its name and what it is"}, **ERRORS},
        status_code=201,
    )
    async def hold(request: Request) -> dict[str, Any]:
        upload = await received(request, limits)
        metrics.received(len(upload.data))
        return await workers.run(partial(service.hold, upload.data))

    _add_held(router, service, workers)
    return router


def _add_held(router: APIRouter, service: Service, workers: Workers) -> None:
    @router.get(
        "/v1/photos/{name}/preview",
        summary="What an edit makes of a held photo or of a part of it; PNG where not shrunk",
        openapi_extra={"parameters": [NAME, *described(ViewParameters)]},
        responses=_responses((MEDIA_TYPES["png"], MEDIA_TYPES["jpeg"])),
        response_class=Response,
    )
    async def preview(request: Request) -> Response:
        asked = checked(ViewParameters, request.query_params, {})
        held = service.shelf.get(request.path_params["name"])
        return _response(await workers.run(partial(service.view, held, asked)))

    @router.get(
        "/v1/photos/{name}/file",
        summary="A held photo at full size, edited, with its metadata",
        openapi_extra={"parameters": [NAME, *described(FileParameters)]},
        responses=_responses(MEDIA_TYPES.values()),
        response_class=Response,
    )
    async def file(request: Request) -> Response:
        asked = checked(FileParameters, request.query_params, {})
        held = service.shelf.get(request.path_params["name"])
        return _response(await workers.run(partial(service.file, held, asked)))

    @router.delete("/v1/photos/{name}", summary="Forget a held photo", status_code=204)
    async def forget(name: str) -> None:
        service.shelf.remove(name)


def _response(answer: Answer) -> Response:
    return Response(answer.data, media_type=answer.media_type, headers=answer.headers)


def _responses(media_types: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    done = {"content": dict.fromkeys(media_types, BYTES), "description": "the result"}
    return {200: done, **ERRORS}
