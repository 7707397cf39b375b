"""Video review: synchronised multi-camera replay, pitch calibration, measured offside, incident reports."""
