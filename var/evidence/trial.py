"""Signs a page with what is configured, so that a token or an authority that does not work is found before a match."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from var.evidence.pdf_signing import sign_paper
from var.evidence.settings import read_settings
from var.evidence.signers import signers

_PAGE = b"#set page(width: 60mm, height: 30mm)\nTouchline"


def sign_a_page(home: Path, pin: str | None) -> dict[str, Any]:
    """Who signed a page, and whether it was stamped, as a JSON-ready document (schema ``signing_test``).

    Raises what ``var.evidence.signers.signers`` raises, and ``BadFile`` where the signature does not hold.
    """
    import typst

    page: Any = typst.compile(_PAGE, format="pdf")
    settings = read_settings(home)
    with signers(home, settings, pin) as by:
        done = sign_paper(bytes(page), by.paper, reason="Touchline", timestamp_url=by.timestamp_url)
    _check(done.data)
    status = "not_configured" if done.stamped is None else "stamped" if done.stamped else "absent"
    return {
        "status": "signed",
        "holder": by.paper.holder,
        "key": by.holders()[0].key,
        "token": by.paper.token,
        "timestamp": {"status": status, "authority": settings.timestamp_url, "fault": done.fault},
    }


def _check(data: bytes) -> None:
    """Raises ``BadFile`` where the signature in ``data`` does not hold; whose it is does not matter here."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(trust_roots=[], allow_fetching=False)
    for signature in PdfFileReader(io.BytesIO(data)).embedded_regular_signatures:
        found = validate_pdf_signature(signature, signer_validation_context=context)
        if found.intact and found.valid:
            return
    raise BadFile("var.errors.paper_unsigned", fault="the signature does not hold")
