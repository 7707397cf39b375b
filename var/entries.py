"""The state of a review folded from its entries: pure, from rows to what counts now."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from touchline.errors import NotFound
from touchline.measure import Measurement
from var.bookmarks import Bookmark, changed, made
from var.decisions.kinds import EntryKind
from var.foul.kept import CLIPS_CAME, IMPORTED, LABELLED, KeptFoul, kept_of, with_clips, with_label
from var.foul.notes import NOTED, FoulNotes, noted
from var.model import (
    AttackDirection,
    BodyMark,
    BodyPart,
    Click,
    Decision,
    Incident,
    LineClick,
    PitchMark,
    Proposal,
    Role,
    SpotMark,
)
from var.painted import FollowedAngle, RefinedAngle, followed_of, refined_of


class Entry(Protocol):
    """A stored row: seq, kind, incident_id, body (JSON text), by, at_utc, account (None: no account)."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a column."""


E = TypeVar("E", bound=Entry)

CORRECTS = 6.0
"""A click within this many standard deviations of a proposal that was taken moves it; farther off it is a new one."""


@dataclass(frozen=True, slots=True)
class Review:
    """The state of a match's review after folding all entries: what counts now, in the order it was entered;
    bookmarks in the order of match time."""

    incidents: tuple[Incident, ...]
    pitch_marks: tuple[PitchMark, ...]
    body_marks: tuple[tuple[str, BodyMark], ...]
    decisions: tuple[Decision, ...]
    bookmarks: tuple[Bookmark, ...] = ()
    line_clicks: tuple[LineClick, ...] = ()
    spot_marks: tuple[tuple[str, SpotMark], ...] = ()
    refined: tuple[RefinedAngle, ...] = ()
    followed: tuple[FollowedAngle, ...] = ()
    fouls: tuple[KeptFoul, ...] = ()
    notes: tuple[FoulNotes, ...] = ()

    def foul_notes(self, incident_id: str) -> FoulNotes:
        """What was noted of a foul; empty notes where nothing was."""
        return next((each for each in self.notes if each.incident_id == incident_id), FoulNotes(incident_id))

    def incident(self, incident_id: str) -> Incident:
        """The incident with this id. Raises ``NotFound``."""
        for incident in self.incidents:
            if incident.id == incident_id:
                return incident
        raise NotFound("var.errors.no_such_incident", incident=incident_id)


