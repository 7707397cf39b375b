"""The table of roles and actions against the running app: each role signs in, asks for everything, and gets what the
table says and nothing else; the same through the domain, where no request is."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from browser import PASSWORD, add_account, serving
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from wire import WITHIN_S, ask, closing_code, opened, sign_in

sys.path.append(str(Path(__file__).resolve().parents[1] / "var"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "athletes"))

from barcoded import make_match
from motion_truth import keep_measured
from trial_films import kept_trial

from athletes.archive import Archive as Training
from athletes.model import Athlete
from athletes.motion.screening import screen_id
from athletes.motion.trials import Trials
from athletes.people.erasing import erase, erasures
from touchline.access import Act, access_store, lines_of
from touchline.accounts.gate import TRUSTED_S
from touchline.accounts.kept import Accounts
from touchline.backup import back_up
from touchline.rights import Action, NotAllowed, Person, Role
from var import looks
from var.archive import Archive
from var.hub import REFUSED
from var.model import Click, Match, Setup
from var.uploads import new_token

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
NOBODY = "nobody"
COLUMNS = (*(role.value for role in Role), NOBODY)
LOOKS = {"screen": "0123456789abcdef", "looks": [{"camera": "cam1", "first": 1, "last": 2, "speed": 0, "ms": 900}]}
LEADS, FOLLOWS, REFUSED_SOCKET = "leads", "follows", "refused"


@dataclass(frozen=True)
class Served:
    """The running app, a match in it, and the cookie of each role."""

    address: str
    home: Path
    match: Match
    trial: str
    cookies: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("rights")
    match = make_match(home)
    trial = kept_trial(Training(home), tmp_path_factory.mktemp("films"))
    keep_measured(Trials(Training(home)), trial)
    for role in Role:
        add_account(home, role.value, f"Person {role.value}", [role])
    with serving(APP, home) as address:
        cookies = {role.value: sign_in(address, role.value, PASSWORD) for role in Role}
        yield Served(address, home, match, screen_id(trial.id), {**cookies, NOBODY: ""})


# ------------------------------------------------------------------ over HTTP

ROUTES: dict[str, tuple[int | str, ...]] = {
    #                       referee operator organiser coach analyst administrator nobody
    "match.json":               (200, 200, 200, 403, 403, 403, 401),
    "timeline.bin":             (200, 200, 200, 403, 403, 403, 401),
    "gops.bin":                 (200, 200, 200, 403, 403, 403, 401),
    "media in a range":         (206, 206, 206, 403, 403, 403, 401),
    "media for ever":           (200, 200, 200, 403, 403, 403, 401),
    "still":                    (200, 200, 200, 403, 403, 403, 401),
    "clean screen":             (200, 200, 200, 403, 403, 403, 401),
    "a match that is not there":(404, 404, 404, 403, 403, 403, 401),
    "pictures of a trial":      (403, 403, 403, 200, 200, 403, 401),
    "a still of a trial":       (403, 403, 403, 200, 200, 403, 401),
    "points of a trial":        (403, 403, 403, 200, 200, 403, 401),
    "curves of a trial":        (403, 403, 403, 200, 200, 403, 401),
    "points that are not there":(403, 403, 403, 404, 404, 403, 401),
    "looks at a trial":         (403, 403, 403, 403, 403, 403, 401),
    "modules for curves":       (200, 200, 200, 200, 200, 200, 401),
    "looks":                    (200, 200, 403, 403, 403, 403, 401),
    "upload":                   (200, 200, 200, 200, 403, 403, 401),
    "follow":                   (LEADS, LEADS, FOLLOWS, REFUSED_SOCKET, REFUSED_SOCKET, REFUSED_SOCKET, REFUSED_SOCKET),
    "the player's own files":   (200, 200, 200, 200, 200, 200, 401),
    "first page":               (200, 200, 200, 200, 200, 200, 303),
    "review page":              (200, 200, 200, 200, 200, 200, 303),
    "settings page":            (200, 200, 200, 200, 200, 200, 303),
    "pages' socket":            (101, 101, 101, 101, 101, 101, 403),
    "files of a page":          (404, 404, 404, 404, 404, 404, 401),
    "own password":             (200, 200, 200, 200, 200, 200, 303),
    "health":                   (200, 200, 200, 200, 200, 200, 200),
    "metrics":                  (403, 403, 403, 403, 403, 200, 401),
    "metrics, written otherwise": (403, 403, 403, 403, 403, 200, 401),
    "metrics, asked how":       (403, 403, 403, 403, 403, 204, 401),
    "host config":              (200, 200, 200, 200, 200, 200, 401),
    "parts of pages":           (404, 404, 404, 404, 404, 404, 401),
    "old parts of pages":       (404, 404, 404, 404, 404, 404, 401),
    "files for no page":        (400, 400, 400, 400, 400, 400, 401),
    "files without a token":    (403, 403, 403, 403, 403, 403, 401),
    "agent's description":      (200, 200, 200, 200, 200, 200, 401),
    "agent":                    (403, 403, 403, 403, 403, 403, 401),
}  # fmt: skip
"""What each role gets for each address. Pages are the same frame for everybody: what stands on them comes over their
socket, where the archive asks for the right (``tests/var/test_pages_by_role.py``)."""


def fetched(served: Served, name: str, cookie: str) -> tuple[int | str, bytes]:
    """What somebody gets for an address of the table: the status, and the body where there is one."""
    version = served.match.clips[0].sha256[:16]
    page = {"Accept": "text/html"}
    simple: dict[str, tuple[str, dict[str, str]]] = {
        "match.json": ("/var/bars/match.json", {}),
        "timeline.bin": ("/var/bars/timeline.bin", {}),
        "gops.bin": ("/var/bars/cam1/gops.bin?from=0&to=9", {}),
        "media in a range": ("/var/bars/cam1/media/1.mp4", {"Range": "bytes=0-99"}),
        "media for ever": (f"/var/bars/cam1/media/1.mp4?v={version}", {}),
        "still": ("/var/bars/cam1/still/3.jpg", {}),
        "clean screen": ("/var/bars/screen", {}),
        "a match that is not there": ("/var/none/match.json", {}),
        "pictures of a trial": (f"/var/{served.trial}/match.json", {}),
        "a still of a trial": (f"/var/{served.trial}/cam1/still/3.jpg", {}),
        "points of a trial": (f"/athletes/motion/{served.trial}/cam1/points.bin?from=0&to=9", {}),
        "curves of a trial": (f"/athletes/motion/{served.trial}/curves.bin", {}),
        "points that are not there": ("/athletes/motion/trial-000000000000/cam1/points.bin?from=0&to=9", {}),
        "modules for curves": ("/athletes/ui/curves.js", {}),
        "the player's own files": ("/var/ui/player.js", {}),
        "first page": ("/", page),
        "review page": ("/review?match=bars", page),
        "settings page": ("/settings", page),
        "files of a page": ("/media/0123456789abcdef.pdf", {}),
        "own password": ("/password", {}),
        "health": ("/_stcore/health", {}),
        "metrics": ("/_stcore/metrics", {}),
        "metrics, written otherwise": ("/_stcore/%6Detrics?families=active_sessions", {}),
        "host config": ("/_stcore/host-config", {}),
        "parts of pages": ("/_stcore/bidi-components/x/y.js", {}),
        "old parts of pages": ("/component/x/y.js", {}),
        "agent's description": ("/_stcore/agent/openapi.json", {}),
    }
    if name in simple:
        path, headers = simple[name]
        answer = ask(served.address, "GET", path, cookie, **headers)
    elif name == "looks at a trial":
        body = json.dumps({**LOOKS, "batch": 1}).encode()
        answer = ask(served.address, "POST", f"/var/{served.trial}/looks", cookie, body)
    elif name == "looks":
        body = json.dumps({**LOOKS, "batch": 1 + abs(hash(cookie)) % 10**6}).encode()
        answer = ask(served.address, "POST", "/var/bars/looks", cookie, body)
    elif name == "upload":
        answer = ask(served.address, "PUT", f"/var/upload/{new_token(served.home)}/a.mp4", cookie, b"bytes")
    elif name == "metrics, asked how":
        answer = ask(served.address, "OPTIONS", "/_stcore/metrics", cookie)
    elif name == "agent":
        answer = ask(served.address, "POST", "/_stcore/agent/interact", cookie, b"{}", Content_Type="application/json")
    elif name.startswith("files "):
        token = "" if name == "files without a token" else xsrf_token(served.address)
        held = "; ".join(each for each in (cookie, f"_streamlit_xsrf={token}") if each)
        answer = ask(served.address, "PUT", "/_stcore/upload_file/abc/def", held, b"bytes", X_Xsrftoken=token)
    elif name == "pages' socket":
        return opened(served.address, "/_stcore/stream", cookie), b""
    else:
        return followed(served, cookie), b""
    return answer.status, answer.body


def xsrf_token(address: str) -> str:
    """The token against forged requests that Streamlit gives to whoever asks; its uploads want it back."""
    (given,) = ask(address, "GET", "/_stcore/health").cookies
    return given.partition(";")[0].partition("=")[2]


def followed(served: Served, cookie: str) -> str:
    """Whether somebody may lead the clean screens, only follow, or neither."""
    place = f"ws{served.address.removeprefix('http')}/var/bars/follow"
    headers = {"Cookie": cookie} if cookie else {}
    try:
        with connect(place, additional_headers=headers, open_timeout=WITHIN_S) as socket:
            socket.send(json.dumps({"role": "operator", "take": True}))
            if json.loads(socket.recv(timeout=WITHIN_S))["kind"] == "lead":
                return LEADS
    except InvalidStatus as refused:
        return REFUSED_SOCKET if refused.response.status_code == 403 else str(refused)
    except ConnectionClosed:
        pass  # then following must go
    with connect(place, additional_headers=headers, open_timeout=WITHIN_S) as socket:
        socket.send(json.dumps({"role": "operator", "take": True}))
        assert closing_code(socket) == REFUSED
    with connect(place, additional_headers=headers, open_timeout=WITHIN_S) as socket:
        socket.send(json.dumps({"role": "follower"}))
        assert json.loads(socket.recv(timeout=WITHIN_S))["kind"] in ("operator", "beat", "state")
    return FOLLOWS


@pytest.mark.parametrize("name", ROUTES)
def test_each_role_gets_what_the_table_says(served: Served, name: str) -> None:
    answers = {who: fetched(served, name, served.cookies[who]) for who in COLUMNS}
    assert {who: status for who, (status, _) in answers.items()} == dict(zip(COLUMNS, ROUTES[name], strict=True))
    for who, (status, body) in answers.items():
        if status in (401, 403) and body[:1] == b"{" and (name, who == NOBODY) != ("agent", False):
            document = json.loads(body)
            assert document["code"] == ("sign_in_needed" if who == NOBODY else "not_allowed")
            assert document["detail"]
            assert document["hint"]


def test_a_coach_cannot_fetch_what_a_referee_fetched_by_its_address(served: Served) -> None:
    path = f"/var/bars/cam1/still/3.jpg?v={served.match.clips[0].sha256[:16]}"
    given = ask(served.address, "GET", path, served.cookies["referee"])
    assert (given.status, given.body[:2]) == (200, b"\xff\xd8")
    tag = given.headers["etag"]
    for who, status in (("coach", 403), (NOBODY, 401)):
        answer = ask(served.address, "GET", path, served.cookies[who], If_None_Match=tag)
        assert (answer.status, answer.body[:2] == b"\xff\xd8") == (status, False)
    assert "Cookie" in ", ".join(given.headers.get_all("vary") or [])  # nor from what the browser has kept


@pytest.mark.parametrize(
    "wanted", ["pictures of a trial", "a still of a trial", "points of a trial", "curves of a trial"]
)
def test_pictures_and_points_are_noted_under_whoever_looked(served: Served, wanted: str, tmp_path: Path) -> None:
    """Nothing of an athlete is fetched in the name of the machine's owner; who is refused saw nothing."""
    archive = Training(served.home)
    athlete = archive.save_athlete(Athlete("", "Nguyễn Thị Ánh"))
    trial = kept_trial(archive, tmp_path)
    keep_measured(Trials(archive), trial)
    with archive.store.write() as connection:  # not by the archive, which would note that the owner was there
        connection.execute("UPDATE trial SET athlete_id = ? WHERE id = ?", (athlete.id, trial.id))
    before = set(lines_of(access_store(served.home), athlete.id))
    theirs = replace(served, trial=screen_id(trial.id))
    for who in ("referee", NOBODY, "coach"):
        fetched(theirs, wanted, served.cookies[who])
    after = set(lines_of(access_store(served.home), athlete.id)) - before
    coach = next(account.id for account in Accounts(served.home).all() if account.login == "coach")
    assert {(line.account, line.act) for line in after} == {(coach, Act.OPENED)}


