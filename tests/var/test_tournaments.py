"""Tournaments: every fault at once, each state to be told and brought back, matches in one at most, set-ups filled."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_bookmarks import clip

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.ledger import ledger_path
from touchline.origin import Origin
from touchline.store import utc_now
from var.archive import Archive
from var.match_store import MIGRATIONS, MatchStore
from var.model import Match, ReviewRules, Setup, Team
from var.tournaments.document import from_document, to_document
from var.tournaments.faults import BadTournament, one_line, where
from var.tournaments.filling import fill_matches, filled
from var.tournaments.kept import Kept, Tournaments
from var.tournaments.model import Fixture, Official, TeamEntry, Tournament

pytestmark = pytest.mark.usefixtures("database")

HUE = TeamEntry("Huế", "HUE", "#7b2cbf", "#111111", ("1 Lê A", "10 Trần B"), ("HLV Hồ C",))
DNG = TeamEntry("SHB Đà Nẵng", "DNG", "#f77f00")
LE_A = Official("Lê A", "referee", "FIFA", "Huế")
HARSH = ["🏆🏆🏆", "'; DROP TABLE match; --", "<script>alert(1)</script>", "=1+1", "NULL", "../../etc", "%s {0} {x}"]


def put(archive: MatchStore, match_id: str, home: str = "", away: str = "", **setup: Any) -> Match:
    """A match without pictures behind it."""
    kept = Setup(home=Team(home), away=Team(away), **setup)
    match = Match(
        match_id, f"{home or match_id} – {away}", Origin.MEASURED, utc_now(), kept, (clip("cam1", Fraction(0)),)
    )
    archive.add_match(match)
    return match


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all: each test makes tournaments and matches of names of its own."""
    folder = tmp_path_factory.mktemp("tournaments")
    Archive(folder)
    return folder


@pytest.fixture
def held(home: Path) -> Tournaments:
    return Tournaments(Archive(home))


def matches_of(held: Tournaments, *names: str) -> list[str]:
    for name in names:
        put(held.matches, name)
    return list(names)


# ------------------------------------------------------------------ values and documents

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
words = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters=TURNING), max_size=30)
names = words.filter(lambda text: bool(one_line(text)))
lines = st.lists(words, max_size=2).map(tuple)
colours = st.just("") | st.from_regex("#[0-9a-f]{6}", fullmatch=True)
days = st.just("") | st.dates().map(lambda day: day.isoformat())
teams = st.builds(TeamEntry, names, st.just(""), colours, colours, lines, lines)
officials = st.builds(Official, names, words, words, words)
fixtures = st.builds(
    Fixture,
    st.uuids().map(str),
    st.none() | st.uuids().map(str),
    stage=words,
    round=words,
    number=words,
    date=days,
    kick_off=st.just("") | st.times().map(lambda time: f"{time:%H:%M}"),
    venue=words,
    home=names,
    officials=st.lists(st.tuples(words, names), max_size=2).map(tuple),
    planned=st.booleans(),
)


def key(*names: str) -> str:
    return one_line(" ".join(one_line(name) for name in names)).casefold()


tournaments = st.builds(
    Tournament,
    st.just("t"),
    names,
    season=words,
    starts=days,
    venues=lines,
    host=words,
    note=words,
    sport=words,
    teams=st.lists(teams, max_size=3, unique_by=lambda team: key(team.name)).map(tuple),
    officials=st.lists(officials, max_size=3, unique_by=lambda who: key(who.name, who.role)).map(tuple),
    fixtures=st.lists(fixtures, max_size=3).map(tuple),
    review=st.none() | st.builds(ReviewRules, names.map(one_line), names.map(one_line), lines),
)


@given(tournaments)
def test_a_document_gives_the_same_tournament_back(tournament: Tournament) -> None:
    assert from_document(to_document(tournament)) == tournament


