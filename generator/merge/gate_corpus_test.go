package merge

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator/keys"
)

// TestGateAlarms edits real files at places that have nothing to do with each
// other, as two people do: no gate may see anything wrong in what that merges to.
// The files are those of Go itself, its modules here, this repository, its goldens, and
// Python's.
func TestGateAlarms(t *testing.T) {
	every := tries(900, 10)
	read, unread, merges, notes := map[string]int{}, map[string]int{}, 0, 0
	eachKeyedFile(t, every, func(path string, data []byte) {
		language := keys.Language(path)
		content := parse(data)
		if _, ok := keys.Read(path, strings.Join(content.lines, "\n")+"\n"); !ok {
			unread[language]++
			return
		}
		read[language]++
		r := rand.New(rand.NewPCG(14, uint64(len(data))))
		for range 3 {
			x := editApart(r, content)
			m := Merge(path, x.base, x.ours, x.theirs, Options{Labels: labels})
			byLine := Lines(x.base, x.ours, x.theirs, labels)
			checkUnread(t, path, x)
			merges++
			notes += len(m.Notes)
			if m.Clean() != byLine.Clean() || !bytes.Equal(m.Content, byLine.Content) {
				t.Errorf("%s: %q", path, m.Notes)
			}
		}
	})
	if notes*1000 > merges { // a few, because two edits may write one line by chance
		t.Errorf("%d notes about %d merges", notes, merges)
	}
	t.Logf("read %v, passed unread %v; %d merges, %d notes", read, unread, merges, notes)
}

// eachKeyedFile calls f for one of so many files that have keys, and for those in
// the goldens.
func eachKeyedFile(t testing.TB, every int, f func(path string, data []byte)) {
	t.Helper()
	goldens, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(goldens) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, g := range goldens {
		a, err := txtar.ParseFile(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range a.Files {
			if keys.Language(file.Name) != "" {
				f(file.Name, file.Data)
			}
		}
	}
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	python, _ := filepath.Glob("/usr/lib/python3*") // where there is one
	n := 0
	for _, root := range slices.Concat(strings.Split(strings.TrimSpace(string(out)), "\n"), []string{"../.."}, python) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || keys.Language(path) == "" {
				return nil
			}
			if n++; n%every != 0 {
				return nil
			}
			data, err := os.ReadFile(path)
			if err == nil && len(data) < 100<<10 {
				f(filepath.ToSlash(path), data)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// editApart has each side change some values in a half of the file.
func editApart(r *rand.Rand, t text) triple {
	half := len(t.lines) / 2
	edit := func(from, to, odd int) []byte {
		lines := slices.Clone(t.lines)
		for range 1 + r.IntN(3) {
			if to-from > 2 {
				i := from + r.IntN(to-from)
				lines[i] = changeValue(lines[i], 2*r.IntN(100)+odd)
			}
		}
		return []byte(strings.Join(lines, "\n") + "\n")
	}
	return triple{t.bytes(lf, true), edit(0, half, 0), edit(half+1, len(t.lines), 1)}
}

// TestGateAlarmsOfAdded has each side put new keys, and sections of Markdown, into a half
// of a real file: what one side alone added is where it belongs.
func TestGateAlarmsOfAdded(t *testing.T) {
	every := 60
	if tryAll {
		every = 2
	}
	merges := map[string]int{}
	eachKeyedFile(t, every, func(path string, data []byte) {
		content, language := parse(data), keys.Language(path)
		if _, ok := keys.Read(path, strings.Join(content.lines, "\n")+"\n"); !ok || !slices.Contains([]string{"yaml", "ini", "toml", "markdown"}, language) {
			return
		}
		r := rand.New(rand.NewPCG(15, uint64(len(data))))
		for range 5 {
			x := triple{base: content.bytes(lf, true)}
			half := len(content.lines) / 2
			x.ours = addKeys(r, language, content.lines, 0, half, "mine")
			x.theirs = addKeys(r, language, content.lines, half+1, len(content.lines), "other")
			m := Merge(path, x.base, x.ours, x.theirs, Options{Labels: labels})
			byLine := Lines(x.base, x.ours, x.theirs, labels)
			merges[language]++
			if byLine.Clean() && !bytes.Equal(m.Content, byLine.Content) {
				t.Errorf("%s: %q\n%s", path, m.Notes, m.Content)
			}
		}
	})
	t.Logf("merges of files with keys added: %v", merges)
}

// addKeys puts some keys above others from a line on, or sections above text.
func addKeys(r *rand.Rand, language string, lines []string, from, to int, name string) []byte {
	lines = slices.Clone(lines)
	for n := range 1 + r.IntN(3) {
		i := from + r.IntN(max(1, to-from))
		if i >= len(lines) {
			continue
		}
		m := keyLine.FindStringSubmatch(lines[i])
		switch {
		case language == "markdown" && lines[i] == "":
			lines = slices.Insert(lines, i, "", fmt.Sprintf("%s %s %d", strings.Repeat("#", 1+r.IntN(4)), name, n), "", "text")
		case language != "markdown" && m != nil:
			lines = slices.Insert(lines, i, fmt.Sprintf("%s%s_%d%s 1", m[1], name, n, m[2]))
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

// keyLine matches a key that has a value on its line.
var keyLine = regexp.MustCompile(`^( *)[A-Za-z_]+( =|:) [A-Za-z0-9"]`)

// naming matches a line that may tell an item of a list from others: changed, it
// is another item.
var naming = regexp.MustCompile(`\b(id|name|repo|key)\b`)

// changeValue changes the last word of a line that has a value.
func changeValue(line string, n int) string {
	key := strings.LastIndexAny(line, ":=")
	all := word.FindAllStringIndex(line, -1)
	if key < 0 || len(all) == 0 || naming.MatchString(line) || all[len(all)-1][0] < key {
		return line
	}
	at := all[len(all)-1][1]
	return line[:at] + fmt.Sprint(n) + line[at:]
}