def test_a_role_that_is_taken_away_is_gone_within_a_second(served: Served) -> None:
    accounts = Accounts(served.home)
    accounts.add("both", "Both", ["coach", "referee"], password=PASSWORD)
    cookie = sign_in(served.address, "both", PASSWORD)
    assert ask(served.address, "GET", "/var/bars/match.json", cookie).status == 200
    accounts.set_roles("both", ["coach"])
    time.sleep(TRUSTED_S)
    assert ask(served.address, "GET", "/var/bars/match.json", cookie).status == 403
    accounts.disable("both")
    time.sleep(TRUSTED_S)
    assert ask(served.address, "GET", "/var/bars/match.json", cookie).status == 401


# ------------------------------------------------------------------ in the domain

DOMAIN: dict[Action, tuple[bool, ...]] = {
    #                       referee operator organiser coach analyst administrator
    Action.WATCH:            (True, True, True, False, False, False),
    Action.LEAD:             (True, True, False, False, False, False),
    Action.RECORD:           (True, True, True, False, False, False),
    Action.SET_UP:           (True, True, True, False, False, False),
    Action.PREPARE:          (True, True, False, False, False, False),
    Action.MARK:             (True, True, False, False, False, False),
    Action.DECIDE:           (True, False, False, False, False, False),
    Action.REPORT:           (True, True, True, False, False, False),
    Action.REMOVE:           (False, False, True, False, False, False),
    Action.SEE_TRAINING:     (False, False, False, True, True, False),
    Action.KEEP_TRAINING:    (False, False, False, True, False, False),
    Action.ERASE_ATHLETES:   (False, False, False, True, False, True),
    Action.SEE_ACCESS:       (False, False, False, False, False, True),
    Action.KEEP_PEOPLE:      (False, False, False, False, False, True),
    Action.BACK_UP:          (False, False, False, False, False, True),
}  # fmt: skip

