"""The incident folder: a PDF report, the same as JSON, stills with their lines, a clip of every angle."""

from var.export.facts import CameraFacts, IncidentFacts, MeasurementFacts, StillFacts, gather
from var.export.incident import Exported, export_incident, write_folder

__all__ = [
    "CameraFacts",
    "Exported",
    "IncidentFacts",
    "MeasurementFacts",
    "StillFacts",
    "export_incident",
    "gather",
    "write_folder",
]
