"""Bookmarks on the time line: an instant or a stretch, with a tag and a note.

They are entries like every other mark: only ever added. A later change of the tag or the note, a removal and its taking
back are entries too. The browser gives each bookmark its ``id``, so that a message that arrives twice counts once.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from touchline.errors import BadValue, NotFound

if TYPE_CHECKING:
    from var.archive import Archive
    from var.entries import Entry
    from var.model import Match

_ID = re.compile(r"[0-9a-f]{8,32}")
_LARGEST_S = 1e9
MAX_NOTE = 500
"""The longest note, in characters."""


class Tag(StrEnum):
    """What a bookmark is about."""

    GOAL = "goal"
    OFFSIDE = "offside"
    FOUL = "foul"
    PENALTY = "penalty"
    CARD = "card"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A bookmark at ``at_s`` of match time, or a stretch from there to ``ends_s``.

    ``seq`` is the entry that made it, ``tag`` None where nobody chose one, ``camera_id`` the angle that was looked at,
    ``account`` the id of the account under which it was made.
    """

    seq: int
    id: str
    at_s: Fraction
    ends_s: Fraction | None
    tag: Tag | None
    note: str
    camera_id: str | None
    by: str
    created_utc: str
    account: str | None = None

    def document(self) -> dict[str, Any]:
        """The bookmark as the player and ``touchline bookmarks`` give it; times in seconds."""
        return {
            "seq": self.seq,
            "id": self.id,
            "s": float(self.at_s),
            "ends_s": None if self.ends_s is None else float(self.ends_s),
            "tag": None if self.tag is None else self.tag.value,
            "note": self.note,
            "camera": self.camera_id,
            "by": self.by,
            "created_utc": self.created_utc,
            "account": self.account,
        }


def made(entry: Mapping[str, Any] | Entry, body: Mapping[str, Any]) -> Bookmark:
    """The bookmark of an entry of kind ``bookmark`` with this body."""
    return Bookmark(
        seq=entry["seq"],
        id=body["id"],
        at_s=Fraction(body["at_s"]),
        ends_s=None if body["ends_s"] is None else Fraction(body["ends_s"]),
        tag=None if body["tag"] is None else Tag(body["tag"]),
        note=body["note"],
        camera_id=body["camera"],
        by=entry["by"],
        created_utc=entry["at_utc"],
        account=entry["account"],
    )


def changed(bookmark: Bookmark, body: Mapping[str, Any]) -> Bookmark:
    """``bookmark`` after an entry of kind ``bookmark_change``, which holds only what it changes."""
    if "tag" in body:
        bookmark = replace(bookmark, tag=None if body["tag"] is None else Tag(body["tag"]))
    return replace(bookmark, note=body.get("note", bookmark.note))


# ---------------------------------------------------------------------- what people do


def add(
    archive: Archive,
    match_id: str,
    *,
    at_s: Fraction,
    ends_s: Fraction | None = None,
    tag: str | None = None,
    note: str = "",
    camera_id: str | None = None,
    bookmark_id: str | None = None,
    by: str = "",
) -> Bookmark:
    """Keep a bookmark; one whose ``bookmark_id`` is known already is returned as it is, even where it was removed.

    Raises ``NotFound`` without the match; ``BadValue`` where the camera is not of it, the tag is unknown, the note is
    too long, or the stretch does not end after it begins.
    """
    match = archive.match(match_id)
    if camera_id is not None:
        match.clip(camera_id)
    if ends_s is not None and ends_s <= at_s:
        raise BadValue("var.errors.bad_stretch", starts=float(at_s), ends=float(ends_s))
    wanted = _checked_id(bookmark_id or secrets.token_hex(8))
    known = {entry["body"]["id"]: entry for entry in _made(archive, match_id)}
    if wanted in known:
        entry = known[wanted]
        return made(entry, entry["body"])
    body = {
        "id": wanted,
        "at_s": str(at_s),
        "ends_s": None if ends_s is None else str(ends_s),
        "tag": _tag(tag),
        "note": _note(note),
        "camera": camera_id,
    }
    archive.add_entry(match_id, "bookmark", body, by=by)
    return find(archive, match_id, wanted)


def change(
    archive: Archive, match_id: str, bookmark_id: str, *, tag: str | None = None, note: str | None = None, by: str = ""
) -> Bookmark:
    """Give a bookmark another tag or note (None leaves what there is). Raises ``NotFound`` or ``BadValue``."""
    before = find(archive, match_id, bookmark_id)
    body: dict[str, Any] = {"id": bookmark_id}
    if tag is not None and _tag(tag) != before.tag:
        body["tag"] = _tag(tag)
    if note is not None and _note(note) != before.note:
        body["note"] = _note(note)
    if len(body) > 1:
        archive.add_entry(match_id, "bookmark_change", body, by=by)
    return find(archive, match_id, bookmark_id)


