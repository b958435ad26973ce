# make test and make check are what a change has to pass; .ci/run does just that.
# Everything else is for working on the code. Nothing here needs root, and
# nothing is written outside the repository but Go's own caches; only where there
# is no PostgreSQL for the tests, one is installed if that can be done unasked.

SHELL := /bin/sh
.DEFAULT_GOAL := help

GO ?= go

# Where the linter keeps what it knows of unchanged files.
export GOLANGCI_LINT_CACHE ?= $(CURDIR)/bin/lint-cache

# Every module of the repository. Those of the workspace (go.work) are built
# together; the tools stay by themselves, so that what a linter depends on has no
# say in what the library is built with.
MODULES := $(sort $(patsubst %/go.mod,%,$(shell find . -name go.mod -not -path '*/testdata/*')))
WORKSPACE := $(filter-out ./internal/tools,$(MODULES))

# Every package of the workspace.
PACKAGES := $(addsuffix /...,$(WORKSPACE))

comma := ,
space := $(comma) $(comma)
space := $(subst $(comma),,$(space))

# What the tests are run with: shuffled, so that none leans on another. It also
# means that they are run again every time, which is the point of asking.
TESTFLAGS ?= -shuffle=on -timeout=15m

# FUZZTIME is for each target, of which only those that match FUZZ are run.
FUZZTIME ?= 60s
FUZZ ?= .

# Benchmarks that match BENCH, each run COUNT times for BENCHTIME.
BENCH ?= .
BENCHTIME ?= 1s
COUNT ?= 1

# The zone data that come with Go, in a more compact form than a system's mostly
# are. Schedules are measured on both.
ZONES ?= $(shell $(GO) env GOROOT)/lib/time/zoneinfo.zip

# How many nights make test plays in the simulator, beside the few that it plays
# under the race detector.
SIM_SEEDS ?= 20000

# How long a soak is: how many nights are played from which seed on, how often
# workers are killed and stopped, databases crashed, and connections cut before the
# answer to a commit, how many histories of each store are checked, how often the
# quickstart is killed and started again, how often the property tests draw, and how
# often everything else is repeated.
SOAK_SEEDS ?= 1000000
SOAK_FROM ?= 100001
SOAK_WORKERS ?= 10000
SOAK_STOPS ?= 400
SOAK_DATABASE ?= 400
SOAK_AMBIGUOUS ?= 1000
SOAK_HISTORIES ?= 1000
SOAK_KILLS ?= 500
SOAK_CHECKS ?= 20000
SOAK_COUNT ?= 5
SOAK_TIMEOUT ?= 4h

.PHONY: help
help: ## Say what there is (this).
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "  %-14s %s\n", $$1, $$2 }'
	@echo
	@echo "Settings, such as make fuzz FUZZTIME=10m:"
	@sed -n 's/^\([A-Z_]*\) ?= \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "  %-14s %s\n", $$1, $$2 }'

## Tests ##

