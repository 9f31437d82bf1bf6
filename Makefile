# Every command of the project. `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help

.PHONY: help
help: ## Print this list
	@echo "Throughline: information sharing for children who go missing or are exploited"
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
.PHONY: demo
demo: $(VENV)/.installed ## Install, start everything, play the story, show the child's view, keep serving
	@trap : INT; $(BIN)/throughline demo || [ $$? -eq 130 ]  # Ctrl-C is how it ends

.PHONY: smoke
smoke: $(VENV)/.installed ## The same, checked, then everything stopped
	@$(BIN)/throughline demo --check

.PHONY: reference
reference: $(VENV)/.installed ## Load every postcode into what runs in FOLDER (data); some seconds, once
	@$(BIN)/throughline reference load --data $(or $(FOLDER),data)

##@ Work on it
.PHONY: test
test: lint types imports unit integration ## Everything CI runs

.PHONY: lint
lint: $(VENV)/.installed-dev ## Formatting and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/.installed-dev ## Type check, strict
	@$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/.installed-dev ## Which package may import which
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

.PHONY: unit
unit: $(VENV)/.installed-dev ## Tests that need no server; seconds
	@$(BIN)/python -m pytest -q -m "not integration and not crash"

.PHONY: integration
integration: $(VENV)/.installed-dev ## Tests on real servers, crashes included; minutes
	@$(BIN)/python -m pytest -q -m "integration or crash"

.PHONY: chaos
chaos: $(VENV)/.installed-dev ## The long fault test: half an hour (CRASH_SEED=7 repeats one)
	@CRASH_SEED=$(CRASH_SEED) $(BIN)/python -m tests.crash.chaos
	@CRASH_SEED=$(CRASH_SEED) CRASH_LONG=1 $(BIN)/python -m pytest -q --timeout=600 tests/crash/test_rare_steps.py tests/crash/test_surroundings.py tests/crash/test_outages.py tests/crash/test_restored.py

.PHONY: fuzz
fuzz: $(VENV)/.installed-dev ## Generated requests to every route for longer (FUZZ_EXAMPLES=100)
	@FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),100) $(BIN)/python -m pytest -q --timeout=3600 tests/fuzz

.PHONY: fmt
fmt: $(VENV)/.installed-dev ## Format and mend what ruff can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

.PHONY: bench
bench: $(VENV)/.installed-dev ## Benchmarks, as ratios against a baseline (ONLY=id,id)
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

.PHONY: bench-long
bench-long: $(VENV)/.installed-dev ## The long ones: 100,000 children, 1 and 10 million events, ten minutes of load (25 GB)
	@$(BIN)/python -m bench.long $(if $(ONLY),--only $(ONLY))

.PHONY: lock
lock: ## Renew the locked dependencies from pyproject.toml (needs uv)
	uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml -o requirements.lock
	uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## Remove what make and the demo made (data included)
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Installed once per lock file: the stamp is newer than the lock, or the install is done again.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Throughline needs Python 3.11 or newer; $(PYTHON) is older. Name another with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing (about a minute the first time)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the development tools"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
