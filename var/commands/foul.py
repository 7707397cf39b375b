"""``touchline foul``: annotated fouls in the SoccerNet-MVFoul format, in and out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.cli import add_json, emit
from touchline.errors import NotFound
from touchline.files import data_home
from touchline.i18n import t
from var.measure.faults import place

if TYPE_CHECKING:
    from var.foul.annotation import FoulFile
    from var.foul.clips import Found
    from var.foul.consistency import Remark
    from var.foul.importing import ImportedAction


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``import`` and ``export``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    come = actions.add_parser("import", help="make a match of each annotated foul of a file")
    come.add_argument("file", metavar="FILE", help="annotations in the SoccerNet-MVFoul format")
    come.add_argument(
        "--clips", metavar="FOLDER", help="folder of the clips (default: the folder in which the annotations lie)"
    )
    come.add_argument(
        "--strict", action="store_true", help="refuse a file in which anything is inconsistent or not understood"
    )
    come.add_argument("--by", default="", metavar="NAME", help="who imports")
    come.set_defaults(run=_import)
    go = actions.add_parser("export", help="write annotated fouls of matches in the same format")
    go.add_argument("matches", nargs="+", metavar="MATCH", help="identifier of a match with an annotated foul")
    go.add_argument("--out", required=True, type=Path, metavar="FILE", help="file to write")
    go.set_defaults(run=_export)
    for action in (come, go):
        add_json(action)


def _import(args: argparse.Namespace) -> int:
    from var.archive import Archive
    from var.commands.match import Bar
    from var.foul.clips import find_clips
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
    said = [*remarks(file), *about_clips]
    if args.strict and said:
        raise Inconsistent(said)
    came, late = import_fouls(
        Archive(data_home()),
        file,
        found,
        said,
        by=args.by,
        progress=lambda share, name: bar(0.1 + share * 0.9, name),
    )
    said += late
    answer = document(file, found, came, said, args.lang)
    emit(answer, args, _lines(answer, args.lang))
    return 0


def document(file: FoulFile, found: Found, came: list[ImportedAction], said: list[Remark], lang: str) -> dict[str, Any]:
    """What an import came to, as the command prints it (schema ``foul_import``)."""
    return {
        "status": "ok" if any(each.match_id for each in came) else "refused",
        "file": file.name,
        "sha256": file.sha256,
        "set": file.set_name or None,
        "number_of_actions": file.announced,
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
                        "camera": each.cameras[number],
                        "file": str(seen.path) if (seen := found.get((each.key, number))) else None,
                        "seconds": float(seen.seconds) if seen else None,
                        "fps": float(seen.fps) if seen else None,
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