def test_every_fault_is_named_at_once_with_its_place() -> None:
    bad = {
        "name": "x" * 1000,
        "starts": "2026-13-01",
        "sport": 5,
        "teams": [
            {"name": ""},
            {"name": "Huế", "colour": "red"},
            {"name": "Vinh", "lineup": ["1 A", 7]},
            {"name": "Hà Nội"},
            {"name": "hà  nội"},
        ],
        "officials": [{"name": "An\u202e"}],
        "fixtures": [{"id": "f", "home": "Huế", "away": "huế", "kick_off": "25:00"}, 3],
        "colour": "#ffffff",
    }
    with pytest.raises(BadTournament) as raised:
        from_document(bad)
    found = {fault.path: fault.kind for fault in raised.value.faults}
    assert found == {
        "$.name": "too_long",
        "$.id": "empty",
        "$.starts": "day",
        "$.sport": "text",
        "$.teams[0].name": "empty",
        "$.teams[1].colour": "colour",
        "$.teams[2].lineup[1]": "text",
        "$.teams[4].name": "twice",
        "$.officials[0].name": "hidden",
        "$.fixtures[0].away": "itself",
        "$.fixtures[0].kick_off": "time",
        "$.fixtures[1]": "object",
        "$.colour": "unknown",
    }
    twice = next(fault for fault in raised.value.faults if fault.kind == "twice")
    assert twice.params["first"] == 4
    for lang in ("vi", "en"):
        said = raised.value.document(lang)
        assert len(said["faults"]) == len(raised.value.faults)
        assert ".fault." not in str(said)
    assert where("$.teams[3].colour", "vi") == "đội 4, màu áo"
    assert where("$", "en") == "the tournament"


@pytest.mark.parametrize("name", HARSH)
def test_any_name_is_kept_as_it_was_typed(name: str, held: Tournaments) -> None:
    kept = held.new(name, teams=(TeamEntry(name),), officials=(Official(name),), venues=(name,))
    assert kept.tournament.name == held.find(kept.id).tournament.teams[0].name == name
    assert kept.id.replace("-", "").isalnum()
    assert held.matches.store.row("SELECT COUNT(*) AS n FROM match") is not None


def test_a_fault_keeps_nothing(held: Tournaments) -> None:
    before = len(held.all())
    for details in ({"name": ""}, {"name": "x" * 1000}, {"name": "a", "starts": "1.1.2026"}, {"name": "b\x00"}):
        with pytest.raises(BadTournament):
            held.new(**details)  # type: ignore[arg-type]
    held.new("Cúp Hoa Lư", season="2026")
    with pytest.raises(BadTournament) as raised:
        held.new("cúp  hoa lư", season="2026")
    assert raised.value.faults[0].kind == "twin"
    assert held.new("Cúp Hoa Lư", season="2027").id.startswith("cup-hoa-lu-")
    assert len(held.all()) == before + 2


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (ReviewRules("curling", "var"), "$.review.pack"),
        (ReviewRules("football", "tennis"), "$.review.format"),
        (ReviewRules("football", "var", ("x",)), "$.review.options[0]"),
    ],
)
def test_rules_that_are_not_at_hand_are_refused(rules: ReviewRules, path: str, held: Tournaments) -> None:
    with pytest.raises(BadTournament) as raised:
        held.new("Luật", review=rules)
    assert [fault.path for fault in raised.value.faults] == [path]
    if not [kept for kept in held.all() if kept.id == "luat-1"]:
        held.new("Luật 1", review=ReviewRules("football", "var"))
    with pytest.raises(BadTournament):
        held.save(replace(held.find("luat-1").tournament, review=rules))
    assert held.find("luat-1").tournament.review == ReviewRules("football", "var")


# ------------------------------------------------------------------ matches in and out