@dataclass(slots=True)
class _State:
    """What has been read so far."""

    match_id: str
    numbers: dict[str, int]
    incidents: dict[str, Incident] = field(default_factory=dict)
    pitch: dict[tuple[str, int, str], PitchMark] = field(default_factory=dict)
    lines: dict[tuple[str, Click], LineClick] = field(default_factory=dict)
    bodies: dict[tuple[str, Role, BodyPart, str, int], tuple[str, BodyMark]] = field(default_factory=dict)
    spots: dict[tuple[str, str, str, int], tuple[str, SpotMark]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    bookmarks: dict[str, Bookmark] = field(default_factory=dict)
    refined: list[RefinedAngle] = field(default_factory=list)
    followed: list[FollowedAngle] = field(default_factory=list)
    fouls: dict[str, KeptFoul] = field(default_factory=dict)
    notes: dict[str, FoulNotes] = field(default_factory=dict)


def live(entries: Sequence[E]) -> list[E]:
    """Those of ``entries`` that count: neither undone nor an undo. An undo can itself be undone."""
    undone = _undone(entries)
    return [entry for entry in entries if entry["kind"] != "undo" and entry["seq"] not in undone]


def in_force(entries: Sequence[E]) -> list[E]:
    """The undos among ``entries`` that were not undone themselves."""
    undone = _undone(entries)
    return [entry for entry in entries if entry["kind"] == "undo" and entry["seq"] not in undone]


def _undone(entries: Sequence[Entry]) -> set[int]:
    undone: set[int] = set()
    for entry in reversed(entries):
        if entry["kind"] == "undo" and entry["seq"] not in undone:
            undone.add(json.loads(entry["body"])["of"])
    return undone


def fold(match_id: str, entries: Sequence[Entry]) -> Review:
    """The state after all ``entries`` in order. Those that were undone do not count, nor do those of an undone
    incident; its number is not given again, because a report may bear it."""
    state = _begun(match_id, entries)
    for entry in live(entries):
        _take(state, entry)
    return Review(
        incidents=tuple(state.incidents.values()),
        pitch_marks=tuple(state.pitch.values()),
        body_marks=tuple(state.bodies.values()),
        decisions=tuple(state.decisions),
        bookmarks=tuple(sorted(state.bookmarks.values(), key=lambda mark: (mark.at_s, mark.seq))),
        line_clicks=tuple(state.lines.values()),
        spot_marks=tuple(state.spots.values()),
        refined=tuple(state.refined),
        followed=tuple(state.followed),
        fouls=tuple(state.fouls.values()),
        notes=tuple(state.notes.values()),
    )


def first_unreadable(match_id: str, entries: Sequence[Entry]) -> tuple[int, Exception] | None:
    """The number of the first entry with which ``fold`` would fail, and why; None where it reads them all."""
    state = _begun(match_id, entries)
    for entry in live(entries):
        try:
            _take(state, entry)
        except Exception as fault:  # noqa: BLE001  whatever a stranger's entry does to whoever reads it
            return entry["seq"], fault
    return None


def _begun(match_id: str, entries: Sequence[Entry]) -> _State:
    marked = [entry["incident_id"] for entry in entries if entry["kind"] == "incident"]
    return _State(match_id, {incident_id: number for number, incident_id in enumerate(marked, 1)})


def _take(state: _State, entry: Entry) -> None:
    kind = entry["kind"]
    if kind not in _CASES and (kind not in _ON_INCIDENT or entry["incident_id"] in state.incidents):
        _TAKE[kind](state, entry, json.loads(entry["body"]))


def _incident(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.incidents[entry["incident_id"]] = Incident(
        id=entry["incident_id"],
        match_id=state.match_id,
        number=state.numbers[entry["incident_id"]],
        kind=body["kind"],
        at_s=Fraction(body["at_s"]),
        created_utc=entry["at_utc"],
        attack=AttackDirection(body["attack"]) if body.get("attack") else None,
    )


def _change(state: _State, entry: Entry, **changes: Any) -> None:
    state.incidents[entry["incident_id"]] = replace(state.incidents[entry["incident_id"]], **changes)


def _kick(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    """A kick frame; with ``also`` it stands beside the one of another angle, else it takes the place of all."""
    camera, frame = str(body["camera"]), int(body["frame"])
    before = state.incidents[entry["incident_id"]]
    if body.get("also") and before.kick_camera not in (None, camera):
        others = tuple(mark for mark in before.more_kicks if mark[0] != camera)
        _change(state, entry, more_kicks=(*others, (camera, frame)))
        return
    more = before.more_kicks if before.kick_camera == camera and body.get("also") else ()
    _change(state, entry, kick_camera=camera, kick_frame=frame, kick_s=Fraction(body["s"]), more_kicks=more)


def _attack(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    _change(state, entry, attack=AttackDirection(body["attack"]))


def _question(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    _change(state, entry, **{name: body[name] for name in ("kind", "line", "spotted") if name in body})


def _spot(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    owner, kind, click = entry["incident_id"], entry["kind"], Click(**body["click"])
    # The ball is in one place of a picture: a further click there replaces the one before.
    state.spots[owner, kind, click.camera_id, click.frame] = (owner, SpotMark(entry["seq"], kind, click))


def _pitch_mark(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    click = Click(**body["click"])
    x, y, z = body["pitch_m"]
    state.pitch[click.camera_id, click.frame, body["name"]] = PitchMark(entry["seq"], body["name"], (x, y, z), click)


def _line_click(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    click = Click(**body["click"])
    # The same place clicked again tells nothing new.
    state.lines[body["name"], click] = LineClick(entry["seq"], body["name"], click)


def _clear_pitch(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.pitch = {key: mark for key, mark in state.pitch.items() if key[0] != body["camera"]}
    state.lines = {key: mark for key, mark in state.lines.items() if key[1].camera_id != body["camera"]}
    state.refined = [one for one in state.refined if one.camera_id != body["camera"]]
    state.followed = [one for one in state.followed if one.camera_id != body["camera"]]


def _refinement(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.refined.append(refined_of(entry["seq"], body))


def _followed(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.followed.append(followed_of(entry["seq"], body))


def _body_mark(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    role, part, click = Role(body["role"]), BodyPart(body["part"]), Click(**body["click"])
    owner = entry["incident_id"]
    key = owner, role, part, click.camera_id, click.frame
    given = body.get("proposal")
    proposal = None if given is None else Proposal(**{**given, "px": tuple(given["px"])})
    if proposal is None and key in state.bodies:
        proposal = _moved(state.bodies[key][1].proposal, click)
    state.bodies[key] = (owner, BodyMark(entry["seq"], role, part, click, proposal))


def _moved(proposal: Proposal | None, click: Click) -> Proposal | None:
    """The proposal that a click corrects; None where it lies so far away that it shows something else."""
    if proposal is None:
        return None
    off_px = math.hypot(click.u_px - proposal.px[0], click.v_px - proposal.px[1])
    return proposal if off_px <= CORRECTS * proposal.sigma_px else None


def _decision(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    margin = body["margin"]
    state.decisions.append(
        Decision(
            id=body["id"],
            incident_id=entry["incident_id"],
            outcome=body["outcome"],
            margin=margin and Measurement(margin["value"], margin["sigma"], margin["unit"], margin["method"]),
            decided_by=entry["by"],
            decided_utc=entry["at_utc"],
            account=entry["account"],
            note=body["note"],
            supersedes=body["supersedes"],
            facts=body["facts"],
        )
    )


def _bookmark(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.bookmarks[body["id"]] = made(entry, body)


def _bookmark_change(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    if body["id"] in state.bookmarks:  # else it was removed meanwhile
        state.bookmarks[body["id"]] = changed(state.bookmarks[body["id"]], body)


def _foul(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.fouls[entry["incident_id"]] = kept_of(entry["seq"], entry["incident_id"], body)


def _foul_clips(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    state.fouls[entry["incident_id"]] = with_clips(state.fouls[entry["incident_id"]], body)


def _foul_label(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    foul = state.fouls[entry["incident_id"]]
    state.fouls[entry["incident_id"]] = with_label(foul, entry["by"], entry["at_utc"], body)


def _foul_note(state: _State, entry: Entry, body: dict[str, Any]) -> None:
    owner = entry["incident_id"]
    about = {name: entry[name] for name in ("seq", "by", "at_utc")}
    state.notes[owner] = noted(state.notes.get(owner, FoulNotes(owner)), entry["kind"], about, body)


_TAKE: dict[str, Callable[[_State, Entry, dict[str, Any]], None]] = {
    "incident": _incident,
    "kick": _kick,
    "attack": _attack,
    "pitch_mark": _pitch_mark,
    "line_click": _line_click,
    "clear_pitch": _clear_pitch,
    "refinement": _refinement,
    "followed": _followed,
    "body_mark": _body_mark,
    "question": _question,
    "ball_click": _spot,
    "contact_click": _spot,
    "decision": _decision,
    "bookmark": _bookmark,
    "bookmark_change": _bookmark_change,
    IMPORTED: _foul,
    CLIPS_CAME: _foul_clips,
    LABELLED: _foul_label,
    **dict.fromkeys(NOTED, _foul_note),
}
CAME = frozenset({IMPORTED, CLIPS_CAME})
"""Kinds that say what came from elsewhere. Nobody marked it, so nobody takes it back by itself."""

_CASES = frozenset(EntryKind)
"""Kinds that tell of reviews, which ``var.decisions.kept`` folds."""

_ON_INCIDENT = frozenset({"kick", "attack", "body_mark", "question", "ball_click", "contact_click", "decision"}) | {
    *CAME,
    *NOTED,
    LABELLED,
}
