# A fresh machine needs only Python 3.11 or newer, and make. Each target sets up what it needs.

PYTHON ?= python3
GROUP ?= sandbox
RUN = .venv/bin/python -m
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# Every command starts many Python processes. Without compiled modules, each takes two to three times as long to start.
export PYTHONDONTWRITEBYTECODE =

# Tests also wait for the engine and the cluster: more processes than cores. tests/conftest.py decides the order of files.
WORKERS ?= 3
PYTEST = $(RUN) pytest --durations=25 --durations-min=1

.PHONY: help up preview down status drill preview-pr test test-infisical soak lint format tools test-tools bench lock clean venv

help:
	@echo "make up       deploy the homelab of Pulumi.homelab.yaml on this machine, or update it"
	@echo "make preview  show what make up would change"
	@echo "make down     stop and remove the sandbox; the built programs stay in the cache"
	@echo "make status   show what is running"
	@echo "make drill BACKUP=… IDENTITY=…  recover a backup on a sandbox of its own, and compare every app's Secret with it"
	@echo "make preview-pr BASE=…  compare this checkout with a git revision, as Markdown; SANDBOX=1: on the sandbox"
	@echo "make test     run lint and all tests, and print the branch coverage"
	@echo "make test PART=…        run only these tests: a folder, a file or FILE::TEST; SEED=… repeats a random order"
	@echo "make test-infisical URL=… EMAIL=…  run the end-to-end test against another Infisical server;"
	@echo "              HOMELAB_INFISICAL_PASSWORD is the password of its admin"
	@echo "make soak     kill processes at random moments, and check that nothing is lost; KILLS=300 SEED=1"
	@echo "make lint     check code (ruff), types (mypy), layers (import-linter), workflows (actionlint, zizmor)"
	@echo "make format   write the JSON Schemas, format the code and fix what ruff can fix"
	@echo "make tools    find or build the tool chain; show where each program comes from"
	@echo "make test-tools  the same for the programs that only the tests run: Helm, promtool, age, rclone, an S3 server, Chromium"
	@echo "make bench    measure run times, growth and memory; APPS=\"10 100 1000\": other sizes; BEFORE=bench.json: compare;"
	@echo "              CURVES=FILE.svg: where to draw the run times, instead of bench.svg"
	@echo "make lock     pin all Python packages in locks/ again; UPGRADE=1: to their newest versions"
	@echo "make clean    make down, then remove the virtual environment"

lint format test test-infisical soak bench lock: GROUP = tests

up preview down status tools: venv
	@$(RUN) sandbox $@

test-tools: venv
	@$(RUN) tooling.toolchain

drill: venv
	@$(RUN) drill "$(BACKUP)" $(if $(IDENTITY),--identity "$(IDENTITY)")

# Only the report goes to stdout.
preview-pr:
	@sh tooling/venv.sh "$(PYTHON)" "$(GROUP)" >&2
	@$(if $(SANDBOX),$(RUN) sandbox preview >&2 || true; [ ! -f .sandbox/env ] || . .sandbox/env;) $(RUN) operations preview-pr --base "$(BASE)" \
		$(if $(HEAD),--head "$(HEAD)") $(if $(SANDBOX),--deployed) \
		$(if $(TIMEOUT),--timeout-seconds "$(TIMEOUT)")

ifdef PART
test: venv
	@echo "running only: $(PART)"
	@$(PYTEST) $(if $(SEED),--randomly-seed=$(SEED)) $(PART)
else
# The tool chain first: a build takes minutes and shows its progress.
test: lint tools test-tools
	@PYTEST_PLUGINS=tests.branch_coverage,tests.progress $(PYTEST) --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(SEED),--randomly-seed=$(SEED))
endif

# The environment passes the password: HOMELAB_INFISICAL_PASSWORD.
test-infisical: venv
	@HOMELAB_INFISICAL_URL="$(URL)" HOMELAB_INFISICAL_EMAIL="$(EMAIL)" $(RUN) pytest tests/homelab/deploying/test_first_deployment.py

soak: venv
	@HOMELAB_KILLS="$(or $(KILLS),300)" HOMELAB_KILLS_SEED="$(or $(SEED),1)" $(RUN) pytest tests/homelab/failures/test_random_kills.py

lint: venv
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@.venv/bin/lint-imports --no-cache --no-logo
	@$(RUN) mypy
	@$(RUN) tooling.workflows

format: venv
	@$(RUN) tooling.schema
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

bench: venv
	@$(RUN) bench $(APPS) $(if $(BEFORE),--before "$(BEFORE)") $(if $(CURVES),--curves "$(CURVES)")

# Every lock has the versions of the largest one.
lock: venv
	@$(LOCK) --group uv --output-file locks/uv.txt
	@$(LOCK) requirements.txt --group tests --output-file locks/tests.txt
	@$(LOCK) requirements.txt --group sandbox --constraint locks/tests.txt --output-file locks/sandbox.txt
	@$(LOCK) requirements.txt --group operations --constraint locks/tests.txt --output-file locks/operations.txt

clean:
	@if [ -x .venv/bin/python ]; then $(RUN) sandbox down; fi
	rm -rf .venv

venv:
	@sh tooling/venv.sh "$(PYTHON)" "$(GROUP)"
