"""Measuring on the pitch: calibration, projection and offside, each with an uncertainty."""
