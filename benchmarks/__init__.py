"""Load for tests and measurements; no part of the installed packages."""
