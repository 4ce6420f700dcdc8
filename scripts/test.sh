#!/usr/bin/env bash
# Checks the sources (lint.sh) and runs every test, and some under the race detector (race.sh). Installs what they need and the
# machine lacks (ffmpeg, chromium, chromium-headless-shell, curl, npm, make, a JDK, poppler, PostgreSQL, BioSig, gcc, Python with httpx, hatchling and mypy) by apt, when run
# as root or with passwordless sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

need=()
command -v ffmpeg >/dev/null 2>&1 || need+=(ffmpeg)
command -v chromium >/dev/null 2>&1 || need+=(chromium)
command -v chromium-headless-shell >/dev/null 2>&1 || need+=(chromium-headless-shell)
command -v curl >/dev/null 2>&1 || need+=(curl)
command -v npm >/dev/null 2>&1 || need+=(npm)
command -v make >/dev/null 2>&1 || need+=(make) # the documents name its targets
command -v javac >/dev/null 2>&1 || need+=(default-jdk-headless) # java and keytool, which the documents call
command -v pdftotext >/dev/null 2>&1 || need+=(poppler-utils)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || need+=(postgresql)
python=missing
for p in python3 /usr/bin/python3; do
  "$p" -c "import httpx, hatchling, ensurepip, mypy, sys; assert sys.version_info >= (3, 11)" 2>/dev/null && python=$p
done
[ "$python" != missing ] || need+=(python3-venv python3-httpx python3-hatchling mypy)
command -v save2gdf >/dev/null 2>&1 || need+=(biosig-tools)
echo '#include <pthread.h>' | gcc -E - >/dev/null 2>&1 || need+=(gcc libc6-dev) # only for the race detector
if [ ${#need[@]} -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  echo "installing ${need[*]}" >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

# The TypeScript client needs Node.js 20. The 18 of Debian 12 has what is missing behind a flag.
case $(node --version) in v18.*) export NODE_OPTIONS=--experimental-global-webcrypto ;; esac

bash scripts/lint.sh
source scripts/settings.sh
# Two packages run at a time, those with the longest tests first, and the race detector beside them. With
# four at a time, the same tests took a fifth more processor time and a sixth longer on two cores.
race=$(mktemp)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$race"' EXIT
bash scripts/race.sh >"$race" 2>&1 &
green=true
# go vet has run in lint.sh; -w leaves out what only a debugger reads, which makes linking faster.
go test -timeout 20m -p 2 -vet=off -ldflags=-w ./internal/web ./internal/server ./clients ./docs ./blushtest/browser ./cmd/blush ./face \
  ./internal/gallery ./internal/store ./internal/scan ./video ./engine ./... || green=false
wait $! || green=false
echo "Under the race detector:"
cat "$race"
$green
