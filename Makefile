# The README's commands. Meson does the work; tools/setup installs what is missing.
.PHONY: all build/wadi setup setup-tests run test verify bench check format install clean
.NOTPARALLEL:

# Where `make install` puts wadi. DESTDIR is honoured too, for packagers.
PREFIX ?= /usr/local

all: build/wadi

build/wadi: setup
	@tools/build wadi wadi-image-reader

setup:
	@tools/setup build

setup-tests:
	@tools/setup build test

run: build/wadi
	build/wadi plan cases/desert-foot.json -o out/desert-foot
	@test -s out/desert-foot/report.pdf || { echo "wadi plan wrote no report" >&2; exit 1; }
	@echo "The report lies in $(CURDIR)/out/desert-foot/report.pdf"

test: setup-tests
	@tools/run-tests

verify: setup-tests
	@tools/run-tests --suite verify

bench: setup
	@tools/build
	@meson test -C build --no-rebuild --benchmark --verbose

check: setup-tests
	@tools/check

format: setup-tests
	@tools/format

install: setup
	@tools/build --prefix '$(PREFIX)'
	@meson install -C build --no-rebuild --quiet
	@echo "wadi is installed under $(DESTDIR)$(PREFIX)"

clean:
	rm -rf build build-* out
