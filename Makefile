# Event Lens: `make run` runs the product, `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
TEST_VENV := .venv-test
PACKAGES := eventlens analytics ingestion insights
# Half as many again as processors: a test often waits for a store or for a process.
TEST_WORKERS ?= $(shell echo $$(( ($$(nproc 2>/dev/null || echo 2) * 3 + 1) / 2 )))
TESTED := $(CURDIR)/$(TEST_VENV)/bin
SDKS := tests/sdks
ON_MODELS := tests/analytics tests/insights/people/test_profiles_delete.py tests/ingestion/quarantine \
	$(addprefix tests/ingestion/forgetting/test_,erasure_*.py)

# The first Python 3.11 or newer that can make virtual environments; each is run, as some are only stand-ins.
define find_python
	for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$${python:-}" ]; then \
		echo "Event Lens needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || true)." >&2; \
		echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) or name it: make run PYTHON=/path/to/python3.12" >&2; \
		exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$$python has no venv module. Install it (Debian, Ubuntu: apt-get install python3-venv) and try again." >&2; \
		exit 1; \
	fi
endef

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

## The product

.PHONY: run
run: $(VENV)/.installed ## Run the whole product in the foreground; Ctrl-C stops it
	@exec $(VENV)/bin/python -m eventlens.embedded

$(VENV)/.installed: requirements.txt requirements/embedded.txt
	@$(find_python); \
	$(VENV)/bin/python -c '' 2>/dev/null || { echo "Making the virtual environment $(VENV) …"; "$$python" -m venv --clear $(VENV); }
	@echo "Installing the requirements (a minute or two the first time) …"
	@$(VENV)/bin/python -m pip install --quiet --prefer-binary -r requirements/embedded.txt
	@touch $@

## The tests

.PHONY: test
test: $(TEST_VENV)/.installed sdks ## Everything that has to pass before a change is merged
	@$(MAKE) --no-print-directory lint contracts migrations
	@$(MAKE) --no-print-directory --jobs 2 unit beside-unit

# While the first tests wait for products to start. What they say comes in one piece.
.PHONY: beside-unit
beside-unit: $(TEST_VENV)/.installed
	@status=0; said=$$($(MAKE) --no-print-directory types unit-mariadb 2>&1) || status=$$?; \
	printf '\n%s\n' "$$said"; exit $$status

$(TEST_VENV)/.installed: requirements.txt requirements/embedded.txt requirements/mysql.txt requirements/dev.txt
	@$(find_python); \
	PYTHON="$$python" .ci/packages; \
	$(TEST_VENV)/bin/python -c '' 2>/dev/null || { echo "Making the virtual environment $(TEST_VENV) …"; "$$python" -m venv --clear $(TEST_VENV); }
	@echo "Installing the requirements of the tests …"
	@$(TEST_VENV)/bin/python -m pip install --quiet -r requirements/dev.txt
	@touch $@

.PHONY: sdks
sdks: $(SDKS)/node_modules/.installed $(SDKS)/.python_modules/.installed ## OpenPanel's published SDKs, for the tests

$(SDKS)/node_modules/.installed: $(SDKS)/package.json $(SDKS)/package-lock.json $(TEST_VENV)/.installed
	@echo "Installing OpenPanel's SDKs for the tests …"
	@cd $(SDKS) && npm ci --ignore-scripts --no-update-notifier --loglevel=error
	@touch $@

# AGPL and so no requirement of ours: apart from everything else, for the tests to run as a program of its own.
$(SDKS)/.python_modules/.installed: $(SDKS)/requirements.txt $(TEST_VENV)/.installed
	@rm -rf $(SDKS)/.python_modules
	@$(TESTED)/python -m pip install --quiet --target $(SDKS)/.python_modules -r $(SDKS)/requirements.txt
	@touch $@

.PHONY: lint
lint: $(TEST_VENV)/.installed ## Style: ruff
	@$(TESTED)/ruff check .
	@$(TESTED)/ruff format --check .

.PHONY: format
format: $(TEST_VENV)/.installed ## Put the code into the project's format
	@$(TESTED)/ruff check --fix .
	@$(TESTED)/ruff format .

.PHONY: types
types: $(TEST_VENV)/.installed ## Types: mypy --strict
	@$(TESTED)/mypy

.PHONY: contracts
contracts: $(TEST_VENV)/.installed ## Who may import whom: import-linter
	@$(TESTED)/lint-imports

.PHONY: migrations
migrations: $(TEST_VENV)/.installed ## No model change without its migration
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	EVENTLENS_DATA_DIR="$$folder" $(TESTED)/python manage.py makemigrations --check --dry-run

.PHONY: unit
unit: $(TEST_VENV)/.installed sdks ## The tests, with SQLite and real stores
	@$(TESTED)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

.PHONY: unit-mariadb
unit-mariadb: $(TEST_VENV)/.installed ## The tests of the models, and of what stands on them, with MariaDB
	@EVENTLENS_TEST_DATABASE=mariadb $(TESTED)/python -m pytest -n 0 $(ON_MODELS)

.PHONY: oracles
oracles: $(TEST_VENV)/.installed ## Generated histories against the oracles, twenty times as many as in `make test`
	@GENERATED_TIMES=20 $(TESTED)/python -m pytest -n $(TEST_WORKERS) --dist loadfile -m hypothesis tests/insights tests/ingestion/rollups

.PHONY: chaos
chaos: $(TEST_VENV)/.installed ## Kill parts under load, 200 times, and count; CHAOS_KILLS and CHAOS_SEEDS say how much
	@$(TESTED)/python -m tests.chaos

.PHONY: fuzz
fuzz: $(TEST_VENV)/.installed ## 12,000 requests that nobody would send; shows them by route and status
	@FUZZ_REQUESTS=12000 $(TESTED)/python -m pytest -p no:xdist -q -s tests/fuzz

.PHONY: bench-ingest
bench-ingest: $(TEST_VENV)/.installed ## Events a second through the web server, and through the worker; wants wrk
	@$(TESTED)/python -m benchmarks.ingest
	@$(TESTED)/python -m benchmarks.drain

.PHONY: bench-insights
bench-insights: $(TEST_VENV)/.installed ## What questions of 50 million events cost, beside others' tables; wants an hour and 20 GB
	@$(TESTED)/python -m benchmarks.insights

.PHONY: clean
clean: ## Remove the virtual environments and caches; data in var/ stays
	@rm -rf $(VENV) $(TEST_VENV) $(SDKS)/node_modules $(SDKS)/.python_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
