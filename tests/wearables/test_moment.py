"""An instant of a session: who had which heart rate, by the strap that each wore then; a gap has its reason."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from moment_home import AN, BINH, CHI, STRAPS, frame, keep_match, keep_session, known_rows, ns, numbered, state

from touchline.cli import main
from touchline.commands import schemas
from touchline.origin import Origin
from touchline.rights import NotAllowed, Person, Role
from wearables.gatt.heart_rate import Contact
from wearables.kept import Sessions
from wearables.model import (
    Event,
    Frame,
    LiveSession,
    Mark,
    MarkKind,
    Profile,
    SessionState,
    Source,
    Status,
    StrapState,
)
from wearables.moment import Reading, Reason, heard, readings, zone_of
from wearables.tie import by_hand
from wearables.tied import heard_at, keep_tie, moment

SESSION = LiveSession("s", "S", Origin.SIMULATED, 0, 1.0, SessionState.ENDED)
GIVEN = [Mark(k, MarkKind.ASSIGN, 0, 0, "", {"strap": k, "athlete_id": who}) for k, who in enumerate("abc", start=1)]


def one(rows: list[Frame | Event], at_s: float, marks: list[Mark] = GIVEN[:1], **of: object) -> Reading:
    """What is known of the athlete ``a`` at an instant."""
    profile = replace(AN, athlete_id="a")
    found = heard(numbered(rows), ns(at_s))
    (reading,) = readings(SESSION, STRAPS, [profile], marks, found, at_ns=ns(at_s), until_ns=ns(200))
    return reading


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("moment")
    return home, keep_session(home).id


def values(kept: tuple[Path, str], at_s: float) -> list[tuple[int | None, float | None, Reason | None]]:
    """Rate, age and reason of An, Bình and Chi."""
    found = moment(Sessions(kept[0]), kept[1], ns(at_s))
    by_name = {reading.athlete.athlete_id: reading for reading in found.readings}
    return [(by_name[who].bpm, by_name[who].age_s, by_name[who].reason) for who in ("an", "binh", "chi")]


def test_the_newest_rate_counts_with_its_age(kept: tuple[Path, str]) -> None:
    assert values(kept, 7.25) == [(107, 0.25, None), (193, 0.25, None), (90, 0.25, None)]


def test_a_rate_stands_for_five_seconds_and_not_longer(kept: tuple[Path, str]) -> None:
    assert values(kept, 15)[2] == (90, 5.0, None)
    assert values(kept, 15.000000001)[2] == (None, 5.000000001, Reason.SILENT)
    assert values(kept, 54)[1] == (151, 5.0, None)
    assert values(kept, 59)[1] == (None, 10.0, Reason.SILENT)


def test_a_swap_moves_nobodys_heart_rate_to_another(kept: tuple[Path, str]) -> None:
    assert values(kept, 59.5)[0] == (159, 0.5, None)
    # At 60 s strap 1 went to Bình; strap 2, now An's, is silent: An's last second on strap 1 is still An's.
    assert values(kept, 60.5)[:2] == [(159, 1.5, None), (160, 0.5, None)]
    # What strap 2 sent last was Bình's, and is no age of An's.
    assert values(kept, 70)[:2] == [(None, None, Reason.NEVER), (170, 0.0, None)]
    assert values(kept, 90)[:2] == [(110, 0.0, None), (190, 0.0, None)]


def test_no_contact_is_no_old_rate_though_one_is_five_seconds_young(kept: tuple[Path, str]) -> None:
    assert values(kept, 99.9)[0] == (101, pytest.approx(0.9), None)
    assert values(kept, 100.1)[0] == (None, pytest.approx(1.1), Reason.NO_CONTACT)
    assert values(kept, 119)[0] == (None, 20.0, Reason.NO_CONTACT)


def test_before_and_after_a_session_nothing_is_known(kept: tuple[Path, str]) -> None:
    assert values(kept, -0.001) == values(kept, 120.001) == [(None, None, Reason.OUTSIDE)] * 3
    assert values(kept, 120)[1] == (220, 0.0, None)


def test_what_is_read_of_the_store_is_what_rows_say(kept: tuple[Path, str]) -> None:
    sessions = Sessions(kept[0])
    for at_s in (0, 12.5, 60, 82, 120):
        assert heard_at(sessions, kept[1], ns(at_s)) == heard(known_rows(), ns(at_s))


def test_zones_are_those_of_the_athlete_and_a_bound_is_the_upper_ones() -> None:
    assert [zone_of(bpm, AN) for bpm in (99, 100, 119, 120, 140, 160, 180, 240)] == [0, 1, 1, 2, 3, 4, 5, 5]
    assert zone_of(111, BINH) == 2
    assert zone_of(150, CHI) is None
    assert zone_of(111, replace(BINH, floors_bpm=tuple(0.1 * k * 185 for k in range(5, 10)))) == 2  # type: ignore[arg-type]


def test_why_there_is_none() -> None:
    assert one([], 3).reason is Reason.NEVER
    assert one([], 3, []).reason is Reason.NOT_WORN
    off = [*GIVEN[:1], Mark(9, MarkKind.ASSIGN, ns(10), 0, "", {"strap": 1, "athlete_id": None})]
    assert one([frame(1, 9, 100)], 12, off).bpm == 100  # while it was worn
    assert one([frame(1, 9, 100), frame(1, 11, 60)], 12, off).bpm == 100
    assert one([frame(1, 9, 100), frame(1, 11, 60)], 20, off).reason is Reason.NOT_WORN


def test_what_does_not_count_is_not_shown() -> None:
    doubled = replace(frame(1, 2, 150), status=Status.DOUBLED)
    refused = replace(frame(1, 3, 160), status=Status.REFUSED)
    battery = Frame(1, ns(4), 0, Source.BATTERY, b"\x32")
    assert one([frame(1, 1, 100), doubled, refused, battery], 5).bpm == 100
    assert one([frame(1, 1, 100), frame(1, 6, 140)], 5).bpm == 100  # of the future nothing is known


def test_a_rate_that_a_strap_repeats_without_contact_is_none() -> None:
    reading = one([frame(1, 1, 100), frame(1, 2, 100, Contact.NOT_DETECTED)], 2)
    assert (reading.bpm, reading.reason, reading.age_s) == (None, Reason.NO_CONTACT, 1.0)


def test_contact_of_a_broadcast_is_what_the_recorder_says() -> None:
    heard_rate = Frame(1, ns(3), 0, Source.POLAR, b"", bpm=120)
    lost = state(1, 2, StrapState.NO_CONTACT)
    assert one([heard_rate], 3).bpm == 120
    assert one([lost, heard_rate], 3).reason is Reason.NO_CONTACT
    assert one([lost, heard_rate, state(1, 2.5, StrapState.BROADCAST_ONLY)], 3).bpm == 120
    back = one([lost, frame(1, 3, 120)], 3)  # a notification says itself whether it has contact
    assert (back.bpm, back.state) == (120, StrapState.NO_CONTACT)


def test_where_it_comes_from_goes_along() -> None:
    reading = one([frame(1, 1, 100)], 1)
    assert (reading.origin, reading.source, reading.strap) == (Origin.SIMULATED, Source.HEART_RATE, STRAPS[0])
    assert reading.document()["origin"] == "simulated"


def test_only_who_sees_training_sees_a_moment(kept: tuple[Path, str]) -> None:
    for role in (Role.REFEREE, Role.OPERATOR, Role.ORGANISER, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            moment(Sessions(kept[0], Person("p", "P", frozenset({role}))), kept[1], 0)
    assert moment(Sessions(kept[0], Person("p", "P", frozenset({Role.ANALYST}))), kept[1], 0).readings


# ------------------------------------------------------------------ the command


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["moment", *words, "--json", "--lang", "en"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    if "code" not in document:
        jsonschema.validate(document, schemas()["moment"])
    return document


def test_the_command_goes_both_ways(
    kept: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    home, session = tmp_path, keep_session(tmp_path).id
    monkeypatch.setenv("TOUCHLINE_HOME", str(home))
    keep_match(home)
    told = asked(capsys, session, "--at", "1:30,5")
    assert (told["at_s"], told["match"], told["ties"]) == ("181/2", None, [])
    assert asked(capsys, session)["at_s"] == "120"
    assert asked(capsys, session, "--match", "m")["code"] == "not_tied"
    assert asked(capsys, session, "--match-time", "3")["code"] == "match_time_of_what"
    assert asked(capsys, session, "--match", "none")["code"] == "no_such_match_clock"
    assert asked(capsys, session, "--at", "soon")["code"] == "bad_clock_reading"
    assert asked(capsys, "nothing")["code"] == "no_such_session"
    keep_tie(Sessions(home), session, by_hand("m", Fraction(1, 3), ns(90), Fraction(1), 0.5))
    there = asked(capsys, session, "--match", "m", "--match-time", "4/3")
    assert there["at_s"] == "91"
    back = asked(capsys, session, "--match", "m", "--at", "91")
    assert back["readings"] == there["readings"]
    match = back["match"]
    assert isinstance(match, dict)
    assert (match["match_s"], match["tie"]["sigma_s"], match["covered"]) == ("4/3", 0.5, True)


@pytest.mark.parametrize(("lang", "words"), [("vi", "0,5 giây trước đó"), ("en", "0.5 s old")])
def test_the_command_speaks_both_languages(
    lang: str,
    words: str,
    kept: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(kept[0]))
    assert main(["moment", kept[1], "--at", "7.5", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert words in said
    assert "wearables." not in said


def test_a_session_without_athletes_says_so(tmp_path: Path) -> None:
    empty: tuple[Profile, ...] = ()
    assert moment(Sessions(tmp_path), keep_session(tmp_path, profiles=empty).id, 0).readings == ()
