package replaytest

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"
	"golang.org/x/mod/modfile"
)

// Lines are parted by semicolons, and an edit's too.
var applyTests = []struct{ file, text, edit, want string }{
	// An entry is what stands deeper below its first line, with the comment above.
	{"a.yaml", "a:; x: 1; y: 2;b: 3", "after a:;|c: 4", "a:; x: 1; y: 2;c: 4;b: 3"},
	{"a.yaml", "a:; x: 1;;b: 3", "last a:;| y: 2", "a:; x: 1; y: 2;;b: 3"},
	{"a.yaml", "a:; x: 1", "first a:;| w: 0", "a:; w: 0; x: 1"},
	{"a.yaml", "a: 1;# why;b: 2", "before b:;|c: 3", "a: 1;c: 3;# why;b: 2"},
	{"a.yaml", "a: 1;# why;b: 2;c: 3", "delete b:", "a: 1;c: 3"},
	{"a.yaml", "a:; x: 1;;b:; x: 1", "set b: / x:;| x: 2", "a:; x: 1;;b:; x: 2"},
	{"a.yaml", "a:; x: 1;b: 2", "replace a:;|a: 3", "a: 3;b: 2"},
	// A blank line goes with what stood between two, also at the end.
	{"a.yaml", "a: 1;;b: 2;;c: 3", "delete b:", "a: 1;;c: 3"},
	{"a.yaml", "a: 1;;b: 2", "delete b:", "a: 1"},
	{"a.yaml", "a: 1;;b: 2", "delete a:", "b: 2"},
	// A bracket at the same depth closes an entry.
	{"a.go", "func a() {;\tx();};;func b() {;}", "after func a;|;|func c() {;|}", "func a() {;\tx();};;func c() {;};;func b() {;}"},
	{"a.go", "func a() {;\tx();}", "last func a;|\ty()", "func a() {;\tx();\ty();}"},
	{"a.py", "@main;def a():;    pass;x = 1", "move def a after x", "x = 1;@main;def a():;    pass"},
	// Commas of JSON stand between members.
	{"a.json", `{; "a": 1;}`, `last {;| "b": 2`, `{; "a": 1,; "b": 2;}`},
	{"a.json", `{; "a": 1,; "b": 2;}`, `delete "b"`, `{; "a": 1;}`},
	// A heading has all up to the next of its rank.
	{"a.md", "# A;;## B;;b;;## C", "last ## B;|;|more", "# A;;## B;;b;;more;;## C"},
	{"a.toml", "[a];x = 1;;[b];x = 1", "set [b] / x;|x = 2", "[a];x = 1;;[b];x = 2"},
	{"Makefile", "a: b;\tc", "top;|d := e;|", "d := e;;a: b;\tc"},
	{"a.yaml", `a: "b"`, `all "\"" "'"`, "a: 'b'"},
}

func TestApply(t *testing.T) {
	for _, tt := range applyTests {
		edits, err := parseEdits("keyed x\n\t" + strings.ReplaceAll(tt.edit, ";", "\n\t") + "\n")
		if err != nil {
			t.Errorf("%q: %v", tt.edit, err)
			continue
		}
		got, err := edits[0].apply(tt.file, strings.ReplaceAll(tt.text, ";", "\n")+"\n", nil)
		if want := strings.ReplaceAll(tt.want, ";", "\n") + "\n"; got != want || err != nil {
			t.Errorf("%q: %s: got %q, %v, want %q", tt.text, tt.edit, got, err, want)
		}
	}
}

// One history in which the template changed a, and added c between a and b.
const history = `-- a.yaml 1 --
a: 1
b: 1
-- a.yaml 2 --
a: 2
c: 1
b: 1
-- a.yaml 3 --
a: 2
c: 1
b: 1
-- edits --
`

// What is right depends on what the template did to the same entry or place.
var verdictTests = []struct {
	edit string
	want Verdict
}{
	{"keyed x;set b:;|b: 5", WantExact},
	{"keyed x;set a:;|a: 5", WantConflict},
	{"keyed x;set a:;|a: 2", WantSame},
	{"pins x;set a:;|a: 5", WantExact},
	{"pins x;set a:;|a: 0", WantConflict},
	{"keyed x;end;|d: 1", WantExact},
	{"keyed x;before b:;|d: 1", WantNear},
	{"lines x;before b:;|# d", WantNear + maybe},
	{"keyed x;delete a:", WantConflict},
	{"keyed x;set a:;|a: 5;want exact", WantExact},
	{"applied x;before b:;|c: 1", WantSame},
	{"layout x;all \": \" \":  \"", WantNear},
}

func TestVerdict(t *testing.T) {
	for _, tt := range verdictTests {
		squares, err := loadEdit(tt.edit + ";on 1-2")
		if err != nil {
			t.Errorf("%s: %v", tt.edit, err)
		} else if got := squares[0].Want; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.edit, got, tt.want)
		}
	}
}

func loadEdit(edit string) ([]Square, error) {
	text := history + strings.ReplaceAll(edit, ";", "\n\t") + "\n"
	return Load(fstest.MapFS{"a.txtar": {Data: []byte(text)}})
}

