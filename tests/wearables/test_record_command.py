"""``touchline record`` end to end: a simulated squad in a process of its own, stopped, taken up again, and reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from squad_sessions import made, rows_of, until

from touchline.commands import schemas
from touchline.errors import BadValue, Missing
from touchline.origin import Origin
from wearables.kept import Sessions
from wearables.model import NS_PER_S, Event, EventKind, Frame, SessionState, Source, Status, Strap
from wearables.record_report import Tally, compare, interruptions, record_report, run_stretches
from wearables.recorder import control
from wearables.recorder.state import is_alive
from wearables.sent import read_sent
from wearables.simulated import Sent

COMMAND = [sys.executable, "-c", "import sys; from touchline.cli import main; sys.exit(main())"]


def begun(home: Path, line: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *line.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "TOUCHLINE_HOME": str(home)},
    )


def ran(home: Path, line: str) -> tuple[int, Any, str]:
    with begun(home, line) as process:
        out, err = process.communicate(timeout=240)
    return process.returncode, json.loads(out), err


def heard(home: Path, session_id: str, strap: int) -> int:
    """How many rates of a strap are kept, over a link."""
    rows = rows_of(home, session_id)
    return sum(isinstance(row, Frame) and row.strap == strap and row.source is Source.HEART_RATE for row in rows)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """Two minutes of six straps whose links break twice each: the folder, what was printed, what was written."""
    home = tmp_path_factory.mktemp("recorded") / "home"
    report = home.parent / "report.json"
    line = f"record --simulate 6 --seconds 120 --speed 20 --drops 2 --report {report} --json --lang en"
    code, printed, err = ran(home, line)
    assert code == 0, err
    return home, printed, json.loads(report.read_text("utf-8"))


def test_the_report_fits_its_schema_and_is_the_one_that_was_written(recorded: Any) -> None:
    _, printed, written = recorded
    jsonschema.validate(printed, schemas()["record_report"], cls=jsonschema.Draft202012Validator)
    assert printed == written
    assert (printed["origin"], printed["state"], printed["speed"]) == ("simulated", "ended", 20.0)
    assert 120 <= printed["seconds"] < 140


def test_the_report_says_what_is_in_the_database_and_what_was_sent(recorded: Any) -> None:
    """Counted here once more, another way."""
    home, report, _ = recorded
    frames = [row for row in rows_of(home, report["session"]) if isinstance(row, Frame)]
    log = read_sent(home / "live" / report["session"] / "sent")
    for strap in report["straps"]:
        mine = [row for row in frames if row.strap == strap["number"] and row.source is Source.HEART_RATE]
        good = [row.data for row in mine if row.status is Status.OK]
        sent = [each.data for each in log if each.address == strap["address"] and each.good]
        assert (strap["sent"], strap["received"]) == (len(sent), len(good))
        assert strap["missing"] == len(set(sent) - set(good)) == 0
        assert strap["unknown"] == len(set(good) - set(sent)) == 0
        assert strap["doubled"] == len(good) - len(set(good))
        first = list(dict.fromkeys(good))
        assert strap["out_of_order"] == sum(data != wanted for data, wanted in zip(first, sent, strict=True)) == 0
        assert strap["sent"] > 60  # about one a second but for the drops
    assert report["frames"]["sent"] == sum(each.good for each in log)
    assert report["frames"]["sent_bad"] == sum(not each.good for each in log) == report["frames"]["refused"]


def test_each_strap_lost_its_link_twice_and_each_gap_has_its_reason(recorded: Any) -> None:
    home, report, _ = recorded
    events = [row for row in rows_of(home, report["session"]) if isinstance(row, Event)]
    for strap in report["straps"]:
        states = [row.detail for row in events if row.kind is EventKind.STATE and row.strap == strap["number"]]
        assert sum(each["state"] == "lost" and each.get("reason") == "link_lost" for each in states) >= 1
        for gap in strap["gaps"]:
            assert gap["seconds"] > 5
            assert gap["reason"]


def test_a_session_that_ended_is_written_as_parquet_by_its_process(recorded: Any) -> None:
    home, report, _ = recorded
    folder = home / "live" / report["session"]
    assert sorted(path.name for path in folder.glob("*.parquet")) == [
        "events.parquet",
        "frames.parquet",
        "marks.parquet",
    ]
    assert not is_alive(home, report["session"])
    assert control.last_words(home, report["session"]) == ""


def test_who_ends_the_command_ends_the_recording_properly_and_is_told(tmp_path: Path) -> None:
    with begun(tmp_path, "record --simulate 3 --speed 10 --drops 0 --json --lang en") as process:
        session = until(lambda: next(iter(control.listed(tmp_path)), None), "a session")
        until(lambda: len(rows_of(tmp_path, session.id)) > 40, "rows")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report = json.loads(out)
    assert (report["state"], report["frames"]["missing"], report["interruptions"]) == ("ended", 0, [])
    assert report["frames"]["received"] > 10
    assert control.status(tmp_path, session.id).state is SessionState.ENDED


def test_a_session_whose_process_fell_is_taken_up_again_with_its_clock(tmp_path: Path) -> None:
    session = made(tmp_path, 2, speed=10.0)
    control.start(tmp_path, session.id, lang="en")
    until(lambda: len(rows_of(tmp_path, session.id)) > 30, "rows")
    with pytest.raises(BadValue, match="recorded already"):
        control.start(tmp_path, session.id)
    with pytest.raises(BadValue, match="recorded already"):
        control.resume(tmp_path, session.id)
    status = until(lambda: s if (s := control.status(tmp_path, session.id)).straps else None, "a status")
    assert status.state is SessionState.RECORDING
    assert status.pid is not None
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: not is_alive(tmp_path, session.id) or None, "its end")
    gone = control.status(tmp_path, session.id)
    assert (gone.state, gone.pid, {strap.state for strap in gone.straps}) == (SessionState.GONE, None, {None})
    fell_ns = max(row.at_ns for row in rows_of(tmp_path, session.id))
    assert [each.state for each in control.listed(tmp_path)] == [SessionState.GONE]
    with pytest.raises(BadValue, match="broke off"):
        control.start(tmp_path, session.id)
    added = Sessions(tmp_path).add_strap(session.id, "51:00:00:00:00:77", "spare")
    with begun(tmp_path, f"record --session {session.id} --json --lang en") as process:
        until(lambda: heard(tmp_path, session.id, added.number) > 10, "frames of the new strap")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    report = json.loads(out)
    (fall,) = report["interruptions"]
    assert fall["kept_until_s"] * NS_PER_S >= fell_ns - NS_PER_S
    assert fall["resumed_s"] > fall["kept_until_s"]
    assert report["straps"][added.number - 1]["received"] > 10
    assert report["frames"]["missing"] <= 2 * 10 + 1  # what was on its way in the last second of the host
    assert report["frames"]["out_of_order"] == 0
    with pytest.raises(BadValue, match="has ended"):
        control.resume(tmp_path, session.id)


def test_straps_that_are_added_while_it_runs_are_heard_and_a_stop_from_elsewhere_ends_it(tmp_path: Path) -> None:
    session = made(tmp_path, 1, speed=10.0)
    control.start(tmp_path, session.id, lang="en")
    until(lambda: len(rows_of(tmp_path, session.id)) > 10, "rows")
    added = Sessions(tmp_path).add_strap(session.id, "51:00:00:00:00:88", "late")

    until(lambda: heard(tmp_path, session.id, added.number) or None, "frames of the new strap")
    assert control.running(tmp_path) == [session.id]
    assert control.stop(tmp_path, session.id).state is SessionState.ENDED
    assert control.stop(tmp_path, session.id).state is SessionState.ENDED
    assert control.running(tmp_path) == []


def test_a_stop_right_after_the_start_is_heard(tmp_path: Path) -> None:
    """The process is not there yet, or has nobody yet to tell."""
    for _ in range(3):
        session = made(tmp_path, 2)
        control.start(tmp_path, session.id, lang="en")
        assert control.stop(tmp_path, session.id).state is SessionState.ENDED
        events = [row for row in rows_of(tmp_path, session.id) if isinstance(row, Event)]
        runs = [row.detail for row in events if row.kind is EventKind.RUN]
        assert [each["reason"] for each in runs] == ["started", "stopped"]


def test_where_there_is_no_bluetooth_looking_for_straps_says_what_to_do(tmp_path: Path) -> None:
    """On a machine with Bluetooth it gives what it hears."""
    if Path("/run/dbus/system_bus_socket").exists():
        pytest.skip("this machine may have Bluetooth")
    with pytest.raises(Missing, match="simulated squad"):
        control.find_straps(tmp_path, 0.5)
    with pytest.raises(BadValue):
        control.find_straps(tmp_path, 0)


def test_while_a_recording_has_the_radio_nobody_else_looks_for_straps(tmp_path: Path) -> None:
    session = Sessions(tmp_path).create("Measured", [Strap(1, "C0:FF:EE:00:00:01")])
    control.start(tmp_path, session.id, lang="en")
    try:
        until(lambda: control.running(tmp_path) or None, "the process")
        with pytest.raises(BadValue, match="has the radio"):
            control.find_straps(tmp_path, 0.5)
        rows = until(lambda: rows_of(tmp_path, session.id) or None, "what it notes")
        if not Path("/run/dbus/system_bus_socket").exists():
            until(lambda: control.status(tmp_path, session.id).no_radio, "word of the radio")
        assert all(isinstance(row, Event) for row in rows)
    finally:
        stopped = control.stop(tmp_path, session.id)
    assert stopped.state is SessionState.ENDED
    report = record_report(tmp_path, session.id)
    assert (report["origin"], report["frames"]["sent"], report["frames"]["missing"]) == (Origin.MEASURED, None, None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("record --simulate 0", "bad_simulation"),
        ("record --simulate 501", "bad_simulation"),
        ("record --simulate 2 --drops 99", "bad_simulation"),
        ("record --simulate 2 --seconds -1", "bad_simulation"),
        ("record --simulate 2 --speed 0", "bad_speed"),
        ("record --session nothing --speed 2", "only_simulated"),
        ("record --session nothing", "no_such_session"),
        ("record --session ../nothing", "no_such_session"),
        ("record --simulate 2 --check", "only_with_roster"),
        ("record --find --seconds 999", "bad_find_seconds"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_begins(
    line: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from touchline.cli import main

    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    assert main([*line.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == code
    assert not (tmp_path / "live").exists() or not list((tmp_path / "live").glob("*/recorder.lock"))


# ------------------------------------------------------------------ arithmetic


def told(serial: int, good: bool = True) -> Sent:
    return Sent("a", serial, serial * NS_PER_S, b"%d" % serial if good else b"x", good)


def test_frames_are_compared_one_by_one() -> None:
    sent = [told(1), told(2), told(3), told(4, good=False), told(5), told(6)]
    kept = [b"1", b"3", b"2", b"2", b"6", b"9"]
    found = compare(sent, kept)
    assert (found.missing, found.doubled, found.out_of_order, found.unknown) == (1, 1, 1, 1)


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), unique=True), st.data())
def test_whatever_is_lost_doubled_and_moved_is_counted(serials: list[int], data: st.DataObject) -> None:
    sent = [told(serial) for serial in sorted(serials)]
    lost = data.draw(st.sets(st.sampled_from(sorted(serials)))) if serials else set()
    through = [serial for serial in sorted(serials) if serial not in lost]
    again = data.draw(st.lists(st.sampled_from(through))) if through else []
    found = compare(sent, [b"%d" % serial for serial in [*through, *again]])
    assert (found.missing, found.doubled, found.out_of_order, found.unknown) == (len(lost), len(again), 0, 0)
    turned = compare(sent, [b"%d" % serial for serial in reversed(through)])
    assert (turned.out_of_order, turned.missing) == (max(0, len(through) - 1), len(lost))


def event(kind: EventKind, at_s: float, strap: int | None = None, **detail: Any) -> Event:
    return Event(kind, round(at_s * NS_PER_S), 0, strap, detail)


def test_gaps_are_stretches_of_more_than_five_seconds_with_a_reason() -> None:
    tally = Tally(Strap(1, "a"))
    for at_s in (1, 2, 3, 8, 20, 21, 40, 44.9, 49.8):
        tally.take(Frame(1, round(at_s * NS_PER_S), 0, Source.HEART_RATE, b"", bpm=60))
    tally.take(Frame(1, 15 * NS_PER_S, 0, Source.HEART_RATE, b"", Status.REFUSED))
    tally.events += [
        event(EventKind.STATE, 0, 1, state="scanning"),
        event(EventKind.STATE, 1, 1, state="live"),
        event(EventKind.STATE, 9, 1, state="lost", reason="link_lost"),
        event(EventKind.STATE, 20, 1, state="live"),
    ]
    runs = [
        event(EventKind.RUN, 0, running=True),
        event(EventKind.RUN, 22, running=False, reason="gone", kept_until_ns=21 * NS_PER_S),
        event(EventKind.RUN, 39, running=True),
        event(EventKind.RUN, 60, running=False, reason="stopped"),
    ]
    stretches = run_stretches(runs, 0)
    assert stretches == [(0, 22 * NS_PER_S), (39 * NS_PER_S, 60 * NS_PER_S)]
    gaps = tally.gaps(stretches, [event(EventKind.RADIO, 55, up=False)])
    assert [(gap["from_s"], gap["to_s"], gap["reason"]) for gap in gaps] == [
        (8.0, 20.0, "link_lost"),
        (21.0, 40.0, "not_recorded"),
        (49.8, 60.0, "radio_down"),
    ]
    (fall,) = interruptions(runs)
    assert (fall["kept_until_s"], fall["alive_s"], fall["resumed_s"]) == (21.0, 22.0, 39.0)


def test_where_all_straps_were_silent_together_it_was_not_the_strap() -> None:
    tally = Tally(Strap(1, "a"))
    for at_s in (1, 2, 12, 13, 20):
        tally.take(Frame(1, at_s * NS_PER_S, 0, Source.HEART_RATE, b"", bpm=60))
    heard = [at_s * NS_PER_S for at_s in (1, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)]
    stretches = [(0, 20 * NS_PER_S)]
    assert [gap["reason"] for gap in tally.gaps(stretches, [], heard)] == ["all_silent", "silent"]
    assert [gap["reason"] for gap in tally.gaps(stretches, [])] == ["silent", "silent"]


def test_a_strap_that_was_never_heard_has_one_gap_of_the_whole_session() -> None:
    tally = Tally(Strap(1, "a"))
    tally.events.append(event(EventKind.STATE, 0, 1, state="scanning"))
    (gap,) = tally.gaps([(0, 30 * NS_PER_S)], [])
    assert (gap["seconds"], gap["reason"]) == (30.0, "scanning")
    assert tally.document(None, [gap])["sent"] is None


def test_a_packet_with_half_an_interval_counts_and_its_fault_too() -> None:
    tally = Tally(Strap(1, "a"))
    for data in (b"\x10\x3c\x00\x04", b"\x10\x3c\x00\x04\x00", b"\x00\x3c"):
        tally.take(Frame(1, 0, 0, Source.HEART_RATE, data, bpm=60))
    told = tally.document(None, [])
    assert (told["received"], told["partial_rr"], told["refused"]) == (3, 1, 0)


def test_a_gap_in_which_the_host_slept_says_so() -> None:
    tally = Tally(Strap(1, "a"))
    for at_s in (1, 601):
        tally.take(Frame(1, at_s * NS_PER_S, 0, Source.HEART_RATE, b"", bpm=60))
    woke = event(EventKind.RUN, 600, running=True, reason="slept", slept_ns=599 * NS_PER_S)
    (gap,) = tally.gaps([(0, 602 * NS_PER_S)], [woke])
    assert (gap["seconds"], gap["reason"]) == (600.0, "slept")
