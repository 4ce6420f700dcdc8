// Package freeport finds free ports for test programs that must know their port before they listen.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// The ports lie below those that Linux gives to connections and to listeners that ask for any (from 32768), so that none of
// these takes one before the program listens. Browsers allow all of them.
const first, count = 12000, 20000

var next atomic.Uint32

func init() { next.Store(rand.Uint32N(count)) } // another one in each process

// On returns a port of a host at which nobody listens, a different one on each call.
func On(host string) (port string, err error) {
	for range count {
		port = strconv.Itoa(first + int(next.Add(1)%count))
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			return port, l.Close()
		}
	}
	return "", fmt.Errorf("no port of %s from %d to %d is free", host, first, first+count-1)
}
