"""One key a step, in every shipped pack; none that the player means something by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rule_files import BOOKS

import var.panels
from var.panels.case.keys import FAILURE_KEY, STEP_KEYS, step_keys
from var.rules.words import Effect

COMMANDS = Path(var.panels.__file__).resolve().parent.parent / "web" / "commands.js"


@pytest.mark.parametrize("name", BOOKS)
def test_steps_that_are_open_side_by_side_have_different_keys(name: str) -> None:
    protocol = BOOKS[name].protocol
    keys = step_keys(protocol)
    for state in protocol.states:
        beside = {step.id for step in protocol.leaving(state)}
        assert len({keys[step] for step in beside}) == len(beside), state
    failing = {step.id for step in protocol.steps if Effect.RECORD_FAILURE in step.effects}
    assert {step for step, key in keys.items() if key == FAILURE_KEY} == failing


@pytest.mark.parametrize("name", BOOKS)
def test_a_step_keeps_its_key_wherever_it_stands(name: str) -> None:
    protocol = BOOKS[name].protocol
    assert set(step_keys(protocol)) == {step.id for step in protocol.steps}


def test_no_key_of_a_step_is_one_of_the_players() -> None:
    text = COMMANDS.read_text("utf-8").split("export const TAGS")[0]
    of_layers = re.findall(r"'(\w+)'", re.search(r"OF_LAYERS = \[([^\]]*)\]", text)[1])  # type: ignore[index]
    assert of_layers == ["skeleton", "angles"]  # only where training is shown, which has no steps of a review
    found = re.findall(r"id: '(\w+)', keys: \[([^\]]*)\]", text)
    lists = [keys for name, keys in found if name not in of_layers]
    taken = {key for entry in lists for key in re.findall(r"'([^']+)'", entry)}
    assert "M" in taken
    assert not taken & {*STEP_KEYS, FAILURE_KEY}