// A history that says what is not so is refused, lest a square come out right
// because it is about nothing.
func TestLoadRefuses(t *testing.T) {
	for edit, want := range map[string]string{
		"keyed x;set b:;|b: 1":                   "x 1-2: the edit changes nothing",
		"keyed x;set d:;|d: 1":                   `x 1-2: no entry "d:"`,
		"keyed x;before b:;|c: 5":                `x 1-2: the edit puts ["c"] twice: want something else`,
		"keyed x;set b:;|b: 5;want exact":        "x 1-2: want exact is what the laws say",
		"keyed x;end;|d: 1;on 1-2;want near 2-3": "x: wants something of 2-3, which is left out",
		"keyed x;put b:":                         `x: there is no operation "put"`,
		"keyed x;top;|d: 1;want nothing":         `x: "nothing" is no verdict`,
		"keyed x;top;|d: 1;on 3-1":               `x: "3-1" is no pair of versions`,
		"other x;top;|d: 1":                      `"other x" is no kind and new name of an edit`,
		"keyed x;top;|d: 1\nkeyed x;top":         `"keyed x" is no kind and new name of an edit`,
		"keyed x;all b c":                        `x: "b c" is not quoted`,
		"keyed x;move a: before b:":              `x: "a: before b:" does not say after what`,
		"keyed x;delete b:;want exact 12":        `x: "12" is no pair of versions`,
	} {
		_, err := loadEdit(edit)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", edit, err, want)
		}
	}
}

// What a merge comes to, of a square whose right result is a: 2, d: 1, c: 1, b: 1.
func TestJudge(t *testing.T) {
	squares, err := loadEdit("keyed x;after a:;|d: 1;on 1-2")
	if err != nil {
		t.Fatal(err)
	}
	s := squares[0]
	for text, want := range map[string]Outcome{
		"a: 2\nd: 1\nc: 1\nb: 1\n":  Exact,
		"a: 2\nc: 1\n\nd:  1\nb: 1": Near,
		"a: 2\nc: 1\nb: 1\n":        Wrong, // the edit is lost
		"a: 2\nc: 1\n d: 1\nb: 1\n": Wrong, // and here it stands under another key
	} {
		if got := s.Judge(true, text, text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	if got := s.Judge(false, "", ""); got != Conflict || s.Wanted(got) {
		t.Errorf("got %s, wanted %v, and clean is wanted", got, s.Wanted(got))
	}
	if got := s.Twice("a: 2\nd: 1\nc: 1\nd: 2\n"); !slices.Equal(got, []string{"d"}) {
		t.Errorf("twice are %q", got)
	}
}

// A conflict of the entry that both changed keeps the rest of both on either side.
func TestJudgeConflict(t *testing.T) {
	squares, err := loadEdit("keyed x;end;|d: 1;set a:;|a: 5;on 1-2")
	if err != nil {
		t.Fatal(err)
	}
	s := squares[0]
	mine, template := "a: 5\nc: 1\nb: 1\nd: 1\n", "a: 2\nc: 1\nb: 1\nd: 1\n"
	if got := s.Judge(false, mine, template); got != Conflict || !s.Wanted(got) {
		t.Errorf("got %s", got)
	}
	if got := s.Judge(false, mine, s.Theirs); got != Wide || s.Wanted(got) {
		t.Errorf("an edit is lost on the template's side: got %s", got)
	}
	if got := s.Judge(true, mine, mine); got != Wrong {
		t.Errorf("a change of the template's is lost: got %s", got)
	}
}

// read reads a file as programs do, where a reader of its language is at hand.
func read(file string, data []byte) error {
	switch path.Ext(file) {
	case ".json":
		var v any
		return json.Unmarshal(regexp.MustCompile(`(?m)^\s*//.*`).ReplaceAll(data, nil), &v)
	case ".yml", ".yaml":
		var v any
		return yaml.Unmarshal(data, &v)
	case ".go":
		_, err := parser.ParseFile(token.NewFileSet(), file, data, 0)
		return err
	case ".mod":
		_, err := modfile.Parse(file, data, nil)
		return err
	}
	return nil
}

// What users have and what is right can be read, or the square would be about nothing.
func TestReadable(t *testing.T) {
	squares, err := Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range squares {
		for _, text := range []string{s.Base, s.Ours, s.Theirs, s.Right()} {
			if err := read(s.File, []byte(text)); text != "" && err != nil {
				t.Errorf("%s: %v\n%s", s, err, text)
			}
		}
	}
}

// What stands in testdata is enough to tell steps of a merge apart.
func TestLoad(t *testing.T) {
	squares, err := Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	edits, histories, kinds := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, s := range squares {
		histories[s.History] = true
		edits[s.History+s.Edit] = true
		kinds[s.Kind]++
		if right := s.Right(); right != "" && s.Judge(true, right, right) != Exact {
			t.Errorf("%s: what is right is not judged so", s)
		}
	}
	if len(histories) < 12 || len(edits) < 300 {
		t.Errorf("%d histories and %d edits, want at least 12 and 300", len(histories), len(edits))
	}
	for _, kind := range Kinds {
		if kinds[kind] < 50 {
			t.Errorf("%d squares of kind %s, want at least 50", kinds[kind], kind)
		}
	}
	t.Logf("%d histories, %d edits, %d squares", len(histories), len(edits), len(squares))
	if _, err := Load(os.DirFS(".")); err == nil {
		t.Error("a folder without histories is loaded")
	}
}
