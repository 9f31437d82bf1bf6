"""The command as whoever types it meets it: in processes of its own, as at a terminal."""
