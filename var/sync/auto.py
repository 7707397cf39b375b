"""Which method to believe: all of them in the order of trust, the first that is sure, checked by the next one."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES
from var.sync.material import span_s
from var.sync.model import Estimate, Material, Method, Status

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the method at work."""

MODULES: dict[Method, str] = {
    Method.TIMECODE: "var.sync.timecode",
    Method.FLASH: "var.sync.flash",
    Method.CLAP: "var.sync.clap",
    Method.AUDIO: "var.sync.audio",
    Method.MOTION: "var.sync.motion",
    Method.CLOCK: "var.sync.clock",
    Method.PAIRS: "var.sync.pairs",
}
"""Where each method lives, in the order of trust. Each has ``estimate(reference, clip, **options)``."""

_SHARES = {Method.TIMECODE: 1.0, Method.FLASH: 4.0, Method.CLAP: 0.5, Method.AUDIO: 2.0, Method.MOTION: 4.0}
_CALIBRATED = (Method.MOTION,)
_FROM_PEOPLE = (Method.CLOCK, Method.PAIRS)

_ROUGH = ("distance_unknown", "coarse")  # weak only because they are not exact

SIGMAS = 3.0
"""Two methods disagree where they differ by more than this many of their standard deviations together."""


@dataclass(frozen=True, slots=True)
class Check:
    """What another method says beside the one that is used. ``difference_s`` is the greatest over the overlap and
    ``agrees`` whether it is within three standard deviations; both None for one that found nothing."""

    estimate: Estimate
    difference_s: float | None = None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The estimate that is used, and what the others said, in the order in which they were asked."""

    estimate: Estimate
    checks: tuple[Check, ...] = ()

    @property
    def document(self) -> list[dict[str, Any]]:
        """The checks as JSON-ready documents, reasons as keys."""
        return [
            {
                "method": check.estimate.method.value,
                "status": check.estimate.status.value,
                "offset_s": _float(check.estimate.offset_s),
                "rate": _float(check.estimate.rate),
                "sigma_s": check.estimate.sigma_s,
                "difference_s": check.difference_s,
                "agrees": check.agrees,
                "reason": check.estimate.reason or None,
                "facts": dict(check.estimate.facts),
            }
            for check in self.checks
        ]


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def run(method: Method, reference: Material, clip: Material, progress: Progress, **options: Any) -> Estimate:
    """What one method says. A file that it cannot read is a failed estimate, not an error: others may go on."""
    estimate = import_module(MODULES[method]).estimate
    given = options | {"progress": lambda share: progress(share, method.value)}
    known = inspect.signature(estimate).parameters
    try:
        found: Estimate = estimate(reference, clip, **{name: value for name, value in given.items() if name in known})
    except TouchlineError as refusal:
        return Estimate.failed(method, "unreadable", **{lang: refusal.detail(lang) for lang in LANGUAGES})
    progress(1.0, method.value)
    return found


def auto(
    reference: Material, clip: Material, *, progress: Progress = lambda share, name: None, **options: Any
) -> Found:
    """The clip's clock by the most trusted method that is sure, checked by the next that is sure.

    A disagreement beyond three standard deviations makes the result weak, with both in ``checks``. So does a single
    flash or clap that no other method confirms: any two would match. Where nothing is sure, the best weak estimate (one
    that is only rough before one that may be of something else); where nothing was found, failed. Each method is told
    the best offset known so far.
    """
    asked: list[Estimate] = []
    sure: list[Estimate] = []
    todo = [method for method in MODULES if _worth(method, reference, clip, options)]
    total, done = sum(_SHARES.get(method, 1.0) for method in todo), 0.0
    for method in todo:
        weight, before = _SHARES.get(method, 1.0), done
        hint = min((e for e in asked if e.offset_s is not None), key=_doubt, default=None)
        known = ({} if hint is None else {"prior_s": float(hint.offset_s or 0)}) | options
        said = run(
            method,
            reference,
            clip,
            lambda share, name, before=before, weight=weight: progress((before + weight * share) / total, name),  # type: ignore[misc]
            **known,
        )
        done += weight
        asked.append(said)
        if said.status is Status.OK:
            sure.append(said)
        if len(sure) > 1:
            break
    progress(1.0, "")
    return choose(reference, clip, asked)


def _doubt(said: Estimate) -> tuple[int, float]:
    """How little an estimate may be believed, to sort by. One that is sure comes first, then one that is only rough;
    last one that may be of something else altogether, however exact it would then be."""
    if said.status is Status.OK:
        return 0, 0.0  # the order of trust decides among them
    rough = said.reason in _ROUGH and not said.facts.get("lone")
    return 1 if rough else 2, math.inf if said.sigma_s is None else said.sigma_s


def _confirms(check: Check, best: Estimate) -> bool:
    """Whether a check makes a lone event believable. Rough sound says nothing for a clap: both are late by the same
    way of the sound, so that they agree proves no exactness."""
    if not check.agrees:
        return False
    rough = check.estimate.reason in _ROUGH
    if rough and best.method is Method.CLAP and check.estimate.method is Method.AUDIO:
        return False
    return rough or check.estimate.status is Status.OK


def _worth(method: Method, reference: Material, clip: Material, options: Mapping[str, Any]) -> bool:
    """Whether a method can say anything at all."""
    if method in _CALIBRATED:
        return reference.calibration is not None and clip.calibration is not None
    if method in _FROM_PEOPLE:
        return options.get("pairs") is not None
    if method is Method.FLASH:
        return reference.index is not None and clip.index is not None
    return True


def choose(reference: Material, clip: Material, asked: list[Estimate]) -> Found:
    """Of what the methods said, in the order of trust, the one to use, with the others as checks."""
    sure = [said for said in asked if said.status is Status.OK]
    weak = [said for said in asked if said.status is Status.WEAK]
    if not sure and not weak:
        first = next((said for said in asked if said.reason == "nothing_shared"), None)
        best = Estimate.failed(
            (first or asked[-1]).method if asked else Method.AUDIO,
            "nothing_found" if first is None else "nothing_shared",
        )
        return Found(best, tuple(Check(said) for said in asked))
    best = sure[0] if sure else min(weak, key=_doubt)
    checks = checked(reference, clip, best, [said for said in asked if said is not best])
    disputed = contradicted(best, checks)
    if disputed is not None:
        return Found(disputed, checks)
    unsure = best.status is Status.OK or best.reason in _ROUGH
    if unsure and best.facts.get("lone") and not any(_confirms(check, best) for check in checks):
        best = replace(best, status=Status.WEAK, reason=f"lone_{best.method.value}")
    return Found(best, checks)


def checked(reference: Material, clip: Material, best: Estimate, others: Sequence[Estimate]) -> tuple[Check, ...]:
    """What others say beside ``best``."""
    return tuple(_check(reference, clip, best, said) for said in others)


def contradicted(best: Estimate, checks: Sequence[Check]) -> Estimate | None:
    """``best`` as weak because of the first sure one that contradicts it; None where none does."""
    against = next((c for c in checks if c.agrees is False and c.estimate.status is Status.OK), None)
    if against is None:
        return None
    facts = {
        "other": against.estimate.method.value,
        "difference_ms": round((against.difference_s or 0.0) * 1000, 1),
        "offset": float(best.offset_s or 0),
        "other_offset": float(against.estimate.offset_s or 0),
    }
    return replace(best, status=Status.WEAK, reason="disagreement", facts={**best.facts, **facts})


def _check(reference: Material, clip: Material, best: Estimate, other: Estimate) -> Check:
    if other.offset_s is None or other.rate is None or best.offset_s is None or best.rate is None:
        return Check(other)
    ends = [0.0]
    spans = span_s(clip), span_s(reference)
    if spans[0] is not None:
        last = float(spans[0][1])
        ends = [0.0, last]
        if spans[1] is not None:
            low = -float(best.offset_s / best.rate)
            ends = [min(max(0.0, low), last), min(last, max(0.0, low + float(spans[1][1] / best.rate)))]
    differences = [float(best.offset_s - other.offset_s + (best.rate - other.rate) * _exact(at)) for at in ends]
    difference = max(differences, key=abs)
    sigma = math.hypot(best.sigma_s or 0.0, other.sigma_s or 0.0)
    return Check(other, difference, abs(difference) <= SIGMAS * sigma)


def _exact(at: float) -> Any:
    from fractions import Fraction

    return Fraction(at).limit_denominator(10**6)
