"""One visitor's place in the review of a match: which incident, which step, what a click means now. Draws nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import streamlit as st

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import t
from touchline.jobs import Jobs
from var.allowed import NEEDED
from var.angles import AngleState, angle_state
from var.archive import Archive
from var.bookmarks import ACTIONS, act
from var.entries import Review
from var.foul.kept import LABELLED
from var.foul.notes import NOTED
from var.measure.pitch import Pitch
from var.model import BodyPart, Click, Incident, Match, Question, Role
from var.panels.text import refusal
from var.panels.who import present
from var.questions import MARKED, STEPS, instant_of, spots_of
from var.review import body_marks_of

PITCH = frozenset({"pitch_mark", "line_click", "clear_pitch", "refinement", "followed"})
"""The kinds of entries that calibrate."""

SAME_KICK_S = Fraction(2, 5)
"""A kick frame that is marked on another angle so near to the first stands beside it; one farther away replaces it."""

LAYERS: dict[str, frozenset[str]] = {
    "pitch": frozenset({"pitch", "marks"}),
    "kick": frozenset({"ball"}),
    "attacker": frozenset({"bodies", "lines"}),
    "defender": frozenset({"bodies", "lines"}),
    "ball": frozenset({"bodies", "lines"}),
    "contact": frozenset({"bodies", "lines"}),
    "verdict": frozenset({"bodies", "lines"}),
    **dict.fromkeys(("window", "frames", "law", "aids", "decision"), frozenset({"bodies"})),
}
"""What each step draws over the pictures."""


class Booth:
    """One visitor's place in the review of a match: which incident, which step, what a click means now."""

    def __init__(self, archive: Archive, match: Match, lang: str) -> None:
        self.archive, self.match, self.lang = archive, match, lang
        self.review: Review = archive.review(match.id)
        self.state: dict[str, Any] = st.session_state.setdefault(
            f"booth-{match.id}",
            {
                "incident": None,
                "step": "kick",
                "camera": match.clips[match.master].camera_id,
                "point": None,
                "part": {Role.ATTACKER: BodyPart.TOE, Role.DEFENDER: BodyPart.TOE},
                "ack": 0,
                "seek": None,
                "error": None,
            },
        )
        self.state.setdefault("mode", "review")
        self.state.setdefault("line", None)
        self.sync: dict[str, Any] = self.state.setdefault(
            "sync",
            {
                "reference": match.clips[match.master].camera_id,
                "camera": None,
                "job": None,
                "dropped": None,
                "accepted": [],
                "pairs": [],
                "pair": None,
            },
        )
        known = {incident.id for incident in self.review.incidents}
        live = any(clip.recording for clip in match.clips)
        if self.state["incident"] not in known:
            asked = st.query_params.get("incident")  # as before the page was loaded anew
            newest = self.review.incidents[-1].id if self.review.incidents else None
            self.state["incident"] = asked if asked in known else newest
            if self.state["incident"] is not None:
                self.state["step"] = self.next_step()
        if self.state["seek"] is None and (self.review.incidents or not live):  # else the player opens at the newest
            self.state["seek"] = {"s": float(self.first_look()), "seq": 1}

    @property
    def incident(self) -> Incident | None:
        """The incident under review, or None before one is marked."""
        chosen = self.state["incident"]
        return None if chosen is None else self.review.incident(chosen)

    @property
    def question(self) -> Question:
        """What is asked about the incident under review."""
        incident = self.incident
        return Question.OFFSIDE if incident is None else incident.question

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps of the review of what is asked."""
        return STEPS[self.question]

    def ask(self, question: Question) -> None:
        """Ask something else about the incident; what was marked for another question stays for it."""
        incident = self.incident
        if incident is None or question is incident.question:
            return
        if self.attempt(lambda: self.archive.ask(incident.id, question, by=self.person)):
            self.state["step"] = self.next_step()

    @property
    def person(self) -> str:
        """Who works at this screen: who signed in, else as far as they said."""
        if self.archive.person is not None:
            return self.archive.person.name
        return str(st.session_state.get("person", ""))

    @property
    def jobs(self) -> Jobs:
        """Long work, started and stopped by who works at this screen."""
        return Jobs(self.archive.home, self.archive.person)

    def first_look(self) -> Fraction:
        """What to show first: the incident under review, else the first instant that every angle covers, if there is
        one."""
        incident = self.incident
        if incident is not None:
            return incident.kick_s if incident.kick_s is not None else incident.at_s
        starts = max(clip.match_s(0) for clip in self.match.clips)
        ends = min(clip.match_s(len(clip) - 1) for clip in self.match.clips)
        return starts if starts <= ends else min(clip.match_s(0) for clip in self.match.clips)

    @property
    def looked_s(self) -> Fraction | None:
        """The instant that is looked at, as far as it is known here: what somebody asked for last, else that of the
        incident under review; None where there is neither."""
        looked_s: Fraction | None = self.state.get("looked_s")
        if looked_s is not None or self.incident is None:
            return looked_s
        return self.first_look()

    def refresh(self) -> None:
        """Read the state again after a change, and who is at the screen: a click belongs to a page of minutes ago."""
        self.archive = present(self.archive)
        self.match = self.archive.match(self.match.id)
        self.review = self.archive.review(self.match.id)

    def seek(self, match_s: Fraction) -> None:
        """Ask the player to show an instant."""
        before = self.state["seek"]["seq"] if self.state["seek"] else 1
        self.state["opened_at"] = self.state["looked_s"] = None
        # No number comes again, also where the server was started anew and a page that was open before still knows one.
        self.state["seek"] = {"s": float(match_s), "seq": max(before + 1, time.time_ns() // 1_000_000)}

    def go(self, step: str) -> None:
        """Change to a step; the measuring steps show the kick."""
        self.state["step"] = step
        self.state["ball_wanted"] = self.state["ball_place"] = False
        incident = self.incident
        if incident is None:
            return
        if incident.question is not Question.OFFSIDE:
            if step == "verdict":
                self.seek(instant_of(self.match, self.review, incident))
        elif step in ("attacker", "defender", "verdict") and incident.kick_s is not None:
            self.seek(incident.kick_s)

    def next_step(self) -> str:
        """The first step that still lacks something."""
        incident = self.incident
        if incident is not None and incident.question is Question.FOUL:
            return next((step for step in self.steps if step not in self.done()), self.steps[-1])
        if incident is not None and incident.question is not Question.OFFSIDE:
            if not any(self.calibrated(camera) for camera in self.cameras()):
                return "pitch"
            return self.steps[-1] if self.marked(incident) else self.steps[1]
        if incident is None or incident.kick_s is None or incident.attack is None:
            return "kick"
        marked = {mark.role for mark in body_marks_of(self.review, incident)}
        if not any(self.calibrated(camera) for camera in self.cameras()):
            return "pitch"
        if Role.ATTACKER not in marked:
            return "attacker"
        return "defender" if Role.DEFENDER not in marked else "verdict"

    def marked(self, incident: Incident) -> bool:
        """Whether there are clicks on the ball, and its line is said, or clicks on the contact."""
        named = incident.question is not Question.BALL or incident.line is not None
        return named and bool(spots_of(self.review, incident))

    def cameras(self) -> list[str]:
        """The camera ids in the order of the screen."""
        return [clip.camera_id for clip in self.match.clips]

    def calibrated(self, camera_id: str) -> bool:
        """Whether an angle carries a calibration on the kick frame (or on any, for a fixed camera)."""
        return self.angle(camera_id).calibration is not None

    def angle(self, camera_id: str) -> AngleState:
        """An angle's calibration on the frame that shows the kick; on the marked frames before a kick is set."""
        clip = self.match.clip(camera_id)
        incident = self.incident
        at_s = None if incident is None else incident.kick_s
        if incident is not None and incident.question is not Question.OFFSIDE:
            at_s = instant_of(self.match, self.review, incident)
        frame = None if at_s is None else clip.frame_at(at_s)
        return angle_state(self.match, self.review, camera_id, frame)

    def done(self) -> set[str]:
        """The steps that lack nothing."""
        incident = self.incident
        if incident is None:
            return set()
        if incident.question is Question.FOUL:
            return self._foul_done(incident)
        finished = {mark.role.value for mark in body_marks_of(self.review, incident)}
        if self.marked(incident):
            finished.add(self.steps[1])
        if incident.kick_s is not None and incident.attack is not None:
            finished.add("kick")
        if any(self.calibrated(camera) for camera in self.cameras()):
            finished.add("pitch")
        if any(decision.incident_id == incident.id for decision in self.review.decisions):
            finished.add("verdict")
        return finished

    def _foul_done(self, incident: Incident) -> set[str]:
        """The steps of a foul for which something is noted; it can be decided without any of them."""
        notes = self.review.foul_notes(incident.id)
        noted = {"window": notes.contacts, "frames": notes.frames, "law": notes.answers, "aids": notes.persons}
        finished = {step for step, marks in noted.items() if marks}
        if any(self.calibrated(camera) for camera in self.cameras()):
            finished.add("pitch")
        if any(decision.incident_id == incident.id for decision in self.review.decisions):
            finished.add("decision")
        return finished

    def layers(self) -> frozenset[str]:
        """What is drawn over the pictures now: only what the present step needs, so that the picture stays clear."""
        if self.incident is None:
            return frozenset()
        layers = LAYERS.get(self.state["step"], frozenset())
        return layers | {"sure"} if self.state["step"] == "pitch" and self.state.get("sure") else layers

    def flags(self) -> list[dict[str, Any]]:
        """What stands on the time line: incidents and kicks."""
        flags = []
        for incident in self.review.incidents:
            flags.append({"s": float(incident.at_s), "label": str(incident.number), "kind": "incident"})
            if incident.kick_s is not None:
                flags.append({"s": float(incident.kick_s), "label": f"K{incident.number}", "kind": "kick"})
        return flags

    # ------------------------------------------------------------------ what people do

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do something that may be refused; a refusal is shown and nothing changes."""
        try:
            action()
            self.refresh()
        except TouchlineError as fault:
            self.state["error"] = refusal(fault.document(self.lang))
            return False
        self.state["error"] = None
        return True

    def new_incident(self, at_s: Fraction) -> None:
        """Mark an incident at an instant and make it the one under review."""
        made: list[Incident] = []
        if self.attempt(lambda: made.append(self.archive.add_incident(self.match.id, at_s=at_s, by=self.person))):
            self.state["incident"] = made[0].id
            self.state["looked_s"], self.state["step"] = None, "kick"
            if self.match.setup.review is not None and self.state["mode"] == "review":
                self.state["mode"] = "case"  # the protocol begins with the check

    def on_action(self, action: dict[str, Any]) -> None:
        """A key or button of the player.

        The match is read anew first: what a live one showed when the page was drawn may be minutes old, and the frame
        that was painted then lies beyond its end.
        """
        if not self.attempt(lambda: None):
            return
        name = action.get("name")
        if name in ACTIONS:
            self.attempt(lambda: act(self.archive, self.match.id, action, by=self.person))
        elif name == "incident":
            self.mark_incident(action)
        elif name == "kick" and self.question is Question.OFFSIDE:
            self.set_kick(action)
        elif name == "kick" and self.question is Question.FOUL and self.state["mode"] != "review":
            self.state["notice"] = t("var.foul_page.key_elsewhere", self.lang)  # nothing is marked unseen
        elif name == "kick" and self.question is Question.FOUL:
            from var.panels.foul.clicks import take_key

            self.attempt(lambda: take_key(self, action))
        elif name == "leave_tool":
            self.state["ball_wanted"] = self.state["ball_place"] = False
        elif name == "undo":
            self.undo()
        elif name in ("kick", "offside"):  # the key of what is to be measured, whatever is asked
            self.go("attacker" if self.question is Question.OFFSIDE else self.steps[1])
        elif name == "decide" and self.match.setup.review is not None:
            self.state["mode"] = "case"
        elif name == "decide":
            self.go(self.steps[-1])

    def mark_incident(self, action: dict[str, Any]) -> None:
        """Mark an incident at what was painted: the instant of the active angle's frame, else of the step.

        Not the step's number: a live match has more steps by now than when the key was pressed.
        """
        found: list[Fraction] = []

        def read() -> None:
            camera, frame = action.get("camera"), action.get("frame")
            if camera is not None and frame is not None and int(frame) >= 0:
                clip = self.match.clip(str(camera))
                if int(frame) >= len(clip):
                    raise BadValue("var.errors.foreign_click", camera=clip.label, frame=int(frame))
                found.append(clip.match_s(int(frame)))
            elif isinstance(action.get("s"), int | float) and math.isfinite(action["s"]):
                found.append(Fraction(round(float(action["s"]) * 1_000_000), 1_000_000))

        if self.attempt(read) and found:
            self.new_incident(found[0])

    def set_kick(self, action: dict[str, Any], *, confirmed: bool = False) -> None:
        """Take the painted frame of the active angle as the kick frame; asks first where marks rest on another."""
        camera, frame = action.get("camera"), action.get("frame")
        if camera is None or frame is None or int(frame) < 0:
            self.state["error"] = t("var.review.kick_without_picture", self.lang)
            return
        if self.incident is None:
            self.new_incident(self.match.clip(str(camera)).match_s(int(frame)))
        incident = self.incident
        if incident is None:
            return
        marked = dict(incident.more_kicks) | {incident.kick_camera: incident.kick_frame}
        shown_s = self.match.clip(str(camera)).match_s(int(frame))
        also = incident.kick_s is not None and abs(shown_s - incident.kick_s) <= SAME_KICK_S
        replaced = marked.get(camera, -1) != int(frame) if camera in marked or not also else False
        another = incident.kick_camera is not None and replaced
        if another and not confirmed and body_marks_of(self.review, incident):
            self.state["move_kick"] = dict(action)  # much rests on the present kick frame: ask first
            self.state["step"] = "kick"
            return
        self.state["move_kick"] = None
        done = self.attempt(
            lambda: self.archive.set_kick(
                incident.id,
                camera_id=camera,
                frame=int(frame),
                sha256=str(action["sha256"]),
                by=self.person,
                also=also,
            )
        )
        if done:
            # A further angle does not lead on: what it is worth is seen where it was marked.
            self.state["step"] = "kick" if also else self.next_step()

    def undo(self) -> None:
        """Undo the last mark of this incident, of those that its question shows, and say what it was."""
        undone: list[str | None] = []
        incident = self.state["incident"]
        done = self.attempt(
            lambda: undone.append(self.archive.undo(self.match.id, incident, kinds=self._undoable(), by=self.person))
        )
        if done and undone == [None]:
            self.state["error"] = t("var.review.nothing_to_undo", self.lang)
        elif done and undone[0] is not None:
            what = t(f"var.review.undone_kind.{undone[0]}", self.lang)
            self.state["notice"] = t("var.review.undone", self.lang, what=what)
        incident = self.incident
        if done and undone == ["kick"] and incident is not None and incident.kick_s is not None:
            self.seek(incident.kick_s)

    def _undoable(self) -> frozenset[str]:
        """The kinds of marks that are shown now: a foul's own on its pages, and never what a case says."""
        if self.question is not Question.FOUL:
            return frozenset(NEEDED) - NOTED - {LABELLED}
        return PITCH if self.state["step"] == "pitch" else NOTED | {LABELLED, "attack"}

    def remove(self, seq: int) -> None:
        """Take back one mark."""
        self.attempt(lambda: self.archive.remove(self.match.id, seq, by=self.person))

    def remove_incident(self, incident_id: str) -> None:
        """Take back an incident that was marked by mistake; its marks go with it, and come back with it."""
        if self.attempt(lambda: self.archive.remove_incident(incident_id, by=self.person)):
            self.state["removed"] = incident_id

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The point or the line of the pitch that a click in the picture means now: its kind and its name."""
        for kind in ("line", "point"):
            if self.state[kind]:
                return kind, self.state[kind]
        return None

    def choose(self, kind: str, name: str) -> None:
        """Choose a point or a line of the pitch; anything else changes nothing."""
        pitch = Pitch(*self.match.setup.pitch_m)
        known = {"point": tuple(pitch.points), "line": (*pitch.lines, *pitch.arcs)}
        if name in known.get(kind, ()):
            self.state["point"], self.state["line"] = (name, None) if kind == "point" else (None, name)

    def on_point(self, point: dict[str, Any]) -> None:
        """A click in a picture, with the frame that was painted there."""
        self.state["ack"] = int(point["seq"])
        if not self.attempt(lambda: None):
            return

        def take() -> None:
            click = Click(
                str(point["camera"]), int(point["frame"]), str(point["sha256"]), float(point["u"]), float(point["v"])
            )
            step = self.state["step"]
            if self.state["mode"] == "sync":
                self.take_pair(click)
            elif step == "pitch" and self.chosen is not None:
                self.take_pitch(*self.chosen, click)
            elif step == "kick" and self.state.get("ball_wanted"):
                from var.panels.assist import look_for_kick

                look_for_kick(self, click)
            elif step == "kick" and self.state.get("ball_place") and self.incident is not None:
                self.archive.mark_spot(self.incident.id, "ball_click", click, by=self.person)
            elif step in ("attacker", "defender") and self.incident is not None:
                role = Role(step)
                self.archive.mark_body(self.incident.id, role, self.state["part"][role], click, by=self.person)
            elif step in ("ball", "contact") and step in self.steps and self.incident is not None:
                self.archive.mark_spot(self.incident.id, MARKED[self.incident.question], click, by=self.person)
            elif self.question is Question.FOUL:
                from var.panels.foul.clicks import take_click

                take_click(self, step, click)

        self.attempt(take)

    def take_pitch(self, kind: str, name: str, click: Click) -> None:
        """A click on the chosen point, or one more along the chosen line."""
        if kind == "line":
            self.archive.mark_line(self.match.id, name, click, by=self.person)
        else:
            place = Pitch(*self.match.setup.pitch_m).points[name]
            self.archive.mark_pitch(self.match.id, name, place, click, by=self.person)
        self.state["camera"] = click.camera_id

    def take_pair(self, click: Click) -> None:
        """A click while a pair is set: first on the reference, then on the angle that is being synchronised."""
        clip, pair = self.match.clip(click.camera_id), self.sync["pair"]
        if click.sha256 != clip.sha256 or click.frame >= len(clip):
            raise BadValue("var.errors.foreign_click", camera=clip.label, frame=click.frame)
        if pair is None:
            return
        if "first" not in pair and click.camera_id == self.sync["reference"]:
            pair["first"] = click.frame
        elif "first" in pair and click.camera_id == self.sync["camera"]:
            self.sync["pairs"].append((pair["first"], click.frame))
            self.sync["pair"] = None

    def layers_now(self) -> frozenset[str]:
        """What is drawn over the pictures now; nothing while the angles are synchronised."""
        return frozenset() if self.state["mode"] in ("sync", "case") else self.layers()
