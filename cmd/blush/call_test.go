package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// call is the part of curl that the stories need, so that they run where there
// is no curl: call [--cacert FILE] [-X METHOD] [-H HEADER]... [-d BODY | -d @FILE | -F NAME=@FILE] URL.
// It prints the status and the body. It waits up to a minute for a server that is not there yet.
func call() {
	if err := doCall(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "call:", err)
		os.Exit(1)
	}
}

func doCall(args []string) error {
	var method, url, data, kind string
	header := http.Header{}
	transport := &http.Transport{ForceAttemptHTTP2: true}
	for len(args) > 0 {
		if len(args) == 1 {
			url, args = args[0], nil
			continue
		}
		v := args[1]
		switch args[0] {
		case "--cacert":
			pem, err := awaited(v)
			if err != nil {
				return err
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(pem)
			transport.TLSClientConfig = &tls.Config{RootCAs: pool}
		case "-X":
			method = v
		case "-H":
			name, value, _ := strings.Cut(v, ": ")
			header.Add(name, value)
		case "-d":
			data = v
			if file, ok := strings.CutPrefix(v, "@"); ok {
				b, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				data = string(b)
			}
			kind = "application/json"
		case "-F":
			name, file, _ := strings.Cut(v, "=@")
			var err error
			if data, kind, err = form(name, file); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown flag %s", args[0])
		}
		args = args[2:]
	}
	if method == "" {
		method = http.MethodGet
		if data != "" {
			method = http.MethodPost
		}
	}
	var resp *http.Response
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequest(method, url, strings.NewReader(data))
		if err != nil {
			return err
		}
		req.Header = header
		if kind != "" {
			req.Header.Set("Content-Type", kind)
		}
		resp, err = (&http.Client{Transport: transport}).Do(req)
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "connection refused") || time.Now().After(deadline) {
			return err
		}
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode)
	_, err := io.Copy(os.Stdout, resp.Body)
	fmt.Println()
	return err
}

// awaited reads a file that a server is about to write.
func awaited(name string) ([]byte, error) {
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		b, err := os.ReadFile(name)
		if len(b) > 0 || time.Now().After(deadline) {
			return b, err
		}
	}
}

func form(name, file string) (body, kind string, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(name, filepath.Base(file))
	if err != nil {
		return "", "", err
	}
	part.Write(content)
	w.Close()
	return b.String(), w.FormDataContentType(), nil
}
