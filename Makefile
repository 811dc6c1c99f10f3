# Everything a newcomer types. `make` alone prints this list.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check lint types contracts e2e screenshots format lock

PYTHON ?= python3
PORT ?= 8000
# Test processes; 0 runs all tests in one, one after the other.
WORKERS ?= 2
BIN := .venv/bin
STAMP := .venv/installed
PYTEST := $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile
export PORT PYTHONDONTWRITEBYTECODE := 1

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## install the locked libraries into .venv; afterwards nothing here needs a network

$(STAMP): requirements.lock scripts/install_libraries.sh
	@PYTHON="$(PYTHON)" scripts/install_libraries.sh
	@touch $@

demo: $(STAMP) ## web, scheduler, sandbox Stripe and mailbox at http://127.0.0.1:8000 (PORT= changes it)
	@exec $(BIN)/python -m sandbox.demo

demo-reset: $(STAMP) ## forget the demo's data and build its world anew
	@$(BIN)/python -m sandbox.demo --reset

test: $(STAMP) ## everything: lint, types, contracts, all tests on SQLite and PostgreSQL, browser journeys
	@scripts/install_packages.sh chromium postgresql
	@$(MAKE) --no-print-directory lint types contracts
	$(PYTEST) tests e2e --database=both

check: $(STAMP) lint types contracts ## the fast part of `make test`: SQLite only, no browser
	$(PYTEST) tests --database=sqlite

lint: $(STAMP) ## ruff and djlint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/djlint portal sandbox --lint --quiet

types: $(STAMP) ## mypy; strict on rules, models, services and gateways
	$(BIN)/mypy

contracts: $(STAMP) ## who may import whom
	@$(BIN)/lint-imports

e2e: $(STAMP) ## the browser journeys alone
	@scripts/install_packages.sh chromium
	$(BIN)/python -m pytest e2e

screenshots: $(STAMP) ## take the pictures of docs/pictures anew, from a demo of its own
	@scripts/install_packages.sh chromium
	$(BIN)/python scripts/screenshots.py

format: $(STAMP) ## lay out every file alike and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(STAMP) ## choose library versions anew from pyproject.toml (needs a network)
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --generate-hashes \
		--no-header --no-annotate --upgrade --quiet --output-file requirements.lock
