# Everything a contributor runs. `make` alone lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up

# The web client: its sources, and the script that stands for all that is built from them.
WEB := reference_server/web
BUNDLE := reference_server/cobrowse_server/static/cobrowse.js
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/tools -type f) $(WEB)/package.json
# Begins a command line that needs Node.
NODE := source $(WEB)/tools/node.sh && cd $(WEB) &&

.PHONY: help setup web browsers conformance test alarms determinism lint demo bench clients screenshots generate lock clean

help: ## List these targets
	@grep -hE '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 14

setup: $(STAMP) web ## Install the project and its locked tools, and build the web client

# Stamped: runs again only when the lock or the project's metadata changes.
$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cobrowse-kit needs Python 3.11 or newer. Name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -y -q python3-venv; \
	  else \
	    echo "$(PYTHON) cannot make a virtual environment. Install venv (Debian, Ubuntu: apt-get install python3-venv)." >&2; \
	    exit 1; \
	  fi; \
	fi
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m compileall -q */cobrowse_*  # so that no command has to, where Python may not write as it runs
	@touch $@

web: $(BUNDLE) ## Build the web client: what browsers load

$(BUNDLE): $(WEB_SOURCES) $(WEB)/node_modules/.set-up
	@$(NODE) npm run --silent build
	@touch $@

$(WEB)/node_modules/.set-up: $(WEB)/package-lock.json | $(STAMP)
	@$(NODE) npm ci --silent --no-audit --no-fund
	@touch $@

browsers: ## See that there are Chromium and its driver; install them where that can be done
	@if ! { command -v chromium && command -v chromedriver; } >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
	      chromium chromium-driver fonts-liberation; \
	  else \
	    echo "There is no Chromium with its driver. Debian: apt-get install chromium chromium-driver." >&2; \
	    echo "Without them: make setup, then .venv/bin/cobrowse conform judges over the wire, and .venv/bin/pytest skips browsers." >&2; \
	    exit 1; \
	  fi; \
	fi

conformance: setup browsers ## Judge the reference server against the rulebook, over the wire and in browsers; reports in build/conformance
	@mkdir -p build/conformance
	$(BIN)/cobrowse conform --level both --html build/conformance/report.html --json build/conformance/report.json --junit build/conformance/junit.xml

test: setup browsers ## Run the project's own tests
	@$(NODE) npm test --silent
	$(BIN)/pytest

alarms: setup ## Count how often the suite calls a conformant server wrong: 200 runs (some 11 minutes)
	@mkdir -p build
	$(BIN)/python tests/conformance/no_false_alarms.py --runs 200 --json build/alarms.json

determinism: setup ## Check that the same seed gives the same traces: 100 seeds in 3 processes (a minute)
	$(BIN)/python tests/cli/same_traces.py --seeds 100

lint: setup ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(NODE) npm run --silent check && npm run --silent protocol -- --check

demo: setup ## See co-browsing: a bank and an agent's workspace, side by side in your browser
	$(BIN)/cobrowse demo

screenshots: setup ## Take the pictures in docs/ anew, in headless Chromium
	$(BIN)/python -m cobrowse_cli.screenshots docs/web

bench: setup ## Measure the reference server
	$(BIN)/cobrowse bench

# Load tools that are no part of the project, each in its own environment: nothing here runs what a package would run as it
# is installed, a browser's download among it.
CLIENTS := build/clients
clients: setup ## Install Locust and Artillery in build/clients, for `cobrowse bench --clients` (some 600 MB)
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench-clients.txt
	cp requirements/bench-clients/package.json requirements/bench-clients/package-lock.json $(CLIENTS)/
	cd $(CLIENTS) && PATH="$$PWD/bin:$$PATH" PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 ARTILLERY_DISABLE_TELEMETRY=true \
	  npm ci --silent --ignore-scripts --no-audit --no-fund

generate: setup ## Write the generated documents anew (RULEBOOK.md and its kin)
	$(BIN)/python -m cobrowse_cli.generate

# Keeps the pins that still fit; `make lock UPGRADE=--upgrade` moves them all to the newest.
UPGRADE ?=
COMPILE = $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: setup ## Pin all dependencies, with hashes, in requirements/
	$(COMPILE) --output-file requirements/runtime.txt pyproject.toml
	$(COMPILE) --output-file requirements/browser.txt --constraint requirements/runtime.txt --extra browser pyproject.toml
	$(COMPILE) --output-file requirements/dev.txt --constraint requirements/runtime.txt --group dev pyproject.toml
	$(COMPILE) --output-file requirements/node.txt --group node
	$(COMPILE) --output-file requirements/bench-clients.txt --group bench-clients
	cd requirements/bench-clients && npm install --silent --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## Remove .venv, build output and caches
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis $(WEB)/node_modules $(dir $(BUNDLE))
	find spec reference_server simulator conformance cli tests -name __pycache__ -type d -prune -exec rm -rf {} +
