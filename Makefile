# Two commands do everything, set-up included: `make serve` and `make test`.
#
#   make serve                     a demonstration with lively logs
#   make serve FILES="/var/log"    these files, directories or globs
#   make serve ARGS="-b :8080"     any other arguments

SHELL := bash
TOOLS := $(or $(TAILON_TOOLS),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tailon-build)
ENV := . $(TOOLS)/env.sh &&
FILES ?=
ARGS ?=

.PHONY: serve test build bench check setup setup-test clean

serve: build
	target/release/tailon $(if $(strip $(FILES)),,--demo) $(ARGS) $(FILES)

build: setup
	$(ENV) cargo leptos build --release --precompress

setup:
	@.ci/setup build

setup-test:
	@.ci/setup test

# The summaries of the runners are the last lines.
test: setup-test
	$(ENV) cargo leptos build --release --precompress
	$(ENV) .ci/size
	$(ENV) cargo test --release -p protocol -p engine -p server -p app --features app/ssr
	$(ENV) end2end/run target/release/tailon

# What a reviewer would ask for first; needs no browser.
check: setup
	$(ENV) cargo fmt --all --check
	$(ENV) cargo clippy --release -p protocol -p engine -p server --all-targets -- -D warnings
	$(ENV) cargo clippy --release -p frontend --target wasm32-unknown-unknown -- -D warnings

# Side by side with ripgrep, grep, wc and tail; ARGS="--bytes 100000000" for a short run.
bench: build
	$(ENV) [ -x $(TOOLS)/bin/rg ] || cargo install -q ripgrep --version 15.2.0 --locked --root $(TOOLS)
	$(ENV) cargo build --release -p bench
	$(ENV) target/release/bench --binary target/release/tailon --rg $(TOOLS)/bin/rg $(ARGS)

clean:
	rm -rf target end2end/node_modules
