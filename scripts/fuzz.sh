#!/usr/bin/env bash
# Runs every fuzz target for a while: scripts/fuzz.sh [TIME each, default 30s].
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/^func //' | while read -r target; do
    echo "== $dir $target"
    go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-30s}"
  done
done
