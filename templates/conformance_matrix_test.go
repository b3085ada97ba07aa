//go:build unix

package templates

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An outcome of a case in a deployment; the zero value has no meaning there.
type outcome struct {
	right bool
	known *exception
	wrong bool
}

// A matrix has a row for each case and a column for each server and transport.
// However the app was started, the cell is the same.
type matrix struct {
	*kind
	columns []string

	mu    sync.Mutex
	ran   int                   // deployments
	cells map[[2]string]outcome // by case and column
}

func newMatrix(k *kind) *matrix {
	m := &matrix{kind: k, cells: map[[2]string]outcome{}}
	for _, d := range k.deployments() {
		if !slices.Contains(m.columns, d.column()) {
			m.columns = append(m.columns, d.column())
		}
	}
	return m
}

func (m *matrix) set(name string, d deployment, o outcome) {
	key := [2]string{name, d.column()}
	if o == (outcome{}) {
		return // another way to start the app may know it
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if was, ok := m.cells[key]; !ok || was.right && !o.right {
		m.cells[key] = o
	}
}

// done counts a deployment.
func (m *matrix) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ran++
}

// rows calls row for each case that has a meaning for the pack, with its cells.
func (m *matrix) rows(row func(name string, cells []string)) {
	for _, c := range allCases() {
		var cells []string
		for _, column := range m.columns {
			o := m.cells[[2]string{c.name, column}]
			switch {
			case o.wrong:
				cells = append(cells, "✗")
			case o.known != nil:
				cells = append(cells, fmt.Sprintf("[%d]", 1+o.known.number()))
			case o.right:
				cells = append(cells, "✓")
			default:
				cells = append(cells, "–")
			}
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return cell != "–" }) {
			row(c.name, cells)
		}
	}
}

// text is the matrix for a terminal; onlyWrong leaves out the rows where all is as known,
// because what CI keeps of a long output is its ends.
func (m *matrix) text(onlyWrong bool) string {
	var b strings.Builder
	line := func(name string, cells []string) {
		fmt.Fprintf(&b, "%-46s", name)
		for _, cell := range cells {
			fmt.Fprintf(&b, " %-6s", cell)
		}
		b.WriteString("\n")
	}
	var servers, transports []string
	for _, column := range m.columns {
		server, transport, _ := strings.Cut(column, " ")
		servers, transports = append(servers, server[:min(6, len(server))]), append(transports, transport)
	}
	line("", servers)
	line("", transports)
	m.rows(func(name string, cells []string) {
		if !onlyWrong || slices.Contains(cells, "✗") {
			line(name, cells)
		}
	})
	return b.String()
}

const docs = "../docs/conformance.md"

// document is docs/conformance.md.
func document(t *testing.T, all []*matrix) string {
	var b strings.Builder
	b.WriteString(`# What holds behind which web server

Written by ` + "`go test ./templates -run TestConformance -update`" + `, which starts the
servers with the generated snippets and an app of each pack mounted at /app, and sends
what stands in the first column. CI compares this page with what it measures.

` + versions(t) + `

✓ it holds; – it has no meaning there (by CGI the web server starts the app for each
request: there is no process to stop, no socket to own); [1] and so on: what happens
instead, because the web server does so and nothing in a project can change it.
That, too, is asserted: either the right thing happens, or exactly this.

The columns with several ways to start the app (its own unix socket, TCP, the launcher
under spawn-fcgi, systemd's activation) hold for each of them.

An app of wsgi answers one request at a time, here in one process, and gets all but the
most awkward through wsgiref.validate. What takes long and is the app's own, not the web
server's, is measured in one column, and – stands in the others; in the other ways to
start it, only what starting changes is measured.

`)
	for _, m := range all {
		fmt.Fprintf(&b, "## The pack %s\n\n", m.pack)
		fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(m.columns, " | "), strings.Repeat(":-:|", len(m.columns)))
		m.rows(func(name string, cells []string) {
			fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(cells, " | "))
		})
		b.WriteString("\n")
	}
	b.WriteString("## The exceptions\n\n")
	for i, e := range exceptions {
		fmt.Fprintf(&b, "%d. %s\n", 1+i, e.why)
	}
	b.WriteString("\n## Who starts the launcher\n\nNone of these leaves a process of either pack behind, or a shell beside the app, when it is stopped:\n")
	for _, s := range spawners {
		fmt.Fprintf(&b, "%s, ", s.name)
	}
	return strings.TrimSuffix(b.String(), ", ") + ".\n"
}

// versions says what was measured with. Others may do, too: it is not compared.
func versions(t *testing.T) string {
	var list []string
	for _, v := range [][]string{{"nginx", "-v"}, {"apache2", "-v"}, {"lighttpd", "-v"}, {"caddy", "version"}, {"haproxy", "-v"}} {
		out, err := exec.Command(need(t, v[0]), v[1:]...).CombinedOutput()
		check(t, err)
		list = append(list, v[0]+" "+regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(string(out)))
	}
	return "Measured with " + strings.Join(list, ", ") + "."
}

func compareWithDocs(t *testing.T, now string) {
	t.Helper()
	if *update {
		check(t, os.WriteFile(docs, []byte(now), 0o644))
		return
	}
	text, err := os.ReadFile(docs)
	check(t, err)
	without := func(text string) string {
		return regexp.MustCompile(`(?m)^Measured with .*$`).ReplaceAllString(text, "")
	}
	if diff := cmp.Diff(without(string(text)), without(now)); diff != "" {
		t.Errorf("%s is not what was measured (-page +measured; -update writes it anew):\n%s", docs, diff)
	}
}
