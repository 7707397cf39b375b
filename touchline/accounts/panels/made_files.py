"""Whose the files are that pages make: pictures and downloads that Streamlit keeps under ``/media/``.

Streamlit gives them to everybody who has the address. Here each is remembered with the sessions whose page made it, so
that the gate gives it to nobody else: who may not see a match does not get its report by an address either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from touchline.accounts.gate import SESSION_HEADER

MADE = "/media/"
MOST_REMEMBERED = 1024
"""Files beyond which those that Streamlit has thrown away are forgotten."""
_MENDED = "touchline_mended"


class MadeFiles:
    """Files by name with the digests of the sessions they were made for; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, set[str]] = {}

    def made(self, address: str, token_sha256: str, there: Callable[[str], bool] = lambda _: True) -> None:
        """Remember that a page of this session made the file at ``address``; ``there`` says which still exist."""
        with self._lock:
            if len(self._of) >= MOST_REMEMBERED:
                self._of = {name: whose for name, whose in self._of.items() if there(name)}
            self._of.setdefault(_name(address), set()).add(token_sha256)

    def opens(self, path: str, token_sha256: str) -> bool:
        """Whether a session may have what is at ``path``: anything but files that only others' pages made."""
        if not path.startswith(MADE):
            return True
        with self._lock:
            return token_sha256 in self._of.get(_name(path), ())


made_files = MadeFiles()
"""Those of this process."""


def _name(address: str) -> str:
    """The name of a file in an address of any form, without its ending, as Streamlit looks for it."""
    return address.rpartition("/")[2].partition(".")[0]


def remember_made_files() -> None:
    """Let Streamlit say whose page made a file, once a process."""
    shipped_add, shipped_execute = MediaFileManager.add, MediaFileManager.execute_deferred
    if hasattr(shipped_add, _MENDED):
        return

    def add(manager: MediaFileManager, *args: Any, **given: Any) -> str:
        """As shipped; the file is that of the page that runs."""
        address = shipped_add(manager, *args, **given)
        context = get_script_run_ctx()
        _remember(manager, address, None if context is None else context.session_id)
        return address

    def execute_deferred(manager: MediaFileManager, file_id: str) -> str:
        """As shipped; the file is that of the page whose button it is."""
        waiting = manager._deferred_callables.get(file_id)
        address = shipped_execute(manager, file_id)
        _remember(manager, address, None if waiting is None else waiting["session_id"])
        return address

    setattr(add, _MENDED, True)
    MediaFileManager.add = add  # type: ignore[method-assign,assignment]
    MediaFileManager.execute_deferred = execute_deferred  # type: ignore[method-assign,assignment]


def _remember(manager: MediaFileManager, address: str, visit: str | None) -> None:
    client = runtime.get_instance().get_client(visit) if visit is not None and runtime.exists() else None
    if client is None:  # the page was left meanwhile: then nobody waits for the file
        return
    for name, value in client.client_context.headers if client.client_context else ():
        if name.lower() == SESSION_HEADER.decode():
            made_files.made(address, value, lambda known: known in manager._file_metadata)
