"""Why a gate of a case says what it says: keys of texts."""

from __future__ import annotations

THEN = frozenset({"before_restart", "restart_unknown", "before_first_stop", "first_stop_unknown"})
"""Reasons that speak of the match going on: once a case has its result they hold for the instant of that result."""


def reason_key(reason: str, *, settled: bool) -> str:
    """The key of the text of a gate's ``reason``; ``settled``: the case has its result, and the gate is as it was
    then (``Case.gates_judged``)."""
    return f"var.decisions.then.{reason}" if settled and reason in THEN else f"var.rules.reason.{reason}"
