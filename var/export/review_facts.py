"""The reviews of an incident as its report tells them, and the same as data for ``incident.json``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from var.decisions.acts import questions_of
from var.decisions.clock import Elapsed, elapsed
from var.decisions.document import GATES, case_document, failure_document
from var.decisions.kept import Failure, host_stamp, sitting, watched_of
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Case, Stamp, Taken
from var.decisions.watched import Speed, Watched, looks_of, speed_of
from var.looks import Look, looks, lost
from var.model import Clip, Match
from var.rules.model import Source
from var.rules.words import Clock, Effect, Replay

if TYPE_CHECKING:
    from var.archive import Archive
    from var.entries import Review


@dataclass(frozen=True, slots=True, eq=False)
class SeenLook:
    """One look that tells of the case: ``how`` is its speed in a word, ``reached`` how fast it really was."""

    look: Look
    clip: Clip
    how: Speed
    reached: float | None


@dataclass(frozen=True, slots=True)
class Times:
    """When a case began to be checked and reviewed, was decided, and play went on. None: not yet, or never."""

    check: Stamp | None
    review: Stamp | None
    decision: Stamp | None
    restart: Stamp | None


@dataclass(frozen=True, slots=True, eq=False)
class ReviewFacts:
    """One review of the incident. ``watched`` is what the log of looks says at ``now`` (what it said when the case was
    decided is kept with that step), ``looks_lost`` how many looks the log of the match lacks. ``failure`` is the
    technical failure that ended the case."""

    case: Case
    match: Match
    watched: tuple[Watched, ...]
    looks: tuple[SeenLook, ...]
    looks_lost: int
    failure: Failure | None
    now: Stamp

    @property
    def clocks(self) -> Elapsed:
        """Seconds of check and review."""
        return elapsed(self.case, self.now)

    @property
    def decided(self) -> Taken | None:
        """The step that brought the result, or None."""
        return next((taken for taken in self.case.steps if taken.result is not None), None)

    @property
    def decided_by(self) -> Actor | None:
        """Who decided, or reported the failure that ended it; None as long as it has no result."""
        if self.case.closed_at is not None:
            return next(entry.by for entry in self.case.live if entry.kind is EntryKind.CLOSED)
        return None if self.decided is None else self.decided.by

    @property
    def times(self) -> Times:
        """When what began."""
        case, states = self.case, self.case.rules.protocol.states
        ways = [(case.opened_at, states[case.rules.protocol.start].clock)]
        ways += [(taken.at, states[taken.to].clock) for taken in case.steps]
        steps = {step.id: step for step in case.rules.protocol.steps}
        went_on = (each.at for each in case.steps if Effect.RESTART_PLAY in steps[each.step].effects)
        decided = self.decided
        return Times(
            check=next((at for at, clock in ways if clock is Clock.CHECK), None),
            review=next((at for at, clock in ways if clock is Clock.REVIEW), None),
            decision=case.closed_at if decided is None else decided.at,
            restart=next(went_on, None),
        )

    @property
    def sources(self) -> dict[str, Source]:
        """The sources of the rules that the case was held under, in the order in which they are used."""
        case, rules = self.case, self.case.rules
        gates = case.gates_judged()
        names = [name for gate in GATES for name in getattr(gates, gate).sources]
        situation = None if case.situation is None else rules.situations.get(case.situation)
        names += rules.sources(() if situation is None else situation.sources)
        steps = {step.id: step for step in rules.protocol.steps}
        for taken in case.steps:
            names += rules.sources(steps[taken.step].sources or rules.protocol.sources)
        request = None if case.asked is None else rules.format.request(case.asked.request)
        names += rules.sources(() if request is None else request.sources)
        speed = rules.pack.replay_speed
        if speed is not None and any(each.replay is Replay.NORMAL for each in self.watched):
            names += rules.sources(speed.sources)
        names += [*rules.sources(rules.format.sources), *rules.edition.sources]
        return {name: rules.pack.sources[name] for name in dict.fromkeys(names)}


def reviews_of(
    archive: Archive, match: Match, review: Review, incident_id: str | None, *, passing: bool = False
) -> tuple[ReviewFacts, ...]:
    """The reviews of an incident, or with None those of no incident, in the order they were opened, withdrawn ones
    among them. Raises why one cannot be told; ``passing`` leaves it out."""
    found = sitting(archive, match.id)
    for each in () if passing else found.unread:
        if each.incident_id == incident_id:  # a report does not leave out in silence what was said
            raise each.fault
    cases = [case for case in found.cases if case.incident_id == incident_id]
    if not cases:
        return ()
    now, log, missing = host_stamp(), looks(archive, match.id), lost(archive, match.id)
    clips = {clip.camera_id: clip for clip in match.clips}
    at_s = None if incident_id is None else review.incident(incident_id).at_s
    made = []
    for case in cases:
        seen = tuple(
            SeenLook(look, clips[look.camera_id], speed_of(look, clips[look.camera_id]), _reached(look, clips))
            for look in looks_of(case, log, clips, at_s=at_s)
        )
        watched = watched_of(archive, case, match, review) if questions_of(case) else ()
        made.append(ReviewFacts(case, match, watched, seen, missing, _failure(case, found.failures), now))
    return tuple(made)


def ruling_of(reviews: Iterable[ReviewFacts]) -> ReviewFacts | None:
    """The review whose result holds: the last one that has one; None where none has."""
    decided = [each for each in reviews if each.case.result is not None and not each.case.withdrawn]
    return decided[-1] if decided else None


def about(reviews: Sequence[ReviewFacts]) -> Case | None:
    """The case that says what an incident is about: the one whose result holds, else the newest that was not withdrawn;
    None where nobody opened one, or its rules do not know what happened."""
    held = ruling_of(reviews)
    cases = [each.case for each in reviews if not each.case.withdrawn]
    case = held.case if held is not None else cases[-1] if cases else None
    return None if case is None or case.about is None else case


def _reached(look: Look, clips: dict[str, Clip]) -> float | None:
    return look.reached(clips[look.camera_id])


def _failure(case: Case, failures: Sequence[Failure]) -> Failure | None:
    """The technical failure that ended ``case``: the entry that closed it names it by its number."""
    causes = [entry.body["cause"] for entry in case.live if entry.body.get("cause") is not None]
    return next((each for each in failures if str(each.number) in causes), None)


def review_document(facts: ReviewFacts, lang: str) -> dict[str, Any]:
    """A review for ``incident.json``: the case as ``touchline reviews`` prints it, and all that it rests on."""
    case, rules = facts.case, facts.case.rules
    times = facts.times
    return {
        "case": case_document(case, facts.now, facts.watched, lang),
        "rules": {
            "pack": rules.pack.name[lang],
            "edition": rules.edition.name[lang],
            "valid_from": rules.edition.valid_from.isoformat(),
            "valid_until": None if rules.edition.valid_until is None else rules.edition.valid_until.isoformat(),
            "format": rules.format.name[lang],
            "options": [rules.pack.options[name].name[lang] for name in sorted(rules.adopted)],
        },
        "sources": [
            {
                "id": name,
                "title": source.title,
                "publisher": source.publisher,
                "date": source.date,
                "kind": source.kind.value,
                "seen": source.seen.value,
                "url": source.url,
            }
            for name, source in facts.sources.items()
        ],
        "times": {
            "check": _when(times.check, facts.match),
            "review": _when(times.review, facts.match),
            "decision": _when(times.decision, facts.match),
            "restart": _when(times.restart, facts.match),
        },
        "looks": [
            {**each.look.document(each.clip), "reached": each.reached, "how": each.how.value} for each in facts.looks
        ],
        "looks_lost": facts.looks_lost,
        "failure": None if facts.failure is None else failure_document(facts.failure),
        "entries": [
            {
                "kind": entry.kind.value,
                "recorded_by": entry.recorded_by or None,
                "account": entry.account,
                **entry.document(case.id),
            }
            for entry in case.entries
        ],
    }


def _when(at: Stamp | None, match: Match) -> dict[str, Any] | None:
    if at is None:
        return None
    clock_s = None if at.match_s is None else match.setup.clock_s(at.match_s)
    return {
        "at_utc": at.utc,
        "match_s": None if at.match_s is None else float(at.match_s),
        "clock_s": None if clock_s is None else float(clock_s),
    }
