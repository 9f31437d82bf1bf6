"""Store to JetStream and back, in order and without gaps."""
