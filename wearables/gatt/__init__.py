"""Decoders of GATT characteristics and of broadcasts, one pure file a service: bytes in, value out, and back."""
