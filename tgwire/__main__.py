"""``python -m tgwire``."""

from tgwire.cli import main

main()
