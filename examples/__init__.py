"""Things to try, and a region to simulate."""
