"""The margin and its uncertainty, against scenes whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from measuring import BEHIND, MAIN, PITCH, SIZE, Array, calibrated, camera, drawn_scene, marks_of, see

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, catalogue
from touchline.measure import Z95
from var.measure.body import PARTS
from var.measure.calibrate import calibrate
from var.measure.offside import BUDGET, measure
from var.measure.pitch import BALL_RADIUS_M
from var.measure.scene import BallPlace, Observation, Scene, Velocity
from var.model import AttackDirection, BodyPart, Outcome, Role

THIRD = camera((30.0, 72.0, 11.0), (34.0, 2.0, 0.0), 1500.0)
VIEWS = {"main": MAIN, "behind": BEHIND, "third": THIRD}
CALIBRATIONS = {name: calibrated(theta, np.random.default_rng(4), 12, 1.0) for name, theta in VIEWS.items()}
KICK = Fraction(10)


def seen(
    role: Role, part: BodyPart, place: tuple[float, float, float], view: str = "main", **given: object
) -> Observation:
    """The exact click on ``place``."""
    u, v = see(VIEWS[view], np.array([place]))[0]
    return Observation(role, part, view, KICK, (float(u), float(v)), clock_sigma_s=0.001, **given)  # type: ignore[arg-type]


def scene(*observations: Observation, **given: object) -> Scene:
    settings = {"kick_sigma_s": 0.0058, "kick_camera": "main"} | given
    attack = settings.pop("attack", AttackDirection.RIGHT)
    return Scene(attack, PITCH, CALIBRATIONS, KICK, observations=observations, **settings)  # type: ignore[arg-type]


def attacker(x: float, y: float = -4.0, z: float = 0.06, view: str = "main", **given: object) -> Observation:
    return seen(Role.ATTACKER, BodyPart.TOE, (x, y, z), view, **given)


def defender(x: float, y: float = 5.0, z: float = 0.06, view: str = "main", **given: object) -> Observation:
    return seen(Role.DEFENDER, BodyPart.TOE, (x, y, z), view, **given)


def both(x_attacker: float, x_defender: float) -> list[Observation]:
    """Two players, each on two angles."""
    return [
        mark(x, view=view)
        for mark, x in ((attacker, x_attacker), (defender, x_defender))
        for view in ("main", "behind")
    ]


def coverage(cameras: dict[str, Array], trials: int = 400, shared: int = 20) -> tuple[float, int]:
    """The share of drawn scenes whose 95 % interval holds the truth, and how many verdicts were on the wrong side."""
    draw = np.random.default_rng(5)
    inside = wrong = 0
    for trial in range(trials):
        if trial % shared == 0:  # calibrating is the slow part, and the camera's share of the error is small
            count, sigma_px = int(draw.integers(6, 11)), float(draw.uniform(1.0, 1.5))
            found = {name: calibrated(theta, draw, count, sigma_px) for name, theta in cameras.items()}
        drawn, truth = drawn_scene(draw, cameras, found)
        verdict = measure(drawn)
        assert verdict.interval95 is not None
        low, high = verdict.interval95
        inside += low <= truth <= high
        wrong += (verdict.outcome is Outcome.OFFSIDE and truth < 0) or (verdict.outcome is Outcome.ONSIDE and truth > 0)
    return inside / trials, wrong


@pytest.mark.parametrize("names", [("main",), ("main", "behind")], ids=["one view", "two views"])
def test_the_interval_holds_the_truth_as_often_as_it_says(names: tuple[str, ...]) -> None:
    share, wrong = coverage({name: VIEWS[name] for name in names})
    # 400 trials of 0.95 have a standard deviation of sqrt(0.95 * 0.05 / 400) = 1.1 %: two of them below, and three
    # above because the priors on camera and height are wider than what is drawn here.
    assert 0.93 <= share <= 0.985
    # A verdict outside the too-close band errs at most on one side of 95 %: 2.5 % of 400 is 10.
    assert wrong <= 10


def test_three_angles_with_clocks_that_nobody_measured_are_measured_all_the_same() -> None:
    """Feet in full swing, clocks off by half a frame: velocity and clock errors multiply, which plain Gauss and Newton
    crept through without an end in two scenes of three."""
    draw = np.random.default_rng(5)
    trials, inside = 60, 0
    clock_s = 0.02
    for _ in range(trials):
        errors = {name: float(draw.normal(0, clock_s)) for name in VIEWS}
        late_s = float(draw.normal(0, 0.0115))
        marks, true_x = [], {}
        for role in Role:
            place = np.array([draw.uniform(31, 37), draw.uniform(-15, 12), 0.06])
            velocity = np.array([*draw.normal(0, PARTS[BodyPart.TOE].speed_sigma_mps, 2), 0.0])
            true_x[role] = place[0] + velocity[0] * late_s + draw.normal(0, PARTS[BodyPart.TOE].extremity_sigma_m)
            for name, theta in VIEWS.items():
                shown = place + velocity * (errors[name] - errors["main"])
                u, v = see(theta, shown[None])[0] + draw.normal(0, 2.0, 2)
                marks.append(Observation(role, BodyPart.TOE, name, KICK, (float(u), float(v)), frame_s=2 * clock_s))
        verdict = measure(scene(*marks, kick_sigma_s=0.0115))
        assert verdict.margin is not None, [str(reason) for reason in verdict.reasons]
        low, high = verdict.margin.interval95
        inside += low <= true_x[Role.ATTACKER] - true_x[Role.DEFENDER] <= high
    # 60 draws of 0.95: fewer than 52 inside has a probability of 0.5 % (binomial).
    assert inside >= 52


@pytest.mark.parametrize("views", [("main",), ("main", "behind")], ids=["one view", "two views"])
def test_linear_propagation_agrees_with_monte_carlo(views: tuple[str, ...]) -> None:
    """Everything that is uncertain is drawn anew: cameras, clicks, heights, velocities, kick; then measured again."""
    draw = np.random.default_rng(9)
    heights = {Role.ATTACKER: (BodyPart.HIP, 0.92, 0.10), Role.DEFENDER: (BodyPart.TOE, 0.06, 0.07)}
    errors, sigmas = [], []
    roots = {name: np.linalg.cholesky(CALIBRATIONS[name].covariance + 1e-18 * np.eye(11)) for name in views}
    late_sigma_s = 0.02
    for _ in range(250):
        observations, true_x = [], {}
        thetas = {name: CALIBRATIONS[name].theta + roots[name] @ draw.normal(size=11) for name in views}
        late_s = draw.normal(0, late_sigma_s)
        for role, (part, mean, sigma) in heights.items():
            place = np.array([35.0 if role is Role.ATTACKER else 34.0, -4.0, draw.normal(mean, sigma)])
            extremity = {BodyPart.HIP: 0.04, BodyPart.TOE: 0.02}[part]
            speed_mps = {BodyPart.HIP: 4.0, BodyPart.TOE: 6.0}[part]
            true_x[role] = place[0] + draw.normal(0, speed_mps) * late_s + draw.normal(0, extremity)
            for name in views:
                u, v = see(thetas[name], place[None])[0] + draw.normal(0, 2.0, 2)
                observations.append(Observation(role, part, name, KICK, (float(u), float(v)), 2.0, 0.0))
        verdict = measure(scene(*observations, kick_sigma_s=late_sigma_s))
        assert verdict.margin is not None
        errors.append(verdict.margin.value - (true_x[Role.ATTACKER] - true_x[Role.DEFENDER]))
        sigmas.append(verdict.margin.sigma)
    # A standard deviation from 250 draws is known to 1/sqrt(500) = 4.5 %: four of them.
    assert np.std(errors) == pytest.approx(np.median(sigmas), rel=0.18)
    assert abs(np.mean(errors)) < 4 * np.median(sigmas) / math.sqrt(250)


def test_the_three_outcomes_and_the_sign() -> None:
    for gap, outcome in ((0.8, Outcome.OFFSIDE), (0.02, Outcome.TOO_CLOSE), (-0.8, Outcome.ONSIDE)):
        verdict = measure(scene(*both(36.0 + gap, 36.0)))
        assert verdict.outcome is outcome
        assert verdict.margin is not None
        # Exact clicks; what is left is the calibrations' own error, within three of its sigma.
        assert verdict.margin.value == pytest.approx(gap, abs=3 * verdict.margin.sigma)
        assert verdict.margin.sigma < 0.2
    assert str(measure(scene(*both(36.02, 36.0))).reasons[0]) == "interval_spans_zero"


def test_attacking_to_the_left_turns_the_sign() -> None:
    marks = both(36.8, 36.0)
    verdict = measure(scene(*marks, attack=AttackDirection.LEFT))
    # Both stand in what is then the attackers' own half.
    assert verdict.outcome is Outcome.ONSIDE
    assert "own_half" in [reason.code for reason in verdict.reasons]
    assert verdict.halfway_governs
    assert verdict.margin is not None
    assert verdict.margin.value == pytest.approx(-36.86, abs=0.3)


@pytest.mark.parametrize(
    ("x", "outcome"), [(36.8, Outcome.OFFSIDE), (36.02, Outcome.TOO_CLOSE), (35.2, Outcome.ONSIDE)]
)
def test_the_same_scene_seen_from_the_other_end_gives_the_same_answer(x: float, outcome: Outcome) -> None:
    """Half a turn of the pitch about the centre spot: the same pixels, every mark under the name across from it."""
    turned = {}
    for name, theta in VIEWS.items():
        marks = marks_of(theta, np.random.default_rng(4), 12, 1.0)
        places = [(-mark.pitch_m[0], -mark.pitch_m[1], mark.pitch_m[2]) for mark in marks]
        assert all(PITCH.nearest(place)[1] < 1e-9 for place in places)
        turned[name] = calibrate(
            [replace(mark, pitch_m=place) for mark, place in zip(marks, places, strict=True)], SIZE, PITCH
        )
    marked = scene(*both(x, 36.0))
    there = measure(marked)
    here = measure(replace(marked, attack=AttackDirection.LEFT, calibrations=turned))
    assert there.outcome is here.outcome is outcome
    assert there.margin is not None
    assert here.margin is not None
    # The fits stop where a step gains a billionth of the cost: far below a millimetre.
    assert here.margin.value == pytest.approx(there.margin.value, abs=1e-3)
    assert here.margin.sigma == pytest.approx(there.margin.sigma, abs=1e-3)


def test_the_ball_counts_where_it_is_beyond_the_defender() -> None:
    marks = both(36.5, 36.0)
    alone = measure(scene(*marks))
    assert alone.outcome is Outcome.OFFSIDE
    assert "ball_not_marked" in {reason.code for reason in alone.reasons}
    behind = measure(scene(*marks, ball=BallPlace((20.0, 0.0), 0.1)))
    assert (behind.outcome, behind.governs, behind.margin) == (alone.outcome, "defender", alone.margin)
    assert "ball_not_marked" not in {reason.code for reason in behind.reasons}
    beyond = measure(scene(*marks, ball=BallPlace((37.5, 0.0), 0.1)))
    assert (beyond.outcome, beyond.governs) == (Outcome.ONSIDE, "ball")
    assert beyond.margin is not None
    assert beyond.margin.value == pytest.approx(36.5 - 37.5 - BALL_RADIUS_M, abs=0.15)
    assert beyond.margin.sigma > 0.1
    assert beyond.document()["ball_governs"] is True
    level = measure(scene(*marks, ball=BallPlace((36.4, 0.0), 0.1)))
    assert (level.outcome, level.governs) == (Outcome.TOO_CLOSE, "ball")
    with pytest.raises(BadValue):
        BallPlace((math.nan, 0.0), 0.1)


def test_another_part_than_was_named_does_not_pull_the_place() -> None:
    """A shoulder that was called a toe, seen by two cameras: the sight lines say how high it is."""
    marks = [mark for mark in both(36.5, 36.0) if mark.role is Role.DEFENDER]
    called = [attacker(36.5, z=1.35, view=view) for view in ("main", "behind")]
    verdict = measure(scene(*marks, *called))
    assert verdict.attacker is not None
    assert verdict.attacker.xyz_m == pytest.approx((36.5, -4.0, 1.35), abs=0.1)


def test_what_would_help_is_said_where_it_is_too_close() -> None:
    once = both(36.02, 36.0)
    assert [reason.code for reason in measure(scene(*once)).reasons] == ["interval_spans_zero", "speed_not_measured"]
    before = [replace(mark, time_s=KICK - Fraction(1, 50)) for mark in once]
    assert [reason.code for reason in measure(scene(*once, *before)).reasons] == ["interval_spans_zero"]


def test_the_halfway_line_counts_where_the_defenders_are_beyond_it() -> None:
    far = camera((0.0, -60.0, 10.0), (2.0, 0.0, 0.0), 1500.0)
    calibration = calibrated(far, np.random.default_rng(1), 12, 1.0)

    def at(role: Role, x: float) -> Observation:
        u, v = see(far, np.array([[x, -10.0 if role is Role.ATTACKER else 4.0, 0.06]]))[0]
        return Observation(role, BodyPart.TOE, "far", KICK, (float(u), float(v)), 1.0, 0.0)

    def judged(x: float) -> tuple[Outcome, bool]:
        marks = (at(Role.ATTACKER, x), at(Role.DEFENDER, -6.0))
        verdict = measure(Scene(AttackDirection.RIGHT, PITCH, {"far": calibration}, KICK, 0.001, marks))
        return verdict.outcome, verdict.halfway_governs

    assert judged(-2.0) == (Outcome.ONSIDE, True)
    assert judged(3.0) == (Outcome.OFFSIDE, True)
    assert judged(0.06) == (Outcome.TOO_CLOSE, True)


def test_the_budget_adds_up_and_names_what_limits() -> None:
    one, two = measure(scene(attacker(36.8), defender(36.0))), measure(scene(*both(36.8, 36.0)))
    for verdict in (one, two):
        assert tuple(verdict.budget) == BUDGET
        assert verdict.margin is not None
        total = math.sqrt(sum(float(sigma or 0) ** 2 for sigma in verdict.budget.values()))
        assert total == pytest.approx(verdict.margin.sigma, rel=1e-6)
    assert float(one.budget["body_point"] or 0) > 2 * float(two.budget["body_point"] or 0)
    assert one.budget["synchronisation"] == 0.0  # the kick was marked on the only camera
    assert float(two.budget["synchronisation"] or 0) > 0


def test_time_counts_although_nobody_measured_a_velocity() -> None:
    marks = both(36.8, 36.0)
    sharp, blurred = (measure(scene(*marks, kick_sigma_s=sigma)).budget["time"] for sigma in (0.0, 0.02))
    # Two toes of unknown velocity: sqrt(2) * 6 m/s * 20 ms = 17 cm.
    assert sharp == pytest.approx(0.0, abs=1e-9)
    assert blurred == pytest.approx(math.sqrt(2) * 6 * 0.02, rel=0.02)
    known = {role.value: Velocity((5.0 if role is Role.ATTACKER else -2.0, 0.0), 0.1) for role in Role}
    told = measure(scene(*marks, kick_sigma_s=0.02, velocities=known)).budget["time"]
    assert told == pytest.approx(7.0 * 0.02, rel=0.02)  # relative speed 7 m/s


def test_pictures_before_and_after_the_kick_give_the_velocity() -> None:
    """An attacker at 6 m/s, seen 20 ms before and after the kick that falls between two frames of the only camera."""
    marks = []
    for elapsed in (Fraction(-1, 50), Fraction(1, 50)):
        shift = 6.0 * float(elapsed)
        marks += [
            replace(attacker(36.8 + shift), time_s=KICK + elapsed),
            replace(defender(36.0), time_s=KICK + elapsed),
        ]
    verdict = measure(scene(*marks))
    assert verdict.attacker is not None
    single = measure(scene(attacker(36.8), defender(36.0)))
    assert single.attacker is not None
    # Exact clicks on both sides of the kick: the place at the kick is that of a click at the kick, to a centimetre.
    assert verdict.attacker.line_x_m == pytest.approx(single.attacker.line_x_m, abs=0.01)


def test_an_unmeasured_clock_is_half_a_frame_and_said() -> None:
    marks = [replace(mark, clock_sigma_s=None, frame_s=0.04) for mark in both(36.8, 36.0)]
    verdict = measure(scene(*marks))
    assert [str(reason) for reason in verdict.reasons] == ["clock_not_measured:behind", "ball_not_marked"]
    told = measure(scene(*[replace(mark, clock_sigma_s=0.02) for mark in marks]))
    assert verdict.budget == pytest.approx(told.budget)


def test_the_clock_of_the_kick_counts_although_no_player_is_marked_on_that_camera() -> None:
    """The ball was seen on "main", the players on the two others: main's clock shifts both in the same way."""
    views = ("behind", "third")
    marks = [mark(x, view=view) for mark, x in ((attacker, 36.8), (defender, 36.0)) for view in views]
    marks = [replace(mark, clock_sigma_s=0.0) for mark in marks]
    told = measure(scene(*marks, kick_clock_s=0.02)).budget
    # One shift of 20 ms that both cameras share is not averaged down: that of two toes of unknown velocity.
    assert told["synchronisation"] == pytest.approx(math.sqrt(2) * 6 * 0.02, rel=0.02)
    assert measure(scene(*marks)).budget["synchronisation"] == pytest.approx(0.0, abs=1e-9)
    guessed = measure(scene(*marks, kick_clock_s=0.02, kick_clock_measured=False))
    assert [str(reason) for reason in guessed.reasons] == ["clock_not_measured:main", "ball_not_marked"]
    # Where that camera shows the players too, what it shows is exactly at the kick.
    seen_there = measure(scene(*marks, *both(36.8, 36.0)[::2], kick_clock_s=0.02)).budget
    assert float(seen_there["synchronisation"] or 0) < 0.5 * float(told["synchronisation"] or 0)


