# `make help` says what there is. Everything lands in .venv; nothing else on the machine is changed.

PYTHON3 ?= python3
BIN := .venv/bin
PYTHON := $(BIN)/python
PIP := $(PYTHON) -m pip --disable-pip-version-check
# Extra arguments: make test ARGS="-k quota", make bench ARGS="--quick", make run ARGS="--listen 127.0.0.1:5001"
ARGS ?=
DATA ?= data
SUITE ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## This list
	@echo "Pratique: a trusted artifact registry."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  ARGS="..." is handed on: make test ARGS="-k quota"'

.PHONY: install
install: .venv/.dev ## Make .venv with all that tests and checks need

.PHONY: run
run: .venv/.runtime ## Serve on http://127.0.0.1:5000, storing in ./data
	$(BIN)/pratique serve --data $(DATA) --listen 127.0.0.1:5000 $(ARGS)

# Exit code 5 is "no test matched": with ARGS="-k ..." one half may have none.
# More than four processes would spend more on collecting than they save.
.PHONY: test
test: .venv/.dev ## All tests that this machine has the tools for; the fast ones first
	@$(call pytest,tests/unit tests/house -n auto --maxprocesses 4 --dist worksteal)
	@$(call pytest,tests --ignore=tests/unit --ignore=tests/house --ignore=tests/bench)

.PHONY: check
check: .venv/.dev ## Format, lint, types, walls between rooms, dependencies, house rules
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	$(PYTHON) -m pytest -q tests/house $(ARGS)

.PHONY: docs
docs: .venv/.dev ## Write the reference pages that are made from tables
	$(PYTHON) -m tests.house.reference write

.PHONY: bench
bench: .venv/.dev ## Measure beside other registries
	$(PYTHON) -m tests.bench $(ARGS)

.PHONY: faults
faults: .venv/.dev ## Kill it thousands of times and look what is lost
	$(PYTHON) -m tests.faults $(ARGS)

.PHONY: conformance
conformance: .venv/.dev ## The official OCI suite: make conformance SUITE=/path/to/conformance.test
	@test -n "$(SUITE)" || { echo 'say which binary: make conformance SUITE=/path/to/conformance.test' >&2; exit 2; }
	$(PYTHON) -m tests.conformance "$(SUITE)" $(ARGS)

.PHONY: clean
clean: ## Remove .venv and caches; data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- how .venv comes about: each stamp is newer than what it was made of -------------------------------------------

pytest = $(PYTHON) -m pytest $(1) $(ARGS) || { code=$$?; [ $$code -eq 5 ] && [ -n '$(ARGS)' ] || exit $$code; }

.venv/bin/python:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; say which with PYTHON3=/path/to/python3' >&2; exit 1; }
	@$(PYTHON3) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'Python cannot make virtual environments here: apt install python3-venv' >&2; exit 1; }
	$(PYTHON3) -m venv .venv

.venv/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.runtime
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@
