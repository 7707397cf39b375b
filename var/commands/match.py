"""``touchline match``: make a match of files, list matches, describe one, print the pitch marks of an angle, report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from touchline.cli import add_json, emit, plain, progress
from touchline.files import data_home
from touchline.i18n import t
from var.archive import Archive
from var.commands import match_report
from var.commands.frame import frame_number
from var.commands.transfer import register_on
from var.model import Match

if TYPE_CHECKING:
    from var.ingest import Ingested, Source


def register(parser: argparse.ArgumentParser) -> None:
    """Add ``new``, ``add``, ``list``, ``show``, ``marks``, ``report``, ``delete``, ``restore`` and those of
    ``transfer``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = actions.add_parser("new", help="make a match of video files")
    new.add_argument("name", help="name of the match")
    new.add_argument("files", nargs="+", metavar="FILE", help="one video file an angle: MP4, MOV, MKV, TS")
    new.add_argument("--in-place", action="store_true", help="read the files where they are, make no copy")
    new.set_defaults(run=_new)
    more = actions.add_parser("add", help="add angles to a match that is there")
    more.add_argument("match", help="identifier of the match")
    more.add_argument("files", nargs="+", metavar="FILE", help="one video file an angle: MP4, MOV, MKV, TS")
    more.add_argument("--in-place", action="store_true", help="read the files where they are, make no copy")
    more.set_defaults(run=_add)
    listing = actions.add_parser("list", help="list the matches")
    listing.add_argument("--put-away", action="store_true", help="list those that were put away instead")
    listing.set_defaults(run=_list)
    show = actions.add_parser("show", help="describe a match")
    show.add_argument("match", help="identifier of the match")
    show.set_defaults(run=_show)
    marks = actions.add_parser("marks", help="print the pitch marks of an angle as `touchline calibrate` reads them")
    marks.add_argument("match", help="identifier of the match")
    marks.add_argument("camera", help="the angle, such as cam2")
    frame_help = "of a camera that moves: the marked frame (default: the one marked last)"
    marks.add_argument("--frame", type=frame_number, metavar="N", help=frame_help)
    marks.set_defaults(run=_marks)
    delete = actions.add_parser("delete", help="remove a match with its media")
    delete.add_argument("match", help="identifier of the match")
    delete.add_argument(
        "--yes", action="store_true", help="really remove it for good; without it the match is put away"
    )
    delete.set_defaults(run=_delete)
    restore = actions.add_parser("restore", help="bring back a match that was put away")
    restore.add_argument("match", help="identifier of the match")
    restore.set_defaults(run=_restore)
    report = match_report.add(actions)
    for action in (new, more, listing, show, marks, report, delete, restore):
        add_json(action)
    register_on(actions)


def document(match: Match) -> dict[str, Any]:
    """A match as the commands print it (schema ``match``)."""
    from var import setup_document

    return {
        "id": match.id,
        "name": match.name,
        "origin": match.origin,
        "created_utc": match.created_utc,
        "master": match.clips[match.master].camera_id,
        "setup": setup_document.to_document(match.setup),
        "clips": [
            {
                "camera": clip.camera_id,
                "label": clip.label,
                "path": str(clip.path),
                "sha256": clip.sha256,
                "codec": clip.codec,
                "size_px": list(clip.size_px),
                "frames": len(clip),
                "seconds": float(clip.clip_s(len(clip) - 1) + clip.frame_s / clip.to_match.rate),
                "fps": float(1 / clip.frame_s * clip.to_match.rate),
                "to_match": clip.to_match.document(),
                "timing": clip.timing,
                "fixed": clip.fixed,
            }
            for clip in match.clips
        ],
    }


def summary(match: Match) -> list[str]:
    """A match in lines for people."""
    lines = [f"{match.id}  {match.name}  [{match.origin}]"]
    lines += [
        f"  {clip.camera_id}  {clip.label}  {clip.size_px[0]}x{clip.size_px[1]}  {len(clip)} frames  {clip.codec}"
        for clip in match.clips
    ]
    return lines


class Bar:
    """Progress on standard error: one line each full five per cent or new name."""

    def __init__(self) -> None:
        self.last = ("", -1)

    def __call__(self, share: float, name: str) -> None:
        mark = (name, int(share * 20))
        if mark != self.last:
            self.last = mark
            progress(f"{round(share * 100):3d} %  {name}")


def _new(args: argparse.Namespace) -> int:
    from var.ingest import ingest

    archive = Archive(data_home())
    return _taken(args, ingest(archive, args.name, _sources(args), keep=_keep(args), progress=Bar()))


def _add(args: argparse.Namespace) -> int:
    from var.ingest import add_angles

    archive = Archive(data_home())
    return _taken(args, add_angles(archive, args.match, _sources(args), keep=_keep(args), progress=Bar()))


def _sources(args: argparse.Namespace) -> list[Source]:
    from var.ingest import Source

    return [Source(Path(file), label=Path(file).stem) for file in args.files]


def _keep(args: argparse.Namespace) -> Literal["reference", "copy"]:
    return "reference" if args.in_place else "copy"


def _taken(args: argparse.Namespace, done: Ingested) -> int:
    """Answer with the match and with what was refused; where no file gave an angle, that is a refusal."""
    refused = [{"name": item.name, **item.reason.document(args.lang)} for item in done.refused]
    came = len(refused) < len(args.files)
    answer = {
        "status": "ok" if came else "refused",
        "match": document(done.match) if done.match else None,
        "refused": refused,
    }
    lines = summary(done.match) if done.match else []
    lines += [
        t("var.match.refused", args.lang, name=item["name"], why=f"{item['detail']} {item['hint']}") for item in refused
    ]
    emit(answer, args, lines)
    return 0


def _list(args: argparse.Namespace) -> int:
    matches = Archive(data_home()).matches(put_away=args.put_away)
    emit(
        {"matches": [document(match) for match in matches]},
        args,
        [line for match in matches for line in summary(match)],
    )
    return 0


def _show(args: argparse.Namespace) -> int:
    match = Archive(data_home()).match(args.match)
    emit(document(match), args, summary(match))
    return 0


def _marks(args: argparse.Namespace) -> int:
    from var.export.marked import marked_angle

    found = marked_angle(Archive(data_home()), args.match, args.camera, args.frame)
    if not args.json:
        words = {"arguments": " ".join(found.arguments()), "match": args.match, "camera": args.camera}
        progress(t("var.marked.marks", args.lang, **words))
        if found.painted_frame is not None:
            progress(t("var.marked.refined", args.lang, frame=found.painted_frame, **words))
        if found.way == "together":
            progress(t("var.marked.together", args.lang))
    emit(found.document, args, [json.dumps(plain(found.document), ensure_ascii=False, allow_nan=False, indent=2)])
    return 0


def _delete(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    if args.yes and archive.known(args.match):
        archive.purge_match(args.match)
    else:
        archive.delete_match(args.match)
    said = t(f"var.match.command.{'deleted' if args.yes else 'put_away'}", args.lang, match=args.match)
    emit({"status": "ok", "match": args.match, "purged": bool(args.yes)}, args, [said])
    return 0


def _restore(args: argparse.Namespace) -> int:
    archive = Archive(data_home())
    archive.restore_match(args.match)
    match = archive.match(args.match)
    emit(document(match), args, summary(match))
    return 0
