package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// demolines runs blush demo with its arguments until it serves, then every curl
// line that it printed, as it stands, and ends it with an interrupt.
func demolines() {
	if err := runDemo(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demolines:", err)
		os.Exit(1)
	}
}

func runDemo(args []string) error {
	demo := exec.Command("blush", append([]string{"demo"}, args...)...)
	demo.Stderr = os.Stderr
	out, err := demo.StdoutPipe()
	if err != nil {
		return err
	}
	if err := demo.Start(); err != nil {
		return err
	}
	defer demo.Process.Kill()
	var lines []string
	serving := false
	for in := bufio.NewScanner(out); !serving && in.Scan(); {
		fmt.Println(in.Text())
		if line, ok := strings.CutPrefix(in.Text(), "  curl "); ok {
			lines = append(lines, line)
		}
		serving = strings.HasPrefix(in.Text(), "Serving until")
	}
	if !serving {
		return fmt.Errorf("the demo ended before it served: %v", demo.Wait())
	}
	for _, line := range lines {
		fmt.Println("curl " + line)
		call := exec.Command("sh", "-c", "curl --fail --silent --show-error "+line)
		call.Stdout, call.Stderr = os.Stdout, os.Stderr
		if err := call.Run(); err != nil {
			return fmt.Errorf("curl %s: %w", line, err)
		}
		fmt.Println()
	}
	if err := demo.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return demo.Wait()
}
