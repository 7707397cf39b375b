"""What is said of pictures that were deleted: on which day, and by which rule."""

from __future__ import annotations

from touchline.errors import NotFound
from touchline.i18n import t
from var.model import Clip, Removal


class MediaRemoved(NotFound):
    """Pictures of an angle that were deleted by the retention policy."""

    def __init__(self, camera: str, removal: Removal) -> None:
        self.camera, self.removal = camera, removal
        super().__init__("var.errors.media_removed", camera=camera, rule=removal.rule, day=removal.at_utc[:10])

    def detail(self, lang: str = "en") -> str:
        """What went, when, and by which rule, in ``lang``."""
        return t(f"{self.code}.detail", lang, camera=self.camera, **facts(self.removal, lang))


def removed(clip: Clip) -> MediaRemoved:
    """The refusal of whoever asks for a picture of a clip that has none any more."""
    assert clip.removed is not None
    return MediaRemoved(clip.label or clip.camera_id, clip.removed)


def facts(removal: Removal, lang: str) -> dict[str, str]:
    """Day and rule of a removal in words."""
    year, month, number = removal.at_utc[:10].split("-")
    day = f"{number}/{month}/{year}" if lang == "vi" else removal.at_utc[:10]
    return {"day": day, "rule": t(f"var.retention.rule.{removal.rule}", lang)}
