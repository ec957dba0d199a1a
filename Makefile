# The commands of this project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
TOOLS := target/tools/bin

.PHONY: help
help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build and start it for trying out: embedded database, no configuration
	cargo run -- serve --dev

.PHONY: test
test: tools ## Run every test; brings the PostgreSQL it needs
	scripts/with-postgres cargo test --locked $(ARGS)
	scripts/outside-clients

.PHONY: outside
outside: tools ## Run the outside clients alone: grpcurl, buf curl, Python, Node
	scripts/outside-clients

.PHONY: bench
bench: ## Measure it under load, on both engines; ARGS=--help says how to measure a part
	scripts/with-postgres cargo bench --locked --bench load -- $(ARGS)

.PHONY: check
check: fmt clippy doc lint-proto deny check-deploy ## Run every check that is not a test

.PHONY: fmt
fmt: ## Is all Rust formatted?
	cargo fmt --all --check

.PHONY: clippy
clippy: ## Has clippy anything to say?
	cargo clippy --locked --all-targets -- -D warnings

.PHONY: doc
doc: ## Is the documentation whole, with no broken link?
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

.PHONY: lint-proto
lint-proto: tools ## Do the protos keep buf's rules?
	$(TOOLS)/buf lint

.PHONY: deny
deny: tools ## Do the licences and sources of all dependencies fit? (deny.toml)
	cargo fetch --locked --quiet
	$(TOOLS)/cargo-deny --offline check licenses bans sources

.PHONY: check-deploy
check-deploy: tools ## Are deploy/ and the scripts sound, as far as can be told without an engine?
	scripts/check-deploy

.PHONY: tools
tools: ## Install the tools that tests and checks call, under target/tools/
	@scripts/install-test-tools
