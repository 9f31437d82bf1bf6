"""Appending and reading events: gapless positions in commit order."""
