"""One person across packages: a live session becomes training, and erasing takes all of it while a match's ledger
holds."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from athletes.archive import Archive as Training
from athletes.model import Athlete
from athletes.people.consent import Consents
from athletes.people.erasing import erase
from athletes.people.exporting import export_person
from athletes.people.standing import Scope
from touchline.backup import back_up
from touchline.errors import BadValue
from touchline.i18n import t
from touchline.ledger import ledger_path
from touchline.ledger.checking import check
from touchline.origin import Origin
from touchline.presence import alone
from touchline.rights import NotAllowed, Person, Role
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.model import AttackDirection, Clip, Match, Outcome, Setup
from wearables.export import read_export, write_export
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement, encode
from wearables.handover import hand_over, worn_sessions
from wearables.kept import Sessions, keep_rows
from wearables.model import NS_PER_S, Event, Frame, MarkKind, Profile, SessionState, Source, Strap
from wearables.recorder.journal import MAGIC
from wearables.recorder.journal import encode as record
from wearables.recorder.state import journal_path, lock_path
from wearables.tie import by_hand
from wearables.tied import moment

NAME = "Nguyễn Thị Ánh Dương"
AN, BINH = Profile("a1b2c3d4e5f6", NAME, "U19", 196.5, sex="female"), Profile("0f1e2d3c4b5a", "Trần Bình", "U19")
STRAPS = (Strap(1, "C0:FF:EE:00:00:01", "07"), Strap(2, "C0:FF:EE:00:00:02"))
RR_1024 = (511, 513)
"""Beats of strap 1, which nobody else's have."""


def frame(strap: int, second: int, zero_us: int, seq: int) -> Frame:
    """A second of a strap; strap 1 has no contact at 30 s, and is not heard from 40 s to 49 s."""
    contact = Contact.NOT_DETECTED if (strap, second) == (1, 30) else Contact.DETECTED
    told = HeartRateMeasurement(100 + second if strap == 1 else 90, contact, rr_1024=RR_1024 if strap == 1 else (1024,))
    at_ns = second * NS_PER_S
    return Frame(strap, at_ns, zero_us + second * 10**6, Source.HEART_RATE, encode(told), bpm=told.rate_bpm, seq=seq)


def live(home: Path, state: SessionState = SessionState.ENDED) -> str:
    """A session of two athletes who swap their straps after a minute, with phases and a note, in database and
    journal."""
    sessions = Sessions(home)
    made = sessions.create("Buổi sáng", STRAPS, (AN, BINH), {1: AN.athlete_id, 2: BINH.athlete_id})
    seconds = [second for second in range(5, 121) if not 40 <= second < 50]
    rows: list[Frame | Event] = [
        frame(strap, second, made.zero_utc_us, 1 + 2 * k + strap)
        for k, second in enumerate(seconds)
        for strap in (1, 2)
    ]
    journal = journal_path(home, made.id)
    journal.parent.mkdir(parents=True)
    journal.write_bytes(MAGIC + b"".join(record(row) for row in rows))
    with sessions.store.write() as connection:
        keep_rows(connection, made.id, rows)
        connection.execute(
            "UPDATE wear_session SET state = ?, journal_done = ? WHERE id = ?",
            (state.value, journal.stat().st_size, made.id),
        )
    for strap, who in ((1, BINH), (2, AN)):
        sessions.mark(made.id, MarkKind.ASSIGN, 60 * NS_PER_S, {"strap": strap, "athlete_id": who.athlete_id})
    sessions.mark(made.id, MarkKind.PHASE, 0, {"phase": "warm_up"})
    sessions.mark(made.id, MarkKind.PHASE, 20 * NS_PER_S, {"phase": "drill", "text": "Chạy 4×4"})
    sessions.mark(made.id, MarkKind.NOTE, 30 * NS_PER_S, {"text": f"{NAME} đau gối", "athlete_id": AN.athlete_id})
    return made.id


def enrolled(home: Path) -> Training:
    training = Training(home)
    for profile in (AN, BINH):
        training.save_athlete(Athlete(profile.athlete_id, profile.name))
    return training


