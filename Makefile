# make run   sets up .venv and runs the whole loop offline on the embedded default
# make test  sets up the same environment and passes the tests
# make quick passes the tests that are not marked `slow`
# make docs  writes the documentation site into site/
# make fuzz  looks for false claims of the solver in 20,000 problems
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test quick lint docs fuzz clean

run: $(READY)
	$(BIN)/python -m zoped.programs.teachers.embedded
	$(BIN)/zoped run configs/raw_text.yaml

test: $(READY)
	$(BIN)/python -m zoped.programs.teachers.embedded
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

quick: $(READY)
	$(BIN)/python -m pytest -q -m "not slow" -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --package zoped
	PYTHONPATH=typings $(BIN)/lint-imports  # it walks folders, which lie so in typings/ alone
	$(BIN)/deptry .
	$(BIN)/mkdocs build --strict  # fails on broken links

docs: $(READY)
	$(BIN)/mkdocs build --strict
	@echo "look at it: $(BIN)/python -m http.server --directory site"

fuzz: $(READY)
	$(BIN)/python -m tests.symbolic.solving.fuzz --cases 20000

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Zoped needs Python 3.11 to 3.13; this is %d.%d. Name another one: make run PYTHON=python3.12" % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[local,dev,docs]"
	touch $(READY)

clean:
	rm -rf $(VENV) build dist site *.egg-info
