"""The application: its routes, and how they go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from nightlift import __version__
from nightlift.edit import CatalogEntry, Mode
from nightlift.errors import MissingExtraError, NightliftError, PhotoError, UsageError
from nightlift.models import RESEARCH_MODELS
from nightlift.photo import TargetFormat
from nightlift.viewer import STATIC as VIEWER
from nightlift.web.guard import LOG, Guard, error
from nightlift.web.limits import Limits
from nightlift.web.metrics import MEDIA_TYPE, Metrics
from nightlift.web.photos import photo_routes
from nightlift.web.service import Service
from nightlift.web.workers import Workers

STATIC = Path(__file__).parent / "static"

TIDY_SECONDS = 60
"""How often photos that nobody looks at any more are forgotten."""

PRIVACY = "Photos go to this nightlift only, are held in memory and never stored."


def create_app(limits: Limits | None = None) -> FastAPI:
    """The page, the REST interface, health and metrics, with nothing shared between two of them."""
    limits = limits or Limits()
    service = Service(limits)
    workers = Workers(limits.workers, limits.waiting, limits.work_seconds)
    metrics = Metrics(lambda: workers.admitted_now)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        workers.start(service.enhancer)
        tidying = asyncio.create_task(_tidying(service))
        yield
        tidying.cancel()
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
    app.include_router(photo_routes(service, limits, workers, metrics))
    page = StaticFiles(directory=STATIC, html=True)
    page.all_directories = [*page.all_directories, VIEWER]
    app.mount("/", page, "page")
    return app


def _add_information(app: FastAPI, service: Service, limits: Limits, metrics: Metrics) -> None:
    @app.get("/v1/methods", summary="What there is to choose from, and this server's limits")
    async def methods() -> dict[str, Any]:
        return {
            "methods": [_told(entry) for entry in sorted(service.offered, key=_slowness)],
            "denoise": get_args(Mode),
            "formats": [name for name in get_args(TargetFormat) if name != "jpeg"],
            "limits": {"bytes": limits.bytes, "pixels": limits.pixels},
            "version": __version__,
            "privacy": PRIVACY,
        }

    @app.get("/healthz", summary="Whether the server is up")
    async def health() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", summary="Counters for Prometheus", response_class=Response)
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=MEDIA_TYPE)


def _told(entry: CatalogEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "training": entry.training,
        "license": entry.license,
        "recommended": entry.recommended,
        "research": entry.name in RESEARCH_MODELS,
    }


def _slowness(entry: CatalogEntry) -> int:
    """The recommended method first, last what paints whole pictures or solves for them."""
    if entry.recommended:
        return 0
    return 2 if entry.kind == "picture" or entry.name == "lime" else 1


async def _tidying(service: Service) -> None:
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        service.shelf.tidy()


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
