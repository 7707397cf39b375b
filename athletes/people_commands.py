"""``touchline athlete``: people, their consents, who saw their data, and everything of one person out or away."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.model import Athlete, Sex
from athletes.people.consent import Consents, Giver, Said
from athletes.people.erasing import erase
from athletes.people.exporting import export_person
from athletes.people.listing import import_list
from athletes.people.months import months
from athletes.people.standing import Asking, Rules, Scope
from athletes.reasons import instant_words
from touchline.access import lines_of
from touchline.accounts.kept import Accounts
from touchline.cli import add_json, emit, progress, some_path
from touchline.errors import BadValue
from touchline.files import data_home
from touchline.i18n import UNKNOWN, number, t
from touchline.rights import Action, require


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: 2026-05-03") from None


def register(parser: argparse.ArgumentParser) -> None:
    """Add an action each for what can be asked of people."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=text)
        action.set_defaults(run=run)
        add_json(action)
        return action

    def of_one(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        action = add(name, run, text)
        action.add_argument("id", help="id of the athlete")
        return action

    add("list", _list, "all athletes, with their consents")
    of_one("show", _show, "one athlete: person, consents, how many sessions are held")
    adding = add("add", _add, "add an athlete")
    adding.add_argument("name", help="the name")
    adding.add_argument("--born", type=_day, metavar="DAY", help="birth date")
    adding.add_argument("--sex", choices=[sex.value for sex in Sex], help="sex, as formulas ask for it")
    adding.add_argument("--squad", default="", metavar="NAME", help="team or squad")
    add("import", _import, "add the athletes of a list, CSV or XLSX").add_argument(
        "file", type=Path, metavar="FILE", help="the list"
    )
    of_one("export", _export, "write everything held about one person as a ZIP").add_argument(
        "--out", type=some_path, required=True, metavar="FILE", help="the ZIP file to write"
    )
    of_one("erase", _erase, "erase everything of one person, for good").add_argument(
        "--yes", action="store_true", help="really"
    )
    consenting = of_one("consent", _consent, "consents of an athlete; give or withdraw some")
    scopes = [scope.value for scope in Scope]
    consenting.add_argument("--give", action="append", default=[], choices=scopes, help="given (repeatable)")
    consenting.add_argument("--withdraw", action="append", default=[], choices=scopes, help="withdrawn (repeatable)")
    consenting.add_argument("--day", type=_day, metavar="DAY", help="when it was said; without it today")
    consenting.add_argument("--guardian", default="", metavar="NAME", help="the guardian who says it")
    consenting.add_argument("--relation", default="", metavar="TEXT", help="what the guardian is to the athlete")
    consenting.add_argument("--note", default="", metavar="TEXT", help="where the document lies")
    consenting.add_argument("--child-agrees", action="store_true", help="the child was asked and agrees")
    of_one("access", _access, "who opened, changed or exported the athlete's health data")
    ruling = add("rules", _rules, "what is asked of consents here; with options, decide it")
    ruling.add_argument("--consent", choices=[rule.value for rule in Asking], help="ask for it, or require it")
    ruling.add_argument("--guardian-under", type=int, metavar="YEARS", help="the age under which a guardian consents")
    ruling.add_argument("--least-athletes", type=int, metavar="N", help="the least number in a monthly total")
    add("months", _months, "anonymous monthly totals")
    add("seal", _seal, "seal what an older program left open")


def _emit(document: dict[str, Any], args: argparse.Namespace, *lines: str) -> int:
    emit(document, args, [line for line in lines if line])
    return 0


def _say(key: str, lang: str, **params: Any) -> str:
    return t(f"athletes.people.{key}", lang, **params)


def _told(archive: Archive, athlete: Athlete) -> dict[str, Any]:
    standing = Consents(archive).standing(athlete.id)
    return {
        "id": athlete.id,
        "name": athlete.name,
        "sex": None if athlete.sex is None else athlete.sex.value,
        "birth_year": athlete.birth_date.year if athlete.birth_date else athlete.birth_year,
        "birth_date": None if athlete.birth_date is None else athlete.birth_date.isoformat(),
        "squad": athlete.group or None,
        "sessions": len(archive.entries(athlete.id)),
        "consents": {scope.value: None if line is None else line.given for scope, line in standing.items()},
    }


def _line(told: dict[str, Any], lang: str) -> str:
    given = [_say(f"scope.{name}", lang) for name, stands in told["consents"].items() if stands]
    return (
        f"{told['id']}  {told['name']}  {told['squad'] or UNKNOWN}  [{', '.join(given) or _say('no_consents', lang)}]"
    )


def _list(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    found = [_told(archive, athlete) for athlete in archive.athletes()]
    lines = [_line(told, args.lang) for told in found] or [_say("nobody", args.lang)]
    return _emit({"athletes": found}, args, *lines)


def _shown(archive: Archive, athlete_id: str) -> dict[str, Any]:
    athlete = archive.athlete(athlete_id)
    consents = Consents(archive)
    return {
        "status": "ok",
        **_told(archive, athlete),
        "age": athlete.age_on(datetime.now(UTC).astimezone().date()),
        "renew_consents": consents.renewed(athlete_id),
        "lines": [line.document() for line in consents.of(athlete_id)],
    }


def _show(args: argparse.Namespace) -> int:
    told = _shown(Archive(data_home()), args.id)
    age = UNKNOWN if told["age"] is None else told["age"]
    said = [
        _say("age", args.lang, age=age),
        _say("sessions_held", args.lang, count=number(told["sessions"], args.lang)),
    ]
    return _emit(told, args, _line(told, args.lang), *said, *_standing(told, args.lang))


def _add(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    sex = None if args.sex is None else Sex(args.sex)
    year = None if args.born is None else args.born.year
    saved = archive.save_athlete(Athlete("", args.name, sex, year, (), args.born, args.squad))
    return _emit(_shown(archive, saved.id), args, _say("added", args.lang, name=saved.name, id=saved.id))


def _import(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    found = import_list(archive, args.file)
    document = {
        "status": "ok",
        "added": [{"id": one.id, "name": one.name} for one in found.added],
        "known": [{"id": one.id, "name": one.name} for one in found.known],
        "limits_left_out": found.limits_left_out,
    }
    lines = [_say("imported", args.lang, added=len(found.added), known=len(found.known))]
    if found.limits_left_out:
        lines.append(_say("limits_left_out", args.lang, count=found.limits_left_out))
    return _emit(document, args, *lines)


def _export(args: argparse.Namespace) -> int:
    done = export_person(Archive(data_home()), args.id, args.out)
    return _emit(done.document(), args, _say("exported", args.lang, path=done.path, files=done.files))


def _erase(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    if not args.yes:
        archive.known(args.id)
        raise BadValue("athletes.errors.erase_unsure", id=args.id)
    done = erase(archive, args.id)
    lines = [_say("erased", args.lang, id=args.id, rows=number(sum(done.counts.values()), args.lang))]
    lines += [_say("still_named", args.lang, places=", ".join(done.named))] if done.named else []
    lines += [] if done.clean else [_say("not_clean", args.lang)]
    return _emit(done.document(), args, *lines, _say("backups_hold", args.lang))


def _consent(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    consents = Consents(archive)
    consents.of(args.id)
    day = args.day or datetime.now(UTC).astimezone().date()
    giver = Giver.GUARDIAN if args.guardian or args.relation else Giver.SELF
    said = Said(giver, args.guardian, args.relation, args.note, True if args.child_agrees else None)
    if args.give:
        consents.give(args.id, [Scope(scope) for scope in args.give], day, said)
    if args.withdraw:
        consents.withdraw(args.id, [Scope(scope) for scope in args.withdraw], day, said)
    told = _shown(archive, args.id)
    return _emit(
        told, args, *_standing(told, args.lang), _say("offer_erase", args.lang, id=args.id) if args.withdraw else ""
    )


def _standing(told: dict[str, Any], lang: str) -> list[str]:
    return [
        f"{_say(f'scope.{name}', lang)}: {_say(f'stands.{_word(stands)}', lang)}"
        for name, stands in told["consents"].items()
    ]


def _word(stands: bool | None) -> str:
    return "unsaid" if stands is None else "given" if stands else "withdrawn"


def _access(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    require(archive.person, Action.SEE_ACCESS)
    lines = lines_of(archive.store, args.id)
    names = {account.id: account.name for account in Accounts(archive.home).all()}
    told = [
        {"at_utc": line.at_utc, "act": line.act.value, "account": line.account or None, "name": names.get(line.account)}
        for line in lines
    ]
    words = [
        f"{instant_words(line.at_utc, args.lang)}  {_say(f'act.{line.act.value}', args.lang)}  "
        + (names.get(line.account) or line.account or _say("owner", args.lang))
        for line in lines
    ]
    return _emit({"status": "ok", "id": args.id, "lines": told}, args, *(words or [_say("no_access", args.lang)]))


def _rules(args: argparse.Namespace) -> int:
    consents = Consents(Archive(data_home()))
    rules: Rules = consents.rules
    if args.consent is not None:
        rules = replace(rules, consent=Asking(args.consent))
    if args.guardian_under is not None:
        rules = replace(rules, guardian_under=args.guardian_under)
    if args.least_athletes is not None:
        rules = replace(rules, least_athletes=args.least_athletes)
    if rules != consents.rules:
        consents.keep_rules(rules)
    document = {
        "status": "ok",
        "consent": rules.consent.value,
        "guardian_under": rules.guardian_under,
        "least_athletes": rules.least_athletes,
    }
    return _emit(
        document,
        args,
        _say(f"rule.{rules.consent.value}", args.lang),
        _say("rule.guardian", args.lang, age=rules.guardian_under),
        _say("rule.least", args.lang, count=rules.least_athletes),
    )


def _months(args: argparse.Namespace) -> int:
    found = months(Archive(data_home()))
    lines = [
        _say(
            "month",
            args.lang,
            month=one.month,
            athletes=one.athletes,
            sessions=number(one.sessions, args.lang),
            minutes=number(one.minutes, args.lang),
            load=number(one.load, args.lang),
        )
        for one in found
    ]
    return _emit({"months": [one.document() for one in found]}, args, *(lines or [_say("no_months", args.lang)]))


def _seal(args: argparse.Namespace) -> int:
    count = Archive(data_home()).seal_old(lambda what: progress(what))
    return _emit({"status": "ok", "sealed": count}, args, _say("sealed", args.lang, count=number(count, args.lang)))
