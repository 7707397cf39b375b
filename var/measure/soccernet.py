"""The names that SoccerNet's annotations give to the lines of a pitch, seen from the main camera, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = frozenset({"Line unknown", "Goal unknown"})

NAMES = {
    "Side line top": "touchline_far",
    "Side line bottom": "touchline_near",
    "Side line left": "left_goal_line",
    "Side line right": "right_goal_line",
    "Middle line": "halfway_line",
    "Circle central": "centre_circle",
    "Circle left": "left_penalty_arc",
    "Circle right": "right_penalty_arc",
    # The posts as somebody sees them who stands on the pitch and looks at that goal.
    "Goal left post left": "left_post_near",
    "Goal left post right": "left_post_far",
    "Goal right post left": "right_post_far",
    "Goal right post right": "right_post_near",
    **{f"Goal {side} crossbar": f"{side}_crossbar" for side in ("left", "right")},
    **{
        f"{size} rect. {side} {theirs}": f"{side}_{area}_{ours}"
        for size, area in (("Big", "penalty_area"), ("Small", "goal_area"))
        for side in ("left", "right")
        for theirs, ours in (("main", "front"), ("top", "side_far"), ("bottom", "side_near"))
    },
}


def is_soccernet(document: Mapping[str, Any]) -> bool:
    """Whether a document is one of SoccerNet's: names of lines, each with points from 0 to 1 of the picture."""
    return bool(document) and all(name.strip() in NAMES or name.strip() in UNKNOWN for name in document)
