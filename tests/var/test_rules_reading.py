"""Rule packs are read whole or refused with every fault at its path; nothing else comes out of a file."""

from __future__ import annotations

import ast
import copy
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_files import BLANK, FILES, ROOT, documented, toml

from touchline.errors import BadFile, BadValue
from touchline.i18n import LANGUAGES, catalogue, find
from var.rules.document import document
from var.rules.faults import BadPack
from var.rules.fields import LONGEST_TEXT
from var.rules.graph import circles
from var.rules.model import Edition, Request, Wording
from var.rules.pack import Pack
from var.rules.reading import LARGEST_BYTES, LONGEST_LINE, read_document, read_pack
from var.rules.words import Effect, Guard, Per, Result, Seen

SMALL = documented()
TABLES = tomllib.loads(SMALL)


def faults_of(source: str | bytes | dict[str, Any]) -> dict[str, set[str]]:
    """The kinds of fault by path that the pack is refused with."""
    with pytest.raises(BadPack) as refusal:
        read_document(source) if isinstance(source, dict) else read_pack(source)
    found: dict[str, set[str]] = {}
    for path, kind, _ in refusal.value.faults:
        found.setdefault(path, set()).add(kind)
    for lang in LANGUAGES:
        for path, kind, text in refusal.value.said(lang):
            assert path.startswith("$")
            assert text
            assert ".fault." not in text, kind
            assert path.removeprefix("$.") in refusal.value.detail(lang) or path == "$"
    assert refusal.value.detail("vi") != refusal.value.detail("en")
    return found


def changed(**tables: Any) -> dict[str, Any]:
    """The documented pack with top-level keys replaced."""
    return {**copy.deepcopy(TABLES), **tables}


@pytest.mark.parametrize("path", [*FILES, BLANK], ids=lambda path: path.stem)
def test_every_shipped_pack_is_whole(path: Path) -> None:
    pack = read_pack(path)
    assert path == BLANK or pack.id == path.stem
    assert pack == read_pack(path.read_bytes()) == read_pack(path.read_text("utf-8"))


