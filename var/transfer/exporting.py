"""Writes the package of a whole match: signed, with its recordings or without, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from touchline.errors import BadFile, BadValue, NotFound
from touchline.files import sha256_of, write_bytes
from touchline.i18n import t
from touchline.ledger import Status, ledger_path, trusted_keys
from touchline.ledger.checking import check, words
from touchline.ledger.following import check_earlier
from touchline.ledger.kept import kept_head
from touchline.rights import Action, require
from touchline.store import utc_now
from var.archive import Archive
from var.evidence.bag import write_tags
from var.evidence.layout import (
    BODIES,
    ENTRIES,
    LOOKS,
    MATCH_SCHEMA,
    PAYLOAD,
    SIGNATURE_SUFFIX,
    TAG_MANIFEST,
    ZIP_PURPOSE,
    signed,
)
from var.evidence.layout import MATCH as RECORD
from var.evidence.record_checking import schema_faults
from var.evidence.trust import read_certificates
from var.evidence.workshop import workshop
from var.export.incident import Progress, refusing
from var.transfer.document import body_line, expected, frames_name, look_line, media_name, record_of
from var.transfer.form import SUFFIX, certificates_name
from var.transfer.gathering import Gathered, gather
from var.transfer.held import foreign, held, told
from var.transfer.packing import Recording, copy_in, hashes_of, write_zip
from var.transfer.rows import read_rows

Form = Literal["zip", "folder"]
_SPARE = 64 << 20
"""So many bytes stay free on the disk at least."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A written package: its ``.zip`` with the signature beside it (None: unsigned), or its folder; ``sha256`` names it
    (of its tag manifest). ``without`` are the angles whose recording is not in it, ``absent`` those of them whose
    recording is not on this machine either."""

    match_id: str
    evidence_id: str
    path: Path
    signature: Path | None
    signed: bool
    sha256: str
    bytes: int
    media: bool
    entries: int
    looks: int
    clips: int
    absent: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The package as a JSON-ready document (schema ``match_export``)."""
        names = ("sha256", "bytes", "media", "entries", "looks", "clips", "signed")
        return {
            "match": self.match_id,
            "evidence_id": self.evidence_id,
            "path": str(self.path),
            "signature": None if self.signature is None else str(self.signature),
            **{name: getattr(self, name) for name in names},
            "absent": list(self.absent),
        }


