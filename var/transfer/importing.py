"""Takes a match's package in: verified first, then all of it in one transaction, or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from touchline.errors import BadFile, BadValue
from touchline.files import locked, replacing, write_bytes
from touchline.i18n import t
from touchline.rights import Action, require
from var.archive import Archive
from var.evidence.layout import CERTIFICATES, MATCH_PATH, PAYLOAD, is_moving
from var.evidence.trust import Trust, read_certificates
from var.evidence.verdict import Refused, Status, Verdict
from var.evidence.workshop import sweep, workshop
from var.export.incident import Progress
from var.match_store import RESERVED
from var.transfer.comparing import compared, here_as, own_ledger
from var.transfer.form import IDENTIFIER, MEDIA, certificates_name, earlier_name
from var.transfer.keeping import (
    agreeing,
    arrivals,
    ask_incidents,
    insert_clip,
    insert_match,
    insert_rest,
    replace_rows,
    tell,
)
from var.transfer.recordings import absent, give_recordings
from var.transfer.rows import Came, read_rows
from var.transfer.unpacking import Package, PackageRefused, judge, source_of, verified

__all__ = ["Imported", "Look", "PackageRefused", "arrivals", "import_match", "look_at", "tidy"]

MARK = ".arriving"
"""The file that marks the folder of a match that is not kept in the database yet."""
_ALONE = ".transfer.lock"

Outcome = Literal["new", "updated", "filled"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A match that came: its identifier here, and the one that its evidence has. ``outcome`` is ``new``, ``updated`` or
    ``filled`` (it was here, and lacking recordings came). ``status`` is what the check of the package found; ``absent``
    are the angles whose recording is not here."""

    match_id: str
    evidence_id: str
    name: str
    outcome: Outcome
    status: Status
    signer: str | None
    holder: str | None
    package: str
    entries: int
    new_entries: int
    clips: int
    absent: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The match as a JSON-ready document (schema ``match_import``)."""
        names = ("evidence_id", "name", "outcome", "status", "signer", "holder", "package")
        told = {name: getattr(self, name) for name in (*names, "entries", "new_entries", "clips")}
        return {"match": self.match_id, **told, "absent": list(self.absent)}


@dataclass(frozen=True, slots=True)
class Look:
    """A package as it was looked at: what the check found, and what the match in it is called (None where that was not
    to be read), with how many entries, angles and bytes of recordings."""

    verdict: Verdict
    name: str | None = None
    entries: int = 0
    clips: int = 0
    media_bytes: int = 0
    media: bool = False
    known_here: str | None = None


def look_at(archive: Archive, path: Path, trust: Trust | None = None, progress: Progress | None = None) -> Look:
    """What a package holds, and what the check of it found; nothing is taken in. Raises ``NotAllowed`` and
    ``NotFound``."""
    require(archive.person, Action.RECORD)
    verdict = verified(archive, path, trust, lambda share: progress(share, path.name) if progress else None)
    if verdict.status in (Status.UNREADABLE, Status.TAMPERED) or not is_moving(verdict.hashes):
        return Look(verdict)
    try:
        record = json.loads(b"".join(source_of(path).chunks(MATCH_PATH)))
    except (Refused, ValueError):
        return Look(verdict)
    ledgers = [each["ledger"] for each in record["ledgers"]]
    return Look(
        verdict,
        record["match"]["name"],
        record["entries"]["count"],
        len(record["clips"]),
        sum(clip["recording"]["bytes"] or 0 for clip in record["clips"]),
        record["media"],
        here_as(archive, ledgers),
    )


def import_match(
    archive: Archive,
    path: Path,
    *,
    trust: Trust | None = None,
    untrusted: bool = False,
    update: bool = False,
    by: str = "",
    lang: str = "en",
    progress: Progress | None = None,
) -> Imported:
    """Take in the match whose package (a folder or a ``.zip``) lies at ``path``. ``trust`` is whom to trust beside
    those whom this installation trusts; with ``untrusted`` a package that is as it was signed is taken though nobody
    vouches for its signer, or though it is not signed, and that is kept with the match. With ``update`` what came later
    is added to a match that is here already and to which nothing was added here. ``by`` is who takes it in, where
    nobody is signed in.

    Raises ``NotAllowed`` where the archive's person may not record, ``NotFound`` where nothing lies there,
    ``PackageRefused`` for what the check does not let pass, ``BadFile`` for what is no match's package, cannot be kept
    or finds no room, ``BadValue`` where the match is here already. Then nothing was changed.
    """
    require(archive.person, Action.RECORD)
    say = progress or (lambda share, what: None)
    matches = archive.home / "matches"
    matches.mkdir(parents=True, exist_ok=True)
    with locked(matches / _ALONE):
        tidy(archive)
        checking = t("var.transfer.progress.check", lang)
        say(0.0, checking)
        verdict = verified(archive, path, trust, lambda share: say(0.5 * share, checking))
        judge(verdict, untrusted=untrusted)
        try:
            with workshop(matches, "import") as stage:
                package = Package(path, verdict, stage, by if archive.person is None else archive.person.name)
                taking = t("var.transfer.progress.take", lang)
                package.unpack(lambda share: say(0.5 + 0.1 * share, taking), media=False)
                came = read_rows(stage / PAYLOAD)
                known = here_as(archive, [each["ledger"] for each in came.record["ledgers"]])
                media = lambda share: say(0.6 + 0.4 * share, taking)  # noqa: E731
                if known is None:
                    return _take_new(archive, package, came, media)
                return _take_more(archive, known, package, came, media, update=update)
        except OSError as fault:
            if isinstance(fault, BadFile):
                raise
            raise BadFile("var.errors.export_unwritable", path=matches, fault=fault.strerror or fault) from fault


def tidy(archive: Archive) -> None:
    """Remove what imports left that were killed."""
    matches = archive.home / "matches"
    if matches.is_dir():
        sweep(matches)
    for mark in matches.glob(f"*/{MARK}"):
        if not archive.known(mark.parent.name):
            shutil.rmtree(mark.parent, ignore_errors=True)
        else:
            mark.unlink(missing_ok=True)


# ------------------------------------------------------------------ a match that is not here


def _take_new(archive: Archive, package: Package, came: Came, progress: Callable[[float], None]) -> Imported:
    media = [f"{PAYLOAD}/{clip.media}" for clip in came.clips if clip.media is not None]
    package.unpack(progress, media=True, only=media)
    match_id = _free(archive, came)
    room = package.stage / "match"
    _furnish(room, package, came)
    (room / MARK).write_bytes(b"")
    target = archive.folder(match_id)
    placed = False
    try:
        with archive.changing() as change:
            ask_incidents(change.connection, came, match_id)
            insert_match(change, match_id, came)
            for clip in came.clips:
                insert_clip(change, match_id, clip)
            insert_rest(change.connection, match_id, came, came.entries)
            tell(archive, change, match_id, package, came, updated=False)
            room.rename(target)
            placed = True
    except BaseException:
        if placed and not archive.known(match_id):
            shutil.rmtree(target, ignore_errors=True)
        raise
    (target / MARK).unlink(missing_ok=True)
    return _imported(archive, match_id, package, came, "new", len(came.entries))


def _free(archive: Archive, came: Came) -> str:
    """The identifier that the match gets here: the one it has, where that is free."""
    wanted = came.evidence_id
    taken = archive.known(wanted) or archive.folder(wanted).exists() or wanted in RESERVED
    return archive.free_id(came.name) if taken or not IDENTIFIER.fullmatch(wanted) else wanted


def _furnish(room: Path, package: Package, came: Came) -> None:
    """Make the folder of a match in ``room`` of what was unpacked."""
    data = package.stage / PAYLOAD
    (room / MEDIA).mkdir(parents=True)
    for clip in came.clips:
        if clip.frames:
            (data / clip.frames).rename(room / MEDIA / f"{clip.stem}.frames")
        if clip.media is not None:
            (data / clip.media).rename(room / MEDIA / f"{clip.stem}{clip.ending}")
    for each in came.record["ledgers"]:
        (data / each["file"]).rename(room / earlier_name(each["ledger"]))
        _keep_certificates(room, package, each["ledger"])


def _keep_certificates(room: Path, package: Package, ledger: str) -> None:
    """Keep the certificates of who signed a ledger beside it: that of its key, and those above."""
    from cryptography.hazmat.primitives.serialization import Encoding

    path = package.stage / CERTIFICATES
    if not path.is_file():
        return
    found = [each for each in read_certificates(path.read_bytes()) if _signs_or_vouches(each)]
    content = b"".join(each.public_bytes(Encoding.PEM) for each in found)
    if content:
        write_bytes(room / certificates_name(ledger), content)


def _signs_or_vouches(certificate: Any) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        if isinstance(certificate.public_key(), Ed25519PublicKey):
            return True
        return bool(certificate.extensions.get_extension_for_class(BasicConstraints).value.ca)
    except (ExtensionNotFound, ValueError):
        return False


# ------------------------------------------------------------------ a match that is here


def _take_more(
    archive: Archive,
    match_id: str,
    package: Package,
    came: Came,
    progress: Callable[[float], None],
    *,
    update: bool,
) -> Imported:
    match = archive.find(match_id)
    if match is None:  # it was put away: what is said tells how it is brought back
        raise BadValue("var.errors.match_is_here", match=match_id, name=came.name)
    _refuse_other_recordings(archive, match_id, came)
    lacking = {clip.camera_id for clip in match.clips if not clip.path.is_file()}
    media = [clip for clip in came.clips if clip.media is not None]
    # Who was killed between placing the ledgers and keeping their entries left the former alone.
    here = len(archive.store.rows("SELECT 1 FROM entry WHERE match_id = ?", (match_id,)))
    has_more = compared(archive, match_id, package, came) or here < len(came.entries)
    if not has_more:
        offered = [clip for clip in media if clip.camera in lacking]
        if not offered:
            raise BadValue("var.errors.match_is_here", match=match_id, name=match.name)
        package.unpack(progress, media=True, only=[f"{PAYLOAD}/{clip.media}" for clip in offered])
        recordings = {clip.camera: (package.stage / PAYLOAD / str(clip.media), clip.sha256) for clip in offered}
        give_recordings(archive, match_id, recordings)
        return _imported(archive, match_id, package, came, "filled", 0)
    if not update:
        raise BadValue("var.errors.match_has_more", match=match_id, name=match.name)
    with archive.store.write() as connection:  # before anything is changed
        ask_incidents(connection, came, match_id)
        agreeing(connection, match_id, came)
    cameras = {clip.camera_id for clip in match.clips}
    wanted = [clip for clip in media if clip.camera in lacking or clip.camera not in cameras]
    package.unpack(progress, media=True, only=[f"{PAYLOAD}/{clip.media}" for clip in wanted])
    folder = archive.folder(match_id)
    _place_ledgers(archive, match_id, package, came)
    for clip in came.clips:
        target = folder / MEDIA / f"{clip.stem}.frames"
        if clip.frames and clip.camera not in cameras:
            target.parent.mkdir(parents=True, exist_ok=True)
            (package.stage / PAYLOAD / clip.frames).replace(target)
    for clip in wanted:
        if clip.camera not in cameras:
            (package.stage / PAYLOAD / str(clip.media)).replace(folder / MEDIA / f"{clip.stem}{clip.ending}")
    recordings = {
        clip.camera: (package.stage / PAYLOAD / str(clip.media), clip.sha256)
        for clip in wanted
        if clip.camera in cameras
    }
    give_recordings(archive, match_id, recordings)
    with archive.changing() as change:
        ask_incidents(change.connection, came, match_id)
        count = agreeing(change.connection, match_id, came)
        new = came.entries[count:]
        replace_rows(change, match_id, came)
        insert_rest(change.connection, match_id, came, new)
        tell(archive, change, match_id, package, came, updated=True)
    return _imported(archive, match_id, package, came, "updated", len(new))


def _refuse_other_recordings(archive: Archive, match_id: str, came: Came) -> None:
    """Nothing, where each angle that is here has the recording in the package that it was made of. Raises ``BadFile``:
    nothing else would tell another recording from the one that people saw."""
    rows = archive.store.rows("SELECT camera_id, sha256, file_sha256 FROM clip WHERE match_id = ?", (match_id,))
    known = {row["camera_id"]: (row["sha256"], row["file_sha256"]) for row in rows}
    for clip in came.clips:
        given = (clip.values["sha256"], clip.values["file_sha256"])
        if known.get(clip.camera, given) != given:
            raise BadFile("var.errors.transfer_record", place=MATCH_PATH, fault=f"{clip.camera}: another recording")


def _place_ledgers(archive: Archive, match_id: str, package: Package, came: Came) -> None:
    """Keep the ledgers that came beside the own one; those that were here are the first part of them."""
    folder, own = archive.folder(match_id), own_ledger(archive.home, match_id)
    for each in came.record["ledgers"]:
        if each["ledger"] == own:
            continue
        with replacing(folder / earlier_name(each["ledger"])) as temporary:
            shutil.copyfile(package.stage / PAYLOAD / each["file"], temporary)
        _keep_certificates(folder, package, each["ledger"])


def _imported(
    archive: Archive, match_id: str, package: Package, came: Came, outcome: Outcome, new_entries: int
) -> Imported:
    signer = package.signer
    return Imported(
        match_id=match_id,
        evidence_id=came.evidence_id,
        name=came.name,
        outcome=outcome,
        status=package.verdict.status,
        signer=None if signer is None else signer.key,
        holder=None if signer is None else signer.holder,
        package=package.sha256,
        entries=len(came.entries),
        new_entries=new_entries,
        clips=len(came.clips),
        absent=tuple(absent(archive, match_id)),
    )
