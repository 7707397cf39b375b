"""The signatures of a PDF file, by pyHanko. It parses what a stranger wrote: call it in the closed room."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko_certvalidator import ValidationContext

_END = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF[\r\n]{0,2}\Z")


def check_pdf(data: bytes, roots: Sequence[bytes]) -> dict[str, Any]:
    """What the signatures of a PDF file say; ``roots`` are certificates in DER, the only ones that are trusted.

    ``state`` is ``good`` (every signature holds; nothing but proofs and time stamps follows), ``unsigned``,
    ``changed``, ``extended`` (something was added behind the last signature), ``damaged`` or ``exhausting`` (it unpacks
    to too much); ``signatures`` has each with ``intact``, ``trusted``, ``key``, ``holder``, ``time``, ``time_proved``.
    Nothing is fetched from a network.
    """
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        return _checked(data, roots)
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001  a damaged file raises almost anything there
        state = "exhausting" if type(fault).__name__ == "PdfDecodeLimitError" else "damaged"
        return {"state": state, "fault": f"{type(fault).__name__}: {fault}"[:300], "signatures": []}


def _checked(data: bytes, roots: Sequence[bytes]) -> dict[str, Any]:
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(io.BytesIO(data), strict=False)
    # A list, never None: that would be the system's store.
    context = ValidationContext(
        trust_roots=[Certificate.load(root) for root in roots], allow_fetching=False, revocation_mode="soft-fail"
    )
    states: list[str] = []
    signatures: list[dict[str, Any]] = []
    for embedded in reader.embedded_regular_signatures:
        state, signature = _signature(embedded, context, _closed(data))
        states.append(state)
        signatures.append(signature)
    worst = next((state for state in ("changed", "extended") if state in states), None)
    return {"state": worst or ("good" if states else "unsigned"), "signatures": signatures}


def _closed(data: bytes) -> bool:
    """Whether the file ends with the end of a revision of its own: no time stamp covers the proofs that are added last,
    and what is behind an end would be no revision at all, which nobody looks at."""
    end = _END.search(data[-64:])
    return end is not None and len(re.findall(rb"startxref\s+%s\s+%%%%EOF" % end[1], data)) == 1


def _signature(embedded: Any, context: ValidationContext, closed: bool) -> tuple[str, dict[str, Any]]:
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    status = validate_pdf_signature(embedded, signer_validation_context=context, ts_validation_context=context)
    proofs = closed and status.modification_level is ModificationLevel.LTA_UPDATES
    intact = bool(status.intact and status.valid)
    state = (
        "changed"
        if not intact
        else "good"
        if status.coverage is SignatureCoverageLevel.ENTIRE_FILE or proofs
        else "extended"
    )
    stamp = status.timestamp_validity
    proved = stamp is not None and bool(stamp.valid and stamp.intact and stamp.trusted)
    told = stamp.timestamp if proved and stamp is not None else status.signer_reported_dt
    cert = status.signing_cert
    return state, {
        "intact": state == "good",
        "trusted": bool(status.trusted),
        "key": cert.sha256.hex(),
        "public": sha256(cert.public_key.dump()).hexdigest(),
        "holder": str(cert.subject.native.get("common_name", "") or "")[:200] or None,
        "time": told.isoformat() if told else None,
        "time_proved": proved,
    }
