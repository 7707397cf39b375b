"""``touchline incident``: list the incidents of a match, write the report folder of one, print its scene."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from touchline.cli import add_json, emit, plain, progress, some_path
from touchline.errors import BadValue, NotFound
from touchline.files import data_home
from touchline.i18n import clock, t
from var.archive import Archive
from var.decisions.kept import sitting
from var.decisions.model import Case
from var.measure.faults import exact
from var.model import Decision, Incident, Match


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``list``, ``export`` and ``scene``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the incidents of a match")
    listing.add_argument("match", metavar="MATCH", help="identifier of the match")
    listing.set_defaults(run=_list)
    export = actions.add_parser("export", help="write the signed package of an incident: PDF, JSON, stills, clips")
    export.add_argument("match", metavar="MATCH", help="identifier of the match")
    export.add_argument("incident", metavar="INCIDENT", help="identifier or number of the incident")
    export.add_argument("--out", required=True, type=some_path, metavar="DIR", help="folder to write the package in")
    export.add_argument("--no-sign", action="store_true", help="leave the package unsigned")
    for side in ("before", "after"):
        export.add_argument(
            f"--{side}", default="3", metavar="S", help=f"seconds that a clip shows {side} the incident (default: 3)"
        )
    export.set_defaults(run=_export)
    scene = actions.add_parser("scene", help="print what is marked as the scene that the measuring commands read")
    scene.add_argument("match", metavar="MATCH", help="identifier of the match")
    scene.add_argument("incident", metavar="INCIDENT", help="identifier or number of the incident")
    scene.set_defaults(run=_scene)
    for action in (listing, export, scene):
        add_json(action)


def document(
    match: Match, incident: Incident, decision: Decision | None, cases: Sequence[Case], lang: str
) -> dict[str, Any]:
    """An incident as ``incident list`` prints it (schema ``incident_list``); ``cases`` are its reviews."""
    at_s = incident.at_s if incident.kick_s is None else incident.kick_s
    clock_s = match.setup.clock_s(at_s)
    return {
        "id": incident.id,
        "number": incident.number,
        "kind": incident.kind,
        "at_s": float(at_s),
        "clock_s": None if clock_s is None else float(clock_s),
        "created_utc": incident.created_utc,
        "kick": None if incident.kick_frame is None else {"camera": incident.kick_camera, "frame": incident.kick_frame},
        "decision": None
        if decision is None
        else {
            "outcome": decision.outcome,
            "decided_by": decision.decided_by,
            "account": decision.account,
            "decided_utc": decision.decided_utc,
            "margin": decision.margin.document() if decision.margin else None,
        },
        "note": incident.note,
        "reviews": [_review(case, lang) for case in cases],
    }


def _review(case: Case, lang: str) -> dict[str, Any]:
    outcome = case.ruling.outcome
    return {
        "id": case.id,
        "state": case.state,
        "withdrawn": case.withdrawn,
        "result": None if case.result is None else case.result.value,
        "outcome": outcome,
        "said": None if outcome is None else case.rules.pack.outcomes[outcome].name[lang],
    }


def _decided(entry: dict[str, Any], lang: str) -> str:
    """The decision on an incident in words: one recorded by itself, else that of its last review with a result."""
    from var.export.phrases import known

    if entry["decision"]:
        return known("outcomes", entry["decision"]["outcome"], lang)
    found = [each for each in entry["reviews"] if each["result"] is not None and not each["withdrawn"]]
    if not found:
        return t("var.report.command.undecided", lang)
    return found[-1]["said"] or t(f"var.rules.result.{found[-1]['result']}", lang)


def _list(args: argparse.Namespace) -> int:
    from var.export.phrases import known

    archive = Archive(data_home())
    match, review = archive.match(args.match), archive.review(args.match)
    holding = {decision.incident_id: decision for decision in review.decisions}
    cases = sitting(archive, match.id).whole().cases
    entries = [
        document(
            match,
            incident,
            holding.get(incident.id),
            [case for case in cases if case.incident_id == incident.id],
            args.lang,
        )
        for incident in review.incidents
    ]
    lines = [
        t(
            "var.report.command.line",
            args.lang,
            number=entry["number"],
            clock=clock(entry["clock_s"], args.lang),
            kind=known("kinds", entry["kind"], args.lang),
            decision=_decided(entry, args.lang),
            id=entry["id"],
        )
        for entry in entries
    ]
    emit({"match": match.id, "incidents": entries}, args, lines or [t("var.report.command.none", args.lang)])
    return 0


def incident_id_of(archive: Archive, match_id: str, wanted: str) -> str:
    """The identifier of the incident that ``wanted`` names by identifier or number. Raises ``NotFound``."""
    for incident in archive.incidents(match_id):
        if wanted in (incident.id, str(incident.number)):
            return incident.id
    raise NotFound("var.errors.no_such_incident", incident=wanted)


def seconds_of(text: str) -> Fraction:
    """Seconds as typed. Raises ``BadValue``."""
    found = exact(text.replace(",", "."))
    if found is None:
        raise BadValue("var.errors.bad_clip_length", before=text, after=text)
    return found


def _export(args: argparse.Namespace) -> int:
    from var.evidence.package import export_package
    from var.evidence.settings import PIN_VARIABLE

    archive = Archive(data_home())
    archive.match(args.match)
    last = -1

    def report(share: float, what: str) -> None:
        nonlocal last
        if (percent := int(share * 100)) // 5 != last // 5:
            progress(f"{percent:3d} %  {what}")
            last = percent

    package = export_package(
        archive,
        args.match,
        incident_id_of(archive, args.match, args.incident),
        args.out,
        lang=args.lang,
        progress=report,
        clip_before_s=seconds_of(args.before),
        clip_after_s=seconds_of(args.after),
        sign=not args.no_sign,
        pin=os.environ.get(PIN_VARIABLE),
    )
    written = package.exported
    lines = [t("var.report.command.written", args.lang, folder=written.folder)]
    lines.append(t(f"var.report.command.{'unsigned' if args.no_sign else 'signed'}", args.lang, folder=written.folder))
    if package.stamp.stamped is False:
        lines.append(t("var.report.proof.unstamped", args.lang, fault=package.stamp.fault))
    if written.no_picture:
        lines.append(t("var.report.command.uncovered", args.lang, cameras=", ".join(written.no_picture)))
    emit(package.document(), args, lines)
    return 0


def _scene(args: argparse.Namespace) -> int:
    from var.export.marked import COMMANDS, marked_scene

    archive = Archive(data_home())
    archive.match(args.match)
    question, scene = marked_scene(archive, args.match, incident_id_of(archive, args.match, args.incident))
    if not args.json:
        progress(t("var.marked.scene", args.lang, command=COMMANDS[question]))
    emit(scene, args, [json.dumps(plain(scene), ensure_ascii=False, allow_nan=False, indent=2)])
    return 0
