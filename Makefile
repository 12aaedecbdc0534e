# The usual ways in; everything is built by CMake in build/. `make help` lists them.
PREFIX ?= /usr/local
RESULTS = $(or $(TEMPO_RESULTS),$(CURDIR)/build)
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CONFIGURE = cmake -S . -B build >/dev/null
# CMake makes a Makefile too; its comings and goings are not worth a line each.
MAKEFLAGS += --no-print-directory
BUILD = cmake --build build -j $(JOBS)

.PHONY: all demo test check bench peers symbols install clean help

all: ## build libraries and program in build/
	@$(CONFIGURE)
	@$(BUILD)

demo: ## install what is missing, build, train a small language model, and draw how it went
	@tools/dependencies build example
	@$(CONFIGURE) -DTEMPO_EXAMPLE=ON
	@$(BUILD) --target tempo_program char_lm
	@rm -rf build/demo
	@build/char_lm examples/char_lm/schedule.yaml --out build/demo
	@build/tempo plot build/demo/run.csv
	@build/tempo plot build/demo/run.csv --svg build/demo/run.svg
	@echo "In build/demo: run.csv, run.svg, and a checkpoint to go on from."

test: ## install what is missing, build, and run every test
	@tools/dependencies build example python test
	@$(CONFIGURE) -DTEMPO_TESTS=ON -DTEMPO_EXAMPLE=ON -DTEMPO_PYTHON=ON
	@$(BUILD)
	@ctest --test-dir build -j $(JOBS) --output-on-failure --no-label-summary --output-junit $(RESULTS)/test.xml

check: ## format, static analysis, both compilers, sanitizers
	@tools/dependencies build example python test check
	@tools/check

bench: ## what is fast, each as a ratio measured in the same run
	@tools/dependencies build python
	@bench/run

peers: ## record the golden rows afresh from the real systems, run these beside the drop-ins, and report differences
	@tools/dependencies peers build python
	@tests/peers/run record.py
	@$(CONFIGURE) -DTEMPO_PYTHON=ON
	@$(BUILD)
	@for script in tests/peers/dropin_*.py tests/peers/train_*.py; do \
	    PYTHONPATH=$(CURDIR)/build/python tests/peers/run "$${script##*/}" || exit 1; \
	done

symbols: all ## rewrite the lists of exported symbols after a wanted change
	@tests/abi/symbols build/libtempo.so >tests/abi/tempo.symbols
	@tests/abi/symbols build/libtempo_documents.so >tests/abi/tempo_documents.symbols
	@tests/abi/symbols build/libtempo_train.so >tests/abi/tempo_train.symbols
	@[ ! -e build/libtempo_mpi.so ] || tests/abi/symbols build/libtempo_mpi.so >tests/abi/tempo_mpi.symbols

install: all ## install to PREFIX (/usr/local), below DESTDIR
	@cmake --install build --prefix $(PREFIX)

clean: ## remove everything that was built
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18