LOOK = looks.Batch("fedcba9876543210", 1, (looks.Look("cam1", 1, 2, 0.0, 900),))


def _report(home: Path, who: Person) -> None:
    from var.evidence.package import export_package

    (incident, *_) = Archive(home).incidents("bars")
    export_package(Archive(home, who), "bars", incident.id, home / "reports", lang="vi", sign=False)


ACTS: dict[Action, Callable[[Path, Person, Match], object]] = {
    Action.WATCH: lambda home, who, match: Archive(home, who).match("bars"),
    Action.LEAD: lambda home, who, match: looks.add(Archive(home, who), "bars", LOOK),
    Action.RECORD: lambda home, who, match: Archive(home, who).claim_id("Neu"),
    Action.SET_UP: lambda home, who, match: Archive(home, who).save_setup("bars", Setup(venue="Vinh")),
    Action.PREPARE: lambda home, who, match: Archive(home, who).mark_pitch(
        "bars", "centre_spot", (0, 0, 0), Click("cam1", 1, match.clips[0].sha256, 9.0, 9.0)
    ),
    Action.MARK: lambda home, who, match: Archive(home, who).add_incident("bars", at_s=Fraction(1)),
    Action.DECIDE: lambda home, who, match: Archive(home, who).decide(
        Archive(home).incidents("bars")[0].id, "offside", by=who.name
    ),
    Action.REPORT: lambda home, who, match: _report(home, who),
    Action.REMOVE: lambda home, who, match: (
        Archive(home, who).delete_match("bars"),
        Archive(home, who).restore_match("bars"),
    ),
    Action.SEE_TRAINING: lambda home, who, match: Training(home, who).entries(),
    Action.KEEP_TRAINING: lambda home, who, match: Training(home, who).save_athlete(Athlete("a-1", "Lan")),
    Action.ERASE_ATHLETES: lambda home, who, match: erase(
        Training(home, who), Training(home).save_athlete(Athlete("", "Lan")).id
    ),
    Action.SEE_ACCESS: lambda home, who, match: erasures(Training(home, who)),
    Action.KEEP_PEOPLE: lambda home, who, match: Accounts(home, who).sign_ins(),
    Action.BACK_UP: lambda home, who, match: back_up(home, home.parent / "backups", person=who, media=False),
}


