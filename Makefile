# Everything a fresh machine needs is Python 3.11 or newer and make. `make up` and `make test` do all set-up.

PYTHON ?= python3
RUN = .venv/bin/python -m

.PHONY: help up preview down status preview-pr test test-infisical lint tools bench clean venv

help:
	@echo "make up       deploy the homelab of Pulumi.homelab.yaml on this machine (again: brings it up to date)"
	@echo "make preview  show what make up would change"
	@echo "make down     stop the sandbox and remove it; built programs stay cached"
	@echo "make status   show what runs"
	@echo "make preview-pr BASE=…  what this checkout changes against a git revision, as Markdown; SANDBOX=1 on the sandbox"
	@echo "make test     lint and the whole test suite"
	@echo "make test-infisical URL=… EMAIL=…  the whole against another Infisical; HOMELAB_INFISICAL_PASSWORD is its admin's"
	@echo "make lint     ruff and mypy; actionlint and zizmor for the workflows"
	@echo "make tools    find or build the tool chain; show where each program comes from and what it took"
	@echo "make bench    measure"
	@echo "make clean    make down, and remove the virtualenv"

up preview down status tools: venv
	@$(RUN) sandbox $@

# On stdout there is the report alone.
preview-pr:
	@sh sandbox/venv.sh "$(PYTHON)" >&2
	@$(if $(SANDBOX),$(RUN) sandbox preview >&2 || true; . .sandbox/env;) $(RUN) operations preview-pr --base "$(BASE)" \
		$(if $(HEAD),--head "$(HEAD)") $(if $(SANDBOX),--deployed)

# The tool chain first, where its progress is seen. Then two processes, whole files each: what they wait for, engine and
# cluster, takes a core and a half for each of them.
test: lint tools
	@$(RUN) pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# The password goes in by the environment: HOMELAB_INFISICAL_PASSWORD.
test-infisical: venv
	@HOMELAB_INFISICAL_URL="$(URL)" HOMELAB_INFISICAL_EMAIL="$(EMAIL)" $(RUN) pytest tests/homelab/test_every_app_has_its_secrets.py

lint: venv
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) sandbox.workflows

bench: venv
	@$(RUN) bench

clean:
	@if [ -x .venv/bin/python ]; then $(RUN) sandbox down; fi
	rm -rf .venv

venv:
	@sh sandbox/venv.sh "$(PYTHON)"
