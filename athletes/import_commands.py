"""The command ``touchline import``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from athletes.archive import Archive
from athletes.import_progress import Bar
from athletes.import_report import check_suffix, write_report
from athletes.import_run import FEW, Order, jobs_for, run
from athletes.importers.intervals import UNITS
from athletes.intake import Document, Intake, files_in
from athletes.local_zone import local_zone
from athletes.reasons import instant_words
from touchline.cli import add_json, emit, progress, some_path
from touchline.files import data_home
from touchline.i18n import clock, number, t

INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("a number from 1 to 64")
    return int(text)


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline import FILE...``: what each file holds; ``--save`` keeps it."""
    add_json(parser)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="training files, diaries, ZIP archives, or folders of them"
    )
    parser.add_argument("--save", action="store_true", help="keep the sessions in the data folder")
    parser.add_argument("--athlete", metavar="ID", help="whose sessions these are (with --save; diaries need one)")
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="processes that read (default: as many as processors)")
    parser.add_argument("--rr-unit", choices=UNITS, help="unit of RR intervals in files that do not tell it")
    parser.add_argument("--report", type=some_path, metavar="FILE", help="write a report: .csv, .xlsx or .json")
    parser.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    if args.report is not None:
        check_suffix(args.report)
    intake = Intake(Archive(data_home()) if args.save else None, args.athlete if args.save else None, args.lang)
    paths = list(files_in(args.files))
    bar = Bar(len(paths), sys.stderr, args.lang) if len(paths) >= FEW else None
    documents: list[Document] = []
    through = 0

    def done(count: int) -> None:
        nonlocal through
        through = count
        if bar is not None:
            bar.update(count, last=count == len(paths))

    order = Order(args.lang, local_zone(), rr_unit=args.rr_unit)
    stopped = False
    try:
        for document in run(paths, intake, order, jobs=jobs_for(len(paths), args.jobs), done=done):
            documents.append(document)
            if args.json and bar is None:
                progress(f"{document['path']}: {document['status']}")
    except KeyboardInterrupt:
        stopped = True
    if args.report is not None:
        write_report(args.report, documents, args.lang)
        progress(t("athletes.imports.report_written", args.lang, path=args.report))
    if stopped:
        key = "stopped_kept" if args.save else "stopped"
        progress(t(f"athletes.imports.{key}", args.lang, done=through, total=len(paths)))
        return INTERRUPTED
    emit(documents, args, _lines(documents, args.lang))
    return 0


def _lines(documents: list[Document], lang: str) -> list[str]:
    lines = [line for document in documents for line in _told(document, lang)]
    if len(documents) > 1:
        counts = Counter(document["status"] for document in documents)
        twice = sum("duplicate_of" in document or bool(document.get("already_there")) for document in documents)
        alike = sum("same_session_as" in document for document in documents)
        lines.append(
            t(
                "athletes.imports.summary",
                lang,
                files=number(len(documents), lang),
                ok=number(counts["ok"], lang),
                repaired=number(counts["repaired"], lang),
                refused=number(counts["refused"], lang),
                twice=number(twice, lang),
                alike=number(alike, lang),
            )
        )
    return lines


def _told(document: Document, lang: str) -> list[str]:
    """One outcome in words."""
    lines = [f"{document['path']}: {t('athletes.commands.' + document['status'], lang)}"]
    if document["reason"] is not None:
        return [*lines, f"  {document['detail']}", f"  {document['hint']}"]
    if (readings := document.get("readings")) is not None:
        lines.append("  " + t("athletes.imports.diary", lang, **readings))
    else:
        pulse, beats = document["heart_rate"], document["rr"]
        unknown = t("athletes.commands.unknown", lang)
        lines.append(
            "  "
            + t(
                "athletes.imports.holds",
                lang,
                rates=number(pulse["count"] if pulse else 0, lang),
                beats=number(beats["count"] if beats else 0, lang),
                length=clock(document["seconds"], lang, 0),
                start=instant_words(document["start"], lang) if document["start"] else unknown,
            )
        )
    lines += [f"  {item['detail']}" for item in (*document["repairs"], *document.get("notes", ()))]
    if "duplicate_of" in document:
        lines.append("  " + t("athletes.imports.duplicate", lang, path=document["duplicate_of"]))
    if "same_session_as" in document:
        lines.append("  " + t("athletes.imports.alike", lang, paths=", ".join(document["same_session_as"])))
    if "session" in document:
        key = "already_there" if document["already_there"] else "kept"
        lines.append("  " + t(f"athletes.commands.{key}", lang, id=document["session"]))
    if document.get("unconsented"):
        lines.append("  " + t("athletes.people.panel.unconsented", lang))
    if "records" in document:
        lines.append("  " + t("athletes.imports.records", lang, count=document["records"]))
    return lines
