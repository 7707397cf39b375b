"""Checking a package on the page: what was sent, or what lies among the reports here, against whom one trusts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.rights import Action, Person, require
from var.evidence.layout import SIGNATURE_SUFFIX
from var.evidence.trust import own_trust, read_trust
from var.evidence.verdict import Finding, Signed, Status, Verdict
from var.panels.text import markdown_safe, refusal

LARGEST_MB = 512
"""What is sent is held in memory; a larger package is checked by the command, which reads it from the disk."""

KINDS = ["zip", "sig", "pdf", "jpg", "jpeg", "png", "mp4", "jsonl"]
LISTED = 50

_DRAWN: dict[Status, tuple[Callable[..., Any], str]] = {
    Status.INTACT: (st.success, ":material/verified:"),
    Status.UNTRUSTED: (st.warning, ":material/person_alert:"),
    Status.UNSIGNED: (st.warning, ":material/ink_eraser:"),
    Status.TAMPERED: (st.error, ":material/broken_image:"),
    Status.UNREADABLE: (st.error, ":material/block:"),
}
_CHECKED = "verify-checked"


def verify_panel(home: Path, lang: str, person: Person | None) -> None:
    """Draw what to check, whom to trust, and what was found. Raises ``NotAllowed`` for who may not watch."""
    require(person, Action.WATCH)
    st.caption(_t("hint", lang))
    sent = st.file_uploader(
        _t("files", lang),
        type=KINDS,
        accept_multiple_files=True,
        key="verify_files",
        max_upload_size=LARGEST_MB,
        help=_t("files_help", lang),
    )
    kept = _kept(home)
    here = None
    if kept and not sent:
        here = st.selectbox(
            _t("here", lang), kept, index=None, format_func=lambda path: path.name, placeholder=_t("choose", lang)
        )
    with st.expander(_t("trust", lang), icon=":material/badge:", key="verify_trust_box"):
        st.caption(_t("trust_hint", lang))
        certificates = st.file_uploader(
            _t("certificates", lang), type=["pem", "crt", "cer", "pub"], accept_multiple_files=True, key="verify_trust"
        )
    if not sent and here is None:
        st.session_state.pop(_CHECKED, None)
        return
    asked = (*(each.file_id for each in (*sent, *certificates)), str(here))
    known = st.session_state.get(_CHECKED)
    if known is None or known[0] != asked:
        try:
            with st.spinner(_t("checking", lang), show_time=True):
                known = asked, _check(home, here, sent, certificates)
        except TouchlineError as fault:
            st.error(refusal(fault.document(lang)), icon=":material/error:")
            return
        st.session_state[_CHECKED] = known
    for verdict in known[1]:
        verdict_card(verdict, lang)


def _kept(home: Path) -> list[Path]:
    """The packages among the reports of this installation, the newest first."""
    found = [path for path in (home / "reports").glob("*.zip") if path.is_file() and not path.name.startswith(".")]
    return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))[:LISTED]


def _check(home: Path, here: Path | None, sent: Sequence[Any], certificates: Sequence[Any]) -> list[Verdict]:
    """A verdict for each package or single file that was sent, or for the one that lies here."""
    from var.evidence.checking import verify

    with tempfile.TemporaryDirectory(prefix="touchline-") as room:
        trusted = own_trust(home)
        if certificates:
            trusted = read_trust(_placed(Path(room) / "trust", certificates))
        if here is not None:
            return [verify(here, trusted)]
        files = _placed(Path(room) / "sent", sent)
        signatures = [path for path in files if path.suffix == SIGNATURE_SUFFIX]
        packages = [path for path in files if path.suffix != SIGNATURE_SUFFIX]
        if len(signatures) == len(packages) == 1:  # a browser may have added a number to one of the names
            signatures[0].rename(packages[0].with_name(packages[0].name + SIGNATURE_SUFFIX))
        return [verify(path, trusted) for path in packages or signatures]


def _placed(folder: Path, sent: Sequence[Any]) -> list[Path]:
    """Files that were sent, under their own names without any folder; one of a taken name lies in a further folder."""
    paths = []
    for place, file in enumerate(sent):
        name = PurePosixPath(file.name.replace("\\", "/")).name or "file"
        path = folder / name
        if path.exists():
            path = folder / str(place) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.getbuffer())
        paths.append(path)
    return paths


def verdict_card(verdict: Verdict, lang: str) -> None:
    """Draw a verdict: in one word what it is, what that means, each finding, each signature."""
    draw, icon = _DRAWN[verdict.status]
    with st.container(border=True):
        name = markdown_safe(verdict.path.name)
        said = _t(f"verdict.{verdict.status.value}", lang)
        draw(f"**{said}** · {name}\n\n{_t(f'means.{verdict.status.value}', lang)}", icon=icon)
        size = number(verdict.bytes / 1e6, lang, 1)
        if verdict.status is not Status.UNREADABLE:
            st.caption(_t("read", lang, files=number(verdict.files, lang), size=size))
        for each in verdict.findings:
            st.markdown(f"{_SIGNS[each.status]} {_finding(each, lang)}")
        if verdict.more:
            st.caption(t("var.verify.more", lang, count=verdict.more))
        for signed in _grouped(verdict.signatures):
            st.markdown(_signature(*signed, lang))


_SIGNS = {
    Status.INTACT: ":material/info:",
    Status.UNTRUSTED: ":material/person_alert:",
    Status.UNSIGNED: ":material/ink_eraser:",
    Status.TAMPERED: ":material/close:",
    Status.UNREADABLE: ":material/block:",
}


def _finding(each: Finding, lang: str) -> str:
    return markdown_safe(each.words(lang))


def _grouped(signatures: Sequence[Signed]) -> list[tuple[Signed, int]]:
    """Signatures of the same kind by the same holder, once each with how many there are."""
    found: dict[tuple[Any, ...], tuple[Signed, int]] = {}
    for each in signatures:
        key = (each.what, each.holder or each.key, each.intact, each.trusted)
        first, count = found.get(key, (each, 0))
        found[key] = (first, count + 1)
    return list(found.values())


def _signature(signed: Signed, count: int, lang: str) -> str:
    state = "trusted" if signed.trusted else "untrusted" if signed.intact else "wrong"
    icon = {"trusted": ":material/verified:", "untrusted": ":material/person_alert:", "wrong": ":material/close:"}
    who = markdown_safe(signed.holder or (signed.key or "")[:16] or t("var.verify.nobody", lang))
    what = t(f"var.verify.what.{signed.what}", lang)
    times = "" if count == 1 else f" ({number(count, lang)}×)"
    return f"{icon[state]} {_t(f'signed.{state}', lang, what=what, who=who)}{times}"


def _t(name: str, lang: str, **params: Any) -> str:
    return t(f"var.verify.page.{name}", lang, **params)
