"""Whether a signed report may be called PDF/A: only where veraPDF is installed here and says so of that very file."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = "verapdf"
PDF, PDF_A = "PDF", "PDF/A-2b"
_WAIT_S = 60


def called(path: Path) -> str:
    """``PDF/A-2b`` where the validator on PATH finds the file to be that, else ``PDF``: without one too, and where it
    does not answer in time or in a form that is known."""
    program = shutil.which(PROGRAM)
    if program is None:
        return PDF
    command = [program, "--flavour", "2b", "--format", "json", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_WAIT_S, check=False, stdin=subprocess.DEVNULL)
        return PDF_A if compliant(json.loads(done.stdout)) else PDF
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return PDF


def compliant(report: Any) -> bool:
    """Whether veraPDF's JSON report has results, and each says that its file keeps the profile PDF/A-2b."""
    try:
        jobs = report["report"]["jobs"]
        results = [result for job in jobs for result in _listed(job["validationResult"])]
        return bool(results) and all(
            result["compliant"] is True and "PDF/A-2B" in str(result["profileName"]).upper() for result in results
        )
    except (KeyError, TypeError):
        return False


def _listed(found: Any) -> list[Any]:
    """Newer versions give a list of results, older ones the one."""
    return found if isinstance(found, list) else [found]
