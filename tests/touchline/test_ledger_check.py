"""One changed, removed, moved, inserted or cut-off line is found and located; what is hostile is merely broken."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import KEY, OTHER, REFEREE, begun, checked, filled, found_at, line_at

from touchline.errors import BadFile, BadValue
from touchline.ledger import Entry, Head, HeadState, Kind, Report, Status, check, read_head, words, write_slice
from touchline.ledger.checking import check_stream
from touchline.ledger.line import MAX_LINE, encode_line, hash_of, read_line

VALUES = (lambda byte: byte ^ 1, lambda byte: 10 if byte != 10 else 0xFF, lambda byte: 0x7D)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Eight short lines: header, checkpoint, five entries, checkpoint."""
    path = tmp_path_factory.mktemp("signed") / "ledger.jsonl"
    filled(path, 5)
    return path.read_bytes()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Five lines: header, checkpoint, two entries, checkpoint."""
    path = tmp_path_factory.mktemp("small") / "ledger.jsonl"
    filled(path, 2)
    return path.read_bytes()


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Head]:
    """Four lines of which only the first is signed, and the head that was kept."""
    path = tmp_path_factory.mktemp("unsigned") / "ledger.jsonl"
    filled(path, 2, signed=False)
    head = read_head(path)
    assert head is not None
    return path.read_bytes(), head


def kinds(report: Report) -> list[tuple[Kind, int, int, int | None, int | None]]:
    return [(each.kind, each.line, each.last_line, each.n, each.last_n) for each in report.breaks]


def parts(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def test_an_intact_ledger_says_what_it_is(signed: bytes) -> None:
    report = checked(signed)
    assert (report.status, report.breaks, report.lines, report.size) == (Status.INTACT, (), 8, len(signed))
    assert (report.first_n, report.last_n, report.signed_to, report.subject) == (0, 7, 7, "hue-da-nang")
    assert report.sha256 == hash_of(parts(signed)[-1][:-1])
    assert (report.heads, report.excerpt, report.stopped) == (HeadState.ABSENT, None, False)


def test_every_changed_byte_of_a_signed_ledger_is_found_in_its_line(small: bytes) -> None:
    missed = []
    for at, byte in enumerate(small):
        line = line_at(small, at)
        for changed in {change(byte) for change in VALUES} - {byte}:
            report = checked(small[:at] + bytes([changed]) + small[at + 1 :])
            first = report.first_break
            if report.status is not Status.BROKEN or not found_at(report, line) or (first and first.offset > at):
                missed.append((at, byte, changed, line, first))
    assert missed == []


def test_every_changed_byte_is_found_in_its_line_by_the_head_where_nothing_is_signed(
    unsigned: tuple[bytes, Head],
) -> None:
    data, head = unsigned
    assert checked(data, [head]).status is Status.INTACT
    for at, byte in enumerate(data):
        for changed in {byte ^ 1, 10 if byte != 10 else 0}:
            report = checked(data[:at] + bytes([changed]) + data[at + 1 :], [head])
            assert found_at(report, line_at(data, at)), (at, changed, report.breaks)


def test_every_changed_byte_of_a_slice_is_found_in_its_line(tmp_path: Path) -> None:
    filled(tmp_path / "ledger.jsonl", 3)
    for first, last in ((3, 4), (0, 1), (1, 2)):
        write_slice(tmp_path / "ledger.jsonl", first, last, tmp_path / "slice")
        data = (tmp_path / "slice").read_bytes()
        for at, byte in enumerate(data):
            report = check_stream(io.BytesIO(data[:at] + bytes([byte ^ 1]) + data[at + 1 :]), len(data))
            assert report is not None
            assert found_at(report, line_at(data, at)), (first, at, report.breaks)


def test_a_byte_less_or_more_is_found_in_its_line(signed: bytes) -> None:
    for at in range(0, len(signed), 3):
        for other in (signed[:at] + signed[at + 1 :], signed[:at] + b"5" + signed[at:]):
            if other[at : at + 2] != b"55":  # a digit beside its like: which one it was cannot be told
                assert found_at(checked(other), line_at(signed, at)), at


def test_a_cut_at_any_byte_is_found_by_the_head(signed: bytes) -> None:
    whole = parts(signed)
    head = Head(7, hash_of(whole[-1][:-1]))
    for at in range(len(whole[0]) + len(whole[1]), len(signed), 5):
        report = checked(signed[:at], [head])
        left = signed.count(b"\n", 0, at)
        assert [(each.kind, each.line, each.n, each.last_n) for each in report.breaks] == [
            (Kind.CUT_OFF, left + 1, left, 7)
        ]


def test_a_torn_end_is_told_from_a_cut(signed: bytes) -> None:
    assert kinds(checked(signed + b'{"body":{')) == [(Kind.TORN, 9, 9, 8, 8)]
    assert kinds(checked(signed + b'{"body":{', [Head(7, hash_of(parts(signed)[7][:-1]))]))[0][0] is Kind.TORN


def test_removed_lines_are_named(signed: bytes) -> None:
    whole = parts(signed)
    for first in range(1, 7):
        for last in range(first, 7):
            report = checked(b"".join(whole[:first] + whole[last + 1 :]))
            assert kinds(report) == [(Kind.REMOVED, first + 1, first + 1, first, last)]
    assert kinds(checked(b"".join(whole[1:]))) == [(Kind.REMOVED, 1, 1, 0, 0)]


def test_moved_lines_are_named(signed: bytes) -> None:
    for one in range(1, 8):
        for other in range(one + 1, 8):
            whole = parts(signed)
            whole[one], whole[other] = whole[other], whole[one]
            assert kinds(checked(b"".join(whole))) == [(Kind.REORDERED, one + 1, other + 1, one, other)]


def test_inserted_lines_are_named(signed: bytes) -> None:
    whole = parts(signed)
    for at in range(2, 8):
        before = read_line(whole[at - 1][:-1])
        forged = {
            "well linked": {"n": at, "prev": hash_of(whole[at - 1][:-1])},
            "badly linked": {"n": at, "prev": "0" * 64},
            "any number": {"n": 700, "prev": "0" * 64},
        }
        for how, fields in forged.items():
            line = type(before)(**{name: getattr(before, name) for name in before.__slots__} | fields)
            entry = type(line)(line.n, line.utc, line.mono_ns, line.boot, REFEREE, "decide", {"goal": True}, line.prev)
            data = b"".join([*whole[:at], encode_line(entry) + b"\n", *whole[at:]])
            assert kinds(checked(data)) == [(Kind.INSERTED, at + 1, at + 1, entry.n, entry.n)], (how, at)
        rubbish = b"".join([*whole[:at], b"rubbish\n", *whole[at:]])
        assert kinds(checked(rubbish)) == [(Kind.INSERTED, at + 1, at + 1, None, None)]
        twice = checked(b"".join([*whole[:at], whole[at - 1], *whole[at:]])).first_break
        assert twice is not None
        assert (twice.kind, twice.line in (at, at + 1)) == (Kind.INSERTED, True)


def test_several_faults_are_told_apart(tmp_path: Path) -> None:
    filled(tmp_path / "l", 40, every=10)
    whole = parts((tmp_path / "l").read_bytes())
    assert len(whole) > 42
    whole[5] = whole[5].replace(b"mark", b"MARK")  # line 6: no kind that a line can have
    whole[9] = whole[9].replace(b"_px", b"_py")  # line 10
    whole[20], whole[21] = whole[21], whole[20]  # lines 21 and 22
    del whole[30:32]  # entries 30 and 31
    found = kinds(checked(b"".join(whole)))
    assert found == [
        (Kind.UNREADABLE, 6, 6, 5, 5),
        (Kind.CHANGED, 10, 10, 9, 9),
        (Kind.REORDERED, 21, 22, 20, 21),
        (Kind.REMOVED, 31, 31, 30, 31),
    ]


def test_two_changed_neighbours_are_one_place(signed: bytes) -> None:
    whole = parts(signed)
    for at in (3, 4):
        whole[at] = whole[at].replace(b"_px", b"_py")
    assert kinds(checked(b"".join(whole))) == [(Kind.CHANGED, 4, 5, 3, 4)]


def test_a_history_that_was_chained_anew_is_found_by_its_signature(tmp_path: Path) -> None:
    """Whoever has no key can chain everything anew, but not sign it."""
    filled(tmp_path / "l", 5)
    whole, prev = [part[:-1] for part in parts((tmp_path / "l").read_bytes())], None
    for k, data in enumerate(whole):
        line = read_line(data)
        body = {**line.body, "u_px": 1.0} if line.n == 3 else line.body
        whole[k] = encode_line(type(line)(k, line.utc, line.mono_ns, line.boot, line.by, line.kind, body, prev))
        prev = hash_of(whole[k])
    forged = b"".join(data + b"\n" for data in whole)
    assert kinds(checked(forged)) == [(Kind.SIGNATURE, 8, 8, 7, 7)]
    bare = b"".join(data + b"\n" for data in whole[:1])
    assert [each.kind for each in checked(bare).breaks] == [Kind.UNSIGNED]


def test_a_history_that_its_own_key_signed_anew_is_found_by_a_head_kept_elsewhere(tmp_path: Path) -> None:
    filled(tmp_path / "l", 5)
    kept = Head(4, hash_of(parts((tmp_path / "l").read_bytes())[4][:-1]))
    assert check(tmp_path / "l", trusted=[KEY.public], head=kept).status is Status.INTACT
    (tmp_path / "l").unlink()
    (tmp_path / "l.head").unlink()
    filled(tmp_path / "l", 7)
    assert check(tmp_path / "l", trusted=[KEY.public]).status is Status.INTACT
    report = check(tmp_path / "l", trusted=[KEY.public], head=kept)
    assert kinds(report) == [(Kind.REWRITTEN, 5, 5, 4, 4)]


def test_another_key_is_not_trusted_and_nobody_is_asked_without_one(tmp_path: Path) -> None:
    filled(tmp_path / "l", 2, key=OTHER)
    data = (tmp_path / "l").read_bytes()
    report = checked(data)
    assert (report.status, kinds(report)) == (Status.UNTRUSTED, [(Kind.UNTRUSTED, 2, 2, 1, 1)])
    assert (report.signed_to, [each.trusted for each in report.signatures]) == (None, [False])
    assert checked(data, trusted=[OTHER.public]).status is Status.INTACT
    assert check(tmp_path / "l").signatures[0].trusted is None


def test_lines_behind_the_last_checkpoint_are_called_unsigned(unsigned: tuple[bytes, Head]) -> None:
    report = checked(*[unsigned[0]])
    assert (report.status, report.signed_to, report.last_n) == (Status.INTACT, 1, 3)


def test_a_line_of_another_ledger_is_inserted(tmp_path: Path, signed: bytes) -> None:
    filled(tmp_path / "other", 5)
    foreign = parts((tmp_path / "other").read_bytes())
    whole = parts(signed)
    assert kinds(checked(b"".join([*whole[:4], foreign[7], *whole[4:]]))) == [(Kind.INSERTED, 5, 5, 7, 7)]
    assert checked(b"".join([*whole[:7], foreign[7]])).status is Status.BROKEN


# ------------------------------------------------------------------ random damage


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_random_damage_never_goes_unnoticed(signed: bytes, data: st.DataObject) -> None:
    head = Head(7, hash_of(parts(signed)[-1][:-1]))
    changed = bytearray(signed)
    firsts = []
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        how = data.draw(st.sampled_from(["flip", "delete", "insert", "overwrite"]))
        some = data.draw(st.binary(min_size=1, max_size=30))
        firsts.append(at)
        if how == "flip":
            changed[at] ^= some[0] or 1
        elif how == "delete":
            del changed[at : at + len(some) * 40]
        elif how == "insert":
            changed[at:at] = some
        else:
            changed[at : at + len(some)] = some
        if not changed:
            return
    if bytes(changed) == signed:
        return
    report = check_stream(io.BytesIO(bytes(changed)), len(changed), trusted=[KEY.public], heads=[head])
    assert report is None or report.status is Status.BROKEN
    if report is not None and report.first_break is not None:
        same = next((k for k, (a, b) in enumerate(zip(changed, signed, strict=False)) if a != b), len(changed))
        assert report.first_break.last_line >= line_at(signed, same) or report.first_break.offset <= same
        for lang in ("vi", "en"):
            assert all(words(each, lang) for each in report.breaks)


@given(st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_bytes_that_are_no_ledger_are_none(data: bytes) -> None:
    assert check_stream(io.BytesIO(data), len(data)) is None


# ------------------------------------------------------------------ hostile input


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"n":' + b"9" * 10_000 + b"}",
        b'{"n":NaN}',
        b"x" * (MAX_LINE + 5),
        b"x" * (3 * MAX_LINE),
        b"\0" * 4096,
        b"",
    ],
    ids=["not utf-8", "deep list", "deep object", "huge number", "NaN", "too long", "far too long", "zeros", "empty"],
)
def test_a_hostile_line_is_one_broken_line(signed: bytes, line: bytes) -> None:
    whole = parts(signed)
    whole[4] = line + b"\n"
    assert kinds(checked(b"".join(whole))) == [(Kind.UNREADABLE, 5, 5, 4, 4)]


def test_a_field_more_twice_or_of_another_type_is_no_line(signed: bytes) -> None:
    data = parts(signed)[3][:-1]
    found = json.loads(data)
    assert read_line(data).n == 3
    for other in (
        data.replace(b'"n":3', b'"n":3,"n":3'),
        data.replace(b'"account":"a-1"', b'"account":"a-1","account":"a-2"'),
        data.replace(b'"n":3', b'"n":true'),
        data.replace(b'"n":3', b'"n":-3'),
        json.dumps(found | {"more": 1}).encode(),
        json.dumps({name: found[name] for name in found if name != "utc"}).encode(),
        json.dumps(found | {"prev": found["prev"].upper()}).encode(),
        json.dumps(found | {"utc": "2026-11-29 08:00"}).encode(),
        json.dumps(found | {"by": "Ánh"}).encode(),
        json.dumps(found | {"kind": "Ánh"}).encode(),
        json.dumps(found | {"body": []}).encode(),
    ):
        with pytest.raises(ValueError, match=r"."):
            read_line(other)


def test_a_file_in_pieces_is_not_read_for_ever(tmp_path: Path) -> None:
    begun(tmp_path / "l", every_lines=10**9).append_many([Entry("mark", {"k": k}, REFEREE) for k in range(3000)])
    whole = parts((tmp_path / "l").read_bytes())
    report = checked(b"".join(whole[::2]))
    assert (report.status, report.stopped, report.first_break and report.first_break.line) == (Status.BROKEN, False, 2)
    report = checked(b"".join(part for each in whole for part in (each, b"rubbish\n")))
    assert (report.status, report.stopped) == (Status.BROKEN, True)
    assert report.first_break is not None
    assert report.first_break.line == 2


def test_what_is_no_ledger_is_refused_by_name(tmp_path: Path) -> None:
    for name, data in (("empty", b""), ("text", b"xin\nchao\n"), ("table", b"\0" * 10_000)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BadFile, match=name):
            check(tmp_path / name)
    with pytest.raises(BadFile, match="absent"):
        check(tmp_path / "absent")
    with pytest.raises(BadFile):
        check(tmp_path)


def test_a_head_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    filled(tmp_path / "l", 2)
    (tmp_path / "l.head").write_bytes(b"rubbish")
    report = check(tmp_path / "l")
    assert (report.status, report.heads) == (Status.INTACT, HeadState.UNREADABLE)
    with begun(tmp_path / "l") as ledger:
        ledger.append("mark", {}, by=REFEREE)
    assert check(tmp_path / "l").heads is HeadState.HELD


# ------------------------------------------------------------------ slices


def test_a_slice_is_the_ledgers_bytes_and_proves_itself(tmp_path: Path) -> None:
    filled(tmp_path / "l", 12, every=5)
    whole = parts((tmp_path / "l").read_bytes())
    for first in range(len(whole) - 1):
        excerpt = write_slice(tmp_path / "l", first, first, tmp_path / "s")
        report = check(tmp_path / "s", trusted=[KEY.public])
        assert (report.status, report.excerpt, report.first_n) == (Status.INTACT, excerpt, first)
        copied = parts((tmp_path / "s").read_bytes())[1:]
        assert copied[0] == whole[0]
        assert copied[1 if first else 0 :] == whole[first : first + len(copied) - (1 if first else 0)]
        assert read_line(copied[-1][:-1]).kind == "checkpoint"


def test_a_slice_of_what_is_not_there_or_not_signed_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "l", 3, signed=False)
    for first, last in ((2, 3), (9, 9), (-1, 2), (3, 2)):
        with pytest.raises(BadValue):
            write_slice(tmp_path / "l", first, last, tmp_path / "s")
    assert not (tmp_path / "s").exists()
    begun(tmp_path / "l").checkpoint()
    write_slice(tmp_path / "l", 2, 3, tmp_path / "s")
    with pytest.raises(BadFile):
        write_slice(tmp_path / "absent", 2, 3, tmp_path / "s")


def test_lines_that_lack_in_a_slice_are_missed(tmp_path: Path) -> None:
    filled(tmp_path / "l", 6)
    write_slice(tmp_path / "l", 3, 5, tmp_path / "s")
    whole = parts((tmp_path / "s").read_bytes())  # its own line, the header, 3, 4, 5, 6, 7, checkpoint 8
    assert len(whole) == 8
    assert checked(b"".join(whole[:1] + whole[2:])).status is Status.BROKEN  # the first line of the ledger
    assert kinds(checked(b"".join(whole[:2] + whole[3:]))) == [(Kind.REMOVED, 3, 3, 3, 3)]
    assert kinds(checked(b"".join(whole[:4] + whole[5:]))) == [(Kind.REMOVED, 5, 5, 5, 5)]
    assert checked(b"".join(whole[:-1])).breaks[-1].kind in (Kind.CUT_OFF, Kind.UNSIGNED)
