//go:build unix

package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"scaffold/generator/source/proxytest"
)

// TestRenovate has the expressions of docs/fleet.md read the packs and versions that
// scaffold new writes. Where renovate is installed, that finds what is newer by them: it is
// too large to be installed for each run of CI.
func TestRenovate(t *testing.T) {
	need(t, "git")
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	writeFile(t, filepath.Join(home, ".gitconfig"), "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n")
	config := renovateConfig(t)
	writeFile(t, filepath.Join(dir, "work", "renovate.json"), config)
	writeFile(t, filepath.Join(dir, "module", "go.mod"), "module example.com/acme/hello\n\ngo 1.24\n")
	writeFile(t, filepath.Join(dir, "module", "hello.go"), "package hello\n")
	for _, version := range []string{"v1.0.0", "v1.1.0"} {
		if err := proxytest.Add(filepath.Join(dir, "proxy"), "example.com/acme/hello", version, filepath.Join(dir, "module")); err != nil {
			t.Fatal(err)
		}
	}
	env := append(proxytest.Environment(nil, filepath.Join(dir, "proxy"), filepath.Join(home, "go")), "HOME="+home, "XDG_CACHE_HOME="+home+"/cache", "GIT_CONFIG_NOSYSTEM=1")
	shell(t, dir, `exec 2>&1; top=$PWD
mkdir packs
scaffold pack init packs/greet
scaffold pack init top
cd packs && git init && git add . && git commit -m one && git tag greet/v0.1.0 && git tag greet/v0.2.0 && git tag v9.0.0
cd ../top && git init && git add . && git commit -m one && git tag v0.1.0 && git tag v0.3.0
cd ../work && git init
scaffold new below --pack "git+file://$top/packs//greet@v0.1.0" --yes
scaffold new alone --pack "git+file://$top/top@v0.1.0" --yes
scaffold new module --module example.com/acme/other --pack example.com/acme/hello@v1.0.0 --yes
git add . && git commit -m all`, env...)

	want := map[string]string{"below/scaffold.yaml": "0.2.0", "alone/scaffold.yaml": "0.3.0", "module/scaffold.yaml": "1.1.0"}
	for name := range want {
		tryRenovateExpressions(t, config, filepath.Join(dir, "work", name))
	}
	renovate, err := exec.LookPath("renovate")
	if err != nil {
		t.Log("renovate is not on the path, and was not asked")
		return
	}
	delete(want, "module/scaffold.yaml") // renovate reads no proxy that is a folder
	env = append(env, "GOPROXY=off", `RENOVATE_ENABLED_MANAGERS=["custom.regex"]`, "LOG_LEVEL=debug", "LOG_FORMAT=json")
	log := shell(t, filepath.Join(dir, "work"), "exec 2>&1\n"+renovate+" --platform=local --dry-run=lookup", env...)
	if got := foundByRenovate(t, log); !maps.Equal(got, want) {
		t.Errorf("renovate finds %v, want %v", got, want)
	}
}

// foundByRenovate returns the newest version for each scaffold.yaml, of a log.
func foundByRenovate(t *testing.T, log string) map[string]string {
	found := make(map[string]string)
	for line := range strings.Lines(log) {
		var entry struct {
			Config struct {
				Regex []struct {
					PackageFile string
					Deps        []struct{ Updates []struct{ NewVersion string } }
				}
			}
		}
		if !strings.Contains(line, `"packageFiles with updates"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		for _, file := range entry.Config.Regex {
			for _, dep := range file.Deps {
				for _, u := range dep.Updates {
					found[file.PackageFile] = u.NewVersion
				}
			}
		}
	}
	return found
}

// renovateConfig returns the renovate.json of docs/fleet.md.
func renovateConfig(t *testing.T) string {
	page, err := os.ReadFile("docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range fence.FindAllSubmatch(page, -1) {
		if string(block[2]) == "renovate.json" {
			return string(block[3])
		}
	}
	t.Fatal("docs/fleet.md has no renovate.json")
	return ""
}

// tryRenovateExpressions has exactly one expression of a configuration match a
// scaffold.yaml, and name its version.
func tryRenovateExpressions(t *testing.T, config, name string) {
	t.Helper()
	var c struct {
		CustomManagers []struct{ MatchStrings []string }
	}
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^version: (.*)$`).FindSubmatch(text)[1]
	matches := 0
	for _, m := range c.CustomManagers {
		for _, s := range m.MatchStrings {
			e := regexp.MustCompile(s) // which reads these as JavaScript does
			if found := e.FindSubmatch(text); found != nil {
				matches++
				if got := found[e.SubexpIndex("currentValue")]; string(got) != string(version) {
					t.Errorf("%s: the version is read as %s in\n%s", name, got, text)
				}
			}
		}
	}
	if matches != 1 {
		t.Errorf("%s: %d expressions match\n%s", name, matches, text)
	}
}
