# Needs Python 3.11, 3.12 or 3.13, git and make; everything else is installed into $(VENV).
#
#   make VENV=/elsewhere/venv …       another place for the environment
#   make PYTHON=/usr/bin/python3.12 … another Python to make it with

VENV ?= .venv
BIN = $(VENV)/bin
LOCAL = $(BIN)/python -m local_airflow

# Stamps: each step is repeated only when what it depends on changes.
PYTHON_READY = $(VENV)/.python
PACKAGES_READY = $(VENV)/.requirements
PROJECT_READY = $(VENV)/.project
DEV_READY = $(VENV)/.requirements-dev

# What the benchmarks compare with would change versions of the main environment, so it has its own.
PEERS = .bench/peers
PEERS_READY = $(PEERS)/.requirements

# Without compiled modules every Airflow process starts two seconds later.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help init env demo up down status browser test properties quarter golden simulate check bench bench-extract bench-transform drill lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

init: $(PROJECT_READY) ## Install everything, migrate both databases, create the pools and connections
	@$(LOCAL) init

env: $(PROJECT_READY) ## Print what a shell needs for `airflow` commands: eval "$(make -s env)"
	@$(LOCAL) env

demo: $(PROJECT_READY) ## Play a week of orders in the sandbox, check the books and show the result
	@$(LOCAL) demo

up: $(PROJECT_READY) ## Run Airflow and the sandbox until Ctrl-C
	@$(LOCAL) up

down: ## Stop everything, whatever shell started it
	@test ! -e $(PROJECT_READY) || $(LOCAL) down

status: $(PROJECT_READY) ## Say what runs and where to look at it
	@$(LOCAL) status

# Whoever may install one has it here; for anybody else the tests of the report say so once more, and fail.
browser:
	@for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && exit 0; \
	done; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "→ installing chromium, in which the report is tested" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --yes --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "The report is tested in a browser, and there is none: install Chromium or Chrome \
	(Debian: apt-get install chromium)." >&2

# Each process has databases and servers of its own.
WORKERS ?= 2

test: $(DEV_READY) browser ## Run all tests, in WORKERS=2 processes
	@$(BIN)/python -m pytest tests -m "not alone" -n $(WORKERS) --dist worksteal
	@$(BIN)/python -m pytest tests/integration -m alone

golden: $(DEV_READY) ## Write tests/golden anew: review its diff like a colleague's work
	@$(BIN)/python -m pytest tests/golden --rewrite-golden

properties: $(DEV_READY) ## Check ten thousand random baskets to the kopeck, and their documents with the reference's
	@$(BIN)/python -m pytest tests/unit/transforms/test_baskets.py -s --timeout 1800 --show-capture=no --hypothesis-profile thorough

check: $(DEV_READY) ## Check format, rules, types and imports, then run all tests: what CI runs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/ruff check --select AIR --preview dags plugins include
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

quarter: $(DEV_READY) ## Live through a quarter in each of the books, and explain every day of it
	@THOROUGH=1 $(BIN)/python -m pytest tests/acceptance/test_quarter.py

SEEDS ?= 1000
FIRST_SEED ?= 1

simulate: $(PROJECT_READY) ## Play histories of faults and crashes: SEEDS=10000 FIRST_SEED=1; one seed tells its story
	@$(BIN)/python -m simulator --seeds $(SEEDS) --first $(FIRST_SEED)

bench: $(DEV_READY) ## Run the benchmarks of bench/
	@set -e; for file in bench/*.py; do \
		test -e "$$file" || { echo "There are no benchmarks in bench/."; break; }; \
		echo "→ $$file"; $(BIN)/python "$$file"; \
	done

bench-extract: $(DEV_READY) $(PEERS_READY) ## Read a day beside two published clients: ARGS="--sizes 45" (docs/benchmarks.md)
	@PYTHONPATH=bench $(BIN)/python -m extract --peers $(PEERS)/bin/python $(ARGS)

bench-transform: $(DEV_READY) $(PEERS_READY) ## Work out documents beside the plain way and DuckDB: ARGS="--sizes 10000" (docs/benchmarks.md)
	@PYTHONPATH=bench $(BIN)/python -m transform --peers $(PEERS)/bin/python $(ARGS)

drill: $(DEV_READY) ## Kill workers in the middle of their writes, and count what stands in the books
	@PYTHONPATH=bench $(BIN)/python -m drill

lock: $(PYTHON_READY) ## Resolve requirements*.in anew into requirements*.txt
	@$(BIN)/python -m pip install --quiet uv
	@for name in requirements requirements-dev; do \
		$(BIN)/python -m uv pip compile --universal --python-version 3.11 $$name.in -o $$name.txt >/dev/null \
			|| exit 1; \
	done

clean: down ## Remove the environment and all caches (never .airflow, where the ledger is)
	rm -rf $(VENV) .bench .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# A Python counts if it has the right version and can make an environment with pip in it.
FITS = import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

$(PYTHON_READY):
	@for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
		"$$python" -c '$(FITS)' 2>/dev/null && break; python=; \
	done; \
	test -n "$$python" || { echo "No Python 3.11, 3.12 or 3.13 with venv and pip was found: install one \
	(Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }; \
	echo "→ making $(VENV) with $$("$$python" --version)" >&2; \
	"$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv 2>/dev/null || echo "  uv cannot be had, pip does its work" >&2
	@touch $@

# uv takes seconds where pip takes a minute, but does not read pip's own settings (a company's mirror, say).
install = { $(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python $(1) 2>/dev/null \
	|| $(BIN)/python -m pip install --quiet $(1); } >&2

$(PACKAGES_READY): requirements.txt $(PYTHON_READY)
	@echo "→ installing the packages of requirements.txt" >&2
	@$(call install,-r requirements.txt)
	@touch $@

$(PROJECT_READY): pyproject.toml $(PACKAGES_READY)
	@$(call install,--no-deps --editable .)
	@touch $@

$(DEV_READY): requirements-dev.txt $(PROJECT_READY)
	@echo "→ installing the packages of requirements-dev.txt" >&2
	@$(call install,-r requirements-dev.txt)
	@touch $@

$(PEERS_READY): bench/requirements.txt $(PYTHON_READY)
	@echo "→ installing the packages of bench/requirements.txt into $(PEERS)" >&2
	@$(BIN)/python -m venv $(PEERS)
	@{ $(BIN)/python -m uv pip install --quiet --python $(PEERS)/bin/python -r bench/requirements.txt 2>/dev/null \
		|| $(PEERS)/bin/python -m pip install --quiet -r bench/requirements.txt; } >&2
	@touch $@
