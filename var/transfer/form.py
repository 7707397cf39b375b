"""What a package of a match holds, as names and limits that writer, verifier and import share."""

from __future__ import annotations

import re

from touchline.ledger.line import MAX_LINE

FORMAT = "touchline.match/1"
MEDIA, FRAMES = "media", "frames"
SUFFIX = "-match"
"""A package is called after its match, with this behind."""

MOST_ENTRIES, MOST_LOOKS = 200_000, 1_000_000
"""A match has thousands; what has more is not read."""
LONGEST_ENTRY = 4 * MAX_LINE
LARGEST_TABLE = 256 << 20
"""Bytes of a frame table at most: those of a camera of twelve hours at 120 pictures a second."""

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What may name a match or an incident: both become names of folders."""
LEDGER_ID = re.compile(r"[0-9a-f]{32}")
HASH = re.compile(r"[0-9a-f]{64}")
ENDING = re.compile(r"\.[a-z0-9]{1,8}")


def earlier_name(ledger: str) -> str:
    """The name of the file that holds an earlier ledger of a match, beside its present one."""
    return f"ledger.from-{ledger}.jsonl"


def certificates_name(ledger: str) -> str:
    """The name of the file with the certificates of who signed an earlier ledger."""
    return f"ledger.from-{ledger}.pem"
