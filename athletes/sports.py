"""Which family a sport is of, as far as methods ask: on foot, on a bicycle, or neither."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """Sports whose heart rates and speeds are read alike."""

    FOOT = "foot"
    CYCLING = "cycling"
    OTHER = "other"


_FOOT = {"running", "run", "walking", "hiking", "football", "soccer", "trail_running", "track_running", "treadmill"}
_FOOT |= {"futsal", "orienteering", "street_running", "indoor_running", "other_running"}
_CYCLING = {"cycling", "biking", "bike", "road_biking", "mountain_biking", "indoor_cycling", "virtual_ride", "ride"}
_CYCLING |= {"road_cycling", "e_biking", "spinning"}


def family_of(sport: str | None) -> Family:
    """The family of a sport by the name that files give it; a sport that nobody named is of no family."""
    name = (sport or "").strip().lower().replace(" ", "_").replace("-", "_")
    if name in _FOOT:
        return Family.FOOT
    return Family.CYCLING if name in _CYCLING else Family.OTHER
