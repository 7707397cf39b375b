"""``touchline foul``: the review of a foul, and annotated fouls in the SoccerNet-MVFoul format, in and out."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.cli import add_json, emit, progress, some_path
from touchline.errors import BadFile, Missing, NotFound
from touchline.files import data_home
from touchline.i18n import t
from var.measure.faults import place

BEFORE_S, AFTER_S = 1.5, 1.0
"""As ``var.foul.window`` has them, which is not loaded for a help text."""

if TYPE_CHECKING:
    from var.foul.annotation import FoulFile
    from var.foul.clips import Found
    from var.foul.clock_check import Clocks
    from var.foul.consistency import Remark
    from var.foul.importing import ImportedAction


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``import``, ``export``, ``review`` and ``label``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    come = actions.add_parser("import", help="make a match of each annotated foul of a file")
    come.add_argument("file", metavar="FILE", help="annotations in the SoccerNet-MVFoul format")
    come.add_argument(
        "--clips", metavar="FOLDER", help="folder of the clips (default: the folder in which the annotations lie)"
    )
    come.add_argument(
        "--strict", action="store_true", help="refuse a file in which anything is inconsistent or not understood"
    )
    come.add_argument(
        "--no-picture-clock",
        action="store_true",
        help="do not read the match clock in the pictures (it takes about 2 s a clip)",
    )
    come.add_argument("--by", default="", metavar="NAME", help="who imports")
    come.set_defaults(run=_import)
    go = actions.add_parser("export", help="write annotated fouls of matches in the same format")
    go.add_argument("matches", nargs="+", metavar="MATCH", help="identifier of a match with an annotated foul")
    go.add_argument("--out", required=True, type=some_path, metavar="FILE", help="file to write")
    go.set_defaults(run=_export)
    look = actions.add_parser("review", help="print the review of a foul: what was measured, what was judged")
    look.add_argument("match", metavar="MATCH", help="identifier of the match")
    look.add_argument("incident", metavar="INCIDENT", help="identifier or number of the incident")
    for side, seconds in (("before", BEFORE_S), ("after", AFTER_S)):
        look.add_argument(
            f"--{side}",
            default=f"{float(seconds):g}",
            metavar="S",
            help=f"seconds that the contact window shows {side} the contact (default: {float(seconds):g})",
        )
    look.set_defaults(run=_review)
    word = actions.add_parser("label", help="give a label of an annotated foul another word")
    word.add_argument("match", metavar="MATCH", help="identifier of the match")
    word.add_argument("incident", metavar="INCIDENT", help="identifier or number of the incident")
    word.add_argument("field", metavar="FIELD", help="name of the label as in the format, such as Severity")
    word.add_argument("word", metavar="WORD", help='its new word, or "" where it is not known')
    word.add_argument("--by", default="", metavar="NAME", help="who says so")
    word.set_defaults(run=_label)
    for action in (come, go, look, word):
        add_json(action)


def _import(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.commands.match import Bar
    from var.foul.clips import find_clips
    from var.foul.clock_check import rates_of
    from var.foul.consistency import Inconsistent, remarks
    from var.foul.importing import import_fouls
    from var.foul.reading import read

    file = read(args.file)
    beside = Path() if args.file == "-" else Path(args.file).absolute().parent
    folder = beside if args.clips is None else Path(args.clips)
    if not folder.is_dir():
        raise NotFound("var.errors.no_such_file", name=str(folder))
    bar = Bar()
    found, about_clips = find_clips(file, folder, progress=lambda share, name: bar(share * 0.1, name))
    clocks, about_clocks, why = (None, [], "not_wanted") if args.no_picture_clock else _clocks(args, file, found, bar)
    said = [*remarks(file), *about_clips, *about_clocks]
    if args.strict and said:
        raise Inconsistent(said)
    came, late = import_fouls(
        Archive(data_home()),
        file,
        found,
        said,
        rates=rates_of(clocks or {}),
        by=args.by,
        progress=lambda share, name: bar(0.4 + share * 0.6, name),
    )
    said += late
    answer = document(file, found, came, said, args.lang, clocks, why)
    emit(answer, args, _lines(answer, args.lang))
    return 0


def _clocks(
    args: argparse.Namespace, file: FoulFile, found: Found, bar: Callable[[float, str], None]
) -> tuple[Clocks | None, list[Remark], str | None]:
    """The clocks in the pictures and what they contradict; or why nobody looked, which is said in one line."""
    from var.foul.clock_check import check_clocks

    try:
        return *check_clocks(file, found, progress=lambda share, name: bar(0.1 + share * 0.3, name)), None
    except (Missing, BadFile) as reason:
        said = {"detail": reason.detail(args.lang), "hint": reason.hint(args.lang)}
        progress(t("var.foul.clocks_missing", args.lang, **said))
        return None, [], reason.name


def document(
    file: FoulFile,
    found: Found,
    came: list[ImportedAction],
    said: list[Remark],
    lang: str,
    clocks: Clocks | None = None,
    why: str | None = "not_wanted",
) -> dict[str, Any]:
    """What an import came to, as the command prints it (schema ``foul_import``). ``clocks`` is what the pictures say;
    None where nobody looked, and ``why``."""
    from var.foul.clock_check import rates_of

    rates = rates_of(clocks or {})
    return {
        "status": "ok" if any(each.match_id for each in came) else "refused",
        "file": file.name,
        "sha256": file.sha256,
        "set": file.set_name or None,
        "number_of_actions": file.announced,
        "picture_clock": {"looked": clocks is not None, "why": why},
        "actions": [
            {
                "key": each.key,
                "status": each.status,
                "match": each.match_id,
                "incident": each.incident_id,
                "live": action.live,
                "clips": [
                    {
                        "url": clip.url,
                        "camera_type": clip.camera_type or None,
                        "timestamp_ms": None if clip.timestamp_ms is None else float(clip.timestamp_ms),
                        "replay_speed": None if clip.replay_speed is None else float(clip.replay_speed),
                        "times_slower": None
                        if (slower := clip.times_slower(rates.get((each.key, number)))) is None
                        else float(slower),
                        "camera": each.cameras[number],
                        "file": str(seen.path) if (seen := found.get((each.key, number))) else None,
                        "seconds": float(seen.seconds) if seen else None,
                        "fps": float(seen.fps) if seen else None,
                        "picture_clock": clocks[each.key, number].document()
                        if clocks and (each.key, number) in clocks
                        else None,
                    }
                    for number, clip in enumerate(action.clips)
                ],
                "differs": list(each.differs),
            }
            for each, (_, action) in zip(came, file.actions, strict=True)
        ],
        "inconsistencies": [remark.document(lang) for remark in said if not remark.is_note],
        "notes": [remark.document(lang) for remark in said if remark.is_note],
    }


def _lines(answer: dict[str, Any], lang: str) -> list[str]:
    lines = []
    for action in answer["actions"]:
        angles = sum(clip["camera"] is not None for clip in action["clips"])
        lines.append(
            t(
                f"var.foul.came.{action['status']}",
                lang,
                action=action["key"],
                match=action["match"],
                angles=angles,
                clips=len(action["clips"]),
            )
        )
        if action["differs"]:
            lines.append(t("var.foul.differs", lang, fields=", ".join(action["differs"])))
    looked = [
        clip["picture_clock"] for action in answer["actions"] for clip in action["clips"] if clip["picture_clock"]
    ]
    if looked:
        lines.append(t("var.foul.clocks", lang, read=sum(each["read"] for each in looked), clips=len(looked)))
    for name in ("inconsistencies", "notes"):
        if answer[name]:
            lines.append(t(f"var.foul.said.{name}", lang, count=len(answer[name])))
            lines += [f"  {place(each['path'], lang)} {each['detail']}" for each in answer[name]]
    return lines or [t("var.foul.nothing", lang)]


def _export(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.foul.exporting import assemble, write

    assembled = assemble(Archive(data_home()), args.matches)
    write(assembled, args.out)
    answer = {
        "status": "ok",
        "written": str(args.out),
        "set": assembled.document.get("Set") or None,
        "actions": [
            {"key": foul.source.key, "match": match, "incident": foul.incident_id, "changed": list(foul.changed)}
            for match, foul in assembled.fouls
        ],
    }
    lines = [t("var.foul.written", args.lang, path=args.out, count=len(assembled.fouls))]
    for match, foul in assembled.fouls:
        if foul.changed:
            lines.append(t("var.foul.changed", args.lang, match=match, fields=", ".join(foul.changed)))
    emit(answer, args, lines)
    return 0


def _review(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.commands.incident import incident_id_of, seconds_of
    from var.foul.document import foul_document
    from var.foul.review import foul_review
    from var.foul.wording import foul_lines

    archive = Archive(data_home())
    archive.match(args.match)
    found = foul_review(
        archive,
        args.match,
        incident_id_of(archive, args.match, args.incident),
        before_s=seconds_of(args.before),
        after_s=seconds_of(args.after),
    )
    emit(foul_document(found, args.lang), args, foul_lines(found, args.lang))
    return 0


def _label(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.commands.incident import incident_id_of
    from var.foul.importing import foul_of, relabel

    archive = Archive(data_home())
    archive.match(args.match)
    incident_id = incident_id_of(archive, args.match, args.incident)
    before = foul_of(archive, args.match, incident_id)
    after = relabel(archive, args.match, incident_id, args.field, args.word, by=args.by)
    was, word = (str(each.annotation.document().get(args.field, "")) for each in (before, after))
    kept = before.annotation != after.annotation
    answer = {
        "status": "kept" if kept else "unchanged",
        "match": args.match,
        "incident": incident_id,
        "field": args.field,
        "was": was,
        "word": word,
        "changed": list(after.changed),
    }
    key = "var.foul_review.labelled" if kept else "var.foul_review.unchanged"
    emit(answer, args, [t(key, args.lang, field=args.field, was=was, word=word)])
    return 0
