"""``touchline match report``: write the signed package of a whole match."""

from __future__ import annotations

import argparse
import os

from touchline.cli import emit, progress, some_path
from touchline.files import data_home
from touchline.i18n import t
from var.archive import Archive


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``report`` to the actions of ``touchline match``."""
    report = actions.add_parser("report", help="write the signed report of a whole match: PDF, JSON, stills, log")
    report.add_argument("match", metavar="MATCH", help="identifier of the match")
    report.add_argument("--out", required=True, type=some_path, metavar="DIR", help="folder to write the package in")
    report.add_argument("--clips", action="store_true", help="with a clip of every angle of every incident")
    report.add_argument("--no-sign", action="store_true", help="leave the package unsigned")
    report.set_defaults(run=_report)
    return report


def _report(args: argparse.Namespace) -> int:
    from var.evidence.match_package import export_match_report
    from var.evidence.settings import PIN_VARIABLE

    last = -1

    def say(share: float, what: str) -> None:
        nonlocal last
        if (percent := int(share * 100)) // 5 != last // 5:
            progress(f"{percent:3d} %  {what}")
            last = percent

    made = export_match_report(
        Archive(data_home()),
        args.match,
        args.out,
        lang=args.lang,
        sign=not args.no_sign,
        pin=os.environ.get(PIN_VARIABLE),
        clips=args.clips,
        progress=say,
    )
    folder = made.written.folder
    lines = [t("var.match_report.written", args.lang, folder=folder)]
    lines.append(t(f"var.report.command.{'unsigned' if args.no_sign else 'signed'}", args.lang, folder=folder))
    if made.written.stamp.stamped is False:
        lines.append(t("var.report.proof.unstamped", args.lang, fault=made.written.stamp.fault))
    for each in made.pictures.recordings:
        if not each.readable:
            state = t(f"var.match_report.state.{each.state.value}", args.lang)
            camera = each.clip.label or each.clip.camera_id
            lines.append(t("var.match_report.lost_line", args.lang, camera=camera, state=state))
    emit(made.document(), args, lines)
    return 0
