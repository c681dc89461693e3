# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
# Both make .venv by themselves from a bare python3 with pip.
#
#   make venv    the environment alone
#   make lint    ruff, mypy --strict, import-linter
#   make bench   measurements beside what a user would pick instead (minutes)
#   make clean   remove the environment and caches; your data stays

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .tools/bench
STAMP := $(VENV)/.installed

.PHONY: demo test venv lint bench clean
.DELETE_ON_ERROR:

# Images of containers set it often. Then every start of Python would compile all that it loads anew: it takes a second
# more, and the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

demo: venv
	@echo "== The sample city, crawled into a private MongoDB"
	@$(BIN)/newscrawl demo

test: venv lint
	@echo "== Tests: a real mongod, a real crawl against loopback"
	@$(BIN)/pytest --numprocesses 3 --dist worksteal

venv: $(STAMP)

# uv installs in seconds what takes pip minutes; it is fetched through pip, into a folder of its own.
# The rules about names are compiled on the way (setup.py): a minute, again whenever they were edited.
$(STAMP): pyproject.toml constraints.txt setup.py pipelines/compiled.py $(wildcard pipelines/entities/*.py)
	@echo "== Making $(VENV): about 210 packages, 400 MB to download the first time"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "newscrawl needs Python 3.11 or newer; say make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade --target .tools uv
	@.tools/bin/uv venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
	@.tools/bin/uv pip install --python $(BIN)/python --constraint constraints.txt --build-constraint constraints.txt --editable '.[dev]'
	@touch $@

lint: venv
	@echo "== ruff, mypy --strict, import-linter"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# In an environment of its own: some of what is measured beside newscrawl needs an older python-dateutil than is tested.
bench: venv
	@echo "== Benchmarks: other load on the machine shows in the figures, the ratios less so"
	@.tools/bin/uv venv --quiet --allow-existing --python $(BIN)/python $(BENCH)
	@sed '/^python-dateutil==/d' constraints.txt > $(BENCH)/constraints.txt
	@.tools/bin/uv pip install --quiet --python $(BENCH)/bin/python --constraint $(BENCH)/constraints.txt --build-constraint constraints.txt --editable '.[bench]'
	@$(BENCH)/bin/python benchmarks/crawl.py
	@$(BENCH)/bin/python benchmarks/dates.py
	@$(BENCH)/bin/python benchmarks/dedup.py
	@$(BENCH)/bin/python benchmarks/entities.py
	@$(BENCH)/bin/python benchmarks/extract.py
	@$(BENCH)/bin/python benchmarks/jobs.py
	@$(BENCH)/bin/python benchmarks/notebook.py
	@$(BENCH)/bin/python benchmarks/pages.py

clean:
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build *.egg-info *.so pipelines/entities/*.so
