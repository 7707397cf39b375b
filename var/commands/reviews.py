"""``touchline reviews``: the reviews of a match, and the match in numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit
from touchline.files import data_home
from touchline.i18n import UNKNOWN, number, t
from var.archive import Archive
from var.decisions.document import GATES, case_document, failure_document, summary_document
from var.decisions.kept import host_stamp, sitting, watched_of
from var.decisions.reasons import reason_key


def register(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``touchline reviews``."""
    parser.add_argument("match", metavar="MATCH", help="identifier of the match")
    parser.add_argument("--case", metavar="ID", help="only this review")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the match in numbers to this PDF")
    add_json(parser)
    parser.set_defaults(run=_reviews)


def _reviews(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    match = archive.match(args.match)
    found, now, marks = sitting(archive, match.id), host_stamp(), archive.review(match.id)
    chosen = found.cases if args.case is None else (found.case(args.case),)
    cases = [case_document(case, now, watched_of(archive, case, match, marks), args.lang) for case in chosen]
    document: dict[str, Any] = {
        "match": match.id,
        "down": found.down,
        "failures": [failure_document(failure) for failure in found.failures],
        "cases": cases,
        "summary": summary_document(found.summary(now)),
        "report": None,
    }
    lines = [line for case in cases for line in _lines(case, args.lang)]
    if found.down:
        lines.append(t("var.decisions.cli.down", args.lang))
    lines = lines or [t("var.decisions.cli.none", args.lang)]
    lines += _numbers(document["summary"], args.lang)
    if args.report is not None:
        from var.export.numbers import write_numbers

        document["report"] = str(write_numbers(archive, match.id, args.report, lang=args.lang))
        lines.append(t("var.match_numbers.written", args.lang, path=args.report))
    emit(document, args, lines)
    return 0


def _lines(case: dict[str, Any], lang: str) -> list[str]:
    result = case["result"]
    lines = [
        t(
            "var.decisions.cli.case",
            lang,
            id=case["id"],
            name=case["situation_name"] or case["situation"] or UNKNOWN,
            state=case["state_name"],
            check=number(case["clock"]["check_s"], lang, 1),
            review=number(case["clock"]["review_s"], lang, 1),
            result=UNKNOWN if result is None else t(f"var.rules.result.{result}", lang),
        )
    ]
    for name in GATES:
        gate = case["gates"][name]
        texts = {
            "gate": t(f"var.rules.gate.{name}", lang),
            "answer": t(f"var.rules.answer.{gate['answer']}", lang),
            "reason": t(reason_key(gate["reason"], settled=result is not None), lang),
        }
        lines.append(t("var.decisions.cli.gate", lang, **texts))
    for each in case["looks"]:
        seen = t(f"var.decisions.seen.{each['seen']}", lang)
        lines.append(t("var.decisions.cli.seen", lang, name=each["name"], seen=seen))
    return lines


def _numbers(summary: dict[str, Any], lang: str) -> list[str]:
    baseline = summary["baseline"]
    lines = [
        t(
            "var.decisions.cli.summary",
            lang,
            median=number(summary["median_check_s"], lang, 1),
            longest=number(summary["longest_check_s"], lang, 1),
            **{name: number(summary[name], lang) for name in ("checks", "reviews", "changed", "failures")},
        )
    ]
    for each in summary["requests"]:
        counts = {name: number(each[name], lang) for name in ("made", "kept", "lost", "left")}
        side = each["side"] or UNKNOWN
        lines.append(t("var.decisions.cli.requests", lang, side=side, request=each["request"], **counts))
    lines.append(
        t(
            "var.decisions.cli.baseline",
            lang,
            matches=number(baseline["matches"], lang),
            a_match=number(baseline["checks_a_match"], lang, 1),
            median=number(baseline["median_check_s"], lang),
            without=number(baseline["without_review_percent"], lang, 1),
            source=baseline["source"],
        )
    )
    return lines
