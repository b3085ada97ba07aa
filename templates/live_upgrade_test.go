//go:build unix

package templates

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// WebSocket comes through, once the snippet says what the project's README tells.
func TestWebSocketCanBeHad(t *testing.T) {
	live(t)
	for name, place := range map[string][]string{
		"nginx/http/unix":    {`Connection "";`, `Connection "upgrade"; proxy_set_header Upgrade $http_upgrade;`},
		"apache/http/unix":   {"nocanon disablereuse=on", "nocanon disablereuse=on upgrade=websocket"},
		"lighttpd/http/unix": {"server.max-request-size", "proxy.header = ( \"upgrade\" => \"enable\" )\n    server.max-request-size"},
		"caddy/http/unix":    nil,
		"haproxy/http/unix":  {"timeout server 75s", "timeout server 75s\n    timeout tunnel 1h"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, web.deployment(name))
			s.b.places = append(s.b.places, place...)
			s.replaceFront()
			if err := s.echoesByWebSocket(); err != nil {
				t.Error(err)
			}
			if got, err := s.get("/app/"); err != nil || got.body != "hello\n" { // the others are served as before
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// echoesByWebSocket shakes hands as RFC 6455, section 1.3, does, and has a line
// come back.
func (s *site) echoesByWebSocket() error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	fields := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	if _, err := io.WriteString(c, s.head("GET", "/app/upgrade", fields...)); err != nil {
		return err
	}
	br := bufio.NewReader(c)
	response, err := http.ReadResponse(br, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("no 101: %v, %v", response, err)
	}
	if _, err := io.WriteString(c, "to and fro\n"); err != nil {
		return err
	}
	if line, err := br.ReadString('\n'); line != "to and fro\n" {
		return fmt.Errorf("%q came back, %v", line, err)
	}
	return nil
}
