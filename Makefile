# Two commands: `make demo` cooks the example to a verdict, `make test` runs every check.
# Each brings up what it needs (engine, .venv, test tools), says so, and is quick the second time.

BIN := .venv/bin
EXAMPLE := landing
# What pytest runs: make test T=tests/unit, make unit T='-k seal'; PYTEST_ADDOPTS works as well.
T ?=
# The whole suite also holds the coverage of the core at every branch.
COVERAGE := --cov=multicooker.domain --cov=multicooker.pipeline --cov-branch \
	--cov-report=term-missing:skip-covered --cov-fail-under=100

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo rehearsal test lint fix unit integration golden outcomes bench clean engine venv test-tools

help:  ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: engine venv  ## cook the example with demo participants: a verdict and report.html
	@$(BIN)/multicooker cook $(EXAMPLE) --fresh

rehearsal: engine venv  ## cook it with the real claude, codex and gemini; no account is used
	@$(BIN)/python -m tests.standins.rehearsal

test: engine venv test-tools lint  ## every check: lint and all tests (T= selects)
	@$(BIN)/pytest $(if $(strip $(T)),$(T),$(COVERAGE))

lint: venv  ## format, rules, types and import layers
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo

fix: venv  ## format, and repair what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: venv  ## tests that need no engine
	@$(BIN)/pytest -m 'not docker' $(or $(T),tests/unit tests/contract tests/property tests/golden tests/docs)

integration: engine venv test-tools  ## tests on the real engine
	@$(BIN)/pytest -m docker $(T)

golden: venv  ## write the golden files anew; git diff shows what changed
	@$(BIN)/pytest tests/golden --update-golden $(T)

outcomes: engine venv  ## write docs/reference/outcomes.md anew: every scenario with every real CLI
	@$(BIN)/python -m tests.standins.outcomes --write

bench: engine venv  ## print the ratios against bare docker compose
	@$(BIN)/python -m benchmarks

clean:  ## remove .venv and caches; results of cooks stay (multicooker clean)
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

engine:
	@sh scripts/engine.sh

venv:
	@sh scripts/venv.sh

test-tools:
	@sh scripts/test-tools.sh
