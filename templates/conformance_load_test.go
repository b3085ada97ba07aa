//go:build unix

package templates

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// loadCases are about many clients.
var loadCases = []conformance{
	{"200 clients at once", affordable, crowd(200)},
	{"1000 clients at once", ownSocket, crowd(1000)},
	{"1000 clients, 256 descriptors", both(ownSocket, telling), func(s *site) error {
		socket := filepath.Join(workDir(s.T), "s")
		app := start(s.T, "/bin/sh", "-c", "ulimit -n 256; exec "+s.p.shell("--transport", s.d.transport(), "--listen", "unix:"+socket))
		waitFor(s.T, app, "unix", socket)
		defer app.stop(s.T)
		short := *s
		short.b = onUnix(app, socket)
		short.replaceFront()
		defer short.f.stop(s.T)
		return crowd(1000)(&short)
	}},
}

// crowd sends requests that are in flight together, each over a connection of
// its own.
func crowd(clients int) func(*site) error {
	return func(s *site) error {
		var t tally
		var wait sync.WaitGroup
		s.send(clients, s.brief(), &t, &wait)
		wait.Wait()
		return t.err()
	}
}

// brief is what each of many requests takes, which take it one after the other where
// one is answered at a time.
func (s *site) brief() time.Duration {
	if s.d.oneByOne {
		return time.Millisecond
	}
	return 50 * time.Millisecond
}

// A tally counts requests, and keeps the first error.
type tally struct {
	mu            sync.Mutex
	total, failed int
	first         error
}

func (t *tally) add(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total++
	if err != nil {
		t.failed++
		if t.first == nil {
			t.first = err
		}
	}
}

func (t *tally) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

func (t *tally) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d requests failed: %w", t.failed, t.total, t.first)
}

// underLoad calls change while clients send requests without a break, half of
// them over connections that they keep.
func (s *site) underLoad(method string, change func() error) error {
	const clients = 16
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	keeps := &http.Client{Timeout: hang, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	fresh := &http.Client{Timeout: hang, Transport: &http.Transport{DisableKeepAlives: true}} // no second try, either
	defer keeps.CloseIdleConnections()
	var t tally
	var answered atomic.Int64
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() {
			c := keeps
			if i%2 == 0 {
				c = fresh
			}
			for ctx.Err() == nil {
				err := fetch(c, method, s.f.url+"/app/unread")
				t.add(err)
				answered.Add(1)
			}
		})
	}
	err := change()
	for was := answered.Load(); answered.Load() < was+2*clients && err == nil; { // and some of the time after
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	wait.Wait()
	if err == nil {
		err = t.err()
	}
	return err
}

func fetch(c *http.Client, method, url string) error {
	var sent io.Reader
	if method == http.MethodPost {
		sent = strings.NewReader("once")
	}
	request, err := http.NewRequest(method, url, sent)
	if err != nil {
		return err
	}
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, body: string(body), err: err}.is(200, "hello\n")
}
