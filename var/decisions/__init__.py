"""The review of a case under a rule pack: who may take which step, requests left, clocks, speeds looked at.

No sport is known here: the pack says everything (``var.rules``).
"""

from var.decisions.acts import amend, open_case, override, tell, undo
from var.decisions.clock import Elapsed, elapsed
from var.decisions.model import Actor, Case, Ruling, Stamp
from var.decisions.refusing import Reason, Refused
from var.decisions.requests import Account, account
from var.decisions.steps import Choice, not_reviewed, steps_open, take

__all__ = [
    "Account",
    "Actor",
    "Case",
    "Choice",
    "Elapsed",
    "Reason",
    "Refused",
    "Ruling",
    "Stamp",
    "account",
    "amend",
    "elapsed",
    "not_reviewed",
    "open_case",
    "override",
    "steps_open",
    "take",
    "tell",
    "undo",
]
