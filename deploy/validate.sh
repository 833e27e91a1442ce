#!/usr/bin/env bash
# Check everything in deploy/ that can be checked without a container engine.
# A tool that is missing is named and left out; with CI=true it is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH
failed=0 skipped=0

check() { # check TOOL WHAT COMMAND...
  local tool=$1 what=$2
  shift 2
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED  $what: no $tool; run scripts/install-test-tools"
    skipped=$((skipped + 1))
  elif output=$("$@" 2>&1); then
    echo "ok       $what"
  else
    echo "FAILED   $what"
    echo "$output" | sed 's/^/         /'
    failed=$((failed + 1))
  fi
}

in_prometheus() { (cd deploy/prometheus && "$@"); }
compose_config() { GRAFANA_ADMIN_PASSWORD=unused docker-compose --file deploy/compose.yaml config --quiet; }
needs_a_password() { ! env -u GRAFANA_ADMIN_PASSWORD docker-compose --env-file /dev/null --file deploy/compose.yaml config --quiet; }

check promtool "Prometheus configuration and alert rules" promtool check config deploy/prometheus/prometheus.yml
check promtool "unit tests of the alert rules" in_prometheus promtool test rules rules_test.yml
check hadolint "Dockerfile" hadolint --failure-threshold style deploy/Dockerfile
check docker-compose "compose.yaml" compose_config
check docker-compose "compose.yaml refuses to start without a Grafana password" needs_a_password

echo "$failed failed, $skipped skipped"
[ "$failed" = 0 ] && { [ "$skipped" = 0 ] || [ "${CI:-}" != true ]; }
