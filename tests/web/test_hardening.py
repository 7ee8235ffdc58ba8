"""What strangers may try, and what becomes of it: a sentence, and a server as before."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from nightlift.photo.photo import Photo
from nightlift.photo.writing import encode
from nightlift.web.connection import PatientConnection
from nightlift.web.limits import Limits
from nightlift.web.service import Service
from tests.web.running import running

NIGHT = np.random.default_rng(0).integers(0, 60, (48, 64, 3), dtype=np.uint8)
JPEG = encode(Photo(NIGHT, format="jpeg"))
PNG = encode(Photo(NIGHT, format="png"))
BOMB = PNG[:16] + (60_000).to_bytes(4, "big") * 2 + PNG[24:]
NOISE = np.random.default_rng(1).integers(0, 256, 20_000, np.uint8).tobytes()


def sentence(answer: httpx.Response, status: int) -> str:
    """The one sentence of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"hello " * 100, "text file"),
        (NOISE, "expected a photo"),
        (b"GIF89a" + NOISE, "GIF"),
        (b"\xff\xd8\xff" + NOISE, "JPEG"),
        (b"RIFF\0\0\0\0WEBP" + NOISE, "WEBP"),
        (b"II*\0" + NOISE, "TIFF"),
        (JPEG[:700], "cut off"),
        (PNG[:700], "PNG"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/enhance", "/v1/photos"])
def test_garbage_is_refused_with_a_sentence(
    client: httpx.Client, path: str, body: bytes, says: str
) -> None:
    assert says in sentence(client.post(path, content=body), 400)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("strength=2", "strength: input should be less than or equal to 1.5, got '2'"),
        ("strength=nan", "strength"),
        ("quality=0", "quality"),
        ("format=exe", "format"),
        ("streng=1", "did you mean strength?"),
        ("method=gama", "no method is called 'gama'"),
        ("method=https://example.com/model.onnx", "no method is called"),
        ("preview=100000", "preview"),
    ],
)
def test_a_wrong_parameter_is_named(client: httpx.Client, query: str, says: str) -> None:
    assert says in sentence(client.post(f"/v1/enhance?{query}", content=JPEG), 400)


def test_wrong_forms_are_refused(client: httpx.Client) -> None:
    form = {"content-type": "multipart/form-data; boundary=x"}
    bare = {"content-type": "multipart/form-data"}
    for headers in (form, bare):
        answer = client.post("/v1/enhance", content=b"--y--", headers=headers)
        assert "form" in sentence(answer, 400)
    photo = {"photo": ("a", JPEG)}
    twice = client.post("/v1/enhance?method=gamma", files=photo, data={"method": "clahe"})
    assert "twice" in sentence(twice, 400)
    two = client.post("/v1/enhance", files=[("photo", ("a", JPEG)), ("photo", ("b", JPEG))])
    assert "Too many files" in sentence(two, 400)


def test_wrong_addresses_are_errors_like_all_others(client: httpx.Client) -> None:
    sentence(client.get("/nothing"), 404)
    sentence(client.get("/../app.py"), 404)
    sentence(client.get("/%2e%2e/app.py"), 404)
    sentence(client.delete("/v1/enhance"), 405)


def test_bytes_and_pixels_are_bounded() -> None:
    limits = Limits(bytes=30_000, pixels=1_000_000, exact_pixels=1_000)
    with running(limits) as client:
        for extra in ({}, {"headers": {"content-type": "multipart/form-data; boundary=x"}}):
            answer = client.post("/v1/enhance", content=JPEG + bytes(30_000), **extra)
            assert "larger than the" in sentence(answer, 413)
        chunks = (JPEG[:3000] for _ in range(20))
        assert "larger than the" in sentence(client.post("/v1/enhance", content=chunks), 413)
        big = encode(Photo(np.zeros((1001, 1000, 3), np.uint8), format="png"))
        answer = client.post("/v1/enhance", content=big)
        assert "1000 x 1001 pixels, more than the 1 million" in sentence(answer, 413)
        answer = client.post("/v1/enhance?exact=true", content=JPEG)
        assert "exact" in sentence(answer, 413)
        assert client.post("/v1/enhance", content=JPEG).status_code == 200


