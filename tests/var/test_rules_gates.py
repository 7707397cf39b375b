"""Which rules hold on which day, and the four gates of football case by case, edition by edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_files import documented

from touchline.errors import BadValue, NotFound
from touchline.i18n import LANGUAGES, catalogue
from var.rules.choosing import Rulebook, choose
from var.rules.gates import Answer, Facts, Gate, Gates, gates
from var.rules.model import Situation
from var.rules.pack import Pack
from var.rules.reading import read_pack
from var.rules.shelf import shelf, shipped
from var.rules.words import Kind

PACKS = shipped()
OLD, NEW = date(2026, 3, 1), date(2026, 11, 29)
CLEAR = {"clear_error": True}
READY = Facts(decision_made=True, restarted=False, thresholds=CLEAR)
"""Decided, not restarted, a clear error; the procedure still open."""


def football(on: date, form: str = "var", *options: str, edition: str | None = None) -> Rulebook:
    return choose(PACKS, "football", form, on, options, edition=edition)


def answers(found: Gates) -> tuple[str, str, str, str]:
    return tuple(gate.reason for gate in (found.category, found.time, found.threshold, found.procedure))  # type: ignore[return-value]


# ------------------------------------------------------------------ choosing


@pytest.mark.parametrize(
    ("on", "edition"),
    [
        (date(2025, 7, 1), "2025-26"),
        (date(2026, 6, 30), "2025-26"),
        (date(2026, 7, 1), "2026-27"),
        (date(2026, 11, 29), "2026-27"),
        (date(2027, 6, 30), "2026-27"),
    ],
)
def test_the_day_of_the_match_chooses_the_edition(on: date, edition: str) -> None:
    rules = football(on)
    assert rules.edition_id == edition
    assert rules.edition.holds(on)


@pytest.mark.parametrize("on", [date(2025, 6, 30), date(2027, 7, 1), date.min, date.max])
def test_a_day_without_an_edition_is_refused_and_never_guessed(on: date) -> None:
    with pytest.raises(NotFound) as refusal:
        football(on)
    assert refusal.value.name == "no_edition_on"
    assert "2025-26" in refusal.value.hint("vi")


def test_a_competition_may_take_an_edition_before_its_day() -> None:
    rules = football(date(2026, 6, 11), edition="2026-27")
    assert rules.edition_id == "2026-27"
    assert answers(gates(rules, "second_caution_wrong", READY))[0] == "in_category"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"sport": "chess"}, "no_such_sport"),
        ({"pack": "football-hue"}, "no_such_sport"),
        ({"form": "hawk_eye"}, "no_such_format"),
        ({"options": ["corner_kick"], "on": OLD}, "no_such_option"),
        ({"options": ["throw_in"]}, "no_such_option"),
        ({"edition": "2019-20"}, "no_such_edition"),
    ],
)
def test_what_no_pack_has_is_refused_by_name(arguments: dict[str, object], code: str) -> None:
    asked: dict[str, object] = {"sport": "football", "form": "var", "on": NEW, **arguments}
    with pytest.raises(NotFound) as refusal:
        choose(PACKS, **asked)  # type: ignore[arg-type]
    assert refusal.value.name == code
    assert refusal.value.detail("vi") != refusal.value.detail("en")


def test_of_two_packs_of_a_sport_one_must_be_named() -> None:
    (pack,) = [pack for pack in PACKS if pack.sport == "football"]
    both = (pack, replace(pack, id="football-hue"))
    with pytest.raises(BadValue) as refusal:
        choose(both, "football", "var", NEW)
    assert refusal.value.name == "several_packs"
    assert choose(both, "football", "var", NEW, pack="football-hue").pack.id == "football-hue"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_edition_and_format_of_every_pack_can_be_chosen(pack: Pack) -> None:
    for (name, edition), form in product(pack.editions.items(), pack.formats):
        rules = choose(PACKS, pack.sport, form.id, edition.valid_from)
        assert rules.edition_id == name
        assert rules.protocol.leaving(rules.protocol.start)
        for situation in rules.situations.values():
            kinds = {question.kind for question in rules.questions(situation)}
            assert bool(rules.procedures(kinds)) == situation.reviewable
            assert rules.sources(situation.sources)


# ------------------------------------------------------------------ the four gates in football

RED = "second_caution_wrong"
CATEGORY = {
    # situation, day, format, adopted options -> reason of the category gate
    (RED, OLD, "var", ()): "outside_categories",
    (RED, OLD, "var_light", ()): "outside_categories",
    (RED, OLD, "fvs", ()): "outside_categories",
    (RED, NEW, "var", ()): "in_category",
    (RED, NEW, "var_light", ()): "in_category",
    (RED, NEW, "fvs", ()): "outside_categories",
    ("second_caution_missed", OLD, "var", ()): "outside_categories",
    ("second_caution_missed", NEW, "var", ()): "outside_categories",
    ("second_caution_missed", NEW, "var", ("corner_kick",)): "outside_categories",
    ("second_caution_missed", NEW, "fvs", ()): "outside_categories",
    ("wrong_player", OLD, "var", ()): "in_category",
    ("wrong_player", NEW, "fvs", ()): "in_category",
    ("wrong_team", OLD, "var", ()): "outside_categories",
    ("wrong_team", NEW, "var", ()): "in_category",
    ("wrong_team", NEW, "var_light", ()): "in_category",
    ("wrong_team", NEW, "fvs", ()): "outside_categories",
    ("corner_kick", OLD, "var", ()): "outside_categories",
    ("corner_kick", NEW, "var", ()): "option_not_adopted",
    ("corner_kick", NEW, "var", ("corner_kick",)): "in_category",
    ("corner_kick", NEW, "var_light", ("corner_kick",)): "in_category",
    ("corner_kick", NEW, "fvs", ("corner_kick",)): "outside_categories",
    ("penalty_foul", OLD, "var", ()): "in_category",
    ("goal_offside", NEW, "fvs", ()): "in_category",
    ("throw_in", NEW, "var", ()): "outside_categories",
    ("caution", NEW, "var", ()): "outside_categories",
    (None, NEW, "var", ()): "situation_unknown",
}


@pytest.mark.parametrize("case", CATEGORY, ids=str)
def test_the_category_gate(case: tuple[str | None, date, str, tuple[str, ...]]) -> None:
    situation, on, form, options = case
    rules = football(on, form, *options)
    gate = gates(rules, situation, READY).category
    assert gate.reason == CATEGORY[case]
    answer = {"in_category": Answer.OK, "situation_unknown": Answer.UNKNOWN}.get(gate.reason, Answer.FAILED)
    assert gate.answer is answer
    for name in gate.sources:  # the rule's sources are those of its own edition
        assert rules.pack.sources[name].editions in ((), (rules.edition_id,))
    assert gate.sources or situation is None


AFTER = {
    "red_violent_conduct",
    "red_spitting_biting",
    "red_offensive_action",
    "wrong_player",
    "wrong_team",
}


@pytest.mark.parametrize("on", [OLD, NEW])
@pytest.mark.parametrize("form", ["var", "var_light"])
def test_after_the_restart_only_identity_and_the_gravest_acts_are_left(on: date, form: str) -> None:
    rules = football(on, form)
    late = replace(READY, restarted=True)
    open_after = {
        name
        for name, situation in rules.situations.items()
        if situation.reviewable and gates(rules, name, late).time.answer is Answer.OK
    }
    assert open_after == (AFTER if on == NEW else AFTER - {"wrong_team"})
    for name in set(rules.situations) - open_after:
        if not rules.situations[name].immediate and rules.situations[name].reviewable:
            assert gates(rules, name, late).time == Gate(
                Answer.FAILED, "after_restart", gates(rules, name, late).time.sources
            )
            assert gates(rules, name, READY).time.reason == "before_restart"
            assert gates(rules, name, replace(READY, restarted=None)).time.reason == "restart_unknown"


@pytest.mark.parametrize(
    ("restarted", "delays", "answer", "reason"),
    [
        (False, False, Answer.OK, "before_restart"),
        (False, True, Answer.FAILED, "would_delay"),
        (True, False, Answer.FAILED, "after_restart"),
        (False, None, Answer.UNKNOWN, "delay_unknown"),
        (None, False, Answer.UNKNOWN, "restart_unknown"),
        (None, True, Answer.FAILED, "would_delay"),
    ],
)
def test_a_corner_kick_is_put_right_at_once_or_not_at_all(
    restarted: bool | None, delays: bool | None, answer: Answer, reason: str
) -> None:
    rules = football(NEW, "var", "corner_kick")
    found = gates(rules, "corner_kick", replace(READY, restarted=restarted, delays_restart=delays))
    assert (found.time.answer, found.time.reason) == (answer, reason)
    assert found.category.answer is Answer.OK  # the time is another gate


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        ({"clear_error": True}, "threshold_met"),
        ({"missed_incident": True}, "threshold_met"),
        ({"clear_error": True, "missed_incident": False}, "threshold_met"),
        ({"clear_error": False, "missed_incident": False}, "below_threshold"),
        ({"clear_error": False}, "threshold_unknown"),
        ({}, "threshold_unknown"),
    ],
)
def test_the_threshold_gate(judged: dict[str, bool], reason: str) -> None:
    assert gates(football(NEW), "penalty_foul", replace(READY, thresholds=judged)).threshold.reason == reason


def test_a_corner_kick_needs_a_clear_error_and_nothing_else_will_do() -> None:
    rules = football(NEW, "var", "corner_kick")
    judged = replace(READY, thresholds={"clear_error": False, "missed_incident": True})
    assert gates(rules, "corner_kick", judged).threshold.reason == "below_threshold"


@pytest.mark.parametrize(
    ("situation", "questions", "procedure", "reason"),
    [
        ("penalty_foul", None, "on_field_review", "procedure_fits"),
        ("penalty_foul", None, "var_only", "other_procedure"),
        ("penalty_foul", ("intensity",), "var_only", "other_procedure"),
        ("penalty_foul", ("contact",), "var_only", "procedure_fits"),
        ("penalty_place", None, "var_only", "procedure_fits"),
        ("penalty_place", None, "on_field_review", "procedure_fits"),
        ("goal_offside", None, "var_only", "other_procedure"),
        ("goal_offside", ("offside_position",), "var_only", "procedure_fits"),
        ("goal_offside", ("offside_involvement",), "var_only", "other_procedure"),
        ("goal_line", None, "var_only", "procedure_fits"),
        ("goal_line", None, None, "procedure_open"),
        (None, None, "var_only", "procedure_open"),
    ],
)
def test_the_procedure_follows_the_question_in_doubt(
    situation: str | None, questions: tuple[str, ...] | None, procedure: str | None, reason: str
) -> None:
    facts = replace(READY, questions=questions, procedure=procedure)
    found = gates(football(NEW), situation, facts)
    assert found.procedure.reason == reason
    if situation == "penalty_foul" and questions != ("contact",):
        assert found.procedures == ("on_field_review",)


@pytest.mark.parametrize(("decided", "reason"), [(None, "decision_unknown"), (False, "no_decision")])
def test_nothing_is_reviewed_before_the_referee_decided(decided: bool | None, reason: str) -> None:
    facts = replace(READY, decision_made=decided, procedure="var_only")
    assert gates(football(NEW), "goal_line", facts).procedure.reason == reason


def test_the_gates_fail_apart() -> None:
    facts = Facts(decision_made=False, restarted=True, delays_restart=False, thresholds={"clear_error": False})
    found = gates(football(NEW), "corner_kick", facts)
    assert answers(found) == ("option_not_adopted", "after_restart", "below_threshold", "no_decision")
    assert answers(gates(football(NEW), None, Facts())) == (
        "situation_unknown",
        "restart_unknown",
        "threshold_unknown",
        "decision_unknown",
    )


def test_a_coach_asks_before_the_restart_even_where_a_var_could_look_later() -> None:
    rules = football(NEW, "fvs")
    assert gates(rules, "red_violent_conduct", READY).time.answer is Answer.OK
    assert gates(rules, "red_violent_conduct", replace(READY, restarted=True)).time.reason == "after_restart"


@pytest.mark.parametrize(
    ("ask", "facts"),
    [
        ("offside", Facts()),
        ("goal_line", Facts(questions=("colour",))),
        ("goal_line", Facts(request="coach")),
    ],
)
def test_a_name_that_is_nowhere_in_the_pack_is_refused(ask: str, facts: Facts) -> None:
    with pytest.raises(NotFound):
        gates(football(NEW), ask, facts)


# ------------------------------------------------------------------ other sports


@pytest.mark.parametrize(
    ("after_s", "restarted", "reason"),
    [
        (0.0, False, "before_restart"),
        (5.0, False, "before_restart"),
        (5.1, False, "window_over"),
        (None, False, "window_unknown"),
        (2.0, True, "after_restart"),
        (2.0, None, "restart_unknown"),
    ],
)
def test_a_challenge_in_volleyball_has_its_window(after_s: float | None, restarted: bool | None, reason: str) -> None:
    rules = choose(PACKS, "volleyball", "challenge", NEW)
    found = gates(rules, "block_touch", Facts(asked_after_s=after_s, restarted=restarted)).time
    assert found.reason == reason


@pytest.mark.parametrize(
    ("request_id", "moments", "reason"),
    [
        ("referees", frozenset(), "wrong_moment"),
        ("referees", frozenset({"period_end"}), "wrong_moment"),
        ("referees", frozenset({"last_two_minutes"}), "right_moment"),
        ("referees", None, "moment_unknown"),
        ("coach", frozenset(), "before_first_stop"),
        (None, frozenset({"last_two_minutes"}), "request_unknown"),
        (None, frozenset(), "request_unknown"),  # a coach may have asked
    ],
)
def test_basketball_binds_referees_to_moments_and_the_challenge_to_none(
    request_id: str | None, moments: frozenset[str] | None, reason: str
) -> None:
    rules = choose(PACKS, "basketball", "irs", NEW)
    facts = Facts(first_stop_over=False, request=request_id, moments=moments)
    assert gates(rules, "out_of_bounds", facts).time.reason == reason


def test_karate_looks_for_a_missed_score_of_ones_own_and_nothing_else() -> None:
    rules = choose(PACKS, "karate", "video_review", NEW)
    assert {name for name, each in rules.situations.items() if each.reviewable} == {"missed_score"}
    assert rules.format.cameras_least == 2


def test_quotas_are_those_of_the_sources() -> None:
    quotas = {
        (pack.sport, form.id, request.id): (request.quota, request.per and request.per.value, request.extra_time)
        for pack in PACKS
        for form in pack.formats
        for request in form.requests
    }
    assert quotas == {
        ("football", "fvs", "coach"): (2, "match", 1),
        ("volleyball", "challenge", "team"): (2, "set", 0),
        ("taekwondo", "ivr", "coach"): (1, "match", 0),
        ("karate", "video_review", "coach"): (1, "phase", 0),
        ("badminton", "irs", "player"): (2, "match", 0),
        ("badminton", "irs", "umpire"): (None, None, 0),
        ("basketball", "irs", "coach"): (1, "match", 0),
        ("basketball", "irs", "referees"): (None, None, 0),
    }


# ------------------------------------------------------------------ laws that hold for every pack

BOOKS = [
    choose(PACKS, pack.sport, form.id, edition.valid_from, [o for o, e in pack.options.items() if name in e.editions])
    for pack in PACKS
    for name, edition in pack.editions.items()
    for form in pack.formats
]
MAYBE = st.sampled_from([None, True, False])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rulebook, str | None, Facts]:
    rules = draw(st.sampled_from(BOOKS))
    situation = draw(st.sampled_from([None, *sorted({each.id for each in rules.pack.situations})]))
    facts = Facts(
        decision_made=draw(MAYBE),
        restarted=draw(MAYBE),
        first_stop_over=draw(MAYBE),
        delays_restart=draw(MAYBE),
        moments=draw(
            st.none()
            | st.sets(st.sampled_from(["period_end", "last_two_minutes"]))
            .map(rules.pack.moments.keys().__and__)
            .map(frozenset)
        ),
        request=draw(st.sampled_from([None, *(each.id for each in rules.format.requests)])),
        asked_after_s=draw(st.none() | st.floats(0, 20)),
        thresholds=draw(st.dictionaries(st.sampled_from(sorted(rules.pack.thresholds)), st.booleans())),
        procedure=draw(st.sampled_from([None, *sorted(rules.pack.procedures)])),
    )
    return rules, situation, facts


@settings(max_examples=300, deadline=None)
@given(cases())
def test_every_answer_has_a_reason_that_can_be_said_and_a_source(case: tuple[Rulebook, str | None, Facts]) -> None:
    rules, situation, facts = case
    found = gates(rules, situation, facts)
    for gate in (found.category, found.time, found.threshold, found.procedure):
        for lang in LANGUAGES:
            assert gate.reason in catalogue("var", "rules", lang)["reason"]
        assert set(gate.sources) <= set(rules.pack.sources)
        assert gate.sources or gate.reason == "situation_unknown"


KNOWN = (
    "decision_made",
    "restarted",
    "first_stop_over",
    "delays_restart",
    "moments",
    "request",
    "asked_after_s",
    "procedure",
)


@settings(max_examples=300, deadline=None)
@given(cases(), st.sets(st.sampled_from(KNOWN)), st.booleans())
def test_what_a_gate_said_knowing_less_it_says_knowing_more(
    case: tuple[Rulebook, str | None, Facts], forgotten: set[str], judged: bool
) -> None:
    rules, situation, facts = case
    less = replace(facts, **dict.fromkeys(forgotten), thresholds=facts.thresholds if judged else {})
    before, after = gates(rules, situation, less), gates(rules, situation, facts)
    assert before.category == after.category  # it hangs on the rules alone
    for name in ("time", "threshold", "procedure"):
        said = getattr(before, name).answer
        assert said in (Answer.UNKNOWN, getattr(after, name).answer), name


def test_every_reason_in_the_catalogue_is_given_by_some_case() -> None:
    told: set[str] = set()
    for rules in BOOKS:
        # Bare: nothing adopted, no limit by the format, so that each limit of a situation or request shows alone.
        form = replace(rules.format, until=None, requests=rules.format.requests[-1:])
        bare = replace(rules, adopted=frozenset(), format=form)
        free = replace(bare, adopted=rules.adopted, format=replace(form, requests=()))
        asked = [None, *(each.id for each in form.requests)]
        for book, situation, known, late, request in product(
            (rules, bare, free), [None, *sorted(rules.situations)], (None, True, False), (None, 1.0, 99.0), asked
        ):
            facts = Facts(
                decision_made=None if late is None else late > 1,
                restarted=known,
                first_stop_over=known,
                delays_restart=known,
                moments=None
                if late is None
                else frozenset({"last_two_minutes"} & rules.pack.moments.keys() if late > 1 else ()),
                request=request if book.format.requests else None,
                asked_after_s=late,
                thresholds={} if known is None else dict.fromkeys(rules.pack.thresholds, known),
                procedure=None if known is None else next(iter(rules.pack.procedures)),
            )
            told |= set(answers(gates(book, situation, facts)))
    assert told == set(catalogue("var", "rules", "vi")["reason"])


def test_a_format_without_any_limit_of_time_says_so() -> None:
    rules = football(NEW)
    free = replace(rules, format=replace(rules.format, until=None))
    assert gates(free, "goal_line", READY).time.reason == "no_time_limit"


# ------------------------------------------------------------------ packs of one's own


def test_a_pack_of_ones_own_is_found_and_hides_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "vovinam.toml").write_text(documented(), "utf-8")
    (folder / "zz.toml").write_text(documented(), "utf-8")
    (folder / "broken.toml").write_text("id = 3", "utf-8")
    (folder / "mine.toml").write_text(documented().replace('id = "vovinam"', 'id = "football"', 1), "utf-8")
    (folder / "readme.txt").write_text("no pack", "utf-8")
    found = shelf(tmp_path)
    origins = {pack.id: origin for origin, pack in found.packs}
    assert origins["vovinam"] == str(folder / "vovinam.toml")
    assert origins["football"] == str(folder / "mine.toml")
    assert origins["karate"] == "shipped"
    assert {Path(file).name: fault.name for file, fault in found.refused} == {
        "broken.toml": "bad_pack",
        "zz.toml": "pack_twice",
    }
    rules = choose(found.all(), "vovinam", "card", NEW, pack="vovinam")
    assert answers(gates(rules, "style", Facts()))[0] == "outside_categories"
    assert gates(rules, "missed_score", Facts(asked_after_s=3, restarted=False)).time.answer is Answer.OK


def test_without_a_folder_of_ones_own_there_are_the_shipped_packs(tmp_path: Path) -> None:
    assert shelf(tmp_path / "nothing").all() == PACKS


def test_what_a_judgement_among_facts_needs_is_what_a_judgement_needs() -> None:
    rules = football(NEW)
    assert rules.procedures({Kind.FACTUAL}) == ("var_only", "on_field_review")
    assert rules.procedures({Kind.FACTUAL, Kind.SUBJECTIVE}) == rules.procedures({Kind.SUBJECTIVE})
    assert rules.procedures(()) == ()
    assert isinstance(rules.situation("goal_line"), Situation)


def test_the_documented_pack_reads() -> None:
    assert read_pack(documented()).id == "vovinam"


@pytest.mark.parametrize(
    "facts",
    [
        replace(READY, moments=frozenset({"extra tyme"})),
        replace(READY, thresholds={"clear error": True}),
        replace(READY, procedure="on_feild_review"),
    ],
)
def test_a_misspelt_fact_shuts_no_gate(facts: Facts) -> None:
    rules = football(NEW)
    with pytest.raises(NotFound) as refusal:
        gates(rules, None, facts)
    assert refusal.value.name == "no_such_rule_name"