def export_match(
    archive: Archive,
    match_id: str,
    out: Path,
    *,
    media: bool = True,
    sign: bool = True,
    form: Form = "zip",
    lang: str = "en",
    progress: Progress | None = None,
    written_utc: str | None = None,
) -> Exported:
    """Write ``<match>-match.zip`` with its signature, or the folder ``<match>-match``, under ``out``. Where a name is
    taken the next free one with a number is used; what was there stays.

    Raises ``NotAllowed`` where the archive's person may not report, ``NotFound`` for an unknown match, ``BadValue`` for
    one that still records, ``BadFile`` for a recording that is missing or was changed, for a ledger that does not hang
    together or does not hold what the match does, for a full disk and a folder that cannot be written.
    """
    require(archive.person, Action.REPORT)
    written_utc = written_utc or utc_now()
    say = progress or (lambda share, what: None)
    with refusing(out), workshop(out, f"{match_id}{SUFFIX}") as work:
        say(0.0, t("var.transfer.progress.ledger", lang))
        folder = work / "package"
        data = folder / PAYLOAD
        data.mkdir(parents=True)
        gathered = gather(archive, match_id, data)
        _check_ledgers(archive, match_id, gathered, lang)
        recordings, sizes, absent = _recordings(archive.home, gathered)
        if media and absent:
            raise BadFile("var.errors.transfer_absent", cameras=", ".join(absent))
        taken = recordings if media else []
        ask_room(out, sum(each.size for each in taken) + sum(len(line) for line in gathered.entries))
        _write_files(archive.home, gathered, data)
        files = _listed(folder)
        named = [{"path": f"{each.name}", "sha256": each.sha256, "bytes": each.size} for each in taken]
        record = record_of(gathered, sizes, [*files, *named], media=media, written_utc=written_utc)
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
        write_bytes(data / RECORD, text.encode("utf-8"))
        _check_readable(record, data)
        schema = resources.files("var").joinpath("schemas", "match_package.json").read_bytes()
        write_bytes(data / MATCH_SCHEMA, schema)
        hashes = hashes_of(folder)
        octets = sum((folder / name).stat().st_size for name in hashes) + sum(each.size for each in taken)
        hashes |= {f"{PAYLOAD}/{each.name}": each.sha256 for each in taken}
        by = None
        if sign:
            from var.evidence.authority import authority

            own = authority(archive.home)
            by = own.certificates() + _earlier_certificates(archive.home, match_id), own.ledger_key
        info = {
            "Bagging-Date": written_utc[:10],
            "External-Identifier": gathered.evidence_id,
            "Internal-Sender-Description": f"a whole match, {'with' if media else 'without'} its recordings",
        }
        write_tags(folder, hashes, octets, info, by)
        total, done = max(1, sum(each.size for each in taken)), 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            say(0.05 + 0.75 * done / total, t("var.transfer.progress.media", lang))

        sha256 = sha256_of(folder / TAG_MANIFEST)
        name = f"{gathered.evidence_id}{SUFFIX}"
        if form == "folder":
            copy_in(folder, taken, read)
            placed, signature = _place_folder(folder, out, name), None
        else:
            placed, signature = _place_zip(
                work,
                out,
                name,
                lambda target, free: write_zip(folder, taken, target, name=free, written_utc=written_utc, read=read),
                lambda: say(0.85, t("var.transfer.progress.sign", lang)),
                by,
            )
    say(1.0, placed.name)
    return Exported(
        match_id=match_id,
        evidence_id=gathered.evidence_id,
        path=placed,
        signature=signature,
        signed=sign,
        sha256=sha256,
        bytes=octets,
        media=media,
        entries=len(gathered.entries),
        looks=len(gathered.looks),
        clips=len(gathered.clips),
        absent=tuple(absent),
    )


def ask_room(folder: Path, needed: int) -> None:
    """Nothing, where the disk of ``folder`` has ``needed`` bytes free and some to spare. Raises ``BadFile``."""
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise BadFile("var.errors.transfer_room", folder=folder, needed=_mib(needed + _SPARE), free=_mib(free))


def _mib(count: int) -> int:
    return -(-count >> 20)


def _check_ledgers(archive: Archive, match_id: str, gathered: Gathered, lang: str) -> None:
    """Nothing, where the ledgers hang together and hold every entry: with others nobody could take the match in."""
    kept = kept_head(archive.store, match_id)
    path = ledger_path(archive.home, match_id)
    report = check(path, trusted=trusted_keys(archive.home), head=None if kept is None else kept.head)
    if report.status is Status.BROKEN:
        fault = words(report.breaks[0], lang) if report.breaks else "?"
        raise BadFile("var.errors.transfer_ledger_broken", match=match_id, fault=fault)
    for each in check_earlier(path):
        if each.status is Status.BROKEN:
            found = each.report.breaks if each.report is not None else ()
            fault = words(found[0], lang) if found else each.earlier.path.name
            raise BadFile("var.errors.transfer_ledger_broken", match=match_id, fault=fault)
    from hashlib import sha256

    entries = [(int(json.loads(line)["seq"]), sha256(line).hexdigest()) for line in gathered.entries]
    tells = told(each.path for each in gathered.ledgers)
    clips = [(clip["camera_id"], clip["sha256"], clip["file_sha256"]) for clip in gathered.clips]
    if other := foreign(clips, tells):
        raise BadFile("var.errors.transfer_other_recording", match=match_id, cameras=", ".join(other))
    found_held = held(entries, tells)
    if wrong := (*found_held.strange, *found_held.missing):
        numbers = ", ".join(map(str, sorted(wrong)[:5]))
        raise BadFile("var.errors.transfer_not_held", match=match_id, entries=numbers, count=len(wrong))


