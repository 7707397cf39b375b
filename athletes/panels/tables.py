"""Tables of numbers as HTML, scrolled on a narrow screen; what is put in is escaped already."""

from __future__ import annotations

from html import escape

from athletes.panels.palette import LINE

STYLE = "width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.95rem"
PAD = "padding:.3rem .4rem"


def cell(words: str, *, right: bool = True, hint: str = "") -> str:
    """A cell with ``words`` as HTML; ``hint`` stands under the pointer."""
    title = f' title="{escape(hint)}"' if hint else ""
    return f'<td style="{PAD};text-align:{"right" if right else "left"}"{title}>{words}</td>'


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of ``cell``s; the first column is on the left, ``head`` is plain text."""
    names = "".join(
        f'<th style="{PAD};text-align:{"left" if k == 0 else "right"};font-weight:600">{escape(name)}</th>'
        for k, name in enumerate(head)
    )
    body = "".join(f'<tr style="border-top:1px solid {LINE}">{"".join(row)}</tr>' for row in rows)
    inner = f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody>"
    return f'<div style="overflow-x:auto"><table style="{STYLE}">{inner}</table></div>'