# The tests start a PostgreSQL of their own from what is installed, or use the
# server that INCIDENTKIT_POSTGRES_URL names. internal/pgtest looks in the same
# places. Without any of it they fail; they are never skipped.
INITDB = { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb /usr/libexec/postgresql*/initdb \
	/opt/homebrew/opt/postgresql*/bin/initdb /usr/local/opt/postgresql*/bin/initdb \
	/Applications/Postgres.app/Contents/Versions/*/bin/initdb /usr/local/pgsql/bin/initdb; } 2>/dev/null | grep -q .

.PHONY: postgres
postgres: ## See to it that the tests have a PostgreSQL.
	@if [ -n "$$INCIDENTKIT_POSTGRES_URL" ] || $(INITDB); then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as=env; else as="sudo -n env"; fi; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
		echo "==> installing PostgreSQL for the tests"; \
		install="$$as DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql"; \
		$$install >/dev/null 2>&1 || { $$as apt-get update >/dev/null && $$install >/dev/null; }; \
	fi; \
	$(INITDB) || { \
		echo "The tests need PostgreSQL 14 or newer, and it cannot be installed here unasked. Either"; \
		echo "  install it: apt-get install postgresql; dnf install postgresql-server; brew install postgresql"; \
		echo "  or set INCIDENTKIT_POSTGRES_URL to a server on which tests may create databases and roles, and install psql"; \
		exit 1; \
	} >&2

# The race detector needs cgo and a C compiler that works. Building the one
# package of the standard library that needs both is the honest question.
.PHONY: test
test: postgres ## Run every test of every module, with the race detector where there is one.
	@if why=$$($(GO) build -race runtime/cgo 2>&1); then \
		echo "==> tests, with the race detector"; race=-race; \
	else \
		printf "==> tests, WITHOUT the race detector: %s\n" "$$why"; race=; export CGO_ENABLED=0; \
	fi; \
	set -x; $(GO) test $$race $(TESTFLAGS) $(PACKAGES)
	@$(MAKE) --no-print-directory test-sim
	@$(MAKE) --no-print-directory test-alone

# One world is one goroutine: the race detector would find nothing in it, and take
# ten times as long.
.PHONY: test-sim
test-sim: ## Play SIM_SEEDS nights in the simulator.
	$(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) ./internal/sim -run '^TestWorlds$$' -sim.seeds=$(SIM_SEEDS)

# Benchmarks run once each, so that they cannot rot; what that measured is not
# worth printing.
.PHONY: test-alone
test-alone: postgres ## Build, vet and test each module without the workspace, and without cgo.
	@export GOWORK=off CGO_ENABLED=0; for module in $(MODULES); do \
		echo "==> module $$module by itself, without cgo; benchmarks once"; \
		(cd $$module && $(GO) build -o /dev/null ./... && $(GO) vet ./... && { \
			out=$$($(GO) test -short -bench=. -benchtime=1x $(TESTFLAGS) ./... 2>&1) || { printf "%s\n" "$$out"; exit 1; }; \
			printf "%s\n" "$$out" | grep '^ok'; \
		}) || exit 1; \
	done

.PHONY: cover
cover: postgres ## Run the tests and list what they leave out (cover.out).
	$(GO) test -covermode=atomic -coverpkg=$(subst $(space),$(comma),$(PACKAGES)) -coverprofile=cover.out $(PACKAGES)
	@$(GO) tool cover -func=cover.out | awk '$$NF != "100.0%"'

## Checks ##

.PHONY: check
check: check-format vet lint check-generated check-tidy check-house ## Check format, vet, lint, generated files, go.mod files, import rules and API docs.

.PHONY: check-format
check-format: bin/golangci-lint
	@echo "==> format"
	@bin/golangci-lint fmt --diff

.PHONY: vet
vet: ## go vet, on every module.
	@echo "==> vet"
	@$(GO) vet $(PACKAGES)
	@cd internal/tools && GOWORK=off $(GO) vet ./...

.PHONY: lint
lint: bin/golangci-lint ## Run the linters on every module (.golangci.yml).
	@echo "==> lint"
	@bin/golangci-lint run $(PACKAGES)
	@cd internal/tools && GOWORK=off ../../bin/golangci-lint run --config ../../.golangci.yml ./...

.PHONY: check-generated
check-generated:
	@echo "==> generated files"
	@cd internal/tools && GOWORK=off $(GO) run ./schemagen -check

.PHONY: check-tidy
check-tidy:
	@echo "==> go.mod files"
	@for module in $(MODULES); do (cd $$module && GOWORK=off $(GO) mod tidy -diff) || exit 1; done

.PHONY: check-house
check-house:
	@echo "==> import rules, purity, API docs"
	@$(GO) test ./internal/archtest

# The linter is built from source at the version in internal/tools/go.mod. The go
# command knows whether there is anything to do, so it is asked every time.
.PHONY: bin/golangci-lint
bin/golangci-lint:
	@cd internal/tools && GOWORK=off $(GO) build -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

## Long runs ##

.PHONY: bench
bench: postgres ## Run the benchmarks and print each against its baseline.
	@bench="$(GO) test -run=^$$ -bench=$(BENCH) -benchtime=$(BENCHTIME) -count=$(COUNT) -benchmem"; \
	{ $$bench $(PACKAGES); [ ! -f "$(ZONES)" ] || ZONEINFO="$(ZONES)" $$bench ./oncall; } | \
		(cd internal/tools && GOWORK=off $(GO) run ./benchratio)

# The go command fuzzes one target of one package at a time. What it finds, it
# writes to testdata/fuzz of that package: mend the code and keep the file.
.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME.
	@targets=$$(find $(WORKSPACE) -name '*_test.go' -not -path '*/testdata/*' -exec grep -H '^func Fuzz' {} + | sort -u | \
	sed 's|^\(.*\)/[^/]*:func \(Fuzz[A-Za-z0-9_]*\).*|\1 \2|' | grep -E ' Fuzz.*($(FUZZ))'); \
	if [ -z "$$targets" ]; then echo "no fuzz target matches FUZZ=$(FUZZ)" >&2; exit 1; fi; \
	echo "$$targets" | while read -r dir target; do \
		echo "==> $$dir $$target, $(FUZZTIME)"; \
		(cd $$dir && $(GO) test -run='^$$' -fuzz="^$$target$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x .) </dev/null || exit 1; \
	done

.PHONY: soak
soak: soak-sim soak-kills soak-histories soak-draws soak-repeat ## All of the below, for a night or two.

.PHONY: soak-sim
soak-sim: ## Play SOAK_SEEDS nights in the simulator, from seed SOAK_FROM on.
	$(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) -v ./internal/sim -run '^TestWorlds$$' -sim.seeds=$(SOAK_SEEDS) -sim.from=$(SOAK_FROM)

.PHONY: soak-kills
soak-kills: postgres ## Kill SOAK_WORKERS workers, and what else processes, databases and networks do.
	$(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) -v ./internal/trials/kills -run '^TestKills$$' -kills.workers=$(SOAK_WORKERS) \
		-kills.stops=$(SOAK_STOPS) -kills.database=$(SOAK_DATABASE) -kills.ambiguous=$(SOAK_AMBIGUOUS)
	INCIDENTKIT_SOAK_KILLS=$(SOAK_KILLS) $(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) -v ./examples/quickstart -run '^TestKilledQuickstartCarriesOn$$'

.PHONY: soak-histories
soak-histories: postgres ## Check SOAK_HISTORIES histories of each store.
	INCIDENTKIT_SOAK_HISTORIES=$(SOAK_HISTORIES) $(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) ./internal/trials/histories -run '^TestLinearizable$$'

.PHONY: soak-draws
soak-draws: postgres ## Draw SOAK_CHECKS times in each property test.
	@for dir in $$(grep -rlE --include='*_test.go' '^[[:space:]]+"pgregory\.net/rapid"$$' $(WORKSPACE) | xargs -n 1 dirname | sort -u); do \
		echo "==> $$dir, $(SOAK_CHECKS) draws"; \
		$(GO) test -count=1 -timeout=$(SOAK_TIMEOUT) $$dir -rapid.checks=$(SOAK_CHECKS) || exit 1; \
	done

.PHONY: soak-repeat
soak-repeat: postgres ## Run every test SOAK_COUNT times, with the race detector.
	$(GO) test -race -shuffle=on -count=$(SOAK_COUNT) -timeout=$(SOAK_TIMEOUT) $(PACKAGES)

## Mending ##

.PHONY: fmt
fmt: bin/golangci-lint ## Format every file.
	bin/golangci-lint fmt

.PHONY: fix
fix: bin/golangci-lint ## Format every file, and mend what the linters know how to mend.
	bin/golangci-lint fmt
	bin/golangci-lint run --fix $(PACKAGES)

.PHONY: generate
generate: ## Write the generated files anew.
	$(GO) generate $(PACKAGES)

.PHONY: tidy
tidy: ## Agree on versions across the workspace, and tidy every go.mod.
	$(GO) work sync
	@for module in $(MODULES); do (cd $$module && GOWORK=off $(GO) mod tidy) || exit 1; done

.PHONY: clean
clean: ## Remove what was built here.
	rm -rf bin cover.out
