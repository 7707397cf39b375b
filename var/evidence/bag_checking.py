"""Checks the bag itself: its declaration, both manifests in both directions, and the signature over them.

A manifest has one text for one list of files. So where a manifest or the signature's file was changed, the text that
the files that are there would give tells which of them it was, and from which byte on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from var.evidence.contents import COVERED, SIGNATURE, Contents, is_payload
from var.evidence.layout import (
    BAG_INFO,
    BAG_PURPOSE,
    BAGIT,
    CERTIFICATES,
    DECLARATION,
    MANIFEST,
    PAYLOAD,
    RECORDS,
    TAG_MANIFEST,
    DetachedSignature,
    read_signature,
    required,
)
from var.evidence.limits import Limits
from var.evidence.manifests import compose, first_difference, read_manifest
from var.evidence.trust import Vouching
from var.evidence.verdict import Found, Signed

_OXUM = re.compile(rb"^Payload-Oxum: (\d{1,15})\.(\d{1,9})$", re.MULTILINE)


def check_bag(contents: Contents, vouching: Vouching, limits: Limits, found: Found) -> None:
    """Tell ``found`` what is wrong with the bag, and who signed it. Raises ``Refused``."""
    signature = _signature(contents, found)
    true = _tag_manifest(contents, signature, vouching, found)
    listed = read_manifest(true, TAG_MANIFEST, limits, found)
    hashes = {name: each.sha256 for name, each in listed.items()}
    _compare({name: hashes[name] for name in hashes if name != MANIFEST}, contents, found)
    for name in COVERED:
        if name not in contents.sizes:
            if name != CERTIFICATES or name in listed or signature is not None:  # nobody signed, nobody is named
                found.say("missing_file", name)
        elif name not in listed:
            found.say("unexpected_file", name)
    _declaration(contents, found)
    _payload(contents, hashes.get(MANIFEST), limits, found)
    _bag_info(contents, found)


def _signature(contents: Contents, found: Found) -> DetachedSignature | None:
    content = contents.tags.get(SIGNATURE)
    if content is None:
        if SIGNATURE not in contents.sizes:
            found.say("unsigned", SIGNATURE)
        return None
    signature = read_signature(content)
    if signature is None or signature.purpose != BAG_PURPOSE:
        found.say("signature_form", SIGNATURE, **contents.place(SIGNATURE))
        return None
    return signature


def _tag_manifest(contents: Contents, signature: DetachedSignature | None, vouching: Vouching, found: Found) -> bytes:
    """The bytes of the tag manifest that were signed, as far as they can be known; else those that are there."""
    content = contents.tags.get(TAG_MANIFEST)
    rebuilt = compose({name: contents.hashes[name] for name in COVERED if name in contents.hashes})
    if content is None and TAG_MANIFEST not in contents.sizes:
        found.say("missing_file", TAG_MANIFEST)
    if signature is None:
        return rebuilt if content is None else content
    true = next((text for text in (content, rebuilt) if text is not None and signature.holds(_sha256(text))), None)
    if true is None:
        wrong = SIGNATURE if content == rebuilt else TAG_MANIFEST
        found.say("signature_wrong", wrong, **contents.place(wrong))
    elif content is not None and true != content:
        offset, line = first_difference(content, true)
        found.say("tag_manifest_changed", TAG_MANIFEST, offset=offset, line=line)
    tell_signature("package", SIGNATURE, signature, true is not None, vouching, found)
    return true if true is not None else rebuilt if content is None else content


def tell_signature(
    what: str, path: str, signature: DetachedSignature, holds: bool, vouching: Vouching, found: Found
) -> None:
    """Note a detached signature, and where it holds whether its key is trusted."""
    holder = vouching.holder(signature.public)
    key = signature.key
    found.signatures.append(Signed(what, path, holds, holds and holder.trusted, key, holder.name, public=key))
    if holds and not holder.trusted:
        found.say("untrusted_key", path, params={"signer": signature.key, "holder": holder.name or "–"})


def _compare(listed: Mapping[str, str], contents: Contents, found: Found) -> None:
    for name, sha256 in listed.items():
        if name not in contents.sizes:
            found.say("missing_file", name)
        elif name in contents.hashes and contents.hashes[name] != sha256:
            found.say("changed_file", name, **contents.place(name))


def _declaration(contents: Contents, found: Found) -> None:
    content = contents.tags.get(BAGIT, DECLARATION)
    if content != DECLARATION:
        offset, line = first_difference(content, DECLARATION)
        found.say("bagit_changed", BAGIT, offset=offset, line=line)


def _payload(contents: Contents, signed: str | None, limits: Limits, found: Found) -> None:
    """``signed`` is the hash of the manifest by the tag manifest."""
    content = contents.tags.get(MANIFEST)
    there = {name: sha256 for name, sha256 in contents.hashes.items() if is_payload(name)}
    rebuilt = compose(there)
    if signed is not None and (content is None or _sha256(content) != signed):
        if _sha256(rebuilt) == signed:  # the files are those that were listed
            if content is not None:
                offset, line = first_difference(content, rebuilt)
                found.say("manifest_changed", MANIFEST, offset=offset, line=line)
            content = rebuilt
        elif content is not None:
            found.say("changed_file", MANIFEST, **contents.place(MANIFEST))
    if content is None:
        return
    listed = read_manifest(content, MANIFEST, limits, found)
    for name, each in listed.items():
        if not is_payload(name):
            found.say("manifest_line", MANIFEST, line=each.line, offset=each.offset)
    _compare({name: each.sha256 for name, each in listed.items() if is_payload(name)}, contents, found)
    for name in contents.sizes:
        if is_payload(name) and name not in listed:
            found.say("unexpected_file", name, **contents.place(name))
    for name in required(contents.sizes):
        if name not in contents.sizes:
            found.say("missing_file", name)
    records = [f"{PAYLOAD}/{name}" for name in RECORDS if f"{PAYLOAD}/{name}" in contents.sizes]
    for name in records[:-1]:  # it would tell of two things
        found.say("unexpected_file", name)


def _bag_info(contents: Contents, found: Found) -> None:
    """The bag says how many bytes and files it carries. Where files are known to be others, that they are others in
    number or size too is no news."""
    content = contents.tags.get(BAG_INFO)
    if content is None or any(name == BAG_INFO or is_payload(name or "") for name in (f.path for f in found.findings)):
        return
    told = _OXUM.findall(content)
    payload = [size for name, size in contents.sizes.items() if is_payload(name)]
    if [(int(octets), int(count)) for octets, count in told] != [(sum(payload), len(payload))]:
        found.say("bag_info_wrong", BAG_INFO)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
