//go:build unix

package project

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// write makes a project of s on disk, and of any other files.
func write(t *testing.T, s State, others map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files, err := s.files()
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(files, slices.Collect(s.Base.All()))
	for path, data := range others {
		all = append(all, tree.File{Path: path, Mode: tree.ModeFile, Data: []byte(data)})
	}
	for _, f := range all {
		name := filepath.Join(root, f.Path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, f.Mode); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func conflicted(t *testing.T) State {
	s := state(t)
	s.Conflicts = []plan.ConflictRecord{
		{Path: "main.go", Kind: "content", Sum: strings.Repeat("0", 64), To: "main.go"},
		{Path: "bin/run", Kind: "type change", Sum: strings.Repeat("1", 64), To: "bin.scaffold-new.2/run"},
	}
	return s
}

// What was written is read back, and needs no change.
func TestOpen(t *testing.T) {
	s := conflicted(t)
	root := write(t, s, nil)
	p, err := Open(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Config.Reference != s.Reference || p.Config.Version != s.Version || p.Reference != s.Reference || p.Pack != s.Pack || p.Version != s.Version {
		t.Errorf("got %+v", p)
	}
	if !sameTree(p.Base, s.Base) || !slices.Equal(p.Conflicts, s.Conflicts) {
		t.Errorf("base %v\nconflicts %v", slices.Collect(p.Base.All()), p.Conflicts)
	}
	layer, err := p.Config.Layer(questions)
	if err != nil || len(layer) != 5 || !strings.HasSuffix(layer[0].Where, "/scaffold.yaml:5:9: name") {
		t.Errorf("layer %v, %v", layer, err)
	}
	s.Conflicts = nil // resolved
	if changes, err := p.Changes(s, Edit{}); err != nil || changes != nil {
		t.Errorf("changes %v, %v", changes, err)
	}
}

// The order is scaffold.yaml, then base.zip; what is missing is written again.
func TestChanges(t *testing.T) {
	s := state(t)
	root := write(t, s, nil)
	if err := os.Remove(filepath.Join(root, tree.IgnoreFile)); err != nil {
		t.Fatal(err)
	}
	p, err := Open(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Version = "1.3.0"
	changes, err := p.Changes(s, Edit{Version: s.Version})
	var paths []string
	for _, c := range changes {
		paths = append(paths, c.After.Path)
		if (c.Ours == nil) != (c.After.Path == tree.IgnoreFile) {
			t.Errorf("%s: before %v", c.After.Path, c.Ours)
		}
	}
	if want := []string{tree.IgnoreFile, tree.ConfigFile, tree.BaseFile}; err != nil || !slices.Equal(paths, want) {
		t.Fatalf("got %v, %v; want %v", paths, err, want)
	}
	left, err := p.KeepConflicts([]plan.ConflictRecord{{Path: "main.go", Kind: "content", To: "main.go"}})
	if err != nil || len(left) != 2 {
		t.Fatalf("settle: %v, %v", left, err)
	}
	if m, _, err := decodeBase(written(t, *left[1].After)); err != nil || len(m.Conflicts) != 1 || m.Version() != "1.2.3" {
		t.Errorf("settled: %+v, %v", m, err)
	}
}

func (m manifest) Version() string { return m.Pack.Version }

// Cut anywhere, or with any byte changed, base.zip is refused or says the same.
func TestBaseByteByByte(t *testing.T) {
	s := conflicted(t)
	good := encoded(t, s)
	check := func(what string, at int, data []byte) {
		m, base, err := decodeBase(data)
		if err == nil && (!sameTree(base, s.Base) || m.Pack != (packRecord{s.Reference, s.Pack, s.Version, s.Digest, ""})) {
			t.Fatalf("%s at %d was not noticed", what, at)
		}
	}
	for i := range good {
		check("cut", i, good[:i])
		changed := bytes.Clone(good)
		changed[i] ^= 0x20
		check("byte changed", i, changed)
	}
}

// What is wrong with base.zip is found before much of it is held: neither its
// size, nor that of its directory, nor what its manifest makes of few bytes, is
// taken on trust.
func TestRefusedBaseIsNotHeld(t *testing.T) {
	const most = 128 << 20
	head := `{"schema":1,"pack":{"source":"a","name":"a","version":"1.0.0","digest":""},`
	fill := func(before, each, after string) []byte {
		return forged(t, zip.Store, entry{manifestName, before + strings.Repeat(each, (maxManifest-len(before)-len(after))/len(each)) + after})
	}
	// A directory of that many entries, of which the end announces n.
	directory := func(count int, n uint16) []byte {
		one := append([]byte("PK\x01\x02"), make([]byte, 42)...)
		end := append([]byte("PK\x05\x06\x00\x00\x00\x00"), make([]byte, 14)...)
		binary.LittleEndian.PutUint16(end[8:], n)
		binary.LittleEndian.PutUint16(end[10:], n)
		binary.LittleEndian.PutUint32(end[12:], uint32(count*len(one)))
		return append(bytes.Repeat(one, count), end...)
	}
	wide := encoded(t, state(t))
	bases := map[string][]byte{
		"nothing but size":       nil,
		"a million entries":      directory(1_000_000, 1_000_000%65536),
		"an entry announced":     directory(1+10*65536, 1),
		"zip64":                  append(append(bytes.Clone(wide[:len(wide)-22]), "PK\x06\x06"+strings.Repeat("\x00", 52)+"PK\x06\x07"+strings.Repeat("\x00", 16)...), wide[len(wide)-22:]...),
		"answers of lists":       fill(head+`"files":{},"answers":{"a":[[]`, ",[]", "]}}"),
		"conflicts":              fill(head+`"files":{},"answers":{},"conflicts":[{}`, ",{}", "]}"),
		"files":                  fill(head+`"answers":{},"files":{"":{}`, `,"":{}`, "}}"),
		"nothing but depth":      fill(head+`"files":{},"answers":{"a":`, "[", ""),
		"depth that is no JSON":  fill("", "[", ""),
		"strings without an end": fill(head+`"files":{},"answers":{"a":"`, `\"`, ""),
	}
	for i, name := range slices.Sorted(maps.Keys(bases)) {
		if os.Getenv("CI") != "true" && i%3 != 0 {
			continue
		}
		data := bases[name]
		root := write(t, state(t), map[string]string{tree.BaseFile: string(data)})
		if data == nil {
			if err := os.Truncate(filepath.Join(root, tree.BaseFile), 300<<20); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(root, nil)
		runtime.ReadMemStats(&after)
		if !problem.IsInput(err) {
			t.Errorf("%s: %v", name, err)
		}
		if held := after.TotalAlloc - before.TotalAlloc; held > most {
			t.Errorf("%s: takes %d MiB", name, held>>20)
		}
	}
}

// What looks like a key, or stands in two objects, is not one key twice.
func TestShape(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `"a"`, `{"answers": {"a": ["a", "a", {"a": 1}, {"a": ":"}], "b": "a", "c" : "\":{", "\\": "\\", "": "", "FILES": "a"}}`,
	} {
		if err := checkShape([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"a":1, "b":{"c":[{"d":1,"d":1}]}}`: `has the key "d" twice`,
		`{"files":{"\\":1,"\u005c":2}}`:      `has the key "\\" twice`,
		`{"a":{"b":1},"b":2,"a" : 3}`:        `has the key "a" twice`,
		`{"files":{"A":{"Mode":"0644"}}}`:    `has the key "Mode": keys are in lower case`,
		`{"answers":{},"Answers":{"A":1}}`:   `has the key "A": keys are in lower case`,
		`{"a":[[[1,[]]]]}`:                   `nests more than 4 deep`,
	} {
		if err := checkShape([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// What a manifest must not say.
func TestHostileManifest(t *testing.T) {
	sum := strings.Repeat("0", 64)
	head := `{"schema":1,"pack":{"source":"a","name":"a","version":"1.0.0","digest":""},"answers":{},`
	for name, text := range map[string]string{
		"a key twice":          head + `"files":{},"files":{}}`,
		"a key twice, deep":    head + `"files":{"a":{"mode":"0644","mode":"0755","sha256":"","template":""}}}`,
		"two spellings":        head + `"files":{"a":{"mode":"0644","mod\u0065":"0755","sha256":"","template":""}}}`,
		"two bad spellings":    head + `"files":{"` + "\xff" + `":{},"` + "\xfe" + `":{}}}`,
		"twice after a list":   `{"schema":1,"conflicts":[{},[":"]],"answers":{"x":"{\"","x":2}}`,
		"more after it":        head + `"files":{}}{}`,
		"no version":           `{"schema":1,"pack":{},"answers":{},"files":{}}`,
		"conflict above":       head + `"files":{},"conflicts":[{"path":"../x","kind":"","sha256":"` + sum + `","to":"x"}]}`,
		"conflict beside .git": head + `"files":{},"conflicts":[{"path":"x","kind":"","sha256":"` + sum + `","to":".git/hooks/x.scaffold-new"}]}`,
		"unknown key":          head + `"files":{},"more":1}`,
		"newer":                `{"schema":2}`,
		"FILES":                head + `"FILES":{}}`,
		"Schema":               strings.Replace(head, "schema", "Schema", 1) + `"files":{}}`,
		"Mode":                 head + `"files":{"a":{"Mode":"0644","sha256":"","template":""}}}`,
		"Version":              strings.Replace(head, "version", "Version", 1) + `"files":{}}`,
		"To":                   head + `"files":{},"conflicts":[{"path":"x","kind":"","sha256":"` + sum + `","To":"x"}]}`,
		"ſource":               strings.Replace(head, "source", "ſource", 1) + `"files":{}}`, // which folds to source
		"an object's answer":   strings.Replace(head, `{},`, `{"a":{"b":"c"}},`, 1) + `"files":{}}`,
		"null for an answer":   strings.Replace(head, `{},`, `{"a":null},`, 1) + `"files":{}}`,
	} {
		m, err := decodeManifest([]byte(text))
		if err == nil {
			err = m.checkValues()
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFind(t *testing.T) {
	root := write(t, state(t), map[string]string{"a/b/c": "", "nested/scaffold.yaml": "pack: x\n", "nested/x/y": "", "foreign/scaffold.yaml": "questions: []\n", "foreign/x/y": ""})
	for start, want := range map[string]string{"": "", "a": "", "a/b": "", "nested": "nested", "nested/x": "nested", "foreign": "", "foreign/x": ""} {
		got, err := Find(filepath.Join(root, start))
		if err != nil || got != filepath.Join(root, want) {
			t.Errorf("%s: got %s, %v", start, got, err)
		}
	}
	for _, start := range []string{filepath.Dir(root), filepath.Join(root, "nothing"), filepath.Join(root, "main.go")} {
		if got, err := Find(start); !problem.IsInput(err) {
			t.Errorf("%s: got %s, %v", start, got, err)
		}
	}
}

// Links, folders and pipes are told, not followed; nested projects are found.
func TestReadOurs(t *testing.T) {
	root := write(t, state(t), map[string]string{
		"deep/a": "a", "deep/er/b": "b", "sub/scaffold.yaml": "", "sub/.scaffold-state/base.zip": "", "sub/c": "c", "file": "f", "out/d": "d",
	})
	for _, err := range []error{
		os.Symlink("out", filepath.Join(root, "link")),
		os.Symlink("file", filepath.Join(root, "alias")),
		syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600),
		os.Chmod(filepath.Join(root, "deep/a"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := ReadOurs(root, []string{"deep/a", "deep/er/b", "deep/no", "no/where", "sub/c", "file/x", "link/d", "link/e", "alias", "pipe", "deep", "deep/a"}, tree.Tree{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"alias": fs.ModeSymlink, "deep": fs.ModeDir, "deep/a": 0, "deep/er/b": 0, "pipe": fs.ModeNamedPipe, "sub/c": 0}
	for f := range d.Files.All() {
		if kind, ok := want[f.Path]; !ok || f.Mode.Type() != kind || kind == 0 && string(f.Data) != f.Path[len(f.Path)-1:] {
			t.Errorf("%s: %v %q", f.Path, f.Mode, f.Data)
		}
		delete(want, f.Path)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if a, _ := d.Files.Find("deep/a"); a.Mode.Perm() != 0o700 {
		t.Errorf("mode %v", a.Mode)
	}
	if len(d.Blocking) != 2 || d.Blocking[0].Path != "file" || d.Blocking[1].Path != "link" || d.Blocking[1].Mode.Type() != fs.ModeSymlink {
		t.Errorf("blocking %v", d.Blocking)
	}
	if !slices.Equal(d.Nested, []string{"sub"}) {
		t.Errorf("nested %v", d.Nested)
	}
	taken := Taken(root)
	for name, want := range map[string]bool{"file": true, "file/x": true, "link/d": true, "deep/no": false, "no/where": false} {
		if taken(name) != want {
			t.Errorf("taken %s: %v", name, !want)
		}
	}
}

// Many large files, which take a clone next to nothing, are not held.
func TestReadOursIsCapped(t *testing.T) {
	root := t.TempDir()
	var paths []string
	for i := range 100 {
		path := string(rune('a'+i/10)) + string(rune('0'+i%10))
		paths = append(paths, path)
		if err := os.WriteFile(filepath.Join(root, path), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(root, path), 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := ReadOurs(root, paths, tree.Tree{})
	runtime.ReadMemStats(&after)
	const want = "a0 has 1099511627776 bytes, and with the template's other files that is more than 503316480"
	if held := after.TotalAlloc - before.TotalAlloc; !problem.IsInput(err) || err.Error() != want || held > 8<<20 {
		t.Errorf("%d MiB, %v", held>>20, err)
	}
}

// A file beside the project is read, and nothing that may hang or be elsewhere.
func TestReadNear(t *testing.T) {
	root := write(t, state(t), map[string]string{"above/pack": "near", "above/p/in": "in"})
	project := filepath.Join(root, "p")
	for _, err := range []error{
		os.Mkdir(project, 0o700),
		os.Symlink("above", filepath.Join(root, "link")),
		os.Symlink("pack", filepath.Join(root, "above/alias")),
		syscall.Mkfifo(filepath.Join(root, "above/pipe"), 0o600),
		os.Truncate(filepath.Join(root, "above/p/in"), 1<<40),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"../above/pack": "near", "./x/../../above/pack": "near", "../p/../above/pack": "near"} {
		if got, err := ReadNear(project, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{
		filepath.Join(root, "above/pack"), strings.Repeat("../", 40) + filepath.Join(root, "above/pack")[1:], strings.Repeat("../", 40),
		"../link/pack", "../above/alias", "../above/pipe", "../above/p/in", "../above", "..", ".", "", "../nothing/pack",
	} {
		if got, err := ReadNear(project, name); err == nil {
			t.Errorf("%s: read %q", name, got)
		}
	}
}

// Only files near in size are read, and nothing in folders that are not the
// project's own.
func TestReadOthers(t *testing.T) {
	lost := strings.Repeat("a line\n", 100)
	root := write(t, state(t), map[string]string{
		"moved/main.go": lost, "short": "x", "node_modules/x/main.go": lost, ".git/main.go": lost,
		"sub/scaffold.yaml": "", "sub/.scaffold-state/base.zip": "", "sub/main.go": lost, "known": lost,
	})
	if err := os.Symlink("moved", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	others, err := ReadOthers(root, Look{
		Known: []string{"known", "main.go", "bin/run", "mine"}, Like: tree.Found(tree.File{Path: "main.go", Data: []byte(lost[:600])}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range others.Files {
		word := f.Path
		if f.Mode.IsRegular() {
			word += " " + f.Sum()[:4]
		}
		got = append(got, word)
	}
	sum := tree.File{Data: []byte(lost)}.Sum()[:4]
	if want := []string{"link", "moved/main.go " + sum, "short"}; !slices.Equal(got, want) || others.Capped {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(others.Nested, []string{"sub"}) {
		t.Errorf("nested %v", others.Nested)
	}
}

// An answer that scaffold.yaml and the base have alike is none that changed.
func TestConfigAnswers(t *testing.T) {
	p, err := Open(write(t, state(t), nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range p.Config.Answers() {
		a, ok := state(t).Answers.Find(name)
		if !ok || answer.Format(a.Value) != value {
			t.Errorf("%s: %q, want %v", name, value, a.Value)
		}
	}
}

// What is remembered already is known by its sum, and what is not only by writing it.
func TestBaseThatStays(t *testing.T) {
	p, err := Open(write(t, state(t), nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		left []plan.ConflictRecord
		same bool
	}{
		{p.Conflicts, true},
		{append(slices.Clip(p.Conflicts), plan.ConflictRecord{Path: "main.go", Kind: "content", To: "main.go"}), false},
	} {
		changes, err := p.KeepConflicts(tt.left)
		if err != nil {
			t.Fatal(err)
		}
		step := changes[len(changes)-1]
		if step.After.IsUnsummed() == tt.same || (step.After.Sum() == step.Ours.Sum()) != tt.same {
			t.Errorf("%v: the sums are %s and %s", tt.left, step.Ours.Sum(), step.After.Sum())
		}
	}
}
