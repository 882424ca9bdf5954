# Two commands matter: `make demo` and `make test`. Both set up what they need, and are quick when it is there.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: demo test setup web browser lint types floors unit stories page clean

demo: setup
	$(BIN)/danlu demo $(if $(FAST),--fast --json)

test: setup browser lint types floors page unit stories

setup: .venv/.ready src/danlu/web/index.html

.venv/.ready: pyproject.toml constraints.txt hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

web/node_modules/.ready: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

PAGE := $(shell find web/src web/index.html web/vite.config.ts web/public -type f 2>/dev/null)
src/danlu/web/index.html: web/node_modules/.ready $(PAGE)
	cd web && npm run --silent build
	touch $@

web: src/danlu/web/index.html

# Chromium and its fonts are only for the stories in a browser; without them those are skipped, aloud.
browser:
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
	  echo "no chromium here, and no way to install it: the browser stories will be skipped"

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

floors:
	$(BIN)/lint-imports

page: web/node_modules/.ready
	cd web && npm run --silent check

unit:
	$(BIN)/python -W error -m pytest -q -rs -n 2 --dist loadgroup tests/architecture tests/contracts tests/unit

# The longest first, so that neither of the two workers is left alone with one at the end.
LONGEST := $(patsubst %,tests/stories/test_%.py,page demo crashes first_day)
stories:
	$(BIN)/python -W error -m pytest -q -rs -n 2 --dist loadfile --no-loadscope-reorder --durations=8 \
	  $(LONGEST) $(filter-out $(LONGEST),$(sort $(wildcard tests/stories/test_*.py)))

clean:
	rm -rf .venv web/node_modules src/danlu/web dist
