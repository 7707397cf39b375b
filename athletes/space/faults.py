"""What is wrong with a calibration: every fault with its place, told at once and in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.i18n import t


@dataclass(frozen=True, slots=True)
class Fault:
    """``where`` in the document (``cam01.matrix``), and ``kind``: a text below ``athletes.space.fault``."""

    where: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def said(self, lang: str) -> str:
        """The fault in words."""
        return f"{self.where}: {t(f'athletes.space.fault.{self.kind}', lang, **self.params)}"

    def below(self, where: str) -> Fault:
        """The same fault in something larger."""
        return Fault(f"{where}.{self.where}", self.kind, self.params)


class BadCamera(BadValue):
    """A camera that cannot be; ``faults`` names all that is wrong."""

    def __init__(self, camera: str, faults: Sequence[Fault]) -> None:
        self.camera, self.faults = camera, tuple(faults)
        super().__init__("athletes.errors.bad_camera", camera=camera, count=len(self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return BadCamera, (self.camera, self.faults)

    def detail(self, lang: str = "en") -> str:
        """Every fault, in ``lang``."""
        said = "; ".join(fault.said(lang) for fault in self.faults)
        return t(f"{self.code}.detail", lang, camera=self.camera, faults=said)


class BadCalibration(BadFile):
    """A calibration file that cannot be used; ``faults`` names all that is wrong."""

    def __init__(self, path: str, faults: Sequence[Fault]) -> None:
        self.path, self.faults = path, tuple(faults)
        super().__init__("athletes.errors.bad_calibration", path=path, count=len(self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return BadCalibration, (self.path, self.faults)

    def detail(self, lang: str = "en") -> str:
        """Every fault, in ``lang``."""
        said = "; ".join(fault.said(lang) for fault in self.faults)
        return t(f"{self.code}.detail", lang, path=self.path, faults=said)
