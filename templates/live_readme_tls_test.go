//go:build unix

package templates

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README's steps to TLS, after all others: the app sees HTTPS, what comes by
// http is led there, but for the path by which a certificate is renewed.
func TestDeployReadmeTLS(t *testing.T) {
	live(t)
	for _, p := range []play{
		{"nginx", "http", true, "/"}, {"nginx", "fcgi", false, "/"}, {"nginx", "scgi", false, "/app"}, {"nginx", "cgi", true, "/"},
		{"apache", "http", false, "/"}, {"apache", "fcgi", true, "/"}, {"apache", "scgi", false, "/app"}, {"apache", "cgi", false, "/"},
	} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, p.systemd)
			m.certify()
			readme := m.deploy(p, "hello", "style=demo")
			m.play(readme, "5. TLS")
			mount := strings.TrimSuffix(p.mount, "/")
			const curl = "curl -sk --resolve example.com:443:127.0.0.1 "
			m.see(curl+"https://example.com"+mount+"/a", `(?s)^Hello world!\n.*\nHTTPS = on\n`)
			m.see(curl+"-o /dev/null -w '%{http_version}\n' https://example.com"+mount+"/", "^2\n")
			for _, target := range []string{mount + "/a%2Fb%20c?x=%2F&y", mount + "/a%3Fb%25?", mount + "/"} {
				m.see("curl -s -i -H 'Host: example.com' 'http://localhost"+target+"'", `(?s)^HTTP/1.1 308 .*\nLocation: `+regexp.QuoteMeta("https://example.com"+target)+`\r\n`)
			}
			m.do(commandsOf(t, readme, "5. TLS")[1]) // certbot renews

			m.do("mkdir /opt/hello/static && echo a file >/opt/hello/static/file.txt") // as the snippet says
			m.do("sed -i 's/#static //' /etc/nginx/conf.d/hello.conf /etc/apache2/sites-available/hello.conf || true")
			commands := commandsOf(t, readme, "5. TLS")
			m.do(commands[len(commands)-1])
			m.see(curl+"https://example.com"+mount+"/static/file.txt", "^a file\n")
			m.see(curl+"https://example.com"+mount+"/static", `^Hello world!\n`)
		})
	}
}

// certify puts a certbot of ours on the machine, with a certificate.
func (m *machine) certify() {
	m.Helper()
	c := newCertificate(m.T)
	script, err := filepath.Abs("testdata/live/certbot.sh")
	check(m.T, err)
	m.do("mkdir -m 700 /root/certificate && cp " + c.cert + " /root/certificate/cert.pem && cp " + c.key + " /root/certificate/key.pem")
	m.do("install -m 755 " + script + " /usr/local/bin/certbot")
}
