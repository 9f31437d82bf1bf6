"""The kernel: what every service shares, with no word of the domain beyond the contracts."""
