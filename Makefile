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
	$(BIN)/lint-imports

.PHONY: lock
lock: setup ## Write requirements.lock again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --no-annotate \
		--custom-compile-command "make lock" -o requirements.lock pyproject.toml emulator/pyproject.toml
