"""nightlift serve, as a process."""

import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from nightlift.cli.main import main
from nightlift.web.limits import Limits


def test_it_answers_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "nightlift", "serve", "--port", "0", "--max-megapixels", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert address is not None
        said = httpx.get(f"{address[0]}/v1/methods", timeout=30).json()
        assert said["limits"] == {"bytes": Limits().bytes, "pixels": 2_000_000}
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    assert errors == "nightlift serve: stopped\n"
    assert server.returncode == 0


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "choose another --host or --port" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['uvicorn'] = None\nfrom nightlift.cli.main import main\n"
    command = [sys.executable, "-c", f"{code}sys.exit(main(['serve', '--port', '0']))"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "pip install 'nightlift[web]'" in done.stderr
