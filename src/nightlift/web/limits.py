"""What one server does at most; everything that a stranger can make grow has a bound here."""

from __future__ import annotations

from dataclasses import dataclass

from nightlift.adjust import cores


@dataclass(frozen=True)
class Limits:
    """The bounds of one server.

    `bytes` and `pixels` are a photo's most (`exact_pixels` in exact mode); `workers` photos are
    worked on at a time and `waiting` more wait, counted from a request's first byte; an upload
    takes at most `upload_seconds`, and after the first `upload_grace` of these has to bring
    `upload_pace` bytes a second; waiting and work together take `work_seconds`; `enhancers` methods
    stay loaded. Photos that pages work on are held for `held_seconds` after they were used last, in
    at most `held_bytes` together, the last one in any case. At worst memory holds these,
    `workers + waiting` uploads and `workers` decoded photos. `hosts` are further names that the
    server may be called by, besides localhost and plain IP addresses.
    """

    bytes: int = 100 * 1024**2
    pixels: int = 100_000_000
    exact_pixels: int = 25_000_000
    workers: int = cores()
    waiting: int = 16
    upload_seconds: float = 60.0
    upload_grace: float = 10.0
    upload_pace: int = 16 * 1024
    work_seconds: float = 120.0
    enhancers: int = 6
    held_bytes: int = 500 * 1024**2
    held_seconds: float = 900.0
    hosts: tuple[str, ...] = ()

    @property
    def threads(self) -> int:
        """Processor threads for one photo."""
        return max(1, cores() // self.workers)
