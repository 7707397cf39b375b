"""Papers as PDF: Typst sets a template with its words, after what all papers share (``paper.typ``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

from touchline.errors import Missing

STANDARD = "a-2b"
"""What a paper is written as where it can be. Nothing is called PDF/A before a validator said so of the signed file."""


@lru_cache(maxsize=2)
def _fonts(*, system: bool) -> Any:
    """The fonts to set with: Be Vietnam Pro and Typst's own; those of this machine only where ``system`` says so."""
    import typst

    try:
        folder = resources.files("fontpkg_be_vietnam_pro").joinpath("files")
    except ModuleNotFoundError as fault:
        raise Missing("touchline.errors.no_report_font") from fault
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=[str(folder)])


def _draws(signs: str, fonts: Any) -> bool:
    """Whether ``fonts`` hold a glyph for each of ``signs``: PDF/A forbids missing ones, so its export says."""
    import typst

    source = b'#set text(font: ("Be Vietnam Pro", "DejaVu Sans Mono"))\n#sys.inputs.signs'
    try:
        typst.compile(source, font_paths=fonts, sys_inputs={"signs": signs}, pdf_standards=["a-2b"], timestamp=0)
    except typst.TypstError:
        return False
    return True


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _replaced(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _replaced(item, table) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, table) for item in value]
    return value


def with_glyphs(words: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """``words`` with every sign that no font can draw written as ``[U+1F600]``, and the fonts to set them with.

    A sign without a glyph would vanish from the paper without a trace. The fonts of this machine are looked at only
    for signs that the product's own fonts lack, so that usual reports come out the same on every machine.
    """
    own = _fonts(system=False)
    signs = sorted({sign for text in _strings(words) for sign in text if ord(sign) > 126 and sign != "\u200b"})
    if _draws("".join(signs), own):
        return words, own
    rest = [sign for sign in signs if not _draws(sign, own)]
    every = _fonts(system=True)
    missing = [sign for sign in rest if not _draws(sign, every)]
    table = {ord(sign): f"[U+{ord(sign):04X}]" for sign in missing}
    return _replaced(words, table), every if len(missing) < len(rest) else own


def write_pdf(folder: Path, words: dict[str, Any], *, written_utc: str, template: bytes) -> bytes:
    """The paper as a PDF, the same bytes for the same words, pictures and time.

    ``template`` is set after ``paper.typ``. The pictures that ``words`` name lie under ``folder``; the words
    themselves, which may tell health, touch no disk. People's texts are data for the template, never a part of it.
    Raises ``Missing`` without the papers' font.
    """
    import typst

    shown, fonts = with_glyphs(words)
    source = resources.files("touchline").joinpath("paper.typ").read_bytes() + template
    at = datetime.fromisoformat(written_utc).replace(microsecond=0)  # PDF time has no fractions
    given = {"root": str(folder), "font_paths": fonts, "sys_inputs": _inputs(shown), "timestamp": at}
    compiled = partial(typst.compile, source, format="pdf", **given)
    pdf: Any = None
    try:
        pdf = compiled(pdf_standards=[STANDARD])
    except typst.TypstError:  # what the standard forbids is still a report; a fault of ours is raised again
        pdf = compiled()
    return bytes(pdf)


def pictures(folder: Path, words: dict[str, Any], *, template: bytes, dots_per_inch: float = 110.0) -> list[bytes]:
    """The pages of the paper that ``write_pdf`` writes, as PNG for a screen. Raises ``Missing`` without the font."""
    import typst

    shown, fonts = with_glyphs(words)
    source = resources.files("touchline").joinpath("paper.typ").read_bytes() + template
    given = {"root": str(folder), "font_paths": fonts, "sys_inputs": _inputs(shown)}
    pages: Any = typst.compile(source, format="png", ppi=dots_per_inch, **given)
    return [bytes(pages)] if isinstance(pages, bytes) else [bytes(page) for page in pages]


def _inputs(words: dict[str, Any]) -> dict[str, str]:
    """What the template reads as ``sys.inputs``."""
    return {"report": json.dumps(words, ensure_ascii=False, allow_nan=False)}
