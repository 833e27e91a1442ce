"""What the pages load is theirs: vendored files are those that their list names, and all of it is small."""

import gzip
import hashlib
import re

from web.pages import STATIC

VENDOR = STATIC / "vendor"
PAIRS = (
    ("on-accent", "accent"),
    ("text", "hit"),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("first", "first-soft"),
    ("deleted", "deleted-soft"),
    ("text", "edited-soft"),
)
CSS = (STATIC / "app.css").read_text(encoding="utf-8")


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(
        re.findall(r"^\| `([\w.-]+\.js)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    )
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")} == listed
    assert listed


def test_style_and_scripts_are_small() -> None:
    assert (STATIC / "app.css").stat().st_size <= 35_000
    loaded = {*STATIC.glob("*.js"), STATIC / "app.css", *VENDOR.glob("*.js")} - {VENDOR / "cytoscape.min.js"}
    assert sum(len(gzip.compress(path.read_bytes())) for path in loaded) <= 60_000


def test_text_has_contrast_in_both_themes() -> None:
    """4.5 for text, 3 for the edges of fields and for bars, on each ground that they are seen on."""
    light, dark = _tokens()
    for theme in (light, dark):
        for text in ("text", "muted", "accent", "first", "copy", "edited", "deleted", "live"):
            assert min(_contrast(theme[text], theme[ground]) for ground in ("bg", "surface", "sunken")) >= 4.5, text
        for text, ground in PAIRS:
            assert _contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
        for edge in ("edge", "bar"):
            assert _contrast(theme[edge], theme["bg"]) >= 3, edge


def test_browsers_without_light_dark_have_the_same_colours() -> None:
    light, dark = _tokens()
    found = re.findall(r"--([\w-]+): var\(--on-light, (#\w+)\) var\(--on-dark, (#\w+)\);", CSS)
    assert {name: colour for name, colour, _ in found} == light
    assert {name: colour for name, _, colour in found} == dark


def _tokens() -> tuple[dict[str, str], dict[str, str]]:
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", CSS)
    assert len(found) >= 20
    return {name: light for name, light, _ in found}, {name: dark for name, _, dark in found}


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_graph_is_loaded_when_it_is_asked_for() -> None:
    named = {path.name for path in (STATIC.parent / "templates").glob("*") if "cytoscape.min" in path.read_text()}
    assert named == set()
    assert "cytoscape.min.js" in (STATIC / "graph.js").read_text()


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in (STATIC / "app.css", STATIC / "app.js", *(STATIC.parent / "templates").glob("*")):
        found = re.findall(r"""(?:url\(|src=|import |fetch\()["']?(https?:)?//""", path.read_text())
        assert found == [], path.name
