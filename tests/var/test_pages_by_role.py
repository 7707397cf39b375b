"""What each role finds in the app: its own pages, of others only who may see them, the buttons of what it may do."""

from __future__ import annotations

import ast
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from rights_home import LETTERS, NAME, contents, furnish
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from test_bookmarks import SHA

from athletes.archive import Archive as Training
from athletes.demo import build
from touchline.i18n import t
from touchline.jobs import Jobs
from var.archive import Archive
from var.model import Question

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PAGES = {"R": "mro", "O": "mro", "G": "mro", "C": "tl", "A": "tl", "D": ""}
"""Matches, review, organisation, training and live squad, as each role finds them; the settings are everybody's."""
LIVE = t("wearables.live.intro", "en")
URLS = {"m": "", "r": "review", "o": "organisation", "t": "training", "l": "live", "s": "settings"}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with matches and a training session."""
    home = tmp_path_factory.mktemp("roles") / "home"
    home.mkdir()
    furnish(home)
    build(home, force=False, lang="en", progress=lambda _: None)
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(furnished, tmp_path / "home"))


def opened(letters: str, page: str = "m", name: str = NAME, **query: str) -> AppTest:
    """The app as somebody with these roles finds it at a page's address."""

    def script(roles: list[str], name: str) -> None:
        import streamlit as st

        import streamlit_app
        from touchline.rights import Person, Role

        who = "p-2" if "other" in st.session_state else "p-1"
        person = Person(who, name, frozenset(Role(role) for role in roles))
        streamlit_app.visitor = lambda: person
        streamlit_app.main()

    roles = [LETTERS[letter].value for letter in letters]
    app = AppTest.from_function(script, kwargs={"roles": roles, "name": name}, default_timeout=60)
    app.session_state["lang"] = "en"
    app._page_hash = calc_hash(URLS[page])
    for field, value in query.items():
        app.query_params[field] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.error, app.success, app.warning, app.info, app.caption, app.title, app.subheader)
    said = [str(element.value) for kind in kinds for element in kind]
    said += [str(item.proto.body) for item in app.get("html")]
    return "\n".join(said).replace("\\", "")


def links(app: AppTest) -> set[str]:
    return {element.proto.label for element in app.get("page_link")}


def buttons(app: AppTest) -> dict[str, bool]:
    """The buttons by their key, and whether they can be pressed."""
    return {str(button.key): not button.disabled for button in app.button}


@pytest.mark.parametrize("letter", LETTERS)
def test_the_links_are_those_of_ones_own_pages(letter: str, home: Path) -> None:
    names = {"m": "matches", "r": "review", "o": "organisation", "t": "sessions", "l": "live"}
    own = {t(f"touchline.app.{names[page]}", "en") for page in PAGES[letter]} | {t("touchline.app.settings", "en")}
    for page in URLS:
        assert links(opened(letter, page)) == own


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("page", "rotl")
def test_a_page_of_others_says_whose_it_is_and_nothing_more(page: str, letter: str, home: Path) -> None:
    app = opened(letter, page, match="m")
    said, refused = words(app), [error.value.replace("\\", "") for error in app.error]
    shown = {"r": "**M**", "o": "#### Cúp", "t": t("athletes.demo.athlete", "en"), "l": LIVE}[page]
    if page in PAGES[letter]:
        assert not refused
        assert shown in said
        return
    (text,) = refused
    assert t(f"touchline.rights.action.{'see_training' if page in 'tl' else 'watch'}", "en") in text
    assert t(f"touchline.rights.role.{'coach' if page in 'tl' else 'organiser'}", "en") in text
    assert set(buttons(app)) == {"language"}
    assert shown not in said


@pytest.mark.parametrize(("letter", "shown"), [("R", "#### M"), ("C", "squad-open"), ("D", "people")])
def test_who_opens_the_app_sees_the_first_page_of_their_own(letter: str, shown: str, home: Path) -> None:
    app = opened(letter)
    assert not app.error
    found = words(app) + " ".join(buttons(app))
    assert (t("touchline.accounts.people", "en") if shown == "people" else shown) in found


def test_a_coach_changes_training_and_an_analyst_only_reads(home: Path) -> None:
    (session,) = Training(home).entries()
    for letter, may in (("C", True), ("A", False)):
        assert bool(opened(letter, "t", view="sessions").get("file_uploader")) is may
        view = opened(letter, "t", session=session.id)
        assert buttons(view)["athletes-delete"] is may
        assert ("athletes.sessions" in " ".join(str(box.key) for box in view.selectbox)) is False
        assert bool([box for box in view.selectbox if str(box.key).startswith("athletes-of-")]) is may


def test_only_organisers_put_matches_away(home: Path) -> None:
    for letter in "ROG":
        found = buttons(opened(letter))
        assert found["live_begin"]
        assert found["setup-m"]
        assert found["make_match"] is False  # no files yet
        assert ("away-m" in found, "back-away" in found) == ((letter == "G",) * 2)
    assert "away-m" in buttons(opened("OG"))


