//go:build unix

package templates

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The units are what systemd takes without a word, and closed: exposure at most
// 0.5 of 10.
func TestUnits(t *testing.T) {
	live(t)
	analyze := need(t, "systemd-analyze")
	for _, description := range []string{"A web app", `100 % "safe" \`} {
		for _, k := range kinds {
			k.testUnits(t, analyze, description)
		}
	}
}

func (k *kind) testUnits(t *testing.T, analyze, description string) {
	t.Helper()
	p := k.newProject(t, "func", "/", "description="+description)
	dir := t.TempDir()
	for _, name := range []string{"hello.service", "hello.socket"} {
		text, err := os.ReadFile(filepath.Join(p.deploy, name))
		check(t, err)
		placed := strings.ReplaceAll(string(text), "/opt/hello/hello", p.binary())
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(placed), 0o644))
	}
	units := []string{filepath.Join(dir, "hello.service"), filepath.Join(dir, "hello.socket")}
	if out := run(t, analyze, append([]string{"verify"}, units...)...); out != "" {
		t.Errorf("systemd-analyze verify says:\n%s", out)
	}
	out := run(t, analyze, "security", "--offline=true", "--no-pager", units[0])
	m := regexp.MustCompile(`exposure level for hello\.service: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no exposure level in\n%s", out)
	}
	if level, _ := strconv.ParseFloat(m[1], 64); level > 0.5 {
		t.Errorf("exposure level %s, want at most 0.5:\n%s", m[1], out)
	}
}
