# Settings of Go for the scripts that check and test. Each of them sources this file.

# The binary needs no C compiler; neither do its tests, except under the race detector. Another setting would build the linter again.
export CGO_ENABLED=0
# Without the paths of this clone in them, compiled packages and findings of the linter stay in Go's cache for another clone.
GOFLAGS=$(go env GOFLAGS)
[[ $GOFLAGS == *-trimpath* ]] || GOFLAGS+=" -trimpath"
export GOFLAGS
# Compilers, tests and the servers that they start are short-lived, so they collect garbage less often than by default.
export GOGC=400 GOMEMLIMIT=4GiB
