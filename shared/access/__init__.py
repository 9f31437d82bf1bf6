"""Who is asking, may they, and the record of what was shown."""
