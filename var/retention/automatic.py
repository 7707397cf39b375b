"""Runs the policy once a day while the app runs, where the policy says so."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from touchline.errors import TouchlineError
from var.archive import Archive
from var.retention.policy import policy_of
from var.retention.running import NEWEST, run

LAST = "retention/automatic"
EVERY = timedelta(hours=24)
TOO_LONG = timedelta(days=60)
"""A clock that went so far since the last run is not believed: a person runs the policy then."""
_LOOK_AFTER_S, _LOOK_AGAIN_S = 30.0, 600.0

_LOG = logging.getLogger(__name__)


def run_where_due(home: Path, now: datetime) -> bool:
    """Run the policy where it is automatic and a day has passed; whether it ran."""
    archive = Archive(home)
    if not policy_of(archive).automatic:
        return False
    last, newest = archive.store.setting(LAST), archive.store.setting(NEWEST)
    if last is not None and timedelta(0) <= now - datetime.fromisoformat(last) < EVERY:
        return False
    if newest is not None and now - datetime.fromisoformat(newest) > TOO_LONG:
        return False
    run(archive, yes=True, now=now)
    archive.store.set_setting(LAST, now.isoformat(timespec="seconds"))
    return True


class Daily:
    """A thread that looks every few minutes, until ``end``."""

    def __init__(self, home: Path) -> None:
        self._home, self._ends = home, threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        wait_s = _LOOK_AFTER_S
        while not self._ends.wait(wait_s):
            wait_s = _LOOK_AGAIN_S
            try:
                run_where_due(self._home, datetime.now(UTC))
            except (TouchlineError, OSError) as fault:  # the next look tries again; the page says what is due
                _LOG.warning("retention could not run: %s", fault)

    def end(self) -> None:
        """Stop looking, and wait for a run that is at work."""
        self._ends.set()
        self._thread.join(timeout=30)
