"""The sub-commands that this package gives to `touchline`."""
