# Two commands for a newcomer: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
ROUNDS ?= 50
SEED ?= 1
MINUTES ?= 30
# Most tests wait for a broker: three processes for each core, but one for each 2 GiB of memory at most.
WORKERS ?= $(shell $(PYTHON) -c 'import os; gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30; print(max(2, min(3 * os.cpu_count(), gib // 2)))')
SEEDS ?= 20
.PHONY: help demo pictures test chaos chaos-collect soak bench compiled lint format schemas clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# Each file that pip fetches has the SHA-256 of requirements/.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("tgwire needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@$(INSTALL) --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Run the seeds through a local Kafka and a Faust worker, and show the records
	@$(BIN)/tgwire demo $(ARGS)

pictures: $(STAMP) ## Take pictures of all pages, widths and themes into docs/images: needs Chromium (scripts/install-test-tools)
	@scripts/pictures

# Each file of tests stays in one process; the slow ones come first, as they are collected. Bytecode is kept, whatever
# the environment sets: otherwise the commands that tests start would compile new files each time, and pytest all tests.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP) ## Run the whole test suite, brokers included: WORKERS=n processes, the rest in ARGS
	@$(BIN)/python -m compileall -q schemas runtime ingest processors sinks web tgwire tests benchmarks
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10 $(ARGS)

chaos: $(STAMP) ## Faults against a real pipeline: ROUNDS=n SEED=s, the rest in ARGS
	@$(BIN)/python -m tests.chaos.worker --rounds $(ROUNDS) --seed $(SEED) $(ARGS)

chaos-collect: $(STAMP) ## Faults against live collection, and an hour of 1,000 channels: SEEDS=n SEED=s, the rest in ARGS
	@$(BIN)/python -m tests.chaos.collector --seeds $(SEEDS) --seed $(SEED) $(ARGS)
	@$(BIN)/python -m tests.chaos.collector.hour --seed $(SEED)

soak: $(STAMP) ## Memory and queue sizes under a steady feed: MINUTES=n, the rest in ARGS
	@$(BIN)/python -m tests.chaos.worker.soak --minutes $(MINUTES) $(ARGS)

$(VENV)/.bench: $(STAMP) requirements/bench.txt
	@$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(VENV)/.bench ## Measure: the core, the worker over Kafka, and what else one could write
	@$(BIN)/python -m benchmarks

compiled: $(STAMP) ## Build a faster wheel into dist/, its core compiled to C: needs a C compiler
	@scripts/compiled

lint: $(STAMP) ## Check style, types, the import rules and the generated contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tgwire.generate --check

format: $(STAMP) ## Rewrite the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: $(STAMP) ## Write the generated contracts again
	$(BIN)/python -m tgwire.generate

clean: ## Remove the environment and local state
	rm -rf $(VENV) dist .tgwire .mypy_cache .ruff_cache .pytest_cache .hypothesis
