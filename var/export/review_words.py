"""A review in words, as the paper takes them. The four gates stay four lines; nothing says them in one word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from touchline.i18n import UNKNOWN, catalogue, number, t
from touchline.measure import MS_PER_S
from var.decisions.document import GATES
from var.decisions.model import Stamp
from var.decisions.reasons import reason_key
from var.decisions.watched import Watched
from var.export.phrases import day_text, printable, utc_text
from var.export.review_course import LONGEST_TEXT, course_rows, match_clock, named, term_name, who
from var.export.review_facts import ReviewFacts
from var.rules.words import Clock, Replay

MOST_LOOKS = 8
"""Looks that the paper lists; ``incident.json`` has them all."""


def review_words(facts: ReviewFacts, lang: str) -> dict[str, Any]:
    """One review for the template."""
    case = facts.case
    texts = catalogue("var", "case_report", lang)
    heads = {f"{table}_head": list(texts["heads"][table].values()) for table in texts["heads"]}
    sources = facts.sources
    numbers = {name: f"[{place}]" for place, name in enumerate(sources, 1)}
    gates = case.gates_judged()
    judged = {name: getattr(gates, name) for name in GATES}
    return {
        **{key: value for key, value in texts.items() if isinstance(value, str)},
        **heads,
        "heading": t("var.case_report.heading", lang, id=case.id),
        "result": result_text(facts, lang),
        "rules": _pairs(_rules(facts, lang), lang),
        "ruling": _pairs(_ruling_rows(facts, lang), lang),
        "time_rows": _times(facts, lang),
        "gate_rows": [
            [
                t(f"var.rules.gate.{name}", lang),
                t(f"var.rules.answer.{gate.answer.value}", lang),
                t(reason_key(gate.reason, settled=case.result is not None), lang),
                " ".join(numbers[source] for source in gate.sources) or UNKNOWN,
            ]
            for name, gate in judged.items()
        ],
        "course_rows": course_rows(case, facts.match, lang),
        "question_rows": [_question(each, facts, lang) for each in facts.watched],
        "log_rows": _log(facts, lang),
        "log_note": _log_note(facts, lang),
        "failure_line": _failure(facts, lang),
        "source_rows": [
            [
                numbers[name],
                t(
                    "var.case_report.source",
                    lang,
                    title=printable(source.title, lang, LONGEST_TEXT),
                    publisher=printable(source.publisher, lang),
                    date=day_text(source.date, lang),
                    kind=t(f"var.case_report.kind.{source.kind.value}", lang),
                    seen=t(f"var.rules.seen.{source.seen.value}", lang),
                ),
            ]
            for name, source in sources.items()
        ],
    }


def result_text(facts: ReviewFacts, lang: str) -> str:
    """How a review came out, or where it stands."""
    case = facts.case
    if case.withdrawn:
        return t("var.case_report.withdrawn", lang)
    if case.result is None:
        return t("var.case_report.open", lang, state=named(case.at.name, lang))
    return _first_large(t(f"var.rules.result.{case.result.value}", lang))


def review_decision(facts: ReviewFacts, lang: str) -> dict[str, Any]:
    """The decision card of a report whose decision is that of a review."""
    case, times = facts.case, facts.times
    outcome = term_name(case.ruling.outcome, case.rules.pack.outcomes, lang)
    result = result_text(facts, lang)
    texts = {
        "result": f"{result} · {t('var.case_report.decided_case', lang, id=case.id)}",
        "by": who(facts.decided_by, case, facts.match, lang),
        "at": utc_text(None if times.decision is None else times.decision.utc, lang),
        "restart": term_name(case.ruling.restart, case.rules.pack.restarts, lang),
        "sanction": term_name(case.ruling.sanction, case.rules.pack.sanctions, lang),
    }
    return {
        "outcome": result if outcome is None else outcome,
        "rows": _pairs({key: text for key, text in texts.items() if text is not None}, lang),
        "note": None,
    }


def contradicts(facts: ReviewFacts, outcome: str) -> bool:
    """Whether a decision in a word of the pack is another one than the review's."""
    final = facts.case.ruling.outcome
    return final is not None and outcome in facts.case.rules.pack.outcomes and outcome != final


def _rules(facts: ReviewFacts, lang: str) -> dict[str, str]:
    case, rules = facts.case, facts.case.rules
    situation = None if case.situation is None else rules.situations.get(case.situation)
    options = ", ".join(named(rules.pack.options[name].name, lang) for name in sorted(rules.adopted))
    opened = f"{who(case.opened_by, case, facts.match, lang)}, {utc_text(case.opened_at.utc, lang)}"
    if case.facts.asked_after_s is not None and case.asked is not None:
        opened += f", {t('var.case_report.after', lang, seconds=number(case.facts.asked_after_s, lang, 1))}"
    found = {
        "pack": f"{named(rules.pack.name, lang)} · SHA-256 {case.entries[0].body['rules']['digest'][:12]}…",
        "edition": named(rules.edition.name, lang),
        "format": named(rules.format.name, lang),
        "options": options or t("var.case_report.none", lang),
        "situation": named(situation.name, lang)
        if situation is not None
        else case.situation or t("var.case_report.no_situation", lang),
        "asked": opened,
    }
    request = None if case.asked is None else rules.format.request(case.asked.request)
    if request is not None:
        kept = {True: "kept", False: "lost_request", None: "unsettled"}[case.request_kept]
        found["request"] = f"{named(request.name, lang)}: {t(f'var.case_report.{kept}', lang)}"
    return found


