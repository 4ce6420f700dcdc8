#!/usr/bin/env bash
# Runs every fuzz target of the repository for the same time, one after the other, and prints a table of the inputs tried:
# scripts/fuzz.sh [TIME each, default 30s]. Exits with 1 if a target failed; its input is then in testdata/fuzz.
# Each input is minimized in at most 100 steps: where goroutines make the coverage vary, minimizing would otherwise use up the time.
set -uo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
time=${1:-30s}
failed=0
printf '| package | target | inputs tried in %s | result |\n|---|---|---|---|\n' "$time"
while IFS=: read -r file target; do
  dir=$(dirname "$file")
  log=$(go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 100x 2>&1)
  code=$?
  tried=$(grep -oE 'execs: [0-9]+' <<<"$log" | tail -1 | cut -d' ' -f2)
  result=good
  if [ $code -eq 0 ] && [ -z "$tried" ] && grep -q 'gathering baseline coverage' <<<"$log"; then
    tried=0 result="only the seed corpus" # on a busy machine it can take all of the time
  elif [ $code -ne 0 ] || [ -z "$tried" ]; then
    result=FAILED
    failed=1
    tail -40 <<<"$log" >&2
  fi
  printf '| `%s` | `%s` | %s | %s |\n' "${dir#./}" "$target" "${tried:-0}" "$result"
done < <(grep -roE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sed 's/func //' | sort)
exit $failed
