"""What the app joins to the pages of motion: who shows recordings, who brings them in, and who is at the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from touchline.rights import Person

Handler = Callable[[dict[str, Any]], None]


class Player(Protocol):
    """Shows a screening (``athletes.motion.screening``); docs/architecture.md describes the player's contract."""

    def __call__(
        self,
        screen_id: str,
        *,
        lang: str,
        key: str,
        layers: Mapping[str, Any] | None = None,
        tool: Mapping[str, Any] | None = None,
        flags: Sequence[Mapping[str, Any]] = (),
        seek: Mapping[str, Any] | None = None,
        on_point: Handler | None = None,
        height_px: int | None = None,
        camera: str = "",
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Joined:
    """``player`` shows recordings. ``bring`` draws the box for files under a key, in a language, and returns those that
    came whole, in their order; ``let_go`` forgets the files of that key. ``look`` says who is signed in now, None where
    nobody is any more."""

    player: Player
    bring: Callable[[str, str], list[Path]]
    let_go: Callable[[str], None]
    look: Callable[[], Person | None] | None = None
