# The tasks of a checkout. They need GNU make and Python 3.11 or newer with pip; each makes its own environment below
# .venvs/, once, and installs with plain pip, so that an index, a proxy or a wheel folder of your own keeps working.

PYTHON ?= python3
WORKERS ?= 2
PEOPLE ?= 7500
DATE ?= $(shell date -u +%Y-%m-%d)

TEST := .venvs/test
DEMO := .venvs/demo
OUT := .demo
# Spark weighs 400 MB and wants Java. Its tests run where Java is; elsewhere they skip and say why.
HAS_JAVA := $(if $(JAVA_HOME),yes,$(shell command -v java))
QUIET_PIP := --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test guarantees check check-style check-types check-layers check-words format bench docs clean

help: ## say what can be done
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)$$/  make \1 - \2/'

demo: $(DEMO)/installed ## run the main job on generated people whose truth is known, and say what to open
	@mkdir -p $(OUT) && rm -f $(OUT)/crm.db*
	$(DEMO)/bin/crmcore sample --people $(PEOPLE) --truth --out $(OUT)/people.csv
	$(DEMO)/bin/crmcore dedupe $(OUT)/people.csv \
		--out $(OUT)/golden.csv --clusters $(OUT)/clusters.csv --report $(OUT)/report.html
	@$(DEMO)/bin/python examples/score.py $(OUT)/people.truth.csv $(OUT)/clusters.csv
	$(DEMO)/bin/crmcore import $(OUT)/people.csv --db sqlite:///$(OUT)/crm.db
	$(DEMO)/bin/crmcore report --db sqlite:///$(OUT)/crm.db --out $(OUT)/crm.html
	@echo
	@echo "Open in a browser:      $(OUT)/report.html   what was found, with the evidence"
	@echo "                        $(OUT)/crm.html      the database as it is now"
	@echo "Open in a spreadsheet:  $(OUT)/people.csv    what went in"
	@echo "                        $(OUT)/golden.csv    one line a person, put together"
	@echo "Then try a file of your own:  $(DEMO)/bin/crmcore dedupe FILE --report report.html"

test: $(TEST)/installed $(if $(HAS_JAVA),$(TEST)/spark-installed) ## run every test, doctest and example
	$(TEST)/bin/python -m pytest -n $(WORKERS) --dist loadfile

guarantees: $(TEST)/installed ## prove the promises at length, some ten minutes, and write docs/guarantees.md
	$(TEST)/bin/python -m tests.guarantees --date $(DATE)

check: check-style check-types check-layers check-words ## look at style, types, layers, spelling and changelog fragments

check-style: $(TEST)/lint-installed
	$(TEST)/bin/ruff check
	$(TEST)/bin/ruff format --check

check-types: $(TEST)/lint-installed
	$(TEST)/bin/mypy
	$(TEST)/bin/mypy tests/typing

check-layers: $(TEST)/installed
	$(TEST)/bin/lint-imports

check-words: $(TEST)/lint-installed
	$(TEST)/bin/codespell src tests docs examples benchmarks README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md changelog.d
	$(TEST)/bin/towncrier build --draft --version next >/dev/null

format: $(TEST)/lint-installed ## write the house's format into the files
	$(TEST)/bin/ruff format
	$(TEST)/bin/ruff check --fix

bench: $(TEST)/installed ## measure speed, memory and quality; needs the files that CRMCORE_DATA names
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(TEST)/bin/python "$$script" || exit 1; done

docs: $(TEST)/docs-installed ## build the site into docs/_build; a warning is an error
	$(TEST)/bin/python -m sphinx -n -W --keep-going -b html docs docs/_build

clean: ## take away what the tasks made, the environments too
	rm -rf .venvs $(OUT) docs/_build dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: an environment is made again when pyproject.toml changes, and only then.

.venvs/%/bin/pip-is-new:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "crmcore needs Python 3.11 or newer; \
	$(PYTHON) is older or missing. Say which to take: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venvs/$*
	.venvs/$*/bin/python -m pip install $(QUIET_PIP) --upgrade 'pip>=25.1'
	@touch $@

.PRECIOUS: .venvs/%/bin/pip-is-new

$(DEMO)/installed: pyproject.toml | $(DEMO)/bin/pip-is-new
	$(DEMO)/bin/python -m pip install $(QUIET_PIP) --editable '.[cli,reports,sheets,sql]'
	@touch $@

$(TEST)/installed: pyproject.toml | $(TEST)/bin/pip-is-new
	$(TEST)/bin/python -m pip install $(QUIET_PIP) --editable '.[all]' --group test --group browser
	@touch $@

$(TEST)/lint-installed: $(TEST)/installed
	$(TEST)/bin/python -m pip install $(QUIET_PIP) --group lint
	@touch $@

$(TEST)/spark-installed: $(TEST)/installed
	$(TEST)/bin/python -m pip install $(QUIET_PIP) --editable '.[spark]'
	@touch $@

$(TEST)/docs-installed: $(TEST)/installed
	$(TEST)/bin/python -m pip install $(QUIET_PIP) --group docs
	@touch $@
