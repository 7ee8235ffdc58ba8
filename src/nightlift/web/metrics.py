"""Counters for Prometheus: few labels, all of them ours, so that no request can add one."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Metrics:
    """One server's counters; `admitted` says how many requests are admitted at the moment."""

    def __init__(self, admitted: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "nightlift_requests",
            "Answers, by route and status",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "nightlift_request_seconds",
            "From a request's first byte to its answer's last, by route",
            ("route",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._received = Counter(
            "nightlift_received_bytes", "Photo files received", registry=self._registry
        )
        gauge = Gauge(
            "nightlift_admitted_requests",
            "Photos being received, waiting or worked on",
            registry=self._registry,
        )
        gauge.set_function(admitted)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def received(self, bytes: int) -> None:
        """Count one photo file."""
        self._received.inc(bytes)

    def exposition(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