# ------------------------------------------------------------------ the booth


def at_the_verdict(letters: str, home: Path) -> AppTest:
    """The booth at the verdict of an incident that nothing is measured of."""
    archive = Archive(home)
    incident = archive.incidents("m")[-1]
    archive.set_kick(incident.id, camera_id="cam2", frame=30, sha256=SHA)
    app = opened(letters, "r", match="m")
    app.session_state["booth-m"]["step"] = "verdict"
    app.run()
    assert not app.exception
    return app


def test_the_referee_decides_in_the_name_that_signed_in(home: Path) -> None:
    app = at_the_verdict("R", home)
    assert not [field for field in app.text_input if str(field.key).startswith("decided_by")]
    assert f"Decided by: **{NAME}**" in words(app)
    (choice,) = [group for group in app.button_group if str(group.key).startswith("decision-")]
    choice.set_value("onside")
    app.button(key="record").click()
    app.run()
    assert not app.exception
    (incident, *_) = [one for one in Archive(home).incidents("m") if Archive(home).decisions(one.id)]
    (decision,) = Archive(home).decisions(incident.id)
    assert (decision.decided_by, decision.outcome) == (NAME, "onside")
    assert "report" in buttons(app)


def test_an_operator_marks_and_is_told_who_decides(home: Path) -> None:
    app = at_the_verdict("O", home)
    assert "record" not in buttons(app)
    assert any("referee / VAR" in info.value for info in app.info)
    assert "remove_incident" in buttons(app)


def test_an_organiser_looks_and_changes_nothing(home: Path) -> None:
    before = contents(home)["entry"]
    for measured in (False, True):
        app = at_the_verdict("G", home) if measured else opened("G", "r", match="m")
        found = buttons(app)
        assert not {"undo", "remove_incident", "record", "clear_marks", "assist_people", "verdict_to_kick"} & set(found)
        assert not found["mode"]
        assert any("replay operator" in caption.value for caption in app.caption)
        before = before if not measured else [*before, contents(home)["entry"][-1]]  # the kick that was set above
        assert contents(home)["entry"] == before


@pytest.mark.parametrize("question", Question)
def test_an_organiser_reads_the_answer_to_any_question(question: Question, home: Path) -> None:
    archive = Archive(home)
    incident = archive.add_incident("m", at_s=Fraction(1), kind=question.value)
    before = archive.entries("m")
    app = opened("G", "r", match="m")
    assert app.session_state["booth-m"]["incident"] == incident.id
    assert not buttons(app).get("record", False)
    assert not any(found for key, found in buttons(app).items() if key.startswith(("next-", "ask-", "drop-")))
    assert archive.entries("m") == before


def test_an_organiser_sets_a_match_up_and_leaves_its_angles(home: Path) -> None:
    def script(home: str) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from var.archive import Archive
        from var.panels.setup import setup_dialog

        setup_dialog(Archive(Path(home), Person("p-1", "Lan", frozenset({Role.ORGANISER}))), "m", "en")

    app = AppTest.from_function(script, kwargs={"home": str(home)}, default_timeout=60).run()
    (master,) = [box for box in app.selectbox if "cam1 · cam1" in box.options]
    assert master.disabled
    next(field for field in app.text_input if field.label == t("var.setup.venue", "en")).set_value("Vinh")
    next(button for button in app.button if button.label == t("var.setup.save", "en")).click()
    app.run()
    assert not app.exception
    assert Archive(home).match("m").setup.venue == "Vinh"


# ------------------------------------------------------------------ parts that run by themselves


def part(now: str | None) -> list[str]:
    """What a part of a referee's page finds once the roles of who signed in are ``now`` (None: nobody is)."""

    def script(now: str | None) -> None:
        import tempfile
        from pathlib import Path

        import streamlit as st

        from touchline.rights import Action, Person, Role
        from var.archive import Archive
        from var.panels.who import barred, present, watch_who

        if st.session_state.pop("before", False):
            st.write("the whole page again")
            return
        st.session_state["before"] = True
        here = Person("p-1", "Lan", frozenset({Role.REFEREE}))
        watch_who(here, lambda: None if now is None else Person("p-1", "Lan", frozenset({Role(now)})))
        archive = Archive(Path(tempfile.mkdtemp()), here)
        found = present(archive)
        st.write("may" if barred(found, Action.DECIDE, "en") is None else "may not")
        st.write("the same" if found is archive else "another")

    app = AppTest.from_function(script, kwargs={"now": now}, default_timeout=60).run()
    assert not app.exception
    return [str(element.value) for element in app.markdown]


def test_a_part_that_runs_for_hours_knows_of_roles_that_were_taken_away() -> None:
    assert part("referee") == ["may", "the same"]
    assert part("operator") == ["may not", "another"]
    assert part(None) == ["the whole page again"]


