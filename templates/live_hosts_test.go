//go:build unix

package templates

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere is a site beside the app's, as a web server has them: what is not
// for the app's own host goes there.
var elsewhere = map[string][]string{
	"nginx":    {"server {\n", "server {\n    listen 80;\n    return 404;\n}\n\nserver {\n"},
	"apache":   {"\n<VirtualHost *:80>\n", "\n<VirtualHost *:80>\n    ServerName other.example\n    Redirect 404 /\n</VirtualHost>\n\n<VirtualHost *:80>\n"},
	"lighttpd": nil,
	"haproxy":  nil,
	"caddy":    {"\n\t@hello path", "\n\tbind 127.0.0.1\n\t@hello path"},
}

// Whatever form the domain has, each server takes the snippet, and requests for
// it reach the app.
func TestLiveHosts(t *testing.T) {
	live(t)
	tests := []struct{ domain, host string }{
		{"2001:db8::1", "[2001:db8::1]"},
		{"::1", "[::1]"},
		{"::ffff:192.0.2.1", "[::ffff:192.0.2.1]"},
		{"192.0.2.1", "192.0.2.1"},
		{"WWW.Example.ORG", "www.example.org"},
	}
	for _, tt := range tests {
		for _, d := range web.deployments() { // the snippets are the same for all
			server, _, _ := strings.Cut(d.name, "/")
			if d.way() != "" && d.way() != "unix" {
				continue
			}
			t.Run(tt.domain+"/"+d.column(), func(t *testing.T) {
				p := d.newProject(t, "func", "/", "domain="+tt.domain)
				b := d.run(t, p)
				f := d.server(t, filepath.Join(p.deploy, d.snippet), nil, append(b.places, elsewhere[server]...)...)
				for _, host := range []string{tt.host, strings.ToUpper(tt.host), tt.host + ":80"} {
					if got := askHost(t, f.url, host); got != 200 {
						t.Errorf("Host: %s: %d, want 200", host, got)
					}
				}
				for _, host := range []string{"[2001:db8::2]", "192x0.2.1", "wwwxexample.org"} {
					if got := askHost(t, f.url, host); got == 200 {
						t.Errorf("Host: %s reaches the app, which is %s", host, tt.host)
					}
				}
			})
		}
	}
}

// askHost asks for the root of a host and returns the status, or 0 for an empty
// answer, with which Caddy answers for hosts that it does not have.
func askHost(t *testing.T, url, host string) int {
	t.Helper()
	request, err := http.NewRequest("GET", url+"/", nil)
	check(t, err)
	request.Host = host
	response, err := client.Do(request)
	check(t, err)
	defer response.Body.Close()
	if response.ContentLength == 0 {
		return 0
	}
	return response.StatusCode
}
