"""An S3 server on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

SERVER = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(port=0)
server.start()
print(server.get_host_and_port()[1], flush=True)
input()
"""


@pytest.fixture
def s3() -> Iterator[dict[str, str]]:
    """The environment that leads to a server; file systems of an earlier one are forgotten."""
    pytest.importorskip("s3fs").S3FileSystem.clear_instance_cache()
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = next(int(line) for line in server.stdout if line.strip().isdigit())
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        server.terminate()
