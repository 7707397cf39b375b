"""The entry of the app: language, navigation, and which panel stands on which page. It draws only the frame.

The server imports this file once and finds ``app``; for each visitor Streamlit runs it again as ``__main__``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from streamlit.starlette import App

from athletes.archive import Archive as TrainingArchive
from athletes.exporters import why_kept_in
from athletes.model import Athlete
from athletes.model import Session as TrainingSession
from athletes.motion.kept import Kept
from athletes.motion.screening import Screening, find_screening, is_pair, is_screening
from athletes.motion.trials import Trials
from athletes.panels.motion.joined import Joined
from athletes.panels.training import training_page
from athletes.people.standing import Scope as ConsentScope
from athletes.people.standing import may_hold
from athletes.web_routes import motion_routes
from athletes.zones import limits_on, live_floors, zones_of
from touchline.accounts.first import announce
from touchline.accounts.gate import Gate
from touchline.accounts.oidc import StreamlitLogin
from touchline.accounts.panels.made_files import made_files, remember_made_files
from touchline.accounts.panels.people import people_panel
from touchline.accounts.panels.proxies import PROXIES, believe_only, proxies_of
from touchline.accounts.panels.use import acts
from touchline.accounts.panels.visitor import sign_in_again, signed_in, visitor_button
from touchline.asgi import REMEMBERED_LANGUAGE, Scope
from touchline.errors import NotFound, TouchlineError
from touchline.files import data_home
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES, number, t
from touchline.matchclock import MatchClock
from touchline.presence import using
from touchline.rights import Action, NotAllowed, Person, refused, require
from touchline.store import is_there
from var.archive import Archive
from var.asked import Asked, person_of
from var.capture.control import settle_all as settle_captures
from var.follow import follow_routes
from var.given import shown
from var.match_clock import match_clock
from var.media import routes
from var.model import Match, Setup
from var.panels.connect import connect_panel
from var.panels.fragments import mend_fragments
from var.panels.keeping import keeping_panel
from var.panels.matches import matches_page
from var.panels.organisation.match_reports import match_reports_panel
from var.panels.organisation.page import organisation_page
from var.panels.recording import recording_strip
from var.panels.replay import replay
from var.panels.review import review_page
from var.panels.sections import draw_sections, show_section
from var.panels.signing import signing_panel
from var.panels.text import refusal
from var.panels.transfer import transfer_panel
from var.panels.upload_box import forget_uploads, upload_box
from var.panels.verify import verify_panel
from var.panels.who import watch_who
from var.proxies import Resumed
from var.retention.automatic import Daily
from var.serve.door import ROLE
from var.serve.keys import Role as DeviceRole
from var.uploads import upload_routes
from wearables.export import seal_exports
from wearables.kept import Sessions
from wearables.model import Profile
from wearables.panels.moment import match_moment_panel, moment_button, moment_is_asked, moment_page
from wearables.panels.page import live_page
from wearables.recorder.control import settle_all as settle_sessions
from wearables.tied import moments_of
from wearables.web_files import web_routes

FRAME_CSS = """
<style>
  .block-container { padding-top: 2.4rem; padding-bottom: 1rem; max-width: 1500px; }
  [data-testid="stHeader"] { background: #ffffff; height: 58px; min-height: 58px; }
  [data-testid="stToolbarActions"], [data-testid="stAppDeployButton"], [data-testid="stMainMenu"] { display: none; }
  .stButton button, .stDownloadButton button { min-width: 44px; }
  .stButton button, .stDownloadButton button, [role="option"], [data-baseweb="select"] > div { min-height: 44px; }
  .st-key-pages { position: fixed; top: 8px; left: 12px; width: auto; z-index: 1000000; flex-wrap: nowrap; }
  .st-key-pages a { min-height: 44px; padding: 4px 10px; align-items: center; }
  .st-key-visit { position: fixed; top: 7px; right: 14px; width: auto; z-index: 1000000; flex-wrap: nowrap; }
  .st-key-language_memory { display: none; }
  @media (max-width: 640px) {
    .block-container { padding-left: .6rem; padding-right: .6rem; }
    .st-key-pages { left: 2px; gap: 0; }
    .st-key-pages a { min-width: 38px; justify-content: center; padding: 4px 2px; }
    .st-key-visit { right: 4px; gap: 4px; }
    .st-key-visit button { padding: 4px 5px; }
    .st-key-visit button p { font-size: 12px; }
    .st-key-pages a p { font-size: 0; }
    .st-key-pages a [data-testid="stIconMaterial"] { font-size: 26px; }
  }
</style>
"""

REMEMBER_JS = """
// A field for numbers takes what the browser's own language writes: with an English one, "2,5" would become 25
// without a word. Where the browser leaves the comma out, a point comes in its place.
function commas(event) {
  const field = event.composedPath()[0];
  if (window.__touchlineComma || field.type !== 'number' || !event.data?.includes(',')) return;
  event.preventDefault();
  window.__touchlineComma = true;
  let taken = false;
  const hear = () => { taken = true; };
  field.addEventListener('input', hear);
  if (event.data === ',') document.execCommand('insertText', false, ',');
  if (!taken) document.execCommand('insertText', false, event.data.replaceAll(',', '.'));
  field.removeEventListener('input', hear);
  window.__touchlineComma = false;
}

export default function ({ data }) {
  if (!window.__touchlineCommas) document.addEventListener('beforeinput', commas, true);
  window.__touchlineCommas = true;
  document.cookie = `${data.name}=${data.value}; path=/; max-age=31536000; SameSite=Lax`;
  document.documentElement.lang = data.value;
}
"""


def remembered_language() -> str:
    """The language of this visit: what was chosen here, else what this browser remembers, else Vietnamese."""
    chosen = st.session_state.get("lang") or st.context.cookies.get(REMEMBERED_LANGUAGE)
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def language_switch(lang: str) -> None:
    """One button: the other language, written in that language."""
    other = LANGUAGES[1 - LANGUAGES.index(lang)]

    def change() -> None:
        st.session_state["lang"] = other

    st.button(
        t("touchline.app.language_name", other), key="language", on_click=change, help=t("touchline.app.switch", other)
    )


def remember_language(lang: str) -> None:
    """Keep the language in a cookie of this browser, and say it to screen readers."""
    remember = st.components.v2.component("touchline_language", js=REMEMBER_JS)
    remember(key="remember_language", data={"name": REMEMBERED_LANGUAGE, "value": lang})


def icon() -> Image.Image:
    """The picture on the browser's tab: a touchline and a corner arc, drawn here so that nothing is fetched."""
    y, x = np.mgrid[:32, :32]
    picture = np.full((32, 32, 3), (11, 122, 75), np.uint8)
    lines = (abs(x - 6) < 2) | (abs(y - 25) < 2) | (abs(np.hypot(x - 6, y - 25) - 14) < 1.3) & (x > 6) & (y < 25)
    picture[lines] = 255
    return Image.fromarray(picture)


def size_of(path: Path) -> int:
    """The bytes of a file; none of what is no file, or was one a moment ago: jobs write and remove all the time."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def visitor() -> Person | None:
    """Who is looking at this page; None where the session behind it has ended."""
    found = signed_in(data_home())
    return found.person if found is not None and not found.must_change else None


def settings_page(home: Path, lang: str, person: Person) -> None:
    """Settings in sections: people, other devices, signing, storage and backup, and what is installed."""
    st.title(t("touchline.app.settings", lang))
    sections: dict[str, Callable[[], None]] = {}
    if person.may(Action.KEEP_PEOPLE):
        sections["touchline.accounts.people"] = lambda: people_panel(home, lang, person)
    if person.may(Action.WATCH):  # a viewer's key opens pictures
        sections["touchline.app.devices"] = lambda: connect_panel(lang)
    if person.may(Action.REPORT) or person.may(Action.KEEP_PEOPLE):
        sections["touchline.app.signing"] = lambda: signing_panel(home, lang, person)
    sections["touchline.app.storage"] = lambda: storage(home, lang, person)
    sections["touchline.app.about"] = lambda: about(lang)
    wanted = f"touchline.app.{st.query_params.get('section', '')}"
    if wanted in sections and "settings_section" not in st.session_state:
        show_section("settings", wanted)
    draw_sections("settings", sections, "touchline.app.settings", lang)


def storage(home: Path, lang: str, person: Person) -> None:
    """Where the data lie, how much room is left, backups, and what is deleted when."""
    usage = shutil.disk_usage(home)
    used = sum(size_of(path) for path in home.rglob("*"))
    st.code(str(home), language=None)
    left, right = st.columns(2)
    left.metric(t("touchline.app.used", lang), f"{number(used / 1e9, lang, 2)} GB")
    right.metric(t("touchline.app.free", lang), f"{number(usage.free / 1e9, lang, 1)} GB")
    st.caption(t("touchline.app.storage_hint", lang))
    keeping_panel(home, lang, person)


def about(lang: str) -> None:
    """The language of the app, and what is installed."""
    st.subheader(t("touchline.app.language", lang))
    st.write(t("touchline.app.language_hint", lang))
    st.subheader(t("touchline.app.parts", lang))
    names = ("touchline", "streamlit", "av", "opencv-python", "mediapipe", "bleak", "typst")
    st.dataframe(
        [
            {t("touchline.app.part", lang): name, t("touchline.app.version", lang): importlib.metadata.version(name)}
            for name in names
        ],
        hide_index=True,
        width="content",
    )


def squad(home: Path, person: Person) -> list[Profile]:
    """The athletes whom training knows, as the live page needs them: with the zones in force today, and without those
    whose live heart rate may not be shown."""
    today = datetime.now(UTC).date()
    found = []
    archive = TrainingArchive(home, person)
    for athlete in archive.athletes():
        if not may_hold(archive.store, athlete.id, ConsentScope.LIVE):
            continue  # nobody's heart rate is shown who said no
        limits = limits_on(athlete, today)
        zones = zones_of(limits)
        found.append(
            Profile(
                athlete.id,
                athlete.name,
                athlete.group,
                hr_max_bpm=limits.hr_max_bpm,
                hr_max_estimated=limits.hr_max_estimated,
                hr_rest_bpm=limits.setting.hr_rest_bpm,
                sex=limits.sex,
                floors_bpm=live_floors(zones, limits.hr_max_bpm),
            )
        )
    return found


@cache
def served_archive() -> Archive:
    """The archive behind the routes of matches, opened once, at the first request.

    No picture waits for migrations, and a database that cannot be read does not keep the page from saying so.
    """
    return Archive(data_home())


@lru_cache(maxsize=64)
def served_trials(person: Person | None = None) -> Trials:
    """The trials behind the same routes, for who asks; without one for who only looks up what there is."""
    return Trials(TrainingArchive(data_home(), person))


def trials_of(connection: HTTPConnection) -> Trials:
    """The trials for who sent a request."""
    return served_trials(person_of(connection.scope))


def find_trials(connection: HTTPConnection, screen_id: str) -> Screening | None:
    """What the player shows of trials, for the routes of what was measured of them."""
    return find_screening(trials_of(connection), screen_id)


def measured_trials(connection: HTTPConnection) -> Kept:
    """What was measured of them."""
    return Kept(trials_of(connection))


def find_match(match_id: str) -> Match | None:
    """What the player shows under a request's address: a match, or what was filmed of athletes, as if it were one."""
    if not is_screening(match_id):
        return served_archive().find(match_id)
    try:
        found = find_screening(served_trials(), match_id, noted=False)  # for whom is known where it is allowed
        parts = () if found is None else found.parts
        clips = tuple(
            shown(part.shot, part.folder, part.to_screen, camera_id=part.camera_id, label=part.label) for part in parts
        )
    except NotFound:  # a recording that is gone is told to those who may see it, and to nobody else
        return None
    if found is None:
        return None
    # Of two beside each other the faster one gives the steps, so that each of its frames can be reached.
    master = min(range(len(clips)), key=lambda place: clips[place].frame_s) if is_pair(match_id) else 0
    return Match(match_id, found.name, found.origin, found.made_utc, Setup(), clips, master=master)


def may_watch(connection: HTTPConnection, match: Match | None) -> bool:
    """Whether who asks may see it: what was filmed of athletes is for those who see training, and it is noted that they
    did."""
    wanted = connection.path_params.get("match", "")
    if not is_screening(wanted):
        return asked.may(connection, Action.WATCH)
    may = asked.may(connection, Action.SEE_TRAINING)
    if may and match is not None:
        find_screening(trials_of(connection), wanted)
    return may


def may_see_training(connection: HTTPConnection) -> bool:
    """Whether who asks may see what was measured of athletes."""
    return asked.may(connection, Action.SEE_TRAINING)


def replay_of_trials(screen_id: str, **given: Any) -> None:
    """The replay player as the pages of training show it: nobody follows, nothing is logged or decided."""
    replay(screen_id, **given, solo=True, aligned=is_pair(screen_id))


def may_lead(connection: HTTPConnection, match: Match | None) -> bool:
    """Whether who asks may lead screens: none follows what was filmed of athletes."""
    return not is_screening(connection.path_params.get("match", "")) and asked.may_lead(connection, match)


def may_bring(connection: HTTPConnection) -> bool:
    """Whether who asks may bring recordings in: of matches, or of athletes."""
    try:
        return asked.may_record(connection)
    except NotAllowed:
        if asked.refusal(connection.scope, Action.KEEP_TRAINING) is None:
            return True
        raise


def settle_all(home: Path) -> None:
    """Bring to rest what recordings left that a power cut or a fall ended: pictures, and straps; and seal what an older
    program left open of athletes."""
    with contextlib.suppress(TouchlineError, OSError):  # the next start tries again, and who opens the lists
        settle_sessions(home)
    settle_captures(home)
    if is_there(home):
        with contextlib.suppress(TouchlineError, OSError):  # such as a key that is away: pages say so
            TrainingArchive(home).seal_old()
            seal_exports(home)


@contextlib.asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[None]:
    """While the server runs it closes recordings and goes on with proxies that an earlier run left unmade, and deletes
    what is due where the policy says so; at the first start it says how the administrator is made."""
    with using(data_home()):  # no restore takes the folder's place meanwhile
        await asyncio.to_thread(announce, data_home(), int(st.get_option("server.port")))
        resumed, daily = Resumed(data_home(), before=settle_all), Daily(data_home())
        try:
            yield
        finally:
            await asyncio.to_thread(resumed.end)
            await asyncio.to_thread(daily.end)


def allowed_hosts() -> list[str]:
    """The host names under which this server answers: the loopback's, the address it was started on, and those in
    ``TOUCHLINE_HOSTS`` (separated by commas)."""
    started_on = st.get_option("server.address")
    extra = os.environ.get("TOUCHLINE_HOSTS", "").split(",")
    names = ["127.0.0.1", "localhost", "[::1]", str(started_on or ""), *(name.strip() for name in extra)]
    return [name for name in dict.fromkeys(names) if name]


def watches(scope: Scope) -> bool:
    """Whether a device of the network joined to watch alone: the door has let it no further than pictures."""
    return scope.get(ROLE) is DeviceRole.VIEWER


def main() -> None:
    """Draw the app for one visitor."""
    st.set_page_config(page_title="Touchline", page_icon=icon(), layout="wide")
    st.html(FRAME_CSS)
    home = data_home()
    home.mkdir(parents=True, exist_ok=True)
    lang = remembered_language()
    try:
        person = visitor()
    except TouchlineError as fault:  # such as a database that cannot be read
        st.error(refusal(fault.document(lang)), icon=":material/error:")
        return
    if person is None:
        sign_in_again(lang)
        return
    watch_who(person, visitor, keep=("lang",))

    def drawn(action: Action, draw: Callable[[], None]) -> Callable[[], None]:
        """A page for who may do ``action``; to others it says who may, and shows nothing of its content."""

        def page() -> None:
            require(person, action)
            draw()

        return page

    def clocks() -> list[MatchClock]:
        """The clocks of the matches that the visitor may watch."""
        if refused(person, Action.WATCH):
            return []
        return [match_clock(home, match) for match in Archive(home, person).matches()]

    def open_match_at(match_id: str, match_s: Fraction) -> None:
        st.session_state["match"] = match_id
        st.switch_page(review, query_params={"match": match_id, "t": f"{float(match_s):.6f}"})

    def open_session_at(session_id: str, at_s: Fraction) -> None:
        st.switch_page(live, query_params={"session": session_id, "at": f"{float(at_s):.6f}"})

    def heart_rates(match: Match, match_s: Fraction | None) -> None:
        now = visitor()
        if now is not None:  # else the part of the page asks anew who is there
            clock = match_clock(home, match)
            match_moment_panel(
                home, lang, now, match=clock, match_s=match_s, open_session=open_session_at, look=visitor
            )

    def open_review(match_id: str) -> None:
        st.session_state["match"] = match_id
        st.switch_page(review, query_params={"match": match_id})

    matches = st.Page(
        drawn(Action.WATCH, lambda: matches_page(Archive(home, person), lang, open_review)),
        title=t("touchline.app.matches", lang),
        icon=":material/stadium:",
        url_path="matches",
        default=True,
    )
    review = st.Page(
        drawn(
            Action.WATCH,
            lambda: review_page(Archive(home, person), lang, heart_rates if person.may(Action.SEE_TRAINING) else None),
        ),
        title=t("touchline.app.review", lang),
        icon=":material/slow_motion_video:",
        url_path="review",
    )
    sections = (
        ("var.match_report.section", lambda: match_reports_panel(Archive(home, person), lang)),
        ("var.transfer.panel.section", lambda: transfer_panel(Archive(home, person), lang, open_review)),
        ("var.verify.page.title", lambda: verify_panel(home, lang, person)),
    )
    organisation = st.Page(
        drawn(Action.WATCH, lambda: organisation_page(Archive(home, person), lang, open_review, sections)),
        title=t("touchline.app.organisation", lang),
        icon=":material/emoji_events:",
        url_path="organisation",
    )

    def live_moments(session: TrainingSession) -> None:
        """The way to the live squad at the moment a training session began, where one was recorded then."""
        start, length_s = session.recording.start, session.recording.duration_s or 0.0
        if start is None:
            return
        for found, at_s in moments_of(Sessions(home, person), start, length_s):
            if st.button(
                t("touchline.app.open_live_moment", lang, name=found.name),
                key=f"live-moment-{found.id}",
                icon=":material/sensors:",
                help=t("touchline.app.open_live_moment_help", lang),
            ):
                open_session_at(found.id, at_s)

    trials = Joined(
        player=replay_of_trials,
        bring=lambda key, lang: upload_box(home, key, lang),
        let_go=forget_uploads,
        look=visitor,
    )
    training = st.Page(
        drawn(Action.SEE_TRAINING, lambda: training_page(home, lang, person, beside=live_moments, joined=trials)),
        title=t("touchline.app.sessions", lang),
        icon=":material/monitor_heart:",
        url_path="training",
    )

    def live_or_moment() -> None:
        if moment_is_asked():
            moment_page(home, lang, person, matches=clocks, open_match=open_match_at, look=visitor)
        else:
            live_page(
                home,
                lang,
                person,
                squad=lambda: squad(home, person),
                enrol=lambda name: TrainingArchive(home, person).save_athlete(Athlete("", name)).id,
                present=visitor,
                beside=lambda session_id: moment_button(home, lang, person, session_id),
                withheld=lambda athlete_id: why_kept_in(TrainingArchive(home, person), athlete_id) is not None,
            )

    live = st.Page(
        drawn(Action.SEE_TRAINING, live_or_moment),
        title=t("touchline.app.live", lang),
        icon=":material/sensors:",
        url_path="live",
    )
    settings = st.Page(
        lambda: settings_page(home, lang, person),
        title=t("touchline.app.settings", lang),
        icon=":material/settings:",
        url_path="settings",
    )
    watching = dict.fromkeys((matches, review, organisation), Action.WATCH)
    pages = {**watching, training: Action.SEE_TRAINING, live: Action.SEE_TRAINING, settings: None}
    own = [page for page, action in pages.items() if action is None or refused(person, action) is None]
    # Streamlit's own menu stays open over a phone's screen. Pages of others stay in it, to say whose they are.
    current = st.navigation(list(pages), position="hidden")
    if current is matches and matches not in own:  # who opens the app sees the first page of their own
        st.switch_page(own[0])
    with st.container(key="pages", horizontal=True, gap="small"):
        for page in own:
            st.page_link(page)
    with st.container(key="visit", horizontal=True, gap="small"):
        visitor_button(person, lang)
        language_switch(lang)
    with st.container(key="language_memory"):
        remember_language(lang)
    try:
        recording_strip(
            Archive(home, person),
            lang,
            open_review,
            first=st.query_params.get("match"),
            open_matches=lambda: st.switch_page(matches),
        )
        current.run()
    except TouchlineError as fault:  # such as a database that cannot be read
        st.error(refusal(fault.document(lang)), icon=":material/error:")


if __name__ == "__main__":
    main()
else:
    mend_fragments()
    remember_made_files()
    believe_only(proxies_of(os.environ.get(PROXIES, "")))
    asked = Asked()
    app = App(
        __file__,
        lifespan=lifespan,
        routes=[
            *upload_routes(data_home(), allowed=may_bring),
            *follow_routes(find_match, allowed=may_watch, may_lead=may_lead),
            *routes(find_match, allowed=may_watch),
            *motion_routes(find_trials, measured_trials, allowed=may_see_training),
            *web_routes(),
        ],
        middleware=[
            # A page of somebody else's that points its name at this machine gets nothing.
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts()),
            Middleware(
                Gate,
                home=data_home(),
                watches=watches,
                provider=StreamlitLogin(),
                opens=made_files.opens,
                acts=acts,
            ),
        ],
    )