def test_a_bomb_is_refused_by_its_header(client: httpx.Client) -> None:
    start = time.process_time()
    assert "60000 x 60000" in sentence(client.post("/v1/enhance", content=BOMB), 400)
    assert time.process_time() - start < 1


@contextmanager
def connected(client: httpx.Client, *sent: bytes) -> Iterator[socket.socket]:
    """A connection that has sent something and then says nothing more."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as plain:
        plain.settimeout(5)
        for part in sent:
            plain.sendall(part)
        yield plain


HEAD = b"POST /v1/enhance HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n" + JPEG[:500]


def test_who_finds_all_places_taken_is_told_to_come_back() -> None:
    with running(Limits(workers=1, waiting=1)) as client:
        with connected(client, HEAD), connected(client, HEAD):
            _wait_until(client, 2)
            answer = client.post("/v1/enhance", content=JPEG)
            assert "busy" in sentence(answer, 429)
            assert int(answer.headers["retry-after"]) >= 1
            assert client.get("/healthz").status_code == 200
        _wait_until(client, 0)
        assert client.post("/v1/enhance", content=JPEG).status_code == 200


def _wait_until(client: httpx.Client, admitted: int) -> None:
    for _ in range(100):
        if f"nightlift_admitted_requests {admitted}.0" in client.get("/metrics").text:
            return
        time.sleep(0.02)
    raise AssertionError(f"never {admitted} admitted requests")


def test_a_client_that_sends_too_slowly_is_told_so() -> None:
    with running(Limits(upload_seconds=0.2)) as client, connected(client, HEAD) as slow:
        answer = b""
        while b"did not arrive within 0.2 seconds" not in answer:
            answer += slow.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408")


def test_an_upload_that_trickles_gives_up_its_place() -> None:
    limits = Limits(workers=1, waiting=0, upload_grace=0.2, upload_pace=1 << 20)
    with running(limits) as client:
        with connected(client, HEAD) as slow:
            _wait_until(client, 1)
            with pytest.raises(OSError), slow:  # the answer comes, and the connection goes
                while True:
                    slow.sendall(JPEG[500:501])
                    slow.settimeout(0.01)
                    try:
                        if slow.recv(4096).startswith(b"HTTP/1.1 408"):
                            raise ConnectionError
                    except TimeoutError:
                        continue
        _wait_until(client, 0)
        assert client.post("/v1/enhance", content=JPEG).status_code == 200


def test_an_upload_at_a_good_pace_may_take_longer_than_the_grace() -> None:
    limits, pause = Limits(upload_grace=0.2, upload_pace=1000), 0.05
    starts = range(0, len(JPEG), 300)
    assert pause * len(starts) > limits.upload_grace

    def parts() -> Iterator[bytes]:
        for start in starts:
            yield JPEG[start : start + 300]
            time.sleep(pause)

    with running(limits) as client:
        assert client.post("/v1/enhance?method=gamma", content=parts()).status_code == 200


class Taking:
    """A transport whose buffer is read at a pace, and whether it was cut."""

    def __init__(self, pace: float) -> None:
        self.left, self.pace, self.cut = 1000.0, pace, False

    def get_write_buffer_size(self) -> float:
        self.left -= self.pace
        return self.left

    def abort(self) -> None:
        self.cut = True


@pytest.mark.parametrize(("pace", "looks"), [(9.0, 1), (11.0, 50), (0.0, 1)])
def test_a_reader_of_an_answer_has_to_keep_its_pace(pace: float, looks: int) -> None:
    class Reader(Impatient):
        pace = 10
        patience = 1.0

        def __init__(self) -> None:
            self.transport, self.flow, self.loop = Taking(pace), Flow(), Loop()

    class Flow:
        def pause_writing(self) -> None: ...

    class Loop:
        def call_later(self, seconds: float, then: Callable[[], None]) -> object:
            waiting.append(then)
            return SimpleNamespace(cancel=waiting.clear)

    waiting: list[Callable[[], None]] = []
    reader = Reader()
    reader.pause_writing()
    seen = 0
    while waiting and seen < 50:
        seen += 1
        waiting.pop()()
    assert seen == looks
    assert reader.transport.cut is (looks < 50)


def test_the_description_names_the_kinds_of_photos(client: httpx.Client) -> None:
    told = client.get("/openapi.json").json()
    assert "image/*" not in str(told)
    enhance = told["paths"]["/v1/enhance"]["post"]
    kinds = {"image/jpeg", "image/png", "image/tiff", "image/webp", "image/avif", "image/bmp"}
    kinds |= {"image/jxl"}
    assert set(enhance["responses"]["200"]["content"]) == kinds
    read = {"image/heic", "application/octet-stream", "multipart/form-data"}
    assert set(enhance["requestBody"]["content"]) == kinds | read
    preview = told["paths"]["/v1/photos/{name}/preview"]["get"]["responses"]["200"]
    assert set(preview["content"]) == {"image/png", "image/jpeg"}


def test_work_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()
    monkeypatch.setattr("nightlift.web.service.read", lambda data: given_up.wait(60))
    with running(Limits(work_seconds=0.1)) as client:
        for path in ("/v1/enhance", "/v1/photos"):
            answer = client.post(path, content=JPEG)
            assert "given up" in sentence(answer, 503)
        given_up.set()
        _wait_until(client, 0)


class Impatient(PatientConnection):
    patience = 0.3
    most = 4


def test_connections_that_say_nothing_are_cut() -> None:
    with running(connection=Impatient) as client:
        partial = b"GET /healthz HTTP/1.1\r\nHost: loc"
        whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for answered, unfinished in ((b"", b""), (b"", partial), (whole, partial)):
            with connected(client, answered) as silent:
                if answered:
                    assert silent.recv(4096).startswith(b"HTTP/1.1 200")
                    time.sleep(0.1)
                silent.sendall(unfinished)
                assert _ends(silent)


def _ends(plain: socket.socket) -> bool:
    try:
        while plain.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def test_there_are_only_so_many_connections() -> None:
    with running(connection=Impatient) as client:
        idle = [socket.create_connection(("127.0.0.1", client.base_url.port)) for _ in range(8)]
        time.sleep(0.1)
        for each in idle:
            each.setblocking(False)
        cut = 0
        for each in idle:
            try:
                each.recv(1)
                cut += 1
            except BlockingIOError:
                pass
            except ConnectionResetError:
                cut += 1
            each.close()
        assert cut == 4
        time.sleep(0.1)
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("192.168.1.7:8000", True),
        ("[::1]:8000", True),
        ("photos.example", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_known_names_are_answered(named: httpx.Client, host: str, known: bool) -> None:
    answer = named.get("/healthz", headers={"host": host})
    assert answer.status_code == (200 if known else 403)


@pytest.fixture(scope="module")
def named() -> Iterator[httpx.Client]:
    with running(Limits(hosts=("photos.example",))) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": "https://localhost:8000"}, 200),
        ({"origin": "http://localhost:9000"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_other_pages_cannot_post(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    headers = {"host": "localhost:8000", **headers}
    answer = client.post("/v1/enhance?method=gamma", content=JPEG, headers=headers)
    assert answer.status_code == status


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/app.js", "/nothing", "/v1/methods", "/openapi.json"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_no_more_methods_stay_loaded_than_asked_for() -> None:
    service = Service(Limits(enhancers=1))
    first = service.enhancer("gamma")
    assert service.enhancer("gamma") is first
    service.enhancer("equalize")
    assert service.enhancer("gamma") is not first
