"""``touchline verify``: whether a package, or a single signed file, is what was signed."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchline.cli import add_json, emit
from touchline.i18n import t
from var.evidence.trust import read_trust
from var.evidence.verdict import Signed, Status, Verdict

EXIT = {
    Status.INTACT: 0,
    Status.TAMPERED: 1,
    Status.UNSIGNED: 2,
    Status.UNTRUSTED: 3,
    Status.UNREADABLE: 4,
}


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline verify PATH [--trust FILE]...``."""
    add_json(parser)
    parser.add_argument("path", metavar="PATH", help="folder or .zip of a package; or a signed PDF, picture or clip")
    parser.add_argument(
        "--trust",
        metavar="FILE",
        action="append",
        default=[],
        help="trust these certificates and public keys (PEM) instead of the installation's own; may be repeated",
    )
    parser.set_defaults(run=_verify, exit_refused=EXIT[Status.UNREADABLE])


def _verify(args: argparse.Namespace) -> int:
    from var.evidence.checking import verify

    verdict = verify(Path(args.path), read_trust(map(Path, args.trust)) if args.trust else None)
    emit(verdict.document(args.lang), args, told(verdict, args.lang))
    return EXIT[verdict.status]


def told(verdict: Verdict, lang: str) -> list[str]:
    """A verdict in lines for people: what it is, each finding, each signature."""
    lines = [t(f"var.verify.status.{verdict.status.value}", lang, path=verdict.path, files=verdict.files)]
    lines += [f"- {each.words(lang)}" for each in verdict.findings]
    if verdict.more:
        lines.append(t("var.verify.more", lang, count=verdict.more))
    return [*lines, *(_signature(each, lang) for each in verdict.signatures)]


def _signature(signed: Signed, lang: str) -> str:
    state = "trusted" if signed.trusted else "untrusted" if signed.intact else "wrong"
    who = signed.holder or signed.key or t("var.verify.nobody", lang)
    what = t(f"var.verify.what.{signed.what}", lang)
    return t(f"var.verify.signature.{state}", lang, what=what, path=signed.path, who=who)
