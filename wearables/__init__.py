"""Bluetooth sensors: bytes in, values out."""
