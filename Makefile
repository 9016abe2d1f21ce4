.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup dev vendor run test prove coverage check messages lock screenshots bench observatory clean

bin := .venv/bin
runtime_ready := .venv/.runtime-ready
app_ready := .venv/.app-ready
dev_ready := .venv/.dev-ready
vendor_ready := static/vendor/icons.svg

help:
	@echo "make run          start Earshot on http://127.0.0.1:8000 (PORT=9000 make run changes the port)"
	@echo "make test         run all tests"
	@echo "make prove        prove the wall at full width, on both databases; takes long"
	@echo "make check        check style, types, layers, templates and migrations"
	@echo "make coverage     run all tests and show coverage by package"
	@echo "make screenshots  photograph every main page into screenshots/"
	@echo "make bench        measure the pages that matter"
	@echo "make observatory  grade the headers as Mozilla and Google do"
	@echo "make setup        only create the environment, with everything for development"
	@echo "make messages     collect the texts of the product into the catalogue"
	@echo "make lock         write the locks anew from pyproject.toml and package.json"

run: $(runtime_ready) $(app_ready) $(vendor_ready)
	@exec $(bin)/portal serve --prepare

setup: dev vendor

dev: $(dev_ready) $(app_ready)

vendor: $(vendor_ready)

$(runtime_ready): requirements.txt scripts/setup.sh
	@scripts/setup.sh requirements.txt
	@touch $@

# The lock for development contains the one for running.
$(dev_ready): requirements-dev.txt scripts/setup.sh
	@scripts/setup.sh requirements-dev.txt
	@touch $@ $(runtime_ready)

$(app_ready): pyproject.toml | $(runtime_ready)
	@scripts/setup.sh app
	@touch $@

$(vendor_ready): package-lock.json static/icons.txt scripts/vendor.py requirements-node.txt | $(runtime_ready)
	@echo "Bringing the front-end parts"
	@command -v npm >/dev/null 2>&1 || scripts/setup.sh requirements-node.txt
	@$(bin)/python scripts/vendor.py

test: dev vendor
	@$(bin)/pytest -n 2

prove: dev vendor
	@PORTAL_PROVE=1 $(bin)/pytest -n 2 tests/wall

parts = $(sort $(dir $(wildcard tests/*/test_*.py))) $(wildcard tests/test_*.py)

# One part after the other in a process of its own: traced, two at once have stood still for good.
coverage: dev vendor
	@rm -f .coverage*
	@for part in $(parts); do $(bin)/pytest -q -n 0 --cov --cov-append --cov-report= $$part || exit 1; done
	@$(bin)/python scripts/coverage_by_package.py

checks := lint format types layers templates heads messages

# Each check runs by itself, all at once; only what failed is printed.
check: dev
	@$(MAKE) --no-print-directory --keep-going --jobs=4 $(addprefix check-,$(checks)) && echo "All checks passed."

lint_command      := $(bin)/ruff check --quiet
format_command    := $(bin)/ruff format --check --quiet --diff
types_command     := $(bin)/mypy
layers_command    := $(bin)/lint-imports --no-logo
templates_command := $(bin)/djlint templates --lint --quiet
heads_command     := $(bin)/python scripts/one_head.py

messages_command  := scripts/messages.sh --check

.PHONY: $(addprefix check-,$(checks))
$(addprefix check-,$(checks)): check-%:
	@mkdir -p build && $($*_command) >build/check-$*.log 2>&1 || { echo "== $*"; cat build/check-$*.log; exit 1; }

messages: dev
	@scripts/messages.sh

lock:
	@scripts/lock.sh $(LOCK_OPTIONS)
	@npm install --package-lock-only --ignore-scripts

screenshots: dev vendor
	@$(bin)/python -m tests.screenshots

bench: dev vendor
	@$(bin)/python -m tests.bench

observatory: setup
	@$(bin)/python scripts/observatory.py

clean:
	rm -rf .venv node_modules static/vendor build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*
