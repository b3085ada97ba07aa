//go:build unix

package templates

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// snippets are where a site's own configuration is installed.
var snippets = map[string]string{
	"nginx": "/etc/nginx/conf.d/hello.conf", "apache": "/etc/apache2/sites-available/hello.conf",
	"lighttpd": "/etc/lighttpd/conf-enabled/50-hello.conf", "caddy": "/etc/caddy/hello.caddy", "haproxy": "/etc/haproxy/conf.d/hello.cfg",
}

// The README's steps to TLS, after all others: the app sees HTTPS, what comes by
// http is led there, but for the path by which a certificate is renewed.
func TestDeployReadmeTLS(t *testing.T) {
	live(t)
	for _, p := range []play{
		{web, "nginx", "http", true, "/"}, {web, "nginx", "fcgi", false, "/"}, {web, "nginx", "scgi", false, "/app"}, {web, "nginx", "cgi", true, "/"},
		{web, "apache", "http", false, "/"}, {web, "apache", "fcgi", true, "/"}, {web, "apache", "scgi", false, "/app"}, {web, "apache", "cgi", false, "/"},
		{web, "lighttpd", "http", true, "/"}, {web, "lighttpd", "fcgi", false, "/"}, {web, "lighttpd", "scgi", true, "/app"}, {web, "lighttpd", "cgi", false, "/"},
		{web, "caddy", "http", true, "/app"}, {web, "caddy", "fcgi", false, "/"}, {web, "haproxy", "http", false, "/app"}, {web, "haproxy", "fcgi", true, "/"},
	} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, p.systemd)
			m.certify()
			readme := m.deploy(p, "hello", "style=demo")
			commands := commandsOf(t, readme, "5. TLS")
			for _, command := range commands {
				m.do(command)
				if strings.HasPrefix(command, "sed ") && p.server == "caddy" { // it cannot get one by itself here
					m.do(`sed -i 's,^example.com {,&\n\ttls /etc/caddy/cert.pem /etc/caddy/key.pem,' ` + snippets["caddy"])
				}
			}
			m.seeTLS(p)
			for _, command := range commands { // certbot renews
				if strings.HasPrefix(command, "certbot ") {
					m.do(command)
				}
			}
			m.seeTLS(p)
			if p.server == "haproxy" {
				return // it has no files
			}
			m.do("mkdir /opt/hello/static && echo a file >/opt/hello/static/file.txt") // as the snippet says
			m.do("sed -i 's/#static //' " + snippets[p.server])
			m.do(commands[len(commands)-1])
			mount := strings.TrimSuffix(p.mount, "/")
			m.see(curlTLS+"https://example.com"+mount+"/static/file.txt", "^a file\n")
			m.see(curlTLS+"https://example.com"+mount+"/static", `^Hello world!\n`)
			m.see("curl -s -o /dev/null -w '%{http_code}\n' -H 'Host: example.com' http://localhost"+mount+"/static/file.txt", "^308\n")
		})
	}
}

const curlTLS = "curl -sk --resolve example.com:443:127.0.0.1 "

// seeTLS waits until the app is seen by https, and http leads there.
func (m *machine) seeTLS(p play) {
	m.Helper()
	mount := strings.TrimSuffix(p.mount, "/")
	m.see(curlTLS+"https://example.com"+mount+"/a", `(?s)^Hello world!\n.*\nHTTPS = on\n`)
	m.see(curlTLS+"-o /dev/null -w '%{http_version}\n' https://example.com"+mount+"/", "^2\n")
	targets := []string{mount + "/a%2Fb%20c?x=%2F&y", mount + "/a%3Fb%25?", mount + "/"}
	if p.server == "lighttpd" {
		targets = []string{mount + "/a%20c?x=1&y", mount + "/a%3Fb%25", mount + "/"} // it decodes a slash that is written %2F
	}
	for _, target := range targets {
		m.see("curl -s -i -H 'Host: example.com' 'http://localhost"+target+"'", `(?s)^HTTP/1.1 308 .*\n[Ll]ocation: `+regexp.QuoteMeta("https://example.com"+target)+`\r\n`)
	}
}

// certbot --nginx edits the snippet itself, like this: the site moves to port 443,
// and another server leads there from port 80.
func TestCertbotNginx(t *testing.T) {
	live(t)
	m := newMachine(t, false)
	m.certify()
	readme := m.deploy(play{web, "nginx", "fcgi", false, "/"}, "hello", "style=demo")
	m.do(commandsOf(t, readme, "5. TLS")[1])
	const conf = "/etc/nginx/conf.d/hello.conf"
	m.do("sed -i -e '/^    listen 80;/d' -e 's|^    listen \\[::\\]:80;|" +
		`    listen [::]:443 ssl ipv6only=on; # managed by Certbot\n    listen 443 ssl; # managed by Certbot\n` +
		`    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem; # managed by Certbot\n` +
		`    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem; # managed by Certbot|' ` + conf)
	m.do(`printf 'server {\n    if ($host = example.com) {\n        return 301 https://$host$request_uri;\n    } # managed by Certbot\n\n` +
		`    listen 80;\n    listen [::]:80;\n    server_name example.com;\n    return 404; # managed by Certbot\n}\n' >>` + conf)
	m.do("nginx -t && nginx -s reload")
	m.see(curlTLS+"https://example.com/a", `(?s)^Hello world!\n.*\nHTTPS = on\n`)
	m.see("curl -s -i -H 'Host: example.com' http://localhost/a?b", `(?s)^HTTP/1.1 301 .*\nLocation: https://example.com/a\?b\r\n`)
}

// certify puts a certbot of ours on the machine, with a certificate.
func (m *machine) certify() {
	m.Helper()
	c := newCertificate(m.T)
	script, err := filepath.Abs("testdata/live/certbot.sh")
	check(m.T, err)
	m.do("mkdir -m 700 /root/certificate && cp " + c.cert + " /root/certificate/cert.pem && cp " + c.key + " /root/certificate/key.pem")
	m.do("install -m 644 /root/certificate/*.pem /etc/caddy/")
	m.do("install -m 755 " + script + " /usr/local/bin/certbot")
}
