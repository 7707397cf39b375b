"""The desk of a review: which case is open, under which rules, who acts, and what a press means. Draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from touchline.errors import TouchlineError
from touchline.i18n import t
from touchline.rights import Action, refused
from var.decisions import Actor, Case, Choice, Ruling, steps_open
from var.decisions.asking import implied_outcome, measured_for, measures_of
from var.decisions.kept import Reviewing, Sitting, host_stamp, sitting, watched_of
from var.decisions.model import Stamp
from var.decisions.people import deciders, judges, officials, reporters
from var.decisions.steps import outcomes_left
from var.decisions.watched import Watched
from var.model import Question, ReviewRules, Setup
from var.panels.booth import Booth
from var.panels.case.entries import entry_text
from var.panels.text import markdown_safe
from var.rules.choosing import Rulebook
from var.rules.model import Step
from var.rules.of_match import rulebook_of
from var.rules.shelf import Shelf, own_folder, shelf
from var.rules.words import Begins, Effect


class CaseDesk:
    """One visitor's place at the review of the incident that the booth has chosen.

    ``rules`` are those of the match (None: nobody said), or ``fault`` says why they cannot be used.
    """

    def __init__(self, booth: Booth) -> None:
        self.booth = booth
        self.reviewing = Reviewing(booth.archive, booth.match.id, self._now)
        self.sitting: Sitting = sitting(booth.archive, booth.match.id)
        self.rules: Rulebook | None = None
        self.fault: TouchlineError | None = None
        try:
            self.rules = self._rulebook(booth.match.setup)
        except TouchlineError as fault:
            self.fault = fault

    def _now(self) -> Stamp:
        """The present instant; its match time while a camera records, because only then the match goes on."""
        live = [clip for clip in self.booth.match.clips if clip.recording]
        return host_stamp(max(clip.match_s(len(clip) - 1) for clip in live) if live else None)

    @property
    def state(self) -> dict[str, Any]:
        """What this visitor chose at the desk."""
        found: dict[str, Any] = self.booth.state.setdefault("desk", {"names": {}, "ruling": {}})
        return found

    def shelf(self) -> Shelf:
        """The rule packs at hand."""
        return shelf(self.booth.archive.home)

    def _rulebook(self, setup: Setup) -> Rulebook | None:
        own = own_folder(self.booth.archive.home)
        return rulebook_of(setup, self.shelf().all(), date.today(), own=own)  # noqa: DTZ011 - the day here

    # ------------------------------------------------------------------ the case

    @property
    def case(self) -> Case | None:
        """The newest open case of the incident under review, else its newest that was not withdrawn."""
        incident = self.booth.incident
        own = [case for case in self.sitting.cases if incident is not None and case.incident_id == incident.id]
        own = [case for case in own if not case.closed] or [case for case in own if not case.withdrawn]
        return own[-1] if own else None

    @property
    def running(self) -> Case | None:
        """The case whose clock is to be seen: the open one of this incident, else the newest open one of the match."""
        here = self.case
        if here is not None and not here.closed:
            return here
        return next((case for case in reversed(self.sitting.cases) if not case.closed), None)

    def now(self) -> Stamp:
        """The present instant."""
        return self.reviewing.clock()

    def choices(self, case: Case) -> tuple[Choice, ...]:
        """The steps that lead on, as those may take them who take them here."""
        account = self.sitting.account(case)
        by_step: dict[str, Choice] = {}
        for step in case.rules.protocol.leaving(case.state):
            role = self.role_among(case.rules, step.by)
            for choice in steps_open(case, role, account) if role else ():
                if choice.step.id == step.id:
                    by_step.setdefault(step.id, choice)
        return tuple(by_step.values())

    def watched(self, case: Case) -> tuple[Watched, ...]:
        """What the log of looks says of each question."""
        return watched_of(self.booth.archive, case, self.booth.match, self.booth.review)

    # ------------------------------------------------------------------ who acts

    def may_note(self) -> bool:
        """Whether who signed in may open cases, tell facts and record a failure."""
        return refused(self.booth.archive.person, Action.MARK) is None

    def may_decide(self) -> bool:
        """Whether who signed in may take the steps of those who judge."""
        return refused(self.booth.archive.person, Action.DECIDE) is None

    def role_among(self, rules: Rulebook, roles: Iterable[str]) -> str:
        """The role of ``roles`` in which something is said here: the first that who signed in may act as."""
        known = [role for role in roles if role in rules.format.roles]
        if not self.may_decide():
            known = [role for role in known if role not in judges(rules) | deciders(rules)] or known
        return known[0] if known else ""

    def role_now(self, case: Case, roles: frozenset[str]) -> str:
        """The role of ``roles`` in which something is said of a case now: who checks while a step of theirs leads on,
        else others who take one. In a check the VAR judges how clear an error was, not the referee."""
        leaving = case.rules.protocol.leaving(case.state)
        acting = {role for step in leaving if Effect.RECORD_FAILURE not in step.effects for role in step.by}
        known = [role for role in case.rules.format.roles if role in roles]
        order = {role: 2 * (role in acting) + (role in case.rules.protocol.by) for role in known}
        return self.role_among(case.rules, sorted(known, key=lambda role: -order[role]))

    def name_of(self, rules: Rulebook, role: str) -> str:
        """The name of who acts as ``role``: as chosen here, else of the match's officials; of who is signed in only in
        the role that sits at this desk. Empty where nobody said: whoever presses for a referee is not the referee."""
        chosen = self.state["names"].get(role)
        if chosen is not None:
            return str(chosen)
        for said, name in self.booth.match.setup.officials:
            if name and (rules.pack.roles[role].is_called(said) or said.strip().casefold() == role.casefold()):
                return name
        return self.booth.person if role == self.own_role(rules) else ""

    def own_role(self, rules: Rulebook) -> str:
        """The role in which who signed in sits at this desk: who checks, in reviews that somebody asks for who decides;
        for people who may not decide, who reports a failure."""
        by = rules.protocol.by if self.may_decide() else ()
        of_whom = deciders(rules) if self.may_decide() else reporters(rules) - judges(rules) - deciders(rules)
        return self.role_among(rules, by or [role for role in rules.format.roles if role in of_whom])

    def actor(self, rules: Rulebook, role: str) -> Actor:
        """Who acts as ``role``; somebody who does not sit here and was not named acts by the role's own name."""
        name = self.name_of(rules, role)
        if not name and role and role != self.own_role(rules):
            name = rules.pack.roles[role].name[self.booth.lang]
        return Actor(name, role)

    def officials(self) -> tuple[str, ...]:
        """The roles of this format that belong to no team, in the pack's order."""
        rules = self.rules
        return () if rules is None else tuple(role for role in rules.format.roles if role in officials(rules))

    # ------------------------------------------------------------------ what people do

    def press(self, name: str, seen: Mapping[str, Any] | None = None) -> None:
        """Carry out the press of a button by its key on the page. What cannot be pressed any more changes nothing: the
        step was taken meanwhile, on this screen or another. ``seen`` says which ``incident`` the page showed; a press
        that was meant for another one, or for an outcome that the step has no more, is not carried out and says so."""
        kind, _, what = name.removeprefix("case_").partition("_")
        case = self.case
        if kind != "failure" and seen is not None and seen.get("incident") != self.booth.state["incident"]:
            self.booth.state["error"] = t("var.case.shown_otherwise", self.booth.lang)
            return
        if kind == "category":
            self.choose_kind(what)
        elif kind == "failure" and not self.sitting.down and self.fail():
            self.booth.state["mode"] = "case"  # where it stands, also where the key was pressed beside a measurement
        elif kind == "situation" and (case is None or case.closed) and what in self.state.get("offered", ()):
            self.state["category"] = None
            self.begin(what, **self.state.get("asked", {}))
        elif kind == "step" and case is not None:
            found = [choice for choice in self.choices(case) if choice.step.id == what]
            if found and found[0].open and self._outcome_shown(case, found[0]):
                self.take(case, found[0])

    def choose_kind(self, category: str | None) -> None:
        """Choose of which kind an incident is, before the situation; None goes back to the kinds."""
        self.state["category"] = category
        self.booth.state["error"] = None  # what was refused before is over

    def show(self, case: Case, choices: Iterable[Choice]) -> None:
        """Keep which outcome stands on the button of each step."""
        self.state["shown"] = {(case.id, each.step.id): implied_outcome(case, each.step) for each in choices}

    def _outcome_shown(self, case: Case, choice: Choice) -> bool:
        """Whether a step still means the outcome that stood on its button; where it does not, that is said."""
        shown = self.state.get("shown", {}).get((case.id, choice.step.id))
        if shown in (None, implied_outcome(case, choice.step)):
            return True
        self.booth.state["error"] = t("var.case.shown_otherwise", self.booth.lang)
        return False

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do something that may be refused; what was refused and why is shown, and nothing changes."""
        done = self.booth.attempt(action)
        self.sitting = sitting(self.booth.archive, self.booth.match.id)
        return done

    def save_rules(self, chosen: ReviewRules) -> bool:
        """Say which rules the reviews of this match follow from now on; open cases keep theirs."""
        setup = replace(self.booth.match.setup, review=chosen)

        def keep() -> None:
            self._rulebook(setup)  # refused before it is kept
            self.booth.archive.save_setup(self.booth.match.id, setup)

        return self.attempt(keep)

    def begin(self, situation: str, *, request: str | None = None, side: str | None = None, **asked: Any) -> bool:
        """Open a case for the incident under review."""
        rules, incident = self.rules, self.booth.incident
        if rules is None:
            return False
        roles: Iterable[str] = rules.protocol.by
        if rules.protocol.begins is Begins.REQUEST:
            found = rules.format.request(request or "")
            roles = () if found is None else found.by
        role = self.role_among(rules, roles)
        team = bool(role) and rules.pack.roles[role].team
        actor = Actor(self._team_name(side, rules, role), role, side) if team else self.actor(rules, role)
        self.state["ruling"] = {}
        opened = self.attempt(
            lambda: self.reviewing.open(
                rules,
                actor,
                incident_id=None if incident is None else incident.id,
                request=request,
                known={"situation": situation},
                **asked,
            )
        )
        if opened:
            self._ask_for_it()
        return opened

    def _ask_for_it(self) -> None:
        """Let the measuring half of the booth ask what this case asks; what was marked for another question stays
        for it. A question of the case that was begun already, and one that was decided, stay as they are."""
        case, incident = self.case, self.booth.incident
        measure = None if case is None else measured_for(case)
        if case is None or measure is None or incident is None:
            return
        begun = self.booth.done() - {"pitch"}  # a calibration is of no question
        decided = any(decision.incident_id == incident.id for decision in self.booth.review.decisions)
        if not decided and not (begun and incident.question.value in measures_of(case)):
            self.booth.ask(Question(measure))

    def _team_name(self, side: str | None, rules: Rulebook, role: str) -> str:
        """How somebody of a team is named whose own name nobody typed: the role and the team."""
        team = {"home": self.booth.match.setup.home.name, "away": self.booth.match.setup.away.name}.get(side or "", "")
        return " ".join(part for part in (rules.pack.roles[role].name[self.booth.lang], team) if part)

    def tell(self, case: Case, known: Mapping[str, Any]) -> bool:
        """Say what is known of a case."""
        role = self.role_now(case, judges(case.rules) if "thresholds" in known else officials(case.rules))
        return self.attempt(lambda: self.reviewing.tell(case.id, self.actor(case.rules, role), known))

    def take(self, case: Case, choice: Choice) -> bool:
        """Take a step, with what was chosen of the ruling and what the step says by itself."""
        said = self.state["ruling"] if self.state.get("of") == case.id else {}
        decided = case.result is not None or choice.step.result is not None
        outcome = self.outcome(case, choice.step) or said.get("outcome")  # what stands on the button counts
        ruling = Ruling(outcome, said.get("restart"), said.get("sanction")) if decided else Ruling()
        actor = self.actor(case.rules, self.role_among(case.rules, choice.step.by))
        done = self.attempt(lambda: self.reviewing.take(case.id, choice.step.id, actor, ruling=ruling))
        if done:
            self.state["ruling"] = {}
        return done

    def outcome(self, case: Case, step: Step) -> str | None:
        """The outcome that a step that decides is about to keep: what it says by itself, else what a change was chosen
        to lead to."""
        said = self.state["ruling"].get("outcome") if self.state.get("of") == case.id else None
        return implied_outcome(case, step) or (said if said in outcomes_left(case, step) else None)

    def rule(self, case: Case, word: str, value: str | None) -> None:
        """Choose a word of the ruling that the next step keeps."""
        if self.state.get("of") != case.id:
            self.state["of"], self.state["ruling"] = case.id, {}
        if self.state["ruling"].get(word) != value and value is not None:
            self.booth.state["error"] = None  # such as that nothing was chosen
        self.state["ruling"][word] = value

    def keep_shown(self, case: Case, words: Iterable[str]) -> None:
        """Forget what was chosen of the ruling but is shown no more, such as a restart before a result was undone."""
        if self.state.get("of") == case.id:
            self.state["ruling"] = {word: self.state["ruling"].get(word) for word in words}

    def override(self, case: Case, question: str, why: str) -> bool:
        """Answer for slow motion."""
        actor = self.actor(case.rules, self.role_now(case, judges(case.rules)))
        return self.attempt(lambda: self.reviewing.override(case.id, actor, question=question, why=why))

    def amend(self, case: Case, ruling: Ruling, why: str) -> bool:
        """Put a ruling right after its result."""
        actor = self.actor(case.rules, self.role_now(case, deciders(case.rules)))
        return self.attempt(lambda: self.reviewing.amend(case.id, actor, ruling=ruling, why=why))

    def undo(self) -> bool:
        """Take back the last entry of the case that counts, in the role that said it."""
        case = self.case
        if case is None:
            self.booth.state["error"] = t("var.review.nothing_to_undo", self.booth.lang)
            return False
        entry, rules = case.live[-1], case.rules
        last = entry.by
        role = last.role
        if rules.pack.roles[role].team:  # what a team asked for is taken back by who notes it
            role = self.role_among(rules, [each for each in rules.format.roles if each in officials(rules)])
        actor = self.actor(rules, role)  # who has that role now, which may be another person
        known = self.name_of(rules, role) or role != last.role
        done = self.attempt(lambda: self.reviewing.undo(case.id, actor if known else last))
        if done:
            what = entry_text(case, entry, self.booth.lang)
            self.booth.state["notice"] = t("var.review.undone", self.booth.lang, what=markdown_safe(what))
        return done

    def may_fail(self) -> bool:
        """Whether a technical failure can be recorded here now."""
        return self.may_note() and not self.sitting.down and bool(self.rules or self.sitting.cases)

    def fail(self) -> bool:
        """Record a technical failure, or that the system works again."""
        known = [self.rules] if self.rules else [case.rules for case in self.sitting.cases]  # it waits for no pack
        if not known:
            return False
        rules = known[-1]
        roles = [role for role in rules.format.roles if role in reporters(rules)]
        actor = self.actor(rules, self.role_among(rules, roles))
        act = self.reviewing.resume if self.sitting.down else self.reviewing.fail
        return self.attempt(lambda: act(rules, actor))
