# Every target sets up what it needs, in a virtual environment inside the checkout.
VENV ?= .venv
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
JOBS ?= 2
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint format bench docs regen browser clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "eyesmith needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: apt-get install python3-venv"; exit 2; }
	$(PIP) install --upgrade "pip>=25.1"

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(PIP) install -e .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/.core
	$(PIP) install -e ".[browser,hub]" --group test
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/.test
	$(PIP) install --group lint
	@touch $@

browser: $(VENV)/.core ## install the headless browser (root or passwordless sudo)
	@$(BIN)/eyesmith doctor --install browser

demo: $(VENV)/.core ## collect with scripted policies on the CPU, then write runs/demo/index.html
	$(BIN)/eyesmith demo --out runs/demo

test: $(VENV)/.test browser ## the tests (at most 25 minutes on 2 cores)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not long and not gpu"

test-long: $(VENV)/.test browser ## soak, full validation and kill loops
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "long"

lint: $(VENV)/.lint ## ruff, format, typos and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos
	$(BIN)/pyright

format: $(VENV)/.lint ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test ## measure against peers; PATTERN=... picks rows
	$(BIN)/eyesmith bench $(PATTERN) --json bench.json

docs: $(VENV)/.core ## write the environments' pages
	for env in $$($(BIN)/python -c 'import eyesmith; print(*eyesmith.env_ids())'); do $(BIN)/eyesmith describe $$env --write || exit 1; done

regen: $(VENV)/.test ## rewrite the golden playthroughs
	$(BIN)/python -m pytest -q tests/test_playthroughs.py --regen

clean: ## remove virtual environment, caches and build outputs
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis
