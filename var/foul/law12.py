"""Law 12 as a checklist: what is to be considered of a foul, each item answered by a person. Data only: no item, and no
sum of items, is a verdict.

After the IFAB's Laws of the Game, Law 12 (Fouls and Misconduct), and its protocol for video assistant referees: slow
motion for facts such as the place of an offence or the point of contact, normal speed for the intensity of an offence
and for whether it is a handball offence. Texts in ``var/locales/foul_law.*.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from var.foul.notes import Said
from var.rules.words import Replay

LAWS = "IFAB 2025/26"
"""The edition that items and texts follow. What a competition plays by may be another one: its rule pack says."""


class Group(StrEnum):
    """What belongs together on the checklist."""

    OFFENCE = "offence"
    FORCE = "force"
    DOGSO = "dogso"
    HANDBALL = "handball"


OFFENCES = (
    "charges",
    "jumps_at",
    "kicks",
    "pushes",
    "strikes",
    "tackles",
    "trips",
    "handball",
    "holds",
    "impedes_with_contact",
    "bites_or_spits",
    "throws_object",
    "dangerous_manner",
    "impedes_without_contact",
    "language_or_gestures",
    "prevents_keeper",
)
"""The offences of Law 12 that a review of a foul looks at: the first twelve are punished by a direct free kick or a
penalty kick, the others by an indirect free kick."""

DIRECT = frozenset(OFFENCES[:12])
BY_FORCE = frozenset(OFFENCES[:7])
"""Offences only where they are careless, reckless or with excessive force."""

ANSWERS = tuple(said.value for said in Said)


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the checklist. ``words`` are its answers, ``replay`` the speed that the protocol asks for;
    ``says`` are the answers of which the Laws say what follows (a text each), ``aids`` the measured aids
    (``var.foul.aids``) that belong beside it."""

    key: str
    group: Group
    replay: Replay = Replay.ANY
    words: tuple[str, ...] = ANSWERS
    says: frozenset[str] = frozenset()
    aids: tuple[str, ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether it has words of its own."""
        return self.words != ANSWERS


_YES = frozenset({Said.YES.value})

ITEMS: tuple[Item, ...] = (
    Item("offence", Group.OFFENCE, words=(*OFFENCES, "none", "unclear"), says=frozenset({*OFFENCES, "none"})),
    Item("contact", Group.OFFENCE, aids=("offender_attacker",)),
    Item("touched_ball", Group.OFFENCE, says=_YES, aids=("offender_ball", "attacker_ball")),
    Item("careless", Group.FORCE, Replay.NORMAL, says=_YES),
    Item("reckless", Group.FORCE, Replay.NORMAL, says=_YES, aids=("closing_speed",)),
    Item("excessive_force", Group.FORCE, Replay.NORMAL, says=_YES, aids=("closing_speed", "approach")),
    Item("serious_foul_play", Group.FORCE, Replay.NORMAL, says=_YES, aids=("closing_speed", "approach")),
    Item("violent_conduct", Group.FORCE, Replay.NORMAL, says=_YES, aids=("offender_ball",)),
    Item("dogso_distance", Group.DOGSO, aids=("attacker_goal",)),
    Item("dogso_direction", Group.DOGSO, aids=("attacker_goal_middle",)),
    Item("dogso_control", Group.DOGSO, aids=("attacker_ball",)),
    Item("dogso_defenders", Group.DOGSO, aids=("defenders_goal_side", "defenders_in_way")),
    Item("dogso", Group.DOGSO, says=_YES),
    Item("attempt_to_play", Group.DOGSO, says=frozenset({"yes", "no"}), aids=("offender_ball",)),
    Item("in_penalty_area", Group.DOGSO, says=_YES, aids=("attacker_in_area", "offender_in_area")),
    Item("hand_contact", Group.HANDBALL, says=frozenset({"no"})),
    Item("hand_deliberate", Group.HANDBALL, Replay.NORMAL, says=_YES),
    Item("hand_bigger", Group.HANDBALL, Replay.NORMAL, says=_YES),
    Item("hand_goal", Group.HANDBALL, says=_YES),
    Item("hand_offence", Group.HANDBALL, Replay.NORMAL, says=_YES),
)
"""The checklist in its order."""

BY_KEY = {item.key: item for item in ITEMS}
