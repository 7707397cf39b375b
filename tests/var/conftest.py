"""What the tests of the player share."""

from __future__ import annotations

from playing import address, home, match, open_player

__all__ = ["address", "home", "match", "open_player"]
