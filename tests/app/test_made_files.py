"""Whose the files are that a page makes: pictures and downloads under ``/media/``, asked for by others over HTTP."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Address, add_account, serving, session
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol
from wire import WITHIN_S, ask

from athletes.importers.common import MAX_BYTES
from touchline.accounts.panels.made_files import MOST_REMEMBERED, MadeFiles

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SCRIPT = """
import streamlit as st
from streamlit.starlette import App
from starlette.middleware import Middleware

from touchline.accounts.gate import Gate
from touchline.accounts.panels.made_files import made_files, remember_made_files
from touchline.accounts.panels.visitor import signed_in
from touchline.files import data_home

if __name__ == "__main__":
    name = signed_in(data_home()).person.name
    st.download_button("now", f"report of {name}", "now.txt", "text/plain")
    st.download_button("later", lambda: f"folder of {name}", "later.txt", "text/plain")
    st.download_button("all", "the same for all", "all.txt", "text/plain")
else:
    remember_made_files()
    app = App(__file__, middleware=[Middleware(Gate, home=data_home(), opens=made_files.opens)])
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    home = tmp_path_factory.mktemp("made")
    add_account(home)
    add_account(home, "ref", "the referee", ["referee"])
    add_account(home, "coach", "the coach", ["coach"])
    script = home / "page.py"
    script.write_text(SCRIPT)
    with serving(script, home) as found:
        yield found


def files_of(address: Address, cookie: str) -> list[str]:
    """The addresses of the files that a visit's page offers, in their order; the second was asked for."""
    with connect(
        f"ws{address.removeprefix('http')}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Cookie": cookie},
        open_timeout=WITHIN_S,
    ) as socket:
        begin = BackMsg()
        begin.rerun_script.query_string = ""
        socket.send(begin.SerializeToString())
        found: list[str] = []
        while True:
            message = ForwardMsg.FromString(bytes(socket.recv(timeout=WITHIN_S)))  # type: ignore[arg-type]
            if message.WhichOneof("type") == "new_session":
                visit = message.new_session.initialize.session_id
            if message.WhichOneof("type") == "delta" and message.delta.new_element.HasField("download_button"):
                button = message.delta.new_element.download_button
                found.append(button.url or button.deferred_file_id)
            if message.WhichOneof("type") == "script_finished":
                break
        later = BackMsg()
        later.backend_operation_request.request_id, later.backend_operation_request.session_id = "1", visit
        later.backend_operation_request.deferred_file.file_id = found[1]
        socket.send(later.SerializeToString())
        while message.WhichOneof("type") != "backend_operation_response":
            message = ForwardMsg.FromString(bytes(socket.recv(timeout=WITHIN_S)))  # type: ignore[arg-type]
        assert not message.backend_operation_response.error_msg, message
        found[1] = message.backend_operation_response.deferred_file.url
        # Asked for while the page is open: Streamlit throws away what no page shows any more.
        assert [ask(address, "GET", path, cookie).status for path in found] == [200, 200, 200]
        return found


def test_a_file_that_a_page_made_is_that_persons_alone(address: Address) -> None:
    cookies = {name: session(address.home, name) for name in ("ref", "coach")}
    made = {name: files_of(address, cookie) for name, cookie in cookies.items()}
    now, later, same = made["ref"]
    assert [re.sub(r"[0-9a-f]{32}", "#", path) for path in made["ref"]] == ["/media/#.txt"] * 3
    assert ask(address, "GET", now, cookies["ref"]).text == "report of the referee"
    assert ask(address, "GET", later, cookies["ref"]).text == "folder of the referee"
    for path in (now, later):
        for method in ("GET", "HEAD"):
            assert ask(address, method, path, cookies["coach"]).status == 404
        answer = ask(address, "GET", path, cookies["coach"], Range="bytes=0-3")
        assert b'"not_your_file"' in answer.body
        assert ask(address, "GET", path).status == 401
        assert ask(address, "GET", path, session(address.home, "ref")).status == 404  # a page of that session asks anew
    assert same in made["coach"]  # kept once, made for both
    assert ask(address, "GET", same, cookies["coach"]).text == "the same for all"


def test_what_was_thrown_away_is_forgotten_and_nothing_else() -> None:
    files = MadeFiles()
    for number in range(MOST_REMEMBERED):
        files.made(f"/media/{number}.png", "a")
    files.made("/media/new.png", "b", lambda name: name == "7")
    assert [files.opens(f"/media/{name}", "a") for name in ("7.png", "7", "8.png", "new.png")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert files.opens("/var/m/match.json", "nobody's")


def test_what_is_uploaded_into_memory_is_no_larger_than_what_a_page_takes() -> None:
    """Recordings go to the disk by a route of their own; anybody who signed in may fill the memory with the others."""
    settings = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == MAX_BYTES
