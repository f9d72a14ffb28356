# `make build` builds the warehouse, `make test` checks everything but what takes minutes:
# `make test-reliability` (kills, full disks, readers, the daemon, history; Linux, as root) and
# `make test-browser` (the UI and the report in Chromium). All set up what they need first.
PYTHON ?= python3
BIN := .venv/bin
PIP := -m pip install -q --disable-pip-version-check -c constraints.txt
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: build test test-reliability test-browser dictionary bench audit setup clean

build: .venv/installed
	$(BIN)/roofhouse build

test: setup .venv-validators/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint -q -p 2 sql
	$(BIN)/mypy
	$(BIN)/pytest --ignore=tests/reliability --ignore=tests/browser

test-reliability: setup
	$(BIN)/pytest -n 0 tests/reliability

test-browser: setup
	$(BIN)/pytest -n 0 tests/browser

dictionary: setup
	$(BIN)/python -m pipelines.metadata.dictionary

bench: setup .venv-bench/installed
	$(BIN)/python benchmarks/run.py

audit: setup
	$(BIN)/python -m pip install -q --disable-pip-version-check pip-audit
	$(BIN)/pip-audit -r constraints.txt --no-deps --disable-pip

setup: .venv/developed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) -e .
	@touch $@

.venv/developed: .venv/installed
	$(BIN)/python $(PIP) -e '.[dev]'
	@touch $@

.venv-validators/installed: tests/validators.txt constraints.txt
	$(PYTHON) -m venv .venv-validators
	.venv-validators/bin/python $(PIP) -r tests/validators.txt
	@touch $@

# What the benchmarks compare with, apart for the same reason as the validators.
.venv-bench/installed: benchmarks/requirements.txt constraints.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP) -r benchmarks/requirements.txt
	@touch $@

clean:
	rm -rf .venv .venv-validators .venv-bench data/.dagster data/build data/warehouse.duckdb data/marts/*
