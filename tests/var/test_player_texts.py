"""Every text the player asks for exists in both languages, and every command has a key, a text and a handler."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import var
from touchline.i18n import LANGUAGES, find
from touchline.web_modules import modules_of

WEB = Path(var.__file__).parent / "web"
OF_OTHERS = {"upload.js", "pitchmap.js", "pitchpick.js"}
SOURCES = {path.name: path.read_text("utf-8") for path in sorted(WEB.glob("*.js")) if path.name not in OF_OTHERS}


def all_matches(pattern: str) -> set[str]:
    return {found for source in SOURCES.values() for found in re.findall(pattern, source)}


COMMANDS = re.findall(r"id: '(\w+)', keys: \[(.*?)\]", SOURCES["commands.js"])
WRITTEN_OUT = (
    all_matches(r"""\bt\('([\w.]+)'""") | all_matches(r"\? '(command\.\w+)'") | all_matches(r": '(command\.\w+)'")
)
FAULTS = all_matches(r"PictureError\('(\w+)'") | all_matches(r"code: '(\w+)'") | all_matches(r"return '(\w+)';")
FALLBACKS = all_matches(r"fallback = '(\w+)'")


def test_the_sources_are_read() -> None:
    assert len(COMMANDS) > 20
    assert {"tile.retry", "waiting", "command.pause"} <= WRITTEN_OUT
    assert {"offline", "gone", "decode", "cancelled", "empty"} <= FAULTS
    assert {"no_webcodecs", "unsupported"} <= FALLBACKS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_there(lang: str) -> None:
    keys = WRITTEN_OUT | {f"command.{name}" for name, _ in COMMANDS}
    keys |= {f"fault.{code}" for code in FAULTS} | {f"fallback.{why}" for why in FALLBACKS}
    keys |= {"outbox.waiting", "tile.source_failed", "short.incident", "short.kick"}
    assert [key for key in sorted(keys) if find(f"var.replay.{key}", lang) is None] == []


def test_no_key_means_two_things() -> None:
    chords = Counter(chord for _, keys in COMMANDS for chord in re.findall(r"'([^']+)'", keys))
    assert [chord for chord, count in chords.items() if count > 1] == []


def test_every_command_is_carried_out() -> None:
    acts = SOURCES["acts.js"]
    sent = set(re.findall(r"'(\w+)'", re.findall(r"SENT = \[(.*?)\]", SOURCES["commands.js"])[0]))
    moves = set(re.findall(r"(\w+): -?(?:Infinity|\d+)", re.findall(r"MOVES = \{(.*?)\}", acts)[0]))
    others = set(re.findall(r"^  (\w+): \(", acts.split("ACTS = {")[1].split("};")[0], re.MULTILINE))
    assert {name for name, _ in COMMANDS} == sent | moves | others


def test_every_imported_module_is_served() -> None:
    imported = all_matches(r"from '\./([\w.]+)'")
    assert imported <= set(modules_of(WEB))
    assert set(SOURCES) - imported == {
        "playhead.js",
        "caseclock.js",
        "player.js",
        "screen.js",
        "stage.js",
    }  # the entries alone are imported by nobody here
