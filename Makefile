# Homeostat. `make demo` shows it, `make test` tests it; the rest is for those who work on it.
PYTHON ?= python3
ENGINE ?= process
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install demo up down test check synth bench docs scp lock images build push team clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

install: ## set up .venv and node_modules from the locks (every target does it by itself)
	@$(PYTHON) tools/install.py

demo: install ## the whole loop on the embedded AWS: deploy, train, serve, drift, heal (ENGINE=docker: real images)
	@$(BIN)/python -m demo --engine $(ENGINE)

up: install ## the same, and the environment stays up; says how to look around
	@$(BIN)/python -m demo --engine $(ENGINE) --keep-up

down: install ## end what `make up` left
	@$(BIN)/python -m demo --down

test: install ## all tests
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: install ## lint, types, layers, docs, fast tests: under a minute
	@$(BIN)/python tools/check.py

synth: install ## cloud assembly of all teams in cdk.out/ (account: CDK_DEFAULT_ACCOUNT, else that of the embedded AWS)
	@CDK_OUTDIR=cdk.out CDK_DEFAULT_ACCOUNT=$${CDK_DEFAULT_ACCOUNT:-000000000000} $(BIN)/python app.py

bench: install ## measured side by side with peers: build/bench/*.json and docs/benchmarks.md
	@$(BIN)/python -m bench

docs: install ## generated references under docs/
	@$(BIN)/python -m tools.config_reference
	@$(BIN)/python -m tools.access_reference
	@$(BIN)/python -m tools.scan --write

scp: install ## a service control policy for the accounts of all teams: build/scp.json
	@$(BIN)/python -m tools.scp

lock: install ## requirements.lock from requirements.txt, package-lock.json from package.json
	@$(BIN)/python tools/lock.py

images: install ## build the container images with the local container engine
	@$(BIN)/python -m containers.build

build: install ## build a team's images in its own account, by CodeBuild: make build TEAM=risk [ENV=dev]
	@$(BIN)/python -m tools.build_images $(or $(TEAM),$(error say whose: make build TEAM=risk)) $(if $(ENV),--environment $(ENV))

push: install ## push them to a team's repositories: make push TEAM=risk
	@$(BIN)/python -m tools.push_images $(or $(TEAM),$(error say whose: make push TEAM=risk))

team: install ## start a team's file: make team NAME=risk
	@$(BIN)/python -m tools.new_team "$(NAME)"

clean: ## remove what was built; installed packages stay
	@rm -rf build cdk.out .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
