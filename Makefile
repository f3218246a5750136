# Two commands for people: make demo, make test. Everything installs into .venv, from versions pinned in constraints.txt.
PYTHON ?= python3
# Where a CPU build of torch is (PyTorch's own CPU index, or a mirror of it); empty: wherever pip looks by itself.
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DONE := $(VENV)/.installed

.PHONY: install demo test check-code site-benchmark screenshots wasm benchmark peers scale ingest-report kills lock clean

install: $(DONE)

$(DONE): pyproject.toml constraints.txt Makefile bin/kb search/engine/kernel.c search/engine/forward.h
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rejoinder needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing (about 2 GB on disk with a CPU build of torch; a few minutes the first time) …"
	$(PIP) install -q $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(grep '^torch==' constraints.txt)"
	$(PIP) install -q -c constraints.txt -e ".[dev]"
	@$(BIN)/python -m search.engine.adapter
	@$(BIN)/python -m publish.vendored
	@$(BIN)/python -m compileall -q kb ingest search publish  # nobody waits for a compiler during a call
	@touch $(DONE)

demo: install
	@$(BIN)/python -m sample.demo

test: install check-code
	$(BIN)/pytest -n 2

check-code: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The kernel for the browser, anew from the C sources; needs clang and lld
wasm: install
	$(BIN)/python -m publish.lookup.wasm

# CORPUS: a folder of release notes with a truth.json
ingest-report: install
	$(BIN)/python -m benchmarks.ingest_report $(CORPUS)

# N random kill -9 of ingest and index; what was lost is told, and should be nothing
kills: install
	$(BIN)/python -m benchmarks.kills -n $(or $(N),1000)

benchmark: install peers
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.peers.table .peers/bin/python

# The tools that Rejoinder is compared with, beside the same torch; ripgrep comes from the system.
peers: .peers/.installed

.peers/.installed: $(DONE) benchmarks/peers/requirements.txt
	$(PYTHON) -m venv .peers
	@$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > "$$(.peers/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/rejoinder.pth"
	.peers/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -r benchmarks/peers/requirements.txt
	@touch $@

# Sizes up to a million passages, embedded and on a server: an hour and more
scale: install
	$(BIN)/python -m benchmarks.scale

# `kb build` beside plain `mkdocs build`, the sample and CARDS synthetic cards
site-benchmark: install
	$(BIN)/python -m benchmarks.site $(CARDS)

# The README's pictures, from the sample's site
screenshots: install
	$(BIN)/python -m benchmarks.screenshots

# Write constraints.txt anew from what is installed now.
lock: install
	$(PIP) freeze --exclude-editable --exclude rejoinder | sed 's/+cpu$$//; s/ @ .*//' | grep '==' > constraints.txt

clean:
	rm -rf $(VENV) .kb .demo site site-external-ok
