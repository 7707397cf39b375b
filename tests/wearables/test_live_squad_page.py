"""The page of live squads, driven without a browser in both languages, and what the wall is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from live_rows import AN, BINH, CHI, STRAPS, Tape
from standing import standing
from streamlit.testing.v1 import AppTest

from touchline.i18n import catalogue
from touchline.origin import Origin
from wearables.export import write_export
from wearables.kept import Sessions, keep_rows
from wearables.live.reading import Look, Reading
from wearables.live.tables import tiles_of
from wearables.model import EventKind, MarkKind, SessionState, StrapState
from wearables.panels.finished import summary_csv, values_csv
from wearables.panels.palette import ON_ZONES, ZONES
from wearables.panels.wall_data import card_rows, wall_data
from wearables.panels.wall_part import reading
from wearables.record_words import reason_word

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def page(home: Path, lang: str, session_id: str | None = None, roles: str = "", withheld: str = "") -> AppTest:
    def script(home: str, lang: str, roles: str, withheld: str) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from wearables.model import Profile
        from wearables.panels.page import live_page

        person = Person("1", "An", frozenset(map(Role, roles.split(",")))) if roles else None

        def squad() -> list[Profile]:
            floors = (100.0, 120.0, 140.0, 160.0, 180.0)
            return [Profile("an", "Nguyễn *An*", hr_max_bpm=200, floors_bpm=floors), Profile("chi", "Lê Chi")]

        live_page(Path(home), lang, person, squad=squad, withheld=lambda one: one == withheld)

    given = {"home": str(home), "lang": lang, "roles": roles, "withheld": withheld}
    app = AppTest.from_function(script, kwargs=given, default_timeout=60)
    if session_id:
        app.query_params["session"] = session_id
    return app.run()


def words(app: AppTest) -> str:
    """Everything that the page says."""
    assert not app.exception
    parts = [item.value for kind in (app.markdown, app.info, app.error, app.warning, app.caption) for item in kind]
    parts += [item.label for kind in (app.button, app.selectbox, app.multiselect, app.expander) for item in kind]
    parts += [str(item.proto.body) for item in app.get("html")]
    return "\n".join(parts)


@LANGUAGES
def test_an_empty_page_says_how_to_begin(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang)
    said = words(app)
    assert ("Chưa có buổi nào" if lang == "vi" else "No sessions yet") in said
    assert ("Đai của Nguyễn" if lang == "vi" else "Strap of Nguyễn") in said
    assert ("1 người chưa có nhịp tim tối đa" if lang == "vi" else "1 of them have no maximal") in said
    assert "wearables.live" not in said
    assert app.button("live-begin").disabled  # no strap yet
    assert not app.button("live-try").disabled


@LANGUAGES
def test_who_may_only_look_is_told_why_and_starts_nothing(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang, roles="analyst")
    for key in ("live-begin", "live-try", "live-find"):
        assert app.button(key).disabled
    assert ("Huấn luyện viên" if lang == "vi" else "Coach").lower() in words(app).lower()


def ended(home: Path, state: SessionState = SessionState.ENDED) -> str:
    made = Sessions(home).create("Buổi <b>sáng</b>", STRAPS, (AN, BINH, CHI), {1: "an", 2: "binh"})
    tape = Tape().beats(0, 300, 150).beats(0, 300, 195, 2)
    tape.rows.sort(key=lambda row: row.at_ns)
    tape.event(300, EventKind.RUN, running=False)
    for k, row in enumerate(tape.rows, 1):
        object.__setattr__(row, "seq", k)
    with Sessions(home).store.write() as connection:
        keep_rows(connection, made.id, tape.rows)
        connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", (state.value, made.id))
    Sessions(home).mark(made.id, MarkKind.PHASE, 10**11, {"phase": "match"}, by="Thầy Minh")
    Sessions(home).mark(made.id, MarkKind.NOTE, 2 * 10**11, {"text": "đau [chân](x)"}, by="Thầy Minh")
    return made.id


@LANGUAGES
def test_a_session_that_is_over_is_a_report(tmp_path: Path, lang: str) -> None:
    session_id = ended(tmp_path)
    app = page(tmp_path, lang, session_id)
    said = words(app)
    assert "&lt;b&gt;sáng" in said  # a name is text, whatever it holds
    assert ("2 vận động viên" if lang == "vi" else "2 athletes") in said
    assert "đau \\[chân\\]\\(x\\)" in said
    (table,) = [frame.value for frame in app.dataframe if len(frame.value.columns) > 10]
    binh = table.iloc[1]
    assert binh.iloc[0] == "Trần Văn Bình"
    assert binh.iloc[2] == pytest.approx(5 * (155 / 160) * 0.64 * 2.718281828459045 ** (1.92 * 155 / 160), rel=1e-9)
    assert list(binh.iloc[6:14]) == [5, 0, 0, 0, 0, 0, 0, 100]
    alarms = [frame.value for frame in app.dataframe if len(frame.value.columns) == 5]
    assert ("trên ngưỡng" if lang == "vi" else "above the limit") in alarms[0].to_string()
    assert "wearables.live" not in said


def test_the_files_of_a_session_tell_nothing_of_who_withdrew(tmp_path: Path) -> None:
    session_id = ended(tmp_path)
    write_export(tmp_path, session_id)
    assert len(page(tmp_path, "en", session_id).get("download_button")) == 3
    app = page(tmp_path, "en", session_id, withheld="binh")
    assert "consent was withdrawn or is missing: Trần Văn Bình" in words(app)
    assert len(app.get("download_button")) == 2  # the table of packets is everybody's
    fold = reading(tmp_path, session_id).fold()
    tiles = tiles_of(fold, fold.instant(0))
    for kept_in, count in ((set[str](), 300), ({"binh"}, 0)):
        whole, every = (one.decode("utf-8-sig") for one in (summary_csv(tiles, kept_in), values_csv(fold, 0, kept_in)))
        assert ("Bình" in whole) is bool(count)
        assert every.count("binh,") == count
        assert every.count("an,") >= 300


@LANGUAGES
def test_a_session_that_is_over_is_kept_as_training_once(tmp_path: Path, lang: str) -> None:
    session_id = ended(tmp_path)
    key = f"live-keep-{session_id}"
    app = page(tmp_path, lang, session_id)
    app.button(key).click().run()
    assert any("Nguyễn" in each.value for each in app.warning)  # training does not know them
    app.checkbox(f"{key}-enrol").check()
    app.button(key).click().run()
    assert ("đã lưu thành buổi tập" if lang == "vi" else "kept as a training session") in words(app)
    app.button(key).click().run()
    assert ("đã lưu từ trước" if lang == "vi" else "was kept already") in words(app)
    assert page(tmp_path, lang, session_id, roles="analyst").button(key).disabled


def test_a_session_that_broke_off_can_be_taken_up_again_by_who_may(tmp_path: Path) -> None:
    session_id = ended(tmp_path, SessionState.GONE)
    assert not page(tmp_path, "vi", session_id, "coach").button(f"live-resume-{session_id}").disabled
    assert page(tmp_path, "vi", session_id, "analyst").button(f"live-resume-{session_id}").disabled


def test_a_session_that_broke_off_can_be_ended_as_it_is(tmp_path: Path) -> None:
    session_id = ended(tmp_path, SessionState.GONE)
    assert page(tmp_path, "vi", session_id, "analyst").button(f"live-conclude-{session_id}").disabled
    app = page(tmp_path, "vi", session_id, "coach")
    app.button(f"live-conclude-{session_id}").click().run()
    assert Sessions(tmp_path).session(session_id).state is SessionState.ENDED
    assert f"live-conclude-{session_id}" not in {button.key for button in app.button}


@LANGUAGES
def test_what_is_no_address_of_a_strap_begins_nothing(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang)
    app.session_state["live-found"] = {"abc": "", "c0ffee000007": ""}  # as typed: here only what stands there is chosen
    app.run()
    app.selectbox("live-strap-an").set_value("abc").run()
    assert "“abc”" in words(app)
    assert app.button("live-begin").disabled
    app.selectbox("live-strap-an").set_value("c0ffee000007").run()
    assert "“abc”" not in words(app)
    assert not app.button("live-begin").disabled


@LANGUAGES
def test_a_squad_is_read_from_a_list_and_its_faults_are_said(tmp_path: Path, lang: str) -> None:
    app = page(tmp_path, lang)
    app.file_uploader("live-list").set_value(
        ("doi.csv", "Họ tên;Địa chỉ đai\nĐặng Thu;abc\n".encode(), "text/csv")
    ).run()
    assert "abc" in words(app)
    assert "live-list-begin" not in {button.key for button in app.button}
    good = "Họ tên;Địa chỉ đai;Nhóm\nĐặng Thu;C0:FF:EE:00:00:01;A\n".encode()
    app.file_uploader("live-list").set_value(("doi.csv", good, "text/csv")).run()
    assert not app.button("live-list-begin").disabled


def test_a_session_that_is_not_there_is_said_and_the_list_is_near(tmp_path: Path) -> None:
    app = page(tmp_path, "en", "nothing")
    assert "There is no such session any more." in words(app)
    assert app.button("live-back")


# What the wall is told


def told(home: Path, session_id: str, lang: str) -> dict[str, object]:
    look: Look = Reading(home, session_id).look()
    data = wall_data(look, lang)
    json.dumps(data, allow_nan=False)
    return data


def busy() -> Tape:
    tape = Tape().beats(0, 300, 150)
    tape.beats(0, 300, 195, 2).state(300, StrapState.LOST, 1)
    tape.rows.sort(key=lambda row: row.at_ns)
    for k, row in enumerate(tape.rows, 1):
        object.__setattr__(row, "seq", k)
    return tape


@LANGUAGES
def test_the_wall_is_told_everything_in_words(tmp_path: Path, lang: str) -> None:
    with standing(tmp_path, busy(), 300.5) as made:
        data = told(tmp_path, made.id, lang)
        rows = card_rows(Reading(tmp_path, made.id).look(), "a:binh", lang)
    text = json.dumps(data, ensure_ascii=False)
    assert "wearables.live" not in text
    an = next(tile for tile in data["tiles"] if tile["athlete"] == "an")  # type: ignore[attr-defined]
    assert (an["bpm"], an["word"]) == (None, "mất kết nối" if lang == "vi" else "link lost")
    assert an["last"] == ("cuối 150" if lang == "vi" else "last 150")
    binh = next(tile for tile in data["tiles"] if tile["athlete"] == "binh")  # type: ignore[attr-defined]
    assert (binh["bpm"], binh["zone"], binh["percent"], binh["look"]) == ("195", 5, "98 %", True)
    (alarm,) = data["alarms"]  # type: ignore[misc]
    assert alarm["text"] == (  # type: ignore[index]
        "Để ý Văn Bình: trên 190 từ 00:20" if lang == "vi" else "Look at Văn Bình: above 190 since 00:20"
    )
    assert data["head"]["state"].startswith("đang ghi · 1/3" if lang == "vi" else "recording · 1 of 3 live")  # type: ignore[index]
    loads = next(value for label, value in rows if label == ("Tải" if lang == "vi" else "Load"))
    assert ("," if lang == "vi" else ".") in loads


def test_a_tile_says_its_battery_before_it_is_empty(tmp_path: Path) -> None:
    tape = busy().event(300, EventKind.BATTERY, 2, percent=80)
    object.__setattr__(tape.rows[-1], "seq", len(tape.rows))
    with standing(tmp_path, tape, 300) as made:
        tiles = {tile["athlete"]: tile for tile in told(tmp_path, made.id, "vi")["tiles"]}  # type: ignore[attr-defined]
    assert (tiles["binh"]["battery"], tiles["binh"]["low"]) == ("pin 80 %", False)
    assert tiles["an"]["battery"] == ""  # unknown


@LANGUAGES
def test_who_is_under_the_first_zone_is_in_no_zone_of_number_nought(tmp_path: Path, lang: str) -> None:
    with standing(tmp_path, Tape().beats(0, 300, 80), 300) as made:
        an = next(tile for tile in told(tmp_path, made.id, lang)["tiles"] if tile["athlete"] == "an")  # type: ignore[attr-defined]
    assert (an["zone"], an["said"].endswith("dưới vùng 1" if lang == "vi" else "below zone 1")) == (0, True)


def test_many_alarms_of_a_kind_are_one_line_and_one_press(tmp_path: Path) -> None:
    tape = Tape()
    for strap in (1, 2, 3):
        tape.beats(0, 10, 150, strap)
    with standing(tmp_path, tape, 60, worn={1: "an", 2: "binh", 3: "chi"}) as made:
        data = told(tmp_path, made.id, "en")
    (alarm,) = data["alarms"]  # type: ignore[misc]
    assert alarm["text"] == "Nothing heard from 3 straps: Thị An, Văn Bình, Lê Chi"  # type: ignore[index]
    assert len(alarm["ids"]) == 3  # type: ignore[index]


def test_a_recorder_that_is_silent_and_a_simulated_squad_are_said(tmp_path: Path) -> None:
    with standing(tmp_path, busy(), 300.5) as made:
        with Sessions(tmp_path).store.write() as connection:
            connection.execute(
                "UPDATE wear_session SET beat_ns = beat_ns - 9000000000, origin = ?", (Origin.SIMULATED.value,)
            )
        data = told(tmp_path, made.id, "en")
    assert [level for level, _ in data["troubles"]] == [""]  # type: ignore[attr-defined]
    assert "has not answered for 9 s" in data["troubles"][0][1]  # type: ignore[index]
    assert data["head"]["mark"] == "SIMULATED"  # type: ignore[index]


@LANGUAGES
def test_what_keeps_a_recording_from_being_kept_is_said_in_plain_words(tmp_path: Path, lang: str) -> None:
    with standing(tmp_path, busy(), 300.5) as made:
        look = Reading(tmp_path, made.id).look()
    status = replace(
        look.status,
        store_since_ns=1,
        store_reason="locked",
        waiting=1200,
        journal_since_ns=1,
        journal_reason="full",
        in_memory=30,
        lost=2,
        no_radio="no_adapter",
    )
    troubles = wall_data(replace(look, status=status), lang)["troubles"]
    said = " ".join(text for _, text in troubles)
    assert [level for level, _ in troubles] == ["", "", "warn", ""]
    assert ("1.200" if lang == "vi" else "1,200") in said
    assert reason_word("no_adapter", lang) in said
    assert reason_word("full", lang) in said
    assert "None" not in said


def test_every_word_that_the_browser_asks_for_is_there() -> None:
    web = Path(__file__).resolve().parents[2] / "wearables" / "web"
    source = "".join(path.read_text("utf-8") for path in sorted(web.glob("*.js")))
    asked = set(re.findall(r"\btexts\.([a-z_]+)", source))
    asked |= {f"sort_{name}" for name in ("look", "name", "rate", "strap")}
    assert len(asked) > 30
    for lang in ("vi", "en"):
        assert asked <= set(catalogue("wearables", "live", lang)["wall"])


def luminance(colour: str) -> float:
    parts = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_stands_on_a_zone_can_be_read_there_and_the_wall_has_the_same_colours() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    for ground, ink in zip(ZONES, ON_ZONES, strict=True):
        light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    style = (Path(__file__).resolve().parents[2] / "wearables" / "web" / "style.js").read_text("utf-8")
    assert tuple(re.findall(r'\.tile\[data-zone="[0-5]"\] \{ background: (#[0-9a-f]{6});', style)) == ZONES


def test_roles_that_may_not_see_training_see_nothing(tmp_path: Path) -> None:
    session_id = ended(tmp_path)
    app = page(tmp_path, "en", session_id, roles="referee")
    assert "Trần" not in words(app)
    assert app.error
