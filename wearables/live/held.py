"""A store for who asks several times a second: it keeps its connection, since opening one takes longer than most
questions do."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from touchline.store import Row, SQLite, Store


class HeldStore(Store):
    """Reads what ``store`` holds and never writes. Any thread may ask, one at a time; whoever shares it has a lock."""

    def __init__(self, store: Store) -> None:
        self._store, self.backend, self.timeout_s = store, store.backend, store.timeout_s
        self._held: sqlite3.Connection | None = None

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows that a query returns; after a failure the next question opens the database anew. Raises
        ``BadFile``."""
        if not isinstance(self.backend, SQLite):  # a server's connections are kept anyway
            return self._store.rows(sql, params)
        with self.backend.refusing():
            try:
                if self._held is None:
                    self._held = sqlite3.connect(
                        self.backend.place, timeout=self.timeout_s, isolation_level=None, check_same_thread=False
                    )
                    self._held.row_factory = sqlite3.Row
                    self._held.execute("PRAGMA query_only = ON")
                return self._held.execute(sql, params).fetchall()
            except sqlite3.Error:
                self.close()
                raise

    def close(self) -> None:
        """Let the connection go."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def __del__(self) -> None:
        self.close()
