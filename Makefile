# `make` alone lists the targets. Each sets up what it needs first, in .venv, from constraints.txt.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_DISABLE_TELEMETRY := 1

# One line for each package, so that a first installation is seen to go on.
PIP_INSTALL = -m pip install --disable-pip-version-check --no-input -c constraints.txt
SHOW = | awk '/^Collecting /{sub(/[<>=!~;[].*/, "", $$2); print "  " $$2; fflush()} /^Installing collected/{print "  installing"; fflush()}'

.PHONY: help build ui lint lint-python lint-sql format check test coverage test-reliability
.PHONY: test-daemon test-long-life test-browser bench docs dictionary audit constraints setup clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: .venv/installed ## build the warehouse and the marts from data/raw
	$(BIN)/roofhouse build

ui: .venv/installed ## start the Dagster UI on 127.0.0.1:3000
	$(BIN)/roofhouse ui

lint: setup ## ruff, mypy, sqlfluff
	@$(MAKE) --no-print-directory -j2 lint-python lint-sql

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-sql: setup
	$(BIN)/sqlfluff lint -q -p 2 sql

format: setup ## format Python and SQL, and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix -q -p 2 sql

check: lint ## lint, and see that the definitions load and the docs are current
	$(BIN)/dg check defs
	$(BIN)/pytest -n 0 tests/test_dictionary.py tests/test_settings_page.py tests/test_readme.py

test: lint .venv-validators/installed ## lint and all tests that do not take minutes
	$(BIN)/pytest --ignore=tests/reliability --ignore=tests/browser

coverage: setup .venv-validators/installed ## the same tests, with the lines that none of them runs
	$(BIN)/pytest --ignore=tests/reliability --ignore=tests/browser --cov

# Dagster's processes as a user starts them.
DAEMON := $(addprefix tests/reliability/test_,alerts.py daemon.py ui.py wheel_ui.py)
LONG := tests/reliability/test_long_life.py
RAY := tests/reliability/test_ray.py
OTHER := $(filter-out $(DAEMON) $(LONG) $(RAY),$(wildcard tests/reliability/test_*.py))

test-reliability: setup ## kills, full disks, readers, history (Linux, as root)
	$(BIN)/pytest -n 0 $(RAY) $(OTHER)

test-daemon: setup ## Dagster's daemon and UI in real processes
	$(BIN)/pytest -n 0 $(DAEMON)

test-long-life: setup ## sixty builds and two days of the daemon: nothing grows
	$(BIN)/pytest -n 0 $(LONG)

test-browser: setup ## the UI and the report in Chromium
	$(BIN)/pytest -n 0 tests/browser

bench: setup .venv-bench/installed ## measure, and write benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

docs: setup ## write docs/dictionary.md and docs/settings.md
	$(BIN)/python -m pipelines.metadata.dictionary
	$(BIN)/python -m pipelines.metadata.settings_page

dictionary: docs

audit: setup ## compare the pinned packages with known advisories (needs a network)
	$(BIN)/python $(PIP_INSTALL) pip-audit $(SHOW)
	$(BIN)/pip-audit -r constraints.txt --no-deps --disable-pip

constraints: setup ## pin all packages again, for all platforms and Pythons
	$(BIN)/python $(PIP_INSTALL) uv $(SHOW)
	$(BIN)/uv pip compile --universal --no-emit-index-url --no-header --no-annotate --quiet \
		--upgrade --all-extras -o constraints.txt \
		pyproject.toml tests/validators.txt benchmarks/requirements.txt

clean: ## remove everything that can be rebuilt; data/raw stays
	rm -rf .venv .venv-validators .venv-bench .coverage* data/.dagster data/build
	rm -rf data/warehouse.duckdb data/marts/*

setup: .venv/developed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@echo "installing roofhouse in .venv (a minute or two)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) -e . $(SHOW)
	@touch $@

.venv/developed: .venv/installed
	@echo "installing what the tests need in .venv (some minutes)"
	@$(BIN)/python $(PIP_INSTALL) -e '.[dev]' $(SHOW)
	@touch $@

.venv-validators/installed: tests/validators.txt constraints.txt
	@echo "installing the validators of the published metadata in .venv-validators"
	@$(PYTHON) -m venv .venv-validators
	@.venv-validators/bin/python $(PIP_INSTALL) -r tests/validators.txt $(SHOW)
	@touch $@

# What the benchmarks compare with, apart for the same reason as the validators.
.venv-bench/installed: benchmarks/requirements.txt constraints.txt
	@echo "installing what the benchmarks compare with in .venv-bench"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python $(PIP_INSTALL) -r benchmarks/requirements.txt $(SHOW)
	@touch $@
