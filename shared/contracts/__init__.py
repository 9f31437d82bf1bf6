"""The published language: every event type, defined once, and nothing of ours imported."""
