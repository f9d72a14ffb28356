# `make build` builds the warehouse, `make test` checks everything but what takes minutes:
# `make test-reliability` (kills, full disks, readers, the daemon, history). All set up .venv first.
PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: build test test-reliability bench audit setup clean

build: setup
	$(BIN)/roofhouse build

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint -q -p 2 sql
	$(BIN)/mypy
	$(BIN)/pytest --ignore=tests/reliability

test-reliability: setup
	$(BIN)/pytest -n 0 tests/reliability

bench: setup
	$(BIN)/python benchmarks/overhead.py

audit: setup
	$(BIN)/python -m pip install -q --disable-pip-version-check pip-audit
	$(BIN)/pip-audit -r constraints.txt --no-deps --disable-pip

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
