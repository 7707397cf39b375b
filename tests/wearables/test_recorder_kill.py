"""A recording process that is killed at any moment: what was shown is there, and at most the last second is missing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from squad_sessions import made, rows_of, until

from wearables.kept import Sessions
from wearables.model import NS_PER_S, Event, Frame, SessionState
from wearables.record_report import record_report
from wearables.recorder import control
from wearables.recorder.process import sent_path
from wearables.recorder.settling import settle
from wearables.recorder.state import journal_path
from wearables.sent import read_sent

KILLS, STRAPS, SPEED = 15, 30, 20.0

# Imports once and then forks a recorder each time it is told to: what is killed is a process of its own.
NURSERY = """
import os, sys
from pathlib import Path
from wearables.recorder.process import Recording
import wearables.simulated
home, session = Path(sys.argv[1]), sys.argv[2]
for told in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(0 if Recording(home, session).run() else 3)
    os.write(1, b"%d\\n" % child)
    status = os.waitpid(child, 0)[1]
    os.write(1, b"%d\\n" % (-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)))
"""


class Reader:
    """A page: it reads what is new in the database, and remembers what it has shown."""

    def __init__(self, home: Path, session_id: str) -> None:
        self.sessions, self.session_id = Sessions(home), session_id
        self.shown: dict[int, Frame | Event] = {}

    def look(self) -> None:
        for row in self.sessions.rows_since(self.session_id, max(self.shown, default=0)):
            self.shown[row.seq] = row


def kept_frames(home: Path, session_id: str) -> dict[tuple[int, bytes], Frame]:
    rows = [row for row in rows_of(home, session_id) if isinstance(row, Frame)]
    return {(row.strap, row.data): row for row in rows}


def sent_by(home: Path, session_id: str) -> int:
    return len(read_sent(sent_path(home, session_id)))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has neither fork nor SIGKILL")
def test_a_recorder_killed_15_times_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    session = made(tmp_path, STRAPS, speed=SPEED, drops=1, window_s=60.0)
    numbers = {strap.address: strap.number for strap in Sessions(tmp_path).straps(session.id)}
    at_random, reader = random.Random(7), Reader(tmp_path, session.id)
    said_gone, sent_before = 0, 0
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(tmp_path), session.id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for life in range(KILLS):
            nursery.stdin.write("live\n")
            nursery.stdin.flush()
            pid = int(nursery.stdout.readline())
            until(lambda before=sent_before: sent_by(tmp_path, session.id) > before + 100, "frames of this life")
            wait_s = at_random.uniform(0, 0.4)
            while (wait_s := wait_s - 0.03) > 0:
                time.sleep(0.03)
                reader.look()
            reader.look()
            os.kill(pid, signal.SIGKILL)
            assert nursery.stdout.readline() == f"{-signal.SIGKILL}\n"
            reader.look()
            if life % 2:  # every other time a page is first to find it, else the next recorder is
                assert control.status(tmp_path, session.id).state is SessionState.GONE
                settled = settle(tmp_path, session.id)
                assert settled is not None
                assert settled.state is SessionState.GONE
                assert settle(tmp_path, session.id) is None
                said_gone += 1
                check_life(tmp_path, session.id, reader, numbers, sent_before)
            sent_before = sent_by(tmp_path, session.id)
        nursery.stdin.write("live\n")
        nursery.stdin.flush()
        pid = int(nursery.stdout.readline())
        until(lambda: sent_by(tmp_path, session.id) > sent_before + 100, "frames of the last life")
        os.kill(pid, signal.SIGTERM)
        assert nursery.stdout.readline() == "0\n"
        nursery.stdin.close()
    rows = rows_of(tmp_path, session.id)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    frames = [row for row in rows if isinstance(row, Frame)]
    assert [row.at_ns for row in frames] == sorted(row.at_ns for row in frames)
    falls = [row for row in rows if isinstance(row, Event) and row.detail.get("reason") == "gone"]
    assert len(falls) == KILLS
    assert (
        Sessions(tmp_path).session_row(session.id)["journal_done"] == journal_path(tmp_path, session.id).stat().st_size
    )
    report = record_report(tmp_path, session.id)
    assert (report["state"], len(report["interruptions"])) == ("ended", KILLS)
    assert all(fall["resumed_s"] > fall["kept_until_s"] for fall in report["interruptions"])
    assert report["frames"]["doubled"] == report["frames"]["out_of_order"] == 0
    last_second = SPEED * STRAPS  # of the host, a frame a second of the session from each strap
    assert report["frames"]["missing"] <= KILLS * last_second
    assert report["frames"]["received"] > KILLS * 50


def check_life(home: Path, session_id: str, reader: Reader, numbers: dict[str, int], sent_before: int) -> None:
    """What was shown is there and unchanged; of what this life sent only the last second of the host may be missing."""
    now = {row.seq: row for row in rows_of(home, session_id)}
    assert {seq: now.get(seq) for seq in reader.shown} == reader.shown
    sent: list[Any] = read_sent(sent_path(home, session_id))[sent_before:]
    assert sent
    kept = kept_frames(home, session_id)
    safe_ns = max(each.at_ns for each in sent) - round(SPEED * NS_PER_S)
    missing = [each for each in sent if each.at_ns < safe_ns and (numbers[each.address], each.data) not in kept]
    assert missing == []
    (told,) = [row.detail for row in list(now.values())[-1:] if isinstance(row, Event)]
    assert (told["running"], told["reason"]) == (False, "gone")
    before = [row for row in now.values() if row.seq < max(now)]
    assert told["kept_until_ns"] == before[-1].at_ns
    assert told["kept_until_ns"] >= max(row.at_ns for row in before if isinstance(row, Frame))
    assert told["alive_ns"] >= told["kept_until_ns"]
