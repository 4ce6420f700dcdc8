#!/usr/bin/env bash
# Checks the sources without running them: formatting, go.mod, the linter, and
# the types of the browser scripts. Needs Go and npm; the first run
# builds the linter, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/settings.sh
linter=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt these: $unformatted" >&2; exit 1; }

# The types of the browser scripts are checked beside the rest.
typescript=typescript@$(sed -n 's/.*"typescript": "\([^"]*\)".*/\1/p' web/components/package.json)
npm exec --yes --package="$typescript" -- tsc -p web &
types=$!

go mod tidy -diff || { echo "go.mod or go.sum is not what the code needs: run go mod tidy" >&2; exit 1; }
# The tests do not build load, which is a separate module.
(cd load && go mod tidy -diff && go vet ./...) || { echo "load cannot be built: run go mod tidy there" >&2; exit 1; }

go run "$linter" version >/dev/null || { echo "the linter cannot be built: $linter" >&2; exit 1; }
for module in . load; do
  (cd "$module" && go run "$linter" run --allow-parallel-runners)
done

wait "$types" || { echo "web: types are wrong, or npm could not get $typescript" >&2; exit 1; }
