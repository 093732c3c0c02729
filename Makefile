# The README's commands. Meson does the work; `tools/setup` installs what is missing.
.PHONY: all run test verify bench check clean setup
all: build/wadi
setup:
	@tools/setup
build/build.ninja: | setup
	@meson setup build >/dev/null
build/wadi: build/build.ninja FORCE
	@ninja -C build -k 0 wadi wadi-image-reader | tail -n 3
FORCE:
run: build/wadi
	build/wadi plan cases/desert-foot.json -o out/desert-foot
	@echo "The report lies in out/desert-foot/report.pdf"
test: setup
	@tools/run-tests
clean:
	rm -rf build out
