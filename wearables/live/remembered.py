"""Which strap an athlete wore last: what a new session begins with."""

from __future__ import annotations

from touchline.origin import Origin
from wearables.kept import Sessions
from wearables.live.wearing import spans
from wearables.model import Strap
from wearables.standing import standing

LOOKS_BACK = 20


def remembered_straps(sessions: Sessions) -> dict[str, Strap]:
    """The strap that each athlete wore last in the newest sessions, by athlete; simulated sessions say nothing."""
    found: dict[str, Strap] = {}
    taken: set[str] = set()
    measured = [session for session in sessions.all() if session.origin is not Origin.SIMULATED]
    for session in measured[:LOOKS_BACK]:
        straps = {strap.number: strap for strap in sessions.straps(session.id)}
        worn = spans(standing(sessions.marks(session.id)))
        for span in sorted(worn, key=lambda span: -span.from_ns):
            strap = straps.get(span.strap)
            if strap is None or span.athlete_id in found or strap.address.lower() in taken:
                continue
            found[span.athlete_id] = strap
            taken.add(strap.address.lower())
    return found
