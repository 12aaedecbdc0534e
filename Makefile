# The usual ways in; everything is built by CMake in build/. `make help` lists them.
PREFIX ?= /usr/local
RESULTS = $(or $(TEMPO_RESULTS),$(CURDIR)/build)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CONFIGURE = cmake -S . -B build >/dev/null
# CMake makes a Makefile too; its comings and goings are not worth a line each.
MAKEFLAGS += --no-print-directory
BUILD = cmake --build build -j $(JOBS)

.PHONY: all demo test check bench symbols install clean help

all: ## build libraries and program in build/
	@$(CONFIGURE)
	@$(BUILD)

demo: ## install what is missing, build, and draw two known recipes
	@tools/dependencies build
	@$(CONFIGURE)
	@$(BUILD) --target tempo_program
	@build/tempo plot examples/resnet50-cosine-warmup.yaml
	@build/tempo plot examples/llm-7b.yaml
	@build/tempo plot examples/resnet50-cosine-warmup.yaml --svg demo.svg
	@echo "The first of them as a picture: $(CURDIR)/demo.svg"

test: ## install what is missing, build, and run every test
	@tools/dependencies build test
	@$(CONFIGURE) -DTEMPO_TESTS=ON
	@$(BUILD)
	@ctest --test-dir build -j $(JOBS) --output-on-failure --no-label-summary --output-junit $(RESULTS)/test.xml

check: ## format, static analysis, both compilers, sanitizers
	@tools/dependencies build test check
	@tools/check

bench: ## what is fast, each as a ratio measured in the same run
	@tools/dependencies build
	@bench/run

symbols: all ## rewrite the lists of exported symbols after a wanted change
	@tests/abi/symbols build/libtempo.so >tests/abi/tempo.symbols
	@tests/abi/symbols build/libtempo_documents.so >tests/abi/tempo_documents.symbols
	@tests/abi/symbols build/libtempo_train.so >tests/abi/tempo_train.symbols
	@[ ! -e build/libtempo_mpi.so ] || tests/abi/symbols build/libtempo_mpi.so >tests/abi/tempo_mpi.symbols

install: all ## install to PREFIX (/usr/local), below DESTDIR
	@cmake --install build --prefix $(PREFIX)

clean: ## remove everything that was built
	@rm -rf build demo.svg

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18
