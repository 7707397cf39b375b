"""The reviews of a match in the archive: read by folding its entries, written one entry at a time.

What is read to judge an act and what the act adds is one transaction, so two people cannot use one request twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.rights import Action, require
from touchline.store import Row, utc_now
from var.archive import Archive
from var.decisions import acts, steps
from var.decisions.folding import fold_case
from var.decisions.kinds import OF_A_CASE, EntryKind
from var.decisions.model import Actor, Case, CaseEntry, Ruling, Stamp
from var.decisions.people import deciders, judges, only, reporters
from var.decisions.refusing import Refused
from var.decisions.requests import Account, account
from var.decisions.summary import Summary, summary
from var.decisions.watched import Seen, Watched, watched
from var.entries import Review
from var.looks import looks, lost
from var.model import Match
from var.rules.choosing import Rulebook, choose
from var.rules.document import document
from var.rules.pack import Pack
from var.rules.reading import read_document
from var.rules.shelf import own_folder, shelf

Add = Callable[[str, "str | None", str, dict[str, Any], str], int]


@dataclass(frozen=True, slots=True)
class Failure:
    """A technical failure: from when, told by whom, and since when it is over (None: it is in force)."""

    number: int
    by: Actor
    at: Stamp
    why: str
    over_by: Actor | None = None
    over_at: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A case whose rules are not to be had or whose entries do not follow each other, why, and what is kept of it."""

    id: str
    incident_id: str | None
    entries: tuple[CaseEntry, ...]
    fault: TouchlineError


@dataclass(frozen=True, slots=True)
class Sitting:
    """The reviews of one match as its entries tell: cases in the order they were opened, and technical failures.
    ``unread`` are the cases that cannot be told; they keep none of the others away."""

    match_id: str
    cases: tuple[Case, ...] = ()
    failures: tuple[Failure, ...] = ()
    packs: Mapping[str, Pack] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()

    @property
    def down(self) -> bool:
        """Whether a technical failure is in force."""
        return bool(self.failures) and self.failures[-1].over_at is None

    def case(self, case_id: str) -> Case:
        """The case with this id. Raises ``NotFound``, and why it cannot be told where that is so."""
        for case in self.cases:
            if case.id == case_id:
                return case
        for each in self.unread:
            if each.id == case_id:
                raise each.fault
        raise NotFound("var.errors.no_such_case", case=case_id, known=", ".join(c.id for c in self.cases) or "–")

    def whole(self) -> Sitting:
        """This, where every case can be told. Raises why the first cannot: no number is told without it."""
        for each in self.unread:
            raise each.fault
        return self

    def account(self, case: Case) -> Account | None:
        """The account that a case's request is counted on; None where nobody asked."""
        return None if case.asked is None else account(case.rules, self.cases, case.asked)

    def summary(self, now: Stamp) -> Summary:
        """The match in numbers. Raises what ``whole`` raises."""
        return summary(self.whole().cases, len(self.failures), now)


def host_stamp(match_s: Fraction | None = None) -> Stamp:
    """The present instant of this computer. Its counting clock is named by the start of the computer, where known."""
    try:
        run = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return Stamp(utc_now(), match_s=match_s)
    return Stamp(utc_now(), time.monotonic_ns(), run, match_s)


def sitting(archive: Archive, match_id: str) -> Sitting:
    """The reviews of a match. Raises ``NotFound`` for a match that is not there."""
    archive.match(match_id)
    kinds = [kind.value for kind in EntryKind]
    marks = ", ".join("?" for _ in kinds)
    rows = archive.store.rows(
        f"SELECT * FROM entry WHERE match_id = ? AND kind IN ({marks}) ORDER BY seq", (match_id, *kinds)
    )
    return fold_sitting(match_id, rows, archive.home)


def last_entry(archive: Archive, match_id: str) -> int:
    """The number of the newest entry of a match's reviews; 0 without one. For screens that follow each other."""
    kinds = [kind.value for kind in EntryKind]
    marks = ", ".join("?" for _ in kinds)
    row = archive.store.row(
        f"SELECT MAX(seq) AS last FROM entry WHERE match_id = ? AND kind IN ({marks})", (match_id, *kinds)
    )
    return 0 if row is None or row["last"] is None else int(row["last"])