def remove(archive: Archive, match_id: str, bookmark_id: str, *, by: str = "") -> None:
    """Say that a bookmark no longer counts; one that is removed already stays so. Raises ``NotFound``."""
    (seq,) = [entry["seq"] for entry in _made(archive, match_id) if entry["body"]["id"] == bookmark_id] or [None]
    if seq is None:
        raise NotFound("var.errors.no_such_bookmark", bookmark=bookmark_id)
    if any(bookmark.id == bookmark_id for bookmark in archive.review(match_id).bookmarks):
        archive.remove(match_id, seq, by=by)


def restore(archive: Archive, match_id: str, bookmark_id: str, *, by: str = "") -> Bookmark:
    """Bring back a removed bookmark; one that counts is left as it is. Raises ``NotFound``."""
    for entry in _made(archive, match_id):
        if entry["body"]["id"] == bookmark_id:
            archive.restore(match_id, entry["seq"], by=by)
            return find(archive, match_id, bookmark_id)
    raise NotFound("var.errors.no_such_bookmark", bookmark=bookmark_id)


def find(archive: Archive, match_id: str, bookmark_id: str) -> Bookmark:
    """The bookmark with this id that counts now. Raises ``NotFound``."""
    for bookmark in archive.review(match_id).bookmarks:
        if bookmark.id == bookmark_id:
            return bookmark
    raise NotFound("var.errors.no_such_bookmark", bookmark=bookmark_id)


def _made(archive: Archive, match_id: str) -> list[dict[str, Any]]:
    """Every entry that made a bookmark, removed ones included."""
    archive.match(match_id)
    return [entry for entry in archive.entries(match_id) if entry["kind"] == "bookmark"]


def _checked_id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadValue("var.errors.no_such_bookmark", bookmark=str(value)[:40])
    return value


def _tag(value: object) -> str | None:
    if value is None:
        return None
    try:
        return Tag(str(value)).value
    except ValueError as fault:
        raise BadValue("var.errors.bad_tag", tag=str(value)[:40], known=", ".join(Tag)) from fault


def _note(value: str) -> str:
    text = " ".join(value.split())
    if len(text) > MAX_NOTE:
        raise BadValue("var.errors.long_note", count=len(text), largest=MAX_NOTE)
    return text


# ---------------------------------------------------------------------- what the player sends


def act(archive: Archive, match_id: str, action: Mapping[str, Any], *, by: str = "") -> None:
    """Carry out one of the player's ``ACTIONS`` (docs/architecture.md, the player's contract).

    Where the angle had a picture the instant is exactly that of its frame. Raises ``NotFound`` or ``BadValue``;
    the same message a second time changes nothing.
    """
    name = action.get("name")
    if name not in ACTIONS:
        raise BadValue("var.errors.bad_action", name=str(name)[:40])
    _DO[str(name)](archive, match_id, action, by)


def _act_add(archive: Archive, match_id: str, action: Mapping[str, Any], by: str) -> None:
    match = archive.match(match_id)
    starts, ends = action.get("starts") or action, action.get("ends")
    if not isinstance(starts, Mapping) or not isinstance(ends, Mapping | None):
        raise BadValue("var.errors.bad_instant", value=str(starts)[:40])
    add(
        archive,
        match_id,
        at_s=_instant(match, starts),
        ends_s=None if ends is None else _instant(match, ends),
        tag=action.get("tag"),
        camera_id=starts.get("camera"),
        bookmark_id=_checked_id(action.get("id")),
        by=by,
    )


def _act_tag(archive: Archive, match_id: str, action: Mapping[str, Any], by: str) -> None:
    change(archive, match_id, _checked_id(action.get("id")), tag=_tag(action.get("tag")), by=by)


def _act_remove(archive: Archive, match_id: str, action: Mapping[str, Any], by: str) -> None:
    remove(archive, match_id, _checked_id(action.get("id")), by=by)


def _act_restore(archive: Archive, match_id: str, action: Mapping[str, Any], by: str) -> None:
    restore(archive, match_id, _checked_id(action.get("id")), by=by)


_DO: dict[str, Callable[[Archive, str, Mapping[str, Any], str], None]] = {
    "bookmark": _act_add,
    "tag_bookmark": _act_tag,
    "remove_bookmark": _act_remove,
    "restore_bookmark": _act_restore,
}
ACTIONS = frozenset(_DO)
"""The names of the player's actions that ``act`` carries out."""


def _instant(match: Match, at: Mapping[str, Any]) -> Fraction:
    """The match time of what was painted: of the frame where there was one, else of the step, to the microsecond."""
    camera, frame = at.get("camera"), at.get("frame")
    if camera is not None and isinstance(frame, int) and not isinstance(frame, bool) and frame >= 0:
        clip = match.clip(str(camera))
        if at.get("sha256", clip.sha256) != clip.sha256 or frame >= len(clip):
            raise BadValue("var.errors.foreign_click", camera=clip.label, frame=frame)
        return clip.match_s(frame)
    s = at.get("s")
    if isinstance(s, bool) or not isinstance(s, int | float) or not abs(s) < _LARGEST_S:  # nor NaN
        raise BadValue("var.errors.bad_instant", value=str(s)[:40])
    return Fraction(str(s))
