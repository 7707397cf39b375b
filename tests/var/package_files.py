"""Small evidence packages for the tests, made here from the agreed form and signed for real, and ways to harm them."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import c2pa
import numpy as np
import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from touchline.commands import schemas
from touchline.ledger import Author, Head, Ledger, read_head, write_slice
from touchline.ledger.keys import SigningKey
from var.evidence import layout
from var.evidence.trust import Trust

NAME = "hue-da-nang-incident-3"
RECORD = schemas()["incident"]["examples"][0]
UTC_STAMP = (2026, 11, 29, 12, 0, 0)


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Touchline"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


@dataclass(frozen=True)
class Signers:
    """An installation: its root, the leaves under it, and their keys."""

    root: x509.Certificate
    root_key: ec.EllipticCurvePrivateKey
    pdf: x509.Certificate
    pdf_key: rsa.RSAPrivateKey
    media: x509.Certificate
    media_key: ec.EllipticCurvePrivateKey
    ledger: x509.Certificate
    key: SigningKey
    time: x509.Certificate
    time_key: rsa.RSAPrivateKey

    def trust(self) -> Trust:
        return Trust((self.root,))

    def chain(self) -> bytes:
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.pdf, self.media, self.ledger, self.root))


def certificate(
    name: str,
    public: Any,
    issuer: x509.Name,
    key: Any,
    *,
    authority: bool = False,
    email: bool = False,
    stamps: bool = False,
    days: tuple[int, int] = (-1, 3650),
    **usage: bool,
) -> x509.Certificate:
    """A certificate for ``public``, signed by ``key``, valid from and to so many days from now."""
    names = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    uses = dict.fromkeys([*names, "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(issuer, _named(name), public, x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.KeyUsage(**(uses | usage)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if email:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    if stamps:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return built.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def signers(name: str) -> Signers:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate(name, root_key.public_key(), _named(name), root_key, authority=True, key_cert_sign=True)
    pdf, media = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    time = rsa.generate_private_key(65537, 2048)
    own = ed25519.Ed25519PrivateKey.generate()
    signs = {"digital_signature": True}
    return Signers(
        root,
        root_key,
        certificate(f"{name} PDF", pdf.public_key(), root.subject, root_key, content_commitment=True, **signs),
        pdf,
        certificate(f"{name} media", media.public_key(), root.subject, root_key, email=True, **signs),
        media,
        certificate(f"{name} ledger", own.public_key(), root.subject, root_key, **signs),
        SigningKey(own, own.public_key().public_bytes_raw()),
        certificate(f"{name} time", time.public_key(), root.subject, root_key, stamps=True, **signs),
        time,
    )


@lru_cache
def ours() -> Signers:
    return signers("Ours")


@lru_cache
def others() -> Signers:
    return signers("Others")


# ------------------------------------------------------------------ signed files


def pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@lru_cache
def plain_pdf(text: str = "Bien ban") -> bytes:
    return bytes(typst.compile(f"= {text}".encode(), pdf_standards=["a-2b"]))


def signed_pdf(by: Signers, data: bytes | None = None, *, lasting: bool = False) -> bytes:
    """A signed PDF; a ``lasting`` one (B-LTA) has a time stamp, the proofs, and a time stamp over both."""
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign import signers as pyhanko
    from pyhanko.sign.timestamps import DummyTimeStamper
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    def loaded(one: x509.Certificate) -> Any:
        return asn1_x509.Certificate.load(one.public_bytes(Encoding.DER))

    def secret(key: Any) -> Any:
        return asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    store = SimpleCertificateStore.from_certs([loaded(by.root)])
    signer = pyhanko.SimpleSigner(signing_cert=loaded(by.pdf), signing_key=secret(by.pdf_key), cert_registry=store)
    more: dict[str, Any] = {}
    stamper = None
    if lasting:
        stamper = DummyTimeStamper(loaded(by.time), secret(by.time_key), certs_to_embed=store)
        context = ValidationContext(trust_roots=[loaded(by.root)], allow_fetching=False, revocation_mode="soft-fail")
        more = {"embed_validation_info": True, "use_pades_lta": True, "validation_context": context}
    meta = pyhanko.PdfSignatureMetadata(
        field_name="Touchline", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, **more
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(plain_pdf() if data is None else data))
    return bytes(pyhanko.sign_pdf(writer, meta, signer=signer, timestamper=stamper).getvalue())


@lru_cache
def plain_jpeg(shade: int = 90) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 80, 3), shade, np.uint8)).save(out, "JPEG")
    return out.getvalue()


@lru_cache
def plain_mp4(shade: int = 90) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(5):
            picture = np.full((48, 64, 3), shade + 8 * k, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return out.getvalue()


def signed_media(by: Signers, data: bytes, kind: str, *, remote: str | None = None) -> bytes:
    """``data`` with content credentials; with ``remote`` they are not within, and that address is named instead."""
    settings = {
        "version": 1,
        "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    context = c2pa.Context(c2pa.Settings.from_dict(settings))
    chain = by.media.public_bytes(Encoding.PEM) + by.root.public_bytes(Encoding.PEM)
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, pem(by.media_key), None))
    created = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    manifest = {
        "claim_generator_info": [{"name": "Touchline", "version": "0.1.0"}],
        "title": "incident",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }
    out = io.BytesIO()
    with c2pa.Builder(manifest, context) as builder:
        if remote is not None:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        builder.sign(signer, kind, io.BytesIO(data), out)
    return out.getvalue()


# ------------------------------------------------------------------ packages


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def dump(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


@lru_cache
def _parts(by: Signers) -> dict[str, bytes]:
    """The signed files, made once: they take the time."""
    return {
        "stills/cam1-f100.jpg": signed_media(by, plain_jpeg(), "image/jpeg"),
        "stills/cam1-f100-clean.jpg": signed_media(by, plain_jpeg(60), "image/jpeg"),
        "clips/cam1.mp4": signed_media(by, plain_mp4(), "video/mp4"),
        layout.REPORT: signed_pdf(by),
    }


def make_package(parent: Path, by: Signers) -> Path:
    """The folder of a package below ``parent``, made and signed by ``by``."""
    folder = parent / NAME
    data = folder / layout.PAYLOAD
    for name, content in _parts(by).items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    ledger_file = parent / "whole.jsonl"
    with Ledger.open(ledger_file, by.key, subject=RECORD["match"]["id"]) as ledger:
        for k in range(5):
            ledger.append("mark", {"name": f"cột {k}", "u_px": k / 7}, by=Author("Nguyễn Thị Ánh Tuyết", "a-1"))
    write_slice(ledger_file, 3, 5, data / layout.LEDGER)
    kept = read_head(ledger_file)
    assert kept is not None
    for file in (ledger_file, ledger_file.with_name("whole.jsonl.head")):
        file.unlink()
    for name in (layout.CALIBRATION, layout.SYNC, layout.SOFTWARE):
        (data / name).write_bytes(dump({"name": name, "values": [1.5, None]}))
    (data / layout.SCHEMA).write_bytes(dump({key: schemas()["incident"][key] for key in ("$schema", "title")}))
    record(folder, by, kept)
    return seal(folder, by)


def public_of(one: x509.Certificate) -> str:
    """The SHA-256 of a certificate's public key, as a record names it."""
    return sha256(one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def record(folder: Path, by: Signers, head: Head) -> None:
    """Write ``incident.json``, which names the pictures and clips that are there, the ledger's head and who signs."""
    data = folder / layout.PAYLOAD
    files = [path for part in (layout.CLIPS, layout.STILLS) for path in sorted((data / part).iterdir())]
    named = [
        {"path": path.relative_to(data).as_posix(), "bytes": path.stat().st_size, "sha256": sha256(path.read_bytes())}
        for path in files
    ]
    evidence = {"file": layout.LEDGER, "ledger": head.ledger, "n": head.n, "sha256": head.sha256}
    keys = {"report": public_of(by.pdf), "media": public_of(by.media), "package": by.key.id}
    who = [{"signs": each, "holder": "Ours", "key": key} for each, key in keys.items()]
    (data / layout.RECORD).write_bytes(dump({**RECORD, "files": named, "evidence": evidence, "signatures": who}))


def seal(folder: Path, by: Signers | None) -> Path:
    """Write the tag files of a package anew; without ``by`` it is not signed."""
    payload = sorted(path for path in (folder / layout.PAYLOAD).rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in payload)
    (folder / layout.BAGIT).write_bytes(layout.DECLARATION)
    info = f"Bag-Software-Agent: Touchline 0.1.0\nBagging-Date: 2026-11-29\nPayload-Oxum: {size}.{len(payload)}\n"
    (folder / layout.BAG_INFO).write_text(info, "utf-8")
    _manifest(folder, layout.MANIFEST, payload)
    if by is not None:
        (folder / layout.CERTIFICATES).write_bytes(by.chain())
    return seal_tags(folder, by)


def seal_tags(folder: Path, by: Signers | None) -> Path:
    """Write the tag manifest and its signature anew."""
    tags = [folder / name for name in (layout.BAGIT, layout.BAG_INFO, layout.MANIFEST, layout.CERTIFICATES)]
    _manifest(folder, layout.TAG_MANIFEST, [path for path in tags if path.exists()])
    signature = folder / f"{layout.TAG_MANIFEST}{layout.SIGNATURE_SUFFIX}"
    signature.unlink(missing_ok=True)
    if by is not None:
        digest = sha256((folder / layout.TAG_MANIFEST).read_bytes())
        signature.write_bytes(layout.signed(by.key, layout.BAG_PURPOSE, digest).line())
    return folder


def _manifest(folder: Path, name: str, files: list[Path]) -> None:
    lines = sorted((path.relative_to(folder).as_posix(), sha256(path.read_bytes())) for path in files)
    (folder / name).write_bytes("".join(f"{digest}  {path}\n" for path, digest in lines).encode())


def zipped(folder: Path, by: Signers | None, *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """The zip of a package beside its folder, with its signature."""
    target = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(target, "w", method) as out:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), UTC_STAMP)
            entry.external_attr, entry.compress_type = 0o100644 << 16, method
            out.writestr(entry, path.read_bytes())
    return sign_zip(target, by)


