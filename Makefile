# Every way to run this project, one line of help each: `make help`.
# The first two commands that a newcomer needs: `make validate`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check
KERNELS := $(wildcard model/inference/kernels/*.c model/inference/kernels/*.h)
MODEL ?= model/networks/starter
CASES ?= cases/corpora/starter

.DEFAULT_GOAL := help
.PHONY: help setup validate check serve fanout simulate test test-fast bench corpora lint format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.built ## the base install (under 400 MB) into .venv; nothing outside the project is touched

validate: $(VENV)/.built ## replay the case set against the model and print the verdict-ready run (MODEL=… CASES=…)
	@$(BIN)/clinval run --model $(MODEL) --cases $(CASES)

BASE ?= origin/main
check: $(VENV)/.check $(VENV)/.built ## the pull-request check: this work tree against BASE=origin/main; reports in runs/check
	@$(BIN)/clinval check --base $(BASE)

serve: $(VENV)/.web $(VENV)/.built ## the pages where clinicians add and review cases, on this machine alone
	@$(BIN)/clinval serve --local

fanout: $(VENV)/.cluster $(VENV)/.built ## the whole job on a local Ray cluster, with what each worker is doing (MODEL=… CASES=…)
	@$(BIN)/clinval run --executor ray --progress workers --fresh --model $(MODEL) --cases $(CASES)

simulate: $(VENV)/.check $(VENV)/.built ## what twenty minutes buy on a cluster, and at which cost: k8s/simulate, with its chart
	@$(BIN)/python -m k8s.simulate

test: $(VENV)/.test $(VENV)/.built ## set up and run every test, style and type check
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

test-fast: $(VENV)/.test $(VENV)/.built ## the tests without those marked slow
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "not slow"

bench: $(VENV)/.bench $(VENV)/.built ## our engines beside pgmpy and pyAgrum, pair by pair, with replay and scaling figures
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m validation.bench  # one thread each, as workers run

CORPORA ?= ../shared/corpora
OUT := runs/corpora
corpora: $(VENV)/.built ## import, fit, cross-validate and replay the public corpora (CORPORA=../shared/corpora)
	@test -d $(CORPORA) || { echo "no corpora in $(CORPORA): set CORPORA=…"; exit 2; }
	@rm -rf $(OUT) && mkdir -p $(OUT)
	$(BIN)/clinval model import ddxplus $(CORPORA)/ddxplus $(OUT)/ddxplus
	cp model/policies/ddxplus.toml $(OUT)/ddxplus/policy.toml
	$(BIN)/clinval cases import ddxplus $(CORPORA)/ddxplus/patients.csv -o $(OUT)/ddxplus.jsonl
	for semantics in absent unknown; do $(BIN)/clinval run --model $(OUT)/ddxplus --cases $(OUT)/ddxplus.jsonl \
		--unlisted $$semantics -o $(OUT)/runs --format plain; done
	for corpus in mz10 dxy symcat_sd90; do \
		$(BIN)/clinval cases import goal $(CORPORA)/$$corpus/cases.jsonl -o $(OUT)/$$corpus.jsonl; done
	for corpus in mz10 dxy; do echo "$$corpus:" && $(BIN)/clinval crossvalidate $(OUT)/$$corpus.jsonl --questions 10,20 \
		--unlisted not_mentioned --unlisted absent --unlisted unknown --format plain; done
	$(BIN)/clinval crossvalidate $(OUT)/symcat_sd90.jsonl --questions 30 --threshold 0.95 --min-gain 0.03 --format plain

lint: $(VENV)/.test ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.test ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## renew requirements/*.lock (exact versions and hashes; no addresses)
	$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip --quiet install uv
	for set in test base bench check cluster image web; do \
		$(VENV)-lock/bin/uv pip compile pyproject.toml --quiet --extra build $$([ $$set = base ] || echo --extra $$set) \
			$$([ $$set = test ] || echo --constraints requirements/test.lock) --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate --output-file requirements/$$set.lock; done
	rm -rf $(VENV)-lock

clean: ## remove the virtual environment, generated files and stored runs
	rm -rf $(VENV) build runs *.egg-info model/inference/_kernels*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Debian's Python comes without venv and headers, and a bare machine without a compiler.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "clinval needs Python 3.11 or newer; set PYTHON=…"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, pathlib, sysconfig; assert pathlib.Path(sysconfig.get_path("include"), "Python.h").exists()' 2>/dev/null \
		&& command -v cc >/dev/null || { \
		echo "setup: a C compiler, Python's headers and venv are needed: apt-get install gcc libc6-dev python3-dev python3-venv"; \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && \
		apt-get -qq install -y gcc libc6-dev python3-dev python3-venv >/dev/null; }
	@$(PYTHON) -m venv $(VENV)

# Byte code is compiled here, whatever the environment says about writing it at import: without it a
# start takes twice as long.  Not for the packages' own tests: they are never imported.
COMPILE := $(BIN)/python -m compileall -q -x '/tests?/'
SITE = $(BIN)/../lib/python*/site-packages

$(VENV)/.base: requirements/base.lock | $(VENV)/bin/python
	@echo "setup: installing the locked base packages" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.bench: requirements/bench.lock | $(VENV)/.base
	@echo "setup: installing the locked benchmark peers (pgmpy, pyAgrum)" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.check: requirements/check.lock | $(VENV)/.base
	@echo "setup: installing the locked packages of the check (statistics, charts)" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

# $(call debian,COMMAND,PACKAGE): install a Debian package that a command comes from, where it lacks and we may.
debian = command -v $(1) >/dev/null || { echo "setup: $(2) is needed: apt-get install $(2)" >&2; \
	[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && \
	DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(2) >/dev/null; }

$(VENV)/.cluster: requirements/cluster.lock | $(VENV)/.base
	@echo "setup: installing the locked packages of the fan-out (Ray, Kubernetes client)" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

# What the pages take from the npm registry stays beside them, in reports/web/node_modules.
reports/web/node_modules/.package-lock.json: reports/web/package-lock.json
	@$(call debian,npm,npm)
	@npm --prefix reports/web ci --silent

$(VENV)/.web: requirements/web.lock reports/web/node_modules/.package-lock.json | $(VENV)/.base
	@echo "setup: installing the locked packages of the pages" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

# The pages are tested in a real browser, the database on a real server; tests that find none skip, saying so.
$(VENV)/.test: requirements/test.lock reports/web/node_modules/.package-lock.json | $(VENV)/.base
	@$(call debian,chromium,chromium fonts-dejavu-core) || true
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || $(call debian,initdb,postgresql) || true
	@echo "setup: installing the locked test packages" >&2
	@$(PIP) install --no-compile --require-hashes -r $<
	@$(COMPILE) $(SITE) >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.built: pyproject.toml $(KERNELS) | $(VENV)/.base
	@echo "setup: compiling the kernels" >&2
	@$(PIP) install --no-compile --no-deps --no-build-isolation --editable .
	@$(COMPILE) model cases validation reports k8s
	@touch $@
