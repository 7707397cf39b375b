"""The command ``touchline``: finds its sub-commands through entry points, so the kernel imports no sibling.

A package declares ``name = "module:register"`` under ``touchline.commands``. ``register(parser)`` adds arguments and
calls ``parser.set_defaults(run=function)``; ``function(args)`` returns an exit code and prints through ``emit``.
With ``--json`` standard output carries exactly one document; everything else goes to standard error. Exit 0 means
answered (refusals included, unless a command sets ``exit_refused``), 2 means misuse.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import numpy as np

from touchline import __version__
from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES, t

Register = Callable[[argparse.ArgumentParser], None]


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it: numpy becomes lists and numbers, NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


def emit(document: Any, args: argparse.Namespace, lines: Sequence[str] = ()) -> None:
    """Print the answer: one JSON document with ``--json``, else ``lines`` for people."""
    if args.json:
        sys.stdout.write(json.dumps(plain(document), ensure_ascii=False, allow_nan=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def progress(message: str) -> None:
    """Say on standard error how a long job goes on."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def some_path(text: str) -> Path:
    """The path that was given for something to be written. Refuses an empty one, such as a variable that is not set: it
    would mean the folder where one happens to stand."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options that every command has: ``--json`` and ``--lang``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")
    # Without a default of its own: what was said before the command's name counts where nothing is said after it.
    parser.add_argument(
        "--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help="language of messages (default: vi)"
    )


def commands() -> dict[str, EntryPoint]:
    """The installed sub-commands by name."""
    return {point.name: point for point in sorted(entry_points(group="touchline.commands"), key=lambda p: p.name)}


def read_json(path: str) -> Any:
    """The JSON document in the file ``path`` (``-`` is standard input), in UTF-8, or in UTF-16 or UTF-32 as some
    systems write it.

    Raises ``BadFile`` where the file cannot be read or is not JSON; NaN and Infinity are not JSON, and of a name that
    is given twice nobody can tell which value is meant.
    """
    from touchline.errors import BadFile

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not a JSON number")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is given twice in one object")
        return found

    try:
        text = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except (OSError, ValueError, RecursionError) as fault:
        raise BadFile("touchline.errors.not_json", path=path, fault=fault) from fault


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of the command; with ``only`` just that sub-command is loaded, which keeps start-up short."""
    parser = argparse.ArgumentParser(prog="touchline", description="Open sports performance and VAR toolkit.")
    parser.add_argument("--version", action="version", version=f"touchline {__version__}")
    parser.add_argument("--lang", choices=LANGUAGES, default="vi", help="language of messages (default: vi)")
    choices = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    found = commands()
    for name, point in found.items():
        if only in found and name != only:
            continue
        help_key = f"touchline.commands.{name}"
        sub = choices.add_parser(name, help=t(help_key, "en"), description=t(help_key, "en"))
        point.load()(sub)
    return parser


def _speak_utf8() -> None:
    """Print UTF-8 whatever the terminal's alphabet, with a question mark for what is no text in a file's name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` and return its exit code."""
    _speak_utf8()
    argv = list(sys.argv[1:] if argv is None else argv)
    known = commands()
    only = next((word for word in argv if word in known), None)
    args = build_parser(only).parse_args(argv)
    try:
        return int(args.run(args))
    except TouchlineError as refusal:
        document = refusal.document(args.lang)
        progress(f"{document['detail']}\n{document['hint']}".strip())
        if args.json:
            emit(document, args)
        return int(getattr(args, "exit_refused", 0))
    except BrokenPipeError:  # `touchline ... | head`: nobody reads on, and Python's last flush must not complain either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        progress(t("touchline.commands.interrupted", args.lang))
        return 130
