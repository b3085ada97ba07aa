package project

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

var questions = pack.Pack{Name: "web", Questions: []pack.Question{
	{Name: "name", Type: pack.String},
	{Name: "text", Type: pack.Text},
	{Name: "parts", Type: pack.Choices, Choices: []string{"a", "b"}},
	{Name: "port", Type: pack.Int},
	{Name: "flag", Type: pack.Bool},
	{Name: "absent", Type: pack.String, When: "never"},
}}

func state(t *testing.T) State {
	t.Helper()
	layer := answer.Layer{
		{Name: "name", Text: "yes"}, {Name: "text", Text: "two\n\"lines\": # é\U0001f600"}, {Name: "parts", Text: "b,a"},
		{Name: "port", Text: "80"}, {Name: "flag", Text: "true"},
	}
	answers, err := answer.Resolve(questions, []answer.Layer{layer}, func(text string, _ map[string]any) (string, error) { return text, nil }, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	base, err := tree.New(
		tree.File{Path: "main.go", Mode: tree.ModeFile, Data: []byte("package main\n"), Origin: "main.go.tmpl"},
		tree.File{Path: "bin/run", Mode: tree.ModeExec, Data: []byte("\x00\xff\r\n"), Origin: "run"},
		tree.File{Path: "mine", Mode: tree.ModeFile, Data: nil, Origin: "mine", Once: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	return State{
		Reference: "../packs/web", Pack: "web", Version: "1.2.3", Digest: "d1e5",
		Answers:   answers,
		Base:      base,
		Conflicts: []plan.ConflictRecord{{Path: "main.go", Kind: "merge", Sum: "5u", To: "main.go.scaffold-new"}},
	}
}

// The order is that of writing: what says that all is there comes last.
func TestFiles(t *testing.T) {
	files, err := state(t).files()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ path, data string }{
		{".scaffold-state/.gitattributes", "base.zip -text -diff -merge -filter -ident -working-tree-encoding\n"},
		{".scaffold-state/.gitignore", "# The user's own rules may ignore *.zip; this one is part of the project.\n*\n!.gitattributes\n!.gitignore\n!base.zip\n"},
		{"scaffold.yaml", `# What this project should be. Change an answer, then run: scaffold regenerate
pack: "../packs/web"
version: 1.2.3
answers:
  name: "yes"
  text: "two\n\"lines\": # é😀"
  parts: [a, b]
  port: 80
  flag: true
`},
		{".scaffold-state/base.zip", ""},
	}
	if len(files) != len(want) {
		t.Fatalf("got %d files, want %d", len(files), len(want))
	}
	for i, f := range files {
		if f.Path != want[i].path || f.Mode != tree.ModeFile || want[i].data != "" && string(f.Data) != want[i].data {
			t.Errorf("file %d: %04o %s\n%s\nwant %s\n%s", i, f.Mode, f.Path, f.Data, want[i].path, want[i].data)
		}
	}
}

// scaffold.yaml gives the answers back as they were.
func TestConfigIsReadBack(t *testing.T) {
	s := state(t)
	doc, root, err := strictyaml.Parse("scaffold.yaml", s.config())
	if err != nil {
		t.Fatal(err)
	}
	fields := root.Fields("pack", "version", "answers")
	layer := answer.FromNode("scaffold.yaml", fields["answers"], questions, nil)
	if source, version := fields["pack"].Text(), fields["version"].Text(); source != s.Reference || version != s.Version || doc.Err() != nil {
		t.Errorf("pack %q, version %q, %v", source, version, doc.Err())
	}
	again, err := answer.Resolve(questions, []answer.Layer{layer}, func(text string, _ map[string]any) (string, error) { return text, nil }, answer.Asker{})
	if err != nil || !reflect.DeepEqual(again.Data(), s.Answers.Data()) {
		t.Errorf("got %v, %v; want %v", again.Data(), err, s.Answers.Data())
	}
}

func encoded(t *testing.T, s State) []byte {
	t.Helper()
	made, err := s.encodeBase(Project{})
	if err != nil {
		t.Fatal(err)
	}
	return written(t, made)
}

// written returns the bytes of a file that are not held.
func written(t *testing.T, f tree.File) []byte {
	t.Helper()
	var data bytes.Buffer
	if err := f.Write(&data); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func TestBaseRoundTrip(t *testing.T) {
	s := state(t)
	m, base, err := decodeBase(encoded(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if !sameTree(base, s.Base) {
		t.Errorf("got %v\nwant %v", slices.Collect(base.All()), slices.Collect(s.Base.All()))
	}
	if m.Schema != 1 || m.Pack != (packRecord{s.Reference, s.Pack, s.Version, s.Digest, ""}) || !slices.Equal(m.Conflicts, s.Conflicts) {
		t.Errorf("got %+v", m)
	}
	const want = `{"flag":true,"name":"yes","parts":["a","b"],"port":80,"text":"two\n\"lines\": # é😀"}`
	if got, err := json.Marshal(m.Answers); err != nil || string(got) != want {
		t.Errorf("answers: got %s, %v; want %s", got, err, want)
	}
	if m, base, err := decodeBase(encoded(t, State{Version: "1.0.0"})); err != nil || base.Len() != 0 || m.Schema != 1 {
		t.Errorf("an empty State: %+v, %d files, %v", m, base.Len(), err)
	}
}

func sameTree(a, b tree.Tree) bool {
	return slices.EqualFunc(slices.Collect(a.All()), slices.Collect(b.All()), func(x, y tree.File) bool {
		return x.Path == y.Path && x.Mode == y.Mode && bytes.Equal(x.Data, y.Data) && x.Origin == y.Origin && x.Once == y.Once
	})
}

// The same state is the same bytes, and nothing in them tells when or in which
// order it was made.
func TestBaseIsReproducible(t *testing.T) {
	want := encoded(t, state(t))
	for range 20 {
		if !bytes.Equal(encoded(t, state(t)), want) {
			t.Fatal("the same state gives other bytes")
		}
	}
	s := state(t)
	files := slices.Collect(s.Base.All())
	slices.Reverse(files)
	var err error
	if s.Base, err = tree.New(files...); err != nil || !bytes.Equal(encoded(t, s), want) {
		t.Errorf("the order of the files shows: %v", err)
	}
	z, err := zip.NewReader(bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range z.File {
		names = append(names, entry.Name)
		if entry.Method != zip.Store || entry.ModifiedDate != 0 || entry.ModifiedTime != 0 || len(entry.Extra) != 0 {
			t.Errorf("%s: method %d, date %d, time %d, extra %x", entry.Name, entry.Method, entry.ModifiedDate, entry.ModifiedTime, entry.Extra)
		}
	}
	if want := []string{"manifest.json", "files/bin/run", "files/main.go", "files/mine"}; !slices.Equal(names, want) {
		t.Errorf("entries %q, want %q", names, want)
	}
}

// decodeBase reads a base.zip that is in memory.
func decodeBase(data []byte) (manifest, tree.Tree, error) {
	h, err := readHead(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return h.manifest, tree.Tree{}, err
	}
	base, err := h.readFiles(data)
	return h.manifest, base, err
}

// Whatever happens to the bytes on their way, reading them is an error or gives
// what was written: never something else, and never a panic.
func TestDamagedBase(t *testing.T) {
	s := state(t)
	whole := encoded(t, s)
	for n := range whole {
		if _, _, err := decodeBase(whole[:n]); err == nil {
			t.Errorf("truncated to %d of %d bytes it is read", n, len(whole))
		}
	}
	wantManifest, _, err := decodeBase(whole)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range whole {
		for _, flip := range []byte{0x01, 0x20, 0x80, 0xff} {
			damaged := bytes.Clone(whole)
			damaged[i] ^= flip
			m, base, err := decodeBase(damaged)
			if err != nil {
				refused++
				continue
			}
			if !sameTree(base, s.Base) || !reflect.DeepEqual(m, wantManifest) {
				t.Errorf("byte %d changed by %#x: it is read as something else", i, flip)
			}
		}
	}
	// Dates and the like may change; names, contents and sums may not.
	if refused < 2*len(whole) {
		t.Errorf("only %d of %d damages are noticed", refused, 4*len(whole))
	}
}

// entry is a file of a forged base.zip.
type entry struct{ name, data string }

func forged(t *testing.T, method uint16, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err == nil {
			_, err = io.WriteString(w, e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// listing is a manifest of the files, which is itself in order.
func listing(t *testing.T, files map[string]item) entry {
	t.Helper()
	text, err := json.Marshal(manifest{Schema: Schema, Pack: packRecord{Version: "1.0.0"}, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	return entry{manifestName, string(text)}
}

// The state arrives with a clone: whoever made it may have meant harm.
func TestForgedBase(t *testing.T) {
	of := func(data string) item { return item{Mode: "0644", Sum: tree.File{Data: []byte(data)}.Sum()} }
	one := func(path, data string) []byte {
		return forged(t, zip.Store, listing(t, map[string]item{path: of(data)}), entry{filesPrefix + path, data})
	}
	store := func(entries ...entry) []byte { return forged(t, zip.Store, entries...) }
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "is no zip file"},
		{"text", []byte("<<<<<<< HEAD\n"), "is no zip file"},
		{"an empty zip", store(), "does not start with manifest.json"},
		{"files first", store(entry{"files/a", ""}, listing(t, nil)), "does not start with manifest.json"},
		{"a manifest that is no JSON", store(entry{manifestName, "{"}), "manifest.json: unexpected end of JSON input"},
		{"an empty manifest", store(entry{manifestName, ""}), "manifest.json: unexpected end of JSON input"},
		{"no schema", store(entry{manifestName, "{}"}), "manifest.json: schema 0, and this scaffold reads 1: use the scaffold that wrote it, or a newer one"},
		{"a newer schema", store(entry{manifestName, `{"schema": 2, "something": "new"}`}), "manifest.json: schema 2, and this scaffold reads 1: use the scaffold that wrote it, or a newer one"},
		{"a schema of another type", store(entry{manifestName, `{"schema": "1"}`}), "manifest.json: json: cannot unmarshal string"},
		{"an unknown field", store(entry{manifestName, `{"schema": 1, "hooks": {"post": "rm -rf /"}}`}), `manifest.json: json: unknown field "hooks"`},
		{"an unknown field of a file", store(entry{manifestName, `{"schema": 1, "files": {"a": {"link": "/etc/passwd"}}}`}), `manifest.json: json: unknown field "link"`},
		{"two manifests in one", store(entry{manifestName, `{"schema": 1} {"schema": 1}`}), "manifest.json: invalid character '{' after top-level value"},
		{"one key twice", store(entry{manifestName, `{"schema": 1, "pack": {"version": "1.0.0", "version": "2.0.0"}}`}), `manifest.json: has the key "version" twice`},
		{"no version", store(entry{manifestName, `{"schema": 1}`}), `manifest.json: version "" is no semantic version`},
		{"a conflict outside", store(entry{manifestName, `{"schema": 1, "pack": {"version": "1.0.0"}, "conflicts": [{"path": "a", "to": "../a.scaffold-new"}]}`}),
			`manifest.json: conflicts: path "../a": has the element ".."`},
		{"null", store(entry{manifestName, "null"}), "manifest.json: schema 0"},

		{"up and out", one("../../etc/passwd", "x"), `path "../../etc/passwd": has the element "..", which leaves its folder`},
		{"absolute", one("/etc/passwd", "x"), `path "/etc/passwd": is absolute`},
		{"of git", one(".git/hooks/post-checkout", "x"), `path ".git/hooks/post-checkout": has the element ".git"`},
		{"of the state", one(".scaffold-state/lock", "x"), `path ".scaffold-state/lock": has the element ".scaffold-state"`},
		{"a backslash", one(`..\x`, "x"), `path "..\\x": has a backslash`},
		{"a folder", one("a/", ""), `path "a/": has an empty element`},
		{"no name", one("", ""), `path "": is empty`},
		{"names that differ by case", store(listing(t, map[string]item{"A": of("x"), "a": of("x")}), entry{"files/A", "x"}, entry{"files/a", "x"}), `paths "A" and "a" differ only by letter case`},
		{"a file that is a folder", store(listing(t, map[string]item{"a": of("x"), "a/b": of("x")}), entry{"files/a", "x"}, entry{"files/a/b", "x"}), `path "a" is both a file and a folder`},

		{"not listed", store(listing(t, nil), entry{"files/a", "x"}), `has "files/a", which its manifest does not list`},
		{"beside files/", store(listing(t, map[string]item{"a": of("x")}), entry{"a", "x"}), `has "a", which its manifest does not list`},
		{"listed and not there", store(listing(t, map[string]item{"a": of("x"), "b": of("x")}), entry{"files/a", "x"}), "lacks 1 of the 2 files its manifest lists"},
		{"twice, and another not at all", store(listing(t, map[string]item{"a": of("x"), "b": of("x")}), entry{"files/a", "x"}, entry{"files/a", "x"}), `path "a" is written twice`},
		{"twice the manifest", store(listing(t, nil), listing(t, nil)), `has "manifest.json", which its manifest does not list`},
		{"another content", store(listing(t, map[string]item{"a": of("x")}), entry{"files/a", "y"}), `"a": is not what the manifest says`},
		{"setuid", store(listing(t, map[string]item{"a": {Mode: "4755", Sum: of("x").Sum}}), entry{"files/a", "x"}), `"a": mode "4755" is neither 0644 nor 0755`},
		{"no mode", store(listing(t, map[string]item{"a": {Sum: of("x").Sum}}), entry{"files/a", "x"}), `"a": mode "" is neither 0644 nor 0755`},
	}
	for _, tt := range tests {
		_, _, err := decodeBase(tt.data)
		if got := fmt.Sprint(err); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// A little zip of very many bytes or entries is refused before it fills memory.
func TestBombs(t *testing.T) {
	huge := strings.Repeat(" ", maxManifest+1)
	if _, _, err := decodeBase(forged(t, zip.Store, entry{manifestName, huge})); fmt.Sprint(err) != "manifest.json: is larger than 16777216 bytes" {
		t.Errorf("a manifest: %v", err)
	}
	if _, _, err := decodeBase(forged(t, zip.Deflate, entry{manifestName, huge})); fmt.Sprint(err) != `has "manifest.json" compressed, which scaffold never does` {
		t.Errorf("a deflated manifest: %v", err)
	}

	// Two files may be the same bytes of the zip, and many more than it has.
	data := forged(t, zip.Store, entry{manifestName, ""}, entry{"files/a", ""}, entry{"files/b", ""})
	for i := range data {
		if bytes.HasPrefix(data[i:], []byte(dirHead)) {
			le.PutUint32(data[i+20:], maxInflated/2)
			le.PutUint32(data[i+24:], maxInflated/2)
		}
	}
	if _, _, err := decodeBase(data); fmt.Sprint(err) != "has files of more than 402653184 bytes" {
		t.Errorf("all files together: %v", err)
	}

	var many []entry
	for i := range maxEntries + 1 {
		many = append(many, entry{fmt.Sprint(filesPrefix, i), ""})
	}
	if _, _, err := decodeBase(forged(t, zip.Store, many...)); fmt.Sprint(err) != "has 20002 entries, more than 20001" {
		t.Errorf("entries: %v", err)
	}
}

// What is written is read again, so what would not be is not written.
func TestNoRoom(t *testing.T) {
	var many []tree.File
	for i := range maxEntries {
		many = append(many, tree.File{Path: fmt.Sprint(i), Mode: tree.ModeFile})
	}
	data := make([]byte, maxInflated/4)
	large := tree.Found(tree.File{Path: "a", Data: data}, tree.File{Path: "b", Data: data}, tree.File{Path: "c", Data: data}, tree.File{Path: "d", Data: data})
	conflicts := slices.Repeat([]plan.ConflictRecord{{Path: strings.Repeat("a", maxManifest/8)}}, 8)
	for _, tt := range []struct {
		manifest manifest
		base     tree.Tree
		want     string
	}{
		{manifest{}, tree.Found(many...), `would have \d+ entries, more than the 20001 that are read again`},
		{manifest{Conflicts: conflicts}, tree.Tree{}, `would have \d+ bytes of answers and names, more than the 16777216 that are read again`},
		{manifest{}, large, `would have \d+ bytes, more than the 402653184 that are read again`},
	} {
		_, err := tt.manifest.encode(tt.base, nil, Project{})
		if !problem.IsInput(err) || !regexp.MustCompile("^"+tt.want+"$").MatchString(err.Error()) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func FuzzDecodeBase(f *testing.F) {
	var t testing.T
	f.Add(encoded(&t, state(&t)))
	f.Add(encoded(&t, State{Version: "1.0.0"}))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, base, err := decodeBase(data)
		if err != nil {
			return
		}
		for file := range base.All() {
			if tree.CheckPath(file.Path) != nil || m.Files[file.Path].Sum != file.Sum() {
				t.Errorf("%q is read", file.Path)
			}
		}
		if base.Len() != len(slices.Collect(maps.Keys(m.Files))) {
			t.Errorf("%d files of %d", base.Len(), len(m.Files))
		}
	})
}

// answered is a state with these answers to questions of text.
func answered(t *testing.T, texts ...string) State {
	t.Helper()
	var p pack.Pack
	var layer answer.Layer
	for i, text := range texts {
		name := fmt.Sprintf("q%d", i)
		p.Questions = append(p.Questions, pack.Question{Name: name, Type: pack.Text})
		layer = append(layer, answer.Value{Name: name, Text: text})
	}
	answers, err := answer.Resolve(p, []answer.Layer{layer}, nil, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	s := state(t)
	s.Answers = answers
	return s
}

// Whatever an answer is made of, what is written of it can be read again.
func TestFilesAreReadAgain(t *testing.T) {
	if _, err := answered(t,
		strings.Repeat("[", 200), strings.Repeat("{a: ", 100), strings.Repeat("- ", 200)+"x", strings.Repeat("\n", 400), strings.Repeat("--- a\n", 100),
		"", " ", "\t", "'", `"`, `\`, "#", ": ", "null", "~", "0x1f", "1.10", "012", "no", "<<<<<<< HEAD\n", ">>>>>>> x", "%YAML 1.2\n---", "é\U0001f600\u0301", "&a *a !a", "a\n b\n\n c",
	).files(); err != nil {
		t.Error(err)
	}
}

// Answers that make a larger scaffold.yaml than is read are refused, and the
// longest is named: before anything is written.
func TestFilesThatCouldNotBeRead(t *testing.T) {
	var texts []string
	for range 20 {
		texts = append(texts, strings.Repeat("a", 15_000))
	}
	texts[7] += "a"
	_, err := answered(t, texts...).files()
	want := "the answers make a scaffold.yaml of 300275 bytes, and no more than 262144 can be read again"
	if fmt.Sprint(err) != want || !problem.IsInput(err) || fmt.Sprint(problem.Hints(err)) != "[shorten them; the longest is q7 with 15001 bytes]" {
		t.Errorf("got %v, %q\nwant %s", err, problem.Hints(err), want)
	}
}

// A state that says something else when it is read is not handed out.
func TestRereadComparesAll(t *testing.T) {
	s := answered(t, "one")
	base := encoded(t, s)
	config := s.config()
	if err := s.reread(config, base); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		config string
		base   []byte
		want   string
	}{
		"another answer":  {strings.Replace(string(config), "one", "two", 1), base, `scaffold.yaml: the answer to q0 is "two", not "one"`},
		"no answer":       {strings.Replace(string(config), "  q0: one\n", "", 1), base, `scaffold.yaml: the answer to q0 is "", not "one"`},
		"another version": {strings.Replace(string(config), "1.2.3", "1.2.4", 1), base, "it says something else"},
		"no YAML":         {string(config) + "]", base, "scaffold.yaml:"},
		"half a zip":      {string(config), base[:len(base)/2], "base.zip: is no zip file"},
	} {
		if err := s.reread([]byte(tt.config), tt.base); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	other := answered(t, "one")
	other.Digest, other.Pack = s.Digest, "another"
	if err := other.reread(config, base); err == nil {
		t.Error("another pack's base is taken")
	}
}
