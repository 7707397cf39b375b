"""Incident reports as packages that can be proved afterwards: bags of files, signed, and checked without trust."""

from __future__ import annotations

from var.evidence.checking import verify
from var.evidence.trust import Trust, own_trust, read_trust
from var.evidence.verdict import Finding, Signed, Status, Verdict

__all__ = ["Finding", "Signed", "Status", "Trust", "Verdict", "own_trust", "read_trust", "verify"]
