"""What is promised about crashes, proved by killing everything in turn while reports come in."""
