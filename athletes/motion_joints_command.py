"""``touchline motion joints``: the joints that are found, by their names."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from athletes.pose.model import BODY33
from athletes.pose.noise import GROUPS
from touchline.cli import add_json, emit

if TYPE_CHECKING:
    Choices = argparse._SubParsersAction[argparse.ArgumentParser]


def register(choices: Choices) -> None:
    """``touchline motion joints``."""
    parser = choices.add_parser("joints", help="the joints that are found, and the bones between them")
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    group = {joint: name for name, joints in GROUPS.items() for joint in joints}
    joints = [{"place": place, "name": name, "group": group[name]} for place, name in enumerate(BODY33.joints)]
    document = {
        "skeleton": BODY33.name,
        "joints": joints,
        "bones": [list(bone) for bone in BODY33.bones],
        "mirrored": [list(pair) for pair in BODY33.mirrored],
    }
    emit(document, args, [f"{one['place']:2d}  {one['name']}" for one in joints])
    return 0
