"""What a ledger acknowledged is there: whoever writes, whatever is torn, however full the disk is."""

from __future__ import annotations

import json
import math
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import KEY, REFEREE, begun, filled

from touchline.errors import BadFile, BadValue, NotFound
from touchline.ledger import (
    Author,
    Entry,
    Head,
    Kind,
    Ledger,
    Status,
    check,
    installation_key,
    key_id,
    ledger_path,
    read_head,
    read_line,
    read_public,
    trusted_keys,
)
from touchline.ledger.checkpoint import seal_of
from touchline.ledger.head import head_path
from touchline.ledger.keys import keys_folder, new_key, public_pem
from touchline.ledger.line import MAX_LINE, Line, encode, encode_line, hash_of


def lines_of(path: Path) -> list[Line]:
    return [read_line(data) for data in path.read_bytes().splitlines()]


def intact(path: Path) -> bool:
    return check(path, trusted=[KEY.public]).status is Status.INTACT


# ------------------------------------------------------------------ lines


def test_a_line_says_who_what_when_and_names_the_one_before(tmp_path: Path) -> None:
    ledger = begun(tmp_path / "l")
    receipt = ledger.append("mark", {"name": "cột dọc", "u_px": 0.1}, by=REFEREE)
    data = (tmp_path / "l").read_bytes().splitlines()
    line = read_line(data[receipt.n])
    assert (receipt.n, receipt.sha256) == (2, hash_of(data[2]))
    assert (line.kind, line.body, line.by) == ("mark", {"name": "cột dọc", "u_px": 0.1}, REFEREE)
    assert line.prev == hash_of(data[1])
    before = read_line(data[1])
    assert (line.boot, line.utc >= before.utc, line.mono_ns > before.mono_ns) == (before.boot, True, True)
    assert (
        data[2] == json.dumps(json.loads(data[2]), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )
    assert encode_line(line) == data[2]


BODIES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8"), max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)  # fmt: skip


@given(BODIES)
@settings(max_examples=60, deadline=None)
def test_what_was_kept_is_read_as_it_was(body: dict[str, object]) -> None:
    try:
        data = encode_line(Line(3, "2026-11-29T08:00:00.000000+00:00", 5, "0" * 16, REFEREE, "mark", body, "a" * 64))
    except BadValue:
        assert "\\ud" in json.dumps(body)  # half a surrogate pair
        return
    assert b"\n" not in data
    line = read_line(data)
    assert line.body == body
    assert encode_line(line) == data


@pytest.mark.parametrize(
    "body",
    [
        {"a": math.nan},
        {"a": [math.inf]},
        {1: "a"},
        {"a": {2: 3}},
        {"a": "\ud800"},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {"a": "x" * MAX_LINE},
        {"a": json.loads("[" * 40 + "]" * 40)},
    ],
)
def test_what_json_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path, body: dict[str, object]) -> None:
    ledger = begun(tmp_path / "l")
    before = (tmp_path / "l").read_bytes()
    with pytest.raises(BadValue):
        ledger.append_many([Entry("mark", {}, REFEREE), Entry("mark", body, REFEREE)])
    assert (tmp_path / "l").read_bytes() == before


def test_nobody_writes_what_the_ledger_writes_itself(tmp_path: Path) -> None:
    ledger = begun(tmp_path / "l")
    for kind in ("header", "checkpoint", "repaired", "damaged", "", "Mark", "a b", "x" * 65):
        with pytest.raises(BadValue, match="kind"):
            ledger.append(kind, {}, by=REFEREE)
    seal = lines_of(tmp_path / "l")[1]
    with pytest.raises(BadValue):
        ledger.append("mark", seal.body, by=REFEREE)
    with pytest.raises(BadValue, match="who"):
        ledger.append("mark", {}, by=Author(""))
    assert ledger.append_many([]) == []
    assert len(lines_of(tmp_path / "l")) == 2


# ------------------------------------------------------------------ beginning, checkpoints


