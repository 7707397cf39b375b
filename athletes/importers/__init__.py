"""Training files in: one small file a format, all of them giving an ``Imported`` or a ``Diary``."""

from athletes.importers.common import Diary, Imported, Repair
from athletes.importers.read import read, read_all, read_recording

__all__ = ["Diary", "Imported", "Repair", "read", "read_all", "read_recording"]
