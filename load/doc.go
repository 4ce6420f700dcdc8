// Package load measures what servers of this program carry: the real binary on
// loopback, on SQLite and on PostgreSQL, with one server and with two. It is run by
// `make load` and ends by itself. Vegeta sends the requests. It is a module of its own, so
// that the program does not require what it needs.
package load
