"""Estimates in words, for the command and the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchline.i18n import number, t
from touchline.measure import Z95
from var.sync.model import Estimate, Method, Status


def reason_text(estimate: Estimate, lang: str) -> str | None:
    """Why an estimate is weak or failed, in ``lang``; None for one that is sure."""
    return reason_of(estimate.reason, estimate.facts, lang)


def reason_of(reason: str, facts: Mapping[str, Any], lang: str) -> str | None:
    """The text of a reason key with its facts; None without a reason."""
    if not reason:
        return None
    params = {**facts, "fault": facts.get(lang, "")}
    if "sigma_ms" in params and params["sigma_ms"] is not None:
        params["sigma_ms"] = number(Z95 * float(params["sigma_ms"]), lang)  # people are told the interval
    params |= {name: number(float(params[name]), lang, 1) for name in ("from_s", "to_s") if name in params}
    if "other" in params:
        params["other"] = t(f"var.sync.method.{params['other']}", lang)
    return t(f"var.sync.reason.{reason}", lang, **params)


def method_text(method: Method | str, lang: str) -> str:
    """The name of a method."""
    return t(f"var.sync.method.{Method(method).value}", lang)


def status_text(status: Status | str, lang: str) -> str:
    """The name of a status."""
    return t(f"var.sync.status.{Status(status).value}", lang)
