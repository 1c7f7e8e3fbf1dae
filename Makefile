# Everything here needs Python 3.11+ and make, nothing else. `make demo` and `make test` set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: venv demo test lint format bench long chaos conformance lock clean

venv: .venv/.ready

# The lock is hash-pinned; the build backend is in it, so that nothing unpinned is ever fetched.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Switchboard needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: venv
	$(BIN)/switchboard demo

test: venv
	$(BIN)/python -m pytest

long: venv
	$(BIN)/python -m pytest -m long

chaos: venv
	$(BIN)/python tests/chaos $(ARGS)

conformance: venv
	$(BIN)/python -m pytest tests/conformance --conformance-table docs/conformance.md

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: venv
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: venv
	$(BIN)/python -m benchmarks

lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' -o requirements.lock --quiet

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
