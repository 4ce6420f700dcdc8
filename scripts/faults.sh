#!/usr/bin/env bash
# Runs the long form of the fault tests in scripts/faults.txt and prints a table: what breaks, the tests, the result and
# what they counted. scripts/faults.sh [KILLS, default 20] [PART of a story's first words].
# Everything runs on this machine, within the bounds of the tests. Exits with 1 if a test fails.
set -uo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 BLUSH_KILLS=${1:-20}
part=${2:-}
failed=0
printf '| what breaks | tests | result |\n|---|---|---|\n'
while IFS='|' read -r story package tests; do
  case $story in '#'* | '') continue ;; esac
  read -r story <<<"$story"
  read -r package <<<"$package"
  case $story in *"$part"*) ;; *) continue ;; esac
  pattern=$(echo $tests | tr ' ' '|')
  log=$(go test -count=1 -timeout 60m -v -run "^($pattern)\$" "$package" 2>&1)
  code=$?
  ran=$(grep -cE '^--- (PASS|FAIL): ' <<<"$log")
  skipped=$(grep -cE '^ *--- SKIP: ' <<<"$log")
  if [ $code -ne 0 ] || [ "$ran" = 0 ]; then
    result=FAILED
    failed=1
    printf '%s\n' "$log" | grep -vE 'level=|"level"' | tail -40 >&2
  else
    result=good
    [ "$skipped" = 0 ] || result="good, but $skipped left out"
  fi
  # The counts that the tests logged, such as "N kills …".
  counted=$(grep -oE '[0-9]+ (kills|scans acknowledged).*$' <<<"$log" | sed 's/\r//' | paste -sd';' - | sed 's/;/; /g')
  printf '| %s | %s | %s%s |\n' "$story" "$(echo $tests | sed 's/ /, /g')" "$result" "${counted:+: $counted}"
done <scripts/faults.txt
exit $failed