@pytest.mark.parametrize(("now", "state"), [("referee", "stopped"), ("organiser", "running"), ("coach", "running")])
def test_a_line_of_a_job_has_the_rights_of_now(home: Path, now: str, state: str) -> None:
    """A line draws itself anew each second, while the page around it is of before."""

    def script(home: str, job_id: str, now: str) -> None:
        from pathlib import Path

        import streamlit as st

        from touchline.jobs import Jobs
        from touchline.rights import Person, Role
        from var.panels.job_line import job_running
        from var.panels.who import watch_who

        held = [] if st.session_state.get("begun") else ["referee"]  # taken away after the page was drawn
        st.session_state["begun"] = True
        lan = Person("p-1", "Lan", frozenset({Role.REFEREE}))
        watch_who(lan, lambda: Person("p-1", "Lan", frozenset({Role((held or [now])[0])})))
        jobs = Jobs(Path(home), lan)
        job = jobs.job(job_id)
        assert job is not None
        job_running(jobs, job, "en", "var.setup.sync.finding")

    job_id = Jobs(home).enter("sync", {"match": "m"})
    with Jobs(home).store.write() as connection:  # it has no process, and nobody is to miss that meanwhile
        connection.execute("UPDATE job SET started_s = started_s + 3600")
    given = {"home": str(home), "job_id": job_id, "now": now}
    app = AppTest.from_function(script, kwargs=given, default_timeout=60).run()
    app.button(key=f"stop-{job_id}").click().run()
    assert not app.exception
    found = Jobs(home).store.row("SELECT state FROM job WHERE id = ?", (job_id,))
    assert found is not None
    assert found["state"] == state
    assert ("watch matches" in "".join(each.value for each in app.error)) is (now == "coach")


def test_a_click_on_a_page_of_a_moment_ago_has_the_rights_of_now(home: Path) -> None:
    def script(home: str, now: str | None) -> None:
        from pathlib import Path

        import streamlit as st

        from touchline.rights import Person, Role
        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.who import watch_who

        if "booth" not in st.session_state:
            lan = Person("p-1", "Lan", frozenset({Role.REFEREE}))
            archive = Archive(Path(home), lan)
            st.session_state["booth"] = Booth(archive, archive.match("m"), "en")
            held = None if now is None else Person("p-1", "Lan", frozenset({Role(now)}))
            watch_who(lan, lambda: held)
        action = {"name": "incident", "s": 1.0}
        st.button("click", key="click", on_click=lambda: st.session_state["booth"].on_action(action))
        st.write(str(st.session_state["booth"].state["error"]))

    for now, added in (("operator", 1), ("coach", 0), (None, 0)):
        count = len(Archive(home).entries("m"))
        app = AppTest.from_function(script, kwargs={"home": str(home), "now": now}, default_timeout=60).run()
        app.button(key="click").click().run()
        assert not app.exception
        assert len(Archive(home).entries("m")) == count + added
        if now == "coach":
            assert "watch matches" in app.markdown[0].value


def test_who_signs_in_next_finds_nothing_of_the_one_before(home: Path) -> None:
    app = opened("R", "r", match="m")
    app.session_state["live_used"] = [["cam1", "rtsp://admin:matkhau@192.0.2.1/"]]
    app.run()
    assert "live_used" in app.session_state
    app.session_state["booth-m"]["removed"] = "i-0"
    app.session_state["other"] = True
    app.run()
    assert not app.exception
    assert "live_used" not in app.session_state
    assert "removed" not in app.session_state["booth-m"]
    assert app.session_state["lang"] == "en"


def test_a_name_means_nothing_to_a_page(home: Path) -> None:
    name = "![x](http://elsewhere.example/x.png)"
    for letter, page, key in (("A", "t", "athletes-delete"), ("G", "r", "")):
        app = opened(letter, page, name=name, session=Training(home).entries()[0].id, match="m")
        shown = [str(caption.value) for caption in app.caption]
        shown += [str(button.help) for button in app.button if button.key == key]
        assert any(r"\[x\]" in text for text in shown)
        assert not any("![x](" in text for text in shown)


ROOT = Path(__file__).resolve().parents[2]
PANELS = [*ROOT.glob("var/panels/**/*.py"), *ROOT.glob("athletes/panels/*.py")]
ASKING = {"Archive": 2, "Jobs": 2}
"""How many arguments name the person too."""


@pytest.mark.parametrize("path", PANELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_panel_acts_without_the_person(path: Path) -> None:
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        named = {word.arg for word in call.keywords}
        if call.func.id in ASKING:
            assert len(call.args) >= ASKING[call.func.id] or "person" in named, call.lineno
        if call.func.id in ("start", "stop", "close_files", "claim"):
            assert "person" in named, call.lineno
