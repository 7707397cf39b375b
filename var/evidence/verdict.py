"""What a check of a package found: one status, and every finding with the file and the byte where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from touchline.i18n import UNKNOWN, t


class Status(StrEnum):
    """From best to worst. ``UNSIGNED``: a signature that belongs there is missing; ``UNTRUSTED``: all is as it was
    signed, by somebody for whom nobody vouches; ``UNREADABLE``: no package, or one that is made to do harm."""

    INTACT = "intact"
    UNTRUSTED = "untrusted"
    UNSIGNED = "unsigned"
    TAMPERED = "tampered"
    UNREADABLE = "unreadable"


_SEVERITY = list(Status)

_CODES: dict[Status, tuple[str, ...]] = {
    Status.UNREADABLE: (
        "not_a_package", "unreadable_file", "changed_meanwhile", "too_many_files", "too_large", "too_deep",
        "path_traversal", "bad_name", "name_too_long", "duplicate_name", "case_collision", "link", "hard_link",
        "special_file", "fetch_file", "zip_broken", "zip_around", "zip_overlap", "zip_mismatch", "zip_encrypted",
        "zip_method", "zip_descriptor", "zip_extra", "zip_64", "zip_bomb", "huge_json", "deep_json", "repeated_key",
        "bad_json", "exhausting_file", "too_many_entries",
    ),
    Status.TAMPERED: (
        "changed_file", "missing_file", "unexpected_file", "bagit_changed", "bag_info_wrong", "manifest_changed",
        "manifest_line", "tag_manifest_changed", "signature_wrong", "signature_form", "zip_signature_wrong",
        "zip_damaged", "certificates_form", "swapped_payload", "not_in_record", "record_invalid", "ledger_broken",
        "ledger_no_slice", "ledger_differs", "pdf_changed", "pdf_extended", "pdf_damaged", "media_changed",
        "media_damaged", "signature_gone", "key_differs", "entries_missing", "entry_form", "entry_order",
        "entry_foreign", "entry_not_in_ledger", "entry_missing", "entries_before_differ", "entry_invalid",
        "recording_not_in_ledger",
    ),
    Status.UNSIGNED: ("unsigned", "pdf_unsigned", "media_unsigned"),
    Status.UNTRUSTED: ("untrusted_key", "untrusted_certificate", "ledger_untrusted"),
    Status.INTACT: ("no_zip_signature", "signature_still_holds", "entries_unchecked"),
}  # fmt: skip
STATUS = {code: status for status, codes in _CODES.items() for code in codes}
"""What each finding makes of the whole; those of ``INTACT`` are remarks."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found in the file ``path`` of the package (None: the whole), from its byte ``offset`` on and
    in its line ``line`` (from 1), where they are known. In a zip ``offset`` is of the zip where ``in_zip``."""

    code: str
    path: str | None = None
    offset: int | None = None
    line: int | None = None
    in_zip: bool = False
    params: tuple[tuple[str, str], ...] = ()

    @property
    def status(self) -> Status:
        """What it makes of the whole."""
        return STATUS[self.code]

    def words(self, lang: str) -> str:
        """The finding in a sentence for people."""
        where = {"path": self.path or UNKNOWN, "offset": UNKNOWN if self.offset is None else self.offset}
        line = UNKNOWN if self.line is None else self.line
        params = dict(self.params)
        if "kind" in params:  # of a ledger's line: in its own words
            ends = [params.pop(name) for name in ("n", "last_n")]
            where |= {"entries": "–".join(dict.fromkeys(end for end in ends if end)) or UNKNOWN}
            params["what"] = t(f"touchline.ledger.kind.{params.pop('kind')}", lang, **where, line=line)
        return t(f"var.verify.finding.{self.code}", lang, **where, line=line, **params)

    def document(self, lang: str) -> dict[str, Any]:
        """The finding as a JSON-ready document, its words in ``lang``."""
        places = {"path": self.path, "offset": self.offset, "offset_of": self._offset_of(), "line": self.line}
        return {"code": self.code, "status": self.status, **places, "detail": self.words(lang)}

    def _offset_of(self) -> str | None:
        return None if self.offset is None else "zip" if self.in_zip else "file"


class Refused(Exception):
    """A package is read no further; ``finding`` says why."""

    def __init__(self, code: str, path: str | None = None, **places: Any) -> None:
        params = tuple((name, str(value)) for name, value in places.pop("params", {}).items())
        self.finding = Finding(code, path, **places, params=params)
        super().__init__(code, path)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: ``what`` it signs (``package``, ``zip``, ``pdf``, ``media`` or ``ledger``) in the file ``path``.
    ``key`` is the SHA-256 of an Ed25519 key, or of a certificate; ``holder`` its name as its certificate has it.
    ``public`` is the SHA-256 of the public key as a record names it, None where that is not known. ``intact`` is
    whether it holds, ``trusted`` whether somebody vouches for it. ``time`` is what the signer said, unless
    ``time_proved``: then an authority for time stamps that is trusted did."""

    what: str
    path: str | None
    intact: bool
    trusted: bool
    key: str | None = None
    holder: str | None = None
    time: str | None = None
    time_proved: bool = False
    public: str | None = None

    def document(self) -> dict[str, Any]:
        """The signature as a JSON-ready document."""
        names = ("what", "path", "intact", "trusted", "key", "holder", "time", "time_proved")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. ``kind`` is ``folder``, ``zip``, ``pdf``, ``media``, ``ledger``, or ``unknown``; ``name`` is
    that of the package's folder; ``files`` and ``bytes`` are what was read. The first finding is the worst."""

    path: Path
    kind: str
    name: str | None = None
    files: int = 0
    bytes: int = 0
    findings: tuple[Finding, ...] = ()
    signatures: tuple[Signed, ...] = ()
    more: int = 0
    hashes: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each file of a package, as it was read."""

    @property
    def status(self) -> Status:
        """The worst that was found."""
        return max((each.status for each in self.findings), key=_SEVERITY.index, default=Status.INTACT)

    def document(self, lang: str) -> dict[str, Any]:
        """The verdict as a JSON-ready document (schema ``verify``), its words in ``lang``."""
        return {
            "status": self.status,
            "path": str(self.path),
            "kind": self.kind,
            "name": self.name,
            "files": self.files,
            "bytes": self.bytes,
            "findings": [each.document(lang) for each in self.findings],
            "more": self.more,
            "signatures": [each.document() for each in self.signatures],
        }


@dataclass(slots=True)
class Found:
    """Findings and signatures as they come up in one check."""

    findings: list[Finding] = field(default_factory=list)
    signatures: list[Signed] = field(default_factory=list)

    def say(self, code: str, path: str | None = None, **places: Any) -> None:
        """Note a finding; ``params`` fill the placeholders of its words."""
        self.take(Refused(code, path, **places).finding)

    def take(self, finding: Finding) -> None:
        """Note a finding once."""
        if finding not in self.findings:
            self.findings.append(finding)

    def wrong(self, path: str) -> bool:
        """Whether something is known to be wrong with a file already."""
        return any(each.path == path and each.status is not Status.INTACT for each in self.findings)

    def verdict(self, path: Path, kind: str, most: int, **read: Any) -> Verdict:
        """All of it, the worst first."""
        ranked = sorted(self.findings, key=lambda each: -_SEVERITY.index(each.status))
        made = Verdict(path, kind, findings=tuple(ranked[:most]), signatures=tuple(self.signatures))
        return replace(made, more=max(0, len(ranked) - most), **read)
