"""What athletes' data are in a data folder, for backups (``touchline.backup``)."""

from __future__ import annotations

from athletes.tables import MIGRATIONS, OWNER
from touchline.backup.places import Keeping, Kind, Place

KEEPING = Keeping(places=(Place("training", Kind.KEPT),), migrations={OWNER: MIGRATIONS})
