"""What is asked of the commands of straps: lines that are answered, lines that are refused."""

from __future__ import annotations

from commands_installed import DEMO

ANSWERS: dict[str, list[str]] = {
    "record": ["record --roster {squad} --check"],  # tests/wearables/test_record_command.py records
    "live list": ["live list"],
    "live show": ["live show {live}"],
    "live report": ["live report {live}"],
    "live stop": ["live stop {live}"],
    "live export": ["live export {live}", "live export {live} --plain {absent}"],
    "live keep": ["live keep {live} --enrol", "live keep {live}"],
    "live roster": ["live roster {live} --out {absent}"],
    "decode": ["decode 0x2A37 104472038a03", "decode 0x2AD2 44029c095c004f0050", "decode 0x2A37 zz"],
    "moment": [f"moment {{tied}} --match {DEMO} --match-time 1/3", "moment {tied} --at 0:01.5", "moment {tied}"],
}
"""Lines that are answered; ``{name}`` stands for a file of ``commands_files.files``."""
ELSEWHERE: set[str] = set()
"""Commands that need more than a small data folder, and which test holds their documents."""
REFUSALS: dict[str, str] = {
    "decode": "decode 0x2AFF 00",
    "record": "record --roster {text}",
    "live list": "live list",
    "live show": "live show nothing",
    "live report": "live report nothing",
    "live stop": "live stop nothing",
    "live export": "live export nothing",
    "live keep": "live keep nothing",
    "live roster": "live roster nothing --out {absent}",
    "moment": "moment {tied} --match-time 3",
}
"""A line of each command that is refused."""
NEVER_REFUSES: set[str] = set()
WITHOUT_A_FOLDER: set[str] = {
    "live list",
}
"""They are refused where the data folder is none."""
