"""JSON from a stranger: bounded in size and depth, every name once, only numbers that JSON has."""

from __future__ import annotations

import json
import math
from typing import Any

from var.evidence.limits import Limits
from var.evidence.verdict import Refused


class _RepeatedName(ValueError):
    """A name is given twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedName
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite)


def read_strictly(data: bytes, path: str, limits: Limits) -> Any:
    """The JSON document in the file ``path``. Raises ``Refused``."""
    if len(data) > limits.json_bytes:
        raise Refused("huge_json", path)
    try:
        found = _DECODER.decode(data.decode("utf-8"))
    except RecursionError as fault:
        raise Refused("deep_json", path) from fault
    except _RepeatedName as fault:
        raise Refused("repeated_key", path) from fault
    except json.JSONDecodeError as fault:
        raise Refused("bad_json", path, offset=len(fault.doc[: fault.pos].encode("utf-8", "replace"))) from fault
    except ValueError as fault:
        raise Refused("bad_json", path) from fault
    level, depth = [found], 0
    while level:
        depth += 1
        if depth > limits.json_depth:
            raise Refused("deep_json", path)
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    return found