def test_the_foremost_part_and_the_second_last_opponent_govern() -> None:
    head = seen(Role.ATTACKER, BodyPart.HEAD, (36.9, -4.0, 1.55))
    verdict = measure(scene(attacker(36.2), head, defender(36.0)))
    assert verdict.attacker is not None
    assert verdict.attacker.part is BodyPart.HEAD
    keeper = replace(defender(44.0, 0.0), player="GK")
    back, front = replace(defender(36.0), player="D4"), replace(defender(33.0, 8.0), player="D5")
    three = measure(scene(attacker(36.2), keeper, front, back))
    assert three.defender is not None
    assert three.defender.player == "D4"


@pytest.mark.parametrize(
    ("observations", "given", "reason"),
    [
        ([], {}, "no_attacker_mark"),
        ([attacker(36.0)], {}, "no_defender_mark"),
        ([attacker(36.0), replace(defender(36.0), camera_id="other")], {}, "no_calibration:other"),
        ([attacker(36.0), defender(36.0)], {"stale": frozenset({"main"})}, "calibration_of_another_frame:main"),
        ([attacker(36.0), replace(defender(36.0), image_px=(-9.0, 5.0))], {}, "click_outside_picture:main"),
        ([attacker(36.0), replace(defender(36.0), image_px=(900.0, 2.0))], {}, "sight_line_misses_pitch:main"),
        ([attacker(36.0), defender(36.0, sigma_px=30.0)], {}, "too_uncertain"),
    ],
)
def test_what_cannot_be_measured_says_why(
    observations: list[Observation], given: dict[str, object], reason: str
) -> None:
    verdict = measure(scene(*observations, **given))
    assert verdict.outcome is Outcome.NOT_MEASURABLE
    assert reason in [str(found) for found in verdict.reasons]
    assert verdict.margin is None
    assert verdict.interval95 is None
    assert set(verdict.budget.values()) == {None}


