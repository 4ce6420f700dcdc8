# `make` lists the targets that have a ## comment.
export CGO_ENABLED = 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help demo build release clients install test browser-long test-short lint fmt bench load soak fuzz faults race cover accuracy wasm generate screenshots clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run a demo: a server, a user, a scan, a result
	@bash scripts/demo.sh

build: ## build ./dist/blush, one static binary
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o dist/blush ./cmd/blush

release: ## build a release into dist/release: archives, Debian packages, software bills of materials, checksums (Linux)
	bash scripts/release.sh

clients: ## pack the TypeScript and the Python client into dist (needs npm, and Python with hatchling)
	go run ./clients/pack dist

install: ## install blush into Go's bin directory
	go install -trimpath -ldflags "-X main.version=$(VERSION)" ./cmd/blush

test: ## lint, run every test, and some under the race detector (installs by apt what scripts/test.sh lists, where it is missing)
	bash scripts/test.sh

browser-long: ## in a browser: more heart rates, the cost of a frame, memory over 5 minutes, screenshots (about 15 minutes)
	BLUSH_BROWSER_LONG=1 go test -p 1 -timeout 40m -v $$(bash scripts/browser-packages.sh)
	@$(MAKE) --no-print-directory screenshots

test-short: ## run the quick tests only
	go test -short ./...

lint: ## check formatting and go.mod, run golangci-lint, and check the types of scripts (the first run builds the linter)
	bash scripts/lint.sh

fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

bench: ## run every benchmark
	go test -run '^$$' -bench . -benchmem ./...

load: ## measure one and two servers under load (about 5 minutes; SECONDS per measurement, default 10; PEOPLE with a year of data, default 20; DATABASE, sqlite or postgres, default both)
	cd load && go test -count=1 -v -timeout 60m -run '(TestLoad|TestReplicas)/$(filter sqlite postgres,$(DATABASE))' . -args -seconds $(or $(SECONDS),10) -people $(or $(PEOPLE),20)

soak: ## run each server under load for SOAK (default 15m), and show its memory use over time (PEOPLE and DATABASE as for load)
	cd load && go test -count=1 -v -timeout 120m -run 'TestSoak/$(filter sqlite postgres,$(DATABASE))' . -args -soak $(or $(SOAK),15m) -people $(or $(PEOPLE),20)

fuzz: ## fuzz every parser of outside input, FUZZTIME each (default 30s)
	bash scripts/fuzz.sh $(or $(FUZZTIME),30s)

faults: ## run the long fault tests: kill -9, a full disk, wrong responses from receivers … (KILLS, default 20; 5 minutes on an idle machine)
	bash scripts/faults.sh $(or $(KILLS),20)

race: ## run every test of the packages in scripts/race.sh under the race detector (needs gcc and libc6-dev; the first build is slow)
	bash scripts/race.sh all

cover: ## write dist/cover.html
	mkdir -p dist
	go test -coverprofile dist/cover.out ./...
	go tool cover -html dist/cover.out -o dist/cover.html

accuracy: ## measure the engine on three simulated suites, with a seed for development (scripts/accuracy.sh SEED writes the reports of docs/accuracy)
	for suite in easy hard refuse; do go run ./cmd/blush validate --suite $$suite --seconds 30 --scans 100 --seed 1; done

wasm: ## build the engine for browsers, which the server embeds
	go run ./web/wasm/build

screenshots: ## capture every state of the scan page, and the dashboard of the README, into the folder DIR, by default a new one outside the repository
	@dir="$(abspath $(DIR))"; dir="$${dir:-$$(mktemp -d)}"; \
	go test ./internal/gallery ./internal/web -p 1 -run 'TestPersonsPages|TestStates|TestLanguagesFit' -count 1 -screenshots "$$dir" && echo "$$dir"

generate: ## run every go generate: documents, types, scripts, queries, and the engine for browsers
	go generate ./...

clean: ## remove what builds leave behind
	rm -rf dist
