"""deploy/ agrees with the code, the documents and itself. Whether it is valid is deploy/validate.sh's question."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from runtime.settings.tree import Settings
from tests.support.project import ROOT
from tgwire.cli.app import app
from tgwire.local_broker.distribution import KAFKA_VERSION

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"][0]["rules"]
RULE_TESTS: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus/rules_test.yml").read_text())["tests"]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/tgwire.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

_METRIC = re.compile(r"\b(?:tgwire|process|python)_[a-z_]+\b")
_DOCUMENTED = set(_METRIC.findall((ROOT / "docs/metrics.md").read_text()))


def metrics_of(expression: str) -> set[str]:
    without_labels = re.sub(r'"[^"]*"', "", expression)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in _METRIC.findall(without_labels)}


def headings(document: Path) -> set[str]:
    return {line.lstrip("# ").strip().lower() for line in document.read_text().splitlines() if line.startswith("#")}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_documented_metrics_from_the_provisioned_source(panel: dict[str, Any]) -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    assert panel["description"]
    for target in panel["targets"]:
        expression = target["expr"]
        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": sources[0]["uid"]}
        assert metrics_of(expression) <= _DOCUMENTED
        assert set(re.findall(r"\btgwire:[a-z_:]+", expression)) <= recorded


def test_panels_neither_overlap_nor_share_an_id() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.get("alert") or rule.get("record")))
def test_a_rule_asks_for_documented_metrics(rule: dict[str, Any]) -> None:
    assert metrics_of(rule["expr"]) <= _DOCUMENTED


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_has_a_summary_a_runbook_and_a_test(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == alert.lower()
    assert anchor in headings(ROOT / document)
    cases = [case for test in RULE_TESTS for case in test["alert_rule_test"] if case["alertname"] == alert]
    assert any(case["exp_alerts"] for case in cases)


def test_the_broker_is_the_one_that_the_tests_run_against() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_the_image_has_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert SERVICES["worker"]["image"] == f"tgwire:{version}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded_restarted_and_closed_to_the_network(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] != "always"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "healthcheck" in service or service["image"].startswith("tgwire:")
    assert not re.search(r":latest$|^[^:]+$", service["image"])
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
    volumes = [volume for volume in service.get("volumes", ()) if isinstance(volume, str)]
    named = [volume.partition(":")[0] for volume in volumes if re.match(r"[a-z]", volume)]
    assert set(named) <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_secret_of_its_own(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|HASH", variable):
            assert re.fullmatch(r"\$\{\w+:\?.*\}", str(value))


def test_prometheus_asks_the_services_at_the_port_of_the_image() -> None:
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in scraped}
    assert targets["tgwire-worker"] == [f"worker:{port}"]
    assert targets["tgwire-collector"] == [f"collector:{port}"]
    assert targets["tgwire-sink"] == [f"store:{port}"]
    assert {"worker", "collector", "store"} <= set(SERVICES)
    assert f"TGWIRE_HTTP__PORT={port}" in DOCKERFILE
    assert f"127.0.0.1:{port}/healthz" in DOCKERFILE


def test_the_image_ends_as_a_user_without_rights() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)[-1] == "10001:10001"


UNITS = {path.name: path.read_text() for path in sorted((DEPLOY / "systemd").iterdir())}
START = re.compile(r"^ExecStart=\S+/tgwire --config \S+ (.+)$", re.MULTILINE)
COMMANDS = {
    *(tuple(service["command"]) for service in SERVICES.values() if service["image"].startswith("tgwire:")),
    *(tuple(START.findall(unit)[0].split()) for unit in UNITS.values()),
}


@pytest.mark.parametrize("command", sorted(COMMANDS), ids=" ".join)
def test_a_command_that_is_started_is_one_of_tgwires(command: tuple[str, ...]) -> None:
    """Its options and arguments are read as tgwire would read them; nothing is run."""
    found: Any = get_command(app)
    left = list(command)
    while hasattr(found, "commands"):
        found = found.commands[left.pop(0)]
    with found.make_context("tgwire", left) as context:
        assert context.args == []


def test_the_pages_read_the_store_that_the_sink_writes() -> None:
    sink, pages = SERVICES["store"], SERVICES["pages"]
    assert sink["environment"]["TGWIRE_STORE__URL"] == pages["environment"]["TGWIRE_STORE__URL"]
    assert sink["volumes"][0] == pages["volumes"][0] == "store:/var/lib/tgwire"
    assert "--token-file" in pages["command"]
    units = [UNITS[f"tgwire-{name}.service"] for name in ("store", "pages")]
    for setting in ("User", "StateDirectory", "Environment=TGWIRE_INGEST__STATE_DIR"):
        written, read = (re.findall(rf"^{setting}=(.+)$", unit, re.MULTILINE) for unit in units)
        assert written == read != []


def test_no_two_units_listen_at_one_port() -> None:
    ports = [port for unit in UNITS.values() for port in re.findall(r"TGWIRE_HTTP__PORT=(\d+)", unit)]
    assert sorted(ports) == ["9464", "9465", "9466"]


@pytest.mark.parametrize("path", ["compose.yaml", "Dockerfile", *(f"systemd/{name}" for name in UNITS)])
def test_every_setting_named_exists(path: str) -> None:
    variables = set(re.findall(r"\bTGWIRE_([A-Z]+)__([A-Z_]+)=?", (DEPLOY / path).read_text()))
    assert variables
    for branch, name in variables:
        model = Settings.model_fields[branch.lower()].annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        assert name.lower() in model.model_fields


def test_the_token_of_the_pages_is_readable_by_the_user_of_the_containers_alone() -> None:
    """As the operations document has it made."""
    recipe = [line for line in (ROOT / "docs/operations.md").read_text().splitlines() if "deploy/pages.token" in line]
    user = re.search(r"^USER (\d+)", DOCKERFILE, re.MULTILINE)
    assert user is not None
    assert any(f"chown {user[1]} deploy/pages.token" in line for line in recipe)
    assert re.findall(r"chmod (\d+)", "\n".join(recipe)) == ["400"]
    assert any("umask 077" in line for line in recipe)
