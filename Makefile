# `make demo` and `make test` are all a newcomer needs; `make check` is what every change must pass.
PYTHON ?= python3
VENV := .venv
DEMO := .venv-demo
BIN := $(VENV)/bin

.PHONY: demo gallery site test check types browser slow format kernels sanitize fuzz clean

demo: $(DEMO)/installed
	$(DEMO)/bin/nightlift enhance examples/dark examples/scenes -o demo-results --overwrite
	$(DEMO)/bin/nightlift compare examples/dark examples/scenes -o demo-results/before-after.png --overwrite
	@echo
	@echo "results:            demo-results/"
	@echo "before/after sheet: demo-results/before-after.png"

test: check
	$(BIN)/python -m pytest

# Every method for any use on the same photos, which may be passed on (examples/CREDITS.md).
gallery: $(DEMO)/installed
	$(DEMO)/bin/nightlift compare examples/dark -o demo-results/gallery.html --overwrite --full \
		--reference examples/bright -m auto,natural,zero-dce-open,enlightengan-open,deep-upe-open,glenet-global-open,gamma,adaptive-gamma,equalize,clahe,lime

# The documents as a site: one search, no requests to others. The gallery's pages slide.
SITE := $(BIN)/mkdocs build --strict --quiet --site-dir

site: $(VENV)/installed gallery
	NO_MKDOCS_2_WARNING=1 $(SITE) $(CURDIR)/site
	cp demo-results/gallery.html site/slides.html

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	NO_MKDOCS_2_WARNING=1 $(SITE) $(CURDIR)/build/site
	@if command -v npm > /dev/null; then $(MAKE) types; \
	else echo "there is no npm: the types of the browser edition are not checked"; fi

types: browser/node_modules/.package-lock.json
	cd browser && npm run --silent check

# Brings ONNX Runtime for browsers into the source tree and compiles the denoiser, by the lock file;
# what it writes is committed.
browser: browser/node_modules/.package-lock.json
	cd browser && npm run --silent vendor && npm run --silent compile

browser/node_modules/.package-lock.json: browser/package-lock.json
	cd browser && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

slow: $(VENV)/installed
	$(BIN)/python -m pytest -m "slow and not gpu"

format: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

kernels: $(VENV)/installed
	$(BIN)/pip install -q --no-build-isolation --no-deps -e .

# The compiled readers and kernels under address and undefined-behavior sanitizers (GCC, Linux).
SANITIZED := build/sanitized
CHECKED_TESTS := tests/photo/test_jpeg_strips.py tests/photo/test_damaged.py tests/adjust \
	tests/denoise tests/batch/test_streaming.py tests/video/test_pixels.py \
	tests/photo/test_relatives.py tests/photo/test_listed_faults.py tests/fuzz

sanitize: $(VENV)/installed
	NIGHTLIFT_SANITIZE=1 $(BIN)/python setup.py -q build --build-base build/sanitizing \
		--build-lib $(SANITIZED)
	LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
		ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
		UBSAN_OPTIONS=print_stacktrace=1 PYTHONPATH=$(SANITIZED) \
		$(BIN)/python -m pytest -n 0 -p no:cacheprovider $(CHECKED_TESTS)

fuzz: $(VENV)/installed
	$(BIN)/python -m tests.fuzz.run --seconds 60

$(DEMO)/installed: $(shell git ls-files src) pyproject.toml setup.py
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install -q --upgrade pip
	$(DEMO)/bin/python -m pip install -q .
	@touch $@

# PyTorch is pinned so that the CPU build is taken where an index offers one; a bare `torch` may
# bring gigabytes of CUDA.
$(VENV)/installed: pyproject.toml setup.py $(shell git ls-files 'src/*.cpp' 'src/*.h')
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q torch==2.13.0
	$(BIN)/python -m pip install -q -e ".[train,heic,raw,jxl,openvino,video,pdf,web,cluster,watch,test,docs,dev]"
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) build dist site demo-results src/*.egg-info src/nightlift/*/_*.so