@pytest.mark.usefixtures("database")
def test_an_ended_session_becomes_one_training_session_an_athlete_once(tmp_path: Path) -> None:
    session_id, training = live(tmp_path), enrolled(tmp_path)
    first, again = hand_over(tmp_path, session_id), hand_over(tmp_path, session_id)
    assert [one.already_there for one in (*first, *again)] == [False, False, True, True]
    assert {one.athlete_id for one in first} == {AN.athlete_id, BINH.athlete_id}
    (entry,) = training.entries(AN.athlete_id)
    kept = training.session(entry.id)
    recording = kept.recording
    assert (kept.name, kept.origin, recording.kind, recording.device) == (
        "Buổi sáng",
        Origin.MEASURED,
        "live",
        "07, C0:FF:EE:00:00:02",
    )
    assert recording.start is not None
    zero_us = Sessions(tmp_path).session(session_id).zero_utc_us
    assert round(recording.start.timestamp() * 1e6) == zero_us + 5_000_000  # An's first second
    pulse = recording.heart_rate
    assert pulse is not None
    assert (pulse.ticks[0], pulse.ticks[-1], pulse.values[0], pulse.values[-1]) == (0, 115_000, 105.0, 90.0)
    assert np.flatnonzero(np.isnan(pulse.values)).tolist() == [25]  # no contact is no rate
    rr, ends = recording.rr_ms, recording.rr_end_s
    assert rr is not None
    assert ends is not None
    assert rr[:2].tolist() == pytest.approx([1000 * one / 1024 for one in RR_1024])
    assert ends[1] == pytest.approx(0.0, abs=1e-6)  # the last interval of a frame ends when it arrives
    breaks = np.flatnonzero(np.diff(ends) > rr[1:] / 1000 + 5.0)
    assert len(breaks) == 1  # ten seconds that nobody heard
    laps = [(lap.from_s, lap.to_s, lap.name) for lap in recording.laps]
    assert laps == [(0.0, 15.0, "warm_up"), (15.0, 115.0, "Chạy 4×4")]


def test_who_is_unknown_is_refused_until_they_are_taken_in_and_who_said_no_stays_out(tmp_path: Path) -> None:
    session_id = live(tmp_path)
    refused = hand_over(tmp_path, session_id)
    assert [one.refusal and one.refusal.name for one in refused] == ["no_such_athlete"] * 2
    training = enrolled(tmp_path)
    consents = Consents(training)
    consents.withdraw(AN.athlete_id, [Scope.HEALTH], date(2026, 5, 3))
    done = {one.athlete_id: one for one in hand_over(tmp_path, session_id)}
    assert done[AN.athlete_id].refusal is not None
    assert done[AN.athlete_id].refusal.name == "consent_withdrawn"
    assert done[BINH.athlete_id].session_id is not None
    again = live(tmp_path / "new")
    taken = hand_over(tmp_path / "new", again, enrol=True)
    assert all(one.session_id for one in taken)
    assert {one.name for one in Training(tmp_path / "new").athletes()} == {NAME, "Trần Bình"}
    with pytest.raises(NotAllowed):
        hand_over(tmp_path, session_id, person=Person("p", "Minh", frozenset({Role.ANALYST})))
    running = live(tmp_path / "running", SessionState.RECORDING)
    with pytest.raises(BadValue):
        worn_sessions(tmp_path / "running", running)


