"""What a report tells of an incident or a match: a PDF, the same as JSON, stills with their lines, clips."""

from var.export.facts import CameraFacts, IncidentFacts, MeasurementFacts, StillFacts, gather
from var.export.incident import Exported

__all__ = ["CameraFacts", "Exported", "IncidentFacts", "MeasurementFacts", "StillFacts", "gather"]
