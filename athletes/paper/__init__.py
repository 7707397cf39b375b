"""Training on paper: reports of an athlete, a week, a month and a squad as PDF and as XLSX."""
