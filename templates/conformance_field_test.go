//go:build unix

package templates

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

const clientByte = 2 // the client is 127.0.0.2

// fieldCases are about header fields, and what servers say in their place.
var fieldCases = []conformance{
	{"RemoteAddr is the client's", nil, func(s *site) error {
		v, err := s.view("/app/echo/")
		if err != nil {
			return err
		}
		return fromClient(v)
	}},
	{"Proxy is dropped", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "Proxy: evil.test:1")
		if err != nil {
			return err
		}
		return v.want("proxy", "")
	}},
	{"forged X-Forwarded-For, -Proto and X_Real_IP", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "X-Forwarded-For: 6.6.6.6", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-Proto: https", "X_Forwarded_Proto: https",
			"X_Real_IP: 6.6.6.6", "Forwarded: for=6.6.6.6;proto=https", "X-Forwarded-Host: evil.test")
		if err != nil {
			return err
		}
		if err := fromClient(v); err != nil {
			return err
		}
		if known := v["forwarded"]; known != "" && known != fmt.Sprint("127.0.0.", clientByte) {
			return fmt.Errorf("the app sees X-Forwarded-For %q", known)
		}
		return v.want("real-ip", "", "tls", "false", "host", s.host)
	}},
	{"HTTPS seen", nil, func(s *site) error {
		f := s.d.front(s.T, s.p, s.b, newCertificate(s.T))
		defer f.stop(s.T)
		secure := *s
		secure.f = f
		_, secure.host, _ = strings.Cut(f.url, "://")
		v, err := secure.view("/app/echo/")
		if err != nil {
			return err
		}
		return v.want("tls", "true", "host", secure.host)
	}},
	{"Authorization seen", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "Authorization: Basic dTpwdw==")
		if err != nil {
			return err
		}
		return v.want("authorization", "Basic dTpwdw==")
	}},
	{"Cookie and another field twice", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "Cookie: a=1", "X-Twice: one", "Cookie: b=2", "X-Twice: two")
		if err != nil {
			return err
		}
		return v.want("cookies", "[a=1 b=2]", "twice", "one, two")
	}},
	{"6 KB field", nil, func(s *site) error {
		v, err := s.view("/app/echo/", "X-Long: "+strings.Repeat("x", 6000))
		if err != nil {
			return err
		}
		return v.want("long", "6000")
	}},
	{"70 KB field refused", nil, func(s *site) error {
		for range 10 {
			a, err := s.get("/app/echo/", "X-Long: "+strings.Repeat("x", 70_000))
			if err == nil && a.status/100 != 4 {
				return fmt.Errorf("status %d", a.status)
			}
		}
		v, err := s.view("/app/echo/")
		if err != nil {
			return err
		}
		return v.peakBelow(64)
	}},
}

// fromClient says that RemoteAddr is the client's address, with a port.
func fromClient(v view) error {
	a, err := netip.ParseAddrPort(v["remote"])
	if err != nil || a.Addr() != netip.AddrFrom4([4]byte{127, 0, 0, clientByte}) || a.Port() == 0 {
		return fmt.Errorf("remote %q", v["remote"])
	}
	return nil
}

// peakBelow says that the app never took more memory than so many MiB.
func (v view) peakBelow(most int) error {
	if kib, err := strconv.Atoi(v["peak"]); err != nil || kib>>10 > most {
		return fmt.Errorf("the app took %s KiB, more than %d MiB", v["peak"], most)
	}
	return nil
}
