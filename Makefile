# The commands of this repository; `make help` lists them.
BUILD ?= build
GENERATE = cmake -S . -B $(BUILD) -G Ninja
# Fewer where memory is short: a compiler takes up to 1 GB.
JOBS ?= $(shell nproc)
# On a terminal it tells how far it is, elsewhere only what goes wrong.
NINJA = ninja -C $(BUILD) -j $(JOBS) $(if $(shell test -t 2 && echo terminal),,--quiet)

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

.PHONY: build
build: ## Installs what is missing and builds the programs into build/bin
	@tools/install-dependencies build
	@test -f $(BUILD)/build.ninja || $(GENERATE) -DVANG_TESTS=OFF >.build.log 2>&1 || (cat .build.log; exit 1)
	@test -x $(BUILD)/bin/vang || echo "Building Vang; this first time takes some minutes" >&2
	@$(NINJA) programs

.PHONY: run
run: build ## Starts Vang on VANG_PORT (8000), sends a sample, prints transcript and search hit (RUN_ONCE=1 ends there)
	@tools/run-sample

.PHONY: run-distributed
run-distributed: ## The same with NATS, PostgreSQL, S3 and the eight services, each a process
	@tools/install-dependencies build test
	@test -f $(BUILD)/build.ninja || $(GENERATE) -DVANG_TESTS=OFF >.build.log 2>&1 || (cat .build.log; exit 1)
	@$(NINJA) programs service_programs
	@tools/run-distributed

.PHONY: test
test: ## Installs what the tests need, builds, runs every test
	@tools/install-dependencies build test trainer
	@$(GENERATE) -DVANG_TESTS=ON -DVANG_TRAINER=ON >.build.log 2>&1 || (cat .build.log; exit 1)
	@$(NINJA)
	@tools/run-tests $(BUILD)

.PHONY: check
check: ## Sanitizers, clang-tidy, format, coroutine lint, architecture: longer than `make test`
	@tools/install-dependencies build test check trainer
	@tools/check

.PHONY: bench
bench: ## Measures against the bare libraries and prints ratios
	@tools/install-dependencies build test
	@$(GENERATE) -DVANG_TESTS=ON >.build.log 2>&1 || (cat .build.log; exit 1)
	@$(NINJA) benches programs service_programs
	@tools/bench $(BUILD)

.PHONY: chaos
chaos: ## Every failure test in its long form, both shapes: hours
	@tools/install-dependencies build test
	@$(GENERATE) -DVANG_TESTS=ON >.build.log 2>&1 || (cat .build.log; exit 1)
	@$(NINJA)
	@VANG_CHAOS_ROUNDS=200 VANG_CHAOS_UPLOADS=50 $(BUILD)/tests/chaos_test
	@VANG_CHAOS_FULL=1 $(BUILD)/tests/distributed_chaos_test

.PHONY: format
format: ## Formats all C++ code
	@tools/install-dependencies check
	@git ls-files '*.h' '*.cc' | xargs clang-format-14 -i

.PHONY: clean
clean: ## Removes what was built; data/ stays
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan .build.log
