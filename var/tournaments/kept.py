"""Tournaments in the store: every change is a version more, so each former state can be told and brought back.

What is read to judge a change and the change itself are one transaction, so two people cannot undo each other's work
without knowing, and no match comes into two tournaments.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from touchline.errors import BadValue, NotFound
from touchline.rights import Action, require
from touchline.store import Row, utc_now
from var.evidence.outbox import Change
from var.match_store import MatchStore, slug
from var.model import Match
from var.rules.shelf import shelf
from var.tournaments.document import from_document, to_document
from var.tournaments.faults import BadTournament, Fault, same
from var.tournaments.model import PLACING, Fixture, Tournament

EVIDENCE = "tournament"
"""The kind under which a match's ledger notes that it came into a tournament or was taken out."""

NEWEST = """
    SELECT v.*, t.created_utc, t.deleted_utc FROM tournament_version v JOIN tournament t ON t.id = v.tournament_id
    WHERE v.seq = (SELECT MAX(seq) FROM tournament_version WHERE tournament_id = t.id)
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A change of a tournament: its number, what was done (a text of ``var.tournament.done``), by whom and when."""

    seq: int
    kind: str
    by: str
    account: str | None
    at_utc: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A tournament as it is kept, and its newest version. ``put_away_utc`` is when it was put away."""

    tournament: Tournament
    version: Version
    created_utc: str
    put_away_utc: str | None

    @property
    def id(self) -> str:
        """The identifier of the tournament."""
        return self.tournament.id


class Tournaments:
    """The tournaments beside the matches of ``matches``, for the person who acts there: what the roles do not allow is
    refused with ``NotAllowed``, reading too."""

    def __init__(self, matches: MatchStore) -> None:
        self.matches = matches

    # ------------------------------------------------------------------ reading

    def all(self, *, put_away: bool = False) -> list[Kept]:
        """All tournaments, or those that were put away instead; those that start last come first."""
        require(self.matches.person, Action.WATCH)
        rows = self.matches.store.rows(f"{NEWEST} AND t.deleted_utc IS {'NOT ' if put_away else ''}NULL")
        own = self._own()
        found = [_kept(row, own.get(row["tournament_id"], frozenset())) for row in rows]
        return sorted(found, key=lambda kept: (kept.tournament.starts, kept.created_utc, kept.id), reverse=True)

    def find(self, tournament_id: str) -> Kept:
        """The tournament with this identifier, also one that was put away. Raises ``NotFound``."""
        require(self.matches.person, Action.WATCH)
        row = self.matches.store.row(f"{NEWEST} AND t.id = ?", (tournament_id,))
        if row is None:
            raise NotFound("var.errors.no_such_tournament", tournament=tournament_id[:60])
        return _kept(row, self._own().get(tournament_id, frozenset()))

    def of_match(self, match_id: str) -> Kept | None:
        """The tournament of a match; None where it is in none."""
        require(self.matches.person, Action.WATCH)
        row = self.matches.store.row("SELECT tournament_id FROM tournament_match WHERE match_id = ?", (match_id,))
        return None if row is None else self.find(row["tournament_id"])

    def versions(self, tournament_id: str) -> list[Version]:
        """What was done to a tournament, the newest first. Raises ``NotFound``."""
        self.find(tournament_id)
        rows = self.matches.store.rows(
            "SELECT seq, kind, by, account, at_utc FROM tournament_version WHERE tournament_id = ? ORDER BY seq DESC",
            (tournament_id,),
        )
        return [_version(row) for row in rows]

    def at(self, tournament_id: str, seq: int) -> Tournament:
        """The tournament as it was after the change with this number. Raises ``NotFound``."""
        require(self.matches.person, Action.WATCH)
        row = self.matches.store.row(
            "SELECT document FROM tournament_version WHERE tournament_id = ? AND seq = ?", (tournament_id, seq)
        )
        if row is None:
            raise NotFound("var.errors.no_such_tournament_version", tournament=tournament_id[:60], version=seq)
        return _read(row["document"])

    def _own(self) -> dict[str, frozenset[str]]:
        """The matches of each tournament."""
        own: dict[str, set[str]] = {}
        for row in self.matches.store.rows("SELECT * FROM tournament_match"):
            own.setdefault(row["tournament_id"], set()).add(row["match_id"])
        return {name: frozenset(matches) for name, matches in own.items()}

    # ------------------------------------------------------------------ changing

    def new(self, name: str, *, by: str = "", **details: Any) -> Kept:
        """A new tournament; ``details`` are further members of ``Tournament``. Its identifier is made of its name.

        Raises ``BadTournament``, also where one of that name and season is there, and ``NotAllowed``.
        """
        return self.keep(Tournament(**{**details, "id": "new", "name": name}), by=by)

    def keep(self, tournament: Tournament, *, by: str = "") -> Kept:
        """A new tournament as ``tournament`` says, under an identifier of its own; matches come by ``add``."""
        require(self.matches.person, Action.SET_UP)
        self._refuse_rules(tournament)
        with self.matches.changing() as change:
            self._refuse_twin(tournament, None)
            fixtures = tuple(replace(each, match_id=None) for each in tournament.fixtures if each.planned)
            made = replace(tournament, id=self._free_id(tournament.name), fixtures=fixtures)
            change.connection.execute("INSERT INTO tournament VALUES (?, ?, NULL)", (made.id, utc_now()))
            self._write(change, made, "new", by)
        return self.find(made.id)

    def save(self, tournament: Tournament, *, since: int | None = None, by: str = "", kind: str = "edit") -> Kept:
        """Keep changed details, teams, officials and planned fixtures. Matches come and go by ``add`` and ``remove``.

        ``since`` is the version that was read before: raises ``BadValue`` where there is a newer one meanwhile.
        """
        with self._changing(tournament.id) as (change, kept):
            if since is not None and since != kept.version.seq:
                raise BadValue("var.errors.tournament_changed", tournament=kept.tournament.name, by=kept.version.by)
            if sorted(tournament.matches) != sorted(kept.tournament.matches):
                raise BadValue("var.errors.matches_by_add", tournament=kept.tournament.name)
            self._refuse_twin(tournament, tournament.id)
            if tournament.review != kept.tournament.review:
                self._refuse_rules(tournament)
            if tournament != kept.tournament:
                self._write(change, tournament, kind, by)
        return self.find(tournament.id)

    def add(
        self,
        tournament_id: str,
        match_ids: Sequence[str],
        *,
        fixture_id: str | None = None,
        placing: Mapping[str, Any] | None = None,
        move: bool = False,
        by: str = "",
    ) -> Kept:
        """Put matches into a tournament, all of them or none. Each takes the fixture ``fixture_id``, or the only
        planned one between its two teams, or one of its own. ``placing`` says more (``PLACING``), also of a match
        that is there already. With ``move`` a match leaves the tournament that it is in.

        Raises ``NotFound``, ``BadValue`` for a match that is put away, in another tournament or named twice,
        ``BadTournament`` and ``NotAllowed``.
        """
        said = {name: value for name, value in (placing or {}).items() if name in PLACING and value is not None}
        if len(set(match_ids)) != len(match_ids) or (fixture_id is not None and len(match_ids) != 1):
            raise BadValue("var.errors.matches_named_twice", matches=", ".join(match_ids)[:200])
        with self._changing(tournament_id) as (change, kept):
            tournament = kept.tournament
            for match_id in match_ids:
                match = self._match(match_id)
                before = self._tournament_of(change, match_id)
                if before not in (None, tournament_id):
                    if not move:
                        raise self._elsewhere(match, before)
                    self._take_out(change, before, match_id, by)
                fixture = _fixture_for(tournament, match, fixture_id)
                if fixture.match_id not in (None, match_id):
                    raise BadValue("var.errors.fixture_taken", fixture=_called(fixture), match=fixture.match_id)
                if match_id in tournament.matches and tournament.fixture_of(match_id).id != fixture.id:
                    tournament = tournament.without_match(match_id)
                placed = replace(fixture, match_id=match_id, name=_shortened(match.name), **said)
                tournament = tournament.with_fixture(placed)
                if before != tournament_id:
                    change.connection.execute("INSERT INTO tournament_match VALUES (?, ?)", (match_id, tournament_id))
                    self._tell(change, match_id, tournament_id, placed.id, came=True)
            if tournament != kept.tournament:
                self._write(change, tournament, "add", by)
        return self.find(tournament_id)

    def remove(self, tournament_id: str, match_id: str, *, by: str = "") -> Kept:
        """Take a match out of a tournament; the match itself stays as it is. Raises ``NotFound``."""
        with self._changing(tournament_id) as (change, kept):
            fixture = kept.tournament.fixture_of(match_id)
            change.connection.execute("DELETE FROM tournament_match WHERE match_id = ?", (match_id,))
            self._tell(change, match_id, tournament_id, fixture.id, came=False)
            self._write(change, kept.tournament.without_match(match_id), "remove", by)
        return self.find(tournament_id)

    def plan(self, tournament_id: str, fixtures: Iterable[Fixture], *, by: str = "") -> Kept:
        """Put planned fixtures on the list, in the place of those with their identifiers."""
        with self._changing(tournament_id) as (change, kept):
            known = {each.id: each for each in kept.tournament.fixtures}
            for fixture in fixtures:
                match_id = known[fixture.id].match_id if fixture.id in known else None
                known[fixture.id] = replace(fixture, planned=True, match_id=match_id)
            tournament = replace(kept.tournament, fixtures=tuple(known.values()))
            if tournament != kept.tournament:
                self._write(change, tournament, "plan", by)
        return self.find(tournament_id)

    def drop(self, tournament_id: str, fixture_id: str, *, by: str = "") -> Kept:
        """Take a fixture off the list. Raises ``BadValue`` for one that has a match (see ``remove``)."""
        with self._changing(tournament_id) as (change, kept):
            fixture = kept.tournament.fixture(fixture_id)
            if fixture.match_id is not None:
                raise BadValue("var.errors.fixture_taken", fixture=_called(fixture), match=fixture.match_id)
            left = tuple(each for each in kept.tournament.fixtures if each.id != fixture_id)
            self._write(change, replace(kept.tournament, fixtures=left), "drop", by)
        return self.find(tournament_id)

    def back_to(self, tournament_id: str, seq: int | None = None, *, by: str = "") -> tuple[Kept, tuple[str, ...]]:
        """The tournament as it was after the change ``seq``, without one as it was before the last change; that is one
        change more. Also the matches that could not come back: they are gone, put away, or in another tournament.

        Raises ``NotFound`` for another tournament's number, ``BadValue`` where there is nothing before.
        """
        missing: list[str] = []
        with self._changing(tournament_id) as (change, kept):
            if seq is None:
                told = self.versions(tournament_id)
                others = [each.seq for each in told if each.kind not in ("put_away", "restored")]
                if len(others) < 2:
                    raise BadValue("var.errors.nothing_before", tournament=kept.tournament.name)
                seq = others[1]
            wanted = self.at(tournament_id, seq)
            self._refuse_twin(wanted, tournament_id)
            for match_id in wanted.matches:
                held = self._tournament_of(change, match_id)
                if held == tournament_id:
                    continue
                if held is not None or self.matches.find(match_id) is None:
                    missing.append(match_id)
                    wanted = wanted.without_match(match_id)
                else:
                    change.connection.execute("INSERT INTO tournament_match VALUES (?, ?)", (match_id, tournament_id))
                    self._tell(change, match_id, tournament_id, wanted.fixture_of(match_id).id, came=True)
            for match_id in set(kept.tournament.matches) - set(wanted.matches):
                change.connection.execute("DELETE FROM tournament_match WHERE match_id = ?", (match_id,))
                fixture = kept.tournament.fixture_of(match_id)
                self._tell(change, match_id, tournament_id, fixture.id, came=False)
            self._write(change, wanted, "undo", by)
        return self.find(tournament_id), tuple(missing)

    def put_away(self, tournament_id: str, *, by: str = "") -> None:
        """Put a tournament away; its matches stay where they are, and it can be brought back. Raises ``NotFound``."""
        self._set_away(tournament_id, utc_now(), "put_away", by)

    def restore(self, tournament_id: str, *, by: str = "") -> Kept:
        """Bring back a tournament that was put away; one that is there stays as it is. Raises ``NotFound``."""
        self._set_away(tournament_id, None, "restored", by)
        return self.find(tournament_id)

    def purge(self, tournament_id: str) -> tuple[str, ...]:
        """Remove a tournament for good, with all its versions, and return its matches: they are kept."""
        require(self.matches.person, Action.REMOVE)
        kept = self.find(tournament_id)
        with self.matches.changing() as change:
            rows = change.connection.execute(
                "SELECT match_id FROM tournament_match WHERE tournament_id = ?", (tournament_id,)
            ).fetchall()
            for row in rows:
                self._tell(change, row["match_id"], tournament_id, None, came=False)
            change.connection.execute(
                "UPDATE tournament SET deleted_utc = ? WHERE id = ?", (utc_now(), tournament_id)
            )  # else the database keeps every version
            for table in ("tournament_match", "tournament_version"):
                change.connection.execute(f"DELETE FROM {table} WHERE tournament_id = ?", (tournament_id,))
            change.connection.execute("DELETE FROM tournament WHERE id = ?", (tournament_id,))
        return kept.tournament.matches

    # ------------------------------------------------------------------ inside

    @contextmanager
    def _changing(self, tournament_id: str) -> Iterator[tuple[Change, Kept]]:
        """A transaction and the tournament as it is in it. Raises ``NotFound``, ``BadValue`` for one put away."""
        require(self.matches.person, Action.SET_UP)
        with self.matches.changing() as change:
            kept = self.find(tournament_id)
            if kept.put_away_utc is not None:
                raise BadValue("var.errors.tournament_put_away", tournament=kept.tournament.name)
            yield change, kept

    def _write(self, change: Change, tournament: Tournament, kind: str, by: str) -> None:
        person = self.matches.person
        text = json.dumps(to_document(tournament), ensure_ascii=False)
        change.connection.execute(
            "INSERT INTO tournament_version (tournament_id, kind, document, by, account, at_utc)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (tournament.id, kind, text, by if person is None else person.name, self.matches.account, utc_now()),
        )

    def _set_away(self, tournament_id: str, when: str | None, kind: str, by: str) -> None:
        require(self.matches.person, Action.REMOVE)
        with self.matches.changing() as change:
            kept = self.find(tournament_id)
            if (kept.put_away_utc is None) == (when is None):
                return
            change.connection.execute("UPDATE tournament SET deleted_utc = ? WHERE id = ?", (when, tournament_id))
            self._write(change, kept.tournament, kind, by)

    def _take_out(self, change: Change, tournament_id: str, match_id: str, by: str) -> None:
        """Take a match out of a tournament that may have been put away."""
        before = self.find(tournament_id).tournament
        change.connection.execute("DELETE FROM tournament_match WHERE match_id = ?", (match_id,))
        self._tell(change, match_id, tournament_id, before.fixture_of(match_id).id, came=False)
        newest = change.connection.execute(
            "SELECT document FROM tournament_version WHERE tournament_id = ? ORDER BY seq DESC", (tournament_id,)
        ).fetchone()
        self._write(change, _read(newest["document"]).without_match(match_id), "moved", by)

    def _tell(self, change: Change, match_id: str, tournament_id: str, fixture_id: str | None, *, came: bool) -> None:
        change.tell(match_id, EVIDENCE, {"tournament": tournament_id, "fixture": fixture_id, "came": came})

    def _tournament_of(self, change: Change, match_id: str) -> str | None:
        row = change.connection.execute(
            "SELECT tournament_id FROM tournament_match WHERE match_id = ?", (match_id,)
        ).fetchone()
        return None if row is None else str(row["tournament_id"])

    def _elsewhere(self, match: Match, tournament_id: str | None) -> BadValue:
        other = self.find(tournament_id or "").tournament
        return BadValue("var.errors.match_elsewhere", match=match.name[:80], tournament=other.name, id=other.id)

    def _match(self, match_id: str) -> Match:
        found = self.matches.find(match_id)
        if found is not None:
            return found
        if self.matches.known(match_id):
            raise BadValue("var.errors.match_put_away", match=match_id)
        raise NotFound("var.errors.no_such_match", match=match_id[:60])

    def _free_id(self, name: str) -> str:
        base = candidate = slug(name) or "tournament"
        while self.matches.store.row("SELECT 1 FROM tournament WHERE id = ?", (candidate,)) is not None:
            candidate = f"{base}-{secrets.token_hex(2)}"
        return candidate

    def _refuse_rules(self, tournament: Tournament) -> None:
        """Refuse rules that are not at hand: no match could be reviewed under them."""
        named = tournament.review
        if named is None:
            return
        packs = {pack.id: pack for pack in shelf(self.matches.home).all()}
        pack = packs.get(named.pack)
        if pack is None:
            raise BadTournament([Fault("$.review.pack", "not_at_hand", _known(named.pack, packs))])
        forms = {form.id for form in pack.formats}
        found = [] if named.format in forms else [Fault("$.review.format", "not_at_hand", _known(named.format, forms))]
        for place, option in enumerate(named.options):
            if option not in pack.options:
                params = _known(option, pack.options)
                found.append(Fault(f"$.review.options[{place}]", "not_at_hand", params))
        if found:
            raise BadTournament(found)

    def _refuse_twin(self, tournament: Tournament, own_id: str | None) -> None:
        """Refuse a second tournament of one name and season: nobody could tell them apart."""
        for other in self.all():
            its = other.tournament
            if other.id != own_id and same(its.name, tournament.name) and same(its.season, tournament.season):
                raise BadTournament([Fault("$.name", "twin", {"id": other.id})])


def _known(value: str, known: Iterable[str]) -> dict[str, str]:
    return {"value": value[:60] or "–", "known": ", ".join(sorted(known)) or "–"}


def new_fixture_id() -> str:
    """An identifier for a fixture that no other has."""
    return f"f-{secrets.token_hex(4)}"


def _fixture_for(tournament: Tournament, match: Match, fixture_id: str | None) -> Fixture:
    """The fixture that a match takes: the one named, the one it has, the only planned one of its teams, or a new one
    that says what the match's set-up knows."""
    if fixture_id is not None:
        return tournament.fixture(fixture_id)
    if match.id in tournament.matches:
        return tournament.fixture_of(match.id)
    home, away = match.setup.home.name, match.setup.away.name
    fitting = [
        each
        for each in tournament.fixtures
        if each.match_id is None
        and home
        and away
        and same_team(tournament, each.home, home)
        and same_team(tournament, each.away, away)
        and (not (each.date and match.setup.date) or each.date == match.setup.date)
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = {"home": home, "away": away, "venue": match.setup.venue}
    sure = {name: _shortened(value) for name, value in known.items()}
    if sure["home"] and same(sure["home"], sure["away"]):
        sure |= {"home": "", "away": ""}
    return Fixture(new_fixture_id(), date=match.setup.date, home=sure["home"], away=sure["away"], venue=sure["venue"])


def same_team(tournament: Tournament, one: str, other: str) -> bool:
    """Whether two names mean one team, be it by its short name."""
    found = tournament.team(one)
    return same(one, other) or (found is not None and found is tournament.team(other))


def _shortened(text: str) -> str:
    """A text of a match as a fixture may hold it: a match's own texts are not limited."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:200].strip()


def _called(fixture: Fixture) -> str:
    return " – ".join(name for name in (fixture.home, fixture.away) if name) or fixture.name or fixture.id


@lru_cache(maxsize=64)
def _read(document: str) -> Tournament:
    """The tournament of a stored version, which never changes; a page asks for those of all again and again."""
    return from_document(json.loads(document))


def _version(row: Row) -> Version:
    return Version(row["seq"], row["kind"], row["by"], row["account"], row["at_utc"])


def _kept(row: Row, own: frozenset[str]) -> Kept:
    """The tournament of its newest version, without matches that are not its own any more."""
    tournament = _read(row["document"])
    for match_id in tournament.matches:
        if match_id not in own:
            fixture, tournament = tournament.fixture_of(match_id), tournament.without_match(match_id)
            if fixture.home or fixture.away or fixture.number or fixture.name:  # it was played, whatever became of it
                tournament = tournament.with_fixture(replace(fixture, match_id=None, planned=True))
    return Kept(tournament, _version(row), row["created_utc"], row["deleted_utc"])
