#!/bin/bash
# The simulator as ./dev runs it: a new range of seeds each time (BAOBEI_SEED repeats it), the rules
# off one by one, golden traces, seeds that once failed.
# dev: build=debug minutes=15
set -o pipefail
cd "$(dirname "$0")/../.." || exit 1
sanitized=${BAOBEI_BUILD:?}/simulator
fast=${BAOBEI_RELEASE:-}/simulator
first=$(((${BAOBEI_SEED:-1} % 1000000) * 10000 + 1))
bad=0

# run PREFIX COMMAND…: its lines `ok NAME` become `ok PREFIX.NAME`.
run() {
    local prefix=$1
    shift
    "$@" | sed -E "s/^(ok|not ok) /&$prefix./" || bad=1
}

echo "seeds from $first"
run sanitized "$sanitized" --first "$first" --seeds 100 --twice 20
run golden "$sanitized" --scenarios
run known "$sanitized" --regressions tests/sim/regressions.txt
if [ -z "${BAOBEI_QUICK:-}" ] && [ -x "$fast" ]; then
    seeds=1000
    if [ "${BAOBEI_FULL:-}" = 1 ]; then
        seeds=10000
    fi
    run seeds "$fast" --first "$((first + 100))" --seeds "$seeds"
    run rules "$fast" --controls
fi
exit "$bad"
