//go:build unix

package templates

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A reply is what came back, to the byte: Go's client would neither send every
// request of these tests nor show every answer.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body: it was cut
	closes bool  // the server closes the connection
}

// connect opens a connection from 127.0.0.2, so that the client's address is
// not everybody's.
func (s *site) connect() (net.Conn, error) {
	d := net.Dialer{Timeout: hang, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, clientByte)}}
	c, err := d.Dial("tcp", s.host)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(s.patience)); err != nil {
		return nil, err
	}
	if strings.HasPrefix(s.f.url, "https:") {
		c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // a certificate of our own
	}
	return c, nil
}

// head writes a request's head. The fields are lines; one that begins with
// Host: takes the usual one's place.
func (s *site) head(method, target string, fields ...string) string {
	if !strings.HasPrefix(strings.Join(fields, "\n"), "Host:") {
		fields = append([]string{"Host: " + s.host}, fields...)
	}
	return method + " " + target + " HTTP/1.1\r\n" + strings.Join(fields, "\r\n") + "\r\n\r\n"
}

// get sends a request without a body over a connection of its own.
func (s *site) get(target string, fields ...string) (reply, error) {
	return s.raw(s.head("GET", target, append(fields, "Connection: close")...))
}

func (s *site) raw(request string) (reply, error) {
	c, err := s.connect()
	if err != nil {
		return reply{}, err
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return reply{}, err
	}
	method, _, _ := strings.Cut(request, " ")
	return readAnswer(bufio.NewReader(c), method)
}

// readAnswer reads one answer, past those that are not final.
func readAnswer(br *bufio.Reader, method string) (reply, error) {
	for {
		response, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				err = errors.New("for too long")
			}
			return reply{}, fmt.Errorf("no answer: %w", err)
		}
		if response.StatusCode < 200 {
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		return reply{response.StatusCode, response.Header, string(body), err, response.Close}, nil
	}
}

// follow sends requests over one connection, and returns the last answer: what
// came before has left the connection in order.
func (s *site) follow(method, target string) (first, second reply, err error) {
	c, err := s.connect()
	if err != nil {
		return first, second, err
	}
	defer c.Close()
	br := bufio.NewReader(c)
	if _, err = io.WriteString(c, s.head(method, target)); err != nil {
		return first, second, err
	}
	if first, err = readAnswer(br, method); err != nil || first.closes {
		return first, reply{status: 200, body: "hello\n"}, err // there is no second
	}
	if _, err = io.WriteString(c, s.head("GET", "/app/")); err != nil {
		return first, second, err
	}
	second, err = readAnswer(br, "GET")
	return first, second, err
}

// A view is what the app says about the request that reached it.
type view map[string]string

// view asks for a target below /app/echo/.
func (s *site) view(target string, fields ...string) (view, error) {
	a, err := s.get(target, fields...)
	if err != nil {
		return nil, err
	}
	return a.view()
}

func (a reply) view() (view, error) {
	v := view{}
	for line := range strings.Lines(a.body) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		v[key] = value
	}
	if _, fromApp := v["sha256"]; a.status != 200 || !fromApp {
		return nil, fmt.Errorf("status %d, not from the app: %.60q", a.status, a.body)
	}
	return v, nil
}

// want compares keys and values.
func (v view) want(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if v[pairs[i]] != pairs[i+1] {
			return fmt.Errorf("%s %q, want %q", pairs[i], v[pairs[i]], pairs[i+1])
		}
	}
	return nil
}

// is compares status and body.
func (a reply) is(status int, body string) error {
	if a.status != status || a.body != body || a.err != nil {
		return fmt.Errorf("status %d, body %.60q, %v; want %d %.60q", a.status, a.body, a.err, status, body)
	}
	return nil
}

func (s *site) hello() error {
	a, err := s.get("/app/")
	if err != nil {
		return err
	}
	return a.is(200, "hello\n")
}
