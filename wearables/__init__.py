"""Bluetooth sensors: what a strap sends, decoded; connecting and recording grow on top of it."""
