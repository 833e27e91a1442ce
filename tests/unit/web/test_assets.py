"""What the pages load is theirs: vendored files are those that their list names, and all of it is small."""

import gzip
import hashlib
import re

from web.pages import STATIC

VENDOR = STATIC / "vendor"


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(
        re.findall(r"^\| `([\w.-]+\.js)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    )
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")} == listed
    assert listed


def test_style_and_scripts_are_small() -> None:
    assert (STATIC / "app.css").stat().st_size <= 35_000
    loaded = [STATIC / "app.css", STATIC / "app.js", *VENDOR.glob("*.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in loaded) <= 60_000


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in (STATIC / "app.css", STATIC / "app.js", *(STATIC.parent / "templates").glob("*")):
        found = re.findall(r"""(?:url\(|src=|import |fetch\()["']?(https?:)?//""", path.read_text())
        assert found == [], path.name
