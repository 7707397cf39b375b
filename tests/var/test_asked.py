"""Who may fetch, lead and upload: by whom a request names, over real HTTP and sockets, and in a browser's own store."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import recordings
from playwright.sync_api import Browser
from rights_home import LETTERS, somebody
from starlette.applications import Starlette
from test_follow import LOOKS, OPERATOR, closed_with, joined, serving, until
from test_media import clip_of
from websockets.exceptions import InvalidStatus

from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.rights import SCOPE_KEY, Action, Person, Role
from touchline.timebase import ClockMap
from var import looks
from var.archive import Archive
from var.asked import Asked, NotSignedIn, person_of
from var.follow import follow_routes
from var.hub import REFUSED
from var.media import routes
from var.model import Match, Setup
from var.serve.door import ROLE
from var.serve.keys import Role as Device
from var.uploads import new_token, upload_routes, uploaded

WATCH, LEAD, RECORD = Action.WATCH, Action.LEAD, Action.RECORD
ASKERS: dict[str, tuple[dict[str, Any], set[Action], set[Action]]] = {
    "referee": ({SCOPE_KEY: somebody(Role.REFEREE)}, {WATCH, LEAD, RECORD}, {WATCH, LEAD, RECORD}),
    "operator": ({SCOPE_KEY: somebody(Role.OPERATOR)}, {WATCH, LEAD, RECORD}, {WATCH, LEAD, RECORD}),
    "organiser": ({SCOPE_KEY: somebody(Role.ORGANISER)}, {WATCH, RECORD}, {WATCH, RECORD}),
    "coach": ({SCOPE_KEY: somebody(Role.COACH)}, set(), set()),
    "analyst": ({SCOPE_KEY: somebody(Role.ANALYST)}, set(), set()),
    "administrator": ({SCOPE_KEY: somebody(Role.ADMINISTRATOR)}, set(), set()),
    "no role": ({SCOPE_KEY: somebody()}, set(), set()),
    "viewer": ({ROLE: Device.VIEWER}, {WATCH}, {WATCH}),
    "referee at a viewer": ({ROLE: Device.VIEWER, SCOPE_KEY: somebody(Role.REFEREE)}, {WATCH}, {WATCH}),
    "coach at a viewer": ({ROLE: Device.VIEWER, SCOPE_KEY: somebody(Role.COACH)}, set(), set()),
    "operators' device": ({ROLE: Device.OPERATOR}, set(), {WATCH, LEAD, RECORD}),
    "coach at the operators'": ({ROLE: Device.OPERATOR, SCOPE_KEY: somebody(Role.COACH)}, set(), set()),
    "nobody": ({}, set(), {WATCH, LEAD, RECORD}),
    "no person there": ({SCOPE_KEY: "p-1"}, set(), {WATCH, LEAD, RECORD}),
}
"""What a scope says, what may be asked for behind a gate, and without one."""


@pytest.mark.parametrize("name", ASKERS)
def test_who_may_ask_for_what(name: str) -> None:
    scope, behind, without = ASKERS[name]
    for asked, may in ((Asked(gated=True), behind), (Asked(gated=False), without)):
        assert {action for action in (WATCH, LEAD, RECORD) if asked.refusal(scope, action) is None} == may
    assert Asked() == Asked(gated=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_of_nobody_says_what_to_do(lang: str) -> None:
    document = NotSignedIn().document(lang)
    assert document["code"] == "not_signed_in"
    assert document["detail"]
    assert document["hint"]
    assert str(NotSignedIn()) == "Nobody is signed in. Sign in and try again."


# ------------------------------------------------------------------ over the wire


class Gate:
    """Stands for the gate: the cookie ``who`` names a role by its letter, ``-`` nobody, ``v`` a viewer."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked = app, list[str]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Put the person into the scope."""
        sent = dict(scope.get("headers", ())).get(b"cookie", b"").decode()
        who = SimpleCookie(sent).get("who")
        letter = who.value if who is not None else "-"
        if letter == "v":
            scope[ROLE] = Device.VIEWER
        elif letter in LETTERS:
            scope[SCOPE_KEY] = somebody(LETTERS[letter])
        self.asked.append(f"{letter} {scope['path']}")
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the match ``m`` of one camera that can be decoded."""
    home = tmp_path_factory.mktemp("asked")
    clip = clip_of(recordings.write(home / "a.mp4", 30), "cam1", ClockMap())
    Archive(home).add_match(Match("m", "M", Origin.SIMULATED, "2026-01-01T00:00:00Z", Setup(), (clip,)))
    return home


@pytest.fixture
def served(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, Gate]]:
    """The port of the routes behind a gate, and the gate."""
    monkeypatch.setenv("TOUCHLINE_HOME", str(home))
    find, asked = Archive(home).find, Asked()
    gate = Gate(
        Starlette(
            routes=[
                *upload_routes(home, allowed=asked.may_record),
                *follow_routes(find, allowed=asked.may_watch, may_lead=asked.may_lead),
                *routes(find, allowed=asked.may_watch),
            ]
        )
    )
    with serving(gate) as port:  # type: ignore[arg-type]
        yield port, gate


def ask(port: int, path: str, who: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
    """Status, headers and body of an answer to who has this cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Cookie": f"who={who}", **sent})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


PATHS = ("match.json", "timeline.bin", "cam1/gops.bin?from=0&to=9", "cam1/media/1.mp4", "cam1/still/1.jpg", "screen")


