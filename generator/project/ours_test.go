//go:build unix

package project

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator/index"
	"scaffold/generator/tree"
)

// others looks for a file like lost among files, and says what it finds: the
// user's own files, and those where nothing is moved to with the reason.
func others(t *testing.T, files map[string]string, l Look) (Others, []string) {
	t.Helper()
	o, err := ReadOthers(write(t, state(t), files), l)
	if err != nil {
		t.Fatal(err)
	}
	var say []string
	for _, f := range slices.Concat(o.Files, o.Elsewhere) {
		word := f.Path
		if f.Mode.IsRegular() {
			word += " read"
		}
		if why := o.Barred[f.Path]; why != "" {
			word += ", " + why
		}
		say = append(say, word)
	}
	return o, say
}

var lost = strings.Repeat("a line\n", 100)

var like = tree.Found(tree.File{Path: "main.go", Data: []byte(lost)})

func TestReadOthersTellsWhoseAFileIs(t *testing.T) {
	known := []string{"bin/run", "main.go", "mine"}
	_, got := others(t, map[string]string{
		"own/a": lost, "short": "x",
		"repo/.git/HEAD": "", "repo/in/a": lost, "repo/short": "x",
		"linked/.git": "gitdir: x", "linked/a": lost,
		"hg/.hg/x": "", "hg/a": lost,
		"bare/HEAD": "", "bare/objects/x": "", "bare/refs/x": "", "bare/a": lost,
		"sub/a":        lost,
		"pk/pack.yaml": "", "pk/files/a": lost, "pk/a": lost,
		"other/scaffold.yaml": "", "other/.scaffold-state/x": "", "other/a": lost,
		"foreign/scaffold.yaml": "", "foreign/a": lost,
		"vendor/a": lost, "build/deep/a": lost, "a.log": lost,
		".trash/a": lost, ".Trash/b": lost,
	}, Look{Known: known, Like: like, Submodules: []string{"sub"}, Ignored: []string{"a.log", "build/"}})
	want := []string{
		"a.log read, git ignores it", "foreign/a read", "foreign/scaffold.yaml", "own/a read", "short",
		"bare/a read, belongs to the repository in bare",
		"build/deep/a read, git ignores it",
		"hg/a read, belongs to the repository in hg",
		"linked/a read, belongs to the repository in linked",
		"other/a read, belongs to the project in other",
		"pk/a read, belongs to the pack in pk", "pk/files/a read, belongs to the pack in pk",
		"repo/in/a read, belongs to the repository in repo",
		"sub/a read, belongs to the repository in sub",
		"vendor/a read, is in a folder for other people's code",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A project may be the pack that it is made from.
func TestReadOthersInAPack(t *testing.T) {
	_, got := others(t, map[string]string{"pack.yaml": "", "files/a": lost, "a": lost}, Look{Known: []string{"bin/run", "main.go", "mine"}, Like: like})
	if want := []string{"a read", "pack.yaml", "files/a read, belongs to the pack of this folder"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A folder with very many files does not hide what is beside it or deeper in
// another, whatever it is called; but that not all was seen is told.
func TestReadOthersBeyondTheCap(t *testing.T) {
	root := write(t, state(t), map[string]string{"z/deep/er/a": lost})
	if err := os.Mkdir(filepath.Join(root, "build"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(root, "build", fmt.Sprint(i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := func(looked int) (bool, bool) {
		o, err := readOthers(root, Look{Like: like}, quota{looked, maxHeld})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(o.Files, func(f tree.File) bool { return f.Path == "z/deep/er/a" }), o.Capped
	}
	if ok, capped := found(1000); !ok || capped {
		t.Errorf("with room for all: found %v, capped %v", ok, capped)
	}
	if ok, capped := found(200); !ok || !capped {
		t.Errorf("without room for build: found %v, capped %v", ok, capped)
	}
	if ok, capped := found(3); ok || !capped {
		t.Errorf("without room: found %v, capped %v", ok, capped)
	}
	o, err := readOthers(root, Look{Like: like}, quota{1000, 10})
	if err != nil || !o.Capped {
		t.Errorf("without room for bytes: capped %v, %v", o.Capped, err)
	}
	o, err = readOthers(root, Look{Like: like, Ignored: []string{"build/"}}, quota{200, maxHeld})
	if err != nil || o.Capped {
		t.Errorf("what is ignored counts: capped %v, %v", o.Capped, err)
	}
}

func TestReadOthersByEnding(t *testing.T) {
	_, got := others(t, map[string]string{"a.go": "x", "b.txt": "x"}, Look{Known: []string{"bin/run", "main.go", "mine"}, Ending: ".go"})
	if want := []string{"a.go read", "b.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSeen(t *testing.T) {
	s := NewSeen([]string{"b", "a", "c/d", "a"})
	again, err := parseSeen(s.comment())
	if err != nil || !slices.Equal(s, again) || len(again) != 3 || !again.Has("a") || !again.Has("c/d") || again.Has("d") {
		t.Errorf("got %v, %v, want %v", again, err, s)
	}
	none, err := parseSeen(NewSeen(nil).comment())
	if err != nil || none == nil || len(none) > 0 {
		t.Errorf("that there was nothing is read as %v, %v", none, err)
	}
	unknown, err := parseSeen("")
	if err != nil || unknown != nil || NewSeen(make([]string, maxSeen+1)).comment() != "" {
		t.Errorf("that nothing is known is read as %v, %v", unknown, err)
	}
	for _, damaged := range []string{"x", seenHead, seenHead + "abc", s.comment() + "\x00\x00\x00\x00", strings.Replace(s.comment(), "there", "THERE", 1)} {
		if _, err := parseSeen(damaged); err == nil {
			t.Errorf("%q is read", damaged)
		}
	}
	var most []string
	for i := range maxSeen {
		most = append(most, fmt.Sprint(i))
	}
	if n := len(NewSeen(most).comment()); n > 65_535 {
		t.Errorf("the most has %d bytes, more than a comment", n)
	}
}

// base.zip keeps it, and a change of the conflicts alone keeps what it had.
func TestSeenInTheState(t *testing.T) {
	s := state(t)
	s.Seen = func() Seen { return NewSeen([]string{"own"}) }
	p, err := Open(write(t, s, nil), nil)
	if err != nil || !p.Seen.Has("own") || p.Seen.Has("other") {
		t.Fatalf("got %v, %v", p.Seen, err)
	}
	changes, err := p.KeepConflicts(nil)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := decodeBase(written(t, *changes[len(changes)-1].After))
	if err != nil || !slices.Equal(m.seen, p.Seen) {
		t.Errorf("after Settle it is %v, %v", m.seen, err)
	}
}

// A file is not read where the index says that it is as the template wrote it: here
// the index lies, and is believed. Where it says of another state of the file, the file is
// read.
func TestReadOursByIndex(t *testing.T) {
	s := state(t)
	var files []tree.File
	for i := range index.Least {
		files = append(files, tree.File{Path: fmt.Sprintf("file%03d", i), Mode: tree.ModeFile, Data: []byte("template's"), Origin: "x"})
	}
	s.Base = tree.Found(files...)
	root := write(t, s, map[string]string{"file000": "the user's", "file001": "the user's"})
	p, err := Open(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	lies := index.New()
	for name, size := range map[string]int64{"file000": 0, "file001": 1} {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		stat := index.StatOf(info)
		stat.Size += size
		lies.Add(name, stat, files[0].Sum(), info.ModTime().Add(time.Hour))
	}
	p.index = index.Decode(lies.Encode(), time.Now().Add(time.Hour))
	disk, err := p.ReadOurs([]string{"file000", "file001"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"file000": "template's", "file001": "the user's"} {
		if f, _ := disk.Files.Find(name); string(f.Data) != want {
			t.Errorf("%s: %q, want %q", name, f.Data, want)
		}
	}
}
