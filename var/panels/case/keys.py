"""Which key takes which step of a protocol: one key a step, the same one throughout, none that the player has."""

from __future__ import annotations

from var.rules.model import Protocol
from var.rules.words import Effect

STEP_KEYS = ("G", "H", "Y", "V", "X", "P", "D")
"""Letters that mean nothing to the player but while a tag is chosen, when it takes them first."""
FAILURE_KEY = "F9"
"""Far from the others, so that no glove hits it by chance."""


def step_keys(protocol: Protocol) -> dict[str, str]:
    """The key of each step by its id. Steps that are open side by side never share one; steps that record a technical
    failure have ``FAILURE_KEY``. A step that finds no letter free has none and is pressed on the screen."""
    keys: dict[str, str] = {}
    for step in protocol.steps:
        if step.id in keys:
            continue
        if Effect.RECORD_FAILURE in step.effects:
            keys[step.id] = FAILURE_KEY
            continue
        origins = {origin for each in protocol.steps if each.id == step.id for origin in each.origins}
        beside = {each.id for each in protocol.steps if origins & set(each.origins)}
        taken = {keys[name] for name in beside if name in keys}
        free = [key for key in STEP_KEYS if key not in taken]
        unused = [key for key in free if key not in keys.values()]
        if free:
            keys[step.id] = (unused or free)[0]
    return keys
