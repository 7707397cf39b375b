"""Shared by the tests that need a browser: a Chromium without a window, and the app on a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from touchline.accounts import cookie
from touchline.accounts.desk import Desk
from touchline.accounts.kept import Accounts
from touchline.rights import Role

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
STARTS_WITHIN_S = 60
EVERYBODY, EVERYBODYS_NAME, PASSWORD = "an", "Nguyễn Văn An", "bốn từ không liên quan"
"""The account with all roles: one person on one laptop."""


class Address(str):
    """Where a server answers, and the data folder behind it."""

    __slots__ = ("home",)
    home: Path

    def __new__(cls, url: str, home: Path) -> Address:
        """``url`` with its ``home``."""
        made = super().__new__(cls, url)
        made.home = home
        return made


def add_account(home: Path, login: str = EVERYBODY, name: str = EVERYBODYS_NAME, roles: Iterable[str] = Role) -> None:
    """An account in the data folder ``home``, with all roles where none are named; nothing where it is there."""
    accounts = Accounts(home)
    if login not in {account.login for account in accounts.all()}:
        accounts.add(login, name, list(roles), password=PASSWORD)


def session(home: Path, login: str = EVERYBODY, *, secure: bool = False) -> str:
    """The cookie of a new session, as a request carries it."""
    return f"{cookie.name(secure=secure)}={Desk(home).by_command(login)[0]}"


def enter(context: BrowserContext, address: str, login: str = EVERYBODY, home: Path | None = None) -> None:
    """Sign a browser in at ``address``; where its server was not started by ``serving``, ``home`` says its data."""
    secure = address.startswith("https")
    found = home or (address.home if isinstance(address, Address) else None)
    assert found is not None
    name, _, value = session(found, login, secure=secure).partition("=")
    context.add_cookies([{"name": name, "value": value, "url": str(address), "secure": secure, "httpOnly": True}])


def find_chromium() -> str | None:
    """The browser to drive: ``TOUCHLINE_CHROMIUM``, or the first one installed under a usual name."""
    asked = os.environ.get("TOUCHLINE_CHROMIUM")
    names = [asked] if asked else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running headless Chromium; the test is skipped where there is none, and fails in continuous integration."""
    executable = find_chromium()
    if executable is None:
        reason = "no Chromium here; install it or name it in TOUCHLINE_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


def free_port() -> int:
    """A TCP port of this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    script: Path, home: Path, port: int | None = None, *, account: bool = True, **more: object
) -> Iterator[Address]:
    """The address of ``streamlit run script`` with its data under ``home``; the server ends with the block.

    The app of the product gets an ``account`` with all roles, for ``enter``. ``more`` are further
    options of Streamlit, ``__`` for their dot. Raises ``RuntimeError`` with the server's output when it does not come
    up.
    """
    port = port or free_port()
    if account and script.name == "streamlit_app.py":
        add_account(home)
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = home / "server.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, "TOUCHLINE_HOME": str(home)}
        )
    try:
        _wait_for(server, port, log)
        yield Address(f"http://127.0.0.1:{port}", home)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")
