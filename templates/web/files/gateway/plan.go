package gateway

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A plan is what Run will do, settled before anything is opened.
type plan struct {
	addresses  []address
	transports map[string]Transport
	config     config // without its handler
	mount      string
	uid        int
	allowRoot  bool
}

// newPlan checks every setting and reports all that is wrong.
func newPlan(o Options, s surroundings, transports []Transport) (*plan, error) {
	o = o.filled()
	p := &plan{uid: s.uid, allowRoot: o.AllowRoot, transports: map[string]Transport{}}
	names := p.offer(transports)
	var errs [4]error
	p.addresses, errs[0] = o.addresses(s, names)
	p.mount, errs[1] = cleanMount(o.Mount)
	p.config, errs[2] = o.config()
	p.config.trusted, errs[3] = parseTrusted(o.TrustedProxies)
	return p, errors.Join(errs[:]...)
}

func (p *plan) offer(transports []Transport) (names []string) {
	if len(transports) == 0 {
		transports = []Transport{HTTP()}
	}
	for _, t := range transports {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
		p.transports[t.name] = t
	}
	return names
}

// config checks the numbers, defaults being filled in.
func (o Options) config() (config, error) {
	var errs []error
	if o.BodyLimit < 0 {
		errs = append(errs, fmt.Errorf("body-limit %d: less than nothing; say how many bytes", o.BodyLimit))
	}
	if o.ShutdownTimeout < 0 {
		errs = append(errs, fmt.Errorf("shutdown-timeout %s: less than nothing; say how long, as in 30s", o.ShutdownTimeout))
	}
	if o.MaxConns < 0 {
		errs = append(errs, fmt.Errorf("max-conns %d: less than nothing; say how many connections", o.MaxConns))
	}
	return config{
		log:       o.Log,
		bodyLimit: o.BodyLimit,
		shutdown:  o.ShutdownTimeout,
		maxConns:  o.MaxConns,
		once:      o.Once,
	}, errors.Join(errs...)
}

// parseTrusted reads addresses and prefixes as -trusted-proxies takes them.
func parseTrusted(list string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if a, aerr := netip.ParseAddr(one); aerr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("trusted-proxies %q: not an address or a prefix; say 127.0.0.1 or 10.0.0.0/8", one))
			continue
		}
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}
