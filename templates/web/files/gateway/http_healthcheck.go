package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthTimeout bounds a check whose context has no deadline, well below the
// 30 s that Docker waits.
const healthTimeout = 5 * time.Second

// Healthcheck asks the running app for path (below the mount) over HTTP, at
// the first of o's addresses that serves it, and returns nil on a status of
// 2xx. It is what a container's health check runs; no redirect is followed
// and no proxy asked. It gives up after 5 s where ctx sets no deadline.
func Healthcheck(ctx context.Context, o Options, path string) error {
	a, mount, err := healthTarget(o)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+mount+"/"+strings.TrimPrefix(path, "/"), nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	resp, err := healthTransport(a).RoundTrip(r)
	if err != nil {
		return fmt.Errorf("health check %s: %w", a, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("health check %s: %s answered %s", a, r.URL.Path, resp.Status)
	}
	return nil
}

// healthTarget finds the address that o's server speaks HTTP at. It is
// another process than the server, so what this one inherited says nothing.
func healthTarget(o Options) (address, string, error) {
	o = o.filled()
	mount, err := cleanMount(o.Mount)
	if err != nil {
		return address{}, "", err
	}
	list := o.Listen
	if list == "" {
		list = o.DefaultListen
	}
	all, err := parseListen(list)
	if err != nil {
		return address{}, "", err
	}
	for _, a := range all {
		if a.transport == "http" || a.transport == "" && (o.Transport == "" || o.Transport == "http") {
			return a, mount, nil
		}
	}
	return address{}, "", fmt.Errorf("nothing at %q serves http; add an address such as http+tcp:localhost:8000", list)
}

// healthTransport connects to a, whatever the request's URL says.
func healthTransport(a address) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, a.network, a.dialable())
		},
	}
}

// dialable turns the wildcard of "tcp::8000" or "tcp:0.0.0.0:8000" into an
// address that can be connected to.
func (a address) dialable() string {
	if a.network != "tcp" {
		return a.where
	}
	switch host, port, _ := net.SplitHostPort(a.where); host {
	case "", "0.0.0.0":
		return net.JoinHostPort("127.0.0.1", port)
	case "::":
		return net.JoinHostPort("::1", port)
	}
	return a.where
}
