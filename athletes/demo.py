"""What a first start finds in the training view: one athlete and one simulated session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.model import Athlete, ZoneMethod, ZoneSetting
from athletes.synthetic import simulate
from touchline.errors import NotFound
from touchline.i18n import t
from touchline.origin import Origin

ATHLETE_ID = "demo"
SEED = 20260301
START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
"""Half past six in the morning in Viet Nam."""


def build(home: Path, *, force: bool, lang: str, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """The documents of the demo session: made once, and made again where ``force`` says so.

    A session that somebody has deleted stays deleted without ``force``; an athlete who was erased does not come back.
    """
    archive = Archive(home)
    name = t("athletes.demo.session", lang)
    imported = simulate(seed=SEED, start=START, name=name)
    known = archive.store.row("SELECT id FROM session WHERE sha256 = ?", (imported.sha256,))
    if archive.store.row("SELECT 1 FROM erasure WHERE athlete_id = ?", (ATHLETE_ID,)) is not None:
        return []
    if known is None or force:
        progress(t("athletes.demo.making", lang))
        _ensure_athlete(archive, lang)
        kept = archive.keep(imported, athlete_id=ATHLETE_ID, origin=Origin.SIMULATED, name=name)
        return [_document(kept.session_id, name, made=not kept.already_there)]
    if archive.is_deleted(known["id"]):
        return []
    return [_document(known["id"], archive.session(known["id"]).name, made=False)]


def _ensure_athlete(archive: Archive, lang: str) -> None:
    try:
        archive.athlete(ATHLETE_ID)
    except NotFound:
        setting = ZoneSetting(None, ZoneMethod.HR_MAX, hr_max_bpm=192, hr_rest_bpm=52)
        archive.save_athlete(Athlete(ATHLETE_ID, t("athletes.demo.athlete", lang), zone_settings=(setting,)))


def _document(session_id: str, name: str, *, made: bool) -> dict[str, Any]:
    return {"kind": "session", "id": session_id, "name": name, "origin": Origin.SIMULATED.value, "made": made}
