"""Whether a match is here already, and whether a package of it holds more, less or something else: by the ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from touchline.errors import BadValue
from touchline.ledger import ledger_path
from touchline.ledger.following import earlier_ledgers
from touchline.ledger.line import OWN_KINDS, read_line
from touchline.ledger.scanning import whole_lines
from var.archive import Archive
from var.evidence.layout import PAYLOAD
from var.evidence.outbox import IMPORTED, TAKEN_UP
from var.transfer.recordings import TOLD
from var.transfer.rows import Came
from var.transfer.unpacking import Package


def own_ledger(home: Path, match_id: str) -> str | None:
    """The id of the ledger that this installation writes about a match; None without one."""
    try:
        with ledger_path(home, match_id).open("rb") as stream:
            return str(read_line(stream.readline().removesuffix(b"\n")).body["ledger"])
    except (OSError, ValueError, KeyError):
        return None


def files_here(home: Path, match_id: str) -> dict[str, Path]:
    """The ledgers of a match here by their ids, its own first."""
    path = ledger_path(home, match_id)
    own = own_ledger(home, match_id)
    found = {} if own is None else {own: path}
    if path.is_file():
        found |= {each.ledger: each.path for each in earlier_ledgers(path)}
    return found


def here_as(archive: Archive, ledgers: Sequence[str]) -> str | None:
    """The match here, put away or not, that has one of these ledgers; None where none has."""
    for row in archive.store.rows("SELECT id FROM match ORDER BY id"):
        if set(files_here(archive.home, row["id"])) & set(ledgers):
            return str(row["id"])
    return None


def compared(archive: Archive, match_id: str, package: Package, came: Came) -> bool:
    """Whether a package holds more of a match than is here; False where all of it is here.

    Raises ``BadValue`` where something was added here that the package does not know of.
    """
    data = package.stage / PAYLOAD
    given = {each["ledger"]: data / each["file"] for each in came.record["ledgers"]}
    here = files_here(archive.home, match_id)
    own = own_ledger(archive.home, match_id)
    more = False
    ahead = False  # something is here that the package has not
    for ledger, path in here.items():
        other = given.get(ledger)
        if other is None:
            ahead = ahead or (_content(path, 0) if ledger == own else True)
            continue
        common = _common(path, other)
        if common is None:
            raise BadValue("var.errors.match_diverged", match=match_id)
        ahead = ahead or _content(path, common)
        more = more or _content(other, common)
    more = more or any(_content(path, 0) for ledger, path in given.items() if ledger not in here)
    if more and ahead:
        raise BadValue("var.errors.match_diverged", match=match_id)
    return more


def _common(one: Path, other: Path) -> int | None:
    """How many bytes two ledgers have in common where one begins the other; None where they part."""
    shorter = min(one.stat().st_size, other.stat().st_size)
    left = shorter
    with one.open("rb") as a, other.open("rb") as b:
        while left:
            piece = a.read(min(1 << 20, left))
            if not piece or piece != b.read(len(piece)):
                return None
            left -= len(piece)
    return shorter


def _content(path: Path, after: int) -> bool:
    """Whether a ledger tells of something from the byte ``after`` on: more than signatures, and where it came from."""
    with path.open("rb") as stream:
        stream.seek(after)
        for _, data, ended in whole_lines(stream, path.stat().st_size - after):
            try:
                kind = read_line(data).kind if data is not None and ended else ""
            except ValueError:
                return True
            if kind not in OWN_KINDS and kind not in (IMPORTED, TAKEN_UP, "exported", TOLD):
                return True
    return False
