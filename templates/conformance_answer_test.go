//go:build unix

package templates

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// answerCases are about what the app answers.
var answerCases = []conformance{
	{"HEAD has no body", nil, func(s *site) error { return s.bodyless("HEAD", "/app/", 200) }},
	{"204 has no body", nil, func(s *site) error { return s.bodyless("GET", "/app/status/204", 204) }},
	{"304 has no body", nil, func(s *site) error { return s.bodyless("GET", "/app/status/304", 304) }},
	{"201 with a Location", nil, func(s *site) error {
		a, err := s.get("/app/created")
		if err == nil {
			err = a.is(201, "created\n")
		}
		if err == nil && !strings.HasSuffix(a.header.Get("Location"), "/app/elsewhere") {
			err = fmt.Errorf("Location %q", a.header.Get("Location"))
		}
		return err
	}},
	{"7 KB of cookies in the answer", nil, func(s *site) error {
		a, err := s.get("/app/cookies")
		if err == nil {
			err = a.is(200, "hello\n")
		}
		if n := len(a.header.Values("Set-Cookie")); err == nil && n != 14 {
			err = fmt.Errorf("%d cookies", n)
		}
		return err
	}},
	{"the answer's length is told", nil, func(s *site) error {
		a, err := s.get("/app/")
		if length := a.header.Get("Content-Length"); err == nil && length != "6" {
			err = fmt.Errorf("Content-Length %q", length)
		}
		return err
	}},
	{"streaming with flush", nil, func(s *site) error { return s.atOnce("/app/stream") }},
	{"streaming with X-Accel-Buffering: no", nil, func(s *site) error { return s.atOnce("/app/unbuffered") }},
	{"streaming without delay", affordable, (*site).soon},
	{"flush before write", of(web), func(s *site) error { return s.atOnce("/app/flush") }},
	{"early hints", of(web), func(s *site) error {
		hasty := *s
		hasty.patience = exceptional
		a, err := hasty.get("/app/hints")
		if err != nil {
			return err
		}
		return a.is(200, "hello\n")
	}},
	{"print to standard output", nil, func(s *site) error {
		a, err := s.get("/app/print")
		if err != nil {
			return err
		}
		return a.is(200, "hello\n")
	}},
	{"panic before the first byte", nil, survives("/app/panic")},
	{"handler that ends its goroutine", of(web), survives("/app/goexit")},
	{"panic after the first byte shows", nil, cutShows("/app/cut")},
	{"panic after the first byte, with Content-Length", nil, cutShows("/app/cut?length=200000")},
}

// survives says that what ends a request ends nothing else.
func survives(target string) func(*site) error {
	return func(s *site) error {
		a, err := s.get(target)
		if err != nil {
			return err
		}
		if a.status != 500 || s.b.app != nil && s.b.app.ended() {
			return fmt.Errorf("status %d", a.status)
		}
		return s.hello()
	}
}

// cutShows says that an answer that the app has broken off does not look complete.
func cutShows(target string) func(*site) error {
	return func(s *site) error {
		a, err := s.get(target)
		if err == nil && a.err == nil && a.status < 500 {
			return errors.New("the answer that was cut looks complete")
		}
		if s.b.app != nil && s.b.app.ended() {
			return errors.New("the app has ended")
		}
		return s.hello()
	}
}

// bodyless says that an answer has no body, and that another follows it over
// the same connection.
func (s *site) bodyless(method, target string, status int) error {
	first, second, err := s.follow(method, target)
	if err != nil {
		return err
	}
	if err := first.is(status, ""); err != nil {
		return err
	}
	if status != 200 && first.header.Get("ETag") != `"x"` {
		return errors.New("the app's ETag is lost")
	}
	return second.is(200, "hello\n")
}

// atOnce says that what the app flushes has arrived before the app goes on. A
// second try gives a machine time that has other things to do.
func (s *site) atOnce(target string) error {
	if s.arrives(target, 300*time.Millisecond) == nil {
		return nil
	}
	return s.arrives(target, 2*time.Second)
}

// soon says that what is flushed arrives within 100 ms, which is less than a
// server waits that collects small pieces into a larger one. Tries are many,
// because a machine that has other things to do is late by itself.
func (s *site) soon() error {
	var err error
	for range 20 {
		if err = s.arrives("/app/unbuffered", 100*time.Millisecond); err == nil {
			return nil
		}
	}
	return err
}

// arrives says that what is flushed arrives within a pause of the app's. The last
// line of the body says when the app went on.
func (s *site) arrives(target string, pause time.Duration) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	target = fmt.Sprintf("%s?pause=%d", target, pause.Milliseconds())
	if _, err := io.WriteString(c, s.head("GET", target, "Connection: close")); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	arrived, body := time.Now(), bufio.NewReader(response.Body)
	line, err := body.ReadString('\n')
	if line == "first\n" {
		arrived = time.Now()
		line, err = body.ReadString('\n')
	}
	wentOn, number := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	switch {
	case err != nil || number != nil || response.StatusCode != 200:
		return fmt.Errorf("status %d, line %q, %v", response.StatusCode, line, err)
	case arrived.UnixNano() > wentOn:
		return errors.New("what was flushed is held back")
	}
	return nil
}

// The settings that the docs name for those who want to stream do what they say.
func TestStreamingCanBeHad(t *testing.T) {
	live(t)
	for name, place := range map[string][]string{
		"apache/fcgi/unix":   {`fcgi://localhost/app"`, `fcgi://localhost/app" flushpackets=on`},
		"caddy/fcgi/unix":    {"transport fastcgi", "flush_interval -1\n\t\ttransport fastcgi"},
		"lighttpd/fcgi/unix": {"server.max-request-size", "server.stream-response-body = 1\n    server.max-request-size"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, web.deployment(name))
			s.b.places = append(s.b.places, place...)
			s.replaceFront()
			if err := s.atOnce("/app/stream"); err != nil {
				t.Error(err)
			}
		})
	}
}
