"""Body points in space: calibrations of others, triangulation, bones, and files for other programs."""
