//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	clients     = "64"
	roundLength = "1s"
	wrkRounds   = 9
)

// A contender answers "hello, world" at a URL.
type contender struct {
	name string
	app  *app // nil: nginx itself
	url  string

	rates    []float64 // requests a second, one for each round
	cpu      []float64 // the app's, µs a request
	requests int       // of all rounds
}

// A table is what one run measures: programs behind one nginx, a row for each way to
// them, and what else is to be said of them afterwards.
type table struct {
	build func(*fleet) error
	apps  func(*fleet) map[string][]string // their commands
	rows  func(*fleet) []way
	after func(*fleet, []contender) error
}

// gateway measures every transport of web behind nginx, and what else people put
// there.
func (b bench) gateway() error {
	return b.measureTable(table{(*fleet).buildGo, (*fleet).goApps, (*fleet).goRows, (*fleet).cgi})
}

// measureTable goes through the rows round by round, so that whatever disturbs the
// machine disturbs all.
func (b bench) measureTable(t table) error {
	for _, tool := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: apt-get install nginx-light wrk fcgiwrap uwsgi-plugin-python3 php-fpm", err)
		}
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { // PHP-FPM's workers are nobody
		return err
	}
	f, err := b.startApps(t)
	defer f.stop()
	if err != nil {
		return err
	}
	contenders, err := f.nginx(t.rows(f))
	if err != nil {
		return err
	}
	for round := range wrkRounds {
		for i := range contenders {
			fmt.Fprintf(os.Stderr, "\rround %d of %d: %-40s", round+1, wrkRounds, contenders[i].name)
			if err := contenders[i].measure(); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(os.Stderr, "\r%70s\r", "")
	report(contenders)
	return t.after(f, contenders)
}

// cgi measures what starting the program for a request costs; fcgiwrap does not
// wait for its children, so the table cannot know.
func (f *fleet) cgi([]contender) error {
	const requests = 100
	var used time.Duration
	for range requests {
		cmd := exec.Command(f.at("bare/hello"))
		cmd.Env = []string{"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "SERVER_PROTOCOL=HTTP/1.1", "REQUEST_URI=/", "REMOTE_ADDR=127.0.0.1", "HTTP_HOST=localhost"}
		if out, err := cmd.Output(); err != nil || !strings.HasSuffix(string(out), "Hello, world!\n") {
			return fmt.Errorf("CGI: %w: %s", err, out)
		}
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	fmt.Printf("- CGI: %.1f ms of CPU a request\n", float64((used/requests).Microseconds())/1000)
	return nil
}

var (
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	wrkFailed   = regexp.MustCompile(`Non-2xx.*|Socket errors.*[1-9].*`)
)

func (c *contender) measure() error {
	before := c.app.cpu()
	out, err := exec.Command("wrk", "-t", "2", "-c", clients, "-d", roundLength, c.url).CombinedOutput()
	if err != nil || wrkFailed.Match(out) {
		return fmt.Errorf("%s: wrk says (%v)\n%s", c.name, err, out)
	}
	after := c.app.cpu()
	rate, requests := wrkRate.FindSubmatch(out), wrkRequests.FindSubmatch(out)
	if rate == nil || requests == nil {
		return fmt.Errorf("%s: wrk says\n%s", c.name, out)
	}
	perSecond, _ := strconv.ParseFloat(string(rate[1]), 64)
	n, _ := strconv.ParseFloat(string(requests[1]), 64)
	c.rates = append(c.rates, perSecond)
	c.cpu = append(c.cpu, float64((after-before).Microseconds())/n)
	c.requests += int(n)
	return nil
}

func median(list []float64) float64 { return slices.Sorted(slices.Values(list))[len(list)/2] }

// report prints the table of docs/performance.md.
func report(contenders []contender) {
	first := median(contenders[0].rates)
	fmt.Printf("| %s clients, medians of %d rounds of %s | requests/s | ratio | app's CPU a request |\n|---|---:|---:|---:|\n", clients, wrkRounds, roundLength)
	for _, c := range contenders {
		cpu := "" // nginx has no app
		if c.app != nil && c.app.waits {
			cpu = fmt.Sprintf("%.0f µs", median(c.cpu))
		}
		fmt.Printf("| %s | %.0f | %.2f | %s |\n", c.name, median(c.rates), median(c.rates)/first, cpu)
	}
	fmt.Println()
	for _, command := range [][]string{{"go", "version"}, {"nginx", "-v"}, {"uwsgi-core", "--version"}, {"php-fpm8.2", "-v"}} {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if line, _, _ := strings.Cut(string(out), "\n"); err == nil {
			fmt.Printf("- %s: %s\n", command[0], line)
		}
	}
}
