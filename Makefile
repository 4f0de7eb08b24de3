# walkbox on a fresh machine:  make run  ·  make test  ·  make lint
# Needs make and Python 3.11 or newer. Everything else is set up in .venv the first time, and only what changed later.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TARGET ?=

# Any Python that is new enough; the machine's own first.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

# On Linux, torch without CUDA: 200 MB instead of 3 GB. `make CPU_WHEELS= run` takes the one from PyPI.
ifeq ($(shell uname -s),Linux)
CPU_WHEELS ?= https://download.pytorch.org/whl/cpu
endif
# $(call cpu,PACKAGE): options of pip. Without dependencies, because pip would ask there for each of them.
cpu = --no-deps $(if $(CPU_WHEELS),--retries 1 --find-links $(CPU_WHEELS)/$(1)/) $(1)

# Software OpenGL, what the window library loads, and a virtual screen for the tests.
SYSTEM := libegl1 libgl1 libopengl0 libgles2 libgl1-mesa-dri libglx-mesa0 libx11-6 libxcursor1 libxi6 libxinerama1 libxrandr2 \
	libxkbcommon0 xvfb xauth xdotool

.PHONY: help run headset-demo test test-setup lint format system monado clean

help:
	@echo 'make run            walk through the demo, or TARGET=my_model.py; without a display: a picture of the walk'
	@echo 'make headset-demo   the same in a headset that nobody has: mouse and keys move its head and hands'
	@echo 'make test           every test'
	@echo 'make lint           ruff, pyright, import contracts'
	@echo 'make format         let ruff rewrite the files'
	@echo 'make clean          remove .venv and what was built'

# Straight to a window where there is one to be had, else a picture.
run: system $(VENV)/.run
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then \
		$(BIN)/walkbox run $(TARGET); \
	else \
		echo 'No display: rendering a picture of the walk instead.'; \
		$(BIN)/walkbox snapshot $(or $(TARGET),demo) -o walk.png && echo "The picture is $(CURDIR)/walk.png"; \
	fi

headset-demo: system $(VENV)/.run monado
	@$(BIN)/python tests/headset/demo.py $(or $(TARGET),demo)

test: test-setup
	@$(BIN)/python -m pytest

test-setup: system $(VENV)/.test monado

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf $(VENV) build dist walk.png

$(BIN)/python:
	@[ -n '$(PYTHON)' ] || { echo 'walkbox needs Python 3.11 or newer. On Debian 12: apt-get install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt,python3-venv)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt $(call cpu,torch)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# Other people's models, for the tests. The constraints keep torch as it is.
$(VENV)/.test: tests/menagerie/requirements.txt $(VENV)/.dev
	$(PIP) install --quiet --constraint $< $(call cpu,torchvision)
	$(PIP) install --quiet --constraint constraints.txt --requirement $<
	@touch $@

# The OpenXR runtime of the headset tests, in the user's cache. Without it they are skipped and say why; with CI=true they fail.
monado: | $(BIN)/python
	@$(BIN)/python tests/headset/runtime/prefix.py || true

# $(call apt,PACKAGES): a shell command that installs them, or says what to type.
apt = { \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else as=none; fi; \
	if [ "$$as" != none ] && command -v apt-get >/dev/null; then \
		echo 'Installing system packages: $(1)'; \
		$$as apt-get update -qq; \
		$$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
	else false; fi || { echo 'System packages are missing. Type this, then go on as before:'; \
		echo '    sudo apt-get update && sudo apt-get install -y --no-install-recommends $(1)'; }; }

system:
	@command -v dpkg-query >/dev/null || exit 0; \
	for p in $(SYSTEM); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || { missing=1; break; }; \
	done; \
	[ -z "$$missing" ] || $(call apt,$(SYSTEM))
