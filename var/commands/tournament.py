"""``touchline tournament``: make and keep tournaments, their teams and fixtures, and the table of all incidents."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress, read_json, some_path
from touchline.errors import BadFile, BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import UNKNOWN, number, t
from var.archive import Archive
from var.tournaments.document import from_document, to_document
from var.tournaments.faults import one_line, same
from var.tournaments.filling import Filled, fill_matches
from var.tournaments.kept import Kept, Tournaments, Version
from var.tournaments.model import Fixture, Tournament
from var.tournaments.wording import member_name, teams_text

DETAILS = ("season", "starts", "ends", "host", "organiser", "sport", "note")
PEOPLE = ("teams", "officials")
PLACES = ("stage", "round", "group", "number", "date", "kick_off", "venue", "home", "away")


def register(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``touchline tournament``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make a tournament")
    new.add_argument("name", metavar="NAME", help="name of the tournament")
    listing = actions.add_parser("list", help="list the tournaments")
    listing.add_argument("--put-away", action="store_true", help="list those that were put away instead")
    show = actions.add_parser("show", help="describe a tournament, as it is or as it was")
    show.add_argument("--version", type=int, metavar="N", help="as it was after this change")
    edit = actions.add_parser("edit", help="change what is kept of a tournament")
    edit.add_argument("--name", metavar="NAME", help="another name")
    edit.add_argument("--remove-team", action="append", default=[], metavar="NAME", help="take a team out")
    edit.add_argument("--remove-official", action="append", default=[], metavar="NAME", help="take an official out")
    edit.add_argument("--remove-fixture", action="append", default=[], metavar="F", help="take a fixture off the list")
    add = actions.add_parser("add", help="put matches into a tournament, and fill their set-up from it")
    remove = actions.add_parser("remove", help="take a match out of a tournament; the match is kept")
    fixtures = actions.add_parser("fixtures", help="read a list of fixtures from a CSV or XLSX file")
    undo = actions.add_parser("undo", help="bring back a tournament as it was before the last change")
    away = actions.add_parser("put-away", help="put a tournament away; its matches are kept")
    restore = actions.add_parser("restore", help="bring back a tournament that was put away")
    incidents = actions.add_parser("incidents", help="write all incidents of a tournament to a CSV or XLSX file")
    for action in (show, edit, add, remove, fixtures, undo, away, restore):
        action.add_argument("tournament", metavar="ID", help="identifier of the tournament")
    for action in (new, edit):
        _details(action)
    _placing(add)
    remove.add_argument("match", metavar="MATCH", help="identifier of the match")
    fixtures.add_argument("file", metavar="FILE", help="the list, a CSV or XLSX file")
    teams = fixtures.add_mutually_exclusive_group()
    teams.add_argument("--new-teams", action="store_true", help="add teams that the tournament does not have")
    teams.add_argument("--any-name", action="store_true", help="keep names that are no team, such as “Winner group A”")
    undo.add_argument("--to", type=int, metavar="N", help="as it was after this change (see show)")
    away.add_argument("--for-good", action="store_true", help="remove it for good with its versions, not its matches")
    incidents.add_argument("tournament", nargs="?", metavar="ID", help="identifier of the tournament")
    incidents.add_argument("--match", action="append", metavar="MATCH", help="only this match; may be repeated")
    incidents.add_argument("--all", action="store_true", help="all matches, in a tournament or not")
    incidents.add_argument("--out", type=some_path, metavar="FILE", help="file to write: .csv or .xlsx")
    runs = {
        new: _new, listing: _list, show: _show, edit: _edit, add: _add, remove: _remove, fixtures: _fixtures,
        undo: _undo, away: _put_away, restore: _restore, incidents: _incidents,
    }  # fmt: skip
    for action, run in runs.items():
        action.set_defaults(run=run)
        if action not in (listing, show, incidents):
            action.add_argument("--by", default="", metavar="NAME", help="who does it")
        add_json(action)


def _details(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--season", metavar="S", help="season or edition, such as 2026")
    parser.add_argument("--starts", metavar="D", help="first day, such as 2026-11-29")
    parser.add_argument("--ends", metavar="D", help="last day")
    parser.add_argument("--venue", action="append", metavar="V", help="a venue; may be repeated")
    parser.add_argument("--host", metavar="H", help="where it is held: province, city, club")
    parser.add_argument("--organiser", metavar="O", help="who holds it")
    parser.add_argument("--sport", metavar="S", help="sport, as rule packs name it (default: football)")
    parser.add_argument("--note", metavar="N", help="a note")
    team_help = "a team: 'NAME; SHORT; #SHIRTS; #KEEPER'; all but the name may be left out; may be repeated"
    parser.add_argument("--team", action="append", default=[], metavar="T", help=team_help)
    official_help = "an official: 'NAME; ROLE; LICENCE; UNIT'; may be repeated"
    parser.add_argument("--official", action="append", default=[], metavar="O", help=official_help)
    parser.add_argument("--rules", metavar="PACK/FORMAT", help="rules of reviews for all matches; 'none' for none")
    parser.add_argument("--option", action="append", metavar="O", help="with --rules: an option that was adopted")
    parser.add_argument("--from", dest="source", metavar="FILE", help="details from a JSON file (tournament_details)")


def _placing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("match", nargs="+", metavar="MATCH", help="identifier of a match")
    parser.add_argument("--fixture", metavar="F", help="the planned fixture that this match is")
    for name in PLACES:
        shown = {"date": "D", "kick_off": "HH:MM"}.get(name, name[0].upper())
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=shown, help=f"{name.replace('_', ' ')} of the match")
    official_help = "an official of the match: 'ROLE: NAME', or a name of the tournament's list; may be repeated"
    parser.add_argument("--official", action="append", metavar="O", help=official_help)
    parser.add_argument("--move", action="store_true", help="take it out of the tournament that it is in")
    parser.add_argument("--no-fill", action="store_true", help="leave the set-up of the matches as it is")
    parser.add_argument("--overwrite", action="store_true", help="fill also what the set-up says otherwise")


# ------------------------------------------------------------------ documents and lines


def kept_document(kept: Kept, versions: list[Version] | None = None) -> dict[str, Any]:
    """A tournament as the commands print it (schema ``tournament``)."""
    return {
        **to_document(kept.tournament),
        "created_utc": kept.created_utc,
        "put_away_utc": kept.put_away_utc,
        "version": version_document(kept.version),
        "versions": None if versions is None else [version_document(each) for each in versions],
    }


def version_document(version: Version) -> dict[str, Any]:
    """A change as the commands print it."""
    return {
        "seq": version.seq,
        "kind": version.kind,
        "by": version.by,
        "account": version.account,
        "at_utc": version.at_utc,
    }


def _line(kept: Kept, lang: str) -> str:
    its = kept.tournament
    return t(
        "var.tournament.cli.line",
        lang,
        id=its.id,
        name=" ".join(part for part in (its.name, its.season) if part),
        teams=number(len(its.teams), lang),
        fixtures=number(len(its.fixtures), lang),
        matches=number(len(its.matches), lang),
    )


def fixture_line(fixture: Fixture, lang: str) -> str:
    """A fixture in a line."""
    place = " · ".join(part for part in (fixture.stage, fixture.round, fixture.group, fixture.number) if part)
    when = " ".join(part for part in (fixture.date, fixture.kick_off) if part)
    match = t("var.tournament.cli.planned", lang) if fixture.match_id is None else fixture.match_id
    return "  ".join(part for part in (fixture.id, when, place, teams_text(fixture), fixture.venue, match) if part)


def _answer(args: argparse.Namespace, kept: Kept, *more: str) -> int:
    lines = [_line(kept, args.lang), *(f"  {fixture_line(each, args.lang)}" for each in kept.tournament.fixtures)]
    emit(kept_document(kept), args, [*lines, *more])
    return 0


# ------------------------------------------------------------------ actions


def _tournaments() -> Tournaments:
    return Tournaments(Archive(data_home()))


def _fields(text: str, most: int) -> list[str]:
    """The parts of a typed team or official, ``most`` at least. Raises ``BadValue`` for more."""
    parts = [part.strip() for part in text.split(";")]
    if len(parts) > most:
        raise BadValue("var.errors.too_many_parts", text=text[:80], most=most)
    return parts + [""] * (most - len(parts))


def _team(text: str, before: dict[str, Any]) -> dict[str, Any]:
    """A typed team as a document: what is left out stays as it was ``before``."""
    typed = dict(zip(("name", "short", "colour", "keeper_colour"), _fields(text, 4), strict=True))
    return {**before, **{name: value for name, value in typed.items() if value or name == "name"}}


def _rules(text: str, options: list[str] | None) -> dict[str, Any] | None:
    if text == "none":
        return None
    pack, _, form = text.partition("/")
    return {"pack": pack, "format": form, "options": options or []}


def _changed(document: dict[str, Any], args: argparse.Namespace) -> Tournament:
    """The tournament of a document with what the arguments say of it. Raises ``BadTournament`` with all faults."""
    said: dict[str, Any] = {name: value for name in DETAILS if (value := getattr(args, name)) is not None}
    if args.venue is not None:
        said["venues"] = [venue for venue in args.venue if venue]
    if args.rules is not None:
        said["review"] = _rules(args.rules, args.option)
    elif args.option:
        raise BadValue("var.errors.option_without_rules")
    if getattr(args, "name", None) is not None:
        said["name"] = args.name
    if not args.team and not args.official:
        return from_document({**document, **said})
    known = to_document(from_document({"id": "x", "name": "x", **{k: document.get(k, []) for k in PEOPLE}}))
    teams = {one_line(team["name"]).casefold(): team for team in known["teams"]}
    named: set[str] = set()
    twice: list[dict[str, Any]] = []
    for text in args.team:
        key = one_line(text.split(";")[0]).casefold()
        if key in named:  # refused by name below, as on the page
            twice.append(_team(text, {}))
        else:
            named.add(key)
            teams[key] = _team(text, teams.get(key, {}))
    officials = known["officials"]
    for text in args.official:
        typed = dict(zip(("name", "role", "licence", "unit"), _fields(text, 4), strict=True))
        officials = [*(who for who in officials if not same(who["name"], typed["name"])), typed]
    people = {"teams": [*teams.values(), *twice], "officials": officials}
    return from_document({**document, **said, **people})


def _new(args: argparse.Namespace) -> int:
    source = {} if args.source is None else _object(args.source)
    made = _changed({**source, "name": args.name, "id": "new"}, args)
    kept = _tournaments().keep(made, by=args.by)
    return _answer(args, kept)


def _object(path: str) -> dict[str, Any]:
    found = read_json(path)
    if not isinstance(found, dict):
        from_document(found)
    return dict(found)


def _list(args: argparse.Namespace) -> int:
    found = _tournaments().all(put_away=args.put_away)
    lines = [_line(kept, args.lang) for kept in found] or [t("var.tournament.cli.none", args.lang)]
    emit({"tournaments": [kept_document(kept) for kept in found]}, args, lines)
    return 0


def _show(args: argparse.Namespace) -> int:
    tournaments = _tournaments()
    kept, versions = tournaments.find(args.tournament), tournaments.versions(args.tournament)
    if args.version is not None:
        its = tournaments.at(args.tournament, args.version)
        kept = replace(kept, tournament=its, version=next(each for each in versions if each.seq == args.version))
    its = kept.tournament
    lines = [_line(kept, args.lang)]
    lines += [f"  {team.name}  {team.short}  {team.colour}".rstrip() for team in its.teams]
    lines += [f"  {who.name}  {who.role}  {who.licence}  {who.unit}".rstrip() for who in its.officials]
    lines += [f"  {fixture_line(each, args.lang)}" for each in its.fixtures]
    lines += [
        f"  {each.seq}  {each.at_utc[:19]}  {t(f'var.tournament.done.{each.kind}', args.lang)}  {each.by or UNKNOWN}"
        for each in versions
    ]
    emit(kept_document(kept, versions), args, lines)
    return 0


def _edit(args: argparse.Namespace) -> int:
    tournaments = _tournaments()
    kept = tournaments.find(args.tournament)
    base = kept.tournament
    if args.source is not None:
        base = from_document({**to_document(base), **_object(args.source), "id": base.id})
    for name in args.remove_team:
        if base.team(name) is None:
            raise NotFound("var.errors.no_such_team", team=name[:60], tournament=base.name)
        base = replace(base, teams=tuple(team for team in base.teams if team is not base.team(name)))
    for name in args.remove_official:
        left = tuple(who for who in base.officials if not same(who.name, name))
        if len(left) == len(base.officials):
            raise NotFound("var.errors.no_such_official", official=name[:60], tournament=base.name)
        base = replace(base, officials=left)
    for name in args.remove_fixture:
        if base.fixture(name).match_id is not None:
            raise BadValue("var.errors.fixture_taken", fixture=name, match=base.fixture(name).match_id)
        base = replace(base, fixtures=tuple(each for each in base.fixtures if each.id != name))
    kept = tournaments.save(_changed(to_document(base), args), since=kept.version.seq, by=args.by)
    return _answer(args, kept)


def _add(args: argparse.Namespace) -> int:
    tournaments = _tournaments()
    placing: dict[str, Any] = {name: getattr(args, name) for name in PLACES}
    if args.official is not None:
        pairs = (text.rpartition(":") for text in args.official)
        placing["officials"] = tuple((role.strip(), name.strip()) for role, _, name in pairs)
    kept = tournaments.add(
        args.tournament, args.match, fixture_id=args.fixture, placing=placing, move=args.move, by=args.by
    )
    made: tuple[Filled, ...] = ()
    if not args.no_fill:
        made = fill_matches(tournaments.matches, kept, args.match, overwrite=args.overwrite)
    lines = [fixture_line(kept.tournament.fixture_of(match_id), args.lang) for match_id in args.match]
    for each in made:
        lines += _filled_lines(each, args.lang)
    document = {"tournament": kept_document(kept), "filled": [each.document() for each in made]}
    emit(document, args, lines)
    return 0


def _filled_lines(each: Filled, lang: str) -> list[str]:
    lines = []
    for name, members in (("filled", each.changed), ("left", each.left)):
        if members:
            words = ", ".join(member_name(member, lang) for member in members)
            lines.append(t(f"var.tournament.{name}", lang, match=each.match_id, members=words))
    return lines


def _remove(args: argparse.Namespace) -> int:
    return _answer(args, _tournaments().remove(args.tournament, args.match, by=args.by))


def _fixtures(args: argparse.Namespace) -> int:
    from var.tournaments.fixture_list import BadFixtures, read_fixtures, with_list

    tournaments = _tournaments()
    kept = tournaments.find(args.tournament)
    try:
        data = Path(args.file).read_bytes()
    except OSError as fault:
        raise BadFile("var.errors.not_a_sheet", name=args.file, fault=fault.strerror or fault) from fault
    unknown: Any = "add" if args.new_teams else "keep" if args.any_name else "refuse"
    try:
        found = read_fixtures(data, Path(args.file).name, kept.tournament, unknown=unknown)
    except BadFixtures as bad:
        for line in bad.said(args.lang):
            progress(line)
        raise
    kept = tournaments.save(with_list(kept.tournament, found), since=kept.version.seq, by=args.by, kind="plan")
    counts = {"fixtures": len(found.fixtures), "teams": len(found.teams), "known": found.known}
    shown = {name: number(count, args.lang) for name, count in counts.items()}
    lines = [t("var.tournament.imported", args.lang, **shown), _line(kept, args.lang)]
    emit({"tournament": kept_document(kept), **counts}, args, lines)
    return 0


def _undo(args: argparse.Namespace) -> int:
    kept, missing = _tournaments().back_to(args.tournament, args.to, by=args.by)
    more = [t("var.tournament.not_back", args.lang, matches=", ".join(missing))] if missing else []
    for line in more if args.json else ():
        progress(line)
    return _answer(args, kept, *more)


def _put_away(args: argparse.Namespace) -> int:
    tournaments = _tournaments()
    matches = tournaments.find(args.tournament).tournament.matches
    if args.for_good:
        tournaments.purge(args.tournament)
    else:
        tournaments.put_away(args.tournament, by=args.by)
    document = {"tournament": args.tournament, "purged": bool(args.for_good), "matches": list(matches)}
    said = t(f"var.tournament.cli.{'purged' if args.for_good else 'put_away'}", args.lang, id=args.tournament)
    emit(document, args, [said])
    return 0


def _restore(args: argparse.Namespace) -> int:
    return _answer(args, _tournaments().restore(args.tournament, by=args.by))


def _incidents(args: argparse.Namespace) -> int:
    from var.incident_table.columns import COLUMNS, faults
    from var.incident_table.files import row_documents, write_table
    from var.incident_table.rows import incident_table

    archive = Archive(data_home())
    if (args.tournament is None and not args.match and not args.all) or (args.all and (args.tournament or args.match)):
        raise BadValue("var.errors.which_incidents")
    if args.tournament is not None:
        for match_id in args.match or ():
            Tournaments(archive).find(args.tournament).tournament.fixture_of(match_id)
    title = t("var.incident_table.all", args.lang) if args.tournament is None else ""
    table = incident_table(archive, tournament_id=args.tournament, match_ids=args.match, title=title)
    if args.out is not None:
        write_table(archive, table, args.out, args.lang)
    absent = [{"match": name, "detail": why} for name, why in faults(table, args.lang)]
    document = {
        "tournament": args.tournament,
        "file": None if args.out is None else str(args.out),
        "simulated": table.simulated,
        "matches": [match.at.match.id for match in table.matches],
        "absent": absent,
        "incidents": row_documents(table),
    }
    for each in absent:
        progress(f"{each['match']}: {each['detail']}")
    shown = {column.key: column for column in COLUMNS}
    lines = [
        "  ".join(
            str(value)
            for name in ("match", "number", "clock", "kind", "outcome", "incident_id")
            if (value := shown[name].value(row, args.lang)) is not None
        )
        for row in table.rows
    ]
    if args.out is not None:
        lines = [t("var.incident_table.written", args.lang, path=args.out, rows=number(len(table.rows), args.lang))]
    emit(document, args, lines or [t("var.incident_table.none", args.lang)])
    return 0
