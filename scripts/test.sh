#!/usr/bin/env bash
# Runs every test. Installs what the tests need and the machine lacks (ffmpeg,
# chromium, PostgreSQL) by apt, when run as root or with passwordless sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

need=()
command -v ffmpeg >/dev/null 2>&1 || need+=(ffmpeg)
command -v chromium >/dev/null 2>&1 || need+=(chromium)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || need+=(postgresql)
if [ ${#need[@]} -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  echo "installing ${need[*]}" >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

# The binary needs no C compiler; neither do its tests.
export CGO_ENABLED=0
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt these: $unformatted" >&2; exit 1; }
go vet ./...
# Browsers play films in real time and get the machine for themselves, at the end.
browser=$(bash scripts/browser-packages.sh)
go test -timeout 11m $(go list ./... | grep -vxF "$browser")
go test -timeout 11m -p 1 $browser
