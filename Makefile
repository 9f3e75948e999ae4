# Everything a person does here. Needs make, git and Python 3.11 or newer; the rest is installed into .venv.
# `python -m` throughout: the scripts in .venv/bin break when the directory is moved.

PY := .venv/bin/python
STAMP := .venv/.synced
# Seconds since 1970, unless a campaign is to be repeated.
CAMPAIGN_SEED ?= $(shell date +%s)
# Among processes with a database each; a file stays whole, because its tests may share what was dear to set up. The order
# is ours (files marked `long` first); xdist's own puts the files with few tests last, and those are the long ones.
DIVIDED := --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
FAST_TESTS := $(wildcard tests/pure tests/house)
# What runs side by side shows its output one after the other (GNU make 4; older ones mix it).
IN_TURN := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
CHECKS := types format lint imports dependencies migrations fast-tests

.DEFAULT_GOAL := help
.PHONY: help up test check nightly bench stand-ins demo-uisp reset setup $(CHECKS:%=check-%)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1#\2/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-18s%s\n", $$1, $$2}'

up: $(STAMP) ## start everything: database, demo company, server (PORT=8000, HOST=127.0.0.1); Ctrl-C stops it
	@exec $(PY) manage.py up

test: $(STAMP) ## the whole suite, less the nightly campaigns
	@$(PY) -m pytest -m "not slow" $(DIVIDED)

check: $(STAMP) ## format, lint, types, layers, dependencies, migrations and the fast tests, within a minute
	@$(MAKE) --no-print-directory --keep-going -j2 $(IN_TURN) $(CHECKS:%=check-%)
	@echo "All checks passed."

nightly: $(STAMP) ## the campaigns: long random walks, races, kill -9 (CAMPAIGN_SEED=… repeats one)
	@echo "Campaign seed $(CAMPAIGN_SEED). To repeat: make nightly CAMPAIGN_SEED=$(CAMPAIGN_SEED)"
	@CAMPAIGN_SEED=$(CAMPAIGN_SEED) $(PY) -m pytest -m slow --hypothesis-seed=$(CAMPAIGN_SEED) --randomly-seed=$(CAMPAIGN_SEED)

bench: $(STAMP) ## measure: each prints a table and a ratio
	@for name in $$(grep -l __main__ bench/*.py | xargs -n1 basename -s .py); do $(PY) -m "bench.$$name" || exit 1; done

stand-ins: $(STAMP) ## a CRM of UISP and an Invoice Ninja to try things on (INVOICES=300 STAND_IN_PORT=8091 CLIENTS=40 NINJA_PORT=8092)
	@trap 'kill $$ninja' EXIT; $(PY) -m tests.standins.invoice_ninja --clients $(or $(CLIENTS),40) --port $(or $(NINJA_PORT),8092) & ninja=$$!; \
	  $(PY) -m tests.standins.uisp --invoices $(or $(INVOICES),300) --port $(or $(STAND_IN_PORT),8091)

demo-uisp: $(STAMP) ## migrate a history of a UISP that is made up, and show the report (N=300)
	@exec $(PY) -m tests.standins.uisp.demo $(or $(N),300)

reset: ## forget all data in var/, after stopping what runs from it
	@if [ -x $(PY) ]; then $(PY) -m erp.resetting; else echo "nothing was ever started here"; fi

setup: $(STAMP) ## only install into .venv what uv.lock says

# A .venv whose Python is gone (upgraded away, copied from elsewhere) is made again in spite of its stamp.
ifeq ($(shell $(PY) -c 'print(1)' 2>/dev/null),)
.PHONY: $(STAMP)
endif
$(STAMP): uv.lock pyproject.toml .ci/setup
	@.ci/setup

check-types:
	@echo "mypy: types"
	@ERP_OFFLINE=1 $(PY) -m mypy --no-error-summary

check-format:
	@echo "ruff: format"
	@$(PY) -m ruff format --check --quiet .

check-lint:
	@echo "ruff: lint"
	@$(PY) -m ruff check --quiet .

check-imports:
	@echo "import-linter: who may know whom"
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo

check-dependencies:
	@echo "deptry: dependencies used and declared"
	@$(PY) -m deptry . --no-ansi

check-migrations:
	@echo "migrations: none missing"
	@$(PY) manage.py makemigrations --check --dry-run

check-fast-tests:
	@echo "pytest: the fast tests"
	@$(PY) -m pytest -q -m "not slow and not db_heavy" $(FAST_TESTS)
