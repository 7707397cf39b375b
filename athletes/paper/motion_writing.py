"""A paper about a trial, or about two side by side, as a PDF: whole or not at all, readable by its owner alone."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from athletes.kinematics.model import Event
from athletes.motion.naming import side_letters
from athletes.motion.stills import Still, shown_events, stills_of
from athletes.motion.trials import Trials
from athletes.paper.motion_comparing import comparison_words, shared_events
from athletes.paper.motion_facts import MotionFacts, may_leave
from athletes.paper.motion_words import motion_words
from touchline.access import Act
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.footage import open_footage
from touchline.i18n import t
from touchline.papers import pictures, write_pdf
from touchline.store import utc_now

Words = Callable[[Path], dict[str, Any]]


def report_bytes(trials: Trials, facts: Sequence[MotionFacts], lang: str, *, written_utc: str | None = None) -> bytes:
    """The paper of one trial, or of two set beside each other, as the content of a PDF. That it was made is noted in
    the access log of its athletes. Raises ``Missing`` without the papers' font, and as ``may_leave``: consent counts
    when it is written, not when it was gathered."""
    for one in facts:
        may_leave(trials, one.trial)
    trials.archive.note([one.trial.athlete_id for one in facts], Act.EXPORTED)
    written = written_utc or utc_now()
    with tempfile.TemporaryDirectory() as work:
        return write_pdf(
            Path(work), _words(Path(work), facts, lang, written), written_utc=written, template=_template()
        )


def page_pictures(facts: Sequence[MotionFacts], lang: str) -> list[bytes]:
    """The pages of the PDF as PNG, to look at before it is written."""
    with tempfile.TemporaryDirectory() as work:
        return pictures(Path(work), _words(Path(work), facts, lang, utc_now()), template=_template())


def write_report(trials: Trials, facts: Sequence[MotionFacts], path: Path, lang: str) -> Path:
    """Write the paper to ``path`` (.pdf) and return it. Raises ``BadValue`` for another suffix, ``BadFile`` where it
    cannot be written."""
    if path.suffix.lower() != ".pdf":
        raise BadValue("athletes.errors.motion_report_suffix", suffix=path.suffix[:20] or "–")
    data = report_bytes(trials, facts, lang)
    try:
        write_bytes(path, data, private=True)
    except OSError as fault:
        raise BadFile("athletes.errors.unwritable", path=path, fault=fault.strerror or fault) from fault
    return path


def _template() -> bytes:
    return resources.files("athletes.paper").joinpath("motion.typ").read_bytes()


def _words(folder: Path, facts: Sequence[MotionFacts], lang: str, written_utc: str) -> dict[str, Any]:
    """The words of the paper; the stills that they name are written to ``folder``."""
    if len(facts) == 1:
        stills = _stills(facts[0], shown_events(facts[0].analysis, facts[0].track), lang)
        _lay_down(folder, stills)
        return motion_words(facts[0], stills, lang, written_utc=written_utc)
    one, other = facts
    events = shared_events(one.analysis.events, other.analysis.events)
    sides = [_stills(each, [pair[place] for pair in events], lang) for place, each in enumerate((one, other))]
    by_frame = [{still.event: still for still in side} for side in sides]
    pairs = [(by_frame[0][a], by_frame[1][b]) for a, b in events if a in by_frame[0] and b in by_frame[1]]
    _lay_down(folder, [still for pair in pairs for still in pair])
    return comparison_words((one, other), pairs, lang, written_utc=written_utc)


def _stills(facts: MotionFacts, events: Sequence[Event], lang: str) -> list[Still]:
    mark = t("athletes.motion_paper.mark", lang) if facts.simulated else ""
    footage = open_footage(facts.path)
    with contextlib.closing(footage):
        return stills_of(footage, facts.track, facts.analysis, events, (side_letters(lang), mark))


def _lay_down(folder: Path, stills: Sequence[Still]) -> None:
    for place, still in enumerate(stills):
        (folder / f"still{place}.jpg").write_bytes(still.jpeg)
