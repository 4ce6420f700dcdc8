package freeport

import (
	"net"
	"strconv"
	"testing"
)

// A port stays free although many others listen on any port meanwhile, and it is given once.
func TestPortStaysFree(t *testing.T) {
	given := map[string]bool{}
	for range 100 {
		port, err := On("localhost")
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := strconv.Atoi(port); given[port] || n < first || n >= first+count {
			t.Fatalf("port %s", port)
		}
		given[port] = true
		any, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		defer any.Close()
		if _, port, _ := net.SplitHostPort(any.Addr().String()); given[port] {
			t.Fatalf("somebody who asked for any port has %s", port)
		}
	}
	for port := range given {
		l, err := net.Listen("tcp", "localhost:"+port)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}

// A port at which somebody listens is left out.
func TestPortInUse(t *testing.T) {
	port, err := On("localhost")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	next.Add(count - 1) // the next one would be the same
	if again, err := On("localhost"); err != nil || again == port {
		t.Errorf("port %s, %v, where somebody listens", again, err)
	}
}
