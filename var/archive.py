"""The archive of matches: what was recorded, marked and decided, in the store; media in a folder a match.

What people do is kept as entries that are only ever added. An undo is an entry too: it names the entry that no longer
counts. The present state is read by folding the entries (``Archive.review``).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue, NotFound
from touchline.measure import Measurement
from touchline.rights import Action, require
from touchline.store import Row, utc_now
from var.allowed import NEEDED, UNDO
from var.decisions.kinds import OF_A_CASE, EntryKind
from var.entries import CAME, Review, fold, in_force, live
from var.evidence.outbox import digest_of, evidence_id
from var.foul.kept import IMPORTED
from var.match_store import MatchStore
from var.measure.pitch import Pitch
from var.model import (
    AttackDirection,
    BodyMark,
    BodyPart,
    Click,
    Clip,
    Decision,
    Incident,
    LineClick,
    Match,
    PitchMark,
    Proposal,
    Question,
    Role,
)

_Add = Callable[[str, str | None, str, dict[str, Any], str], int]


def _kick_by_its_frame(incident: Incident, clips: Mapping[str, Clip]) -> Incident:
    clip = clips.get(incident.kick_camera or "")
    if clip is None or incident.kick_frame is None:
        return incident
    return replace(incident, kick_s=clip.match_s(incident.kick_frame))


class Archive(MatchStore):
    """The matches of an installation with all that people marked and decided."""

    def _add(self, match_id: str, incident_id: str | None, kind: str, body: dict[str, Any], by: str) -> int:
        with self._alone() as add:
            return add(match_id, incident_id, kind, body, by)

    @contextmanager
    def _alone(self, needed: Action | None = None) -> Iterator[_Add]:
        """A function that adds an entry; in the block nobody else adds one, so what is read here still holds then.
        ``needed`` is the right that all of them ask for together, where it is not that of each kind."""
        with self.changing() as change:

            def add(match_id: str, incident_id: str | None, kind: str, body: dict[str, Any], by: str) -> int:
                require(self.person, needed or self._needed(match_id, kind, body))
                by = by if self.person is None else self.person.name  # nobody signs with another's name
                text = json.dumps(body, ensure_ascii=False)
                cursor = change.connection.execute(
                    "INSERT INTO entry (match_id, seq, incident_id, kind, body, by, at_utc, account) VALUES"
                    " (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM entry WHERE match_id = ?), ?, ?, ?, ?, ?, ?)"
                    " RETURNING *",
                    (match_id, match_id, incident_id, kind, text, by, utc_now(), self.account),
                )
                row = cursor.fetchone()
                digest = digest_of(row, evidence_id(change.connection, match_id))
                told = {"entry": row["seq"], "incident": incident_id, "what": kind, "sha256": digest}
                change.tell(match_id, "entry", told)
                return int(row["seq"])

            yield add

    def _needed(self, match_id: str, kind: str, body: Mapping[str, Any]) -> Action:
        """The right that an entry asks for; an undo that of what it takes back, or lets count again."""
        while kind == UNDO:
            row = self.store.row("SELECT kind, body FROM entry WHERE match_id = ? AND seq = ?", (match_id, body["of"]))
            if row is None:
                raise NotFound("var.errors.no_such_entry", seq=body["of"])
            kind, body = row["kind"], json.loads(row["body"])
        return NEEDED[kind]

    @contextmanager
    def adding(self) -> Iterator[_Add]:
        """A function that adds entries (match, incident, kind, body, by); in the block nobody else adds one, and all of
        them are kept, or none."""
        with self._alone() as add:
            yield add

    def checked(self, match: Match, click: Click) -> Click:
        """``click`` if it belongs to a frame of this very recording. Raises ``BadValue`` where it does not."""
        clip = match.clip(click.camera_id)
        if click.sha256 != clip.sha256 or click.frame >= len(clip):
            raise BadValue("var.errors.foreign_click", camera=clip.label, frame=click.frame)
        width, height = clip.size_px
        if not (-0.5 <= click.u_px <= width - 0.5 and -0.5 <= click.v_px <= height - 0.5):
            raise BadValue("var.errors.bad_click", camera=clip.label, frame=click.frame)
        return click

    def add_incident(
        self,
        match_id: str,
        *,
        at_s: Fraction,
        kind: str = "offside",
        by: str = "",
        attack: AttackDirection | None = None,
    ) -> Incident:
        """Mark an incident at ``at_s`` of match time."""
        self.match(match_id)
        incident_id = f"i-{secrets.token_hex(4)}"
        body = {"kind": kind, "at_s": str(at_s), "attack": attack.value if attack else None}
        self._add(match_id, incident_id, "incident", body, by)
        return self.incident(incident_id)

    def add_foul(self, match_id: str, *, at_s: Fraction, annotation: dict[str, Any], by: str = "") -> Incident:
        """Keep an incident together with the annotation that came with it (``var.foul.kept.body_of``): bringing both in
        is one right, and nobody has marked the incident."""
        self.match(match_id)
        incident_id = f"i-{secrets.token_hex(4)}"
        with self._alone(NEEDED[IMPORTED]) as add:
            add(match_id, incident_id, "incident", {"kind": "foul", "at_s": str(at_s), "attack": None}, by)
            add(match_id, incident_id, IMPORTED, annotation, by)
        return self.incident(incident_id)

    def set_kick(
        self, incident_id: str, *, camera_id: str, frame: int, sha256: str, by: str = "", also: bool = False
    ) -> None:
        """Set the kick frame: the first picture of ``camera_id`` in which foot and ball touch; with ``also`` beside
        those of other angles."""
        match = self.match(self.incident(incident_id).match_id)
        click = self.checked(match, Click(camera_id, frame, sha256, 0, 0))
        body = {"camera": camera_id, "frame": click.frame, "s": str(match.clip(camera_id).match_s(frame))}
        self._add(match.id, incident_id, "kick", body | ({"also": True} if also else {}), by)

    def set_attack(self, incident_id: str, attack: AttackDirection, *, by: str = "") -> None:
        """Say toward which goal the attack goes."""
        self._add(self.incident(incident_id).match_id, incident_id, "attack", {"attack": attack.value}, by)

    def ask(
        self,
        incident_id: str,
        question: Question | None = None,
        *,
        line: str | None = None,
        spotted: str | None = None,
        by: str = "",
    ) -> None:
        """Say what is asked about an incident, which line the ball may have crossed, or what was marked at the penalty
        area; what is not given stays as it is."""
        said = {"kind": None if question is None else question.value, "line": line, "spotted": spotted}
        body = {name: value for name, value in said.items() if value is not None}
        self._add(self.incident(incident_id).match_id, incident_id, "question", body, by)

    def mark_spot(self, incident_id: str, kind: str, click: Click, *, by: str = "") -> int:
        """Keep a click on the middle of the ball (``ball_click``) or on a point of contact (``contact_click``); another
        on the same picture replaces it. Raises ``BadValue`` for a picture that is not of this match."""
        match = self.match(self.incident(incident_id).match_id)
        self.checked(match, click)
        return self._add(match.id, incident_id, kind, {"click": asdict(click)}, by)

    def mark_pitch(self, match_id: str, name: str, pitch_m: Sequence[float], click: Click, *, by: str = "") -> int:
        """Keep a clicked pitch point; a second click on the same point of the same picture replaces the first."""
        self.checked(self.match(match_id), click)
        body = {"name": name, "pitch_m": [float(value) for value in pitch_m], "click": asdict(click)}
        return self._add(match_id, None, "pitch_mark", body, by)

    def mark_line(self, match_id: str, name: str, click: Click, *, by: str = "") -> int:
        """Keep a click along a line or an arc of the pitch, beside those that are there. Raises ``BadValue`` for a name
        that is no line of ``var.measure.pitch``: every calibration with it would be refused."""
        match = self.match(match_id)
        self.checked(match, click)
        pitch = Pitch(*match.setup.pitch_m)
        if name not in pitch.lines and name not in pitch.arcs:
            raise BadValue("var.errors.unknown_line", line=name, lines=", ".join([*pitch.lines, *pitch.arcs]))
        return self._add(match_id, None, "line_click", {"name": name, "click": asdict(click)}, by)

    def mark_body(
        self,
        incident_id: str,
        role: Role,
        part: BodyPart,
        click: Click,
        *,
        proposal: Proposal | None = None,
        by: str = "",
    ) -> int:
        """Keep a clicked body point; the same part on the same picture again replaces the former.

        Marked on two pictures, a part also tells how fast it moves, which narrows the margin. ``proposal`` is what the
        person confirmed; a click near it later on moves it, and both stay on record."""
        match = self.match(self.incident(incident_id).match_id)
        self.checked(match, click)
        body = {"role": role.value, "part": part.value, "click": asdict(click)}
        if proposal is not None:
            body["proposal"] = asdict(proposal)
        return self._add(match.id, incident_id, "body_mark", body, by)

    def remove(self, match_id: str, seq: int, *, by: str = "") -> None:
        """Say that an entry (a mark, an incident) no longer counts. Decisions stay: they are superseded.

        Raises ``BadValue`` for a decision, for what came from elsewhere and for what belongs to a review, ``NotFound``
        for an entry that is not of this match.
        """
        row = self.store.row("SELECT kind, incident_id FROM entry WHERE seq = ? AND match_id = ?", (seq, match_id))
        if row is None:
            raise NotFound("var.errors.no_such_entry", seq=seq)
        with self._alone() as add:
            decided = row["kind"] == "incident" and (
                self.decisions(row["incident_id"]) or self.has_case(row["incident_id"])
            )
            if row["kind"] in set(EntryKind):
                raise BadValue("var.errors.entry_of_review", seq=seq)
            if row["kind"] in ("decision", "undo", *CAME) or decided:
                raise BadValue("var.errors.not_undoable", seq=seq)
            add(match_id, row["incident_id"], "undo", {"of": seq}, by)

    def has_case(self, incident_id: str) -> bool:
        """Whether a review of this incident was opened: it needs the incident from then on, also once withdrawn."""
        require(self.person, Action.WATCH)
        rows = self.store.rows("SELECT kind FROM entry WHERE incident_id = ?", (incident_id,))
        return any(row["kind"] in OF_A_CASE for row in rows)

    def undo(
        self,
        match_id: str,
        incident_id: str | None = None,
        *,
        kinds: Collection[str] | None = None,
        by: str = "",
    ) -> str | None:
        """Undo the last thing that was marked (in this incident or on the pitch); returns its kind, or None. With
        ``kinds`` the last thing of those.

        An incident is not undone this way, nor what came from elsewhere, and nothing before the last decision is.
        """
        with self._alone() as add:
            for row in reversed(live(self._all_entries(match_id))):
                if row["incident_id"] not in (None, incident_id) or row["kind"] in (*CAME, *EntryKind):
                    continue
                if row["kind"] in ("decision", "incident"):
                    return None
                if kinds is not None and row["kind"] not in kinds:
                    continue
                add(match_id, row["incident_id"], "undo", {"of": row["seq"]}, by)
                return str(row["kind"])
        return None

    def remove_incident(self, incident_id: str, *, by: str = "") -> None:
        """Say that an incident was marked by mistake. Raises ``BadValue`` once it has been decided."""
        row = self.store.row(
            "SELECT seq, match_id FROM entry WHERE incident_id = ? AND kind = 'incident'", (incident_id,)
        )
        if row is None:
            raise NotFound("var.errors.no_such_incident", incident=incident_id)
        self.remove(row["match_id"], row["seq"], by=by)

    def restore_incident(self, incident_id: str, *, by: str = "") -> None:
        """Bring back a removed incident with all its marks. Raises ``NotFound`` where none was removed."""
        with self._alone() as add:
            rows = self.store.rows("SELECT * FROM entry WHERE incident_id = ? ORDER BY seq", (incident_id,))
            marked = {row["seq"] for row in rows if row["kind"] == "incident"}
            undone = {json.loads(row["body"])["of"]: row for row in rows if row["kind"] == "undo"}
            removal = next((undone[seq] for seq in marked if seq in undone), None)
            if removal is None or removal["seq"] in undone:
                raise NotFound("var.errors.no_such_incident", incident=incident_id)
            add(removal["match_id"], incident_id, "undo", {"of": removal["seq"]}, by)

    def add_entry(
        self, match_id: str, kind: str, body: dict[str, Any], *, by: str = "", incident_id: str | None = None
    ) -> int:
        """Keep an entry that belongs to no incident, such as a bookmark, or to ``incident_id``; returns its number.
        Raises ``NotFound``, and ``BadValue`` for what a review says (that goes through ``var.decisions.kept``) and for
        an undo: what may be taken back is known to ``remove``, ``undo`` and ``restore``."""
        if kind == UNDO:
            raise BadValue("var.errors.undo_is_no_entry")
        if kind in set(EntryKind):
            raise BadValue("var.errors.entry_only_by_review", kind=kind)
        self.match(match_id)
        if incident_id is not None:
            self.review(match_id).incident(incident_id)
        return self._add(match_id, incident_id, kind, body, by)

    def restore(self, match_id: str, seq: int, *, by: str = "") -> None:
        """Let an entry count again that was taken back; one that counts stays as it is.

        Raises ``NotFound`` for an entry that is not of this match.
        """
        with self._alone() as add:
            rows = self._all_entries(match_id)
            if all(row["seq"] != seq for row in rows):
                raise NotFound("var.errors.no_such_entry", seq=seq)
            for undo in in_force(rows):
                if json.loads(undo["body"])["of"] == seq:
                    add(match_id, undo["incident_id"], "undo", {"of": undo["seq"]}, by)

    def clear_pitch_marks(self, match_id: str, camera_id: str, *, by: str = "") -> None:
        """Say that no point and no line marked on an angle counts any more; undo brings them back."""
        self._add(match_id, None, "clear_pitch", {"camera": camera_id}, by)

    def decide(
        self,
        incident_id: str,
        outcome: str,
        *,
        by: str,
        margin: Measurement | None = None,
        note: str = "",
        facts: dict[str, Any] | None = None,
    ) -> Decision:
        """Record a decision; it supersedes the one before. Raises ``BadValue`` without the name of who decides."""
        by = by if self.person is None else self.person.name
        if not by.strip():
            raise BadValue("var.errors.nobody_decides")
        decision_id = f"d-{secrets.token_hex(4)}"
        with self._alone() as add:
            before = self.decisions(incident_id)
            body = {
                "id": decision_id,
                "outcome": outcome,
                "margin": margin.document() if margin else None,
                "note": note,
                "supersedes": before[-1].id if before else None,
                "facts": facts or {},
            }
            add(self.incident(incident_id).match_id, incident_id, "decision", body, by.strip())
        return next(decision for decision in self.decisions(incident_id) if decision.id == decision_id)

    def entries(self, match_id: str) -> list[dict[str, Any]]:
        """Every entry of a match in order, undone ones and undos included, as JSON-ready documents."""
        return [{**dict(row), "body": json.loads(row["body"])} for row in self._all_entries(match_id)]

    def _all_entries(self, match_id: str) -> list[Row]:
        require(self.person, Action.WATCH)
        return self.store.rows("SELECT * FROM entry WHERE match_id = ? ORDER BY seq", (match_id,))

    # ------------------------------------------------------------------ the folded state

    def review(self, match_id: str) -> Review:
        """The present state of a match's review.

        The instant of a kick is that of its frame by the camera's clock as it is set now, not as it was when marked.
        """
        review = fold(match_id, self._all_entries(match_id))
        match = self.find(match_id) if any(incident.kick_camera for incident in review.incidents) else None
        if match is None:
            return review
        clips = {clip.camera_id: clip for clip in match.clips}
        return replace(review, incidents=tuple(_kick_by_its_frame(incident, clips) for incident in review.incidents))

    def incidents(self, match_id: str) -> list[Incident]:
        """The incidents of a match, in the order they were marked."""
        return list(self.review(match_id).incidents)

    def incident(self, incident_id: str) -> Incident:
        """The incident with this id. Raises ``NotFound``."""
        row = self.store.row("SELECT match_id FROM entry WHERE incident_id = ?", (incident_id,))
        if row is None:
            raise NotFound("var.errors.no_such_incident", incident=incident_id)
        return self.review(row["match_id"]).incident(incident_id)

    def pitch_marks(self, match_id: str, camera_id: str) -> list[PitchMark]:
        """The pitch points marked on an angle."""
        return [mark for mark in self.review(match_id).pitch_marks if mark.click.camera_id == camera_id]

    def line_clicks(self, match_id: str, camera_id: str) -> list[LineClick]:
        """The clicks along lines and arcs on an angle."""
        return [mark for mark in self.review(match_id).line_clicks if mark.click.camera_id == camera_id]

    def body_marks(self, incident_id: str) -> list[BodyMark]:
        """The body points marked for an incident."""
        marks = self.review(self.incident(incident_id).match_id).body_marks
        return [mark for owner, mark in marks if owner == incident_id]

    def decisions(self, incident_id: str) -> list[Decision]:
        """The decisions on an incident, the oldest first; the last one holds."""
        decisions = self.review(self.incident(incident_id).match_id).decisions
        return [decision for decision in decisions if decision.incident_id == incident_id]
