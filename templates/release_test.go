package templates

import (
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "record what is new; what was recorded before stays as it is")

// Once-files (app.go, its test) are never regenerated, so what they call must
// stay for as long as the pack's major version does. Every declaration recorded
// in testdata/api-1.txt must still be there, word for word.
func TestGatewayAPIStays(t *testing.T) {
	const file = "testdata/api-1.txt"
	p := loadPack(t, "web")
	if !strings.HasPrefix(p.Version, "1.") {
		t.Fatalf("pack web is %s: record its gateway's API in a file of its own", p.Version)
	}
	out, err := exec.Command("go", "doc", "-all", "./web/files/gateway").Output()
	if err != nil {
		t.Fatal(err)
	}
	now := declarations(string(out))
	recorded := lines(t, file)
	for _, d := range recorded {
		if !slices.Contains(now, d) {
			t.Errorf("the gateway no longer has %q: projects of web 1 may use it; keep it, or make web 2.0.0", d)
		}
	}
	record(t, file, recorded, now)
}

// declarations returns the lines of go doc's output that declare something, in
// its order: functions, types, and the fields of structs.
func declarations(doc string) []string {
	var list []string
	within := ""
	for line := range strings.Lines(doc) {
		line = strings.TrimRight(line, "\n")
		word, _, _ := strings.Cut(line, " ")
		switch {
		case slices.Contains([]string{"func", "type", "var", "const"}, word):
			list = append(list, line)
			within = ""
			if strings.HasSuffix(line, "{") {
				within = strings.Fields(line)[1]
			}
		case line == "}":
			within = ""
		case within != "" && strings.TrimSpace(line) != "" && !strings.HasPrefix(strings.TrimSpace(line), "//"):
			list = append(list, within+": "+strings.Join(strings.Fields(line), " "))
		}
	}
	return list
}

// A released version is what it is: changed content needs a new version, or two
// projects of the same version would differ.
func TestReleasedPacksStay(t *testing.T) {
	const file = "testdata/released.txt"
	recorded := lines(t, file)
	var now []string
	for _, name := range packs(t) {
		p := loadPack(t, name)
		version := p.Name + " " + p.Version + " "
		for _, r := range recorded {
			if strings.HasPrefix(r, version) && r != version+p.Digest {
				t.Errorf("%s has been released with other content: raise the version in pack.yaml, then record it with -update", version)
			}
		}
		now = append(now, version+p.Digest)
	}
	record(t, file, recorded, now)
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
}

// record adds what is new to a file, with -update; without, it must be there.
func record(t *testing.T, file string, recorded, now []string) {
	t.Helper()
	all := slices.Clone(recorded)
	for _, n := range now {
		if !slices.Contains(all, n) {
			all = append(all, n)
			if !*update {
				t.Errorf("%q is not in %s: record it with go test ./templates -update", n, file)
			}
		}
	}
	if *update && !t.Failed() {
		check(t, os.WriteFile(file, []byte(strings.Join(all, "\n")+"\n"), 0o644))
	}
}
