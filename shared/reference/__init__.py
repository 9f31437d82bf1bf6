"""Validators and look-ups; pure."""
