"""Every text exists in both languages with the same placeholders; every code that is raised has its text."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from touchline.errors import BadFile, BadValue, Missing, NotFound, TouchlineError
from touchline.i18n import LANGUAGES, clock, find, number, t

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("touchline", "var", "athletes", "wearables")
CATALOGUES = sorted(path for package in PACKAGES for path in (ROOT / package).glob("locales/*.vi.toml"))
SOURCES = [ROOT / "streamlit_app.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]


def flat(table: dict[str, object], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value)
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_both_languages_hold_the_same_keys_and_placeholders(path: Path) -> None:
    other = path.with_name(path.name.replace(".vi.", ".en."))
    vi, en = (flat(tomllib.loads(each.read_text("utf-8"))) for each in (path, other))
    assert vi.keys() == en.keys()
    assert {key: placeholders(text) for key, text in vi.items()} == {
        key: placeholders(text) for key, text in en.items()
    }
    assert all(text.strip() for text in (*vi.values(), *en.values()))


def test_every_english_catalogue_has_a_vietnamese_one() -> None:
    english = {
        path.with_name(path.name.replace(".en.", ".vi."))
        for p in PACKAGES
        for path in (ROOT / p).glob("locales/*.en.toml")
    }
    assert english == set(CATALOGUES)


def literals(path: Path) -> tuple[list[str], list[str]]:
    """The whole strings of a source file, and the beginnings of its f-strings."""
    tree = ast.parse(path.read_text("utf-8"))
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in formatted for part in node.values}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    heads = [node.values[0].value for node in formatted if isinstance(node.values[0], ast.Constant)]
    return [str(node.value) for node in strings if id(node) not in parts], [str(head) for head in heads]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_key_in_the_code_has_its_text(path: Path) -> None:
    key = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.[a-z0-9_]+){{2,}}")
    start = re.compile(rf"(?:{'|'.join(PACKAGES)})\.[a-z0-9_]+\.[a-z0-9_.]*")
    modules = {str(each.relative_to(ROOT).with_suffix("")).replace("/", ".") for each in SOURCES}
    whole, heads = literals(path)
    for text in whole:
        if not key.fullmatch(text) or text in modules or text.endswith((".toml", ".py")):
            continue
        first, file, *_ = text.split(".")
        if not (ROOT / first / "locales" / f"{file}.vi.toml").exists():
            continue  # a module's or an entry point's name, not a text
        entry = f"{text}.detail" if file == "errors" else text
        for lang in LANGUAGES:
            assert find(entry, lang) is not None, f"{text} has no {lang} text"
            if file == "errors":
                assert find(f"{text}.hint", lang) is not None, f"{text} has no {lang} hint"
    for head in heads:
        if start.fullmatch(head):
            first, file, entry = head.split(".", 2)
            catalogue = ROOT / first / "locales" / f"{file}.vi.toml"
            assert catalogue.exists(), f"{head}: no such catalogue"
            assert any(name.startswith(entry) for name in flat(tomllib.loads(catalogue.read_text("utf-8")))), head


@pytest.mark.parametrize(
    ("kind", "builtin"), [(BadValue, ValueError), (NotFound, LookupError), (BadFile, OSError), (Missing, RuntimeError)]
)
def test_an_error_is_also_the_builtin_it_resembles(kind: type[TouchlineError], builtin: type[Exception]) -> None:
    fault = kind("touchline.errors.not_json", path="x.json", fault="cut off")
    assert isinstance(fault, builtin)
    assert isinstance(fault, TouchlineError)
    assert "x.json" in str(fault)
    assert fault.document("vi") == {
        "status": "refused",
        "code": "not_json",
        "detail": "Không đọc được x.json dưới dạng JSON: cut off.",
        "hint": "Kiểm tra tên tệp và nội dung của tệp.",
    }


def test_a_forgotten_text_never_stops_a_review() -> None:
    assert t("touchline.commands.nowhere", "vi") == "touchline.commands.nowhere"
    assert t("nothing", "en") == "nothing"


@pytest.mark.parametrize(
    ("value", "lang", "decimals", "sign", "text"),
    [
        (1234.5, "vi", 1, False, "1.234,5"),
        (1234.5, "en", 1, False, "1,234.5"),
        (0.31, "en", 0, True, "+0"),
        (-0.04, "vi", 1, False, "0,0"),
        (-0.04, "en", 1, True, "+0.0"),
        (-2.25, "vi", 2, True, "−2,25"),
        (None, "vi", 1, False, "–"),
        (float("nan"), "en", 1, False, "–"),
        (float("inf"), "en", 1, False, "–"),
    ],
)
def test_numbers_are_written_as_each_language_writes_them(
    value: float | None, lang: str, decimals: int, sign: bool, text: str
) -> None:
    assert number(value, lang, decimals, sign=sign) == text


@pytest.mark.parametrize(
    ("seconds", "lang", "decimals", "text"),
    [
        (4032.48, "en", 3, "67:12.480"),
        (4032.48, "vi", 3, "67:12,480"),
        (59.9996, "en", 3, "01:00.000"),  # rounding carries into the minute
        (-0.5, "en", 1, "−00:00.5"),
        (-0.0001, "en", 1, "00:00.0"),
        (6000, "vi", 0, "100:00"),
        (4032.9, "vi", 0, "67:12"),  # a match clock cuts
        (None, "vi", 3, "–"),
    ],
)
def test_clock(seconds: float | None, lang: str, decimals: int, text: str) -> None:
    assert clock(seconds, lang, decimals) == text
