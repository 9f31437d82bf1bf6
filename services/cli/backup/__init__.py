"""Backing an installation up, restoring it elsewhere, and checking that it is whole."""
