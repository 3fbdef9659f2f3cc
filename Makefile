# Everything a person or CI runs. Needs make and Python 3.11 or 3.12; the rest is installed into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
VENV := .venv/bin
# The first of these that is Python 3.11 or 3.12; another one: make run PYTHON=/path/to/python
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1 && echo $$p && break; done)
NEED_PYTHON = test -n "$(PYTHON)" || { echo 'Python 3.11 or 3.12 was not found. Install one' \
	'(Debian: apt-get install python3 python3-venv), or name it: make run PYTHON=/path/to/python3.12' >&2; exit 1; }
BOOTSTRAP = @$(NEED_PYTHON); exec $(PYTHON) -m studio.launch.bootstrap

.PHONY: help run test check static unit e2e format bench bench-halt torture fuzz clean environment environment-test

help:  ## Show what there is
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

run:  ## Install what is missing, start the studio and print its link
	$(BOOTSTRAP) run

test: environment-test static unit e2e  ## Everything: format, lint, imports, types, then all tests

check: environment static unit  ## The same without the browser tests

static:
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/lint-imports
	$(VENV)/basedpyright

unit:  ## All tests but those of the browser, on every core
	$(VENV)/python -m pytest -m "not e2e" --numprocesses auto --maxprocesses 4 --dist loadfile

e2e: environment-test  ## The browser tests only
	ALPHASWARM_CHROMIUM="$$($(VENV)/python -m studio.launch.browser)" $(VENV)/python -m pytest -m e2e

format: environment  ## Sort imports, mend what can be mended, format
	$(VENV)/ruff check --fix --exit-zero .
	$(VENV)/ruff format .

bench: environment  ## Print the times that no test asserts
	$(VENV)/python -m tests.benchmarks

bench-halt: environment  ## Halt HALTS runs of each kind (default 1000) and print when the last side effect was
	$(VENV)/python -m tests.benchmarks.halting $(or $(HALTS),1000)

torture: environment  ## Halt RUNS random runs (default 1000) at random moments and check what must never happen
	$(VENV)/python -m tests.torture $(or $(RUNS),1000) $(SEED)

fuzz: environment  ## Ask EXAMPLES generated requests (default 100) of every operation of the API, by every role
	ALPHASWARM_FUZZ_EXAMPLES=$(or $(EXAMPLES),100) $(VENV)/python -m pytest --timeout 0 tests/studio/api/test_fuzz.py

clean:  ## Remove what was installed and built; the data in .alphaswarm stays
	rm -rf .venv .web .states .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov test-results assets/external
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	$(BOOTSTRAP) environment

environment-test:
	$(BOOTSTRAP) test
