# Handwritten Digit Recognition. `make up` is all that a machine with Python needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MNIST := $(or $(VAR_DIR),var)/mnist.npz

.PHONY: help up install fetch test check audit screenshots words lock clean

help: ## say what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

up: install $(MNIST) ## install what is missing and run the whole site; HOST=0.0.0.0 for the network, PORT=9000 for another port
	@$(BIN)/python manage.py up

install: $(VENV)/installed ## install what runs on one machine, exactly as pinned

# The stamps come last, so that an installation broken off in the middle is taken up again.
$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing what requirements.txt pins; the first time takes a minute or two."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/installed-development: requirements/development.txt $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.txt
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	    echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo not there)." \
	         "Name one that you have: make up PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; }

fetch: $(MNIST) ## have MNIST at hand, which training needs; afterwards no network is needed

$(MNIST): | $(VENV)/installed
	@$(BIN)/python -m recognizer fetch >/dev/null || \
	    echo "MNIST could not be fetched: reading works, training waits for it. Try again with: make fetch" >&2

test: $(VENV)/installed-development $(MNIST) check ## check and test everything
	@failed=0; each="--numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder"; \
	    $(BIN)/python -m pytest $$each || failed=1; \
	    echo "What may differ there again, on PostgreSQL:"; \
	    TEST_DATABASE=postgresql $(BIN)/python -m pytest -m both_databases $$each || failed=1; exit $$failed

check: $(VENV)/installed-development ## style, types, directions between the rooms, migrations, deployment settings
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	    export VAR_DIR="$$scratch" HTTPS=true HSTS_SUBDOMAINS=true SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))')"; \
	    $(BIN)/python manage.py makemigrations --check --dry-run; \
	    $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: $(VENV)/installed-development ## look the pinned packages up among known vulnerabilities; needs pypi.org itself
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

screenshots: $(VENV)/installed-development $(MNIST) ## take the pictures of README and docs anew
	@$(BIN)/python -m docs.screenshots

words: $(VENV)/installed ## collect what is to be translated, and compile what is; needs gettext
	@cd webapp && ../$(BIN)/python -m django makemessages --all --no-location --no-obsolete && ../$(BIN)/python -m django compilemessages

lock: $(VENV)/installed-development ## pin again what the short lists in requirements/ ask for
	@set -e; compile() { $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	    --custom-compile-command 'make lock' -q "$$@"; }; \
	    compile requirements/machine.in -o requirements.txt; \
	    for name in web worker trainer development; do \
	        compile "requirements/$$name.in" -c requirements.txt -o "requirements/$$name.txt"; \
	    done

clean: ## remove what can be made again; never var/, where everybody's work is
	@rm -rf $(VENV) static-collected .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
