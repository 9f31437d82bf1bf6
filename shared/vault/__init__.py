"""Keys of mentions; sealing and opening; erasure."""
