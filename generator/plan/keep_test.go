package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// A pattern that is there for one of three versions, or for two, and is gone in the end
// makes no difference to what comes out, and no line of the user's is lost. No version
// drops what another edited, added or moved, because who skips the one before sees
// nothing of that.
func TestKeptForAWhile(t *testing.T) {
	same := 0
	for seed := range uint64(600) {
		h := newHistory(rand.New(rand.NewPCG(16, seed)))
		keep := func(path string) bool { return strings.HasPrefix(path, h.keep) }
		plain, conflict := h.run(t, func(int) func(string) bool { return nil })
		last := 1 + h.dice.IntN(2) // the version with which the pattern is there for the last time
		kept, conflict2 := h.run(t, func(version int) func(string) bool {
			if version <= last {
				return keep
			}
			return nil
		})
		if conflict || conflict2 {
			continue
		}
		same++
		if print(plain) != print(kept) {
			t.Fatalf("seed %d, %q kept to version %d\n%s\nwithout\n%s\nwith\n%s", seed, h.keep, last, h, print(plain), print(kept))
		}
	}
	if same < 300 {
		t.Errorf("only %d histories had no conflict", same)
	}
}

// A history is four versions of a template and what the user makes of the files before
// each update.
type history struct {
	versions []map[string][]string // lines by path
	disk     map[string][]string   // the user's first edit of the first version
	keep     string                // what kept paths begin with
	dice     *rand.Rand
}

func newHistory(r *rand.Rand) history {
	h := history{dice: r, keep: []string{"a", "d/", "d/b", ""}[r.IntN(4)], disk: map[string][]string{}}
	first := map[string][]string{}
	for _, path := range []string{"a", "b", "d/a", "d/b", "d/c"} {
		for i := range 12 {
			first[path] = append(first[path], fmt.Sprint(path, ":", i))
		}
	}
	h.versions = append(h.versions, first)
	changed, edited := map[string]bool{}, map[string]bool{} // what a version moved or added, and edited
	for v := range 3 {
		next := map[string][]string{}
		for path, lines := range h.versions[v] {
			next[path] = slices.Clone(lines)
		}
		for _, path := range slices.Sorted(maps.Keys(h.versions[v])) {
			switch lines := next[path]; r.IntN(6) {
			case 0, 1:
				lines[4+v], edited[path] = fmt.Sprint("t", v, ":", path), true
			case 2:
				if !changed[path] && !edited[path] {
					delete(next, path)
				}
			case 3:
				if to := []string{"m/", "d/m"}[r.IntN(2)] + strings.ReplaceAll(path, "/", "-"); !changed[path] {
					changed[to], edited[to] = true, edited[path]
					delete(next, path)
					next[to] = lines
				}
			}
		}
		if r.IntN(2) == 0 {
			path := []string{"n", "d/n", "a.n"}[v]
			next[path], changed[path] = nil, true
			for i := range 8 {
				next[path] = append(next[path], fmt.Sprint(path, "-", i))
			}
		}
		h.versions = append(h.versions, next)
	}
	for _, path := range slices.Sorted(maps.Keys(first)) {
		switch lines := slices.Clone(first[path]); r.IntN(5) {
		case 0, 1:
			lines[0] = "u:" + path
			h.disk[path] = lines
		case 2:
			h.disk[path] = append(lines, "u:"+path)
		case 3:
			h.disk[path] = lines
		case 4: // moved by the user
			h.disk["own/"+path] = append(lines, "u:"+path)
		}
	}
	return h
}

// run updates through all versions and returns what is on disk in the end.
func (h history) run(t *testing.T, keep func(version int) func(string) bool) (disk tree.Tree, conflict bool) {
	base, disk := textTree(h.versions[0]), textTree(h.disk)
	for v := 1; v <= len(h.versions); v++ { // the last twice, without a pattern
		theirs := textTree(h.versions[min(v, len(h.versions)-1)])
		ours, others := see(disk, base, theirs)
		o := labels
		o.Keep, o.Others = keep(v), others
		p := Make(base, ours, theirs, o)
		after, err := applyTo(disk, p)
		if err != nil {
			t.Fatalf("%s\n%v\n%s", h, err, say(p))
		}
		left := linesOf(after)
		for line := range linesOf(disk) {
			if strings.HasPrefix(line, "u:") && !left[line] {
				t.Fatalf("%s\nversion %d loses %s\n%s", h, v, line, say(p))
			}
		}
		conflict = conflict || p.Count(Conflict) > 0
		base, disk = p.NextBase(base, theirs), after
	}
	return disk, conflict
}

func (h history) String() string {
	var b strings.Builder
	for _, files := range append(slices.Clone(h.versions), h.disk) {
		fmt.Fprintln(&b, print(textTree(files)))
	}
	return b.String()
}

func textTree(files map[string][]string) tree.Tree {
	var all []tree.File
	for path, lines := range files {
		all = append(all, tree.File{Path: path, Mode: tree.ModeFile, Data: []byte(strings.Join(lines, "\n") + "\n")})
	}
	return tree.Found(all...)
}
