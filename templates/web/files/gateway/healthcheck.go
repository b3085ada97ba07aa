package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// Healthcheck asks the running app for path (below the mount) over HTTP, at
// the first of o's addresses that serves it, and returns nil on a status of
// 2xx. It is what a container's health check runs; no redirect is followed
// and no proxy asked. It gives up after 5 s, well below the 30 s of Docker.
func Healthcheck(ctx context.Context, o Options, path string) error {
	mount, err := cleanMount(o.Mount)
	a, notServed := o.filled().healthAddress()
	if err = errors.Join(err, notServed); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+mount+"/"+strings.TrimPrefix(path, "/"), nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, a.network, a.where) // whatever the URL says
	}}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("health check %s: %w", a, err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("health check %s: %s answered %s", a, r.URL.Path, resp.Status)
	}
	return nil
}

// healthAddress finds the address that o's server speaks HTTP at. It is
// another process than the server, so what this one inherited says nothing.
func (o Options) healthAddress() (address, error) {
	all, err := parseListen(o.Listen)
	if o.Listen == "" {
		all, err = o.parseDefault()
	}
	for _, a := range all {
		if cmp.Or(a.transport, o.Transport, "http") == "http" {
			return a, nil
		}
	}
	return address{}, cmp.Or(err, fmt.Errorf("nothing at %q serves http; add an address such as http+tcp:localhost:8000", cmp.Or(o.Listen, o.DefaultListen)))
}
