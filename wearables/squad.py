"""Begin to record a squad: its roster becomes a session, and a process records it. A simulated squad begins the same
way, so that who has no strap sees everything as it is."""

from __future__ import annotations

from pathlib import Path

from touchline.errors import BadValue
from touchline.i18n import t
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from wearables.kept import Sessions
from wearables.model import LiveSession, Profile, Strap
from wearables.recorder.control import start
from wearables.roster import Roster, floors_of
from wearables.simulated import Simulation, addresses
from wearables.simulated_heart import Heart
from wearables.worn import Worn

MOST_SECONDS = 86_400.0


def simulated_squad(count: int, seed: int, lang: str) -> Roster:
    """The roster of ``count`` athletes who are simulated: what it says of their hearts is so. Raises ``BadValue``."""
    straps, profiles, worn = [], [], {}
    for number, address in enumerate(addresses(count), 1):
        heart = Heart(f"{seed}/{address.lower()}")
        hr_max = float(round(heart.max_bpm))
        athlete_id = f"sim-{seed}-{number}"
        straps.append(Strap(number, address, f"{number:02}"))
        profiles.append(
            Profile(
                athlete_id,
                t("wearables.record.simulated_athlete", lang, number=number),
                f"{'ABC'[number % 3]}",
                hr_max,
                hr_rest_bpm=float(round(heart.rest_bpm)),
                sex="female" if number % 2 else "male",
                floors_bpm=floors_of(hr_max),
            )
        )
        worn[number] = athlete_id
    return Roster(tuple(straps), tuple(profiles), worn)


def begin(
    home: Path,
    name: str,
    roster: Roster,
    *,
    simulation: Simulation | None = None,
    speed: float = 1.0,
    seconds: float | None = None,
    lang: str = "vi",
    by: str = "",
    person: Person | None = None,
) -> LiveSession:
    """Make a session of a roster and begin to record it; with a ``simulation`` it is a simulated one, which alone may
    run at another ``speed`` than that of life. It ends by itself after ``seconds`` of the session.

    Raises ``NotAllowed``; ``BadValue`` as ``Sessions.create`` and ``recorder.control.start``, and for times that cannot
    be.
    """
    require(person, Action.KEEP_TRAINING)
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        raise BadValue("wearables.errors.bad_seconds", seconds=seconds)
    if simulation is None and speed != 1.0:
        raise BadValue("wearables.errors.only_simulated", option="--speed")
    session = Sessions(home, person).create(
        name,
        roster.straps,
        roster.profiles,
        roster.worn,
        origin=Origin.MEASURED if simulation is None else Origin.SIMULATED,
        speed=speed,
        by=by,
    )
    start(home, session.id, simulation=simulation, seconds=seconds, lang=lang, person=person)
    return session


def roster_of(home: Path, session_id: str, person: Person | None = None) -> Roster:
    """The roster of a session, with who wears which strap after all changes. Raises ``NotFound``, ``NotAllowed``."""
    sessions = Sessions(home, person)
    sessions.session(session_id)
    profiles = sessions.profiles(session_id)
    known = {profile.athlete_id for profile in profiles}
    last = Worn(sessions.marks(session_id)).last()
    worn = {strap: athlete_id for strap, athlete_id in last.items() if athlete_id in known}
    return Roster(sessions.straps(session_id), profiles, worn)
