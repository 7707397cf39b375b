"""Writes a package of any kind: a signed bag and its ``.zip``, whole or not at all.

The order follows from what covers what: credentials go into the media, then the JSON is written with their hashes, then
the report with the JSON's, which is signed; then the manifests, their signature, the ``.zip`` and its signature.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from touchline import __version__
from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of, write_bytes
from touchline.i18n import t
from touchline.ledger import Ledger, installation_key, ledger_path, read_head, write_slice
from var.evidence.bag import write_bag
from var.evidence.layout import LEDGER, PAYLOAD, REPORT, SIGNATURE_SUFFIX, ZIP_PURPOSE, signed
from var.evidence.pdfa import called
from var.evidence.workshop import PACKED, SIGNATURE, place, workshop
from var.evidence.zipping import write_zip
from var.export.incident import Progress, refusing, settle
from var.export.wording import LedgerHead, Proof, Signing

if TYPE_CHECKING:
    from var.archive import Archive
    from var.evidence.signers import Signers
    from var.model import Match

_PICTURES = 0.9
"""The share of the pictures, whose own progress ends at 0.95, in the whole."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Whether the report carries a time stamp: None where no authority is configured; ``fault`` says why not."""

    stamped: bool | None = None
    url: str | None = None
    fault: str | None = None

    def document(self) -> dict[str, Any]:
        """The stamp as a JSON-ready document."""
        status = "not_configured" if self.stamped is None else "stamped" if self.stamped else "absent"
        return {"status": status, "authority": self.url, "fault": self.fault}


@dataclass(frozen=True, slots=True)
class Credential:
    """What a picture or a clip (``file`` in the payload) is to carry: our assertion, and its kind of source (None: not
    known here)."""

    file: str
    told: Mapping[str, Any]
    source: str | None


class Telling(Protocol):
    """What a package tells of. The writer asks for its parts in this order, each below the folder of the payload."""

    @property
    def name(self) -> str:
        """What the package is called, where that name is free."""
        ...

    @property
    def match(self) -> Match:
        """The match, whose evidence log goes along."""
        ...

    @property
    def identifier(self) -> str:
        """What the bag says that it is of."""
        ...

    def write_pictures(self, data: Path, progress: Progress) -> None:
        """Write stills and clips; ``progress`` comes to 0.95."""
        ...

    def credentials(self) -> Iterator[Credential]:
        """What each picture and clip is to carry."""
        ...

    def write_parts(self, data: Path) -> None:
        """Write every document that the record names."""
        ...

    def write_papers(self, data: Path, written_utc: str, proof: Proof) -> None:
        """Write the record, which names every other file that is there, and then the report, which names the record."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A written package: its folder, the ``.zip`` beside it, and who signed. ``holders`` is empty and ``zip_signature``
    None where it was left unsigned; ``pdf`` is what the report may be called."""

    folder: Path
    zip: Path
    zip_signature: Path | None
    holders: tuple[Signing, ...]
    stamp: Stamp
    pdf: str

    def document(self) -> dict[str, Any]:
        """What makes the folder a package, as a JSON-ready document."""
        by = {each.signs: {"holder": each.holder, "key": each.key} for each in self.holders}
        return {
            "zip": str(self.zip),
            "zip_signature": None if self.zip_signature is None else str(self.zip_signature),
            "signed": by or None,
            "timestamp": self.stamp.document(),
            "pdf": self.pdf,
        }


