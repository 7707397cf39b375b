"""A moment on pages, driven without a browser, in both languages: heart rates, the way there and back, ties by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from moment_home import keep_match, keep_session, ns
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from touchline.matchclock import HostInstant
from touchline.origin import Origin
from touchline.presence import boot_id
from touchline.rights import Role
from var.match_clock import match_clock
from var.panels.review import INSTANT
from wearables.kept import Sessions
from wearables.model import MarkKind, SessionState
from wearables.tie import Method, by_hand
from wearables.tied import keep_tie, span, tie_between

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
BOTH = (Role.REFEREE.value, Role.COACH.value)


def opened(home: Path, url: str, roles: tuple[str, ...] = BOTH, lang: str = "en", **query: str) -> AppTest:
    """The app of a person with these roles at an address."""

    def script(roles: list[str]) -> None:
        import streamlit_app
        from touchline.rights import Person, Role

        person = Person("p-1", "Trần Lan", frozenset(Role(role) for role in roles))
        streamlit_app.visitor = lambda: person
        streamlit_app.main()

    app = AppTest.from_function(script, kwargs={"roles": list(roles)}, default_timeout=60)
    app.session_state["lang"] = lang
    app._page_hash = calc_hash(url)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    """Everything that the page says."""
    assert not app.exception
    kinds = (app.markdown, app.caption, app.info, app.error, app.warning, app.success, app.subheader, app.toast)
    parts = [str(item.value) for kind in kinds for item in kind]
    parts += [item.label for kind in (app.button, app.selectbox, app.text_input, app.expander) for item in kind]
    parts += [str(item.proto.body) for item in app.get("html")]
    parts += [item.proto.popover.help for item in app.get("popover")]
    return "\n".join(parts).replace("\\", "")


def named(app: AppTest, name: str) -> str:
    """What the address says under a name."""
    found = app.query_params[name]
    return found if isinstance(found, str) else str(found[0])


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    keep_match(tmp_path)
    return tmp_path


def tied(home: Path, origin: Origin = Origin.MEASURED) -> str:
    """A session whose 30 s are 10 s of match time, tied by hand."""
    session = keep_session(home, origin=origin)
    keep_tie(Sessions(home), session.id, by_hand("m", Fraction(10), ns(30), Fraction(1), 0.5), by="Nam")
    return session.id


@LANGUAGES
def test_a_moment_of_the_match_opens_with_every_heart_rate(home: Path, lang: str) -> None:
    session = tied(home, Origin.SIMULATED)
    app = opened(home, "review", lang=lang, match="m", t="40.5")
    said = words(app)
    assert "<b>Chi" not in said  # a name is text
    assert "Lê &lt;b&gt;Chi&lt;/b&gt;" in said
    assert "160 <span" in said  # Bình at 60.5 s of the session, on the strap that was An's
    assert ("mô phỏng" if lang == "vi" else "simulated") in said
    assert ("± 0,5 giây" if lang == "vi" else "± 0.5 s") in said
    assert ("45:39,5" if lang == "vi" else "45:39.5") in said
    assert "wearables." not in said
    assert "var." not in said
    assert named(app, "t") == "40.5"
    app.button(f"moment-open-{session}").click().run()
    assert not app.exception
    assert named(app, "session") == session
    assert float(named(app, "at")) == 60.5


@LANGUAGES
def test_an_instant_of_a_session_opens_the_match_there(home: Path, lang: str) -> None:
    session = tied(home)
    app = opened(home, "live", lang=lang, session=session, at="90.5")
    said = words(app)
    assert "190 <span" in said
    assert ("không có số đo trong 5 giây" if lang == "vi" else "no reading within 5 s") in said  # Chi's
    assert "wearables." not in said
    app.button("moment-match-m").click().run()
    assert not app.exception
    assert named(app, "match") == "m"
    assert named(app, "t") == "70.500000"
    assert "190 <span" in words(app)


def test_there_and_back_shows_the_same_heart_rates(home: Path) -> None:
    session = tied(home)
    there = opened(home, "live", session=session, at="59.5")
    lines = next(str(item.proto.body) for item in there.get("html") if "wm-head" in str(item.proto.body))
    there.button("moment-match-m").click().run()
    back = next(str(item.proto.body) for item in there.get("html") if "wm-head" in str(item.proto.body))
    assert lines.split("<table")[1] == back.split("<table")[1]


@pytest.mark.parametrize("role", [Role.REFEREE, Role.OPERATOR, Role.ORGANISER])
def test_who_may_not_see_training_finds_no_trace_of_it(home: Path, role: Role) -> None:
    tied(home)
    app = opened(home, "review", (role.value,), match="m", t="40.5")
    said = words(app)
    assert not {key for key in keys(app) if "moment" in key or "tie" in key}
    for word in ("Nguyễn An", "160", "bpm", "eart"):
        assert word not in said
    assert len(app.get("popover")) == 1  # bookmarks
    session_page = opened(home, "live", (role.value,), session="x")
    assert "Nguyễn An" not in words(session_page)


def test_a_coach_who_may_not_watch_sees_nothing_of_the_match(home: Path) -> None:
    session = tied(home)
    app = opened(home, "live", (Role.COACH.value,), session=session, at="40")
    said = words(app)
    assert "140 <span" in said
    assert "Huế" not in said
    assert not {key for key in keys(app) if key.startswith("moment-match")}


def test_an_analyst_reads_and_ties_nothing(home: Path) -> None:
    session = tied(home)
    app = opened(home, "review", (Role.REFEREE.value, Role.ANALYST.value), match="m", t="40")
    assert f"moment-open-{session}" in keys(app)
    assert not {key for key in keys(app) if key.startswith("match-m")}


@pytest.mark.parametrize("asked", ["soon", "1/0", "nan", "", "9" * 50, "1e999999999", "1" * 9 + "." + "1" * 10])
def test_what_is_no_instant_is_known_without_reckoning(asked: str) -> None:
    assert INSTANT.fullmatch(asked) is None


@LANGUAGES
def test_an_address_that_names_no_instant_is_refused(home: Path, lang: str) -> None:
    asked = "1e999999999"
    app = opened(home, "review", lang=lang, match="m", t=asked)
    assert any(("không phải là số giây" if lang == "vi" else "is no number of seconds") in e.value for e in app.error)
    assert "t" not in app.query_params


@pytest.mark.parametrize(("asked", "shown"), [("-5", "00:00.0"), ("9000", "47:59.0")])
def test_an_instant_beside_the_pictures_shows_the_nearest_and_says_so(home: Path, asked: str, shown: str) -> None:
    app = opened(home, "review", match="m", t=asked)
    assert any(shown in item.value.replace("\\", "") for item in app.toast)
    assert not app.error


def test_the_instant_leaves_the_address_when_something_else_is_looked_for(home: Path) -> None:
    from var.archive import Archive

    Archive(home).add_incident("m", at_s=Fraction(20))
    tied(home)
    app = opened(home, "review", match="m", t="40")
    assert "160 <span" in words(app)
    app.run()
    assert named(app, "t") == "40"
    Archive(home).add_incident("m", at_s=Fraction(50))
    app.run()
    second = Archive(home).review("m").incidents[1].id
    next(box for box in app.selectbox if box.label == "Incidents").set_value(second).run()
    app.run()
    assert "t" not in app.query_params
    assert "170 <span" in words(app)  # the second incident, at 70 s of the session


@LANGUAGES
def test_where_nothing_goes_with_a_match_that_is_said(home: Path, lang: str) -> None:
    app = opened(home, "review", lang=lang, match="m")
    assert ("Không có nhịp tim đi cùng" if lang == "vi" else "No heart rates go with") in words(app)


@LANGUAGES
def test_clocks_are_tied_by_hand_nudged_and_taken_back(home: Path, lang: str) -> None:
    session, sessions = keep_session(home).id, Sessions(home)
    clock = match_clock(home, keep_match_again(home))
    sessions.mark(session, MarkKind.PHASE, ns(20), {"phase": "match"})
    app = opened(home, "review", lang=lang, match="m", t="40")
    part = "match-m"
    assert app.text_input(f"{part}-clock").value == ("45:39,0" if lang == "vi" else "45:39.0")
    app.text_input(f"{part}-clock").set_value("45:04,5").run()
    phase = next(option for option in app.selectbox(f"{part}-beside").options if "00:20" in option)
    assert ("trận đấu" if lang == "vi" else "match") in phase
    app.selectbox(f"{part}-beside").select(phase).run()
    app.button(f"{part}-make").click().run()
    assert len(app.success) == 1
    made = tie_between(sessions, session, clock)
    assert made is not None
    assert (made.match_s, made.session_ns, made.by, made.sigma_s) == (Fraction(11, 2), ns(20), "Trần Lan", 2.0)
    app.button(f"{part}-nudge--0.1").click().run()
    nudged = tie_between(sessions, session, clock)
    assert nudged is not None
    assert nudged.session_ns == ns(Fraction(199, 10))
    app.button(f"{part}-undo").click().run()
    assert tie_between(sessions, session, clock) == made
    app.button(f"{part}-undo").click().run()
    assert tie_between(sessions, session, clock) is None
    assert ("không còn gắn" if lang == "vi" else "not tied any more") in words(app)
    app.text_input(f"{part}-clock").set_value("nonsense").run()
    app.button(f"{part}-make").click().run()
    assert len(app.error) == 1
    assert tie_between(sessions, session, clock) is None


def keep_match_again(home: Path) -> object:
    from var.archive import Archive

    return Archive(home).match("m")


def test_now_is_an_instant_of_a_session_that_runs_here(home: Path) -> None:
    session, sessions = keep_session(home).id, Sessions(home)
    running = (SessionState.RECORDING.value, session)
    with sessions.store.write() as connection:
        connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", running)
    app = opened(home, "live", session=session, at="10")
    part = f"session-{session}"
    assert app.selectbox(f"{part}-beside").value == "now"
    app.text_input(f"{part}-clock").set_value("46:00").run()
    before_ns = sessions.clock(session).now_ns()
    app.button(f"{part}-make").click().run()
    after_ns = sessions.clock(session).now_ns()
    made = tie_between(sessions, session, match_clock(home, keep_match_again(home)))
    assert made is not None
    assert before_ns < made.session_ns < after_ns
    assert (made.match_s, made.sigma_s, made.method) == (61, 0.5, Method.BY_HAND)


def test_what_this_machine_recorded_is_tied_by_itself(home: Path) -> None:
    from var.archive import Archive
    from var.capture.control import announcement
    from var.capture.state import Captures

    session = keep_session(home).id
    there = span(Sessions(home), session)
    captures = Captures(home)
    captures.begin("m", "M", announcement(home, "m", "M"))
    zero_ns = there.zero.ns + ns(25)
    with captures.store.write() as connection:
        connection.execute("UPDATE capture SET zero_ns = ? WHERE match_id = ?", (zero_ns, "m"))
    clock = match_clock(home, Archive(home).match("m"))
    zero = captures.zero("m")
    assert clock.zero == zero
    assert zero is not None
    assert (zero.ns, zero.boot, zero.sigma_s) == (zero_ns, boot_id(), 0.0)
    app = opened(home, "review", match="m", t="10")
    said = words(app)
    assert "one clock recorded both, exact" in said
    assert "135 <span" in said
    assert HostInstant(zero.ns, zero.utc_us, zero.boot) == zero


def test_a_match_that_was_taken_up_again_after_a_restart_says_how_sure_its_zero_is(home: Path) -> None:
    from var.capture.control import announcement
    from var.capture.state import Captures

    captures = Captures(home)
    for boot in ("before", boot_id(), boot_id()):
        zero = captures.begin("m", "M", announcement(home, "m", "M"))
        with captures.store.write() as connection:
            connection.execute("UPDATE capture SET boot = ? WHERE match_id = ?", (boot, "m"))
        found = captures.zero("m")
        assert found is not None
        assert (found.sigma_s, found.ns) == (zero.more_sigma_s, zero.ns)
    assert zero.more_sigma_s == 0.5


@LANGUAGES
def test_the_page_of_a_moment_moves_and_says_where_it_ends(home: Path, lang: str) -> None:
    session = tied(home)
    app = opened(home, "live", lang=lang, session=session, at="500")
    assert "02:00" in words(app)
    app.button("moment-earlier").click().run()
    assert named(app, "at") == "115.000"
    app.text_input[0].set_value("1:30,5").run()
    assert named(app, "at") == "90.500"
    app.text_input[0].set_value("x").run()
    assert named(app, "at") == "90.500"
    gone = opened(home, "live", lang=lang, session="nothing", at="1")
    assert ("Không có buổi này" if lang == "vi" else "is not there") in words(gone)