def test_two_views_that_contradict_each_other_are_not_averaged() -> None:
    marks = both(36.8, 36.0)
    u, v = marks[1].image_px
    marks[1] = replace(marks[1], image_px=(u, v + 40))
    verdict = measure(scene(*marks))
    assert verdict.outcome is Outcome.NOT_MEASURABLE
    assert {str(reason) for reason in verdict.reasons} >= {"views_disagree:main", "views_disagree:behind"}


def test_of_three_views_the_wrong_one_is_left_out_by_name() -> None:
    marks = [*both(36.8, 36.0), attacker(36.8, view="third"), defender(36.0, view="third")]
    u, v = marks[-1].image_px
    marks[-1] = replace(marks[-1], image_px=(u + 50, v))
    verdict = measure(scene(*marks))
    assert verdict.outcome is Outcome.OFFSIDE
    assert "camera_left_out:third" in [str(reason) for reason in verdict.reasons]


def test_the_interval_is_that_of_the_margin() -> None:
    verdict = measure(scene(*both(36.8, 36.0)))
    assert verdict.margin is not None
    assert verdict.interval95 == pytest.approx(
        (verdict.margin.value - Z95 * verdict.margin.sigma, verdict.margin.value + Z95 * verdict.margin.sigma)
    )
    assert verdict.document()["interval95_m"] == pytest.approx(list(verdict.interval95 or ()))


def test_values_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadValue):
        attacker(36.0, sigma_px=0.0)
    with pytest.raises(BadValue):
        replace(attacker(36.0), image_px=(math.nan, 0.0))
    with pytest.raises(BadValue):
        scene(kick_sigma_s=-1.0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_and_outcome_has_a_text(lang: str) -> None:
    import re
    from pathlib import Path

    from var import review
    from var.measure import clicks, joint, offside, system

    modules = (clicks, joint, offside, system, review)
    source = "".join(Path(str(module.__file__)).read_text("utf-8") for module in modules)
    codes = set(re.findall(r'(?:Reason|Unsolvable)\("(\w+)"', source)) | {"no_attacker_mark", "no_defender_mark"}
    texts = catalogue("var", "offside", lang)
    assert codes == set(texts["reason"])
    assert set(texts["outcome"]) == {outcome.value for outcome in Outcome}
    assert set(texts["source"]) == set(BUDGET)
