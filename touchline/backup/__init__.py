"""Backup and restore of a data folder (docs/keeping.md). It knows no sport: packages say what they have there."""

from __future__ import annotations

from touchline.backup.checking import Checked, check_backup
from touchline.backup.places import Keeping, Kind, Place, Restored
from touchline.backup.restoring import Done, restore
from touchline.backup.writing import Backup, back_up, backups

__all__ = [
    "Backup",
    "Checked",
    "Done",
    "Keeping",
    "Kind",
    "Place",
    "Restored",
    "back_up",
    "backups",
    "check_backup",
    "restore",
]
