"""``touchline match export``, ``import``, ``add-media`` and ``check``: a match to another machine with its evidence."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from touchline.cli import add_json, emit, progress, some_path
from touchline.files import data_home
from touchline.i18n import t
from touchline.ledger.checking import Status
from var.archive import Archive
from var.evidence.verdict import Status as Found

EXIT = {Status.INTACT: 0, Status.BROKEN: 1, Status.UNTRUSTED: 3}


def register_on(actions: Any) -> None:
    """Add ``export``, ``import``, ``add-media`` and ``check`` to the actions of ``touchline match``."""
    export = actions.add_parser("export", help="write a whole match as one signed package")
    export.add_argument("match", metavar="MATCH", help="identifier of the match")
    export.add_argument("--out", required=True, type=some_path, metavar="DIR", help="folder to write the package in")
    export.add_argument("--no-media", action="store_true", help="leave the recordings out; their hashes go along")
    export.add_argument("--no-sign", action="store_true", help="leave the package unsigned")
    export.add_argument("--folder", action="store_true", help="write a folder instead of a .zip")
    export.set_defaults(run=_export)
    bring = actions.add_parser("import", help="take in a match's package, verified first")
    bring.add_argument("path", metavar="PATH", type=Path, help="the .zip, or the folder of the package")
    bring.add_argument(
        "--trust",
        metavar="FILE",
        action="append",
        default=[],
        help="trust these certificates and public keys (PEM) beside the installation's own; may be repeated",
    )
    bring.add_argument(
        "--untrusted", action="store_true", help="take it in though nobody vouches for who signed, and keep that said"
    )
    bring.add_argument("--update", action="store_true", help="add what came later to the match that is here already")
    bring.set_defaults(run=_import)
    media = actions.add_parser("add-media", help="give angles the recordings that are not on this machine yet")
    media.add_argument("match", metavar="MATCH", help="identifier of the match")
    media.add_argument("files", nargs="+", metavar="FILE", type=Path, help="the very files that the match was made of")
    media.set_defaults(run=_media)
    check = actions.add_parser("check", help="say whether a match's evidence stands: its ledgers and every entry")
    check.add_argument("match", metavar="MATCH", help="identifier of the match")
    check.set_defaults(run=_check)
    for action in (export, bring, media, check):
        add_json(action)


class _Bar:
    """Progress on standard error: one line each full five per cent or new step."""

    def __init__(self) -> None:
        self.last = ("", -1)

    def __call__(self, share: float, what: str) -> None:
        mark = (what, int(share * 20))
        if mark != self.last:
            self.last = mark
            progress(f"{round(share * 100):3d} %  {what}")


def _export(args: argparse.Namespace) -> int:
    from var.transfer.exporting import export_match

    made = export_match(
        Archive(data_home()),
        args.match,
        args.out,
        media=not args.no_media,
        sign=not args.no_sign,
        form="folder" if args.folder else "zip",
        lang=args.lang,
        progress=_Bar(),
    )
    lines = [t("var.transfer.command.written", args.lang, path=made.path, entries=made.entries, clips=made.clips)]
    lines.append(t(f"var.transfer.command.{'signed' if made.signed else 'unsigned'}", args.lang, path=made.path))
    if not made.media:
        lines.append(t("var.transfer.command.no_media", args.lang))
    if made.absent:
        lines.append(t("var.transfer.command.absent", args.lang, cameras=", ".join(made.absent)))
    emit(made.document(), args, lines)
    return 0


def _import(args: argparse.Namespace) -> int:
    from var.evidence.trust import read_trust
    from var.transfer.importing import import_match

    came = import_match(
        Archive(data_home()),
        args.path,
        trust=read_trust(map(Path, args.trust)) if args.trust else None,
        untrusted=args.untrusted,
        update=args.update,
        lang=args.lang,
        progress=_Bar(),
    )
    told = {"name": came.name, "match": came.match_id, "entries": came.entries, "new": came.new_entries}
    lines = [t(f"var.transfer.command.{came.outcome}", args.lang, **told)]
    if came.status is not Found.INTACT:
        lines.append(t("var.transfer.not_verified", args.lang))
    if came.match_id != came.evidence_id:
        lines.append(t("var.transfer.command.other_id", args.lang, match=came.match_id, evidence=came.evidence_id))
    if came.absent:
        lines.append(t("var.transfer.command.absent", args.lang, cameras=", ".join(came.absent)))
    emit(came.document(), args, lines)
    return 0


def _media(args: argparse.Namespace) -> int:
    from var.transfer.recordings import absent, add_media

    archive = Archive(data_home())
    kept = add_media(archive, args.match, args.files, progress=_Bar())
    lacking = absent(archive, args.match)
    lines = [t("var.transfer.command.kept", args.lang, camera=camera, name=name) for camera, name in kept.items()]
    if lacking:
        lines.append(t("var.transfer.command.absent", args.lang, cameras=", ".join(lacking)))
    emit({"match": args.match, "kept": kept, "absent": lacking}, args, lines)
    return 0


def _check(args: argparse.Namespace) -> int:
    from var.transfer.standing import standing

    found = standing(Archive(data_home()), args.match)
    told = {"match": args.match, "entries": found.entries, "ledgers": 1 + len(found.earlier)}
    lines = [t(f"var.transfer.check.{found.status.value}", args.lang, **told)]
    for what in ("strange", "missing"):
        if numbers := getattr(found.held, what):
            listed = ", ".join(map(str, numbers[:20]))
            lines.append(t(f"var.transfer.check.{what}", args.lang, entries=listed, count=len(numbers)))
    if found.foreign:
        lines.append(t("var.transfer.check.foreign", args.lang, cameras=", ".join(found.foreign)))
    emit(found.document(), args, lines)
    return EXIT[found.status]
