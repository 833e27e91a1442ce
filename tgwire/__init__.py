"""The program: command line, wiring, local broker."""
