# Every target sets up .venv by itself, once; `make` alone lists the targets.
# Another Python: make setup PYTHON=/path/to/python3.13

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

# Tried in this order, the tested versions first; a candidate counts if it runs, is 3.12 or
# newer, and can make virtual environments.
PYENV_ROOT ?= $(HOME)/.pyenv
CANDIDATES := $(PYTHON) python3.12 python3.13 python3 python python3.14 \
	$(wildcard $(PYENV_ROOT)/versions/3.1[2-9]*/bin/python3)
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))

.PHONY: help setup demo test lint types check format coverage validate bench constraints clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything in it; costs nothing the second time

$(READY): pyproject.toml constraints.txt
	@if ! $(BIN)/python -c '$(FITS)' >/dev/null 2>&1; then \
		found=; \
		for candidate in $(CANDIDATES) "$$(uv python find '>=3.12' 2>/dev/null)"; do \
			if [ -n "$$candidate" ] && "$$candidate" -c '$(FITS)' >/dev/null 2>&1; then \
				found=$$candidate; break; \
			fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Marginquake needs Python 3.12 or newer with the venv module, and found none." >&2; \
			echo "Install one (for example: pyenv install 3.12, or uv python install 3.12)," >&2; \
			echo "or name it: make setup PYTHON=/path/to/python3.12" >&2; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$("$$found" --version) ($$found)"; \
		"$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "Installing the packages of constraints.txt into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[dev]'
	@touch $@

# A cached kernel does not notice that a kernel it calls has changed: forget them all then.
$(VENV)/.kernels: $(wildcard sim/kernels/*.py) sim/arrays.py | $(READY)
	@rm -f sim/kernels/__pycache__/*.nbi sim/kernels/__pycache__/*.nbc
	@touch $@

demo: setup $(VENV)/.kernels ## Run the built-in oracle compromise: its summary, and a report to open
	@$(BIN)/marginquake run oracle_compromise

test: setup $(VENV)/.kernels ## Run the tests
	$(BIN)/python -m pytest -n $(WORKERS)

lint: setup ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## Check types, strictly
	$(BIN)/mypy

check: lint types test ## Everything that must pass before a commit

format: setup ## Mend formatting and what else can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: setup $(VENV)/.kernels ## Run the tests and tell which lines they miss
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term --cov-report=html

validate: setup $(VENV)/.kernels ## Run the studies that compare the model with theory and with the record
	$(BIN)/python -m pytest -m slow -n $(WORKERS) tests
	$(BIN)/python -m experiments.studies

bench: setup $(VENV)/.kernels ## Measure speed and memory, as ratios within one run
	$(BIN)/python -m benchmarks

constraints: setup ## Move constraints.txt to the newest versions that pyproject.toml allows
	$(BIN)/python -m pip install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	@sed -n '/^#/p' constraints.txt > $(VENV)/constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable >> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt
	@touch $(READY)

clean: ## Remove .venv, caches and coverage; results stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