def fold_sitting(match_id: str, rows: Sequence[Row], home: Path) -> Sitting:
    """The reviews that stored entries tell of. A pack that is not among them, or is kept in a form that is not read any
    more, is looked for by its digest at hand in ``home``."""
    packs: dict[str, Pack] = {}
    entries: dict[str, list[CaseEntry]] = {}
    failures: list[Failure] = []
    for row in rows:
        body = json.loads(row["body"])
        kind = EntryKind(row["kind"])
        if kind is EntryKind.RULES:
            with contextlib.suppress(
                TouchlineError, KeyError, TypeError, ValueError
            ):  # then a case that names it says so
                packs[body["digest"]] = thawed(body["pack"])
        elif kind in OF_A_CASE:
            entries.setdefault(body["case"], []).append(CaseEntry.of(kind, body, row["by"], row["account"]))
        elif kind is EntryKind.FAILED:
            failures.append(Failure(len(failures) + 1, Actor.of(body["actor"]), Stamp.of(body["at"]), body["why"]))
        elif failures:
            last = failures[-1]
            over = Actor.of(body["actor"]), Stamp.of(body["at"])
            failures[-1] = Failure(last.number, last.by, last.at, last.why, *over)
    cases: list[Case] = []
    unread: list[Unread] = []
    known = dict(packs)
    for name, told in entries.items():
        named = told[0].body.get("rules") or {}
        try:
            if named and named["digest"] not in known:
                known |= {digest_of(pack): pack for pack in shelf(home).all()}
            if named and named["digest"] not in known:
                raise NotFound(
                    "var.errors.case_pack_gone",
                    case=name, pack=named["pack"], digest=named["digest"][:12], folder=own_folder(home),
                )  # fmt: skip
            cases.append(fold_case(match_id, name, book_of(named, known, name), told))
        except TouchlineError as fault:
            unread.append(Unread(name, told[0].body.get("incident"), tuple(told), fault))
    return Sitting(match_id, tuple(cases), tuple(failures), packs, tuple(unread))


def frozen_pack(pack: Pack) -> dict[str, Any]:
    """A whole pack as an entry keeps it: its document, days as text."""
    kept: dict[str, Any] = json.loads(json.dumps(document(pack), default=date.isoformat))
    return kept


def thawed(kept: Mapping[str, Any]) -> Pack:
    """The pack of an entry."""
    days = ("valid_from", "valid_until")
    editions = {
        name: {key: date.fromisoformat(value) if key in days else value for key, value in edition.items()}
        for name, edition in kept["editions"].items()
    }
    return read_document({**kept, "editions": editions})


def digest_of(pack: Pack) -> str:
    """What names the very content of a pack."""
    text = json.dumps(frozen_pack(pack), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def book_of(named: Mapping[str, Any], packs: Mapping[str, Pack], case_id: str = "") -> Rulebook:
    """The rules that a case was opened under, by the pack that is kept with the match. Raises ``BadValue``."""
    pack = packs.get(named.get("digest", ""))
    if pack is None:
        raise BadValue("var.errors.case_not_whole", case=case_id)
    day = pack.editions[named["edition"]].valid_from
    return choose([pack], pack.sport, named["format"], day, named["options"], edition=named["edition"])


class Reviewing:
    """Acts on the reviews of one match; ``clock`` gives the present instant. Every act returns the case as it is then.

    Raises what ``var.decisions.acts`` and ``steps`` raise, ``NotAllowed`` where the archive's person may not, and
    ``NotFound`` for a case or an incident that is nowhere.
    """

    def __init__(self, archive: Archive, match_id: str, clock: Callable[[], Stamp] = host_stamp) -> None:
        self.archive = archive
        self.match_id = match_id
        self.clock = clock

    @contextmanager
    def _alone(self) -> Iterator[tuple[Sitting, Add]]:
        with self.archive.adding() as add:
            yield sitting(self.archive, self.match_id), add

    def _acts(self, rules: Rulebook, actor: Actor) -> None:
        """Nothing, where who signed in may write down what ``actor`` does: of a role that judges only with the right to
        decide. The entry names both. Raises ``NotAllowed``."""
        if actor.role in judges(rules) | deciders(rules):
            require(self.archive.person, Action.DECIDE)

    def _keep(self, add: Add, case: Case) -> Case:
        person = self.archive.person
        by = case.entries[-1].by.name if person is None else person.name
        entry = replace(case.entries[-1], recorded_by=by, account=self.archive.account)
        add(self.match_id, case.incident_id, entry.kind.value, entry.document(case.id), entry.recorded_by)
        return replace(case, entries=(*case.entries[:-1], entry))

    def open(self, rules: Rulebook, actor: Actor, *, incident_id: str | None = None, **given: Any) -> Case:
        """A new case under ``rules``, tied to an incident where one is named; ``given`` as for ``acts.open_case``."""
        self._acts(rules, actor)
        with self._alone() as (found, add):
            if incident_id is not None:
                self.archive.review(self.match_id).incident(incident_id)
            digest = digest_of(rules.pack)
            if given.get("request") is not None and any(each.entries[0].body.get("asked") for each in found.unread):
                found.whole()  # how many requests are left is not known
            case = acts.open_case(
                rules,
                actor,
                self.clock(),
                case_id=f"r-{len(found.cases) + len(found.unread) + 1}",
                match_id=self.match_id,
                incident_id=incident_id,
                digest=digest,
                down=found.down,
                **given,
            )
            if digest not in found.packs:
                body = {"digest": digest, "pack": frozen_pack(rules.pack)}
                add(self.match_id, None, EntryKind.RULES.value, body, actor.name)
            return self._keep(add, case)

    def take(self, case_id: str, step: str, actor: Actor, *, ruling: Ruling = steps.NO_RULING) -> Case:
        """The case after a step; with a result it keeps what the log of looks says of each question."""
        with self._alone() as (found, add):
            case = found.case(case_id)
            self._acts(case.rules, actor)
            seen = {each.question: each.seen.value for each in watched_of(self.archive, case)}
            after = steps.take(
                case,
                step,
                actor,
                self.clock(),
                account=found.account(case),
                down=found.down,
                ruling=ruling,
                pictures=seen,
            )
            return self._keep(add, after)

    def tell(self, case_id: str, actor: Actor, known: Mapping[str, Any]) -> Case:
        """The case after somebody said what is known."""
        with self._alone() as (found, add):
            case = found.case(case_id)
            self._acts(case.rules, actor)
            return self._keep(add, acts.tell(case, actor, self.clock(), known))

    def amend(self, case_id: str, actor: Actor, *, ruling: Ruling, why: str) -> Case:
        """The case after an amendment."""
        with self._alone() as (found, add):
            case = found.case(case_id)
            self._acts(case.rules, actor)
            return self._keep(add, acts.amend(case, actor, self.clock(), ruling=ruling, why=why))

    def override(self, case_id: str, actor: Actor, *, question: str, why: str) -> Case:
        """The case after somebody answered for slow motion."""
        with self._alone() as (found, add):
            case = found.case(case_id)
            self._acts(case.rules, actor)
            return self._keep(add, acts.override(case, actor, self.clock(), question=question, why=why))

    def undo(self, case_id: str, actor: Actor) -> Case:
        """The case after its last entry was taken back."""
        with self._alone() as (found, add):
            case = found.case(case_id)
            self._acts(case.rules, actor)
            return self._keep(add, acts.undo(case, actor, self.clock(), cases=found.cases, down=found.down))

    def fail(self, rules: Rulebook, actor: Actor, why: str = "") -> Sitting:
        """The reviews after a technical failure: open cases end as not reviewed, the match goes on without review."""
        self._acts(rules, actor)
        with self._alone() as (found, add):
            only(rules, actor, reporters(rules))
            if found.down:
                raise Refused("var.errors.review_down")
            at, cause = self.clock(), str(len(found.failures) + 1)
            body = {"actor": actor.document(), "at": at.document(), "why": why.strip()}
            add(self.match_id, None, EntryKind.FAILED.value, body, actor.name)
            for place, case in enumerate(found.cases):
                ended = steps.not_reviewed(case, actor, at, account=found.account(case), cause=cause)
                if ended is not case:
                    self._keep(add, ended)
                    cases = (*found.cases[:place], ended, *found.cases[place + 1 :])
                    found = replace(found, cases=cases)  # what one case loses, the next has no more
        return sitting(self.archive, self.match_id)

    def resume(self, rules: Rulebook, actor: Actor) -> Sitting:
        """The reviews after the system works again. Raises ``BadValue`` where no failure is in force."""
        self._acts(rules, actor)
        with self._alone() as (found, add):
            only(rules, actor, reporters(rules))
            if not found.down:
                raise Refused("var.errors.not_down")
            body = {"actor": actor.document(), "at": self.clock().document()}
            add(self.match_id, None, EntryKind.RESUMED.value, body, actor.name)
        return sitting(self.archive, self.match_id)


def watched_of(
    archive: Archive, case: Case, match: Match | None = None, review: Review | None = None
) -> tuple[Watched, ...]:
    """What the log of looks says of each question of a case."""
    if not acts.questions_of(case):
        return ()
    match = archive.match(case.match_id) if match is None else match
    review = archive.review(case.match_id) if review is None else review
    at_s = None if case.incident_id is None else review.incident(case.incident_id).at_s
    clips = {clip.camera_id: clip for clip in match.clips}
    untimed = {
        camera
        for foul in review.fouls
        for camera in foul.cameras
        if camera is not None and foul.times_slower(camera) is None
    }
    missing = lost(archive, match.id)
    return watched(case, looks(archive, match.id), clips, at_s=at_s, lost=missing, untimed=untimed)


def warnings(found: Sequence[Watched]) -> tuple[str, ...]:
    """The questions that ask for normal speed and were looked at in another way, as long as nobody answers for it."""
    return tuple(each.question for each in found if each.warns and each.seen is not Seen.OVERRIDDEN)
