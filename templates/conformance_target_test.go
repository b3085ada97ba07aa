//go:build unix

package templates

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// targetCases are about the request line and Host.
var targetCases = []conformance{
	{"GET /", nil, (*site).hello},
	{"query byte-identical", nil, seenAs("/app/echo/?x=1&y=a+b%20c&&z&=;%2f%2F%41'(),*!~")},
	{"%2F and %20 kept", nil, seenAs("/app/echo/a%2Fb%20c")},
	{"UTF-8 path", nil, seenAs("/app/echo/%C3%A9/%E2%82%AC")},
	{"//a///b", nil, seenAs("/app/echo//a///b")},
	{"RequestURI as sent", nil, seenAs("/app/echo/a;b=1/%7Ec@d/e:f,g?", "/app/echo/%41%7e/$&'()*+!=?q=%zz?/", "/app/echo/.../x./")},
	{"//evil.test/x leads nowhere else", nil, staysHere("//evil.test/x", "/app//evil.test/x", "/app//evil.test/..", `/app/\evil.test`)},
	{"/x/../y", nil, seenOrClean("/app/echo/x/../y", "/app/echo/y")},
	{"%2e%2e", nil, seenOrClean("/app/echo/x/%2e%2e/y", "/app/echo/y")},
	{".. leads out of no mount", nil, staysHere("/app/../", "/app/../app/../../etc/passwd", "/app/%2e%2e/%2e%2e/etc/passwd")},
	{"%00", nil, harmless("/app/echo/%00", "/app/%00", "/app/echo/?q=%00")},
	{"%0d%0a injects no header", nil, harmless("/app/echo/%0d%0aX-Evil:%201", "/app/x%0d%0aX-Evil:%201//y", "/app/echo/?q=%0d%0aX-Evil:%201")},
	{"absolute-form target", nil, func(s *site) error {
		v, err := s.view("http://" + s.host + "/app/echo/abs?x=1")
		if err != nil {
			return err
		}
		return v.want("uri", "/app/echo/abs?x=1", "path", "/echo/abs", "query", "x=1", "host", s.host, "url", "")
	}},
	// RFC 9112, section 3.2.2: the target counts, not the field.
	{"absolute-form target and another Host", nil, targetCounts("http")},
	{"absolute-form target of another scheme", nil, targetCounts("HTTP", "x", "s3+a.b-c")},
	{"OPTIONS *", nil, func(s *site) error {
		a, err := s.raw(s.head("OPTIONS", "*", "Connection: close"))
		if err == nil && (a.status >= 500 || a.status < 200 || a.err != nil) {
			err = fmt.Errorf("status %d, %v", a.status, a.err)
		}
		return err
	}},
	{"HTTP/1.0 without Host", nil, func(s *site) error {
		a, err := s.raw("GET /app/echo/ HTTP/1.0\r\n\r\n")
		if err != nil {
			return err
		}
		v, err := a.view()
		if err == nil && strings.ContainsAny(v["host"], " /@") {
			err = fmt.Errorf("host %q", v["host"])
		}
		return err
	}},
	{"Host with its port", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "Host: 127.0.0.1:81")
		if err != nil {
			return err
		}
		return v.want("host", "127.0.0.1:81")
	}},
	{"mounted at /app", nil, mounted},
	{"/app%2Fecho/ is not below /app", nil, func(s *site) error {
		a, err := s.get("/app%2Fecho/")
		if err == nil && a.status != 404 {
			err = fmt.Errorf("status %d", a.status)
		}
		return err
	}},
}

// seenAs says that the app sees each target as it was sent.
func seenAs(targets ...string) func(*site) error {
	return func(s *site) error {
		for _, target := range targets {
			v, err := s.view(target)
			if err != nil {
				return fmt.Errorf("%s: %w", target, err)
			}
			path, query, _ := strings.Cut(strings.TrimPrefix(target, "/app"), "?")
			if err := v.want("uri", target, "path", s.d.path(path), "query", query, "mount", "/app", "url", "", "host", s.host); err != nil {
				return err
			}
		}
		return nil
	}
}

// targetCounts says that the host of an absolute target counts, not Host, whatever
// the scheme. So may a server refuse it.
func targetCounts(schemes ...string) func(*site) error {
	return func(s *site) error {
		for _, scheme := range schemes {
			a, err := s.get(scheme+"://"+s.host+"/app/echo/abs", "Host: other.test")
			if err != nil {
				return fmt.Errorf("%s: %w", scheme, err)
			}
			if a.status == 400 || a.status == 421 {
				continue
			}
			v, err := a.view()
			if err == nil {
				err = v.want("uri", "/app/echo/abs", "host", s.host)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", scheme, err)
			}
		}
		return nil
	}
}

// seenOrClean takes the target as sent as well as without its dots, or a
// redirect to that.
func seenOrClean(target, clean string) func(*site) error {
	return func(s *site) error {
		a, err := s.get(target)
		if err != nil {
			return err
		}
		if a.status/100 == 3 {
			return leadsTo(s, a, clean)
		}
		v, err := a.view()
		if err == nil && !slices.Contains([]string{target, clean}, v["uri"]) {
			err = fmt.Errorf("uri %q", v["uri"])
		}
		return err
	}
}

func leadsTo(s *site, a reply, path string) error {
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Host != "" && to.Host != s.host || to.RequestURI() != path {
		return fmt.Errorf("leads to %q, want %s", a.header.Get("Location"), path)
	}
	return nil
}

// staysHere says that no target is an error of the server's, nor leads a browser
// to another host, nor to a file.
func staysHere(targets ...string) func(*site) error {
	return func(s *site) error {
		for _, target := range targets {
			a, err := s.get(target)
			if err != nil {
				return fmt.Errorf("%s: %w", target, err)
			}
			to, err := url.Parse(a.header.Get("Location"))
			if err != nil || to.Host != "" && to.Host != s.host || a.status >= 500 || strings.Contains(a.body, "root:") {
				return fmt.Errorf("%s: status %d, leads to %q", target, a.status, a.header.Get("Location"))
			}
		}
		return nil
	}
}

// harmless says that no target is an error of the server's, nor makes a header
// field, on the way in or out.
func harmless(targets ...string) func(*site) error {
	return func(s *site) error {
		for _, target := range targets {
			a, err := s.get(target)
			if err != nil {
				return fmt.Errorf("%s: %w", target, err)
			}
			if a.status >= 500 || a.header.Get("X-Evil") != "" || strings.Contains(a.body, "\nevil=1") {
				return fmt.Errorf("%s: status %d, X-Evil %q", target, a.status, a.header.Get("X-Evil"))
			}
		}
		return nil
	}
}

func mounted(s *site) error {
	a, err := s.get("/app?q=1")
	if err != nil {
		return err
	}
	if err := leadsTo(s, a, "/app/?q=1"); err != nil {
		return err
	}
	if a, err := s.get("/appleseed"); err != nil || a.status != 404 {
		return fmt.Errorf("/appleseed: status %d, %v; want 404", a.status, err)
	}
	return nil
}
