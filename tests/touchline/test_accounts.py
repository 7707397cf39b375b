"""Accounts, sessions and sign-ins in the domain: limits by a clock, slowing, the log, the last administrator."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from touchline.accounts.desk import MOST_OF_AN_ACCOUNT, MOST_SLOWED_NOTED, Desk, Slowed, WrongSignIn
from touchline.accounts.kept import Accounts
from touchline.accounts.model import ABSOLUTE, IDLE, MOST_LOGGED, SET_BACK, Outcome, bounded
from touchline.accounts.passwords import LONGEST, check_new, digest, fits, hash_of, one_time
from touchline.attempts import ATTEMPTS, WINDOW_S, Attempts
from touchline.errors import BadValue, NotFound
from touchline.rights import Action, NotAllowed, Person, Role, roles_for

PASSWORD = "bốn từ không liên quan"
ELSEWHERE = "192.168.1.77"


class Clock:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 29, 8, tzinfo=UTC)
        self.ticks = 0.0

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)
        self.ticks += timedelta(**by).total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    found = Accounts(tmp_path, clock=clock)
    found.add("tuyet", "Nguyễn Thị Ánh Tuyết", ["administrator", "referee"], password=PASSWORD)
    return found


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, accounts: Accounts) -> Desk:
    return Desk(
        tmp_path,
        clock=clock,
        senders=Attempts(lambda: clock.ticks),
        logins=Attempts(lambda: clock.ticks, most=MOST_OF_AN_ACCOUNT),
    )


# ------------------------------------------------------------------ passwords


def test_a_password_is_kept_as_an_argon2id_hash_with_a_salt_of_its_own() -> None:
    first, second = hash_of(PASSWORD), hash_of(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert fits(PASSWORD, first)
    assert fits("bo\u0302\u0301n từ không liên quan", first)  # the same letters, put together otherwise
    assert not fits(PASSWORD + " ", first)
    assert not fits(PASSWORD, None)
    assert not fits("", "")
    assert not fits(PASSWORD, "damaged")


def test_an_unknown_login_takes_as_long_as_a_known_one() -> None:
    """Medians of five; a hash takes tens of milliseconds, an answer without one far less than a fifth of that."""
    known = hash_of(PASSWORD)
    fits("x", None)

    def took_s(hashed: str | None) -> float:
        spent = []
        for _ in range(5):
            began = time.perf_counter()
            fits("not it at all", hashed)
            spent.append(time.perf_counter() - began)
        return sorted(spent)[2]

    assert took_s(None) > 0.2 * took_s(known)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("nine sign", "password_short"),
        ("x" * (LONGEST + 1), "password_long"),
        ("aaaaaaaaaaaa", "password_easy"),
        ("123456789012", "password_easy"),
        ("tuyet1234567", "password_easy"),
        ("Ánh Tuyết 1990", "password_easy"),
        ("Touchline2026", "password_easy"),
        ("mật khẩu 123", "password_easy"),
    ],
)
def test_what_is_easily_guessed_is_refused_with_a_reason(password: str, code: str) -> None:
    with pytest.raises(BadValue) as refused:
        check_new(password, login="tuyet", name="Ánh Tuyết")
    assert refused.value.name == code


@given(some.text(alphabet="abcdefghijklmnop ", min_size=12, max_size=60))
def test_length_is_enough_for_anything_else(password: str) -> None:
    if len(set(password)) >= 4 and "abcdef" not in password:
        check_new(password, login="tuyet", name="Ánh Tuyết")


def test_a_one_time_password_may_be_one() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_new(password, login="tuyet", name="Ánh Tuyết")


# ------------------------------------------------------------------ accounts


def test_an_account_is_what_was_said_and_nothing_secret_is_in_the_file(tmp_path: Path, accounts: Accounts) -> None:
    made, password = accounts.add(" HẠNH.Lê ", "  Lê\n Hạnh ", ["coach", "analyst"], email="Hanh@Example.org")
    assert (made.login, made.name, made.email) == ("hạnh.lê", "Lê Hạnh", "hanh@example.org")
    assert (made.roles, made.active, made.must_change) == ({Role.COACH, Role.ANALYST}, True, True)
    assert accounts.find("Hạnh.LÊ") == made
    assert password is not None
    token = Desk(tmp_path).sign_in("hạnh.lê", password, sender="127.0.0.1")
    with contextlib.closing(sqlite3.connect(tmp_path / "touchline.db")) as connection:
        everything = "\n".join(connection.iterdump())
    assert digest(token) in everything
    for secret in (token, password, PASSWORD):
        assert secret not in everything


@pytest.mark.parametrize(
    ("login", "name", "roles", "email", "code"),
    [
        ("tuyet", "Another", ["coach"], None, "login_taken"),
        ("TUYET ", "Another", ["coach"], None, "login_taken"),
        ("two words", "A", ["coach"], None, "bad_login"),
        ("", "A", ["coach"], None, "bad_login"),
        ("x" * 65, "A", ["coach"], None, "bad_login"),
        ("a\u202eb", "A", ["coach"], None, "bad_login"),
        ("a", " \n", ["coach"], None, "bad_name"),
        ("a", "A" * 121, ["coach"], None, "bad_name"),
        ("a", "A", [], None, "no_role"),
        ("a", "A", ["king"], None, "no_such_role"),
        ("a", "A", ["coach"], "nobody", "bad_email"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    accounts: Accounts, login: str, name: str, roles: list[str], email: str | None, code: str
) -> None:
    with pytest.raises(BadValue) as refused:
        accounts.add(login, name, roles, email=email)
    assert refused.value.name == code
    assert [account.login for account in accounts.all()] == ["tuyet"]


def test_an_email_address_belongs_to_one_account(accounts: Accounts) -> None:
    accounts.add("a", "A", ["coach"], email="a@example.org")
    accounts.add("b", "B", ["coach"])
    for change in (
        lambda: accounts.add("c", "C", ["coach"], email="A@example.org"),
        lambda: accounts.set_email("b", "a@EXAMPLE.org"),
    ):
        with pytest.raises(BadValue) as refused:
            change()
        assert refused.value.name == "email_taken"
    assert accounts.set_email("a", None).email is None
    assert accounts.set_email("b", "a@example.org").email == "a@example.org"
    with pytest.raises(NotFound):
        accounts.disable("nobody")


@pytest.mark.parametrize("role", Role)
def test_only_who_keeps_people_sees_or_changes_accounts(tmp_path: Path, accounts: Accounts, role: Role) -> None:
    mine = Accounts(tmp_path, Person("x", "X", frozenset({role})))
    acts = (
        mine.all,
        mine.sessions,
        mine.sign_ins,
        lambda: mine.find("tuyet"),
        lambda: mine.add(f"new-{role}", "New", ["referee"], password=PASSWORD),
        lambda: mine.set_roles("tuyet", ["administrator"]),
        lambda: mine.set_email("tuyet", "x@example.org"),
        lambda: mine.new_password("tuyet", PASSWORD + "!"),
        lambda: mine.end_sessions("tuyet"),
        lambda: mine.enable("tuyet"),
    )
    for act in acts:
        if role in roles_for(Action.KEEP_PEOPLE):
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


STEPS = some.lists(
    some.tuples(
        some.sampled_from(["a", "b", "c"]),
        some.one_of(some.sampled_from(["disable", "enable"]), some.sets(some.sampled_from(Role), min_size=1)),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    found = Accounts(tmp_path_factory.mktemp("three"))
    for login in ("a", "b", "c"):
        found.add(login, login.upper(), ["administrator"], password=PASSWORD)
    return found


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_sequence_of_changes_leaves_nobody_who_administers(three: Accounts, steps: list[tuple[str, object]]) -> None:
    for login in ("a", "b", "c"):
        three.enable(login)
        three.set_roles(login, ["administrator"])
    administer = {"a", "b", "c"}
    for login, change in steps:
        after = set(administer)
        before = three.find(login)
        if change == "disable" or (isinstance(change, set) and Role.ADMINISTRATOR not in change):
            after.discard(login)
        elif (change == "enable" and Role.ADMINISTRATOR in before.roles) or (isinstance(change, set) and before.active):
            after.add(login)
        try:
            if change == "disable":
                three.disable(login)
            elif change == "enable":
                three.enable(login)
            else:
                assert isinstance(change, set)
                three.set_roles(login, change)
        except BadValue as refused:
            assert (refused.name, after, three.find(login)) == ("last_administrator", set(), before)  # noqa: PT017
        else:
            administer = after
        assert {account.login for account in three.all() if account.administers} == administer != set()


# ------------------------------------------------------------------ sessions


def test_a_session_ends_when_it_idles_and_after_a_day_in_any_case(desk: Desk, clock: Clock) -> None:
    token = digest(desk.sign_in("Tuyet", PASSWORD, sender=ELSEWHERE))
    clock.now += IDLE - timedelta(seconds=1)
    found = desk.who(token)
    assert found is not None
    assert found.person.roles == {Role.ADMINISTRATOR, Role.REFEREE}
    clock.now += IDLE - timedelta(seconds=1)
    assert desk.who(token, used=False) is not None  # a page that asks whether it is still signed in is no use
    clock.now += timedelta(seconds=1)
    assert desk.who(token) is None
    clock.now -= timedelta(days=2)
    assert desk.who(digest("")) is None
    again = digest(desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE))
    began = clock.now
    while clock.now < began + ABSOLUTE - timedelta(hours=1):
        clock.now += timedelta(hours=1)
        assert desk.who(again) is not None
    clock.now = began + ABSOLUTE - timedelta(seconds=1)
    assert desk.who(again) is not None
    clock.now += timedelta(seconds=1)
    assert desk.who(again) is None


def test_a_clock_that_is_set_back_makes_no_session_last(desk: Desk, accounts: Accounts, clock: Clock) -> None:
    clock.now += timedelta(days=365)  # a laptop without a network, which hears the time later
    early = digest(desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE))
    clock.now -= SET_BACK
    assert desk.who(early) is not None  # such as a clock that is put right
    clock.now -= timedelta(seconds=1)
    assert desk.who(early) is None
    clock.now -= timedelta(days=364)
    assert desk.who(early) is None
    assert accounts.sessions() == []
    later = digest(desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE))
    clock.now += IDLE / 2
    assert desk.who(later) is not None  # used then
    clock.now -= IDLE / 2
    assert desk.who(later) is None


def test_what_ends_sessions_ends_them_at_once(desk: Desk, accounts: Accounts) -> None:
    def two() -> list[str]:
        return [digest(desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)) for _ in range(2)]

    accounts.add("hanh", "Lê Hạnh", ["administrator"], password=PASSWORD)
    for end in (accounts.disable, lambda login: accounts.new_password(login, PASSWORD), accounts.end_sessions):
        tokens = two()
        assert len(accounts.sessions()) == 2
        end("tuyet")
        assert [desk.who(token) for token in tokens] == [None, None]
        assert accounts.sessions() == []
        accounts.enable("tuyet")
        assert [desk.who(token) for token in tokens] == [None, None]  # what ended does not begin again
    (mine, other) = two()
    accounts.set_roles("tuyet", ["analyst"])
    found = desk.who(mine)
    assert found is not None
    assert found.person.roles == {Role.ANALYST}
    with pytest.raises(WrongSignIn):
        desk.change_password(found, "not it at all", "another one of mine", sender=ELSEWHERE)
    for new, code in ((PASSWORD, "password_same"), ("short", "password_short")):
        with pytest.raises(BadValue) as refused:
            desk.change_password(found, PASSWORD, new, sender=ELSEWHERE)
        assert refused.value.name == code
    desk.change_password(found, PASSWORD, "another one of mine", sender=ELSEWHERE)
    assert (desk.who(mine) is None, desk.who(other) is None) == (False, True)
    desk.sign_in("tuyet", "another one of mine", sender=ELSEWHERE)


def test_a_sign_in_makes_a_new_session_and_ends_the_one_that_was_brought(desk: Desk) -> None:
    """Nobody can be given a session beforehand: what a browser brings never becomes what it gets."""
    first = desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)
    second = desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE, brought=first)
    assert first != second
    assert (desk.who(digest(first)), desk.who(digest(second)) is None) == (None, False)
    planted = "planted-by-somebody-else"
    assert desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE, brought=planted) != planted
    assert desk.who(digest(planted)) is None


def test_a_one_time_password_must_be_changed_first(desk: Desk, accounts: Accounts) -> None:
    _, password = accounts.add("hanh", "Lê Hạnh", ["coach"])
    assert password is not None
    found = desk.who(digest(desk.sign_in("hanh", password, sender=ELSEWHERE)))
    assert found is not None
    assert found.must_change
    desk.change_password(found, password, PASSWORD, sender=ELSEWHERE)
    again = desk.who(digest(desk.sign_in("hanh", PASSWORD, sender=ELSEWHERE)))
    assert again is not None
    assert not again.must_change


# ------------------------------------------------------------------ slowing and the log


def test_wrong_ones_are_slowed_by_sender_and_logged_and_say_nothing_of_what_is_there(
    desk: Desk, accounts: Accounts, clock: Clock
) -> None:
    accounts.add("hanh", "Lê Hạnh", ["coach"], password=PASSWORD)
    accounts.disable("hanh")
    said = set()
    for login, password in (("tuyet", "wrong"), ("nobody", "wrong"), ("hanh", PASSWORD), ("tuyet", ""), ("", "")):
        with pytest.raises(WrongSignIn) as refused:
            desk.sign_in(login, password, sender=ELSEWHERE)
        said.add(str(refused.value))
    assert len(said) == 1
    with pytest.raises(Slowed) as slowed:
        desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)  # even the right one
    assert 0 < slowed.value.wait_s <= WINDOW_S + 1
    desk.sign_in("tuyet", PASSWORD, sender="192.168.1.78")  # others go on
    clock.on(seconds=WINDOW_S)
    desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)
    outcomes = [each.outcome for each in accounts.sign_ins()][::-1]
    wrong = Outcome.WRONG
    assert outcomes == [wrong, wrong, Outcome.DISABLED, wrong, wrong, Outcome.SLOWED, *[Outcome.SIGNED_IN] * 2]
    assert [each.outcome.good for each in accounts.sign_ins(2)] == [True, True]
    assert {each.sender for each in accounts.sign_ins()} == {ELSEWHERE, "192.168.1.78"}


def test_right_ones_do_not_count_and_do_not_wash_wrong_ones_away(desk: Desk) -> None:
    for _ in range(ATTEMPTS + 1):
        desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)
    for _ in range(ATTEMPTS):
        with pytest.raises(WrongSignIn):
            desk.sign_in("nobody", "wrong", sender=ELSEWHERE)
        with contextlib.suppress(Slowed):
            desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)
    with pytest.raises(Slowed):
        desk.sign_in("tuyet", PASSWORD, sender=ELSEWHERE)


def test_many_senders_at_one_account_are_slowed_too_but_one_alone_locks_nobody_out(desk: Desk) -> None:
    for number in range(MOST_OF_AN_ACCOUNT):
        with pytest.raises(WrongSignIn) as refused:
            desk.sign_in("tuyet", "wrong", sender=f"10.0.{number}.1")
        assert not isinstance(refused.value, Slowed)
        if number == ATTEMPTS:  # as much as one sender gets in
            desk.sign_in("TUYET", PASSWORD, sender="10.9.9.9")
    with pytest.raises(Slowed):
        desk.sign_in("tuyet", PASSWORD, sender="10.9.9.8")
    for _ in range(ATTEMPTS + 1):  # where the account has signed in before, others do not keep it out
        desk.sign_in("tuyet", PASSWORD, sender="10.9.9.9")
    for number in range(ATTEMPTS + 1):  # but it is held to the limit of a device
        with pytest.raises(WrongSignIn) as refused:
            desk.sign_in("tuyet", "wrong", sender="10.9.9.9")
        assert isinstance(refused.value, Slowed) == (number == ATTEMPTS)
    with pytest.raises(Slowed):  # what it got right made no room for others
        desk.sign_in("tuyet", PASSWORD, sender="10.9.9.7")


def test_an_ipv6_network_is_one_sender_and_keeps_nobody_from_where_they_signed_in_before(desk: Desk) -> None:
    desk.sign_in("tuyet", PASSWORD, sender="fd00::7")
    for number in range(ATTEMPTS):
        with pytest.raises(WrongSignIn) as refused:
            desk.sign_in("tuyet", "wrong", sender=f"fd00::{number + 1:x}:1")
        assert not isinstance(refused.value, Slowed)
    with pytest.raises(Slowed):
        desk.sign_in("tuyet", PASSWORD, sender="fd00::ffff")  # another address of the same network is no other sender
    for _ in range(ATTEMPTS + 1):
        desk.sign_in("tuyet", PASSWORD, sender="fd00::7")
    for number in range(ATTEMPTS + 1):  # which is held to the limit of a device
        with pytest.raises(WrongSignIn) as refused:
            desk.sign_in("tuyet", "wrong", sender="fd00::7")
        assert isinstance(refused.value, Slowed) == (number == ATTEMPTS)
    with pytest.raises(WrongSignIn) as elsewhere:
        desk.sign_in("tuyet", "wrong", sender="fd00:0:0:1::1")
    assert not isinstance(elsewhere.value, Slowed)


def test_attempts_made_at_the_same_time_are_counted_before_they_are_answered(desk: Desk) -> None:
    answers: list[type] = []

    def guess() -> None:
        try:
            desk.sign_in("tuyet", "wrong", sender=ELSEWHERE)
        except WrongSignIn as refused:
            answers.append(type(refused))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kind.__name__ for kind in answers) == ["Slowed"] * (12 - ATTEMPTS) + ["WrongSignIn"] * ATTEMPTS


def test_a_flood_of_attempts_is_refused_without_keeping_the_disk_busy(desk: Desk, accounts: Accounts) -> None:
    for _ in range(ATTEMPTS + 3 * MOST_SLOWED_NOTED):
        with pytest.raises(WrongSignIn):
            desk.sign_in("nobody", "x", sender=ELSEWHERE)
    outcomes = [each.outcome for each in accounts.sign_ins(1000)]
    assert (outcomes.count(Outcome.WRONG), outcomes.count(Outcome.SLOWED)) == (ATTEMPTS, MOST_SLOWED_NOTED)


def test_the_log_is_bounded_in_lines_and_in_what_somebody_typed(desk: Desk, accounts: Accounts, tmp_path: Path) -> None:
    desk.note("x" * 500 + "\n", "2001:db8::1", Outcome.WRONG)
    desk.note("a\x1b[31m\nb", "", Outcome.WRONG)
    newest, before, *_ = accounts.sign_ins()
    assert newest.login == "a\ufffd[31m\ufffdb"
    assert (len(before.login), before.login[-1]) == (64, "…")
    with contextlib.closing(sqlite3.connect(tmp_path / "touchline.db")) as connection:
        connection.execute("UPDATE account_sign_in SET seq = seq - 1000")
        connection.execute("INSERT INTO account_sign_in VALUES (?, 'x', 'y', 'z', 'wrong')", (MOST_LOGGED,))
        connection.commit()
    desk.note("last", "", Outcome.WRONG)
    assert [each.login for each in accounts.sign_ins()] == ["last", "y"]
    assert bounded("Huế") == "Huế"


# ------------------------------------------------------------------ the first start


def test_the_first_start_makes_one_administrator_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old, code = desk.begin(), desk.begin()
    assert old is not None
    assert code is not None
    with contextlib.closing(sqlite3.connect(tmp_path / "touchline.db")) as connection:
        assert code not in "\n".join(connection.iterdump())
    for wrong in (old, "", "guess"):
        with pytest.raises(WrongSignIn):
            desk.create_first(wrong, "an", "An", [], PASSWORD, sender="127.0.0.1")
    with pytest.raises(BadValue):
        desk.create_first(code, "an", "An", [], "short", sender="127.0.0.1")  # the code stays good
    token = desk.create_first(code, "an", "An", ["referee"], PASSWORD, sender="127.0.0.1")
    found = desk.who(digest(token))
    assert found is not None
    assert (found.person.roles, found.must_change) == ({Role.ADMINISTRATOR, Role.REFEREE}, False)
    with pytest.raises(WrongSignIn):
        desk.create_first(code, "two", "Two", [], PASSWORD, sender="127.0.0.1")
    assert desk.begin() is None
    assert desk.has_administrator()
    outcomes = [each.outcome for each in Accounts(tmp_path).sign_ins()]
    assert outcomes == [Outcome.WRONG_CODE, Outcome.FIRST, *[Outcome.WRONG_CODE] * 3]


def test_two_who_use_the_code_at_once_do_not_both_become_administrator(tmp_path: Path) -> None:
    code = Desk(tmp_path).begin()
    assert code is not None
    made: list[str] = []

    def create(login: str) -> None:
        with contextlib.suppress(WrongSignIn):
            made.append(Desk(tmp_path).create_first(code, login, "An", [], PASSWORD, sender="127.0.0.1"))

    threads = [threading.Thread(target=create, args=(f"an{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(Accounts(tmp_path).all()) == 1


# ------------------------------------------------------------------ another's sign-in


def test_another_sign_in_opens_the_account_of_its_address_and_is_bound_to_it(desk: Desk, accounts: Accounts) -> None:
    _, unused = accounts.add("hanh", "Lê Hạnh", ["coach"], email="hanh@example.org")
    assert unused is not None
    token = desk.by_provider("Hanh@example.org", "https://id.example 7", sender=ELSEWHERE)
    found = desk.who(digest(token))
    assert found is not None
    assert (found.login, found.must_change) == ("hanh", False)
    assert accounts.find("hanh").provider
    with pytest.raises(WrongSignIn):
        desk.sign_in("hanh", unused, sender=ELSEWHERE)  # the one-time password does not become one that stays
    refused = [
        ("hanh@example.org", "https://id.example 8"),
        ("nobody@example.org", "x y"),
        (None, "https://id.example 7"),
    ]
    for email, subject in refused:
        with pytest.raises(WrongSignIn):
            desk.by_provider(email, subject, shown="hanh@example.org", sender=ELSEWHERE)
    accounts.add("ha", "Lê Hà", ["referee"], email="ha@example.org")
    with pytest.raises(WrongSignIn):  # somebody whose address changed at the provider to that of another account
        desk.by_provider("ha@example.org", "https://id.example 7", sender=ELSEWHERE)
    assert not accounts.find("ha").provider
    accounts.disable("hanh")
    with pytest.raises(WrongSignIn):
        desk.by_provider("hanh@example.org", "https://id.example 7", sender=ELSEWHERE)
    newest = [each.outcome for each in accounts.sign_ins(4)]
    assert newest == [Outcome.DISABLED, Outcome.UNKNOWN_EMAIL, Outcome.UNVERIFIED, Outcome.UNKNOWN_EMAIL]
    accounts.enable("hanh")
    accounts.set_email("hanh", "hanh@example.org")  # lets the bound identity go
    desk.by_provider("hanh@example.org", "https://id.example 8", sender=ELSEWHERE)
