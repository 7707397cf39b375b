"""Tables as people bring them: CSV and XLSX, read (``touchline.sheets`` writes them)."""
