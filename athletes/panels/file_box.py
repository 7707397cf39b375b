"""Streamlit's box for files in the reader's language: it writes its own words in English only."""

from __future__ import annotations

import json


def box_words(key: str, button: str, rest: str) -> str:
    """A style sheet that writes ``button`` and ``rest`` in the box within the container ``key``."""
    zone = f".st-key-{key} [data-testid=stFileUploaderDropzone"
    first, second = (json.dumps(words, ensure_ascii=False).replace("<", "\\3c ") for words in (button, rest))
    return (
        f"<style>{zone}] button p, {zone}Instructions] span {{font-size:0}}"
        f"{zone}] button p::after {{content:{first}; font-size:1rem}}"
        f"{zone}Instructions] span::after {{content:{second}; font-size:.875rem}}</style>"
    )
