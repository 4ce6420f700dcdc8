//go:build !js

package main

import "fmt"

func main() { fmt.Println("This program is for browsers: GOOS=js GOARCH=wasm.") }
