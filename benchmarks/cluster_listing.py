"""How long a run of a million made-up names takes to be listed and taken up again, and its memory.

python benchmarks/cluster_listing.py --names 1000000
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nightlift.cluster import Folder, Listing, Manifest

PAGE = 1000


class MadeUp:
    """An S3 that holds so many photos, page by page, and nothing of them in memory."""

    protocol = ("s3", "s3a")

    def __init__(self, count: int) -> None:
        self._count = count

    def split_path(self, path: str) -> tuple[str, str, None]:
        bucket, _, key = path.partition("/")
        return bucket, key, None

    def unstrip_protocol(self, path: str) -> str:
        return f"s3://{path}"

    def call_s3(self, _: str, **asked: object) -> dict[str, object]:
        first = int(str(asked.get("ContinuationToken", "0")))
        last = min(first + PAGE, self._count)
        keys = [{"Key": f"{asked['Prefix']}{name(number)}"} for number in range(first, last)]
        more = {"IsTruncated": last < self._count, "NextContinuationToken": str(last)}
        return {"Contents": keys, "KeyCount": len(keys), **more}


def name(number: int) -> str:
    return f"2024/{number // 5000:05d}/IMG_{number:09d}.jpg"


def records(folder: Folder, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {
            "input": folder.address(name(number)),
            "output": f"s3://bucket/out/{name(number)}",
            "status": "done",
            "error": None,
            "notices": [],
            "method": "natural",
            "strength": 1.0,
            "auto": 1.0,
            "width": 4000,
            "height": 3000,
            "seconds": 3.1415,
            "worker": "machine:12345",
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000_000)
    count = parser.parse_args().names
    source = Folder(MadeUp(count), "bucket/in")  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as place:
        output = Folder.at(place)
        manifest = Manifest(output)
        manifest.open({}, "fail")
        manifest.begin()
        done = count * 9 // 10
        for record in records(source, done):
            manifest.add(record)
        manifest.flush()
        parts = len(list(Path(place).rglob("*.jsonl")))
        wall, processor = time.perf_counter(), time.process_time()
        known = Manifest(output).open({}, "skip")
        left = sum(source.address(one) not in known for one in Listing(source, recursive=True))
        told = {
            "names": count,
            "lines": done,
            "parts": parts,
            "left": left,
            "seconds": round(time.perf_counter() - wall, 1),
            "processor_seconds": round(time.process_time() - processor, 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
