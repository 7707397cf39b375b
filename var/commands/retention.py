"""``touchline retention``: what is deleted when, holds, and the run that deletes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from touchline.backup.words import size
from touchline.cli import add_json, emit, progress
from touchline.errors import BadValue
from touchline.files import data_home
from touchline.i18n import number, t
from var.archive import Archive
from var.retention import log
from var.retention.due import Item, items
from var.retention.holds import hold, holds, release
from var.retention.policy import Policy, Rule, policy_of, set_policy
from var.retention.running import deleted, fault_text, run

FAILED = 1


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``show``, ``set``, ``hold``, ``release`` and ``run``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    showing = actions.add_parser("show", help="the policy, what is due now and next, holds, what was deleted")
    showing.set_defaults(run=_show)
    add_json(showing)
    setting = actions.add_parser("set", help="say after how many days what is deleted")
    setting.add_argument("rules", metavar="RULE=DAYS", nargs="*", help="such as media_quiet=90, or media=off")
    setting.add_argument("--automatic", choices=("yes", "no"), help="whether the app deletes what is due by itself")
    setting.set_defaults(run=_set)
    add_json(setting)
    holding = actions.add_parser("hold", help="let nothing of a match be deleted")
    holding.add_argument("match", metavar="MATCH", help="the id of a match")
    holding.add_argument("--reason", metavar="TEXT", required=True, help="why")
    holding.add_argument("--by", metavar="NAME", default="", help="who says so")
    holding.set_defaults(run=_hold)
    add_json(holding)
    releasing = actions.add_parser("release", help="let the policy apply to a match again")
    releasing.add_argument("match", metavar="MATCH", help="the id of a match")
    releasing.add_argument("--by", metavar="NAME", default="", help="who says so")
    releasing.set_defaults(run=_release)
    add_json(releasing)
    running = actions.add_parser("run", help="say what is due; with --yes delete it")
    running.add_argument("--yes", action="store_true", help="delete what is due: it cannot be brought back")
    running.set_defaults(run=_run)
    add_json(running)


def document(archive: Archive, now: datetime) -> dict[str, Any]:
    """The policy, what it asks for, holds and what was deleted (schema ``retention``)."""
    policy = policy_of(archive)
    head, path = log.head(archive.home), log.ledger_file(archive.home)
    return {
        "policy": policy.document(),
        "items": [item.document(now) for item in items(archive, policy, now)],
        "holds": [
            {"match": each.match_id, "reason": each.reason, "by": each.by, "at_utc": each.at_utc}
            for each in holds(archive)
        ],
        "deleted": deleted(archive),
        "ledger": None if head is None else {"path": str(path), "n": head.n, "sha256": head.sha256},
    }


def _show(args: argparse.Namespace) -> int:
    archive, now, lang = Archive(data_home()), datetime.now(UTC), args.lang
    told = document(archive, now)
    policy = policy_of(archive)
    lines = _policy_lines(policy, lang)
    found = items(archive, policy, now)
    lines += [item_line(item, now, lang) for item in found] or [_say("nothing_due", lang)]
    lines += [
        _say("held_line", lang, match=each["match"], reason=each["reason"], by=each["by"], at=each["at_utc"][:10])
        for each in told["holds"]
    ]
    lines += [deleted_line(each, lang) for each in told["deleted"]]
    if told["ledger"] is not None:
        head = f"{told['ledger']['n']}:{told['ledger']['sha256']}"
        lines.append(_say("ledger_head", lang, head=head, path=told["ledger"]["path"]))
    emit(told, args, lines)
    return 0


def _policy_lines(policy: Policy, lang: str) -> list[str]:
    lines = [_say("policy_line", lang, rule=_rule(rule, lang), **_period(policy, rule, lang)) for rule in Rule]
    return [*lines, _say("automatic_on" if policy.automatic else "automatic_off", lang), _say("training", lang)]


def _period(policy: Policy, rule: Rule, lang: str) -> dict[str, str]:
    days = policy.days.get(rule)
    shown = _say("off", lang) if days is None else _say("days", lang, days=number(days, lang))
    return {"days": shown, "since": _say(f"since.{rule.value}", lang)}


def item_line(item: Item, now: datetime, lang: str) -> str:
    """Something that the policy asks for, in words."""
    facts = {"rule": _rule(item.rule, lang), "name": item.name or "–"}
    if item.barred is not None:
        return _say("barred_line", lang, why=_say(f"barred.{item.barred}", lang), **facts)
    facts |= {"due": item.due.isoformat(), "count": number(item.count, lang), "size": size(item.octets, lang)}
    return _say("due_line" if item.is_due(now) else "next_line", lang, **facts)


def deleted_line(line: Mapping[str, Any], lang: str) -> str:
    """A line of the list of what was deleted, in words."""
    rule = "" if line["rule"] is None else _rule(Rule(line["rule"]), lang)
    name = line["body"].get("report") or line["match_id"] or ""
    told = [line["at_utc"][:16].replace("T", " "), _say(f"kind.{line['kind']}", lang), rule, name]
    return " · ".join(part for part in told if part)


def _rule(rule: Rule, lang: str) -> str:
    return _say(f"rule.{rule.value}", lang)


def given(words: list[str], before: Policy, automatic: bool | None) -> Policy:
    """``before`` with rules changed as they were typed. Raises ``BadValue``."""
    days = dict(before.days)
    known = {rule.value: rule for rule in Rule}
    for word in words:
        name, _, value = word.partition("=")
        if name not in known:
            raise BadValue("var.errors.retention_rule", rule=name, known=", ".join(known))
        if value == "off":
            days.pop(known[name], None)
            continue
        try:
            days[known[name]] = int(value)
        except ValueError as fault:
            raise BadValue("var.errors.retention_days", rule=name, days=value or "?", most=36_500) from fault
    return Policy(days, before.automatic if automatic is None else automatic)


def _set(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    automatic = None if args.automatic is None else args.automatic == "yes"
    kept = set_policy(archive, given(args.rules, policy_of(archive), automatic))
    emit({"policy": kept.document()}, args, _policy_lines(kept, args.lang))
    return 0


def _hold(args: argparse.Namespace) -> int:
    kept = hold(Archive(data_home()), args.match, args.reason, by=args.by)
    told = {"match": kept.match_id, "held": True, "reason": kept.reason, "by": kept.by, "at_utc": kept.at_utc}
    emit(told, args, [_say("now_held", args.lang, match=args.match)])
    return 0


def _release(args: argparse.Namespace) -> int:
    kept = release(Archive(data_home()), args.match, by=args.by)
    told = {"match": kept.match_id, "held": False, "reason": kept.reason, "by": kept.by, "at_utc": kept.at_utc}
    emit(told, args, [_say("now_released", args.lang, match=args.match)])
    return 0


def _run(args: argparse.Namespace) -> int:
    lang = args.lang
    outcome = run(Archive(data_home()), yes=args.yes, progress=lambda share, what: progress(what) if what else None)
    due = [item for item in outcome.items if item.is_due(outcome.now)]
    lines = [_say("finished", lang, count=number(outcome.finished, lang))] if outcome.finished else []
    if not outcome.ran:
        lines += [item_line(item, outcome.now, lang) for item in due]
        lines.append(_say("would" if due else "nothing_due", lang))
    else:
        for item in outcome.deleted:
            facts = {"rule": _rule(item.rule, lang), "name": item.name or "–", "size": size(item.octets, lang)}
            lines.append(_say("deleted_line", lang, **facts))
        for item, fault in outcome.failed:
            lines.append(
                _say(
                    "failed_line",
                    lang,
                    rule=_rule(item.rule, lang),
                    name=item.name or "–",
                    fault=fault_text(fault, lang),
                )
            )
        if not (outcome.deleted or outcome.failed):
            lines.append(_say("nothing_due", lang))
    emit(outcome.document(lang), args, lines)
    return FAILED if outcome.failed else 0


def _say(text: str, lang: str, **params: object) -> str:
    return t(f"var.retention.{text}", lang, **params)
