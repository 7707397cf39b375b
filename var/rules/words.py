"""The closed vocabulary of rule packs: every word that a pack may use where the program acts on it.

A pack names sports, situations and people freely; what the program must understand is one of these words. What each
means is written beside it here, and for readers in ``var/locales/rules.<lang>.toml`` and ``docs/rules.md``.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What sort of question is looked at."""

    FACTUAL = "factual"
    """A fact that pictures show: a place, a line, a touch, who it was."""
    SUBJECTIVE = "subjective"
    """A judgement that a person makes: intensity, intent, interference."""


class Replay(StrEnum):
    """At which speed a question may be looked at."""

    ANY = "any"
    NORMAL = "normal"
    """Normal speed is needed: slow motion alone leaves the answer inconclusive."""


class Measure(StrEnum):
    """What the program can measure on the pictures for a question; the words are those of ``var.model.Question``."""

    OFFSIDE = "offside"
    BALL = "ball"
    """The ball at a line."""
    AREA = "area"
    """A place at the penalty area."""
    FOUL = "foul"
    """The contact, Law 12, distances and speeds."""


class Strength(StrEnum):
    """How firmly the rule on replay speed is worded."""

    SHOULD = "should"
    """Warn, and record that it was overridden."""
    MUST = "must"


class Per(StrEnum):
    """After which part of a match each side's requests are counted anew."""

    MATCH = "match"
    HALF = "half"
    PERIOD = "period"
    SET = "set"
    ROUND = "round"
    PHASE = "phase"
    """A phase of the tournament, such as all bouts before the medal bouts."""


class Since(StrEnum):
    """What starts the seconds of a window."""

    INCIDENT = "incident"
    DECISION = "decision"
    STOP = "stop"
    """Play stopped: the end of the rally, the referee's call."""


class Until(StrEnum):
    """What ends the time for a review."""

    RESTART = "restart"
    """Play goes on after it had stopped: kick, service, throw-in."""
    FIRST_STOP = "first_stop"
    """The first stop of play after the decision is over."""


class Begins(StrEnum):
    """How a case begins."""

    CHECK = "check"
    """Officials look at every case by themselves."""
    REQUEST = "request"
    """Somebody asks."""


class Clock(StrEnum):
    """Which clock runs in a state."""

    NONE = "none"
    CHECK = "check"
    REVIEW = "review"


class Guard(StrEnum):
    """What must hold for a step; the words stand for what the program knows, never for code."""

    DECISION_MADE = "decision_made"
    """The referee has decided first; letting play go on is a decision."""
    QUOTA_LEFT = "quota_left"
    """The side that asks has a request left."""
    WINDOW_OPEN = "window_open"
    """The request came in its window."""
    CATEGORY_OPEN = "category_open"
    """The category gate did not fail."""
    TIME_OPEN = "time_open"
    """The time gate did not fail."""
    THRESHOLD_MET = "threshold_met"
    """The threshold gate is ok."""
    PROCEDURE_FITS = "procedure_fits"
    """The procedure of the state that the step leads to is one that the rules give for the questions in doubt."""


class Effect(StrEnum):
    """What a step does beside leading to its next state."""

    SETTLE_REQUEST = "settle_request"
    """The request is kept where its ``kept_when`` holds the step's result; else it is lost, if there was one left."""
    STOP_PLAY = "stop_play"
    SHOW_REVIEW = "show_review"
    """The review signal is shown."""
    SHOW_DECISION = "show_decision"
    """The decision is shown."""
    RESTART_PLAY = "restart_play"
    """Play goes on: from now on the time gate counts as passed."""
    RECORD_FAILURE = "record_failure"
    """A technical failure is written down; the match goes on without review."""


class Result(StrEnum):
    """How a case came out for the one who asked."""

    CHANGED = "changed"
    STANDS = "stands"
    INCONCLUSIVE = "inconclusive"
    REFUSED = "refused"
    FAILURE = "failure"


class SourceKind(StrEnum):
    """What sort of paper a source is."""

    LAW = "law"
    REGULATION = "regulation"
    MANUAL = "manual"
    NOTICE = "notice"
    """What the publisher told the public."""
    PRESS = "press"
    HOUSE = "house"
    """The competition's own rule."""


class Seen(StrEnum):
    """How the writer of the pack saw the source."""

    WHOLE = "whole"
    EXCERPT = "excerpt"
    REPORTED = "reported"
    """Others told what it says."""