def sign_zip(target: Path, by: Signers | None) -> Path:
    beside = target.with_name(f"{target.name}{layout.SIGNATURE_SUFFIX}")
    beside.unlink(missing_ok=True)
    if by is not None:
        beside.write_bytes(layout.signed(by.key, layout.ZIP_PURPOSE, sha256(target.read_bytes())).line())
    return target


def copied(folder: Path, parent: Path) -> Path:
    """A package once more, to be harmed; its zip and signature too where they lie beside it."""
    parent.mkdir(parents=True, exist_ok=True)
    for path in folder.parent.glob(f"{folder.name}.zip*"):
        shutil.copy(path, parent / path.name)
    return Path(shutil.copytree(folder, parent / folder.name))


# ------------------------------------------------------------------ zips that lie


@dataclass
class Raw:
    """A file in a zip that is written byte by byte; what is set differs from the truth on purpose."""

    name: bytes
    data: bytes
    method: int = 0
    flags: int = 0
    local_name: bytes | None = None
    size: int | None = None
    extra: bytes = b""
    attributes: int = 0o100644 << 16
    behind: bytes = b""
    inside: int | None = None
    """Only listed, as lying here: its header and bytes are within another file's."""


def raw_zip(files: list[Raw], *, before: bytes = b"", comment: bytes = b"", count: int | None = None) -> bytes:
    """A zip, and in it whatever ``files`` say."""
    out, central = bytearray(before), bytearray()
    for file in files:
        packed = file.data
        if file.method == 8:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = deflate.compress(file.data) + deflate.flush()
        size = len(file.data) if file.size is None else file.size
        header = len(out) if file.inside is None else file.inside
        common = (20, file.flags, file.method, 0, 0x5D7D, zlib.crc32(file.data), len(packed), size)
        name = file.name if file.local_name is None else file.local_name
        central += struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2", (3 << 8) | 20, *common, len(file.name), len(file.extra), 0, 0, 0, file.attributes, header,
        )  # fmt: skip
        central += file.name + file.extra
        if file.inside is not None:
            continue
        out += struct.pack("<4s5H3L2H", b"PK\3\4", *common, len(name), len(file.extra)) + name + file.extra + packed
        out += file.behind
    entries = len(files) if count is None else count
    start = len(out)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, len(central), start, len(comment))
    return bytes(out + central + end + comment)


def raw_files(folder: Path, *, method: int = 0) -> list[Raw]:
    """The files of a package as they are."""
    return [
        Raw(path.relative_to(folder.parent).as_posix().encode(), path.read_bytes(), method)
        for path in sorted(path for path in folder.rglob("*") if path.is_file())
    ]
