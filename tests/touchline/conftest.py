"""Fixtures of the tests of commands."""

from __future__ import annotations

from commands_files import files, video
from commands_home import furnished, home, run

__all__ = ["files", "furnished", "home", "run", "video"]
