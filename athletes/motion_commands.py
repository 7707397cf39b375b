"""The command ``touchline motion``: body points in recordings, and what is made of them.

Each action is a module ``athletes/motion_<action>_command.py`` with ``register(choices)``.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pkgutil import iter_modules

import athletes


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline motion ACTION``."""
    choices = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for found in sorted(iter_modules(athletes.__path__), key=lambda module: module.name):
        if found.name.startswith("motion_") and found.name.endswith("_command"):
            import_module(f"athletes.{found.name}").register(choices)
