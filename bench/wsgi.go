//go:build unix

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// debianPython is the interpreter that uWSGI's plugin has built in, so that both run
// the app at the same speed.
const debianPython = "/usr/bin/python3"

// wsgi measures the pack wsgi behind nginx against uWSGI, each with one process, and
// whether its memory grows.
func (b bench) wsgi() error {
	return b.measureTable(table{(*fleet).buildPython, (*fleet).pythonApps, (*fleet).pythonRows, (*fleet).memory})
}

// buildPython makes a project, with the app of the others beside its own.
func (f *fleet) buildPython() error {
	if _, err := f.scaffold("new", f.at("python"), "--pack", "wsgi", "--name", "hello", "--transport", "fcgi,scgi"); err != nil {
		return err
	}
	for _, file := range []string{"python/hello.py", "hello.py"} {
		if err := os.WriteFile(f.at(file), []byte(pythonApp), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) pythonApps() map[string][]string {
	serve := func(name, app, transport string) []string {
		return []string{debianPython, f.at("python/gateway.py"), app, "--allow-root", "--transport", transport, "--listen", "unix:" + f.socket(name)}
	}
	return map[string][]string{
		"fcgi":      serve("fcgi", "hello:application", "fcgi"),
		"scgi":      serve("scgi", "hello:application", "scgi"),
		"generated": serve("generated", "wsgi:application", "fcgi"),
		"uwsgi":     f.uwsgiCommand("uwsgi", 1),
	}
}

func (f *fleet) pythonRows() []way {
	return []way{
		nginxAlone,
		{"/fcgi", "**FastCGI**, connections kept", "fcgi", f.kept("fcgi")},
		{"/fcgi1", "FastCGI, a connection a request", "fcgi", f.once("fcgi")},
		{"/scgi", "SCGI", "scgi", f.scgi("scgi")},
		{"/generated", "FastCGI, the app as generated, with its log", "generated", strings.Replace(f.kept("generated"), "$request_uri", "/", 1)},
		{"/uwsgi", "uWSGI", "uwsgi", f.uwsgi("uwsgi")},
	}
}

// memory asks until each app of the pack has answered 100,000 requests more than in
// the rounds before.
func (f *fleet) memory(contenders []contender) error {
	const requests = 100_000
	for i := range contenders {
		c := &contenders[i]
		if c.app == nil || c.app == f.apps["uwsgi"] {
			continue
		}
		before, answered := c.app.resident(), c.requests
		for c.requests < answered+requests {
			if err := c.measure(); err != nil {
				return err
			}
		}
		fmt.Printf("- %s: %.1f MiB after %d requests, %.1f after %d\n", c.name, before, answered, c.app.resident(), c.requests)
	}
	return nil
}

// resident is the app's resident memory, in MiB.
func (a *app) resident() float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", a.group))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20)
}
