"""Tables as files that spreadsheets open: CSV and XLSX, written and read."""