def _ruling_rows(facts: ReviewFacts, lang: str) -> dict[str, str]:
    case, pack = facts.case, facts.case.rules.pack
    return {
        "before": term_name(case.before, pack.outcomes, lang) or UNKNOWN,
        "outcome": term_name(case.ruling.outcome, pack.outcomes, lang) or UNKNOWN,
        "restart": term_name(case.ruling.restart, pack.restarts, lang) or UNKNOWN,
        "sanction": term_name(case.ruling.sanction, pack.sanctions, lang) or UNKNOWN,
        "by": who(facts.decided_by, case, facts.match, lang),
    }


def _times(facts: ReviewFacts, lang: str) -> list[list[str]]:
    """When what began, by UTC and match clock, and how long check and review took."""
    times, clocks = facts.times, facts.clocks
    rows = []
    for name in ("check", "review", "decision", "restart"):
        at: Stamp | None = getattr(times, name)
        shown = UNKNOWN if at is None else utc_text(at.utc, lang)
        if at is not None and at.match_s is not None:
            shown += f" · {match_clock(at, facts.match, lang)}"
        rows.append([t(f"var.case_report.time.{name}", lang), shown])
    for kind, spent in ((Clock.CHECK, clocks.check_s), (Clock.REVIEW, clocks.review_s)):
        key = "running" if clocks.running is kind else "spent"
        text = UNKNOWN if spent is None else t(f"var.case_report.{key}", lang, seconds=number(spent, lang, 1))
        rows.append([t(f"var.case_report.time.{kind.value}_s", lang), text])
    return rows


def _question(each: Watched, facts: ReviewFacts, lang: str) -> list[str]:
    """What was seen of one question: what the log said at the decision, and now where that is another thing."""
    question = facts.case.rules.pack.questions[each.question]
    kept = None if facts.decided is None else (facts.decided.pictures or {}).get(each.question)
    now = t(f"var.decisions.seen.{each.seen.value}", lang)
    seen = now
    if kept is not None and kept != each.seen.value:
        seen = t("var.case_report.later", lang, seen=t(f"var.decisions.seen.{kept}", lang), now=now)
    speeds = [
        f"{t(f'var.case_report.speed.{speed.value}', lang)} {number(spent / MS_PER_S, lang, 1)} s"
        for speed, spent in each.speeds_ms.items()
    ]
    needs = t(f"var.case_report.{'normal' if question.replay is Replay.NORMAL else 'any'}", lang)
    spent_on = "; ".join(speeds) or UNKNOWN
    if len(each.cameras) > 1:
        spent_on = t("var.decisions.seen.added_up", lang, spent=spent_on, angles=number(len(each.cameras), lang))
    return [named(question.name, lang), needs, seen, spent_on]


def _log(facts: ReviewFacts, lang: str) -> list[list[str]]:
    rows = []
    for each in facts.looks[:MOST_LOOKS]:
        look = each.look
        frames = number(look.first_frame, lang)
        if look.last_frame != look.first_frame:
            frames += f" – {number(look.last_frame, lang)}"
        rows.append(
            [
                printable(each.clip.label or each.clip.camera_id, lang),
                frames,
                f"{number(look.speed, lang, 2)}×",
                UNKNOWN if each.reached is None else f"{number(each.reached, lang, 2)}×",
                t(f"var.case_report.speed.{each.how.value}", lang),
                f"{number(look.looked_ms / MS_PER_S, lang, 1)} s",
                datetime.fromisoformat(look.at_utc).astimezone(UTC).strftime("%H:%M:%S"),
            ]
        )
    return rows


def _log_note(facts: ReviewFacts, lang: str) -> str:
    """What the list of looks leaves out."""
    notes = []
    if len(facts.looks) > MOST_LOOKS:
        notes.append(t("var.case_report.log_more", lang, count=number(len(facts.looks) - MOST_LOOKS, lang)))
    if facts.looks_lost:
        notes.append(t("var.case_report.lost", lang, count=number(facts.looks_lost, lang)))
    return " ".join(notes)


def _failure(facts: ReviewFacts, lang: str) -> str | None:
    failure = facts.failure
    if failure is None:
        return None
    over = t("var.case_report.still_down", lang)
    if failure.over_by is not None and failure.over_at is not None:
        over = f"{who(failure.over_by, facts.case, facts.match, lang)}, {utc_text(failure.over_at.utc, lang)}"
    return t(
        "var.case_report.failure",
        lang,
        number=number(failure.number, lang),
        why=printable(failure.why, lang, LONGEST_TEXT) or t("var.case_report.failure_unsaid", lang),
        by=who(failure.by, facts.case, facts.match, lang),
        at=utc_text(failure.at.utc, lang),
        over=over,
    )


def _pairs(rows: Mapping[str, str], lang: str) -> list[list[str]]:
    return [[t(f"var.case_report.rows.{key}", lang), text] for key, text in rows.items()]


def _first_large(text: str) -> str:
    return text[:1].upper() + text[1:]


def all_words(reviews: Iterable[ReviewFacts], lang: str) -> list[dict[str, Any]]:
    """Every review of an incident for the template."""
    return [review_words(each, lang) for each in reviews]


def amendment_rows(reviews: Iterable[ReviewFacts], lang: str) -> list[list[str]]:
    """What was corrected in a review after its result: the review, what holds since, why, who, when."""
    rows = []
    for facts in reviews:
        case, pack = facts.case, facts.case.rules.pack
        for each in case.amendments:
            said = (
                term_name(each.ruling.outcome, pack.outcomes, lang),
                term_name(each.ruling.restart, pack.restarts, lang),
                term_name(each.ruling.sanction, pack.sanctions, lang),
            )
            rows.append(
                [
                    case.id,
                    ", ".join(word for word in said if word) or UNKNOWN,
                    printable(each.why, lang, LONGEST_TEXT) or UNKNOWN,
                    who(each.by, case, facts.match, lang),
                    utc_text(each.at.utc, lang),
                ]
            )
    return rows
