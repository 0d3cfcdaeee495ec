# Two commands need nothing but Python >= 3.11, make and the package registries: `make serve` and `make test`.
# Everything is installed into .venv from a lock file, and again when the lock or pyproject.toml changed.
.POSIX:

PYTHON =
PORT = 8080
VENV = .venv
BIN = $(VENV)/bin
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock"
UPGRADE =

.PHONY: help serve test test-all check security demo lock clean

help:
	@echo "make serve     an instance at http://localhost:$(PORT)"
	@echo "make demo      three federated instances with a small community, to look at"
	@echo "make test      all tests; what needs something that is not here is skipped, with a reason"
	@echo "make test-all  all tests; a skip is a failure"
	@echo "make check     ruff, mypy, import-linter"
	@echo "make security  the attacks and rules that are tested, and by which tests"
	@echo "make lock      write the lock files anew (UPGRADE=--upgrade for newer versions)"
	@echo "make clean     remove .venv and what was built; your data stays"

serve: $(VENV)/.ready-serve
	@exec $(BIN)/fedi_aid serve --port $(PORT)

demo: $(VENV)/.ready-serve
	@exec $(BIN)/fedi_aid demo

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2

test-all: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 -rs --no-skips

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

security: $(VENV)/.ready-dev
	@$(BIN)/python scripts/security_rows.py

lock: $(VENV)/.ready-dev
	$(COMPILE) $(UPGRADE) --extra postgres --extra recordings pyproject.toml --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --extra postgres --extra recordings --group dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .interop build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready-serve: pyproject.toml requirements.lock scripts/environment.py
	@$(FIND_PYTHON) scripts/environment.py serve
	@touch $@

# The development lock holds everything the other one does, so one installation serves both.
$(VENV)/.ready-dev: pyproject.toml requirements.lock requirements-dev.lock scripts/environment.py
	@$(FIND_PYTHON) scripts/environment.py dev
	@touch $(VENV)/.ready-serve $@

FIND_PYTHON = find_python() { \
	for name in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
		if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then "$$name" "$$@"; return; fi; \
	done; \
	echo "fedi_aid needs Python 3.11 or newer with its venv module, and found none. Install it (Debian:" \
		"python3-venv), or say where it is: make PYTHON=/path/to/python3" >&2; return 1; }; find_python
