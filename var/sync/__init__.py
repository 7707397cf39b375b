"""Synchronisation: one camera's clock on another's, with offset, rate, how sure both are, and by which method."""
