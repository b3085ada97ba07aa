package author

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// A case gives back the bytes and modes of any tree, in a file that stays the same if
// it is recorded again.
func TestGoldenRoundTrip(t *testing.T) {
	contents := []string{
		"", "\n", "text\n", "no end", "a\r\nb\r\n", "a\r\nb", "mixed\r\nends\n", "lone\rcr\n", "\r", "\r\n",
		"-- file --\n", "a\n-- b --\nc\n", "-- a --\r\n-- b --", ">quoted\n>\n", "-- x --\n>y\nz", "\xff\xfe latin\n", "\x00binary", "tab\tü\n", "-- not a marker\n",
		strings.Repeat("\x00\x01\xff", 1000),
	}
	var files []tree.File
	for i, data := range contents {
		f := tree.File{Path: fmt.Sprintf("d/%02d", i), Mode: tree.ModeFile, Data: []byte(data)}
		if i%2 == 0 {
			f.Mode = tree.ModeExec
		}
		files = append(files, f)
	}
	want, err := tree.New(files...)
	if err != nil {
		t.Fatal(err)
	}
	for _, comment := range []string{"A title.\n# A remark.\n\nname=x\n", "A title.\n", "A title.\nname=x\n---\nabout: |\n  a\n  b\n"} {
		p := pack.Pack{Questions: []pack.Question{{Name: "name", Type: pack.String}, {Name: "about", Type: pack.Text}}}
		g, err := parseGolden("case.txtar", []byte(comment), p)
		if err != nil {
			t.Fatal(err)
		}
		recorded := g.format(want)
		for _, source := range [][]byte{recorded, bytes.ReplaceAll(recorded, []byte("\n"), []byte("\r\n"))} { // as Windows may check it out
			g, err = parseGolden("case.txtar", source, p)
			if err != nil {
				t.Fatalf("%v in\n%s", err, recorded)
			}
			for _, step := range difference(want, g.Want).Steps {
				t.Errorf("%s: %q is not read back", step.Path, step.Ours.Data)
			}
		}
		if again := g.format(g.Want); !bytes.Equal(again, recorded) {
			t.Errorf("recorded again it is\n%s\nand was\n%s", again, recorded)
		}
		if want := strings.Count(comment, "=") + strings.Count(comment, "about:"); len(g.Given) != want {
			t.Errorf("%q: answers %v, want %d", comment, g.Given, want)
		}
	}
}

func TestGoldenRefuses(t *testing.T) {
	p := pack.Pack{Name: "p", Questions: []pack.Question{{Name: "name", Type: pack.String}, {Name: "on", Type: pack.Bool}}}
	for source, want := range map[string]string{
		"title\nname hello\n":                       `c.txtar:2:1: "name hello" is neither an answer`,
		"title\nexecutible: a\n-- a --\n":           `did you mean "executable"?`,
		"title\nexecutable: b\n-- a --\n":           "c.txtar: executable: b, and there is no such file below",
		"title\nbase64: a\n-- a --\nnot base64!\n":  "c.txtar: a: illegal base64",
		"title\nquoted: a\n-- a --\nnot quoted\n":   "c.txtar: a: data does not appear to be quoted",
		"title\n---\non: maybe\n":                   "c.txtar:3:5: want true or false",
		"title\n---\non: true\non: false\n":         "c.txtar:4:1: ",
		"title\n-- ../a --\n":                       `c.txtar: path "../a"`,
		"title\n-- a --\n-- A --\n":                 "differ only by letter case",
		"title\nname hello\nnext\n---\non: maybe\n": "c.txtar:5:5: want true or false",

		"title\n" + strings.Repeat("-- a --\n", 100_000): "c.txtar: has more than 20000 files",
		"title\n" + strings.Repeat("x\n", 200_000):       "c.txtar: has 400006 bytes before its first file, more than 262144",
	} {
		_, err := parseGolden("c.txtar", []byte(source), p)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 1000 {
			t.Errorf("%.100q: got %.200v, want %s", source, err, want)
		}
	}
}
