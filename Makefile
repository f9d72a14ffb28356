# `make build` builds the warehouse, `make test` checks everything. Both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: build test bench setup clean

build: setup
	$(BIN)/roofhouse build

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint -q -p 2 sql
	$(BIN)/mypy
	$(BIN)/pytest

bench: setup
	$(BIN)/python benchmarks/overhead.py

setup: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check \
		-c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv .dagster data/build data/warehouse.duckdb data/marts/*
