"""A package that comes in: checked by the verifier, judged, and unpacked into a hidden folder; what is written is what
was verified."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.i18n import t
from var.archive import Archive
from var.evidence.layout import PAYLOAD, TAG_MANIFEST, is_moving
from var.evidence.limits import LIMITS
from var.evidence.reading import Source, read_folder
from var.evidence.trust import Trust, own_trust
from var.evidence.verdict import Refused, Status, Verdict
from var.evidence.zip_reading import read_zip
from var.transfer.exporting import ask_room
from var.transfer.form import MEDIA

_SAID = 3


class PackageRefused(BadFile):
    """A package that is not taken in; ``verdict`` holds what the check found."""

    def __init__(self, code: str, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(code, path=verdict.path, what="")

    def detail(self, lang: str = "en") -> str:
        """What is wrong and where, in ``lang``."""
        found = [each for each in self.verdict.findings if each.status is self.verdict.status][:_SAID]
        said = " ".join(each.words(lang) for each in found)
        return t(f"{self.code}.detail", lang, path=self.verdict.path, what=said)


def trust_of(archive: Archive, given: Trust | None) -> Trust:
    """Whom an import trusts: who this installation does, and whom it was ``given``."""
    own = own_trust(archive.home)
    if given is None:
        return own
    return Trust(tuple(dict.fromkeys((*own.roots, *given.roots))), own.keys | given.keys)


def verified(archive: Archive, path: Path, trust: Trust | None, progress: Callable[[float], None]) -> Verdict:
    from var.evidence.checking import verify

    return verify(path, trust_of(archive, trust), within=False, progress=progress)


def judge(verdict: Verdict, *, untrusted: bool) -> None:
    """Nothing, where a package may be taken in. Raises ``PackageRefused``, or ``BadFile`` for another kind."""
    if verdict.status in (Status.TAMPERED, Status.UNREADABLE):
        raise PackageRefused("var.errors.package_not_intact", verdict)
    if not is_moving(verdict.hashes):
        raise BadFile("var.errors.no_match_package", path=verdict.path)
    if verdict.status in (Status.UNTRUSTED, Status.UNSIGNED) and not untrusted:
        raise PackageRefused(f"var.errors.package_{verdict.status.value}", verdict)


def source_of(path: Path) -> Source:
    return read_folder(path, LIMITS) if path.is_dir() else read_zip(path, LIMITS)


@dataclass(slots=True)
class Package:
    """A package that was verified, and the hidden folder into which it is unpacked."""

    path: Path
    verdict: Verdict
    stage: Path
    by: str = ""
    source: Source | None = None

    @property
    def sha256(self) -> str:
        """What names the package: of its tag manifest, which names every other file."""
        return self.verdict.hashes[TAG_MANIFEST]

    @property
    def signer(self) -> Any:
        """The signature over the package; None without one."""
        return next((each for each in self.verdict.signatures if each.what == "package"), None)

    def unpack(self, progress: Callable[[float], None], *, media: bool, only: Sequence[str] = ()) -> None:
        """Write its files below the stage: all but recordings, or with ``media`` the recordings ``only``. What is
        written is what was verified, or ``PackageRefused`` is raised."""
        try:
            self.source = self.source or source_of(self.path)
            sizes = self.source.sizes
            inside = f"{PAYLOAD}/{MEDIA}/"
            names = [name for name in sizes if (name in only if media else not name.startswith(inside))]
            ask_room(self.stage, sum(sizes[name] for name in names))
            total, done = max(1, sum(sizes[name] for name in names)), 0
            for name in names:
                target = self.stage / name
                target.parent.mkdir(parents=True, exist_ok=True)
                digest = sha256()
                with target.open("xb") as stream:
                    for piece in self.source.chunks(name):
                        stream.write(piece)
                        digest.update(piece)
                        done += len(piece)
                        progress(done / total)
                    stream.flush()
                    os.fsync(stream.fileno())
                if digest.hexdigest() != self.verdict.hashes.get(name):
                    raise Refused("changed_meanwhile", name)
        except Refused as refusal:
            verdict = replace(self.verdict, findings=(refusal.finding, *self.verdict.findings))
            raise PackageRefused("var.errors.package_not_intact", verdict) from refusal
