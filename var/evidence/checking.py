"""``verify``: whether a package, or a single signed file, is what was signed, and by somebody who is trusted."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, NotFound
from touchline.files import data_home, sha256_of
from touchline.ledger.checking import check as check_ledger
from var.evidence.bag_checking import check_bag, tell_signature
from var.evidence.chamber import Task, check_apart
from var.evidence.contents import Contents, is_media, take_in
from var.evidence.entries_checking import PATH as ENTRIES_PATH
from var.evidence.entries_checking import Log, check_entries, log_of, wanted_of
from var.evidence.layout import (
    CERTIFICATES,
    SIGNATURE_SUFFIX,
    ZIP_PURPOSE,
    DetachedSignature,
    is_moving,
    read_signature,
)
from var.evidence.ledger_checking import PATH as LEDGER_PATH
from var.evidence.ledger_checking import check_slice, tell_report
from var.evidence.limits import LIMITS, Limits
from var.evidence.media_checking import media_kind
from var.evidence.names import printable
from var.evidence.reading import Source, read_folder
from var.evidence.record_checking import check_key, check_record, path_of, promised
from var.evidence.strict_json import read_strictly
from var.evidence.trust import Trust, Vouching, own_trust, read_certificates
from var.evidence.verdict import Found, Refused, Signed, Status, Verdict
from var.evidence.zip_reading import read_zip

_SIGNATURE_BYTES = 1024


def verify(
    path: Path,
    trusted: Trust | None = None,
    *,
    limits: Limits = LIMITS,
    now: datetime | None = None,
    within: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Verdict:
    """What a check of ``path`` found: the folder of a package, its zip, a signed PDF, JPEG, PNG or MP4, or a ledger.

    ``trusted`` is whom to trust; None is whom this installation does. ``now`` is when certificates must hold (those
    within PDF files and media always now). Without ``within`` the signatures in the PDF files and media of a package
    are left out: the package's own covers them, and they take most of the time. ``progress`` hears the share that was
    read of a package. Nothing is written but into a private
    temporary folder, and nothing is asked of a network. Raises ``NotFound`` where nothing lies at ``path``, ``BadFile``
    where the temporary folder or the installation's own keys cannot be used.
    """
    if not os.path.lexists(path):
        raise NotFound("var.errors.verify_nothing", path=path)
    check = _Check(path, own_trust(data_home()) if trusted is None else trusted, limits, now, within, Found(), progress)
    try:
        with tempfile.TemporaryDirectory(prefix="touchline-") as room:
            return check.run(Path(room))
    except OSError as fault:
        if isinstance(fault, BadFile):
            raise
        raise BadFile("var.errors.verify_room", folder=tempfile.gettempdir(), fault=fault.strerror or fault) from fault


@dataclass(slots=True)
class _Check:
    path: Path
    trust: Trust
    limits: Limits
    now: datetime | None
    within: bool
    found: Found
    progress: Callable[[float], None] | None = None
    promised: frozenset[str] = frozenset()
    """Of ``pdf`` and ``media`` those that carry a signature by the record."""
    record: Any = None
    """The record, once it is known to fit its schema."""

    def run(self, room: Path) -> Verdict:
        kind, read = "unknown", {}
        try:
            kind = self._kind()
            match kind:
                case "folder":
                    read = self._package(read_folder(self.path, self.limits), room)[1]
                case "zip":
                    read = self._zip(room)
                case "ledger":
                    self._ledger()
                case _:
                    self._single(kind, room)
        except Refused as refusal:
            self.found.take(refusal.finding)
        read = read or {"files": 0, "bytes": 0}
        if not read["files"] and kind not in ("unknown", "folder", "zip"):
            read = {"files": 1, "bytes": self.path.stat().st_size}
        told = {"pdf": "pdf", "folder": "folder", "zip": "zip", "ledger": "ledger", "unknown": "unknown"}
        return self.found.verdict(self.path, told.get(kind, "media"), self.limits.findings, **read)

    def _kind(self) -> str:
        """``folder``, ``zip``, ``ledger``, ``pdf`` or a media type, by the first bytes. Raises ``Refused``."""
        try:
            mode = self.path.stat().st_mode
            if stat.S_ISDIR(mode):
                return "folder"
            if not stat.S_ISREG(mode):
                raise Refused("special_file")
            with self.path.open("rb") as stream:
                head = stream.read(1024)
        except OSError as fault:
            raise Refused("unreadable_file", params={"fault": fault.strerror or fault}) from fault
        if head.startswith(b"PK") or self.path.suffix.lower() == ".zip":
            return "zip"
        if self.path.stat().st_size > self.limits.total_bytes:
            raise Refused("too_large")
        if head.startswith(b"%PDF-"):
            return "pdf"
        if head.startswith(b"{"):
            return "ledger"
        if (media := media_kind(head)) is None:
            raise Refused("not_a_package")
        return media

    # ------------------------------------------------------------------ packages

    def _zip(self, room: Path) -> dict[str, Any]:
        """The zip, and first of all the signature over its every byte."""
        beside = self.path.with_name(self.path.name + SIGNATURE_SUFFIX)
        signature = self._beside(beside)
        holds = signature is not None and signature.holds(sha256_of(self.path))
        vouching, read = Vouching((), self.trust, self.now), dict[str, Any]()
        try:
            vouching, read = self._package(read_zip(self.path, self.limits), room)
        except Refused as refusal:
            finding = refusal.finding
            self.found.say(
                finding.code,
                finding.path or self.path.name,
                offset=finding.offset,
                line=finding.line,
                in_zip=finding.in_zip,
                params=dict(finding.params),
            )
        if signature is None:
            return read
        if not holds:
            whole = not any(each.status in (Status.TAMPERED, Status.UNREADABLE) for each in self.found.findings)
            self.found.say("zip_signature_wrong", self.path.name)
            if whole:  # the files are as they were: what was changed is the zip about them, or its signature
                self.found.say("signature_wrong", beside.name)
        tell_signature("zip", beside.name, signature, holds, vouching, self.found)
        return read

    def _beside(self, beside: Path) -> DetachedSignature | None:
        """The signature beside a zip; what is wrong with its file is told."""
        if not os.path.lexists(beside):
            self.found.say("no_zip_signature", beside.name)
            return None
        content = b""
        if stat.S_ISREG(beside.lstat().st_mode):
            with beside.open("rb") as stream:
                content = stream.read(_SIGNATURE_BYTES)
        signature = read_signature(content)
        if signature is None or signature.purpose != ZIP_PURPOSE:
            self.found.say("signature_form", beside.name)
            return None
        return signature

    def _package(self, source: Source, room: Path) -> tuple[Vouching, dict[str, Any]]:
        contents = take_in(source, room, self.limits, self.found, self._reading(sum(source.sizes.values())))
        vouching = self._vouching(contents)
        check_bag(contents, vouching, self.limits, self.found)
        record = self._documents(contents)
        if record is not None:
            self.record = record if check_record(record, contents, self.found) else None
            self.promised = promised(record)
        if is_moving(contents.sizes):
            from var.transfer.checking import check_match

            check_match(contents, vouching, self.limits, self.found)
        else:
            log = self._log(contents, record, vouching)
            if ENTRIES_PATH in contents.copies:
                wanted = wanted_of(self.record)
                check_entries(contents.copies[ENTRIES_PATH], log, wanted, self.limits, self.found)
        if self.within:
            self._apart(self._tasks(contents), contents, room, vouching)
        for each in self.found.signatures if self.record is not None else ():
            check_key(each, self.record, self.found, **contents.place(each.path or ""))
        read = {"name": source.name, "files": len(source.sizes), "bytes": sum(source.sizes.values())}
        read["hashes"] = contents.hashes
        return vouching, read

    def _log(self, contents: Contents, record: Any, vouching: Vouching) -> Log | None:
        """What the ledger in the package knows of entries; None without one, or where it cannot be gone by."""
        if LEDGER_PATH not in contents.copies:
            if isinstance(record, dict) and record.get("evidence") is not None:
                self.found.say("missing_file", LEDGER_PATH)
            return None
        known = self.found.wrong(LEDGER_PATH)
        whole = check_slice(contents.copies[LEDGER_PATH], record, vouching, self.found)
        return log_of(contents.copies[LEDGER_PATH]) if whole and not known else None

    def _reading(self, total: int) -> Callable[[int], None]:
        done = 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            if self.progress is not None:
                self.progress(done / max(1, total))

        return read

    def _vouching(self, contents: Contents) -> Vouching:
        try:
            certificates = read_certificates(contents.tags.get(CERTIFICATES, b""))
        except ValueError:
            self.found.say("certificates_form", CERTIFICATES, **contents.place(CERTIFICATES))
            certificates = []
        return Vouching(certificates, self.trust, self.now)

    def _documents(self, contents: Contents) -> Any:
        """The record of the incident or the match; every other JSON document is read as strictly, so that nobody trips
        over one later. Of a file that was changed nothing more is said."""
        record = None
        for name, copy in contents.copies.items():
            if name.endswith(".json") and not self.found.wrong(name):
                document = read_strictly(copy.read_bytes(), name, self.limits)
                if name == path_of(contents):
                    record = document
        return record

    def _tasks(self, contents: Contents) -> dict[str, Task]:
        tasks: dict[str, Task] = {}
        for name, copy in contents.copies.items():
            if name.endswith(".pdf"):
                tasks[name] = Task(copy, "pdf")
            elif is_media(name):
                with copy.open("rb") as stream:
                    kind = media_kind(stream.read(12))
                if kind is None:
                    self.found.say("media_damaged", name, **contents.place(name))
                else:
                    tasks[name] = Task(copy, kind)
        return tasks

    # ------------------------------------------------------------------ single files

    def _ledger(self) -> None:
        try:
            report = check_ledger(self.path, trusted=self.trust.keys)
        except BadFile as fault:
            raise Refused("not_a_package") from fault
        tell_report(report, self.path.name, Vouching((), self.trust, self.now), self.found)

    def _single(self, kind: str, room: Path) -> None:
        size = self.path.stat().st_size
        if size > self.limits.parsed_bytes:
            raise Refused("too_large", self.path.name)
        contents = Contents({self.path.name: size})
        self._apart({self.path.name: Task(self.path, kind)}, contents, room, Vouching((), self.trust, self.now))

    def _apart(self, tasks: dict[str, Task], contents: Contents, room: Path, vouching: Vouching) -> None:
        """Check the signatures within PDF files and media, in the closed room."""
        standing = room / "room"
        standing.mkdir()
        answers = check_apart(list(tasks.values()), self.trust, self.limits, standing)
        for (name, task), answer in zip(tasks.items(), answers, strict=True):
            what = "pdf" if task.kind == "pdf" else "media"
            self._tell(name, what, answer, contents, vouching)

    def _tell(self, name: str, what: str, answer: dict[str, Any], contents: Contents, vouching: Vouching) -> None:
        state, signatures = answer["state"], _signatures(what, name, answer["signatures"], vouching)
        self.found.signatures += signatures
        place = contents.place(name)
        if state == "exhausting":
            self.found.say("exhausting_file", name, **place)
        elif state == "good":
            if self.found.wrong(name):
                self.found.say("signature_still_holds", name, **place)
            for each in signatures:
                if not each.trusted:
                    params = {"holder": each.holder or "–"}
                    self.found.say("untrusted_certificate", name, **place, params=params)
        elif state == "unsigned" and what in self.promised:
            self.found.say("signature_gone", name, **place)
        else:
            params = {"fault": printable(str(answer.get("fault", "–"))) or "–"}
            self.found.say(f"{what}_{state}", name, **place, params=params)


def _signatures(what: str, path: str, told: Sequence[dict[str, Any]], vouching: Vouching) -> list[Signed]:
    made = []
    for each in told:
        known = {name: value for name, value in each.items() if name != "serial"}
        if "serial" in each:  # content credentials name their certificate, not its key
            known["public"] = vouching.public_of(each["serial"])
        made.append(Signed(what, path, **{**known, "holder": printable(each["holder"])}))
    return made
