#!/usr/bin/env bash
# Runs the tests of the service that share data between goroutines under the race detector (needs gcc and libc6-dev).
#   race.sh       the tests below, in their short form
#   race.sh all   every test of their packages
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/settings.sh

tests=(
  internal/limit.TestMany
  internal/deliver.TestArrives
  internal/deliver.TestManyAtOnce
  internal/deliver.TestHangingReceiverHoldsUpNobodyElse
  internal/deliver.TestSilentReceiverIsLeftAlone
  internal/deliver.TestStopIsNoAttempt
  internal/store.TestAuditIsAChain
  internal/store.TestUserIsCreatedOnceByMany
  internal/store.TestUserIsCreatedOnceWhileTheKeyChanges
  internal/store.TestMakeKeys
  internal/store.TestConcurrentMigrations
  internal/store.TestServersShareJobs
  internal/account.TestRotateSecretAtOnce
  internal/account.TestRetireSecretsAtOnce
  internal/insight.TestTwoAnswersOfAPageAtOnce
  internal/insight.TestDataFromMany
  internal/insight.TestCacheIsNotStale
  internal/insight.TestRefreshWith
  internal/scan.TestLane
  internal/scan.TestWaitingVideo
  internal/server.TestRequestsOfEveryKindAtOnce
  internal/server.TestSlowBodiesOfOneUser
  internal/server.TestStopCutsOff
)
packages=() names=()
for t in "${tests[@]}"; do
  package=${t%.*} name=${t##*.}
  grep -q "^func $name(t \*testing.T)" "$package"/*_test.go || { echo "race.sh: there is no test $t" >&2; exit 1; }
  packages+=("./$package") names+=("$name")
done
which=(-short -run "^($(IFS='|'; echo "${names[*]}"))\$")
[ "${1:-}" != all ] || which=()

# SQLite in Go (modernc.org/sqlite/lib, translated C) is not instrumented, because it would take most of the time. Its locks
# are those of modernc.org/libc, which must stay instrumented: without them the detector reports false races.
exec env CGO_ENABLED=1 go test -race -gcflags=modernc.org/sqlite/lib=-race=false -timeout 20m -vet=off -ldflags=-w "${which[@]}" \
  $(printf '%s\n' "${packages[@]}" | sort -u)
