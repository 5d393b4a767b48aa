# Needs make and Python 3.11 or newer with venv. Everything else comes from uv.lock into .venv.
.DEFAULT_GOAL := help
.PHONY: help run test check contract sameness fuzz pacts mutations screenshots bench format clean

BIN := .venv/bin
PACKAGES := chassis/chassis services/users/users services/topics/topics services/messages/messages \
	monolith/monolith web/web router/router cli/forum
# Checked one by one, since their conftest.py files have one name.
TESTS := chassis/tests $(wildcard services/*/tests) monolith/tests web/tests router/tests cli/tests tests/router tests
CASES := 50000
STEPS := 20000
SEED := $(shell date +%s)
UV_VERSION := $(shell sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/\1/p;}' uv.lock)
PROJECTS := uv.lock $(wildcard pyproject.toml */pyproject.toml services/*/pyproject.toml)

help: ## Show this help
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18
	@echo '  Settings of make run: TOPOLOGY=split|monolith  PORT=8080  HOST=127.0.0.1  DATA_DIR=.forum'

run: .venv/complete ## Run the forum at http://127.0.0.1:8080 until Ctrl-C
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@exec $(BIN)/forum up --end-with-parent

test: check ## Run the checks and every test that this machine can run (ARGS='-k name' picks)
	@$(BIN)/pytest $(ARGS)

check: .venv/complete ## Check style, types and the routing rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(PACKAGES) conftest.py
	@$(BIN)/mypy --explicit-package-bases bench contracts ecs
	@for tests in $(TESTS); do \
		MYPYPATH=$$tests:$$(echo $(TESTS) | tr " " :) $(BIN)/mypy --no-error-summary --explicit-package-bases \
			--exclude "^$$tests/router/" $$tests || exit 1; \
	done
	@$(BIN)/python -m router check

contract: .venv/complete ## Test the public API (FORUM_URL=http://… tests any forum)
	@$(BIN)/pytest tests/contract $(ARGS)

pacts: .venv/complete ## Write down what each service expects of the others, as its tests have it
	@PYTHONPATH=tests $(BIN)/python -m pacts.kept

fuzz: .venv/complete ## Send generated requests to both topologies (CASES=10000 SEED=1)
	@$(BIN)/pytest tests/fuzzing tests/browser/test_hostile_texts.py -v --cases $(CASES) --seed $(SEED) $(ARGS)

sameness: .venv/complete ## Let both topologies live random histories and compare (STEPS=2000 SEED=1)
	@$(BIN)/pytest tests/sameness/test_random_histories.py --steps $(STEPS) --seed $(SEED) $(ARGS)

mutations: .venv/complete ## Plant one defect after the other and name the tests that find it
	@PYTHONPATH=tests $(BIN)/python -m mutations

screenshots: .venv/complete ## Picture every page, light and dark, wide and as on a phone, into .screenshots
	@PYTHONPATH=tests $(BIN)/python -m browser.screenshots

bench: .venv/complete ## Measure, each figure as a ratio to a yardstick of the same run
	@$(BIN)/python -m bench $(ARGS)

format: .venv/complete ## Format the code
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

clean: ## Remove the environment and the caches, not the forum's data
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first of the names that is new enough and can make environments; pyenv's shims exist without working.
.venv/complete: $(PROJECTS)
	@usable='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
		$$python -c "$$usable" 2>/dev/null && break; \
		python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'make: no Python 3.11 or newer with venv is here (on Debian: apt install python3 python3-venv)' >&2; \
		exit 1; \
	fi; \
	[ -x $(BIN)/pip ] || { echo "Making .venv with $$python"; $$python -m venv .venv; } && \
	{ $(BIN)/uv --version 2>/dev/null | grep -qF ' $(UV_VERSION) ' || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@echo 'Installing what uv.lock names'
	@env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 \
		$(BIN)/uv sync --quiet --frozen --all-packages --compile-bytecode --python $(BIN)/python
	@touch $@