@pytest.mark.parametrize("path", PATHS)
def test_who_may_see_no_match_does_not_learn_which_there_are(served: tuple[int, Gate], path: str) -> None:
    port, _ = served
    for who in "CAD-":
        (there, _, body), (nowhere, _, other) = (ask(port, f"/var/{match}/{path}", who) for match in ("m", "none"))
        assert (there, nowhere) == (403, 403), who
        assert body == other
    assert ask(port, f"/var/none/{path}", "G")[0] == 404


@pytest.mark.parametrize("path", PATHS)
def test_pictures_go_to_who_may_watch(served: tuple[int, Gate], path: str) -> None:
    port, _ = served
    for who, status in {"R": 200, "O": 200, "G": 200, "v": 200, "C": 403, "A": 403, "D": 403, "-": 403}.items():
        found, headers, body = ask(port, f"/var/m/{path}", who)
        assert found == status, who
        if status == 200:
            continue
        assert headers["cache-control"] == "no-store"
        if path != "screen":
            document = json.loads(body)
            assert document["code"] == ("not_signed_in" if who == "-" else "not_allowed")
            assert "xem trận đấu" in document["detail"] or who == "-"
        else:
            assert "trọng tài / VAR" in body.decode() or who == "-"


@pytest.mark.parametrize("path", PATHS[:-1])
def test_what_one_was_given_is_given_to_no_other_who_has_its_name(served: tuple[int, Gate], path: str) -> None:
    port, _ = served
    status, headers, _ = ask(port, f"/var/m/{path}", "R")
    for who in ("C", "-"):
        again, _, _ = ask(port, f"/var/m/{path}", who, If_None_Match=headers.get("etag", "*"))
        assert (status, again) == (200, 403)


def test_what_a_browser_keeps_is_not_shown_to_the_next_to_sign_in(
    served: tuple[int, Gate], home: Path, chromium: Browser
) -> None:
    port, gate = served
    version = Archive(home).match("m").clips[0].sha256[:16]
    address = f"http://127.0.0.1:{port}"
    paths = [f"/var/m/cam1/still/1.jpg?v={version}", f"/var/m/cam1/media/1.mp4?v={version}"]
    context = chromium.new_context()
    page = context.new_page()

    def statuses(who: str) -> list[int]:
        context.add_cookies([{"name": "who", "value": who, "url": address}])
        found: list[int] = page.evaluate(
            """paths => Promise.all(paths.map(async path => {
              const answer = await fetch(path);
              await answer.blob();
              return answer.status;
            }))""",
            paths,
        )
        return found

    page.goto(f"{address}/var/m/screen?lang=vi")
    context.add_cookies([{"name": "who", "value": "R", "url": address}])
    page.goto(f"{address}/var/m/match.json")
    assert statuses("R") == [200, 200]
    asked = len(gate.asked)
    assert statuses("R") == [200, 200]
    assert len(gate.asked) == asked  # kept: the same person waits for nothing
    assert statuses("C") == [403, 403]
    assert statuses("-") == [403, 403]
    assert statuses("R") == [200, 200]
    context.close()


def test_only_who_may_record_uploads(served: tuple[int, Gate], home: Path) -> None:
    port, _ = served
    for who in ("C", "A", "D", "v", "-"):
        token = new_token(home)
        status, _, body = ask(port, f"/var/upload/{token}/a.mp4?lang=en", who, "PUT", b"bytes")
        code = "not_allowed" if who in LETTERS else "not_signed_in"
        assert (status, json.loads(body)["code"], uploaded(home, token)) == (403, code, [])
    for who in ("R", "O", "G"):
        token = new_token(home)
        assert ask(port, f"/var/upload/{token}/a.mp4", who, "PUT", b"bytes")[0] == 200
        assert [path.read_bytes() for path in uploaded(home, token)] == [b"bytes"]


def test_only_who_may_lead_adds_to_the_log_of_looks(served: tuple[int, Gate], home: Path) -> None:
    port, _ = served
    body = json.dumps(LOOKS).encode()
    for who in ("G", "C", "v", "-"):
        status, _, said = ask(port, "/var/m/looks?lang=en", who, "POST", body)
        assert status == 403
        if who == "G":
            assert json.loads(said)["code"] == "not_allowed"
            assert "lead the screens" in json.loads(said)["detail"]
        assert looks.looks(Archive(home), "m") == []
    assert ask(port, "/var/m/looks", "O", "POST", body)[0] == 200
    assert len(looks.looks(Archive(home), "m")) == 1


def test_who_may_only_watch_follows_and_never_leads(served: tuple[int, Gate]) -> None:
    port, _ = served

    def cookie(who: str) -> dict[str, Any]:
        return {"additional_headers": {"Cookie": f"who={who}"}}

    with joined(port, OPERATOR, **cookie("R")) as leader:
        assert until(leader, "lead", yours=True)
        with joined(port, {"role": "follower"}, **cookie("G")) as screen:
            assert until(screen, "operator", present=True)
        for who in ("G", "v"):
            with joined(port, OPERATOR | {"take": True}, **cookie(who)) as other:
                assert closed_with(other) == REFUSED
    for who in ("C", "A", "D", "-"):
        with pytest.raises(InvalidStatus, match="403"), joined(port, OPERATOR, **cookie(who)):
            pass


def test_a_bare_server_serves_everyone(home: Path) -> None:
    with serving(Starlette(routes=[*follow_routes(Archive(home).find), *routes(Archive(home).find)])) as port:
        for path in PATHS:
            assert ask(port, f"/var/m/{path}", "-")[0] == 200


def test_the_person_of_a_scope_is_a_person() -> None:
    lan = Person("p-1", "Lan", frozenset())
    assert person_of({SCOPE_KEY: lan}) is lan
    assert person_of({}) is person_of({SCOPE_KEY: {"name": "Lan"}}) is None