def test_a_ledger_begins_with_a_signed_header_and_is_one_persons_file(tmp_path: Path) -> None:
    begun(tmp_path / "deep" / "l")
    header, seal = lines_of(tmp_path / "deep" / "l")
    assert header.body.items() >= {"format": "touchline ledger", "version": 1, "subject": "hue-da-nang"}.items()
    assert (header.kind, header.prev, seal.kind) == ("header", None, "checkpoint")
    told = seal_of(seal, (tmp_path / "deep" / "l").read_bytes().splitlines()[1])
    assert told is not None
    assert (told.good, told.key, told.ledger, told.header) == (True, KEY.id, header.body["ledger"], seal.prev)
    if os.name != "nt":
        assert {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "deep").iterdir()} == {0o600}


def test_a_ledger_about_something_else_is_not_written(tmp_path: Path) -> None:
    begun(tmp_path / "l")
    with pytest.raises(BadValue, match="hue-da-nang"):
        Ledger.open(tmp_path / "l", KEY, subject="another")
    assert len(lines_of(tmp_path / "l")) == 2


def test_checkpoints_come_by_number_by_time_on_demand_and_at_the_end(tmp_path: Path) -> None:
    now = [0]
    ledger = begun(tmp_path / "l", every_lines=5, every_s=60, clock_ns=lambda: now[0])
    for _ in range(12):
        ledger.append("mark", {}, by=REFEREE)
    assert [line.n for line in lines_of(tmp_path / "l") if line.kind == "checkpoint"] == [1, 7, 13]
    now[0] += 59 * 10**9
    ledger.append("mark", {}, by=REFEREE)
    assert lines_of(tmp_path / "l")[-1].kind == "mark"
    now[0] += 2 * 10**9
    ledger.append("mark", {}, by=REFEREE)
    assert lines_of(tmp_path / "l")[-1].kind == "checkpoint"
    receipt = ledger.checkpoint()
    assert hash_of((tmp_path / "l").read_bytes().splitlines()[receipt.n]) == receipt.sha256
    ledger.close()  # nothing is unsigned
    assert len(lines_of(tmp_path / "l")) == receipt.n + 1
    with begun(tmp_path / "l") as again:
        again.append("mark", {}, by=REFEREE)
    assert check(tmp_path / "l", trusted=[KEY.public]).signed_to == receipt.n + 2


def test_a_group_lies_together(tmp_path: Path) -> None:
    ledger = begun(tmp_path / "l")
    receipts = ledger.append_many([Entry("mark", {"k": k}, REFEREE) for k in range(7)])
    assert [receipt.n for receipt in receipts] == list(range(2, 9))
    assert [line.body["k"] for line in lines_of(tmp_path / "l")[2:]] == list(range(7))


# ------------------------------------------------------------------ many writers

WRITER = """
import sys
from pathlib import Path
from touchline.ledger import Author, Ledger, read_public
from touchline.ledger.keys import new_key
ledger = Ledger.open(Path(sys.argv[1]), new_key(), subject="hue-da-nang", every_lines=7)
for k in range(int(sys.argv[3])):
    receipt = ledger.append("mark", {"k": k}, by=Author(sys.argv[2]))
    print(receipt.n, receipt.sha256, flush=True)
"""