def test_a_match_is_in_one_tournament_and_its_ledger_hears_of_it(held: Tournaments) -> None:
    one, two = held.new("Một"), held.new("Hai")
    matches_of(held, "one-1", "one-2")
    held.add(one.id, ["one-1", "one-2"], by="An", placing={"round": "1"})
    assert {f.match_id: f.round for f in held.find(one.id).tournament.fixtures} == {"one-1": "1", "one-2": "1"}
    with pytest.raises(BadValue, match=r"Một|one") as raised:
        held.add(two.id, ["one-1"])
    assert raised.value.name == "match_elsewhere"
    assert held.find(two.id).tournament.fixtures == ()
    held.add(two.id, ["one-1"], move=True)
    found = held.of_match("one-1"), held.find(one.id)
    assert found[0] is not None
    assert (found[0].id, found[1].tournament.matches, found[1].version.kind) == (two.id, ("one-2",), "moved")
    held.remove(two.id, "one-1")
    assert held.of_match("one-1") is None
    told = ledger_path(held.matches.home, "one-1").read_text("utf-8").splitlines()
    lines = [line for line in told if '"kind":"tournament"' in line]
    assert [f'"tournament":"{name}"' in line for name, line in zip(("mot", "mot", "hai", "hai"), lines, strict=True)]
    assert ['"came":true' in line for line in lines] == [True, False, True, False]
    with pytest.raises(NotFound):
        held.remove(two.id, "one-1")


@pytest.mark.parametrize(
    ("matches", "code"),
    [
        (["nowhere"], "no_such_match"),
        (["in-1", "nowhere"], "no_such_match"),
        (["away-1"], "match_put_away"),
        (["in-1", "in-1"], "matches_named_twice"),
    ],
)
def test_a_match_that_cannot_come_in_keeps_all_of_them_out(matches: list[str], code: str, held: Tournaments) -> None:
    if not held.matches.known("in-1"):
        matches_of(held, "in-1", "away-1")
        held.matches.delete_match("away-1")
        held.new("Trọn", season="gói")
    with pytest.raises(TouchlineError) as raised:
        held.add("tron", matches)
    assert raised.value.name == code
    assert held.find("tron").tournament.matches == ()
    assert held.of_match("in-1") is None


def test_a_match_takes_the_planned_fixture_of_its_teams(held: Tournaments) -> None:
    kept = held.new("Lịch", teams=(HUE, DNG))
    planned = Fixture("f-1", round="3", home="HUE", away="dng", date="2026-11-29")
    kept = held.plan(kept.id, [planned, replace(planned, id="f-2", home="DNG", away="HUE")])
    put(held.matches, "plan-1", "Huế", "SHB Đà Nẵng")
    kept = held.add(kept.id, ["plan-1"])
    assert kept.tournament.fixture_of("plan-1").id == "f-1"
    matches_of(held, "plan-2")
    with pytest.raises(BadValue, match="plan-1"):
        held.add(kept.id, ["plan-2"], fixture_id="f-1")
    kept = held.add(kept.id, ["plan-1"], fixture_id="f-2")  # it was the other one
    assert [(f.id, f.match_id) for f in kept.tournament.fixtures] == [("f-1", None), ("f-2", "plan-1")]
    with pytest.raises(BadValue):
        held.drop(kept.id, "f-2")
    kept = held.remove(kept.id, "plan-1")
    assert [(f.id, f.match_id) for f in kept.tournament.fixtures] == [("f-1", None), ("f-2", None)]
    assert len(held.drop(kept.id, "f-2").tournament.fixtures) == 1


def test_what_becomes_of_a_match_is_told_by_its_fixture(held: Tournaments) -> None:
    kept = held.new("Bền")
    matches_of(held, "stay-1", "gone-1")
    held.add(kept.id, ["stay-1", "gone-1"])
    held.matches.delete_match("stay-1")
    assert set(held.find(kept.id).tournament.matches) == {"stay-1", "gone-1"}  # it can come back
    held.matches.purge_match("gone-1")
    found = held.find(kept.id).tournament
    assert found.matches == ("stay-1",)
    assert [f.name for f in found.fixtures if f.match_id is None] == ["gone-1 –"]
    put(held.matches, "gone-1")  # another match of the same name is not this one
    assert held.of_match("gone-1") is None
    assert held.find(kept.id).tournament.matches == ("stay-1",)
    held.matches.restore_match("stay-1")
    assert held.find(kept.id).tournament.matches == ("stay-1",)


