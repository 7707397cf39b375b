"""Signing in at the running app, over HTTP and in a browser: the first start, cookies, forms, sockets, ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import EVERYBODY, EVERYBODYS_NAME, PASSWORD, Address, add_account, enter, serving, session
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect
from wire import PAGE, WITHIN_S, ask, closing_code, opened, post, sign_in

from touchline.accounts.cookie import PLAIN_NAME, SECURE_NAME
from touchline.accounts.desk import NOTED_EVERY
from touchline.accounts.gate import TRUSTED_S
from touchline.accounts.kept import Accounts
from touchline.accounts.model import ABSOLUTE, LONGEST_NAME, Outcome
from touchline.accounts.passwords import digest
from touchline.attempts import ATTEMPTS
from touchline.i18n import t
from touchline.rights import Role

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/sign-in\?first=(\S+))")
ONE_TIME = re.compile(r"(?:[2-9a-z]{4}-){3}[2-9a-z]{4}")
CLOSED = (("GET", "/var/none/match.json"), ("GET", "/var/ui/player.js"), ("PUT", "/var/upload/0/a"), ("POST", "/x"))
SAFE = {
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(APP, tmp_path_factory.mktemp("signed")) as found:
        yield found


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    found = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="en-GB")
    found.set_default_timeout(30_000)
    yield found
    found.close()


# ------------------------------------------------------------------ the first start


def test_the_first_start_from_the_terminal_to_the_first_page(tmp_path: Path) -> None:
    with serving(APP, tmp_path, account=False) as address:
        log = (tmp_path / "server.log").read_text("utf-8")
        (path, code) = LINK.search(log).groups()  # type: ignore[union-attr]
        assert log.count(code) == 1
        assert "one-time" not in log
        waiting = ask(address, "GET", "/", **PAGE)
        assert (waiting.status, waiting.headers["location"]) == (303, "/sign-in?next=%2F")
        for method, closed in CLOSED:
            assert ask(address, method, closed).status == 401
        assert opened(address, "/_stcore/stream") == 403
        assert "terminal" in ask(address, "GET", "/sign-in?lang=en").text  # without the code: where it stands
        assert post(address, "/sign-in", {"login": "an", "password": PASSWORD}).status == 403
        wrong = ask(address, "GET", "/sign-in?lang=en&first=guess", **PAGE)
        assert (wrong.status, "does not work" in wrong.text) == (403, True)
        page = ask(address, "GET", f"{path}&lang=en", **PAGE)
        assert page.status == 200
        assert page.text.count("type=checkbox") == page.text.count(" checked>") == len(Role) - 1
        assert "One person on one laptop does everything" in page.text
        for name, value in SAFE.items():
            assert value in page.headers[name]
        assert "<script" not in page.text
        fields = {"first": code, "name": "Nguyễn Thị Ánh Tuyết", "login": "tuyet", "role": ["referee", "operator"]}
        short = post(address, "/sign-in?lang=en", {**fields, "new": "short", "again": "short"})
        assert (short.status, short.cookies) == (400, [])
        assert short.text.count(" checked>") == 2  # what was typed stays
        assert 'value="Nguyễn Thị Ánh Tuyết"' in short.text
        assert "short" not in short.text.replace("too short", "")  # but no password
        two = post(address, "/sign-in", {**fields, "new": PASSWORD, "again": PASSWORD + "!"})
        assert two.status == 400
        made = post(address, "/sign-in", {**fields, "new": PASSWORD, "again": PASSWORD})
        assert (made.status, made.headers["location"]) == (303, "/")
        cookie = made.cookies[0].partition(";")[0]
        assert ask(address, "GET", "/", cookie, **PAGE).status == 200
        assert ask(address, "GET", path, **PAGE).text.count("first") == 0  # used
        assert post(address, "/sign-in", {**fields, "login": "x", "new": PASSWORD, "again": PASSWORD}).status == 403
    (account,) = Accounts(tmp_path).all()
    assert account.roles == {Role.ADMINISTRATOR, Role.REFEREE, Role.OPERATOR}
    with serving(APP, tmp_path, account=False):
        assert LINK.search((tmp_path / "server.log").read_text("utf-8").replace(log, "", 1)) is None


def test_a_restart_makes_a_new_link_and_ends_the_old_one(tmp_path: Path) -> None:
    for _ in range(2):
        with serving(APP, tmp_path, account=False) as address:
            links = [found[0] for found in LINK.findall((tmp_path / "server.log").read_text("utf-8"))]
            answers = [ask(address, "GET", link, **PAGE).status for link in links]
    assert answers == [403, 200]


def test_the_link_of_the_other_command_leads_to_its_own_port(tmp_path: Path) -> None:
    """``touchline serve`` on a port that the system chose."""
    command = [sys.executable, "-c", "import sys; from touchline.cli import main; sys.exit(main())"]
    environment = {**os.environ, "TOUCHLINE_HOME": str(tmp_path), "PYTHONPATH": str(APP.parent)}
    with (tmp_path / "said.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=log, env=environment
        )
    try:
        assert server.stdout is not None
        address = json.loads(server.stdout.readline())["local_url"]
        found = LINK.search((tmp_path / "said.log").read_text("utf-8"))
        assert found is not None
        assert found[0].startswith(f"{address}/sign-in?first=")
        assert ask(address, "GET", found[1], **PAGE).status == 200
    finally:
        server.terminate()
        server.communicate(timeout=WITHIN_S)


# ------------------------------------------------------------------ cookies


def test_a_sign_in_sets_one_cookie_that_no_script_and_no_other_site_gets(address: Address) -> None:
    answer = post(address, "/sign-in?lang=en", {"login": "AN", "password": PASSWORD, "next": "/settings?a=b"})
    assert (answer.status, answer.headers["location"]) == (303, "/settings?a=b")
    kept, spoken = answer.cookies
    name, _, value = kept.partition(";")[0].partition("=")
    assert (name, len(value) >= 43) == (PLAIN_NAME, True)
    flags = {part.strip() for part in kept.split(";")[1:]}
    assert flags == {"Path=/", f"Max-Age={int(ABSOLUTE.total_seconds())}", "HttpOnly", "SameSite=Lax"}
    assert spoken.startswith("touchline_lang=en;")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("forged", ["", "x", "a" * 43, "{sha}", "{id}", "{cut}", "{more}", "é", "%00"])
def test_what_is_no_session_opens_nothing(address: Address, forged: str) -> None:
    name, _, value = session(address.home).partition("=")
    (newest, *_) = Accounts(address.home).sessions()
    told = {"sha": digest(value), "id": newest.id, "cut": value[:-1], "more": value + "A"}
    cookie = f"{name}={forged.format(**told)}"
    for method, path in CLOSED:
        answer = ask(address, method, path, cookie.encode().decode("latin-1"))
        assert answer.status == 401, path
        assert b'"sign_in_needed"' in answer.body
    assert opened(address, "/_stcore/stream", cookie.encode("ascii", "replace").decode()) == 403
    assert ask(address, "GET", "/", f"{SECURE_NAME}={value}", **PAGE).status == 303  # not the name for plain HTTP
    assert ask(address, "GET", "/", f"broken=a;b c, d; {name}={value}", **PAGE).status == 200


def test_a_header_of_the_clients_own_is_no_session(address: Address) -> None:
    _, _, value = session(address.home).partition("=")
    assert ask(address, "GET", "/var/ui/player.js", X_Touchline_Session=digest(value)).status == 401
    assert opened(address, "/_stcore/stream", X_Touchline_Session=digest(value)) == 403


def test_an_expired_session_opens_nothing(address: Address) -> None:
    cookie = sign_in(address, EVERYBODY, PASSWORD)
    assert ask(address, "GET", "/", cookie, **PAGE).status == 200
    with contextlib.closing(sqlite3.connect(address.home / "touchline.db")) as connection:
        connection.execute("UPDATE account_session SET seen_utc = '2026-01-01' WHERE token_sha256 = ?",
                           (digest(cookie.partition("=")[2]),))  # fmt: skip
        connection.commit()
    time.sleep(TRUSTED_S)
    answer = ask(address, "GET", "/review?match=a%20b", cookie, **PAGE)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=%2Freview%3Fmatch%3Da%2520b&ended=1")
    assert "session has ended" in ask(address, "GET", answer.headers["location"] + "&lang=en", **PAGE).text


def test_signing_out_ends_the_session_itself_and_only_by_a_form(address: Address) -> None:
    cookie = sign_in(address, EVERYBODY, PASSWORD)
    assert ask(address, "GET", "/sign-out", cookie, **PAGE).headers["location"] == "/sign-in"
    assert ask(address, "GET", "/", cookie, **PAGE).status == 200
    out = post(address, "/sign-out", {}, cookie)
    assert (out.status, out.headers["location"]) == (303, "/sign-in?left=1")
    assert out.cookies[0].startswith(f"{PLAIN_NAME}=; Path=/; Max-Age=0;")
    assert ask(address, "GET", "/var/ui/player.js", cookie).status == 401  # a copy of the cookie is worthless


def test_nobody_can_be_given_a_session(address: Address) -> None:
    planted = f"{PLAIN_NAME}=planted-by-somebody-else"
    own = sign_in(address, EVERYBODY, PASSWORD)
    answer = post(address, "/sign-in", {"login": EVERYBODY, "password": PASSWORD}, own)
    assert answer.cookies[0].partition(";")[0] != own
    assert ask(address, "GET", "/var/ui/player.js", own).status == 401  # what the browser brought has ended
    post(address, "/sign-in", {"login": EVERYBODY, "password": PASSWORD}, planted)
    assert ask(address, "GET", "/var/ui/player.js", planted).status == 401


# ------------------------------------------------------------------ forms


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_forms_and_sockets_of_other_origins_are_refused(address: Address, origin: str) -> None:
    cookie = session(address.home)
    for path, fields in (
        ("/sign-in", {"login": EVERYBODY, "password": PASSWORD}),
        ("/sign-out", {}),
        ("/password", {"old": PASSWORD, "new": "another one of mine", "again": "another one of mine"}),
        ("/var/none/looks", {}),
    ):
        answer = post(address, path, fields, cookie, Origin=origin)
        assert (answer.status, answer.cookies) == (403, []), path
        assert b'"foreign_origin"' in answer.body
    assert ask(address, "PUT", "/var/upload/0/a", cookie, b"x", Origin=origin).status == 403
    assert opened(address, "/_stcore/stream", cookie, Origin=origin) == 403
    assert ask(address, "GET", "/", cookie, **PAGE).status == 200
    assert opened(address, "/_stcore/stream", cookie, Origin=str(address)) == 101
    assert post(address, "/sign-out", {}, cookie, Origin=str(address)).status == 303


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "/%0d%0aSet-Cookie:a=b\r\nSet-Cookie: a=b", "javascript:alert(1)", "evil.example", "", "/sign-out", "/é",
    ],
)  # fmt: skip
def test_a_sign_in_leads_nowhere_else(address: Address, place: str) -> None:
    answer = post(address, "/sign-in", {"login": EVERYBODY, "password": PASSWORD, "next": place})
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert len(answer.cookies) == 1


def test_wrong_ones_are_told_alike_slowed_and_logged(tmp_path: Path) -> None:
    with serving(APP, tmp_path) as address:
        wrong = [(EVERYBODY, "wrong <b>"), ("<script>", PASSWORD), (EVERYBODY, ""), ("", ""), ("nobody", "x")]
        answers = [post(address, "/sign-in?lang=en", {"login": a, "password": b}) for a, b in wrong]
        assert {(each.status, len(each.cookies)) for each in answers} == {(403, 0)}
        assert len(answers) == ATTEMPTS
        for each in answers:
            assert "Login or password are wrong. Look at both and try again" in each.text
            assert "<script>" not in each.text
            assert "wrong <b>" not in each.text
        slowed = post(address, "/sign-in?lang=en", {"login": EVERYBODY, "password": PASSWORD})
        assert (slowed.status, 0 < int(slowed.headers["retry-after"]) <= 61) == (429, True)
        assert "Wait" in slowed.text
    newest = Accounts(tmp_path).sign_ins()
    assert [each.outcome for each in newest] == [Outcome.SLOWED, *[Outcome.WRONG] * ATTEMPTS]
    assert {each.sender for each in newest} == {"127.0.0.1"}
    assert "<script>" in {each.login for each in newest}


def test_huge_and_odd_forms_are_answered(address: Address) -> None:
    huge = post(address, "/sign-in", {"login": EVERYBODY, "password": "x" * 10_000})
    assert huge.status in (403, 429)
    assert ask(address, "DELETE", "/sign-in").status == 405
    assert ask(address, "POST", "/sign-in/state").status == 405
    assert [ask(address, "GET", "/sign-in/state", cookie).status for cookie in ("", session(address.home))] == [
        401,
        204,
    ]
    assert ask(address, "HEAD", "/sign-in").status == 200


def test_who_was_given_a_password_chooses_another_before_anything_else(address: Address) -> None:
    _, given = Accounts(address.home).add("hanh", "Lê Hạnh", ["coach"])
    assert given is not None
    cookie = sign_in(address, "hanh", given)
    assert ask(address, "GET", "/", cookie, **PAGE).headers["location"] == "/password?next=%2F"
    refused = ask(address, "GET", "/var/ui/player.js", cookie)
    assert (refused.status, b'"must_change"' in refused.body) == (403, True)
    assert opened(address, "/_stcore/stream", cookie) == 403
    assert "works once" in ask(address, "GET", "/password?lang=en", cookie, **PAGE).text
    for new, again in ((given, given), ("short", "short"), (PASSWORD, PASSWORD + "!")):
        assert post(address, "/password", {"old": given, "new": new, "again": again}, cookie).status == 400
    assert post(address, "/password", {"old": "wrong", "new": PASSWORD, "again": PASSWORD}, cookie).status == 403
    assert post(address, "/password", {"old": given, "new": PASSWORD, "again": PASSWORD}, cookie).status == 303
    assert ask(address, "GET", "/", cookie, **PAGE).status == 200
    assert ask(address, "GET", "/password", **PAGE).headers["location"] == "/sign-in?ended=1"


def test_a_forced_change_of_password_goes_on_to_what_was_asked_for(address: Address) -> None:
    accounts, aim = Accounts(address.home), "/review?match=a%20b&x=/y"
    _, given = accounts.add("nga", "Lê Nga", ["referee"])
    assert given is not None
    led = ask(address, "GET", aim, **PAGE).headers["location"]
    signed = post(address, led, {"login": "nga", "password": given, "next": aim})
    assert (signed.status, signed.headers["location"]) == (303, aim)
    cookie = signed.cookies[0].partition(";")[0]
    place = ask(address, "GET", aim, cookie, **PAGE).headers["location"]
    assert place == "/password?next=%2Freview%3Fmatch%3Da%2520b%26x%3D%2Fy"
    page = ask(address, "GET", place, cookie, **PAGE).text
    (kept,) = re.findall(r'name=next value="([^"]*)"', page)
    assert unescape(kept) == aim
    assert f'href="{escape(place)}&amp;lang=' in page  # the other language of the page keeps it too
    wrong = post(address, "/password", {"old": "x", "new": PASSWORD, "again": PASSWORD, "next": aim}, cookie)
    assert (wrong.status, f'name=next value="{kept}"' in wrong.text) == (403, True)
    done = post(address, "/password", {"old": given, "new": PASSWORD, "again": PASSWORD, "next": aim}, cookie)
    assert (done.status, done.headers["location"]) == (303, aim)


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https:", "https://evil.example", "/password"])
def test_a_change_of_password_leads_to_no_other_place(address: Address, place: str) -> None:
    accounts, login = Accounts(address.home), "doi"
    if login not in {account.login for account in accounts.all()}:
        accounts.add(login, "Đỗ Đôi", ["coach"])
    _, given = accounts.new_password(login)
    assert given is not None
    cookie = sign_in(address, login, given)
    shown = ask(address, "GET", f"/password?{urlencode({'next': place})}", cookie, **PAGE).text
    assert 'name=next value="/"' in shown
    done = post(address, "/password", {"old": given, "new": PASSWORD, "again": PASSWORD, "next": place}, cookie)
    assert (done.status, done.headers["location"]) == (303, "/")


def test_a_socket_is_closed_once_its_session_has_ended(address: Address) -> None:
    cookie = session(address.home)
    place = f"ws{address.removeprefix('http')}/_stcore/stream"
    with connect(place, additional_headers={"Cookie": cookie}, open_timeout=WITHIN_S) as socket:
        post(address, "/sign-out", {}, cookie)
        socket.send(b"\x5a\x00")  # whatever the page would say next
        assert closing_code(socket) == 1008


# ------------------------------------------------------------------ in a browser


@pytest.mark.browser
def test_a_person_signs_in_sees_their_name_and_signs_out(context: BrowserContext, address: Address) -> None:
    page = context.new_page()
    page.goto(f"{address}/settings")
    page.wait_for_url("**/sign-in?next=%2Fsettings")
    for one in (page.locator("input:visible"), page.get_by_role("button")):
        for number in range(one.count()):
            box = one.nth(number).bounding_box()
            assert box is not None
            assert box["height"] >= 44
    page.fill("#login", EVERYBODY)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/settings")
    out = page.locator(".st-key-visitor button")
    out.wait_for()
    assert EVERYBODYS_NAME in out.inner_text()
    assert "referee / VAR" in (out.get_attribute("title") or "")
    box = out.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert PLAIN_NAME not in page.evaluate("document.cookie")
    out.click()
    page.wait_for_url("**/sign-in?left=1**")
    page.goto(f"{address}/settings")
    page.wait_for_url("**/sign-in?next=%2Fsettings")


@pytest.mark.browser
def test_a_page_whose_session_has_ended_asks_to_sign_in_again(context: BrowserContext, address: Address) -> None:
    add_account(address.home, "lan", "Phạm Lan", ["analyst"])
    enter(context, address, "lan")
    page = context.new_page()
    page.goto(f"{address}/settings?x=1")
    page.locator(".st-key-visitor button").wait_for()
    Accounts(address.home).end_sessions("lan")
    page.wait_for_url("**/sign-in?ended=1&lang=*&next=%2Fsettings**")
    page.get_by_text("The session has ended").or_(page.get_by_text("Phiên làm việc đã kết thúc")).wait_for()


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_administrator_adds_a_person_who_then_signs_in(context: BrowserContext, address: Address, lang: str) -> None:
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": str(address)}])
    enter(context, address)
    words = {"vi": ("Thêm người", "Họ tên, như ghi trên quyết định", "Tên đăng nhập", "Vai trò", "huấn luyện viên"),
             "en": ("Add a person", "Name, as it stands on decisions", "Login", "Roles", "coach")}[lang]  # fmt: skip
    add, name, login, roles, coach = words
    email = t("touchline.accounts.email", lang)
    refused = t("touchline.errors.bad_name.detail", lang, longest=LONGEST_NAME)
    page = context.new_page()
    page.goto(f"{address}/settings")
    page.get_by_text(add, exact=True).first.click()
    form = page.get_by_test_id("stForm")
    form.get_by_label(name).fill(f"Trần Bình {lang}")
    form.get_by_label(login, exact=True).fill(f"binh-{lang}")
    option = page.get_by_role("option", name=coach)
    chosen = form.get_by_test_id("stMultiSelect").get_by_text(coach)
    for _ in range(5):  # a page that is drawn anew at that moment shuts the list again
        with contextlib.suppress(PlaywrightTimeout):
            form.get_by_label(roles).click()
            option.click(timeout=4000)
            chosen.wait_for(timeout=4000)
            break
    page.keyboard.press("Escape")
    code = page.get_by_test_id("stCode").filter(has_text=ONE_TIME)
    for _ in range(3):  # the list that shuts moves the button away under the pointer
        with contextlib.suppress(PlaywrightTimeout):
            form.get_by_role("button", name=add).click()
            code.wait_for(timeout=15_000)
            break
    given = code.inner_text().strip()
    assert ONE_TIME.fullmatch(given)
    account = Accounts(address.home).find(f"binh-{lang}")
    assert (account.roles, account.must_change) == ({Role.COACH}, True)
    cookie = sign_in(address, f"binh-{lang}", given)
    assert ask(address, "GET", "/", cookie, **PAGE).headers["location"] == "/password?next=%2F"
    form.get_by_label(name).and_(page.locator("[value='']")).wait_for()  # ready for the next person
    assert [form.get_by_label(each, exact=True).input_value() for each in (name, login, email)] == ["", "", ""]
    assert form.get_by_test_id("stMultiSelect").get_by_text(coach).count() == 0
    form.get_by_label(login, exact=True).fill(f"binh-{lang}")
    form.get_by_role("button", name=add).click()
    page.get_by_test_id("stAlertContainer").filter(has_text=refused).wait_for()
    assert form.get_by_label(login, exact=True).input_value() == f"binh-{lang}"  # what was refused stays to be mended


@pytest.mark.browser
def test_who_keeps_no_people_sees_none(context: BrowserContext, address: Address) -> None:
    add_account(address.home, "coach", "Coach", ["coach"])
    enter(context, address, "coach")
    page = context.new_page()
    page.goto(f"{address}/settings")
    page.get_by_text("Cài đặt", exact=True).or_(page.get_by_text("Settings", exact=True)).first.wait_for()
    page.locator(".st-key-visitor button").wait_for()
    page.wait_for_timeout(1000)
    assert page.get_by_text(EVERYBODYS_NAME).count() == 0
    assert page.locator("[class*=st-key-people]").count() == 0


def test_a_page_that_draws_itself_anew_does_not_keep_a_session_from_idling(address: Address) -> None:
    """A recording's line is drawn each second, also where nobody has been for hours."""

    def seen() -> str:
        (found,) = [each for each in Accounts(address.home).sessions() if each.id == mine.id]
        return found.seen_utc

    cookie = session(address.home)
    mine, *_ = Accounts(address.home).sessions()
    place = f"ws{address.removeprefix('http')}/_stcore/stream"
    with connect(place, additional_headers={"Cookie": cookie}, open_timeout=WITHIN_S) as socket:
        with contextlib.closing(sqlite3.connect(address.home / "touchline.db")) as connection:
            before = (datetime.now(UTC) - 2 * NOTED_EVERY).isoformat(timespec="microseconds")
            connection.execute("UPDATE account_session SET seen_utc = ? WHERE id = ?", (before, mine.id))
            connection.commit()
        time.sleep(TRUSTED_S)
        for by_itself in (True, False):
            said = BackMsg()
            said.rerun_script.is_auto_rerun = by_itself
            said.rerun_script.query_string = ""
            socket.send(said.SerializeToString())
            deadline = time.monotonic() + (TRUSTED_S / 2 if by_itself else WITHIN_S)
            while seen() == before and time.monotonic() < deadline:
                time.sleep(0.1)
            assert (seen() == before) is by_itself
