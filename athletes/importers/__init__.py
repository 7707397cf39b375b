"""Training files in: one small file a format, all of them giving an ``Imported``."""

from athletes.importers.common import Imported, Repair
from athletes.importers.read import read

__all__ = ["Imported", "Repair", "read"]
