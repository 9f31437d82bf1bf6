"""What intake's own lists show, and how each event changes them. Pure."""
