"""Sessions out: FIT, TCX, CSV, XLSX, Parquet. No file holds anybody's name."""

from athletes.exporters.export import FORMS, export_session, file_name, why_kept_in

__all__ = ["FORMS", "export_session", "file_name", "why_kept_in"]
