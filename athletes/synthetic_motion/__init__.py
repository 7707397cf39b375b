"""Simulated athletes with known joints: bodies of 33 points that move, cameras that see them, noise like real models'.

Everything made here carries ``Origin.SIMULATED``.
"""
