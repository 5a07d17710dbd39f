# make build        the demo warehouse, in warehouse.duckdb
# make test         everything that CI runs
# make help         the rest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DBT := .venv-dbt
SUPERSET := .venv-superset
WORKERS ?= 2
SHARED ?= ../shared
export RUNNER_SHARED := $(abspath $(SHARED))
# Hundreds of commands are run: what Python compiles for one serves the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help build test lint types unit test-whole test-compat test-e2e test-superset test-superset-browser chromium test-postgres postgres-server soak bench online-retail demo clean format

help:
	@echo "make build                      install into .venv and build the demo shop's warehouse"
	@echo "make test                       lint, type check and every suite, as in CI"
	@echo "make demo                       write demo/data anew (same bytes)"
	@echo "make online-retail FILE=x       build a warehouse from the UCI Online Retail lines"
	@echo "make lint types unit            parts of make test"
	@echo "make test-whole                 the suites of which make test does a sample, whole"
	@echo "make test-compat                all comparisons with dbt-core and dbt-duckdb"
	@echo "make test-e2e                   the built wheel in an environment of its own, and Superset, whole"
	@echo "make test-postgres              the export into PostgreSQL, with many kills and restarts"
	@echo "make test-superset              the dashboards in a real Superset, in process"
	@echo "make test-superset-browser      the same behind a server, in headless Chromium, with pictures"
	@echo "make soak                       kills, races and random projects, for long"
	@echo "make bench                      measure"
	@echo "make format                     format the code"
	@echo "make clean                      remove what was made"

# --- environments ------------------------------------------------------------------------------

$(VENV)/installed: pyproject.toml constraints.txt
	@echo "making $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python3.11 make …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "installing the development tools (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	@touch $@

# dbt-core wants a package that downloads while it installs; it is not needed, and left out.
$(DBT)/installed: constraints-dbt.txt $(VENV)/installed-dev
	@echo "making $(DBT), the peer to compare with (once)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(DBT)
	@echo 'dbt-core-experimental-parser ; sys_platform == "never"' > $(DBT)/overrides.txt
	@$(BIN)/uv pip install --quiet --python $(DBT)/bin/python --overrides $(DBT)/overrides.txt \
	  -r constraints-dbt.txt
	@touch $@

$(SUPERSET)/installed: constraints-superset.txt $(VENV)/installed-dev
	@echo "making $(SUPERSET), a Superset to test with (once, 700 MB)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SUPERSET)
	@$(BIN)/uv pip install --quiet --python $(SUPERSET)/bin/python -r constraints-superset.txt
	@touch $@

# PostgreSQL's server, for the tests of the export into it: installed where root runs them on Debian, as CI does.
HAS_POSTGRES = ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null

postgres-server:
	@$(HAS_POSTGRES) || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || { \
	  echo "installing PostgreSQL's server (once)"; apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; }

# --- for users -----------------------------------------------------------------------------------

build: $(VENV)/installed
	@$(BIN)/runner build

demo: $(VENV)/installed
	@$(BIN)/runner build --project-dir demo

online-retail: $(VENV)/installed
	@test -n "$(FILE)" || { echo "make online-retail FILE=path/to/lines.parquet (or .csv)"; exit 2; }
	@RUNNER_DATABASE=online_retail.duckdb $(BIN)/runner build \
	  --vars-file settings/online_retail.yml \
	  --vars "{online_retail_file: '$$($(BIN)/python -c 'import os, sys; print(os.path.abspath(sys.argv[1]))' "$(FILE)")'}"

# --- for developers --------------------------------------------------------------------------------

test: lint types unit
	@echo "all is well"

lint: $(VENV)/installed-dev
	@echo "ruff: style and formatting"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

types: $(VENV)/installed-dev
	@echo "mypy: types"
	@$(BIN)/mypy

unit: $(VENV)/installed-dev $(DBT)/installed
	@echo "pytest: every suite, with a sample of the long ones"
	@RUNNER_DBT=$(abspath $(DBT))/bin/dbt RUNNER_PEER_PYTHON=$(abspath $(DBT))/bin/python \
	  $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q -m "not soak"

test-whole: $(VENV)/installed-dev
	@RUNNER_ALL=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q -m "not soak" \
	  tests/demo tests/docs tests/functional tests/property tests/report tests/warehouse

test-compat: $(VENV)/installed-dev $(DBT)/installed
	@RUNNER_DBT=$(abspath $(DBT))/bin/dbt RUNNER_ALL=1 $(BIN)/python -m pytest -n $(WORKERS) -q tests/compat

test-e2e: $(VENV)/installed-dev
	@$(MAKE) --no-print-directory chromium $(SUPERSET)/installed
	@RUNNER_ALL=1 $(BIN)/python -m pytest -q tests/e2e
	@$(IN_SUPERSET) tests/superset

IN_SUPERSET = RUNNER_PYTHON=$(abspath $(BIN))/python $(SUPERSET)/bin/python -W ignore -m pytest -q \
  -c tests/superset/pytest.ini

test-superset: $(SUPERSET)/installed
	@$(IN_SUPERSET) -m "not browser" tests/superset

test-superset-browser: chromium $(SUPERSET)/installed
	@$(IN_SUPERSET) -m browser tests/superset

CHROMIUM ?= /usr/bin/chromium
CHROMEDRIVER ?= /usr/bin/chromedriver
export CHROMIUM CHROMEDRIVER

chromium:
	@test -x "$(CHROMIUM)" && test -x "$(CHROMEDRIVER)" || { \
	  echo "Chromium and its driver are needed: $(CHROMIUM), $(CHROMEDRIVER)."; \
	  echo "On Debian: apt-get install chromium chromium-driver"; \
	  echo "Elsewhere: make CHROMIUM=/path/to/chrome CHROMEDRIVER=/path/to/chromedriver …"; exit 2; }

test-postgres: $(VENV)/installed-dev
	@RUNNER_ALL=1 $(BIN)/python -m pytest -q tests/postgres

soak: $(VENV)/installed-dev
	@RUNNER_ALL=1 $(BIN)/python -m pytest -q -p no:randomly -m "not soak" tests/soak tests/e2e
	@RUNNER_ALL=1 $(BIN)/python -m pytest -q -p no:randomly -m soak

bench: $(VENV)/installed-dev $(DBT)/installed
	@$(BIN)/python benchmarks/run.py --shared $(SHARED) --dbt $(DBT)/bin/dbt

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

clean:
	rm -rf target .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
