"""The two networks of ``touchline models`` that find and read text in pictures, run by OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile
from touchline.models import path

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

MODEL = "text_small"

STEP_PX = 32  # the finder halves a picture five times
MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
INK = 0.3  # the finder's own threshold (``thresh`` in the model's settings)
SURE = 0.5  # below it a spot is no text (``box_thresh``)
LEAST_PX = 3

HIGH_PX = 48  # the reader's own height
LONGEST_PX = 1280
BATCH = 12


@dataclass(frozen=True, slots=True)
class Line:
    """What was read in one picture: the text, where each sign lies in its width (0 to 1), and how sure each is."""

    text: str
    at: tuple[float, ...]
    sure: tuple[float, ...]


class TextNets:
    """Finds and reads text. Not to be shared between threads."""

    def __init__(self) -> None:
        """Load both networks (0.4 s). Raises ``Missing`` with the command that fetches them."""
        finder, reader = path(MODEL), path(MODEL, "reader")
        self._signs = signs(reader)
        try:
            self._finder, self._reader = (cv2.dnn.readNetFromONNX(str(each)) for each in (finder, reader))
        except cv2.error as fault:
            raise BadFile("touchline.errors.model_built", name=MODEL, file=reader.name) from fault

    def find(self, picture: Picture, wide_px: int) -> list[Box]:
        """Where text stands in a picture, in its pixels, with the room that the reader wants around it; it is looked at
        ``wide_px`` wide (960: 0.35 s of one core)."""
        height, width = picture.shape[:2]
        scale = wide_px / width
        size = tuple(max(STEP_PX, round(side * scale / STEP_PX) * STEP_PX) for side in (width, height))
        seen = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
        values = (seen.astype(np.float32) / 255 - MEAN) / STD
        self._finder.setInput(np.ascontiguousarray(values.transpose(2, 0, 1)[None]))
        ink = self._finder.forward()[0, 0]
        contours, _ = cv2.findContours((ink > INK).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        boxes = []
        for contour in contours:
            x, y, w, h = cv2.boundingRect(contour)
            if min(w, h) < LEAST_PX or float(ink[y : y + h, x : x + w].mean()) < SURE:
                continue
            room = 1.6 * w * h / (2 * (w + h))  # the finder marks shrunken text; ``unclip_ratio`` gives it back
            boxes.append(
                (
                    max(0.0, (x - room) * width / size[0]),
                    max(0.0, (y - room) * height / size[1]),
                    min(float(width), (x + w + room) * width / size[0]),
                    min(float(height), (y + h + room) * height / size[1]),
                )
            )
        return boxes

    def read(self, pictures: list[Picture]) -> list[Line]:
        """What stands in pictures of one line of text each, all of one size."""
        lines: list[Line] = []
        for first in range(0, len(pictures), BATCH):
            lines += self._read(pictures[first : first + BATCH])
        return lines

    def _read(self, pictures: list[Picture]) -> list[Line]:
        height, width = pictures[0].shape[:2]
        wide = min(LONGEST_PX, max(HIGH_PX, int(np.ceil(HIGH_PX * width / height))))
        values = np.stack([cv2.resize(each, (wide, HIGH_PX), interpolation=cv2.INTER_CUBIC) for each in pictures])
        self._reader.setInput(np.ascontiguousarray((values.astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2)))
        return [self._line(each) for each in self._reader.forward()]

    def _line(self, steps: NDArray[np.float32]) -> Line:
        """The signs of the steps: where the same sign goes on it is one, and sign 0 is none."""
        best, sure = steps.argmax(1), steps.max(1)
        starts = [k for k in range(len(best)) if best[k] and (k == 0 or best[k] != best[k - 1])]
        return Line(
            "".join(self._signs[best[k]] for k in starts),
            tuple((k + 0.5) / len(best) for k in starts),
            tuple(float(sure[k]) for k in starts),
        )


def signs(model: Path) -> list[str]:
    """What the outputs of the reader stand for: none, then the characters that its ONNX file names, then a space.

    Raises ``BadFile`` where the file names none.
    """
    data = model.read_bytes()
    place = data.rfind(b"\x0a\x09character\x12")  # an entry of metadata_props: field 1 is the key, field 2 the value
    try:
        if place < 0:
            raise ValueError("no characters")
        size, shift, place = 0, 0, place + 12
        while True:
            byte = data[place]
            size, shift, place = size | (byte & 127) << shift, shift + 7, place + 1
            if byte < 128:
                break
        return ["", *data[place : place + size].decode("utf-8").split("\n"), " "]
    except (ValueError, IndexError) as fault:
        raise BadFile("touchline.errors.model_built", name=MODEL, file=model.name) from fault
