"""Pure functions: no I/O, clock, randomness or framework."""
