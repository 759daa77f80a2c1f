# `make` alone lists what there is to do. Needs Python 3.11+ and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
MEMBERS := $(wildcard libs/* services/*)
SERVICES := $(notdir $(wildcard services/*))

.DEFAULT_GOAL := help
.PHONY: help env run stop demo test check bench backtest contracts locks proven format clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1 \t/' | expand -t 14

env: .venv/.ready ## make or refresh .venv from the hashed locks

.venv/.ready: requirements/dev.txt pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/uv --version 2>/dev/null | grep -q ' $(UV_VERSION) ' || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

locks: ## resolve again and export the hashed locks to requirements/
	@$(BIN)/uv lock --quiet --upgrade
	@$(BIN)/uv export --quiet --format requirements.txt --no-header --no-annotate --no-emit-workspace --group dev -o requirements/dev.txt > /dev/null
	@for s in $(SERVICES); do $(BIN)/uv export --quiet --format requirements.txt --no-header --no-annotate --no-emit-workspace --no-dev --package finops-$$s -o requirements/$$s.txt > /dev/null || exit 1; done
	@for p in focus_converter xlsx; do (cd benchmarks/peers/$$p && $(CURDIR)/$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --no-emit-find-links --python-version 3.11 requirements.in -o requirements.txt > /dev/null) || exit 1; done

run: env ## the whole product on this machine; Ctrl-C ends it, data stays in .local
	@exec $(BIN)/python -m finops_sandbox run

demo: env ## the whole product in one story: sign-up to audit log, figures checked
	@exec $(BIN)/python -m finops_sandbox demo

stop: env ## end what make run started
	@$(BIN)/python -m finops_sandbox stop

test: env ## all tests against real PostgreSQL and Kafka, with their coverage
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered

SIZE ?= 1m
bench: env ## measure the performance goals; SIZE=5m for the real size
	@$(BIN)/python benchmarks/run.py $(SIZE)

# Tests that measure have the machine to themselves.
MEASURING := tests/journeys tests/benchmarks
check: env ## what CI runs: format, lint, types, imports, documents, tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m finops_sandbox.documents --check
	@$(BIN)/python -m finops_sandbox.manifests --check
	@timeout --signal=INT --kill-after=30 1700 $(BIN)/python -m pytest -n 3 --durations=20 --durations-min=5 $(MEASURING:%=--ignore=%)
	@timeout --signal=INT --kill-after=30 500 $(BIN)/python -m pytest $(MEASURING) --durations=10

backtest: env ## replay the buying policies on the shipped demand; writes docs/backtest.md
	@$(BIN)/python -m finops_commitments backtest --picture docs/backtest.svg > docs/backtest.new
	@mv docs/backtest.new docs/backtest.md && cat docs/backtest.md

contracts: env ## render OpenAPI, the merged document, AsyncAPI, the event page, manifests
	@$(BIN)/python -m finops_sandbox.documents
	@$(BIN)/python -m finops_sandbox.manifests

proven: env ## requirements with the tests that prove them, and those without
	@$(BIN)/python -m finops_common.testing.proven

format: env ## format and mend what ruff can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean: ## remove caches and local data, keep the environment
	@rm -rf .local .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
