"""The `throughline` command: the composition root, and the only place that knows every service."""
