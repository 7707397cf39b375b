"""The stills of an incident: the very frames, with what was drawn over them and without."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.files import write_bytes
from touchline.origin import Origin
from var.export.facts import IncidentFacts, StillFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True, eq=False)
class StillFile:
    """A written still: ``drawn`` holds the overlay, ``clean`` the same frame without it; paths in the folder."""

    facts: StillFacts
    drawn: str
    clean: str


def write_still(
    folder: Path,
    still: StillFacts,
    picture: NDArray[np.uint8],
    *,
    name: str,
    origin: Origin,
    mark: str,
    hidden: NDArray[np.bool_] | None = None,
) -> StillFile:
    """Write one still twice under ``folder/stills``: with its drawings and clean, both at the source's full size.

    ``name`` is the camera's name for files. A simulated picture says so in ``mark``, on a plate in the corner of the
    drawn file, and both files say so in their comment, because a still travels alone. The names in the result are
    relative to ``folder``. Lines on the grass pass behind what stands in ``hidden``.
    """
    from var.picture import draw, stamp

    comment = (
        f"Touchline; camera {still.clip.camera_id}; frame {still.frame}; pts {still.clip.pts[still.frame]}; "
        f"source sha256 {still.clip.sha256}; origin {origin.value}"
    )
    over = draw(picture, still.drawings, hidden=hidden)
    if origin is Origin.SIMULATED:
        over = stamp(over, mark)
    drawn, clean = f"stills/{name}-f{still.frame}.jpg", f"stills/{name}-f{still.frame}-clean.jpg"
    write_bytes(folder / drawn, jpeg(over, comment))
    write_bytes(folder / clean, jpeg(picture, comment))
    return StillFile(still, drawn, clean)


def hidden_in(facts: IncidentFacts, still: StillFacts, picture: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Where players stand before the drawn lines of a still; None where nothing measured is drawn or the angle's
    calibration on that very frame is not known."""
    from var.measure.calibration import Calibration
    from var.measure.pitch import Pitch
    from var.occlusion import players
    from var.picture import covered

    camera = next((camera for camera in facts.cameras if camera.clip is still.clip), None)
    if camera is None or camera.calibration is None or camera.calibration.document is None or not still.lines_drawn:
        return None
    if not (still.clip.fixed or still.frame == camera.frame):
        return None
    height, width = picture.shape[:2]
    region = covered((width, height), still.drawings)
    calibration = Calibration.from_document(camera.calibration.document)
    return players(picture, calibration, Pitch(*facts.match.setup.pitch_m), region)


def jpeg(picture: NDArray[np.uint8], comment: str) -> bytes:
    """``picture`` (height, width, 3; 8-bit BGR) as a JPEG without colour subsampling, with a comment segment.

    Thin coloured lines keep their colour only at 4:4:4. The comment follows ISO/IEC 10918-1, B.2.4.5.
    """
    import cv2

    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        JPEG_QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    done, coded = cv2.imencode(".jpg", picture, options)
    if not done:  # OpenCV raises for what it cannot encode; this is its other way to say so
        raise OSError("JPEG encoder")
    data = coded.tobytes()
    text = comment.encode("utf-8")[:65000]
    return data[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + data[2:]
