"""Small browser parts of the review pages: their modules come from our own route, by absolute address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

WEB = Path(__file__).resolve().parent.parent / "web"

LOADER = """
const loaded = import(new URL(%r, document.baseURI).href);
export default function (component) {
  let leave = () => {}, gone = false;
  loaded.then(module => { if (!gone) leave = module.render(component) || leave; });
  return () => { gone = true; leave(); };
}
"""


@cache
def web_version() -> str:
    """A short hash of the browser modules: a new version is a new address, so no browser keeps an old one."""
    digest = hashlib.sha256()
    for path in sorted(WEB.glob("*.js")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def component(name: str, module: str) -> Callable[..., Any]:
    """The mounting command of the component in ``var/web/<module>``."""
    return st.components.v2.component(name, js=LOADER % f"/var/ui/{module}?v={web_version()}", isolate_styles=True)