def test_the_sports_of_the_product_are_shipped() -> None:
    assert {path.stem for path in FILES} == {
        "football",
        "volleyball",
        "taekwondo",
        "karate",
        "badminton",
        "basketball",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_nobody_read_says_so_and_every_pack_notes_its_doubts(path: Path) -> None:
    pack = read_pack(path)
    outside = [source for source in pack.sources.values() if source.publisher != "Touchline"]
    assert all(
        source.seen in {Seen.EXCERPT, Seen.REPORTED} for source in outside
    )  # no law book lies in this repository
    assert pack.note is not None or any(each.note for form in pack.formats for each in form.requests)


@pytest.mark.parametrize("path", [*FILES, BLANK], ids=lambda path: path.stem)
def test_a_pack_goes_out_and_comes_back_the_same(path: Path) -> None:
    pack = read_pack(path)
    assert read_document(document(pack)) == pack
    assert read_pack(toml(document(pack))) == pack


def test_the_blank_pack_explains_every_key_there_is() -> None:
    keys: set[str] = set()
    for source in (ROOT / "var" / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in {"table", "below"} and isinstance(first, ast.Constant):
                    keys.add(str(first.value))
    assert {"valid_from", "kept_when", "guards", "moments", "after_restart", "replay_speed"} <= keys
    text = BLANK.read_text("utf-8")
    for key in keys:
        assert re.search(rf"(^|[\s{{\[.]){key}\b", text, re.MULTILINE), key
    for word in (*Guard, *Effect, *Result, *Per):
        assert re.search(rf"\b{word.value}\b", text), word


def test_the_blank_pack_stays_good_with_its_optional_keys_in_use() -> None:
    text = BLANK.read_text("utf-8")
    freed = {
        "# valid_until = 2026-12-31": "valid_until = 2026-12-31",
        "# cameras_most = 4": "cameras_most = 4",
        "# extra_time = 1": "extra_time = 1",
        '# thresholds = ["shown"]': 'thresholds = ["shown"]',
        "# after_restart = true": "after_restart = true",
        '# formats = ["challenge"]': 'formats = ["challenge"]',
    }
    for before, after in freed.items():
        assert before in text
        text = text.replace(before, after)
    pack = read_pack(text)
    assert pack.formats[0].requests[0].extra_time == 1
    assert pack.situations[0].after_restart


# ------------------------------------------------------------------ faults, each at its path


def test_all_faults_of_a_file_are_told_at_once() -> None:
    tables = changed(colour="red")
    del tables["sources"]["house"]["date"]
    del tables["name"]["vi"]
    tables["editions"]["2026"]["valid_from"] = "2026-10-01"
    tables["situations"][1]["category"] = "goal"
    tables["situations"][2]["questions"] = ["landed", "landed"]
    tables["formats"][0]["requests"][0]["quota"] = True
    tables["protocols"]["card"]["steps"][0]["guards"] = ["quota_left > 0"]
    tables["questions"]["out"]["kind"] = "fact"
    found = faults_of(tables)
    assert found["$.colour"] == {"unknown_key"}
    assert found["$.sources.house.date"] == {"missing"}
    assert found["$.name.vi"] == {"missing"}
    assert found["$.editions.2026.valid_from"] == {"day"}
    assert found["$.situations[1].category"] == {"no_such"}
    assert found["$.situations[2].questions"] == {"twice"}
    assert found["$.formats[0].requests[0].quota"] == {"whole"}
    assert found["$.protocols.card.steps[0].guards[0]"] == {"choice"}
    assert found["$.questions.out.kind"] == {"choice"}


def edited(change: str) -> dict[str, Any]:
    """The documented pack after one statement on its tables ``t``."""
    tables = copy.deepcopy(TABLES)
    exec(change, {"t": tables, "date": date})
    return tables


CARD = "t['protocols']['card']"
REQUEST = "t['formats'][0]['requests'][0]"
ONE_FAULT = {
    "t['id'] = 'Vô Vi Nam'": ("$.id", "name"),
    "t['name'] = 'Vovinam'": ("$.name", "table"),
    "t['name']['en'] = ' '": ("$.name.en", "empty"),
    "t['name']['fr'] = 'Vovinam'": ("$.name.fr", "unknown_key"),
    "t['name']['vi'] = 7": ("$.name.vi", "text"),
    f"t['note']['vi'] = 'a' * {LONGEST_TEXT + 1}": ("$.note.vi", "long"),
    "t['sources']['house']['date'] = 'spring'": ("$.sources.house.date", "when"),
    "t['sources']['house']['title'] = ''": ("$.sources.house.title", "empty"),
    "t['sources']['house']['editions'] = ['2025']": ("$.sources.house.editions", "no_such"),
    "t['editions']['2026']['valid_until'] = date(2020, 1, 1)": ("$.editions.2026.valid_until", "ends_before"),
    "t['editions']['2026']['sources'] = []": ("$.editions.2026.sources", "empty"),
    "t['editions']['2027'] = {**t['editions']['2026'], 'valid_from': date(2026, 12, 31)}; "
    "t['editions']['2027'].pop('valid_until')": ("$.editions.2027.valid_from", "overlap"),
    "t['roles']['referee'] = 'me'": ("$.roles.referee", "table"),
    "t['outcomes']['given'].pop('sources')": ("$.outcomes.given.sources", "missing"),
    "t['outcomes']['Cho điểm'] = t['outcomes']['given']": ('$.outcomes."Cho điểm"', "name"),
    "t['spans']['last_exchange']['last_s'] = 0": ("$.spans.last_exchange.last_s", "seconds"),
    "t['spans']['last_exchange']['last_s'] = float('nan')": ("$.spans.last_exchange.last_s", "seconds"),
    "t['spans']['last_exchange']['last_s'] = 10 ** 400": ("$.spans.last_exchange.last_s", "seconds"),
    "t['formats'] = {}": ("$.formats", "list"),
    "t['formats'][0]['protocol'] = 'cart'": ("$.formats[0].protocol", "no_such"),
    "t['formats'][0]['cameras_most'] = 1": ("$.formats[0].cameras_most", "ends_before"),
    "t['formats'][0]['procedures'].pop('subjective')": ("$.formats[0].procedures.subjective", "missing"),
    "t['formats'][0]['procedures']['guess'] = ['chief_looks']": ("$.formats[0].procedures.guess", "unknown_key"),
    "t['formats'][0]['decision_first'] = 1": ("$.formats[0].decision_first", "flag"),
    "t['formats'][0].pop('requests')": ("$.formats[0].requests", "begins_otherwise"),
    f"{CARD}['begins'] = 'check'": ("$.formats[0].requests", "begins_otherwise"),
    "t['formats'][0]['roles'].remove('chief')": ("$.formats[0].roles", "nobody_for"),
    "t['formats'].append(t['formats'][0])": ("$.formats[1].id", "twice_in"),
    "t['formats'][0]['requests'] *= 2": ("$.formats[0].requests[1].id", "twice"),
    f"{REQUEST}.pop('per')": ("$.formats[0].requests[0].per", "quota_and_per"),
    f"{REQUEST}['unlimited'] = True": ("$.formats[0].requests[0].quota", "quota_or_unlimited"),
    f"{REQUEST}.pop('since')": ("$.formats[0].requests[0].since", "window_and_since"),
    f"[{REQUEST}.pop(k) for k in ('since', 'window_s', 'until')]": ("$.formats[0].requests[0].until", "no_window"),
    f"{REQUEST}['by'] = ['parents']": ("$.formats[0].requests[0].by", "no_such"),
    f"{REQUEST}['kept_when'] = ['won']": ("$.formats[0].requests[0].kept_when[0]", "choice"),
    "t['situations'][0]['id'] = 'style'": ("$.situations[3].id", "twice_in"),
    "t['situations'][0]['option'] = 'cards'": ("$.situations[0].option", "no_such"),
    "t['situations'][0].update(after_restart=True, immediate=True)": (
        "$.situations[0].immediate",
        "after_and_immediate",
    ),
    "t['situations'][0].pop('questions')": ("$.situations[0].questions", "missing"),
    "t['situations'][0] = 'goal'": ("$.situations[0]", "table"),
    "[each.pop('formats', 0) or each.update(formats=['cart']) for each in t['situations'][:1]]": (
        "$.situations[0].formats",
        "no_such",
    ),
    "t['situations'] = t['situations'][3:]": ("$.formats[0]", "nothing_to_review"),
    f"{CARD}['start'] = 'asked'": ("$.protocols.card.start", "no_such"),
    f"{CARD}['states']['looking']['procedure'] = 'guess'": ("$.protocols.card.states.looking.procedure", "no_such"),
    f"{CARD}['states']['lost'] = dict(name=t['name'], end=True)": ("$.protocols.card.states.lost", "unreachable"),
    f"{CARD}['states']['decided']['end'] = True": ("$.protocols.card.steps[4].from", "leaves_end"),
    f"{CARD}['steps'].pop(4)": ("$.protocols.card.states.decided", "dead_end"),
    f"{CARD}['steps'][3]['to'] = 'requested'": ("$.protocols.card.states.requested", "circle"),
    f"{CARD}['steps'][3]['to'] = 'looking'": ("$.protocols.card.states.looking", "circle"),
    f"{CARD}['steps'][3]['id'] = 'change'": ("$.protocols.card.steps[3].id", "step_twice"),
    f"{CARD}['begins'] = 'check'; t['formats'][0].pop('requests')": ("$.protocols.card.by", "who_begins"),
    f"{CARD}['by'] = ['referee']": ("$.protocols.card.by", "who_begins"),
    f"{CARD}['by'] = ['parents']": ("$.protocols.card.by", "no_such"),
    f"{CARD}['steps'][4]['result'] = 'stands'": ("$.protocols.card.steps[4].result", "second_result"),
    f"{CARD}['steps'][3].pop('result')": ("$.protocols.card.steps[3].result", "settles_what"),
    f"{CARD}['steps'][3]['by'] = ['chief', 'coach']": ("$.protocols.card.steps[3].by", "team_decides"),
    f"{CARD}['steps'][1]['guards'] = ['procedure_fits']": ("$.protocols.card.steps[1].guards", "fits_what"),
    f"{CARD}['steps'][0]['guards'] = ['decision_made', 'quota_left']": (
        "$.formats[0].decision_first",
        "decision_asked",
    ),
    f"{CARD}['steps'][0]['guards'] = ['procedure_fits']": ("$.formats[0].requests", "never_counted"),
    f"{CARD}['states']['looking'].pop('procedure'); {CARD}['steps'][0]['guards'].remove('procedure_fits')": (
        "$.formats[0].procedures",
        "procedure_nowhere",
    ),
    "t['options'] = dict(cards=dict(name=t['name'], sources=['house'])); t['situations'][3]['option'] = 'cards'": (
        "$.situations[3].option",
        "option_of_nothing",
    ),
    "t.pop('protocols')": ("$.protocols", "missing"),
    "t['note'] = {'vi': {'a': {'b': {'c': {'d': {'e': {'f': {'g': {'h': 1}}}}}}}}}": (
        "$.note.vi.a.b.c.d.e.f.g",
        "too_deep",
    ),
}


# ------------------------------------------------------------------ a hundred packs, each with every fault of it

SHIPPED = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FILES} | {"vovinam": TABLES}
Wrong = tuple[tuple[Any, ...], Any, str, str]
"""Where to write, what (None: take it away), the path that must be named, and the kind."""


def wrongs(tables: dict[str, Any]) -> Iterator[Wrong]:
    """Changes of a pack that each make exactly one fault, whatever else is wrong elsewhere."""
    for way, _, value in walk(tables):
        last, path = way[-1], path_of(way)
        if last in {"vi", "en"} and isinstance(value, str):
            yield from ((way, wrong, path, kind) for wrong, kind in ((7, "text"), (" ", "empty"), (None, "missing")))
            yield way, "a\x07", path, "unseen"
            yield way, "a" * (LONGEST_TEXT + 1), path, "long"
        elif last == "date":
            yield way, "spring", path, "when"
        elif last == "valid_from":
            yield way, "2026-07-01", path, "day"
        elif last == "kind":
            yield way, "perhaps", path, "choice"
        elif last == "quota":
            yield way, True, path, "whole"
        elif last in {"window_s", "last_s"}:
            yield way, -1, path, "seconds"
        elif last == "decision_first":
            yield way, "yes", path, "flag"
        elif last == "sources" and isinstance(value, list):
            yield way, [*value, "nobody"], path, "no_such"
            yield way, [*value, value[0]], path, "twice"
        elif isinstance(value, dict) and len(way) > 1 and last not in {"states", "requests"}:
            yield (*way, "colour"), "red", f"{path}.colour", "unknown_key"


def walk(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """(way, what holds it, value) of everything below ``node``."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in below:
        yield (*at, key), node, child
        yield from walk(child, (*at, key))


def path_of(way: tuple[Any, ...]) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in way)


WRONGS = {name: list(wrongs(tables)) for name, tables in SHIPPED.items()}


def made_wrong(name: str, chosen: list[Wrong]) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """The pack with those changes that do not lie inside one another, and the faults it then has."""
    tables, made = copy.deepcopy(SHIPPED[name]), list[tuple[Any, ...]]()
    expected = set()
    for way, value, path, kind in chosen:
        if any(way[: len(other)] == other or other[: len(way)] == way for other in made):
            continue
        if kind == "long" and any(each == "long" for _, each in expected):
            continue  # two in one line of the file would be one line that is too long
        owner: Any = tables
        for key in way[:-1]:
            owner = owner[key]
        if value is None:
            del owner[way[-1]]
        else:
            owner[way[-1]] = value
        made.append(way)
        expected.add((path, kind))
    return tables, expected


@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_malformed_packs_are_refused_with_every_fault_and_no_other(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    name = draw.choice(sorted(WRONGS))
    tables, expected = made_wrong(name, draw.sample(WRONGS[name], draw.randint(2, 12)))
    file = tmp_path / "pack.toml"
    file.write_text(toml(tables), "utf-8")
    with pytest.raises(BadPack) as refusal:
        read_pack(file)
    assert {(path, kind) for path, kind, _ in refusal.value.faults} == expected
    for lang in LANGUAGES:
        said = refusal.value.detail(lang)
        assert all(path.removeprefix("$.") in said for path, _ in expected)
        assert ".fault." not in said


def test_every_kind_of_leaf_fault_is_among_the_hundred() -> None:
    kinds: set[str] = set()
    for seed in range(100):
        draw = random.Random(seed)
        name = draw.choice(sorted(WRONGS))
        kinds |= {kind for _, kind in made_wrong(name, draw.sample(WRONGS[name], draw.randint(2, 12)))[1]}
    assert kinds >= {"text", "empty", "missing", "unseen", "long", "when", "choice", "no_such", "twice", "unknown_key"}


TWO_SEASONS = (
    "t['editions']['2027'] = {**t['editions']['2026'],"
    " 'valid_from': date(2027, 1, 1), 'valid_until': date(2027, 12, 31)}"
)
BY_EDITION = {
    "t['formats'][0]['editions'] = ['2026']": ("$.editions.2027", "no_format"),
    "t['sources']['house']['editions'] = ['2026']": ("$.editions.2027.sources", "no_source_for"),
    "t['options'] = dict(cards=dict(name=t['name'], sources=['house'], editions=['2027'])); "
    "t['situations'][0]['option'] = 'cards'": ("$.situations[0].option", "option_elsewhere"),
}


@pytest.mark.parametrize("change", ONE_FAULT)
def test_a_fault_is_named_at_its_path(change: str) -> None:
    path, kind = ONE_FAULT[change]
    assert kind in faults_of(edited(change)).get(path, set())


@pytest.mark.parametrize("change", BY_EDITION)
def test_a_fault_between_editions_is_named_at_its_path(change: str) -> None:
    read_document(edited(TWO_SEASONS))
    path, kind = BY_EDITION[change]
    assert kind in faults_of(edited(f"{TWO_SEASONS}; {change}")).get(path, set())


TEXTS: dict[str, tuple[str | bytes, str]] = {
    "huge": ("#" * (LARGEST_BYTES + 1), "too_big"),
    "long line": (f"{SMALL}\n# {'a' * LONGEST_LINE}", "long_line"),
    "dotted keys": (".".join("a" * LONGEST_LINE), "long_line"),
    "deep lists": ("a = " + "[" * 1900 + "]" * 1900, "too_deep"),
    "deep keys": (".".join("a" * 1500) + " = 1", "too_deep"),
    "not UTF-8": (SMALL.encode("utf-16"), "utf8"),
    "half a letter": ("tên".encode()[:-2], "utf8"),
    "a lone surrogate": ("a = '\ud800'", "utf8"),
    "not TOML": ("[situations", "toml"),
    "JSON": ('{"id": "x"}', "toml"),
    "a key twice": (SMALL + "\n[roles]\n", "toml"),
    "null": ("a = \0", "toml"),
    "no day": ("a = 2026-13-45", "toml"),
    "long number": ("a = " + "9" * 3900, "missing"),
    "nothing": ("", "missing"),
    "Latin-1": (SMALL.encode("latin-1", "replace").replace(b"?", b"\xe9"), "utf8"),
    "UTF-16 with its mark": (b"\xff\xfe" + SMALL.encode("utf-16-le"), "utf8"),
    "UTF-32": (SMALL.encode("utf-32"), "utf8"),
    "overlong UTF-8": (b'id = "\xc0\xaf"', "utf8"),
    "null inside a text": (SMALL.replace("Vovinam đối kháng", "Vovinam\0 đối kháng", 1), "toml"),
    "nulls alone": (b"\0" * 100, "toml"),
    "a key twice on one line": (SMALL.replace('vi = "Điểm", en', 'vi = "Điểm", vi = "Điểm", en', 1), "toml"),
    "a key twice in a table": (SMALL.replace('kind = "law"', 'kind = "law"\nkind = "house"', 1), "toml"),
    "a table that is a list as well": (SMALL + "\n[[roles]]\n", "toml"),
    "deep tables": ("".join("[" + ".".join("a" * n) + "]\n" for n in range(1, 12)), "too_deep"),
    "deep inline tables": ("a = " + "{a = " * 400 + "1" + "}" * 400, "too_deep"),
    "a long text": (SMALL.replace("Giải trẻ tỉnh 2026", "a" * (LONGEST_TEXT + 1), 1), "long"),
    "a null that is escaped": (SMALL.replace("Trọng tài sân", "Trọng\\u0000tài", 1), "unseen"),
    "a text that turns around": (SMALL.replace("Trọng tài sân", "Trọng\u202etài", 1), "unseen"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_pack_at_all_is_refused_by_what_it_is(name: str) -> None:
    text, kind = TEXTS[name]
    assert kind in set().union(*faults_of(text).values())


CROWDS = {
    "names": (SMALL.replace('by = ["referee", "chief"]', "by = [" + '"x",\n' * 40_000 + "]", 1), "too_many"),
    "situations": (SMALL + "[[situations]]\n" * 12_000, "too_many"),
    "formats": (SMALL + "[[formats]]\n" * 12_000, "too_many"),
    "keys": ("".join(f"k{n} = 1\n" for n in range(20_000)), "unknown_key"),
    "tables": (SMALL + "".join(f"[editions.e{n}]\n" for n in range(10_000)), "too_many"),
    "dangling names": (SMALL.replace('by = ["referee", "chief"]', "by = [" + '"x1", "x2",\n' * 200 + "]", 1), "twice"),
}


@pytest.mark.parametrize("name", CROWDS)
def test_a_crowd_of_entries_is_refused_and_costs_no_more_than_its_length(name: str) -> None:
    text, kind = CROWDS[name]
    assert len(text) < LARGEST_BYTES
    with pytest.raises(BadPack) as refusal:  # with the square of its length this would take minutes
        read_pack(text)
    assert kind in {kind for _, kind, _ in refusal.value.faults}
    assert len(refusal.value.faults) < 30_000


@pytest.mark.parametrize(
    ("text", "line"), [('id = "a"\nname = {', 2), ('id = "a"\nid = "b"\n', 2), ("\n\nroles", 3), ("a = [\n1,\n2\n", 3)]
)
def test_what_is_not_toml_is_told_by_its_line(text: str, line: int) -> None:
    with pytest.raises(BadPack) as refusal:
        read_pack(text)
    ((_, _, params),) = refusal.value.faults
    assert params["line"] == line
    assert f"dòng {line}:" in refusal.value.detail("vi")
    assert "(at " not in refusal.value.detail("en")


def test_windows_lines_and_a_byte_order_mark_are_read() -> None:
    assert read_pack(("\ufeff" + SMALL.replace("\n", "\r\n")).encode()) == read_pack(SMALL)


@pytest.mark.parametrize("name", ["absent.toml", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile) as refusal:
        read_pack(tmp_path / name)
    assert refusal.value.name == "pack_unreadable"


def test_a_huge_file_is_not_read_to_its_end() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("this system has no endless file")
    with pytest.raises(BadPack) as refusal:
        read_pack(Path("/dev/zero"))
    assert refusal.value.faults[0][1] == "too_big"


# ------------------------------------------------------------------ nothing but a pack or its refusal

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(),
    st.just([]),
    st.just({}),
    st.just([[1], {"a": 2}]),
    st.just("referee"),
    st.just({"vi": "x", "en": "y"}),
)


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value below ``node``."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in below:
        yield (*at, key)
        yield from places(child, (*at, key))


def hold_to_the_promise(source: bytes | dict[str, Any]) -> None:
    """A pack that goes round, or one refusal that can be said in both languages; anything else raises here."""
    pack, refusal = None, None
    try:
        pack = read_document(source) if isinstance(source, dict) else read_pack(source)
    except BadPack as fault:
        refusal = fault
    if refusal is None:
        assert pack is not None
        assert read_document(document(pack)) == pack
        return
    assert refusal.faults
    for lang in LANGUAGES:
        for path, kind, text in refusal.said(lang):
            assert path.startswith("$")
            assert find(f"var.rules.fault.{kind}", lang) is not None
            assert text


PACKS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FILES} | {"vovinam": TABLES}
WAYS = {name: list(places(tables)) for name, tables in PACKS.items()}


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_pack_that_was_tampered_with_is_a_pack_or_one_refusal(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(PACKS)))
    tables = copy.deepcopy(PACKS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        *way, last = data.draw(st.sampled_from(WAYS[name]))
        node: Any = tables
        try:
            for key in way:
                node = node[key]
            present = node[last]
        except (LookupError, TypeError):
            continue  # an earlier change took it away
        act = data.draw(st.sampled_from(["delete", "junk", "rename", "swap", "double"]))
        if act == "delete":
            del node[last]
        elif act == "junk":
            node[last] = data.draw(JUNK)
        elif act == "rename" and isinstance(node, dict):
            node[data.draw(st.sampled_from(["x", "Tên lạ", "", "a.b", "vi"]))] = node.pop(last)
        elif act == "swap":
            other = data.draw(st.sampled_from(WAYS[name]))
            node[last] = other[-1]
        elif isinstance(node, list):
            node.append(copy.deepcopy(present))
    hold_to_the_promise(tables)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_text_that_was_tampered_with_is_a_pack_or_one_refusal(data: st.DataObject) -> None:
    text = bytearray(SMALL.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = min(len(text), start + data.draw(st.integers(0, 40)))
        text[start:end] = data.draw(st.binary(max_size=6) | st.sampled_from([b'"', b"[", b"}", b"\n", b"= 1979-05-27"]))
    hold_to_the_promise(bytes(text))


# ------------------------------------------------------------------ the model itself


def test_a_pack_that_contradicts_itself_cannot_be_made() -> None:
    pack = read_pack(SMALL)
    with pytest.raises(BadPack) as refusal:
        replace(pack, roles={})
    assert {path for path, _, _ in refusal.value.faults} >= {"$.formats[0].roles", "$.protocols.card.steps[0].by"}


def test_parts_that_are_no_rule_cannot_be_made() -> None:
    with pytest.raises(BadValue):
        Wording("", "text")
    with pytest.raises(BadValue):
        Edition(Wording("a", "b"), date(2026, 7, 1), date(2026, 6, 30), ("x",))
    with pytest.raises(BadValue):
        Request("coach", Wording("a", "b"), ("coach",), 2, None, ("x",))


def test_a_request_is_kept_by_its_rule() -> None:
    football = next(read_pack(path) for path in FILES if path.stem == "football")
    basketball = next(read_pack(path) for path in FILES if path.stem == "basketball")
    badminton = next(read_pack(path) for path in FILES if path.stem == "badminton")

    def kept(pack: Pack, form: str, request: str) -> set[str]:
        (found,) = [each.request(request) for each in pack.formats if each.id == form]
        assert found is not None
        return {result.value for result in Result if found.kept(result)}

    assert kept(football, "fvs", "coach") == {"changed", "refused", "failure"}
    assert kept(basketball, "irs", "coach") == {"failure"}  # spent whether right or wrong
    assert kept(badminton, "irs", "umpire") == {result.value for result in Result}


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ({}, []),
        ({"a": ["b", "c"], "b": ["c"], "c": []}, []),
        ({"a": ["a"]}, [("a",)]),
        ({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}, [("b", "c")]),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [("a", "b"), ("c", "d")]),
    ],
)
def test_circles(ways: dict[str, list[str]], found: list[tuple[str, ...]]) -> None:
    assert circles(ways) == found


# ------------------------------------------------------------------ words and texts


def test_every_fault_and_every_word_has_its_text_and_no_text_is_left_over() -> None:
    kinds: set[str] = set()
    for source in (ROOT / "var" / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                kinds |= {arg.value for arg in node.args[1:2] if isinstance(arg, ast.Constant)}
    for lang in LANGUAGES:
        texts = catalogue("var", "rules", lang)
        assert set(texts["fault"]) == kinds
        for table, words in {"guard": Guard, "effect": Effect, "result": Result, "per": Per, "seen": Seen}.items():
            assert set(texts[table]) == {word.value for word in words}, table
