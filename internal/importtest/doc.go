// Package importtest keeps the arrows of the house pointing down: its test
// reads the imports of every package of the module and fails when one breaks
// the table in arrows_test.go. docs/architecture.md draws that table; change
// the code, the table and the drawing in one commit.
package importtest
