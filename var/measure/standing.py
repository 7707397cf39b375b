"""Where people and the ball are on the ground at one instant, and how they moved, all in one estimate.

Every click is first cast to the ground, all of them at once by ``var.measure.joint``: what a calibration gets wrong it
gets wrong for everybody alike, so a distance between two is much surer than either place. Then clicks of one person on
pictures of one instant are joined. Beside the clicks' own noise stands how well people tell, in each picture, the point
of the ground below a body (``STANCE_SIGMA_M``). Nothing is assumed of how people run but between two pictures, where
they run straight on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from touchline.errors import BadValue
from var.measure.body import PartPrior
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.clicks import CLICK_SIGMA_PX, Reason, usable
from var.measure.joint import Joint, estimate
from var.measure.offside import BESIDE_PITCH_M, DISAGREE_P
from var.measure.pitch import BALL_RADIUS_M, Pitch
from var.measure.scene import FRAME_S, Observation, Scene
from var.measure.system import POINT, SOURCES, Unsolvable
from var.measure.together import Together
from var.model import AttackDirection, BodyPart, Role

STANCE_SIGMA_M = 0.10
"""How far, an axis and a picture, the clicked point of the ground lies from the one below the middle of a body. An
assumption: nobody has published a figure; feet are some 30 cm apart in a stride, and people choose between them."""

ALIKE = 0.5
"""This share of its variance is in all pictures of one instant alike: how the body leans, where its middle is."""

PERSON, BALL = BodyPart.TOE, BodyPart.HEAD
"""Which of the estimator's body parts stand for a point of the ground and for the middle of a ball."""

ON_THE_GROUND = {PERSON: PartPrior(0.0, 0.02, 0.0, 4.0), BALL: PartPrior(BALL_RADIUS_M, 0.01, 0.0, 12.0)}
"""The grass is uneven by a finger; a ball lies or rolls. Speeds as in ``var.measure.body``: what a picture that is a
little off the instant is worth."""

BALL_NAME = "ball"

ONE_INSTANT_S = 0.020
"""Pictures of several angles within so much show one instant: half a frame at 25 a second."""

