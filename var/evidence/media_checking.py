"""Content credentials of a picture or a clip, by c2pa. It parses what a stranger wrote: call it in the closed room."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

JPEG, PNG, MP4 = "image/jpeg", "image/png", "video/mp4"


def media_kind(head: bytes) -> str | None:
    """The media type of a file by its first bytes (12 are enough); None for what is neither JPEG, PNG nor MP4."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return MP4 if head[4:8] == b"ftyp" else None


def check_media(data: bytes, kind: str, roots: str) -> dict[str, Any]:
    """What the content credentials of a file say; ``roots`` are certificates in PEM, the only ones that are trusted.

    ``state`` is ``good``, ``unsigned``, ``changed`` or ``damaged``; ``signatures`` as in ``check_pdf``, with the
    ``serial`` number of the certificate instead of the ``public`` key. Nothing is
    fetched from a network.
    """
    from c2pa import C2paError

    try:
        state, report = _read(data, kind, roots)
        # The library may know roots of its own: trusted is what is not with another root in place of ours.
        trusted = state == "Trusted" and bool(roots) and _read(data, kind, _nobody())[0] != "Trusted"
    except C2paError as fault:
        if type(fault).__name__.lstrip("_") == "C2paManifestNotFound" or str(fault).startswith("ManifestNotFound"):
            return {"state": "unsigned", "signatures": []}
        return {"state": "damaged", "fault": str(fault)[:300], "signatures": []}
    if state not in ("Trusted", "Valid"):
        return {"state": "changed", "fault": _failures(report), "signatures": []}
    signature: dict[str, Any] = (
        report.get("manifests", {}).get(report.get("active_manifest"), {}).get("signature_info", {})
    )
    return {
        "state": "good",
        "signatures": [
            {
                "intact": True,
                "trusted": trusted,
                "key": None,
                "holder": _text(signature.get("common_name")) or _text(signature.get("issuer")),
                "time": _text(signature.get("time")),
                "time_proved": False,
                "serial": _text(signature.get("cert_serial_number")),
            }
        ],
    }


def _read(data: bytes, kind: str, roots: str) -> tuple[str | None, dict[str, Any]]:
    from c2pa import Context, Reader, Settings

    settings: dict[str, Any] = {
        "version": 1,
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "trust": {"trust_anchors": roots or _nobody()},
    }
    with Reader(kind, io.BytesIO(data), context=Context(Settings.from_dict(settings))) as reader:
        report = json.loads(reader.json())
        return reader.get_validation_state(), report if isinstance(report, dict) else {}


def _failures(report: dict[str, Any]) -> str:
    active = report.get("validation_results", {}).get("activeManifest", {})
    return ", ".join(sorted({str(each.get("code")) for each in active.get("failure", [])}))[:300]


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _nobody() -> str:
    """A root, in PEM, under which nothing stands: its key is thrown away at once."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode("ascii")
