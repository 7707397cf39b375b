"""What athletes' data are in a data folder, for backups (``touchline.backup``)."""

from __future__ import annotations

from athletes.tables import MIGRATIONS, OWNER
from touchline.backup.places import Keeping, Kind, Place

KEEPING = Keeping(
    places=(Place("training", Kind.KEPT), Place("motion", Kind.KEPT)),
    media=r"motion/[0-9a-f]{12}/(?![^/]*\.(frames$|points/)).*",
    migrations={OWNER: MIGRATIONS},
)
