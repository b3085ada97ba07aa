package generator_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/settle"
)

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// The list of packages in doc.go is the list of packages.
func TestPackagesAreListed(t *testing.T) {
	var listed, have []string
	for _, found := range regexp.MustCompile(`(?m)^//   - ([\w/]+): `).FindAllStringSubmatch(readText(t, "doc.go"), -1) {
		listed = append(listed, found[1])
	}
	for _, c := range readCode(t) {
		if name, ok := strings.CutPrefix(c.path, "scaffold/generator/"); ok {
			have = append(have, name)
		}
	}
	slices.Sort(listed)
	slices.Sort(have)
	if !slices.Equal(listed, have) {
		t.Errorf("doc.go lists %q, and there are %q", listed, have)
	}
}

// Whoever follows the walks in doc.go, or a recipe in CONTRIBUTING.md, finds what
// they name: PACKAGE.NAME, PACKAGE.TYPE.METHOD, or in CONTRIBUTING.md a file.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	there := make(map[string]bool)
	for _, c := range readCode(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(c.path, "scaffold/"), "generator/")
		if c.path == "scaffold" {
			name = "main"
		}
		for _, n := range c.names {
			there[name+"."+n] = true
		}
		for f := range c.funcs {
			_, f, _ = strings.Cut(f, ": ")
			there[name+"."+f] = true
		}
	}
	packages := make(map[string]bool)
	for name := range there {
		name, _, _ = strings.Cut(name, ".")
		packages[name] = true
	}
	_, walks, found := strings.Cut(readText(t, "doc.go"), "# Where to start\n")
	contributing := readText(t, "../CONTRIBUTING.md")
	quoted := regexp.MustCompile("`([^`\n]+)`") // files and commands
	if !found {
		t.Error("doc.go has no walks")
	}
	names := 0
	for where, text := range map[string]string{"generator/doc.go": walks, "CONTRIBUTING.md": quoted.ReplaceAllString(contributing, "")} {
		for _, name := range regexp.MustCompile(`\b[a-z]+(\.[A-Za-z]\w+)+`).FindAllString(text, -1) {
			first, rest, _ := strings.Cut(name, ".")
			if !packages[first] || rest == "go" || rest == "yaml" { // a file
				continue
			}
			if names++; !there[name] {
				t.Errorf("%s names %s, and there is none: if it has another name now, write that there, too", where, name)
			}
		}
	}
	if names < 30 {
		t.Errorf("the documents name %d functions and types, and should guide by more", names)
	}
	tests := testNames(t)
	for _, name := range regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`).FindAllString(contributing, -1) {
		if !tests[name] {
			t.Errorf("CONTRIBUTING.md names %s, and there is no such test", name)
		}
	}
	for _, path := range quoted.FindAllStringSubmatch(contributing, -1) {
		name := path[1]
		if !strings.Contains(name, "/") || strings.Contains(name, " ") {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(name))); err != nil {
			t.Errorf("CONTRIBUTING.md: %v", err)
		}
	}
}

// testNames returns the names of all tests and fuzzers.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, found := range regexp.MustCompile(`(?m)^func (\w+)\(\w+ \*testing\.`).FindAllStringSubmatch(readText(t, path), -1) {
				names[found[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// docs/regenerating.md says what each step of a merge decides, in the order of the report.
func TestStepsAreDocumented(t *testing.T) {
	want := []string{"key"}
	for _, step := range append(slices.Clone(settle.Steps), settle.LastStep) {
		want = append(want, step.Name)
	}
	_, table, _ := strings.Cut(readText(t, "../docs/regenerating.md"), "\n### What is no conflict\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var listed []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(table, -1) {
		listed = append(listed, found[1])
	}
	if !slices.Equal(listed, want) {
		t.Errorf("docs/regenerating.md lists %q, and the steps are %q", listed, want)
	}
}

// The index of the scripts lists each once.
func TestScriptsAreListed(t *testing.T) {
	const folder = "../testdata/script/"
	var listed, have []string
	for _, found := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(readText(t, folder+"README.md"), -1) {
		listed = append(listed, found[1])
	}
	scripts, err := filepath.Glob(filepath.FromSlash(folder + "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		have = append(have, strings.TrimSuffix(filepath.Base(s), ".txtar"))
	}
	slices.Sort(listed)
	for i, name := range listed {
		if i > 0 && name == listed[i-1] {
			t.Errorf("testdata/script/README.md lists %s twice", name)
		}
		if !slices.Contains(have, name) {
			t.Errorf("testdata/script/README.md lists %s, and there is no such script", name)
		}
	}
	for _, name := range have {
		if !slices.Contains(listed, name) {
			t.Errorf("testdata/script/README.md lacks %s: put it below the question that it answers", name)
		}
	}
}
