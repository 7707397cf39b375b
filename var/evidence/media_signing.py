"""Content credentials (C2PA) in pictures and clips: what they are of, and by whose key, inside the files themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline import __version__
from touchline.errors import BadFile
from touchline.files import replacing
from touchline.origin import Origin
from var.evidence.authority import Authority

KINDS = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4"}
LABEL = "org.touchline.incident"
_ACTIONS = "c2pa.actions.v2"
_DRAWN = {True: ["c2pa.drawing"], False: []}
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def source_type(origin: Origin, *, drawn: bool) -> str | None:
    """What kind of picture it is in the words of the IPTC: made by software, taken here, or taken here with lines drawn
    over it. None for what came from elsewhere: nobody here saw how it was made."""
    if origin is Origin.SIMULATED:
        return f"{_SOURCES}algorithmicMedia"
    if origin is not Origin.MEASURED:
        return None
    return f"{_SOURCES}{'humanEdits' if drawn else 'digitalCapture'}"


def _made(told: Mapping[str, Any], source: str | None) -> dict[str, Any]:
    """How a file came about, as a manifest says it: created as what ``source`` says, or made of a recording from
    elsewhere, which is named by its hash."""
    if source is not None:
        actions = [{"action": "c2pa.created", "digitalSourceType": source}]
        return {"assertions": [{"label": _ACTIONS, "data": {"actions": actions}}]}
    recording = f"sha256:{told['source_sha256']}"
    further = ["c2pa.trimmed"] if "first_frame" in told else ["c2pa.converted", *_DRAWN[bool(told.get("drawn"))]]
    opened: dict[str, Any] = {"action": "c2pa.opened", "parameters": {"ingredientIds": [recording]}}
    taken = [opened, *({"action": name} for name in further)]
    parent = {"title": str(told["camera"]), "relationship": "parentOf", "instance_id": recording, "format": "video/mp4"}
    return {"ingredients": [parent], "assertions": [{"label": _ACTIONS, "data": {"actions": taken}}]}


def signing_settings(anchors: bytes) -> dict[str, Any]:
    """The library's settings: ``anchors`` (PEM) alone are trusted, the network is not used, nothing else embedded."""
    return {
        "version": 1,
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "trust": {"trust_anchors": anchors.decode("ascii")},
        "builder": {"thumbnail": {"enabled": False}},
    }


@dataclass(frozen=True, slots=True)
class MediaSigner:
    """Signs files in place with the installation's key for media."""

    signer: Any
    context: Any

    def sign(self, path: Path, told: Mapping[str, Any], *, source: str | None) -> None:
        """Put credentials into a picture or a clip: ``told`` becomes our assertion (with ``camera`` and
        ``source_sha256``), ``source`` is its kind (``source_type``).

        Raises ``BadFile`` where the file cannot carry them; then it is as it was.
        """
        import c2pa

        manifest = {
            "claim_generator_info": [{"name": "Touchline", "version": __version__}],
            "title": path.name,
            **(made := _made(told, source)),
            "assertions": [*made["assertions"], {"label": LABEL, "data": dict(told)}],
        }
        try:
            with (
                replacing(path) as temporary,
                c2pa.Builder(manifest, self.context) as builder,
                path.open("rb") as plain,
                temporary.open("wb+") as signed,
            ):
                builder.sign(self.signer, KINDS[path.suffix], plain, signed)
        except c2pa.C2paError as fault:
            raise BadFile("var.errors.media_unsigned", path=path.name, fault=fault) from fault


def media_signer(authority: Authority) -> MediaSigner:
    """What signs this installation's pictures and clips. Raises ``BadFile`` where the library takes no such key."""
    import c2pa

    try:
        chain = (authority.media.certificate + authority.root).decode("ascii")
        info = c2pa.C2paSignerInfo(b"es256", chain.encode("ascii"), authority.media.key, None)
        context = c2pa.Context(c2pa.Settings.from_dict(signing_settings(authority.root)))
        return MediaSigner(c2pa.Signer.from_info(info), context)
    except c2pa.C2paError as fault:
        raise BadFile("var.errors.media_unsigned", path="", fault=fault) from fault