def write_whole(
    telling: Telling,
    out: Path,
    by: Signers | None,
    *,
    lang: str,
    written_utc: str,
    home: Path | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write the package of ``telling``, its ``.zip`` and signatures under ``out``; None for ``by`` leaves it unsigned.

    ``home`` is where the match's evidence log lies. Where a name is taken the next free one with a number is used; what
    was there stays as it was. Raises what the parts raise, and ``BadFile`` for a log that cannot be read, a full disk
    and a folder that cannot be written.
    """
    say = progress or (lambda share, what: None)
    with refusing(out), workshop(out, telling.name) as work:
        folder = work / "package"
        data = folder / PAYLOAD
        data.mkdir(parents=True)
        telling.write_pictures(data, lambda share, what: say(_PICTURES * share, what))
        if by is not None:
            say(0.87, t("var.report.progress_sign", lang))
            for each in telling.credentials():
                by.media.sign(data / each.file, each.told, source=each.source)
        telling.write_parts(data)
        proof = Proof(_keep_ledger(telling.match, data, home), () if by is None else by.holders())
        say(0.9, t("var.report.progress_report", lang))
        telling.write_papers(data, written_utc, proof)
        say(0.95, t("var.report.progress_sign", lang))
        stamp = Stamp() if by is None else _sign_report(data / REPORT, by, lang)
        pdf = called(data / REPORT)
        info = _bag_info(telling.identifier, written_utc, by, stamp, pdf)
        if by is None:
            write_bag(folder, info)
        else:
            write_bag(folder, info, by.certificates, by.key)
        settle(folder)
        say(0.97, t("var.report.progress_zip", lang))
        placed, packed, signature = _place(work, folder, out, telling.name, written_utc, by)
    say(1.0, placed.name)
    return Written(placed, packed, signature, proof.holders, stamp, pdf)


def drained(archive: Archive, match_id: str) -> None:
    """Let the evidence log of a match have everything that was done. Raises ``BadFile`` where it cannot be written: a
    package would hold entries that its own log does not know."""
    if not archive.outbox.drain(match_id):
        path = ledger_path(archive.home, match_id)
        raise BadFile("var.errors.ledger_behind", path=path, count=archive.outbox.behind(match_id))


def _keep_ledger(match: Match, data: Path, home: Path | None) -> LedgerHead | None:
    """Sign the match's evidence log as it is now and copy it; its head, None where the match has none yet.

    A log that does not hang together is copied as it is: who checks the package is to see where it breaks.
    """
    path = None if home is None else ledger_path(home, match.id)
    if home is None or path is None or not path.is_file():
        return None
    receipt = Ledger.open(path, installation_key(home), subject=match.evidence_id).checkpoint()
    try:
        write_slice(path, 0, receipt.n - 1, data / LEDGER)
    except BadValue:
        shutil.copyfile(path, data / LEDGER)
    head = read_head(path)
    return LedgerHead("0" * 32 if head is None or head.ledger is None else head.ledger, receipt.n, receipt.sha256)


def _sign_report(path: Path, by: Signers, lang: str) -> Stamp:
    from var.evidence.pdf_signing import sign_paper

    reason = t("var.report.proof.reason", lang)
    done = sign_paper(path.read_bytes(), by.paper, reason=reason, timestamp_url=by.timestamp_url)
    write_bytes(path, done.data)
    return Stamp(done.stamped, by.timestamp_url, done.fault)


def _bag_info(identifier: str, written_utc: str, by: Signers | None, stamp: Stamp, pdf: str) -> Mapping[str, str]:
    """What the bag says of itself, in English: labels are the standard's own."""
    if by is None:
        said = f"{REPORT} ({pdf}) is not signed"
    else:
        stamped = {True: f"time stamp by {stamp.url}", None: "no time-stamp authority configured"}
        when = stamped.get(stamp.stamped) or f"NO time stamp: {stamp.url} did not give one ({stamp.fault})"
        said = f"{REPORT} ({pdf}) is signed by {by.paper.holder}; {when}"
    return {
        "Bag-Software-Agent": f"Touchline {__version__}",
        "Bagging-Date": written_utc[:10],
        "External-Identifier": identifier,
        "Internal-Sender-Description": said,
    }


def _place(
    work: Path, folder: Path, out: Path, name: str, written_utc: str, by: Signers | None
) -> tuple[Path, Path, Path | None]:
    """Pack ``folder``, sign that, and give all three the next free name; where one of them fails, none is there."""
    count = 0
    while True:
        count += 1
        free = name if count == 1 else f"{name}-{count}"
        target, packed = out / free, out / f"{free}.zip"
        signature = out / f"{free}.zip{SIGNATURE_SUFFIX}"
        if any(os.path.lexists(path) for path in (target, packed, signature)):
            continue
        write_zip(folder, work / PACKED, name=free, written_utc=written_utc)
        if by is not None:
            (work / SIGNATURE).write_bytes(signed(by.key, ZIP_PURPOSE, sha256_of(work / PACKED)).line())
        settle(work)
        folder.chmod(0o755)
        try:
            place(work, folder, target, packed)
        except OSError as fault:  # another export took the name between the look and the move
            if folder.exists() and fault.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                continue
            raise
        return target, packed, None if by is None else signature
