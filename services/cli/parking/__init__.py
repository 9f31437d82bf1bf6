"""Events that were put aside: `throughline parked` and `throughline parked replay`."""
