// Package importtest tests which packages may import which. It reads the imports
// of every package of the module and fails when one is not allowed by the table in
// arrows_test.go, when nobody uses one that is allowed, or when docs/architecture.md
// says something else. Change the code, the table and the document in one commit.
package importtest