NEAR_S = 0.100
"""Somebody who was not clicked at the instant itself may have been a few frames before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A click on where ``who`` stands: ``at_s`` counts from the instant that is asked about. ``clock_sigma_s`` is how
    sure that is against the other angles; ``view`` names the calibration."""

    who: str
    camera_id: str
    view: str
    at_s: Fraction
    image_px: tuple[float, float]
    clock_sigma_s: float = 0.0
    sigma_px: float = CLICK_SIGMA_PX

    @property
    def part(self) -> BodyPart:
        """What of the estimator stands for it."""
        return BALL if self.who == BALL_NAME else PERSON


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What is known: clicks, calibrations by view and which of them share errors."""

    pitch: Pitch
    steps: tuple[Step, ...]
    calibrations: Mapping[str, Calibration]
    together: tuple[Together, ...] = ()
    stance_m: float = STANCE_SIGMA_M


@dataclass(frozen=True, slots=True)
class Estimated:
    """A number with its standard deviation and what each source contributes to that."""

    value: float
    sigma: float
    budget: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The estimate. ``places_m`` (n, 2) are of the ``spots``: somebody at an instant, counted from the one asked about;
    ``shares`` are what each source contributes to their covariance (2 n, 2 n)."""

    spots: tuple[tuple[str, float], ...]
    places_m: Array
    shares: Mapping[str, Array]
    reasons: tuple[Reason, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Who was clicked."""
        return tuple(dict.fromkeys(name for name, _ in self.spots))

    def times_s(self, name: str) -> tuple[float, ...]:
        """The instants of somebody, the earliest first."""
        return tuple(at_s for own, at_s in self.spots if own == name)

    def is_near(self, name: str) -> bool:
        """Whether somebody was clicked at the instant that is asked about, or next to it."""
        return any(abs(at_s) <= NEAR_S for at_s in self.times_s(name))

    def weights(self, name: str, at_s: float = 0.0) -> Array:
        """How much of each spot (n,) is in somebody's place at an instant: straight on between two pictures, and from
        the last two on; where there is one alone, it is that one."""
        rows = [row for row, (own, _) in enumerate(self.spots) if own == name]
        found = np.zeros(len(self.spots))
        times = np.array([self.spots[row][1] for row in rows])
        if len(rows) == 1:
            found[rows[0]] = 1.0
            return found
        right = int(np.clip(np.searchsorted(times, at_s), 1, len(rows) - 1))
        share = (at_s - times[right - 1]) / (times[right] - times[right - 1])
        found[rows[right - 1]], found[rows[right]] = 1 - share, share
        return found

    def place(self, name: str) -> tuple[Array, Array]:
        """The place (2,) of somebody at the instant asked about, and its covariance (2, 2)."""
        pick = np.kron(self.weights(name), np.eye(2))
        covariance = pick @ np.sum(list(self.shares.values()), axis=0) @ pick.T
        return pick @ self.places_m.ravel(), np.asarray(covariance, dtype=np.float64)

    def measure(self, number: Callable[[Array], float]) -> Estimated:
        """``number`` of the places (n, 2), with its uncertainty by its slope there."""
        slope = np.zeros(self.places_m.size)
        for at in range(len(slope)):
            step = np.zeros(len(slope))
            step[at] = 1e-5
            moved = step.reshape(self.places_m.shape)
            slope[at] = (number(self.places_m + moved) - number(self.places_m - moved)) / 2e-5
        share = {source: max(0.0, float(slope @ self.shares[source] @ slope)) for source in SOURCES}
        sigma = math.sqrt(sum(share.values()))
        return Estimated(float(number(self.places_m)), sigma, {name: math.sqrt(each) for name, each in share.items()})


def stand(given: Steps) -> Standing:
    """Where everybody is at the instants that were clicked.

    Raises ``Unsolvable`` where the clicks cannot be joined: its code is the reason, and its camera where it lies.
    """
    kept, reasons = usable(given.steps, given.calibrations, ())
    if not kept:
        raise Unsolvable(reasons[0].code if reasons else "nothing_marked", reasons[0].camera if reasons else None)
    if not (math.isfinite(given.stance_m) and given.stance_m >= 0):
        raise BadValue("var.errors.bad_observation", camera=kept[0].camera_id, part=PERSON.value)
    joint = estimate(_scene(given, kept))
    at = np.array([[POINT * row, POINT * row + 1] for row in range(len(kept))]).ravel()
    places = joint.mean[at].reshape(-1, 2)
    limit = np.array([given.pitch.length_m, given.pitch.width_m]) / 2 + BESIDE_PITCH_M
    if (beyond := np.flatnonzero((np.abs(places) > limit).any(axis=1))).size:
        raise Unsolvable("outside_pitch", kept[int(beyond[0])].camera_id)
    groups = _instants(kept)
    shares = _shares(joint, at, kept, groups, given.stance_m)
    merge = _merged(places, np.asarray(sum(shares.values())), groups)
    return Standing(
        spots=tuple((group.who, group.at_s) for group in groups),
        places_m=(merge @ places.ravel()).reshape(-1, 2),
        shares={source: merge @ share @ merge.T for source, share in shares.items()},
        reasons=tuple(reasons),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Clicks on somebody at one instant: which they are, and by how much each is off it."""

    who: str
    at_s: float
    rows: tuple[int, ...]
    off_s: tuple[float, ...]


def _instants(steps: Sequence[Step]) -> tuple[_Group, ...]:
    """The clicks by who and when. Pictures of one angle are never one instant. What was clicked within a moment of the
    instant asked about counts there."""
    groups = []
    for name in dict.fromkeys(step.who for step in steps):
        rows = sorted((row for row, step in enumerate(steps) if step.who == name), key=lambda row: steps[row].at_s)
        own: list[list[int]] = []
        for row in rows:
            joins = own and steps[row].at_s - steps[own[-1][0]].at_s <= ONE_INSTANT_S
            if joins and all(steps[row].camera_id != steps[other].camera_id for other in own[-1]):
                own[-1].append(row)
            else:
                own.append([row])
        near = min(own, key=lambda group: abs(_middle(steps, group)))
        reach = NEAR_S if len(own) == 1 else ONE_INSTANT_S
        for group in own:
            at_s = _middle(steps, group)
            if group is near and abs(at_s) <= reach:
                at_s = 0.0
            groups.append(_Group(name, at_s, tuple(group), tuple(float(steps[row].at_s) - at_s for row in group)))
    return tuple(groups)


def _middle(steps: Sequence[Step], rows: Sequence[int]) -> float:
    return sum(float(steps[row].at_s) for row in rows) / len(rows)


def _shares(
    joint: Joint, at: Array, steps: Sequence[Step], groups: Sequence[_Group], stance_m: float
) -> dict[str, Array]:
    """What each source contributes to the covariance (2 m, 2 m) of the places of the clicks. A clock and a picture that
    is off its instant count as they move people at the speeds that are usual."""
    gain = joint.covariance[at]
    shares = {source: gain @ normal @ gain.T for source, normal in joint.normals.items()}
    own: dict[str, Array] = {source: np.zeros(len(steps)) for source in SOURCES}
    for group in groups:
        for row, off_s in zip(group.rows, group.off_s, strict=True):
            step = steps[row]
            speed = ON_THE_GROUND[step.part].speed_sigma_mps
            own["body_point"][row] = 0.0 if step.part is BALL else stance_m**2
            own["time"][row] = (speed * off_s) ** 2
            own["synchronisation"][row] = (speed * step.clock_sigma_s) ** 2
    found = {source: np.asarray(shares[source] + np.diag(np.repeat(own[source], 2))) for source in SOURCES}
    for group in groups:
        for one in group.rows:
            for other in group.rows:
                if one != other and steps[one].part is PERSON:
                    pair = np.ix_([2 * one, 2 * one + 1], [2 * other, 2 * other + 1])
                    found["body_point"][pair] += ALIKE * stance_m**2 * np.eye(2)
    return found


def _merged(places: Array, covariance: Array, groups: Sequence[_Group]) -> Array:
    """The matrix (2 n, 2 m) that joins the clicks of each instant, weighed by how sure they are. Raises ``Unsolvable``
    where they contradict each other."""
    from scipy.special import chdtrc

    merge = np.zeros((2 * len(groups), 2 * len(places)))
    for place, group in enumerate(groups):
        at = np.array([[2 * row, 2 * row + 1] for row in group.rows]).ravel()
        own, onto = covariance[np.ix_(at, at)], np.tile(np.eye(2), (len(group.rows), 1))
        try:
            weight = np.linalg.solve(own, onto)
            found = np.linalg.solve(onto.T @ weight, weight.T)
        except np.linalg.LinAlgError as fault:
            raise Unsolvable("not_settled") from fault
        merge[2 * place : 2 * place + 2, at] = found
        if len(group.rows) > 1:
            off = places[list(group.rows)].ravel()
            off = off - onto @ (found @ off)
            chi2, degrees = float(off @ np.linalg.solve(own, off)), 2 * len(group.rows) - 2
            if chdtrc(degrees, chi2) < DISAGREE_P:
                raise Unsolvable("views_disagree")
    return merge


def _scene(given: Steps, kept: Sequence[Step]) -> Scene:
    """The clicks as the joint estimator takes them, each a point of its own: when it was is seen to afterwards."""
    return Scene(
        attack=AttackDirection.RIGHT,
        pitch=given.pitch,
        calibrations=given.calibrations,
        kick_s=Fraction(0),
        kick_sigma_s=0.0,
        observations=tuple(
            Observation(
                Role.ATTACKER,
                step.part,
                step.camera_id,
                Fraction(0),
                step.image_px,
                step.sigma_px,
                0.0,
                FRAME_S,
                player=str(row),
                pose=step.view,
            )
            for row, step in enumerate(kept)
        ),
        parts=ON_THE_GROUND,
        together=given.together,
    )
