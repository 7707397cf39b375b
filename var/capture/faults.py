"""What went wrong with a camera, by name: a library's error becomes a refusal that says what to do."""

from __future__ import annotations

import errno
import socket

from touchline.errors import BadFile, BadValue, Missing, NotFound, TouchlineError
from var.capture.address import Address, Kind, redacted

FINAL = frozenset(
    {
        "capture_bad_url",
        "capture_wrong_password",
        "capture_unsupported",
        "capture_no_video",
        "capture_no_srt",
        "capture_no_file",
    }
)
"""Codes after which another attempt with the same settings makes no sense."""

_UNREACHABLE = {
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
    errno.EHOSTDOWN,
    errno.EADDRNOTAVAIL,
}


def texts(fault: TouchlineError) -> dict[str, dict[str, str]]:
    """A refusal in both languages, as status documents carry it."""
    return {lang: fault.document(lang) for lang in ("vi", "en")}


def reason(fault: BaseException) -> str:
    """What a library said, without passwords."""
    said = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
    return redacted(str(said))


def refusal(fault: BaseException, address: Address) -> TouchlineError:
    """``fault``, which came while ``address`` was opened or read, as a named refusal."""
    import av
    from av.codec.codec import UnknownCodecError

    if isinstance(fault, TouchlineError):
        return fault
    shown, said = address.shown, reason(fault).replace(address.url, address.shown)
    code = getattr(fault, "errno", None)
    if isinstance(fault, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        return BadValue("var.errors.capture_wrong_password", source=shown)
    if isinstance(fault, av.HTTPNotFoundError):
        return NotFound("var.errors.capture_no_such_path", source=shown)
    if isinstance(fault, av.ProtocolNotFoundError):
        return BadValue("var.errors.capture_bad_url", source=shown)
    if isinstance(fault, av.DecoderNotFoundError | UnknownCodecError):
        return BadFile("var.errors.capture_unsupported", source=shown, codec=said)
    if isinstance(fault, av.InvalidDataError) and address.kind is Kind.FILE:
        return BadFile("var.errors.not_a_video", name=shown, fault=said)
    if isinstance(fault, av.InvalidDataError):
        return BadFile("var.errors.capture_not_a_stream", source=shown, fault=said)
    if address.kind is Kind.DEVICE:
        return NotFound("var.errors.capture_no_device", source=shown, fault=said)
    if address.kind is Kind.FILE and isinstance(fault, FileNotFoundError | IsADirectoryError | PermissionError):
        return NotFound("var.errors.capture_no_file", source=shown, fault=said)
    if code == errno.EADDRINUSE:
        return BadValue("var.errors.capture_port_taken", source=shown)
    if isinstance(fault, av.ExitError | TimeoutError | av.EOFError):  # the last: it was opened and nothing came
        return Missing("var.errors.capture_no_data", source=shown)
    if isinstance(fault, socket.gaierror) or code in _UNREACHABLE:
        return Missing("var.errors.capture_unreachable", source=shown, fault=said)
    return Missing("var.errors.capture_lost", source=shown, fault=said)
