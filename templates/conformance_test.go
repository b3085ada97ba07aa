//go:build unix

package templates

import (
	"flag"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var onlyCases = flag.String("cases", "", "regexp of the conformance cases to run; docs/conformance.md is not compared then")

// A conformance case is what a client may count on, whatever carries its
// request. It returns what is wrong, in words that an exception can be compared
// with, or nil.
type conformance struct {
	name  string
	where func(d deployment) bool // it has a meaning there
	run   func(s *site) error
}

// A site is a deployment of the app in testdata/live, mounted at /app, with all
// it takes: each case may replace its app, the next one finds it running.
type site struct {
	*testing.T
	d    deployment
	p    project
	b    backend
	f    front
	host string // with the port

	patience time.Duration // how long an answer may take
}

// exceptional is how long an answer may take that some servers never give. What
// is longer is waited for in each of those.
const exceptional = 10 * time.Second

const conformanceLimit = 100 // MiB, of a body

func newSite(t *testing.T, d deployment) *site {
	p := d.newProject(t, "echo", "/app", "body_limit=100")
	b, f := d.start(t, p)
	_, host, _ := strings.Cut(f.url, "://")
	return &site{t, d, p, b, f, host, hang}
}

// Every case in every deployment. What a web server gets wrong, and nothing in
// a project can change, is one of the exceptions.
func TestConformance(t *testing.T) {
	live(t)
	only, err := regexp.Compile(*onlyCases)
	check(t, err)
	var all []*matrix
	ran := 0
	for _, k := range kinds {
		m := newMatrix(k)
		t.Run(k.pack, func(t *testing.T) {
			for _, d := range k.deployments() {
				t.Run(d.name, func(t *testing.T) {
					if k.oneByOne { // so that most of the time nothing runs but a clock
						t.Parallel()
					}
					s := newSite(t, d)
					for _, c := range d.cases() {
						if only.MatchString(c.name) {
							m.set(c.name, d, s.try(c))
						}
					}
					m.done()
				})
			}
		})
		t.Logf("%s:\n%s", k.pack, m.text(t.Failed()))
		all, ran = append(all, m), ran+m.ran
	}
	if ran == len(deployments) && *onlyCases == "" && !t.Failed() {
		compareWithDocs(t, document(t, all))
	}
}

// cases are all of them; but what a request looks like is the same in each way to
// start the app, so that for wsgi the first way proves it.
func (d deployment) cases() []conformance {
	if d.kind == wsgi && !oneOfAKind(d) {
		return slices.Concat(targetCases[:1], bodyCases[:1], loadCases, processCases, lifeCases)
	}
	return allCases()
}

func allCases() []conformance {
	return slices.Concat(targetCases, fieldCases, bodyCases, answerCases, callableCases, loadCases, processCases, lifeCases)
}

// try runs one case.
func (s *site) try(c conformance) outcome {
	if c.where != nil && !c.where(s.d) {
		return outcome{}
	}
	begun := time.Now()
	err := c.run(s)
	if took := time.Since(begun); took > time.Second {
		s.Logf("%s took %.1f s", c.name, took.Seconds())
	}
	known := exceptionFor(c.name, s.d)
	switch {
	case err == nil && known == nil:
		return outcome{right: true}
	case err == nil:
		s.Logf("%s: right this time; exception %d says it is not", c.name, 1+known.number())
		return outcome{known: known}
	case known == nil:
		s.Errorf("%s: %v", c.name, err)
		return outcome{wrong: true}
	case !regexp.MustCompile("^(?:" + known.got + ")$").MatchString(err.Error()):
		s.Errorf("%s: %v; known is only %q", c.name, err, known.got)
		return outcome{wrong: true}
	}
	return outcome{known: known}
}

// Where a case has a meaning, and is worth its time.
func of(k *kind) func(deployment) bool { return func(d deployment) bool { return d.kind == k } }
func running(d deployment) bool        { return d.transport() != "cgi" } // there is a process to look at
func ownSocket(d deployment) bool      { return d.way() == "unix" }      // the app opens its socket itself
func oneOfAKind(d deployment) bool     { return d.way() == "unix" || d.way() == "" }
func affordable(d deployment) bool     { return d.kind != wsgi || running(d) } // by CGI each request starts Python

// telling is where a case that takes long is worth it: of web behind each server, of wsgi
// behind one, because what it measures is the app's own.
func telling(d deployment) bool {
	return oneOfAKind(d) && (d.kind == web || strings.HasPrefix(d.name, "nginx/"))
}

// stopping is where an app that is stopped answers all who are there. One that answers
// one request at a time leaves a socket that it was given, and who waits in it, to the
// next process, which has it too.
func stopping(d deployment) bool {
	return running(d) && (!d.oneByOne || d.way() == "unix" || d.way() == "tcp")
}
