#!/usr/bin/env bash
# Renames the Go module everywhere: scripts/rename-module.sh example.org/you/blush
set -euo pipefail
cd "$(dirname "$0")/.."
new=${1:-}
case $new in
*.*/*) ;;
*) echo "usage: scripts/rename-module.sh MODULE, for example example.org/you/blush" >&2; exit 2 ;;
esac
old=$(sed -n 's/^module //p' go.mod)
git grep -lIF "$old" | xargs sed -i "s#${old//./\\.}#$new#g"
gofmt -w $(git ls-files '*.go')
# The engine for browsers contains the names of its packages: build it again.
go run ./web/wasm/build
echo "$old is now $new"
