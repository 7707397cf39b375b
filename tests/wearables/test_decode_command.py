"""``touchline decode``: one document for any input, in both languages."""

from __future__ import annotations

import json

import jsonschema
import pytest

from touchline.cli import main
from touchline.commands import schemas


@pytest.mark.parametrize(
    "words",
    [
        ["0x2A37", "104472038a03"],
        ["2a37", "18:43:d0:07:72:03"],
        ["heart-rate-measurement", "06 00"],
        ["0x2A37", "103c72"],
        ["0x2A37", "01ff"],
        ["0x2A37", ""],
        ["0x2A37", "xyz"],
        ["0x2ADA", "01"],
        ["0x2AD2", "44029c095c004f0050"],
        ["00002a19-0000-1000-8000-00805f9b34fb", "64"],
        ["polar-broadcast", "33000038"],
        ["polar-pmd", "00e803000000000000800a0000f6ffff"],
        ["0x2A29", "1b5b324a"],
    ],
)
def test_every_answer_follows_the_schema(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", *words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["decode"])


def test_the_example_of_the_schema_is_the_real_output(capsys: pytest.CaptureFixture[str]) -> None:
    schema = schemas()["decode"]
    validator = jsonschema.Draft202012Validator(schema)
    for example in schema["examples"]:
        validator.validate(example)
        main(["decode", example["characteristic"], example["hex"], "--json", "--lang", "en"])
        assert json.loads(capsys.readouterr().out) == example


def test_an_unknown_characteristic_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    main(["decode", "0x2ADA", "00", "--json", "--lang", "en"])
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["reason"]) == ("refused", "unknown_characteristic")
    assert "0x2A37" in document["hint"]


@pytest.mark.parametrize(
    ("lang", "word", "interval"), [("vi", "có tiếp xúc", "861,328125 ms"), ("en", "contact", "861.328125 ms")]
)
def test_people_read_words(lang: str, word: str, interval: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["decode", "0x2A37", "16487203", "--lang", lang])
    lines = capsys.readouterr().out
    assert word in lines
    assert "72" in lines
    assert interval in lines
    assert "wearables." not in lines  # a key instead of a text


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        ("0x2AD2 44029c095c004f0050", "Tốc độ: 24,6 km/h", "Speed: 24.6 km/h"),
        ("0x2AD2 44029c095c004f0050", "Nhịp tim: 80 nhịp/phút", "Heart rate: 80 bpm"),
        ("0x2A63 0000ceff", "Công suất: −50 W", "Power: −50 W"),
        ("0x2A37 0400", "Nhịp tim: không có", "Heart rate: none"),
        ("0x2A53 070003b47d0039300000", "Quãng đường: 1.234,5 m", "Distance: 1,234.5 m"),
        ("0x2A29 c490616920c49169e1bb876e", "Nội dung: Đai điện", "Text: Đai điện"),
        ("polar-broadcast 33000038", "Pin yếu: có", "Battery low: yes"),
        ("polar-pmd-control 02000001820001010e00", "tần số lấy mẫu (Hz) 130", "sampling rate (Hz) 130"),
        ("0x2AD9 800505", "Kết quả: chưa có quyền điều khiển", "Result: control not permitted"),
    ],
)
def test_numbers_and_units_are_written_as_people_do(
    words: str, vi: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang, line in (("vi", vi), ("en", en)):
        main(["decode", *words.split(), "--lang", lang])
        assert line in capsys.readouterr().out
