"""Signatures in the report (PAdES, ETSI EN 319 142-1) by pyHanko: B-B, and B-T with a time-stamp authority.

Software keys are RSA: for others pyHanko writes PDF 2.0 into the file, which PDF/A-2 is not (docs/decisions/0016).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile, BadValue, NotFound
from var.evidence.authority import Authority, holder_of
from var.evidence.settings import Token

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

FIELD, DIGEST = "Touchline", "sha256"
TIMESTAMP_WAIT_S = 5
_LOGGERS = ("pyhanko", "pyhanko_certvalidator")


@dataclass(frozen=True, slots=True)
class PaperSigner:
    """Who signs the report: ``chain`` are certificates in PEM, the signer's own first; ``holder`` is its name."""

    signer: Signer
    chain: tuple[bytes, ...]
    holder: str
    token: bool


@dataclass(frozen=True, slots=True)
class SignedPaper:
    """A signed PDF; ``stamped`` is None where no authority is configured, and ``fault`` says why it did not stamp."""

    data: bytes
    stamped: bool | None
    fault: str | None = None


@contextmanager
def software_signer(authority: Authority) -> Iterator[PaperSigner]:
    """The installation's own key, which is read once: pyHanko would check the whole RSA key at every use."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    _quiet()
    certificate, root = _asn1(authority.paper.certificate), _asn1(authority.root)
    key: Any = load_pem_private_key(authority.paper.key, None)

    class OwnSigner(SimpleSigner):
        def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
            if digest_algorithm != DIGEST:
                raise ValueError(f"signed with {DIGEST} only, not {digest_algorithm}")
            return bytes(key.sign(data, PKCS1v15(), SHA256()))

    signer = OwnSigner(
        signing_cert=certificate,
        signing_key=_key_info(authority.paper.key),
        cert_registry=SimpleCertificateStore.from_certs([root]),  # type: ignore[no-untyped-call]
    )
    chain = (authority.paper.certificate, authority.root)
    yield PaperSigner(signer, chain, holder_of(chain[0]), token=False)


@contextmanager
def token_signer(token: Token, pin: str | None) -> Iterator[PaperSigner]:
    """The key of a PKCS #11 token, which stays open in the block. The PIN is tried once: tokens lock themselves.

    Raises ``BadValue`` without a PIN and for a wrong one, ``NotFound`` where module, token, key or certificate is not
    there, ``BadFile`` for what else the token refuses.
    """
    import pkcs11
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    _quiet()
    if not pin:
        raise BadValue("var.errors.token_pin_missing", token=token.label)
    if not token.module.is_file():
        raise NotFound("var.errors.token_module", path=token.module)
    try:
        with open_pkcs11_session(
            str(token.module), token_criteria=TokenCriteria(label=token.label), user_pin=pin
        ) as session:
            certificates = _chain_on(session, token)
            signer = PKCS11Signer(
                session,
                signing_cert=certificates[0],
                ca_chain=certificates[1:],
                key_label=token.key,
                other_certs_to_pull=(),
                # SoftHSM 2.6 has no ECDSA with a digest of its own
                use_raw_mechanism=certificates[0].public_key.algorithm == "ec",
            )
            chain = tuple(_pem(certificate) for certificate in certificates)
            yield PaperSigner(signer, chain, holder_of(chain[0]), token=True)
    except pkcs11.exceptions.PinLocked as fault:
        raise BadValue("var.errors.token_locked", token=token.label) from fault
    except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinInvalid, pkcs11.exceptions.PinLenRange) as fault:
        raise BadValue("var.errors.token_pin", token=token.label) from fault
    except pkcs11.exceptions.PKCS11Error as fault:
        said = str(fault) or type(fault).__name__
        raise BadFile("var.errors.token_refused", token=token.label, fault=said) from fault


def _chain_on(session: Any, token: Token) -> list[Any]:
    """The signer's certificate on a token and those of its issuers that lie there too, as asn1crypto has them. Raises
    ``NotFound`` where the certificate or its key is not there."""
    from asn1crypto.x509 import Certificate
    from pkcs11 import Attribute, ObjectClass

    def found(kind: Any, **label: str) -> list[Any]:
        named = {Attribute.LABEL: label["label"]} if label else {}
        return list(session.get_objects({Attribute.CLASS: kind, **named}))

    own = found(ObjectClass.CERTIFICATE, label=token.certificate)
    if not own:
        raise NotFound("var.errors.token_certificate", token=token.label, name=token.certificate)
    if not found(ObjectClass.PRIVATE_KEY, label=token.key):
        raise NotFound("var.errors.token_key", token=token.label, name=token.key)
    chain = [Certificate.load(own[0][Attribute.VALUE])]
    others = [Certificate.load(each[Attribute.VALUE]) for each in found(ObjectClass.CERTIFICATE)]
    while above := [each for each in others if each.subject == chain[-1].issuer and each not in chain]:
        chain.append(above[0])
    return chain


def sign_paper(pdf: bytes, by: PaperSigner, *, reason: str, timestamp_url: str | None = None) -> SignedPaper:
    """``pdf`` with a signature in an added revision; the bytes before it stay as they are.

    Where the authority at ``timestamp_url`` does not answer the paper is signed without its stamp, and the result says
    so. Raises ``BadFile`` where the key does not sign.
    """
    from pyhanko.sign.timestamps import HTTPTimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    if timestamp_url is None:
        return SignedPaper(_signed(pdf, by, reason, None), None)
    try:
        stamper = HTTPTimeStamper(timestamp_url, timeout=TIMESTAMP_WAIT_S)
        return SignedPaper(_signed(pdf, by, reason, stamper), stamped=True)
    except (TimestampRequestError, OSError) as fault:
        said = " ".join(str(fault.__cause__ or fault).split())[:200]
        return SignedPaper(_signed(pdf, by, reason, None), stamped=False, fault=said or type(fault).__name__)


def _signed(pdf: bytes, by: PaperSigner, reason: str, stamper: Any) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.sign.general import SigningError

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    keep: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    # pyHanko would write the XMP metadata anew, without what PDF/A asks there. The method is private: a test sees that
    # the metadata stay, so that another version that calls it otherwise is found.
    vars(writer)["_update_meta"] = keep
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        name=by.holder,
    )
    try:
        with ThreadPoolExecutor(1) as alone:  # it runs a loop of its own, and this thread may have one already
            signing = alone.submit(signers.sign_pdf, writer, metadata, signer=by.signer, timestamper=stamper)
            return bytes(signing.result().getvalue())
    except SigningError as fault:
        raise BadFile("var.errors.paper_unsigned", fault=fault) from fault


def _quiet() -> None:
    """pyHanko logs a traceback for what callers are told by an error or a result."""
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _asn1(pem: bytes) -> Any:
    from asn1crypto import pem as armour
    from asn1crypto.x509 import Certificate

    return Certificate.load(armour.unarmor(pem)[2])


def _key_info(pem: bytes) -> Any:
    from asn1crypto import pem as armour
    from asn1crypto.keys import PrivateKeyInfo

    return PrivateKeyInfo.load(armour.unarmor(pem)[2])


def _pem(certificate: Any) -> bytes:
    from asn1crypto import pem as armour

    return bytes(armour.armor("CERTIFICATE", certificate.dump()))
