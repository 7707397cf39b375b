"""What the terminal says at the first start: the link with which the administrator is made."""

from __future__ import annotations

import sys
from pathlib import Path

from touchline.accounts.desk import Desk
from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES, t


def announce(home: Path, port: int) -> str | None:
    """Print the link of the first start where no administrator is there yet, and return it; else None.

    It goes to standard error in both languages, because standard output may be read by a program, and nobody has
    chosen a language yet. Where nothing can be kept, the app itself says so.
    """
    try:
        code = Desk(home).begin()
    except TouchlineError:
        return None
    if code is None:
        return None
    link = f"http://127.0.0.1:{port}/sign-in?first={code}"
    lines = [t("touchline.accounts.terminal_first", lang) for lang in LANGUAGES]
    sys.stderr.write("\n" + "\n".join(lines) + f"\n\n    {link}\n\n")
    sys.stderr.flush()
    return link
