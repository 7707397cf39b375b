"""Everything that signs a package, opened together before anything is written: a wrong PIN costs no work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from touchline.ledger.keys import SigningKey
from var.evidence.authority import Authority, authority, holder_of
from var.evidence.media_signing import MediaSigner, media_signer
from var.evidence.pdf_signing import PaperSigner, software_signer, token_signer
from var.evidence.settings import SigningSettings
from var.export.wording import Signing


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs the report, the media and the package. ``timestamp_url`` is the authority's, None without one."""

    authority: Authority
    paper: PaperSigner
    media: MediaSigner
    timestamp_url: str | None

    @property
    def key(self) -> SigningKey:
        """What signs manifests, ``.zip`` files and the ledger."""
        return self.authority.ledger_key

    @property
    def certificates(self) -> bytes:
        """The certificates for the package, in PEM."""
        return self.authority.certificates(self.paper.chain if self.paper.token else None)

    def holders(self) -> tuple[Signing, ...]:
        """Who signs what."""
        return (
            Signing("report", self.paper.holder, _key_of(self.paper.chain[0])),
            Signing("media", holder_of(self.authority.media.certificate), _key_of(self.authority.media.certificate)),
            Signing("package", holder_of(self.authority.ledger), self.key.id),
        )


@contextmanager
def signers(home: Path, settings: SigningSettings, pin: str | None = None) -> Iterator[Signers]:
    """The signers of the installation in ``home``; a token stays open in the block.

    Raises ``BadFile`` where the installation's keys cannot be used, and what ``token_signer`` raises.
    """
    own, token = authority(home), settings.token
    opened = software_signer(own) if token is None else token_signer(token, pin)
    with opened as paper:
        yield Signers(own, paper, media_signer(own), settings.timestamp_url)


def _key_of(pem: bytes) -> str:
    """The SHA-256 of a certificate's public key (SubjectPublicKeyInfo, DER), 64 hexadecimal digits."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = x509.load_pem_x509_certificate(pem).public_key()
    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
