"""Annotated fouls out of the archive, as a file of the format they came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue, NotFound
from touchline.files import write_bytes
from var.archive import Archive
from var.foul.annotation import Style
from var.foul.kept import KeptFoul


@dataclass(frozen=True, slots=True)
class Assembled:
    """What is to be written: the document, its layout, and the fouls in it with their matches."""

    document: dict[str, Any]
    style: Style
    fouls: tuple[tuple[str, KeptFoul], ...]

    @property
    def text(self) -> str:
        """The file's text. That of a whole file of which nothing was changed is the text that came."""
        return self.style.text(self.document)


def assemble(archive: Archive, match_ids: Sequence[str]) -> Assembled:
    """The annotated fouls of some matches as one document, each with what counts now.

    Actions of one file are in its order, others in that of ``match_ids``. Members of the file itself stay as they came;
    only the number of actions is that of the document, where it is not all actions of one file.

    Raises ``NotFound`` for a match that is not there or has no annotated foul, ``BadValue`` where the matches come from
    files whose other members differ, or from two actions of one name.
    """
    fouls: list[tuple[str, KeptFoul]] = []
    for match_id in dict.fromkeys(match_ids):
        archive.match(match_id)
        of_match = archive.review(match_id).fouls
        if not of_match:
            raise NotFound("var.errors.no_foul", match=match_id)
        fouls += [(match_id, foul) for foul in of_match]
    files = list(dict.fromkeys(foul.source.sha256 for _, foul in fouls))
    fouls.sort(key=lambda each: (files.index(each[1].source.sha256), each[1].source.place))
    first = fouls[0][1].source
    owners: dict[str, str] = {}
    for match_id, foul in fouls:
        if _rest(foul.source.head) != _rest(first.head):
            raise BadValue("var.errors.foul_files_differ", one=first.name, other=foul.source.name)
        if foul.source.key in owners:
            raise BadValue(
                "var.errors.foul_key_twice", action=foul.source.key, one=owners[foul.source.key], other=match_id
            )
        owners[foul.source.key] = match_id
    head = json.loads(first.head)
    if (len(files) > 1 or len(fouls) != first.count) and "Number of actions" in head:
        head["Number of actions"] = len(fouls)
    actions = {foul.source.key: foul.annotation.document() for _, foul in fouls}
    return Assembled({**head, "Actions": actions}, first.style, tuple(fouls))


def write(assembled: Assembled, path: Path) -> None:
    """Write the file whole or not at all; one that is there is replaced. Raises ``BadFile``."""
    try:
        write_bytes(path, assembled.text.encode("utf-8"))
    except OSError as fault:
        raise BadFile("var.errors.file_trouble", name=str(path), fault=fault.strerror or str(fault)) from fault


def _rest(head: str) -> list[tuple[str, Any]]:
    """What a file says beside its actions and their number, in order."""
    return [(name, value) for name, value in json.loads(head).items() if name != "Number of actions"]
