"""What `tgwire check` finds without a cluster."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tgwire.cli.app import app


@pytest.mark.parametrize(
    ("lines", "is_good", "detail"),
    [
        ("", True, "can be used"),
        ('ssl_cafile = "gone.pem"', False, "kafka.ssl_cafile: no such file"),
    ],
)
def test_certificates_are_tried(tmp_path: Path, lines: str, is_good: bool, detail: str) -> None:
    config = tmp_path / "tgwire.toml"
    config.write_text(f'[kafka]\nbootstrap_servers = "a:1"\nsecurity_protocol = "SSL"\n{lines}\n')
    result = CliRunner().invoke(app, ["-c", str(config), "check", "--json"])
    findings = {finding["what"]: finding for finding in json.loads(result.stdout)}
    assert findings["TLS"]["is_good"] is is_good
    assert detail in findings["TLS"]["detail"]
