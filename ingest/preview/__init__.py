"""Public web previews of channels (t.me/s/NAME): a live source without an account.

The preview is a page for people. What it does not show, or rounds, is unknown or rounded here (``docs/formats.md``).
"""
