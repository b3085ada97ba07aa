package merge

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/outline"
)

// TestFormatsCommute has one side change the first of two entries of a real file that stand
// one below the other, and the other side change or delete the second, or the other way
// round: a merge that is clean has both changes, and most are.
func TestFormatsCommute(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(14, 2))
	found, clean, all := 0, 0, 0
	for _, root := range append(strings.Split(strings.TrimSpace(string(out)), "\n"), "../..") {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || !isFormat(path) {
				return nil
			}
			if found++; !tryAll && found%5 != 0 {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil || len(data) > 30<<10 {
				return err
			}
			for range 2 {
				x, want, ok := editNeighbors(r, path, parse(data))
				if !ok {
					continue
				}
				m := Merge(path, x.base, x.ours, x.theirs, Options{Labels: labels})
				if all++; m.Clean() {
					clean++
				}
				if m.Clean() && string(m.Content) != want {
					t.Errorf("%s: got\n%s\nwant\n%s\nours\n%s\ntheirs\n%s", path, m.Content, want, x.ours, x.theirs)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if clean*10 < all*9 {
		t.Errorf("%d of %d merges are clean", clean, all)
	}
	t.Logf("%d of %d merges are clean", clean, all)
}

func isFormat(name string) bool {
	base := filepath.Base(name)
	return slices.Contains([]string{".md", ".rst", ".mk", ".cfg", ".ini", ".env"}, filepath.Ext(base)) ||
		slices.Contains([]string{"Makefile", "Dockerfile", ".editorconfig", "CODEOWNERS", ".gitattributes", "requirements.txt"}, base)
}

// editNeighbors makes two edits, and what both come to together.
func editNeighbors(r *rand.Rand, name string, t text) (x triple, want string, ok bool) {
	f, ok := outline.Read(name, t.lines)
	if !ok {
		return x, "", false
	}
	entries := f.Root.Entries
	for len(entries) == 1 || len(entries) > 0 && r.IntN(2) == 0 {
		below := entries[r.IntN(len(entries))].Entries
		if len(below) < 2 {
			break
		}
		entries = below
	}
	if len(entries) < 2 {
		return x, "", false
	}
	i := r.IntN(len(entries) - 1)
	first, ok := changeEntry(t.lines, &entries[i])
	second, also := changeEntry(t.lines, &entries[i+1])
	switch r.IntN(3) {
	case 0:
		first, ok = nil, true
	case 1:
		second, also = nil, true
	}
	if !ok || !also {
		return x, "", false
	}
	a, b := entries[i].Span(), entries[i+1].Span()
	put := func(first, second []string) []byte {
		return []byte(strings.Join(slices.Concat(t.lines[:a.Start], first, second, t.lines[b.End:]), "\n") + "\n")
	}
	x = triple{put(t.lines[a.Start:a.End], t.lines[b.Start:b.End]), put(first, t.lines[b.Start:b.End]), put(t.lines[a.Start:a.End], second)}
	return x, string(put(first, second)), true
}

// changeEntry returns the lines of an entry with the last changed, if that is not its key
// and closes nothing.
func changeEntry(lines []string, e *outline.Entry) (own []string, ok bool) {
	s := e.Span()
	own = slices.Clone(lines[s.Start:s.End])
	last := &own[len(own)-1]
	if e.Head.Len() < 2 && e.IsLeaf() || *last == "" || strings.HasPrefix(*last, "```") || strings.HasPrefix(*last, "end") {
		return nil, false
	}
	*last += "x"
	return own, true
}
