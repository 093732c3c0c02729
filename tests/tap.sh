# For tests in shell, to be sourced: TAP in a few words, and a folder $work that goes away.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0

# holds NAME COMMAND...: the command succeeds.
holds() {
    name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/said" 2>&1; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/said"
    fi
}

# skips NAME TOOL: says so and succeeds when the tool is absent.
skips() {
    command -v "$2" >/dev/null && return 1
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2 is not installed"
}
