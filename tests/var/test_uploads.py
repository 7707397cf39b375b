"""Uploads over real HTTP: whole files only, none over another, nothing outside the folder of their token."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from var import uploads
from var.uploads import incoming, new_token, upload_routes, uploaded


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    app = Starlette(routes=upload_routes(tmp_path))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(20)


def put(port: int, path: str, body: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", path, body, **options)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, json.loads(said)


def test_two_cameras_that_call_their_files_alike_lose_none(port: int, tmp_path: Path) -> None:
    token = new_token(tmp_path)
    for content in (b"main camera", b"goal camera", b"tower camera"):
        status, _ = put(port, f"/var/upload/{token}/C0001.MP4", content)
        assert status == 200
    assert [path.read_bytes() for path in uploaded(tmp_path, token)] == [
        b"main camera",
        b"goal camera",
        b"tower camera",
    ]
    assert all(path.suffix == ".MP4" for path in uploaded(tmp_path, token))


@pytest.mark.parametrize("name", ["tr%E1%BA%ADn.mp4", ".hidden.mp4", "a.part", "..%5C..%5Cx.mp4"])
def test_every_name_that_is_taken_is_found_again_in_its_folder(port: int, tmp_path: Path, name: str) -> None:
    token = new_token(tmp_path)
    assert put(port, f"/var/upload/{token}/{name}", b"data")[0] == 200
    (found,) = uploaded(tmp_path, token)
    assert found.parent == incoming(tmp_path) / token
    assert found.read_bytes() == b"data"
    assert sorted(tmp_path.rglob("*")) == [incoming(tmp_path), found.parent, found]


@pytest.mark.parametrize("path", ["0123456789abcdef/a.mp4", "../a.mp4", "%2e%2e/a.mp4", "nothing/a.mp4"])
def test_without_a_token_nothing_is_written(port: int, tmp_path: Path, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", f"/var/upload/{path}", b"data")
    assert connection.getresponse().status == 404
    connection.close()
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("name", ["%2e%2e", "...", "a" * 201])
def test_a_name_that_is_none_is_refused(port: int, tmp_path: Path, name: str) -> None:
    token = new_token(tmp_path)
    status, said = put(port, f"/var/upload/{token}/{name}", b"data")
    assert (status, said["code"]) == (400, "bad_file_name")
    assert uploaded(tmp_path, token) == []


@pytest.mark.parametrize("announced", [True, False])
def test_room_is_left_for_the_database(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    token = new_token(tmp_path)
    monkeypatch.setattr(uploads, "_room", lambda folder: 1)
    body = b"data" if announced else iter([b"da", b"ta"])
    status, said = put(port, f"/var/upload/{token}/a.mp4", body, encode_chunked=not announced)
    assert (status, said["code"]) == (507, "disk_full")
    assert list((incoming(tmp_path) / token).iterdir()) == []


def test_a_broken_upload_leaves_nothing(port: int, tmp_path: Path) -> None:
    token = new_token(tmp_path)
    folder = incoming(tmp_path) / token
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            f"PUT /var/upload/{token}/a.mp4 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode()
        )
        until = time.monotonic() + 20
        while not list(folder.iterdir()):
            assert time.monotonic() < until
            time.sleep(0.02)
        assert uploaded(tmp_path, token) == []  # what is not whole is never offered
    while list(folder.iterdir()):
        assert time.monotonic() < until
        time.sleep(0.02)
