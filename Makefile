# Homeostat. `make demo` shows it, `make test` tests it; the rest is for those who work on it.
PYTHON ?= python3
ENGINE ?= process
# Of the tests; many of them wait, so one more than cores.
WORKERS ?= 3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install demo up down test check synth bench incidents estimates docs scp lock images build push team episodes freeze unfreeze approve decline retrain circuit unblock spark torch mutants fuzz clean

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

test: install ## all tests (WORKERS=8: on a machine with more cores than two)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: install ## lint, types, layers, pages, scanners, fast tests: some minutes
	@$(BIN)/python tools/check.py

synth: install ## cloud assembly of all teams in cdk.out/ (account: CDK_DEFAULT_ACCOUNT, else that of the embedded AWS)
	@CDK_OUTDIR=cdk.out CDK_DEFAULT_ACCOUNT=$${CDK_DEFAULT_ACCOUNT:-000000000000} $(BIN)/python app.py

bench: install ## measured side by side with peers: build/bench/*.json and docs/benchmarks.md
	@$(BIN)/python -m bench

incidents: install ## simulated incidents and which monitor sees them: docs/incidents.md (some minutes)
	@$(BIN)/python -m bench.incidents

estimates: install ## how often the estimate of quality without labels holds the truth: docs/estimates.md (some minutes)
	@$(BIN)/python -m bench.estimates

docs: install ## generated references under docs/
	@$(BIN)/python -m tools.config_reference
	@$(BIN)/python -m tools.access_reference
	@$(BIN)/python -m tools.faults_page
	@$(BIN)/python -m tools.remediation_page
	@$(BIN)/python -m tools.scan --write

scp: install ## a service control policy for the accounts of all teams: build/scp.json
	@$(BIN)/python -m tools.scp

lock: install ## requirements.lock from requirements.txt, package-lock.json from package.json
	@$(BIN)/python tools/lock.py

images: install ## build the container images with the local container engine (IMAGES="train spark": those alone; TORCH=torch==2.13.0)
	@$(BIN)/python -m containers.build $(IMAGES) $(if $(TORCH),--build-arg "TORCH=$(TORCH)")

build: install ## build a team's images in its own account, by CodeBuild: make build TEAM=risk [ENV=dev]
	@$(BIN)/python -m tools.build_images $(or $(TEAM),$(error say whose: make build TEAM=risk)) $(if $(ENV),--environment $(ENV))

push: install ## push them, and the team's own, to its repositories: make push TEAM=risk
	@$(BIN)/python -m tools.push_images $(or $(TEAM),$(error say whose: make push TEAM=risk))

team: install ## start a team's file: make team NAME=risk
	@$(BIN)/python -m tools.new_team "$(NAME)"

episodes: install ## what happened to a team's models, and why: make episodes TEAM=risk [ENV=dev] [MODEL=churn] [EPISODE=3f2a]
	@$(BIN)/python -m tools.episodes $(or $(TEAM),$(error say whose: make episodes TEAM=risk)) $(PLACE) $(if $(EPISODE),--episode $(EPISODE))

freeze: install ## start and deploy nothing any more: make freeze TEAM=risk ENV=dev [MODEL=churn] WHY='incident 7'
unfreeze: install ## lift that, or what a spent budget has frozen: make unfreeze TEAM=risk ENV=dev [MODEL=churn] WHY=...
approve: install ## let a run start that you were asked about: make approve TEAM=risk ENV=dev CODE=...
decline: install ## say no to it: make decline TEAM=risk ENV=dev CODE=... WHY=...
retrain: install ## ask for a run: make retrain TEAM=risk ENV=dev MODEL=churn WHY=... [TRAIN_ON=recent] [DAYS=7] [WITHOUT=age]
circuit: install ## let runs start again that brought no better model: make circuit TEAM=risk ENV=dev MODEL=churn WHY=...
unblock: install ## let a version be deployed again: make unblock TEAM=risk ENV=dev MODEL=churn VERSION=7 WHY=...

export WHY
PLACE = $(if $(ENV),--environment $(ENV)) $(if $(MODEL),--model $(MODEL))
freeze unfreeze approve decline retrain circuit unblock:
	@$(BIN)/python -m tools.remediation $@ $(or $(TEAM),$(error say whose: make $@ TEAM=risk)) $(PLACE) \
	  $(if $(filter-out approve,$@),--why "$$WHY") $(if $(CODE),--code $(CODE)) $(if $(VERSION),--version $(VERSION)) \
	  $(if $(TRAIN_ON),--train-on $(TRAIN_ON)) $(if $(DAYS),--recent-days $(DAYS)) $(addprefix --without ,$(WITHOUT))

spark: install ## Spark for the tests and the benchmark that need it, in build/spark (500 MB; Java 17 or 21 is up to you)
	@$(BIN)/uv pip install -q --python $(BIN)/python --target build/spark --require-hashes -r containers/requirements/spark.lock

torch: install ## torch for the tests of its models, in build/torch; pip's configuration says which wheel
	@$(BIN)/python -m pip install -q --upgrade --target build/torch/site-packages torch==2.13.0

mutants: install ## change what decides, one thing at a time: does a test notice? (some twenty minutes)
	@$(BIN)/mutmut run --max-children 2 && $(BIN)/mutmut results

# atheris itself keeps some 10 kB of every run of code that it instruments, which is a gigabyte in a minute and a half.
fuzz: install ## bytes that nobody thought of, into the handlers or the monitor: make fuzz [OF=captures] [SECONDS=60]
	@$(BIN)/uv pip install -q --python $(BIN)/python --target build/fuzz atheris==3.0.0
	@PYTHONPATH=build/fuzz $(BIN)/python -m tools.fuzz_$(or $(OF),messages) -artifact_prefix=build/fuzz/ \
	  -rss_limit_mb=8192 -max_total_time=$(or $(SECONDS),60)

clean: ## remove what was built; installed packages stay
	@rm -rf build cdk.out .local .pytest_cache .mypy_cache .ruff_cache .hypothesis
