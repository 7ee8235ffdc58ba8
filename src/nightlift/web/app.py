"""The application: its routes, and how they go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from nightlift import __version__
from nightlift.edit.enhancer import RECOMMENDED
from nightlift.errors import MissingExtraError, NightliftError, PhotoError, UsageError
from nightlift.web.guard import LOG, Guard, error
from nightlift.web.limits import Limits
from nightlift.web.metrics import MEDIA_TYPE, Metrics
from nightlift.web.parameters import EnhanceParameters, PreviewParameters, checked, described
from nightlift.web.service import Service, line
from nightlift.web.upload import received
from nightlift.web.workers import Workers

STATIC = Path(__file__).parent / "static"

MOST_METHODS = 32

PHOTO_BODY = {
    "required": True,
    "content": {
        "image/*": {"schema": {"type": "string", "format": "binary"}},
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


def create_app(limits: Limits | None = None) -> FastAPI:
    """The page, the REST interface, health and metrics, with nothing shared between two of them."""
    limits = limits or Limits()
    service = Service(limits)
    workers = Workers(limits.workers, limits.waiting, limits.work_seconds)
    metrics = Metrics(lambda: workers.admitted_now)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        workers.start(service.enhancer)
        yield
        workers.close()

    app = FastAPI(
        title="nightlift",
        version=__version__,
        description="Brighten dark photos.",
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.add_middleware(Guard, hosts=limits.hosts, metrics=metrics)
    _add_errors(app)
    _add_information(app, service, limits, metrics)
    _add_photos(app, service, limits, workers, metrics)
    app.mount("/", StaticFiles(directory=STATIC, html=True), "page")
    return app


def _add_information(app: FastAPI, service: Service, limits: Limits, metrics: Metrics) -> None:
    @app.get("/v1/methods", summary="What there is to choose from, and this server's limits")
    async def methods() -> dict[str, Any]:
        offered = [
            {
                "name": entry.name,
                "title": entry.title,
                "kind": entry.kind,
                "training": entry.training,
                "license": entry.license,
                "recommended": entry.recommended,
            }
            for entry in service.offered
        ]
        bounds = {"bytes": limits.bytes, "pixels": limits.pixels}
        return {"methods": offered, "limits": bounds, "version": __version__}

    @app.get("/healthz", summary="Whether the server is up")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=MEDIA_TYPE)


def _add_photos(
    app: FastAPI, service: Service, limits: Limits, workers: Workers, metrics: Metrics
) -> None:
    async def place() -> AsyncIterator[None]:
        with workers.admitted():
            yield

    admitted = Depends(place)

    @app.post(
        "/v1/enhance",
        summary="A photo in, the better photo out",
        description="Metadata is kept. With `preview`, a small sRGB result without metadata.",
        openapi_extra=_openapi(EnhanceParameters),
        responses=_responses("image/*"),
        response_class=Response,
        dependencies=[admitted],
    )
    async def enhance(request: Request) -> Response:
        checked(EnhanceParameters, request.query_params, {})
        upload = await received(request, limits)
        metrics.received(len(upload.data))
        asked = checked(EnhanceParameters, request.query_params, upload.fields)
        answer = await workers.run(partial(service.enhance, upload.data, asked))
        return Response(answer.data, media_type=answer.media_type, headers=answer.headers)

    @app.post(
        "/v1/previews",
        summary="Small JPEGs of a photo and of what each method makes of it, a JSON object a line",
        openapi_extra=_openapi(PreviewParameters),
        responses=_responses("application/x-ndjson"),
        response_class=StreamingResponse,
        dependencies=[admitted],
    )
    async def previews(request: Request) -> StreamingResponse:
        checked(PreviewParameters, request.query_params, {})
        upload = await received(request, limits)
        metrics.received(len(upload.data))
        asked = checked(PreviewParameters, request.query_params, upload.fields)
        names = list(dict.fromkeys(asked.methods.split(",") if asked.methods else [RECOMMENDED]))
        lines = workers.stream(
            partial(service.previews, upload.data, names[:MOST_METHODS], asked.size)
        )
        first = await anext(lines)  # what is wrong with the photo is an error, not a line
        return StreamingResponse(_after(first, lines), media_type="application/x-ndjson")


async def _after(first: bytes, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """All the lines; what goes wrong on the way is the last of them."""
    yield first
    try:
        async for each in lines:
            yield each
    except HTTPException as stopped:
        yield line(error=stopped.detail)
    except Exception:
        LOG.exception("POST /v1/previews failed on its way")
        yield line(error="something went wrong here; the server's log says more")


def _openapi(parameters: type[BaseModel]) -> dict[str, Any]:
    return {"parameters": described(parameters), "requestBody": PHOTO_BODY}


def _responses(media_type: str) -> dict[int | str, dict[str, Any]]:
    done = {"content": {media_type: {}}, "description": "the result"}
    return {200: done, **dict.fromkeys((400, 403, 408, 413, 415, 429, 503), ERROR)}


def _add_errors(app: FastAPI) -> None:
    """Every error is one JSON object with one sentence."""

    async def http(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)
        plain = {404: "there is nothing here", 405: "this does not take that method"}
        status = problem.status_code
        return error(status, plain.get(status, problem.detail), dict(problem.headers or {}))

    async def ours(request: Request, problem: Exception) -> Response:
        if isinstance(problem, MissingExtraError):
            return error(415, str(problem))
        if isinstance(problem, (PhotoError, UsageError)):
            return error(400, str(problem))
        LOG.error("%s: %s", request.url.path, problem)
        return error(500, str(problem))

    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: http,
        NightliftError: ours,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
