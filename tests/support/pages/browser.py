"""Debian's Chromium, driven by Playwright."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.patience import DEADLINE_S

LONGEST_MS = 1000 * DEADLINE_S

MISSING = "Chromium is not installed: run scripts/install-test-tools, or set CHROMIUM to its program"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-lcd-text",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]
"""``--no-sandbox``: tests may run as root, in a container."""
_RUN = """async () => (await axe.run(document, {resultTypes: ['violations'], selectors: false, runOnly: {type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})).violations.map(
  (each) => each.id + ': ' + each.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)))"""
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
FOCUS = (Path(__file__).parent / "focus.js").read_text(encoding="utf-8")
RUN_AXE = f"({_RUN})()"


def find_chromium() -> str | None:
    """Its program: of the environment, the virtual environment, or the PATH."""
    if given := os.environ.get("CHROMIUM"):
        return given
    own = Path(os.environ.get("VIRTUAL_ENV", ".venv"), "chromium", "usr", "bin", "chromium")
    if own.exists():
        return str(own)
    return shutil.which("chromium") or shutil.which("chromium-browser")


NEEDS_CHROMIUM = pytest.mark.skipif(find_chromium() is None and os.environ.get("CI") != "true", reason=MISSING)


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(**options)
    context.set_default_timeout(LONGEST_MS)
    return context