def _recordings(home: Path, gathered: Gathered) -> tuple[list[Recording], dict[str, int | None], list[str]]:
    """The recordings that are here, the size of each by its camera (None: not here), and whose are not."""
    found: list[Recording] = []
    sizes: dict[str, int | None] = {}
    absent: list[str] = []
    for clip in gathered.clips:
        path = home / clip["path"]
        try:
            size: int | None = path.stat().st_size if path.is_file() else None
        except OSError:
            size = None
        sizes[clip["camera_id"]] = size
        if size is None:
            absent.append(clip["label"])
        else:
            found.append(Recording(media_name(clip), clip["label"], path, size, expected(clip)))
    return found, sizes, absent


def _write_files(home: Path, gathered: Gathered, data: Path) -> None:
    """Entries, looks, frame tables; the ledgers lie there already."""
    write_bytes(data / ENTRIES, b"".join(line + b"\n" for line in gathered.entries))
    write_bytes(data / BODIES, b"".join(body_line(seq, body) + b"\n" for seq, body in gathered.bodies))
    write_bytes(data / LOOKS, b"".join(look_line(look) + b"\n" for look in gathered.looks))
    for clip in gathered.clips:
        target = data / frames_name(clip)
        if not clip["frames"]:
            write_bytes(target, clip["pts"].encode("ascii"))
            continue
        table = home / clip["frames"]
        if not table.is_file():
            raise NotFound("var.errors.no_such_table", name=table.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(table, target)


def _check_readable(record: dict[str, Any], data: Path) -> None:
    """Nothing, where another machine could take in what was written. Raises ``BadFile`` by the place."""
    if faults := schema_faults(record, "match_package.json"):
        place, fault = faults[0]
        raise BadFile("var.errors.transfer_record", place=place, fault=fault)
    read_rows(data)


def _listed(folder: Path) -> list[dict[str, Any]]:
    data = folder / PAYLOAD
    return [
        {"path": path.relative_to(data).as_posix(), "sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted(data.rglob("*"))
        if path.is_file()
    ]


def _earlier_certificates(home: Path, match_id: str) -> bytes:
    """The certificates of who signed the ledgers from before, as far as a package takes them."""
    from cryptography.hazmat.primitives.serialization import Encoding

    found: dict[bytes, None] = {}
    for path in sorted(ledger_path(home, match_id).parent.glob(certificates_name("*"))):
        for each in read_certificates(path.read_bytes()):
            found[each.public_bytes(Encoding.PEM)] = None
    return b"".join(list(found)[:_MOST_CERTIFICATES])


_MOST_CERTIFICATES = 12
"""A reader takes sixteen, and four are the own ones."""


def _place_folder(folder: Path, out: Path, name: str) -> Path:
    folder.chmod(0o755)
    for target in _free(out, name):
        try:
            folder.rename(target)
        except OSError as fault:
            if fault.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                continue
            raise
        return target
    raise BadValue("var.errors.package_name", path=name)


def _free(out: Path, name: str) -> Iterator[Path]:
    count = 0
    while True:
        count += 1
        free = name if count == 1 else f"{name}-{count}"
        ends = ("", ".zip", f".zip{SIGNATURE_SUFFIX}")
        if not any(os.path.lexists(out / f"{free}{end}") for end in ends):
            yield out / free


def _place_zip(work: Path, out: Path, name: str, write: Any, signing: Any, by: Any) -> tuple[Path, Path | None]:
    """Write the zip, sign that, and give both the next free name; where one of them fails, none is there."""
    target = next(_free(out, name))
    made = work / "zip"
    write(made, target.name)
    signing()
    packed = target.with_name(f"{target.name}.zip")
    signature = target.with_name(f"{packed.name}{SIGNATURE_SUFFIX}")
    if by is not None:
        write_bytes(signature, signed(by[1], ZIP_PURPOSE, sha256_of(made)).line())
    try:
        made.rename(packed)  # last: where the .zip is, all is there
    except BaseException:
        signature.unlink(missing_ok=True)
        raise
    return packed, None if by is None else signature


def sizes_of(archive: Archive, match_id: str) -> tuple[int, int]:
    """How many bytes of recordings of a match are here, and of how many angles they are not. Raises ``NotFound``."""
    clips: Sequence[Any] = archive.match(match_id).clips
    here = [clip.path.stat().st_size for clip in clips if clip.path.is_file()]
    return sum(here), len(clips) - len(here)
