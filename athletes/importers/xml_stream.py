"""XML training files as a stream of elements: safe against bombs, and usable up to the fault where a file is cut."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError

from touchline.errors import BadFile

BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def looks_like_xml(data: bytes) -> bool:
    """True where the first sign of ``data`` is ``<``."""
    head = data[:64]
    for bom in BOMS:
        head = head.removeprefix(bom)
    return head.replace(b"\x00", b"").lstrip()[:1] == b"<"


def local(element: Element) -> str:
    """The name of an element without its name space."""
    return element.tag.rsplit("}", 1)[-1]


def root_name(data: bytes) -> str | None:
    """The name of the root element without its name space; None where there is none."""
    for element, _ in Stream(data).elements(opened=None, closed=frozenset()):
        return local(element)
    return None


class Stream:
    """The elements of an XML document; ``fault`` says where it broke off, None while it is well."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fault: str | None = None

    def elements(self, *, opened: frozenset[str] | None, closed: frozenset[str]) -> Iterator[tuple[Element, bool]]:
        """(element, complete) by local name: those in ``opened`` as they begin (all, where it is None), those in
        ``closed`` when complete; these are emptied afterwards, so that a large file stays small in memory.

        Raises ``BadFile`` (``unsafe_xml``) where the document defines entities of its own.
        """
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import iterparse

        try:
            for event, element in iterparse(io.BytesIO(self.data), events=("start", "end"), forbid_dtd=True):
                name = local(element)
                if event == "start":
                    if opened is None or name in opened:
                        yield element, False
                elif name in closed:
                    yield element, True
                    element.clear()
        except DefusedXmlException as fault:
            raise BadFile("athletes.errors.unsafe_xml") from fault
        except (ParseError, ValueError, LookupError) as fault:
            self.fault = str(fault)


def number(text: str | None) -> float | None:
    """The number that ``text`` writes; None where it writes none."""
    try:
        return float(text.strip()) if text else None
    except ValueError:
        return None


def instant(text: str | None) -> datetime | None:
    """The instant that ``text`` writes in ISO 8601, else None; both formats are in UTC, so a bare time is."""
    try:
        read = datetime.fromisoformat(text.strip()) if text else None
        if read is None:
            return None
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def milliseconds(at: datetime, epoch: datetime) -> int:
    """Milliseconds from ``epoch`` to ``at``, exactly rounded."""
    delta = at - epoch
    return delta.days * 86_400_000 + delta.seconds * 1000 + round(delta.microseconds / 1000)


def first(element: Element, names: tuple[str, ...]) -> str | None:
    """The text of the first descendant whose local name, in lower case, is one of ``names``; None without one."""
    for item in element.iter():
        # TCX wraps the heart rate once more, in <Value>: all text below the element counts.
        if local(item).lower() in names and (text := "".join(item.itertext()).strip()):
            return text
    return None
