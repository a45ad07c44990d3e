.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(VENV)/ready: requirements.lock pyproject.toml emulator/pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . --editable emulator
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## Make the virtual environment from the lock file

.PHONY: lint
lint: setup ## Format check, lint, types, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd emulator && ../$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: test
test: setup ## Run all tests: emulator, unit, simulation, campaign, GitOps tools, cluster
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target test-models test-campaign test-cluster

# Two of the three compute, the last mostly waits for real processes. It takes the longest, so it has right of way.
.PHONY: test-models test-campaign test-cluster
test-models: setup
	cd emulator && nice ../$(BIN)/python -m pytest
	nice $(BIN)/python -m pytest tests/unit tests/exhaustive tests/simulation
test-campaign: setup
	nice $(BIN)/python -m pytest tests/campaign tests/transitions
test-cluster: setup
	$(BIN)/python -m pytest tests/gitops tests/cluster

.PHONY: soak
soak: setup ## Run the long tests on real processes
	$(BIN)/python -m pytest -m soak tests/cluster

.PHONY: bench
bench: setup ## Measure the figures of the README, in about an hour and a half; ONLY="latency death" measures some
	$(BIN)/python -m tests.bench $(ONLY)

SEEDS ?= 2000
DOUBLES ?= 1000
.PHONY: simulate
simulate: setup ## Sweep all single faults, SEEDS (2000) random lives, most of them long, and DOUBLES (1000) pairs of faults; report what was hit
	$(BIN)/python -m tests.campaign run --sweep --seeds $(SEEDS) --pairs $(DOUBLES)
	$(BIN)/python -m pytest -m simulate tests/transitions tests/cluster/test_campaign_crd.py

.PHONY: replay
replay: setup ## Run one run of a campaign again: make replay RUN='seed | 17'
	$(BIN)/python -m tests.campaign replay "$(RUN)"

.PHONY: coverage
coverage: setup ## Branch coverage of the core by its unit tests: all of it
	$(BIN)/python -m coverage run --branch --source=operator/aci_operator/core -m pytest tests/unit/core
	$(BIN)/python -m coverage report --show-missing --skip-covered --fail-under=100

.PHONY: laws
laws: EXAMPLES := --hypothesis-seed=$(or $(SEED),$(shell echo $$RANDOM))
laws: setup ## Try each law with other examples than `make test` does, 25 times as many, and in longer stories
	$(BIN)/python -m pytest $(EXAMPLES) --hypothesis-profile laws tests/unit tests/exhaustive tests/simulation/test_walks.py
	cd emulator && ../$(BIN)/python -m pytest $(EXAMPLES) -k "test_properties or test_history or test_rules or test_limits"

.PHONY: exhaustive
exhaustive: setup ## Try the planners in every state of the large small worlds
	$(BIN)/python -m tests.exhaustive --large

LIVES ?= 25
.PHONY: planted
planted: setup ## Plant each known bug and see that the tests notice; LIVES (25) random lives for each
	PYTHONHASHSEED=0 $(BIN)/python -m tests.planted --lives $(LIVES)

.PHONY: mutation
mutation: setup ## Make small changes to the planners, and see that their unit tests notice; ONLY="ownership" tries some
	nice $(BIN)/python -m tests.mutation $(ONLY)

SECONDS ?= 60
.PHONY: emulator-soak
emulator-soak: setup ## Ask an emulator full of faults for SECONDS (60), with variants drawn from SEED
	cd emulator && ../$(BIN)/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

.PHONY: demo
demo: setup ## Show the main job on real parts; on a terminal it stays up until Ctrl-C
	@$(BIN)/python -m devcluster.system demo

.PHONY: up
up: setup ## Start control plane, emulator and operator in the background; then: source .run/env
	@$(BIN)/python -m devcluster.system up --dir .run

.PHONY: down
down: setup ## Stop what `make up` started
	@$(BIN)/python -m devcluster down --dir .run

.PHONY: operator-restart
operator-restart: setup ## Replace the operator that `make up` started
	@$(BIN)/python -m devcluster.system operator-restart --dir .run

.PHONY: lock
lock: setup ## Write both lock files again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --no-annotate \
		--custom-compile-command "make lock" -o requirements.lock pyproject.toml emulator/pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-deps --no-annotate \
		--custom-compile-command "make lock" -o emulator/tests/preview.lock emulator/tests/preview.in
