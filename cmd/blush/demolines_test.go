package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"blush.example/blush/client"
)

// demolines runs blush demo with its arguments until it serves, opens every
// address that it printed, runs the shell commands unchanged, and interrupts it.
func demolines() {
	if err := runDemo(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demolines:", err)
		os.Exit(1)
	}
}

// The size of a terminal that the demo's output must fit.
const terminalWidth, terminalLines = 80, 25

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
	var shell []string
	var said strings.Builder
	forShell, serving := false, false
	for in := bufio.NewScanner(out); !serving && in.Scan(); {
		line := in.Text()
		fmt.Println(line)
		fmt.Fprintln(&said, line)
		serving = strings.HasPrefix(line, "Serving until")
		if forShell && !serving {
			shell = append(shell, line)
		}
		forShell = forShell || strings.HasPrefix(line, "In a shell")
	}
	if !serving {
		return fmt.Errorf("the demo ended before it served: %v", demo.Wait())
	}
	dir := regexp.MustCompile(`data in (\S+)`).FindStringSubmatch(said.String())[1]
	lines := 0
	for line := range strings.Lines(strings.ReplaceAll(said.String(), dir, "/tmp/blush-demo-4077054431")) {
		lines += max(1, (utf8.RuneCountInString(strings.TrimSuffix(line, "\n"))+terminalWidth-1)/terminalWidth)
	}
	if lines > terminalLines {
		return fmt.Errorf("%d lines of a terminal, want at most %d", lines, terminalLines)
	}
	if err := openAll(filepath.Join(dir, "tls", "ca.pem"), regexp.MustCompile(`(?m)^  https://\S+`).FindAllString(said.String(), -1)); err != nil {
		return err
	}
	if len(shell) > 0 {
		if err := runLines(shell); err != nil {
			return err
		}
	}
	if err := demo.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return demo.Wait()
}

// openAll opens pages as a browser does.
func openAll(ca string, addresses []string) error {
	trusting, err := trust(ca)
	if err != nil {
		return err
	}
	for _, address := range addresses {
		resp, err := trusting.Get(strings.TrimSpace(address))
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return err
		}
		fmt.Println("opened", resp.StatusCode, resp.Request.URL.Path, strings.Contains(resp.Request.URL.RawQuery, "token="))
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", address, resp.Status)
		}
	}
	return nil
}

// runLines runs lines in a shell in which every answer that is no success ends it.
func runLines(lines []string) error {
	home, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("fail\nsilent\nshow-error\nwrite-out = \"\\n\"\n"), 0o600); err != nil {
		return err
	}
	sh := exec.Command("sh", "-e", "-c", strings.Join(lines, "\n"))
	sh.Env = append(os.Environ(), "CURL_HOME="+home)
	sh.Stdout, sh.Stderr = os.Stdout, os.Stderr
	return sh.Run()
}

func TestDemoWithoutCurl(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var said strings.Builder
	printDemoLines(&said, "https://localhost:8443", "ca.pem", &demoMade{api: &client.Client{}})
	if text := said.String(); strings.Contains(text, "curl") || strings.Contains(text, "export") || !strings.Contains(text, "/demo/dashboard") {
		t.Errorf("without curl it says\n%s", text)
	}
}
