"""What every request goes through: who may ask, security headers, one way of going wrong."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nightlift.web.metrics import Metrics

LOG = logging.getLogger("nightlift.web")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

SAFE = ("GET", "HEAD")


class Guard:
    """Outermost layer around the application.

    Refuses hosts that are neither localhost, nor an IP address, nor one of `hosts`: a name in a
    stranger's hands may be made to point here (DNS rebinding). Refuses changes asked for by other
    origins. Adds the security headers, counts, and turns what nobody expected into a 500.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], metrics: Metrics) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        try:
            await (refusal or self._app)(scope, receive, send_guarded)
        except ClientDisconnect:
            status = 499
        except Exception:
            LOG.exception("%s %s failed", scope["method"], scope["path"][:100])
            if status:
                raise  # half an answer is out: only closing the connection tells the client
            sentence = "something went wrong here; the server's log says more"
            await error(500, sentence)(scope, receive, send_guarded)
        finally:
            self._metrics.answered(_route(scope), status, perf_counter() - start)

    def _refusal(self, method: str, headers: Headers) -> JSONResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._known(_name(hosts[0])):
            return error(
                403,
                "this server is not known by that name; use its IP address or localhost, or start "
                "it with --allow-host NAME",
            )
        origin = headers.get("origin")
        other_origin = origin is not None and origin.partition("://")[2] != hosts[0]
        other_site = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        if method not in SAFE and (other_origin or other_site):
            return error(403, "requests from other web pages are refused")
        return None

    def _known(self, name: str) -> bool:
        if name == "localhost" or name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True


def error(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The one form in which anything is refused."""
    return JSONResponse({"error": sentence}, status, headers)


def _name(host: str) -> str:
    """A Host header without its port, in small letters."""
    host = host.lower()
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _route(scope: Scope) -> str:
    """Which of our routes it was: never a path as it came."""
    return getattr(scope.get("route"), "path", "") or "other"