def match_beside(home: Path, session_id: str) -> Archive:
    """A match whose clock is tied to a live session, reviewed and decided."""
    archive = Archive(home)
    picture = home / "cam1"
    clip = Clip(
        "cam1",
        "Giữa sân",
        picture.with_suffix(".mp4"),
        picture.with_suffix(".proxy.mp4"),
        "ab" * 32,
        (640, 360),
        Timebase(Fraction(1, 25)),
        range(25 * 180),
        ClockMap(sigma_s=0.0),
        Origin.MEASURED,
    )
    made = Match("huedn", "Huế – Đà Nẵng", Origin.MEASURED, utc_now(), Setup(), (clip,))
    archive.add_match(made)
    sessions = Sessions(home)
    sessions.mark(session_id, MarkKind.TIE, 0, by_hand("huedn", Fraction(0), 0, Fraction(1), 0.5).detail(), by="Lan")
    found = moment(sessions, session_id, 25 * NS_PER_S)
    assert any(reading.bpm == 125 for reading in found.readings)  # the screen beside the incident shows An's heart rate
    incident = archive.add_incident("huedn", at_s=Fraction(25), attack=AttackDirection.RIGHT)
    archive.decide(incident.id, Outcome.ONSIDE.value, by="Lan")
    return archive


def test_erasing_takes_a_person_from_every_file_and_a_matchs_ledger_holds(tmp_path: Path) -> None:
    home = tmp_path / "home"
    session_id, training = live(home), enrolled(home)
    write_export(home, session_id)
    write_export(home, session_id, plain=home / "live" / session_id / "old")
    shutil.rmtree(home / "live" / session_id / "old")
    hand_over(home, session_id)
    match_beside(home, session_id)
    ledger = ledger_path(home, "huedn")
    before = ledger.read_bytes()
    assert check(ledger).first_break is None
    for trace in (NAME, AN.athlete_id, session_id, "bpm"):  # nothing of a heart or an athlete goes into a ledger
        assert trace.encode() not in before
    packets = [bytes(encode(HeartRateMeasurement(100 + s, Contact.DETECTED, rr_1024=RR_1024))) for s in (5, 20, 59)]
    of_binh = read_export(home, session_id).filter(_of(BINH)).num_rows

    def left() -> list[bytes]:
        data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        wanted = [NAME.encode(), *packets, *(packet.hex().encode() for packet in packets)]
        return [one for one in wanted if one in data]

    assert len(left()) == 7  # the name; each packet in the database, and in the journal
    export_person(training, AN.athlete_id, tmp_path / "an.zip")
    with zipfile.ZipFile(tmp_path / "an.zip") as bag:
        told = json.loads(bag.read(f"live/{session_id}/session.json"))
        assert (told["hr_max_bpm"], told["notes"][0]["text"]) == (196.5, f"{NAME} đau gối")
        assert len(bag.read(f"live/{session_id}/packets.csv").splitlines()) == 1 + 106
    done = erase(training, AN.athlete_id)
    assert done.clean
    assert (done.counts["wear_frame"], done.counts["wear_person"], done.counts["session"]) == (106, 1, 1)
    assert left() == []
    assert done.named == ()
    assert ledger.read_bytes() == before
    assert check(ledger).first_break is None
    profiles = Sessions(home).profiles(session_id)
    assert [profile.name for profile in profiles] == ["Trần Bình"]
    table = read_export(home, session_id)
    assert table.num_rows == table.filter(_of(BINH)).num_rows == of_binh
    assert len(training.entries(BINH.athlete_id)) == 1
    assert hand_over(home, session_id)[0].already_there


def _of(profile: Profile) -> Any:
    return pc.field("athlete_id") == profile.athlete_id


def test_nobody_is_erased_while_their_strap_is_recorded(tmp_path: Path) -> None:
    session_id, training = live(tmp_path, SessionState.RECORDING), enrolled(tmp_path)
    with alone(lock_path(tmp_path, session_id), 1.0) as free:
        assert free
        with pytest.raises(BadValue, match="Buổi sáng"):
            erase(training, AN.athlete_id)
    assert len(training.athletes()) == 2


def test_a_backup_without_keys_says_that_health_data_do_not_open(tmp_path: Path) -> None:
    home = tmp_path / "home"
    enrolled(home)
    back_up(home, tmp_path / "out", keys=False)
    assert not list((tmp_path / "out").rglob("health.key"))
    assert "health data" in t("touchline.backup.secret_without_keys", "en")
    assert "sức khỏe" in t("touchline.backup.secret_without_keys", "vi")
