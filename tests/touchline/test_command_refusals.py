"""Every installed command refuses in either language, with one JSON document that says what to do."""

from __future__ import annotations

import json
from typing import Any

import commands_of_athletes
import commands_of_kernel
import commands_of_var
import commands_of_wearables
import pytest
from commands_home import Run
from commands_installed import LEAVES, fits, printed_by

from touchline.i18n import LANGUAGES

PARTS = (commands_of_athletes, commands_of_kernel, commands_of_var, commands_of_wearables)
REFUSALS = {leaf: line for part in PARTS for leaf, line in part.REFUSALS.items()}
NEVER_REFUSES = {leaf for part in PARTS for leaf in part.NEVER_REFUSES}
WITHOUT_A_FOLDER = {leaf for part in PARTS for leaf in part.WITHOUT_A_FOLDER}


def told(document: Any) -> dict[str, str]:
    """``code`` and ``detail`` of the refusal that a document is or holds."""
    if isinstance(document, list):
        document = document[0]
    if document.get("refused"):
        document = document["refused"][0]
    return {"code": document.get("code") or document["reason"], "detail": document["detail"], "hint": document["hint"]}


def test_every_command_is_refused_here_or_named() -> None:
    assert set(REFUSALS) | NEVER_REFUSES == set(LEAVES)


@pytest.mark.parametrize("leaf", REFUSALS)
def test_a_refusal_is_an_answer_in_either_language(
    leaf: str, run: Run, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if leaf in WITHOUT_A_FOLDER:
        monkeypatch.setenv("TOUCHLINE_HOME", files["text"])  # a file where the data folder should be
    vi, en = (run(REFUSALS[leaf], lang) for lang in LANGUAGES)
    for document in (vi, en):
        assert any(fits(document, name) for name in [*printed_by(leaf), "refused"]), json.dumps(document)[:2000]
    assert told(vi)["code"] == told(en)["code"]
    for part in ("detail", "hint"):
        assert told(vi)[part] != told(en)[part]
        assert ".errors." not in told(vi)[part] + told(en)[part]  # a key instead of a text