def test_the_table_of_the_domain_is_whole() -> None:
    assert set(DOMAIN) == set(ACTS) == set(Action)
    assert {len(row) for row in DOMAIN.values()} == {len(Role)}


@pytest.mark.parametrize("action", Action)
def test_each_role_does_what_the_table_says(served: Served, action: Action) -> None:
    if not Archive(served.home).incidents("bars"):
        Archive(served.home).add_incident("bars", at_s=Fraction(1))
    found, refusals = {}, set[Action]()
    for account in Accounts(served.home).all():
        if len(account.roles) > 1 or account.login not in served.cookies:
            continue
        try:
            ACTS[action](served.home, account.person, served.match)
            found[account.login] = True
        except NotAllowed as refused:
            found[account.login] = False
            refusals.add(refused.action)
    assert found == dict(zip((role.value for role in Role), DOMAIN[action], strict=True))
    assert refusals <= {action, Action.WATCH}  # what is not even seen is not changed


def test_nobody_signs_with_anothers_name_or_changes_a_past_entry(served: Served) -> None:
    referee = next(account.person for account in Accounts(served.home).all() if account.login == "referee")
    archive = Archive(served.home, referee)
    incident = archive.add_incident("bars", at_s=Fraction(1))
    assert archive.decide(incident.id, "offside", by="Somebody else").decided_by == referee.name
    with sqlite3.connect(served.home / "touchline.db") as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute("UPDATE entry SET body = '{}'")
