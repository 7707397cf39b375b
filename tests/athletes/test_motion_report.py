"""Papers about trials: the PDF read page by page in both languages, its stills and curves, what it does not tell."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from measured_trials import measured_trial, seen

from athletes.archive import Archive
from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement, Side
from athletes.kinematics.settings import JOINTS, Settings
from athletes.model import Athlete
from athletes.motion.found import keep_analysis
from athletes.motion.model import Trial
from athletes.motion.naming import decimals_for, told, told_whole
from athletes.motion.stills import SIZE_PX, shown_events, stills_of
from athletes.motion.trials import Trials
from athletes.paper.drawing import levels
from athletes.paper.motion_charts import MOST_POINTS, Line, curve_chart
from athletes.paper.motion_comparing import shared_events
from athletes.paper.motion_facts import MotionFacts, gather_trial, mean_of, pairs_of
from athletes.paper.motion_measured import measured_part, setting_words
from athletes.paper.motion_words import how_measured, rate_of
from athletes.paper.motion_writing import page_pictures, report_bytes, write_report
from athletes.people.consent import Consents
from athletes.people.standing import Asking, NoConsent, Rules, Scope, keep_rules
from athletes.pose.noise import TABLE
from touchline.access import Act, lines_of
from touchline.errors import BadFile, BadValue, NotFound
from touchline.footage import open_footage
from touchline.i18n import LANGUAGES, find
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.rights import NotAllowed, Person, Role

WRITTEN = "2026-11-30T09:00:00+00:00"


def text_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    finally:
        document.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trials, Trial, Trial]:
    """Two measured jumps of one athlete."""
    folder = tmp_path_factory.mktemp("report")
    archive = Archive(folder / "home")
    athlete = archive.save_athlete(Athlete("", "Nguyễn Thị Ánh"))
    made = [
        measured_trial(archive, folder, name=f"Bật nhảy {place + 1}", athlete_id=athlete.id, seed=place, rise_m=rise)
        for place, rise in enumerate((0.30, 0.45))
    ]
    return Trials(archive), made[0], made[1]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_paper_of_one_trial_tells_what_was_measured_and_what_it_cannot(
    kept: tuple[Trials, Trial, Trial], lang: str
) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    pdf = report_bytes(trials, [facts], lang, written_utc=WRITTEN)
    assert pdf == report_bytes(trials, [facts], lang, written_utc=WRITTEN)  # the same bytes for the same words
    said = text_of(pdf)
    height = next(one for one in facts.analysis.findings if one.key == "height_by_time")
    value, error, unit = told(height.measured, height.key, lang)
    assert unit == "cm"
    assert f"{value} ± {error} cm" in said  # in large letters
    assert f"{value} ± {error} cm" != told_whole(height.measured, height.key, "en" if lang == "vi" else "vi")
    shared = ["Bật nhảy 1", "Nguyễn Thị Ánh", "Máy 1", "320 × 180", trial.shots[0].shot.sha256[:12]]
    own = {
        "vi": ["MÔ PHỎNG", "không phải số đo của một người", "03/11/2026", "Ảnh tĩnh", "Góc gối (°)",
               "Đo như thế nào", "Một máy quay chỉ thấy một mặt phẳng", "một độ dài biết trước"],
        "en": ["SIMULATED", "not measurements of a person", "2026-11-03", "Stills", "Knee angle (°)",
               "How it was measured", "One camera sees a plane", "a known length"],
    }[lang]  # fmt: skip
    missing = [words for words in [*shared, *own] if words not in said]
    assert not missing, said
    assert "athletes." not in said
    for frame in {event.frame for event in shown_events(facts.analysis, facts.track)}:
        assert re.search(rf"(khung hình|frame) {frame} ·", said)
    acts = [line.act for line in lines_of(trials.archive.store, trial.athlete_id or "")]
    assert Act.EXPORTED in acts


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_two_trials_stand_beside_each_other_with_the_error_of_their_difference(
    kept: tuple[Trials, Trial, Trial], lang: str
) -> None:
    trials, one, other = kept
    facts = [gather_trial(trials, each.id) for each in (one, other)]
    said = text_of(report_bytes(trials, facts, lang, written_utc=WRITTEN))
    assert {"vi": "A và B cạnh nhau", "en": "A and B beside each other"}[lang] in said
    flights = [next(f.measured for f in each.analysis.findings if f.key == "flight_time") for each in facts]
    assert all(flight is not None for flight in flights)
    a, b = (told_whole(flight, "flight_time", lang) for flight in flights)
    assert f"{a} {b}" in said
    sigma = float(np.hypot(flights[0].sigma, flights[1].sigma))  # type: ignore[union-attr]
    apart = Measurement(flights[1].value - flights[0].value, sigma, "s", "x")  # type: ignore[union-attr]
    # 45 cm against 30 cm of rise are 0.61 s against 0.49 s in the air; the errors are some 5 ms
    clear = {"vi": "vượt sai số", "en": "beyond the error"}[lang]
    assert f"{told_whole(apart, 'flight_time', lang, sign=True)} {clear}" in said
    assert "athletes." not in said


def test_the_pages_can_be_looked_at_and_hold_the_stills(kept: tuple[Trials, Trial, Trial]) -> None:
    trials, trial, _ = kept
    pages = page_pictures([gather_trial(trials, trial.id)], "vi")
    first = cv2.imdecode(np.frombuffer(pages[0], np.uint8), cv2.IMREAD_COLOR)
    assert first is not None
    orange, blue = (np.abs(first.astype(int) - ink).max(axis=2).min() for ink in ((28, 159, 255), (255, 160, 58)))
    assert max(orange, blue) < 40  # the skeletons' two colours


def test_stills_show_their_event_at_one_scale_with_the_angles_of_that_frame(kept: tuple[Trials, Trial, Trial]) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    footage = open_footage(facts.path)
    events = shown_events(facts.analysis, facts.track)
    assert [event.key for event in events] == ["lowest", "take_off", "top", "landing"]
    stills = stills_of(footage, facts.track, facts.analysis, events, ({Side.LEFT: "L", Side.RIGHT: "R"}, ""))
    for still in stills:
        picture = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape[1::-1] == SIZE_PX
        knee = next(
            c for c in facts.analysis.curves if c.key == "knee" and still.angles[0].startswith(c.side[0].upper())
        )
        assert any(said.endswith(f" {knee.value[still.event.frame]:.0f}°") for said in still.angles)
    outside = replace(events[0], frame=100_000)
    assert stills_of(footage, facts.track, facts.analysis, [outside], ({}, "")) == []
    nobody = stills_of(footage, None, facts.analysis, events[:1], ({}, ""))
    assert nobody[0].angles == ()
    footage.close()


def test_who_withdrew_consent_is_on_no_paper(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "home")
    athlete = archive.save_athlete(Athlete("", "An"))
    trial = measured_trial(archive, tmp_path, athlete_id=athlete.id, movement=Movement.SQUAT, fps=10)
    trials = Trials(archive)
    facts = gather_trial(trials, trial.id)
    out = tmp_path / "out"
    for scope, refusal in ((Scope.SHARING, NoConsent), (Scope.VIDEO, NotFound)):
        Consents(archive).withdraw(athlete.id, [scope], trial.day)
        with pytest.raises(refusal):
            gather_trial(trials, trial.id)
        with pytest.raises(NoConsent):  # also where it was gathered before
            write_report(trials, [facts], out / "a.pdf", "vi")
        Consents(archive).give(athlete.id, [scope], trial.day)
    keep_rules(archive.store, Rules(consent=Asking.REQUIRE))
    fresh = archive.save_athlete(Athlete("", "Bình"))
    Consents(archive).give(fresh.id, [Scope.VIDEO], trial.day)
    other = measured_trial(archive, tmp_path, name="b", athlete_id=fresh.id, movement=Movement.SQUAT, fps=10)
    with pytest.raises(NoConsent) as fault:  # filmed with consent, but nobody said that it may be handed on
        gather_trial(trials, other.id)
    assert all(fault.value.detail(lang) for lang in ("vi", "en"))
    assert not out.exists()
    with pytest.raises(NotAllowed):
        gather_trial(Trials(Archive(tmp_path / "home", Person("p", "P", frozenset({Role.REFEREE})))), trial.id)


def test_a_report_is_private_whole_or_not_there(kept: tuple[Trials, Trial, Trial], tmp_path: Path) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    path = write_report(trials, [facts], tmp_path / "a.pdf", "en")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(BadValue):
        write_report(trials, [facts], tmp_path / "a.docx", "en")
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(BadFile):
        write_report(trials, [facts], tmp_path / "file" / "a.pdf", "en")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.pdf", "file"]


def test_what_was_not_measured_stands_there_with_its_reason(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "home")
    trial = measured_trial(archive, tmp_path, movement=Movement.SQUAT, fps=10, origin=Origin.IMPORTED)
    trials = Trials(archive)
    nothing = Analysis(Movement.SQUAT, (Finding("depth", None, reasons=("joint_not_seen",)),), (), (), ("dark",))
    keep_analysis(trials, trial.id, nothing, camera_id="cam1", recipe="x")
    trials.change(replace(trials.trial(trial.id), notes="#heading[bẫy] *đau* $x$"))
    facts = gather_trial(trials, trial.id)
    said = text_of(report_bytes(trials, [facts], "en"))
    assert "Not measured" in said
    assert "SIMULATED" not in said
    assert "#heading[bẫy] *đau* $x$" in said  # people's texts are data, never a part of the template
    assert "Stills" not in said  # nothing to show, and no empty heading
    with pytest.raises(NotFound):
        gather_trial(trials, trial.id, "cam2")
    fresh = trials.add("c", Movement.CMJ, trial.day, [(trials.folder(trial.id) / trial.shots[0].shot.file, "c")])
    with pytest.raises(NotFound) as fault:
        gather_trial(trials, fresh.id)
    assert fault.value.code == "athletes.errors.trial_not_measured"


# ------------------------------------------------------------------ numbers and curves


def measured(value: float, sigma: float, unit: str = "s") -> Measurement:
    return Measurement(value, sigma, unit, "m")


def test_left_and_right_differ_only_beyond_the_error_of_their_difference() -> None:
    def of(side: Side, *values: float, key: str = "contact_time") -> list[Finding]:
        return [Finding(key, measured(v, 0.004), side=side, number=i + 1) for i, v in enumerate(values)]

    apart, alike = (pairs_of([*of(Side.LEFT, 0.20, 0.20), *of(Side.RIGHT, *right)])[0] for right in ((0.22,), (0.205,)))
    # sigma of a mean of two 4 ms is 2.83 ms, of the difference to one of 4 ms 4.9 ms: its 95 % interval is 9.6 ms
    assert apart.apart.sigma == pytest.approx(0.004899, abs=1e-6)
    assert (apart.clear, alike.clear) == (True, False)
    assert apart.apart.value == pytest.approx(-0.02)
    assert apart.count == (2, 1)
    assert pairs_of(of(Side.LEFT, 0.2)) == []
    spread = mean_of([measured(v, 0.001) for v in (0.1, 0.2, 0.3)])
    assert spread.sigma == pytest.approx(0.1 / np.sqrt(3))  # their spread says more than their own errors


@pytest.mark.parametrize(
    ("value", "key", "lang", "said"),
    [
        (measured(0.3821, 0.0061, "m"), "height_by_time", "vi", "38,2 ± 1,2 cm"),
        (measured(1.234, 0.02, "m"), "step_length", "en", "1.234 ± 0.039 m"),
        (measured(0.2104, 0.0034), "contact_time", "en", "210.4 ± 6.7 ms"),
        (measured(93.4, 2.0, "deg"), "depth", "vi", "93,4 ± 3,9°"),
        (measured(3, 0, "count"), "repetitions", "vi", "3"),
        (measured(-0.012, 0.004, "m"), "height_difference", "en", "\u22121.20 ± 0.78 cm"),
        (None, "x", "en", "–"),
    ],
)
def test_numbers_show_two_digits_of_their_error(value: Measurement | None, key: str, lang: str, said: str) -> None:
    assert told_whole(value, key, lang) == said


def test_the_engine_is_named_without_its_checksums_and_the_rate_is_the_cameras(
    kept: tuple[Trials, Trial, Trial],
) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    assert rate_of(facts) == pytest.approx(60, rel=1e-3)
    track = replace(
        seen(Movement.SQUAT, 10), origin=Origin.INFERRED, method="crops 2 person_ssd@d0a5 pose_full@ea70 people=2"
    )
    real = replace(facts, trial=replace(trial, origin=Origin.IMPORTED), track=track)
    assert how_measured(real, "en").endswith("Body points: each person by themselves (SSD), model Accurate.")
    assert how_measured(replace(real, track=replace(track, method="x")), "vi").endswith("Điểm cơ thể: x.")
    for nameless in ("", " "):  # a points file may say nothing
        assert measured_part(replace(real, track=replace(track, method=nameless)), "vi")["rows"]


def test_settings_stand_in_words_with_their_unit(kept: tuple[Trials, Trial, Trial]) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    method = "mediapipe 1.2.2 pose_heavy@0123abcd people=3"
    assert facts.track is not None
    facts = replace(facts, track=replace(facts.track, method=method))
    rows = {lang: dict(measured_part(facts, lang)["rows"]) for lang in LANGUAGES}
    assert (
        rows["vi"]["Điểm cơ thể"] == "MediaPipe 1.2.2, mô hình Chính xác nhất, pose_heavy@0123abcd, nhiều nhất 3 người"
    )
    assert rows["vi"]["Bộ lọc (Butterworth), tần số cắt"] == "6 Hz"
    assert rows["vi"]["Lấp khoảng trống đến"] == "100 ms"
    assert rows["vi"]["Điểm được tính là thấy từ"] == "30 %"
    assert rows["vi"]["Nhiễu của các điểm"] == "như đã đo ở mô hình Chính xác"
    assert rows["vi"]["Hướng mặt"] == "tự nhận ra"
    assert rows["en"]["“up” is known to within"] == "± 1°"
    assert rows["en"]["Scale"].endswith("mm, by a known length")
    assert "Đếm theo góc của" not in rows["vi"]  # nothing is counted in a jump
    for field in fields(Settings):  # whatever somebody may set has a name and its words
        for lang in LANGUAGES:
            values = JOINTS if field.name == "joint" else TABLE if field.name == "noise_model" else (1,)
            for value in values:
                said = setting_words(field.name, value, lang)
                assert find(f"athletes.motion_paper.setting.{field.name}", lang)
                assert said
                assert said != str(value) or (field.name, lang) == ("joint", "en")
    assert setting_words("treadmill_mps", 3.0, "vi") == "10,8 km/h"
    assert setting_words("cutoff_hz", 120.0, "en") == "120 Hz"  # no zero of a whole number is cut away


def test_decimals_follow_the_error() -> None:
    assert [decimals_for(half) for half in (120, 12, 1.2, 0.12, 0.0012, 0, float("nan"))] == [0, 0, 1, 2, 3, 0, 0]


def line(value: np.ndarray, sigma: float = 1.0) -> Line:
    return Line("a", "#000000", "none", np.arange(len(value)) / 10, value.astype(float), np.full(len(value), sigma))


def test_a_gap_parts_the_line_and_the_band() -> None:
    value = np.linspace(10, 20, 40)
    whole = curve_chart([line(value)], [(1.0, "1")], ("knee", "time"), "en")
    assert (whole.count("<polyline"), whole.count("<polygon")) == (1, 1)
    value[15:20] = np.nan
    parted = curve_chart([line(value)], [(1.0, "1"), (99.0, "9")], ("knee", "time"), "en")
    assert (parted.count("<polyline"), parted.count("<polygon")) == (2, 2)
    assert ">1<" in parted
    assert ">9<" not in parted  # an instant outside of it
    assert curve_chart([line(np.full(5, np.nan))], [], ("knee", "time"), "en") == ""
    assert "NaN" not in curve_chart([line(np.full(9, 3.0), float("nan"))], [], ("knee", "time"), "en")


def test_names_of_marks_that_are_near_each_other_stand_apart() -> None:
    svg = curve_chart([line(np.linspace(10, 20, 40))], [(0.51, "6"), (0.5, "5"), (0.2, "1")], ("knee", "time"), "en")
    at = {name: float(x) for x, name in re.findall(r'<text x="([\d.]+)"[^>]*>([156])</text>', svg)}
    assert at["1"] < at["5"] < at["6"]
    assert at["6"] - at["5"] >= 0.6 * 7.5  # a figure's width


def test_a_long_curve_keeps_its_peaks_and_gaps() -> None:
    value = np.zeros(100_000)
    value[54_321] = 80.0
    value[70_000:70_003] = np.nan
    svg = curve_chart([line(value, 0.0)], [], ("knee", "time"), "en")
    assert svg.count("<polyline") == 2
    drawn = [point.split(",") for run in re.findall(r'points="([^"]+)" fill="none"', svg) for point in run.split()]
    assert len(drawn) <= MOST_POINTS * 4 // 3 + 3
    heights = [float(y) for _, y in drawn]
    assert heights.count(min(heights)) == 1  # the one peak is there


def test_levels_are_round_and_inside() -> None:
    assert levels(3.2, 17.9) == [5.0, 10.0, 15.0]
    assert levels(-1.5, 1.5) == [-1.0, 0.0, 1.0]
    assert levels(2.0, 2.0) == [2.0]
    for low, high in ((0.001, 0.0043), (-300, 12), (1e5, 1.2e5)):
        found = levels(low, high)
        assert 1 <= len(found) <= 4
        assert all(low <= each <= high for each in found)


def test_shared_events_are_paired_by_kind_and_side() -> None:
    one = [Event("touch_down", t, 0.0, int(10 * t), side) for t, side in ((1.0, Side.LEFT), (2.0, Side.RIGHT))]
    other = [Event("touch_down", 5.0, 0.0, 50, Side.RIGHT), Event("toe_off", 6.0, 0.0, 60)]
    assert shared_events(one, other) == [(one[1], other[0])]


def test_stills_without_events_are_the_ends_of_the_usual_curve() -> None:
    n = 50
    value = 120 + 40 * np.sin(np.arange(n) / 8)
    curve = Curve("knee", "deg", np.arange(n) + 100, np.arange(n) / 30, value, np.ones(n), Side.LEFT)
    found = shown_events(Analysis(Movement.RANGE, (), (curve,), ()))
    assert [(event.key, event.frame) for event in found] == [
        ("highest", 100 + int(value.argmax())),
        ("lowest", 100 + int(value.argmin())),
    ]
    assert shown_events(Analysis(Movement.RANGE, (), (), ())) == []


def test_facts_are_simulated_where_pictures_or_points_are(kept: tuple[Trials, Trial, Trial]) -> None:
    trials, trial, _ = kept
    facts = gather_trial(trials, trial.id)
    plain = replace(trial, origin=Origin.IMPORTED)
    real = replace(seen(Movement.SQUAT, 10), origin=Origin.INFERRED)
    assert facts.simulated
    assert replace(facts, trial=plain).simulated
    assert not MotionFacts(plain, "", plain.shots[0], facts.path, facts.analysis, real, together=False).simulated
