# make serve   set up, build, serve at http://127.0.0.1:8000/ and follow edits
# make build   set up and build into site/
# make check   check the records only
# make test    set up everything, Chromium and nginx included, and run every test
# make editors what an editor shows of a record, through a real language server (needs npm)
# make lint    ruff, mypy and kb fmt
# make bench   compare with other site builders (needs npm; about an hour)
# make pictures    screenshots of each kind of page, in build/pictures/
# make weigh       how much a first visit to each kind of page loads
# make lighthouse  its scores (needs npm; fails below 95)
# make lock    renew the hash-locked requirements (needs uv)

PYTHON ?= python3
BIN := .venv/bin
LIGHTHOUSE := 12.8.2
YAML_LANGUAGE_SERVER := 1.25.0
.DEFAULT_GOAL := serve
.PHONY: serve build check test lint bench pictures weigh lighthouse lock schema browser server editors clean

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/kb schema --ids
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

serve: .venv/ready
	$(BIN)/kb serve

build: .venv/ready
	$(BIN)/kb build

check: .venv/ready
	$(BIN)/kb check

# An installed Chromium, else the distribution's, else Playwright's own.
browser: .venv/ready-dev
	@command -v chromium chromium-browser google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo) \
	       && $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || $(BIN)/playwright install --with-deps chromium

# An installed nginx, else the distribution's; where there is none, its tests are left out, and this says so.
server:
	@PATH=$$PATH:/usr/sbin; command -v nginx >/dev/null \
	  || { command -v apt-get >/dev/null && SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo) \
	       && $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq nginx-light >/dev/null; } \
	  || echo "nginx cannot be installed here: tests/test_nginx.py is left out"

editors: .venv/ready-dev
	npm install --silent --no-save --prefix build/editors yaml-language-server@$(YAML_LANGUAGE_SERVER)
	$(BIN)/python -m pytest tests/editors.py

test: .venv/ready-dev browser server
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/kb fmt --check
	$(BIN)/kb check
	$(BIN)/python -m pytest $$(PATH=$$PATH:/usr/sbin command -v nginx >/dev/null || echo --ignore=tests/test_nginx.py)

lint: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy
	$(BIN)/kb fmt

schema: .venv/ready
	$(BIN)/kb schema --write

pictures: browser build
	$(BIN)/python bench/pictures.py

weigh: browser build
	$(BIN)/python bench/weigh.py

lighthouse: browser build
	npm install --silent --no-save --prefix build/lighthouse lighthouse@$(LIGHTHOUSE)
	$(BIN)/python bench/lighthouse.py

bench: .venv/ready-dev
	$(BIN)/python bench/run.py

lock:
	uv lock --upgrade
	uv export --no-emit-project --no-annotate --no-header --no-dev --group setup > requirements.txt
	uv export --no-emit-project --no-annotate --no-header --only-dev > requirements-dev.txt

clean:
	rm -rf build site