# ------------------------------------------------------------------ versions


def test_every_state_can_be_told_and_brought_back(held: Tournaments) -> None:
    kept = held.new("Lần", teams=(HUE, DNG), by="An")
    matches_of(held, "undo-1", "undo-2")
    held.add(kept.id, ["undo-1", "undo-2"], by="Bình")
    full = held.find(kept.id)
    held.remove(kept.id, "undo-1", by="Chi")
    now = held.find(kept.id)
    held.save(replace(now.tournament, teams=(DNG,)), since=now.version.seq, by="Dung")
    assert [(v.kind, v.by) for v in held.versions(kept.id)] == [
        ("edit", "Dung"), ("remove", "Chi"), ("add", "Bình"), ("new", "An")
    ]  # fmt: skip
    assert held.at(kept.id, full.version.seq) == full.tournament
    back, missing = held.back_to(kept.id, full.version.seq, by="An")
    assert (back.tournament, missing) == (full.tournament, ())
    assert held.of_match("undo-1") is not None
    again, _ = held.back_to(kept.id)  # undoing the undo
    assert (again.tournament.matches, again.tournament.teams) == (("undo-2",), (DNG,))
    held.add(held.new("Khác").id, ["undo-1"])
    back, missing = held.back_to(kept.id, full.version.seq)
    assert (back.tournament.matches, missing) == (("undo-2",), ("undo-1",))
    fresh = held.new("Mới tinh")
    with pytest.raises(BadValue, match="Mới tinh"):
        held.back_to(fresh.id)


def test_two_people_do_not_overwrite_each_other(held: Tournaments) -> None:
    kept = held.new("Hai người")
    held.save(replace(kept.tournament, note="của An"), since=kept.version.seq, by="An")
    with pytest.raises(BadValue) as raised:
        held.save(replace(kept.tournament, note="của Bình"), since=kept.version.seq, by="Bình")
    assert raised.value.name == "tournament_changed"
    assert held.find(kept.id).tournament.note == "của An"
    unchanged = held.find(kept.id)
    assert held.save(unchanged.tournament).version.seq == unchanged.version.seq  # nothing new, no version


def test_matches_do_not_come_with_details(held: Tournaments) -> None:
    kept = held.new("Lén")
    matches_of(held, "sly-1")
    with pytest.raises(BadValue):
        held.save(kept.tournament.with_fixture(Fixture("f-9", "sly-1", home="Huế")))
    assert held.keep(Tournament("x", "Lén hai", fixtures=(Fixture("f", "sly-1", home="Huế"),))).tournament.matches == ()
    assert held.of_match("sly-1") is None


def test_put_away_comes_back_and_for_good_keeps_the_matches(held: Tournaments) -> None:
    kept = held.new("Tạm")
    matches_of(held, "away-2")
    full = held.add(kept.id, ["away-2"])
    held.put_away(kept.id)
    held.put_away(kept.id)
    assert kept.id not in {each.id for each in held.all()}
    assert [each.id for each in held.all(put_away=True)] == [kept.id]
    with pytest.raises(BadValue):
        held.save(replace(full.tournament, note="x"))
    assert held.restore(kept.id).tournament == full.tournament
    assert [each.kind for each in held.versions(kept.id)] == ["restored", "put_away", "add", "new"]
    assert held.purge(kept.id) == ("away-2",)
    assert held.matches.match("away-2").id == "away-2"
    assert held.of_match("away-2") is None
    with pytest.raises(NotFound):
        held.find(kept.id)