def test_processes_and_threads_append_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path, own = tmp_path / "l", begun(tmp_path / "l")
    told: list[tuple[int, str]] = []

    def work(name: str) -> None:
        for k in range(15):
            receipt = own.append("mark", {"k": k}, by=Author(name))
            told.append((receipt.n, receipt.sha256))

    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, "25"], stdout=subprocess.PIPE, text=True)
        for name in ("p1", "p2")
    ]
    threads = [threading.Thread(target=work, args=(name,)) for name in ("t1", "t2", "t3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        out, _ = process.communicate(timeout=60)
        told += [(int(n), digest) for n, digest in (line.split() for line in out.splitlines())]
    assert len(told) == len({n for n, _ in told}) == 2 * 25 + 3 * 15
    data = path.read_bytes().splitlines()
    assert all(hash_of(data[n]) == digest for n, digest in told)
    assert check(path).status is Status.INTACT
    for name in ("p1", "p2", "t1", "t2", "t3"):  # each writer's own entries are in its order
        kept = [line.body["k"] for line in lines_of(path) if line.by.name == name]
        assert kept == list(range(25 if name[0] == "p" else 15))


# ------------------------------------------------------------------ what befalls a file


def test_a_torn_end_is_set_aside_wherever_it_was_torn(tmp_path: Path) -> None:
    filled(tmp_path / "whole", 2, signed=False)
    data = (tmp_path / "whole").read_bytes()
    whole = data.splitlines(keepends=True)
    for cut in range(1, len(whole[-1]), 7):
        path = tmp_path / f"cut-{cut}" / "l"
        path.parent.mkdir()
        path.write_bytes(b"".join(whole[:-1]) + whole[-1][:cut])  # never acknowledged: no head names it
        begun(path).append("mark", {"after": True}, by=REFEREE)
        kept = path.read_bytes().splitlines(keepends=True)
        assert kept[: len(whole) - 1] == whole[:-1]
        repaired, entry = (read_line(each[:-1]) for each in kept[len(whole) - 1 :])
        assert (repaired.kind, entry.body) == ("repaired", {"after": True})
        assert path.with_name(repaired.body["file"]).read_bytes() == whole[-1][:cut]
        assert (repaired.body["bytes"], repaired.body["sha256"]) == (cut, hash_of(whole[-1][:cut]))
        report = check(path, trusted=[KEY.public])
        assert (report.status, report.repaired) == (Status.INTACT, 1)


def test_a_torn_beginning_and_a_long_torn_end_are_set_aside_too(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b'{"body":{"format":')
    begun(tmp_path / "l")
    assert [line.kind for line in lines_of(tmp_path / "l")] == ["header", "repaired", "checkpoint"]
    with (tmp_path / "l").open("ab") as stream:
        stream.write(bytes(3 * MAX_LINE))  # as a power cut may leave it
    begun(tmp_path / "l").append("mark", {}, by=REFEREE)
    assert sorted(path.stat().st_size for path in tmp_path.glob("l.torn-*")) == [18, 3 * MAX_LINE]
    assert intact(tmp_path / "l")


def test_a_writer_notes_that_lines_were_cut_off(tmp_path: Path) -> None:
    filled(tmp_path / "l", 4, signed=False)
    head = read_head(tmp_path / "l")
    whole = (tmp_path / "l").read_bytes().splitlines(keepends=True)
    (tmp_path / "l").write_bytes(b"".join(whole[:-2]))
    begun(tmp_path / "l").append("mark", {}, by=REFEREE)
    line = lines_of(tmp_path / "l")[4]
    assert head is not None
    assert (line.kind, line.body["reason"], line.body["expected"]["n"]) == ("damaged", "cut_off", head.n)
    report = check(tmp_path / "l", trusted=[KEY.public])
    assert [(each.kind, each.n) for each in report.breaks] == [(Kind.NOTED, 4)]


def test_a_writer_notes_that_the_file_is_another_one_or_gone(tmp_path: Path) -> None:
    filled(tmp_path / "l", 4)
    (tmp_path / "l").unlink()
    begun(tmp_path / "l")
    assert [line.kind for line in lines_of(tmp_path / "l")] == ["header", "damaged", "checkpoint"]
    filled(tmp_path / "other", 1)
    (tmp_path / "other").replace(tmp_path / "l")
    begun(tmp_path / "l")
    assert lines_of(tmp_path / "l")[-1].kind == "damaged"


def test_a_writer_goes_on_behind_a_damaged_end_and_notes_it_once(tmp_path: Path) -> None:
    for name, change in (("changed", (b'"mark"', b'"mork"')), ("unreadable", (b'"body"', b'"bady"'))):
        path = tmp_path / name
        filled(path, 3, signed=False)
        whole = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(whole[:-1]) + whole[-1].replace(*change))
        ledger = begun(path)
        ledger.append("mark", {"after": 1}, by=REFEREE)
        ledger.append("mark", {"after": 2}, by=REFEREE)
        later = [read_line(data) for data in path.read_bytes().splitlines()[5:]]
        assert [(line.n, line.kind) for line in later] == [(5, "damaged"), (6, "mark"), (7, "mark")]
        assert later[0].body["reason"] == name
        assert check(path).status is Status.BROKEN


def test_the_head_is_never_ahead_and_may_lag(tmp_path: Path) -> None:
    filled(tmp_path / "l", 2, signed=False)
    old = head_path(tmp_path / "l").read_bytes()
    receipt = begun(tmp_path / "l").append("mark", {}, by=REFEREE)
    found = read_head(tmp_path / "l")
    assert found is not None
    assert (found.n, found.sha256) == (receipt.n, receipt.sha256)
    head_path(tmp_path / "l").write_bytes(old)  # killed between the two
    begun(tmp_path / "l").append("mark", {}, by=REFEREE)
    assert intact(tmp_path / "l")
    for rubbish in (b"", b"{}", encode({"n": -1, "sha256": "0" * 64, "ledger": None}), b"[1]", b"\xff"):
        head_path(tmp_path / "l").write_bytes(rubbish)
        with pytest.raises(BadFile):
            read_head(tmp_path / "l")
    assert read_head(tmp_path / "absent") is None
    assert Head(1, "a").ledger is None


FULL = """
import resource, signal, sys
from pathlib import Path
from touchline.errors import BadFile
from touchline.ledger import Author, Entry, Ledger, installation_key
home, path = Path(sys.argv[1]), Path(sys.argv[1]) / "l"
ledger = Ledger.open(path, installation_key(home), subject="m")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
limit(path.stat().st_size + 5000)
kept = 0
try:
    for _ in range(100):
        ledger.append_many([Entry("mark", {"k": kept + j}, Author("a")) for j in range(3)])
        kept += 3
except BadFile as fault:
    print(kept, path.read_bytes().endswith(b"\\n"), str(fault), flush=True)
limit(hard)
print(ledger.append("mark", {"k": kept}, by=Author("a")).n)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_is_named_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    refused, last = done.stdout.splitlines()
    kept, ended, words = refused.split(" ", 2)
    assert (ended, "File too large" in words, "acknowledged" in words) == ("True", True, True)
    assert int(kept) > 3
    marks = [line.body["k"] for line in lines_of(tmp_path / "l") if line.kind == "mark"]
    assert marks == list(range(int(kept) + 1))
    assert lines_of(tmp_path / "l")[int(last)].body == {"k": int(kept)}
    assert check(tmp_path / "l", trusted=trusted_keys(tmp_path)).status is Status.INTACT


def test_a_place_that_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadFile, match="file"):
        begun(tmp_path / "file" / "l")
    with pytest.raises(BadFile):
        begun(tmp_path)


# ------------------------------------------------------------------ keys


def test_the_installation_has_one_key_for_its_owner_alone(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(installation_key(tmp_path).id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    folder = keys_folder(tmp_path)
    if os.name != "nt":
        assert stat.S_IMODE((folder / "ledger.key").stat().st_mode) == 0o600
    assert key_id(read_public(folder / "ledger.pub")) == made[0]
    (folder / "ledger.pub").unlink()
    assert installation_key(tmp_path).id == made[0]
    assert [key_id(public) for public in trusted_keys(tmp_path)] == [made[0]]
    (tmp_path / "other.pub").write_bytes(public_pem(KEY.public))
    assert trusted_keys(tmp_path, [tmp_path / "other.pub"])[1] == KEY.public


def test_a_key_is_never_made_anew_where_one_was(tmp_path: Path) -> None:
    installation_key(tmp_path)
    private, public = keys_folder(tmp_path) / "ledger.key", keys_folder(tmp_path) / "ledger.pub"
    good = private.read_bytes()
    for bad in (b"", good[:40], b"not a key", public.read_bytes()):
        private.write_bytes(bad)
        with pytest.raises(BadFile, match="keys"):
            installation_key(tmp_path)
        assert private.read_bytes() == bad
    private.unlink()
    with pytest.raises(BadFile, match="missing"):
        installation_key(tmp_path)
    assert not private.exists()
    private.write_bytes(good)
    public.write_bytes(public_pem(new_key().public))
    with pytest.raises(BadFile, match="belong"):
        installation_key(tmp_path)
    public.write_bytes(b"rubbish")
    with pytest.raises(BadFile, match=r"ledger\.pub"):
        trusted_keys(tmp_path)
    with pytest.raises(BadFile, match=r"ledger\.key"):
        read_public(private)


def test_no_name_of_a_match_leads_out_of_their_folder(tmp_path: Path) -> None:
    assert ledger_path(tmp_path, "hue") == tmp_path / "matches" / "hue" / "ledger.jsonl"
    for name in ("../../etc", "/etc/passwd", "..", ".", "", "a/../../.."):
        with pytest.raises(NotFound):
            ledger_path(tmp_path, name)
