# Needs Python 3.11 or newer and make; everything else it fetches into .venv, locked and checked by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: tour playground run test check fix bench lock clean

# make tour TOUR="--database postgresql://..." plays it on PostgreSQL, TOUR=--socket-mode without HTTP
tour: $(VENV)/play.stamp            ## the whole story in the terminal, no account, no token
	$(BIN)/python -m playground --tour $(TOUR)

playground: $(VENV)/play.stamp      ## the same world in the browser: a page that feels like Slack, with the bot in it
	$(BIN)/python -m playground

run: $(VENV)/play.stamp             ## the bot itself, with the settings of .env
	$(BIN)/batchbot run

test: $(VENV)/dev.stamp             ## all tests
	$(BIN)/python -m pytest -n 4 --dist worksteal

check: $(VENV)/dev.stamp            ## linters and types: what "clean" means
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/dev.stamp              ## let the tools mend what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp            ## speed, beside peers and floors
	$(BIN)/python -m benchmarks

lock: $(VENV)/dev.stamp             ## new versions within pyproject.toml's bounds
	$(PIP) install uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra playground --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra playground --extra build pyproject.toml -c requirements-dev.lock -o requirements-play.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml -c requirements-dev.lock -o requirements.lock

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed (make PYTHON=python3.11 ...)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/play.stamp: requirements-play.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-play.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/play.stamp

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis tour artifacts