def test_the_database_keeps_every_version(held: Tournaments) -> None:
    kept = held.new("Sổ")
    for statement in (
        "UPDATE tournament_version SET by = 'x' WHERE tournament_id = ?",
        "DELETE FROM tournament_version WHERE tournament_id = ?",
    ):
        with pytest.raises(sqlite3.IntegrityError), held.matches.store.write() as connection:
            connection.execute(statement, (kept.id,))
    names = [step.name for step in MIGRATIONS]
    assert names.index("0008_tournaments") > names.index("0007_evidence")


# ------------------------------------------------------------------ set-ups


def cup(**more: Any) -> Tournament:
    return Tournament(
        "c", "Cúp", "2026", venues=("Sân Tự Do",), teams=(HUE, DNG), officials=(LE_A,),
        review=ReviewRules("football", "var"), **more,
    )  # fmt: skip


def test_an_empty_set_up_is_filled() -> None:
    fixture = Fixture("f", date="2026-11-29", home="HUE", away="dng", officials=(("", "Lê A"), ("var", "Trần B")))
    made = filled("m", Setup(), cup(), fixture)
    setup = made.setup
    assert (setup.competition, setup.date, setup.venue) == ("Cúp 2026", "2026-11-29", "Sân Tự Do")
    assert setup.home == Team("Huế", "#7b2cbf", "#111111", ("1 Lê A", "10 Trần B"))
    assert (setup.away.name, setup.away.colour) == ("SHB Đà Nẵng", "#f77f00")
    assert setup.officials == (("referee", "Lê A"), ("var", "Trần B"))
    assert setup.review == ReviewRules("football", "var")
    assert setup.away.keeper_colour == Setup().away.keeper_colour  # nobody said one in the tournament either
    assert made.left == ()
    assert filled("m", setup, cup(), fixture).changed == ()


def test_what_a_match_says_stays_until_somebody_says_otherwise() -> None:
    said = Setup(
        competition="Giao hữu", venue="Sân nhà", home=Team("Huế", "#000000"), away=Team("Quảng Nam"),
        officials=(("referee", "Hồ D"),), review=ReviewRules("own", "x"),
    )  # fmt: skip
    fixture = Fixture("f", home="Huế", away="DNG", officials=(("referee", "Lê A"),))
    made = filled("m", said, cup(), fixture)
    assert made.setup == replace(
        said, home=Team("Huế", "#000000", "#111111", HUE.lineup)
    )  # nobody had chosen the goalkeeper's colour
    assert made.changed == ("home.keeper_colour", "home.lineup")
    assert set(made.left) == {"competition", "venue", "home.colour", "away.name", "officials", "review"}
    over = filled("m", said, cup(), fixture, overwrite=True)
    assert (over.setup.away.name, over.setup.competition, over.setup.home.colour, over.left) == (
        "SHB Đà Nẵng", "Cúp 2026", "#7b2cbf", ()
    )  # fmt: skip


def test_matches_are_filled_and_kept(held: Tournaments) -> None:
    kept: Kept = held.new("Điền", teams=(HUE, DNG))
    put(held.matches, "fill-1", "Huế", "SHB Đà Nẵng", venue="Sân nhà")
    kept = held.add(kept.id, ["fill-1"])
    (made,) = fill_matches(held.matches, kept, ["fill-1"])
    assert made.document()["changed"][0] == "competition"
    assert held.matches.match("fill-1").setup.home.colour == "#7b2cbf"
    assert held.matches.match("fill-1").setup.venue == "Sân nhà"
    with pytest.raises(NotFound):
        fill_matches(held.matches, kept, ["elsewhere"])


def test_a_renamed_team_keeps_its_fixtures() -> None:
    before = cup(fixtures=(Fixture("f", home="Huế", away="SHB Đà Nẵng"),))
    after = before.with_teams([replace(HUE, name="CLB Huế"), DNG], {"Huế": "CLB Huế"})
    assert after.fixtures[0].home == "CLB Huế"
    assert after.team("hue") is after.teams[0]
