package strictyaml

import (
	"fmt"
	"strings"
	"testing"
)

// A value as each kind: what is read, or the problem. "" in want stands for no
// problem.
func TestScalars(t *testing.T) {
	text := func(n Node) any { return n.Text() }
	number := func(n Node) any { return n.Int() }
	boolean := func(n Node) any { return n.Bool() }
	tests := []struct {
		kind  string
		read  func(Node) any
		value string
		got   any
		want  string
	}{
		{"a string", text, "hello", "hello", ""},
		{"a string", text, "'1.10'", "1.10", ""},
		{"a string", text, `"012"`, "012", ""},
		{"a string", text, "'no'", "no", ""},
		{"a string", text, "''", "", ""},
		{"a string", text, "1.10.0", "1.10.0", ""},
		{"a string", text, "/app", "/app", ""},
		{"a string", text, "a #b", "a", ""},
		{"a string", text, "a#b", "a#b", ""},
		{"a string", text, "|\n  a\n  b", "a\nb\n", ""},
		{"a string", text, ">-\n  a\n  b", "a b", ""},
		{"a string", text, `"a\tb"`, "a\tb", ""},
		{"a string", text, `"\u00e9\U0001f600"`, "é😀", ""},
		// A date has no kind of its own here: whoever asks for a string gets it.
		{"a string", text, "2024-01-01", "2024-01-01", ""},
		{"a string", text, "12:30", "12:30", ""},
		// What readers make numbers, booleans or nothing of is not guessed at.
		{"a string", text, "1.10", "", `want a string, not the number 1.10: write "1.10"`},
		{"a string", text, "1", "", `want a string, not the number 1: write "1"`},
		{"a string", text, "012", "", `want a string, not the number 012: write "012"`},
		{"a string", text, "0x1f", "", `want a string, not the number 0x1f: write "0x1f"`},
		{"a string", text, "0o17", "", `want a string, not the number 0o17: write "0o17"`},
		{"a string", text, "1_000", "", `want a string, not the number 1_000: write "1_000"`},
		{"a string", text, "+1", "", `want a string, not the number +1: write "+1"`},
		{"a string", text, "-.inf", "", `want a string, not the number -.inf: write "-.inf"`},
		{"a string", text, ".NaN", "", `want a string, not the number .NaN: write ".NaN"`},
		{"a string", text, "true", "", `want a string, not the boolean true: write "true"`},
		{"a string", text, "False", "", `want a string, not the boolean False: write "False"`},
		{"a string", text, "no", "no", `want a string, and no is a boolean to some readers: write "no"`},
		{"a string", text, "On", "On", `want a string, and On is a boolean to some readers: write "On"`},
		{"a string", text, "Y # comment", "Y", `want a string, and Y is a boolean to some readers: write "Y"`},
		{"a string", text, "~", "", "want a string, not nothing"},
		{"a string", text, "null", "", "want a string, not nothing"},
		{"a string", text, "", "", "want a string, not nothing"},
		{"a string", text, "[a]", "", "want a string, not a list"},
		{"a string", text, "{a: b}", "", "want a string, not a mapping"},
		{"a string", text, "&x a", "", "want a string, not an anchor (&name): write the value out"},
		{"a string", text, "&x", "", "want a string, not an anchor (&name): write the value out"},
		{"a string", text, "! x", "", "want a string, not a tag (!name): leave it out"},
		{"a string", text, "*x", "", "want a string, not an alias (*name): write the value out"},
		{"a string", text, "!!str 1", "", "want a string, not a tag (!name): leave it out"},
		{"a string", text, "!ruby/object:Gem x", "", "want a string, not a tag (!name): leave it out"},
		{"a string", text, "a\tb", "a\tb", ""},
		{"a string", text, "<<", "", "want a string, not a merge key (<<)"},

		{"a number", number, "0", 0, ""},
		{"a number", number, "-7", -7, ""},
		{"a number", number, "8080", 8080, ""},
		{"a number", number, "012", 0, "want a whole number in decimal, not 012"},
		{"a number", number, "0x1f", 0, "want a whole number in decimal, not 0x1f"},
		{"a number", number, "0b11", 0, "want a whole number in decimal, not 0b11"},
		{"a number", number, "1_000", 0, "want a whole number in decimal, not 1_000"},
		{"a number", number, "+1", 0, "want a whole number in decimal, not +1"},
		{"a number", number, "-0", 0, "want a whole number, not the number -0"},
		{"a number", number, "12345678901234567890", 0, "want a whole number in decimal, not 12345678901234567890"},
		{"a number", number, "1.0", 0, "want a whole number, not the number 1.0"},
		{"a number", number, "'1'", 0, "want a whole number, not a string"},
		{"a number", number, "ten", 0, "want a whole number, not a string"},
		{"a number", number, "true", 0, "want a whole number, not the boolean true"},
		{"a number", number, "~", 0, "want a whole number, not nothing"},

		{"a boolean", boolean, "true", true, ""},
		{"a boolean", boolean, "false", false, ""},
		{"a boolean", boolean, "yes", false, "want true or false, not a string"},
		{"a boolean", boolean, "'true'", false, "want true or false, not a string"},
		{"a boolean", boolean, "1", false, "want true or false, not the number 1"},
		{"a boolean", boolean, "", false, "want true or false, not nothing"},
		{"a boolean", boolean, "[true]", false, "want true or false, not a list"},
	}
	for _, tt := range tests {
		doc, root := parsed(t, "key: "+tt.value+"\n")
		if got := tt.read(root.Fields("key")["key"]); got != tt.got {
			t.Errorf("%s as %s: got %q, want %q", tt.value, tt.kind, got, tt.got)
		}
		got, _, _ := strings.Cut(fmt.Sprint(doc.Err()), "\n")
		if want := "f:1:6: " + tt.want; tt.want == "" && doc.Err() != nil || tt.want != "" && got != want {
			t.Errorf("%s as %s:\ngot  %s\nwant %s", tt.value, tt.kind, got, want)
		}
	}
}

func TestScalar(t *testing.T) {
	doc, root := parsed(t, "- a\n- 1\n- true\n- '1'\n- 'true'\n- |-\n  x\n")
	want := []any{"a", 1, true, "1", "true", "x"}
	for i, n := range root.List() {
		if got := n.Scalar(); got != want[i] {
			t.Errorf("got %#v, want %#v", got, want[i])
		}
	}
	if doc.Err() != nil {
		t.Error(doc.Err())
	}
}

// All that is wrong is said in one run, each with its place, in order of lines,
// in whatever order it was found.
func TestAllProblemsAtOnce(t *testing.T) {
	doc, root := parsed(t, strings.Join([]string{
		"nam: x",
		"version: 1.10",
		"list: x",
		"map: [a]",
		"flag: yes",
		"<<: {a: b}",
		"1: x",
		"täg: no",
		"",
	}, "\n"))
	fields := root.Fields("name", "version", "list", "map", "flag", "täg")
	fields["täg"].Text()
	fields["flag"].Bool()
	fields["map"].Map()
	fields["list"].List()
	fields["version"].Text()
	const want = `f:1:1: unknown key "nam": did you mean "name"?
    1 | nam: x
      | ^
f:2:10: want a string, not the number 1.10: write "1.10"
    2 | version: 1.10
      |          ^
f:3:7: want a list, not a string
    3 | list: x
      |       ^
f:4:6: want a mapping (key: value), not a list
    4 | map: [a]
      |      ^
f:5:7: want true or false, not a string
    5 | flag: yes
      |       ^
f:6:1: want a plain word for a key
    6 | <<: {a: b}
      | ^
f:7:1: want a plain word for a key
    7 | 1: x
      | ^
f:8:6: want a string, and no is a boolean to some readers: write "no"
    8 | täg: no
      |      ^`
	if got := fmt.Sprint(doc.Err()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if root.Problems() != 8 {
		t.Errorf("Problems() = %d, want 8", root.Problems())
	}
}

func TestUnknownKeys(t *testing.T) {
	for source, want := range map[string]string{
		"nmae: x":       `unknown key "nmae": did you mean "name"?`,
		"Name: x":       `unknown key "Name": did you mean "name"?`,
		"verison: x":    `unknown key "verison": did you mean "version"?`,
		"something: x":  `unknown key "something"`,
		"'': x":         `unknown key ""`,
		"\"a\\x1b\": x": `key "a\x1b" has a control character`,
	} {
		doc, root := parsed(t, source+"\n")
		root.Fields("name", "version")
		if got, _, _ := strings.Cut(fmt.Sprint(doc.Err()), "\n"); got != "f:1:1: "+want {
			t.Errorf("%s:\ngot  %s\nwant f:1:1: %s", source, got, want)
		}
	}
}

func TestProblemCap(t *testing.T) {
	doc, root := parsed(t, strings.Repeat("- 1\n", 25))
	for _, n := range root.List() {
		n.Text()
	}
	got := doc.Err().Error()
	if n := strings.Count(got, "want a string"); n != 20 {
		t.Errorf("%d problems are shown, want 20", n)
	}
	if !strings.HasSuffix(got, "\nf: and 5 problems more") {
		t.Errorf("it ends in %q", got[len(got)-40:])
	}

	doc, root = parsed(t, strings.Repeat("- 1\n", 20))
	for _, n := range root.List() {
		n.Text()
	}
	if got := doc.Err().Error(); strings.Contains(got, "more") {
		t.Error("20 problems are cut short")
	}
}

// An excerpt is a stranger's text on the user's terminal.
func TestExcerptIsHarmless(t *testing.T) {
	for value, want := range map[string]string{
		"\x1b[2J\x1b]0;title\x07":  "key: ·[2J·]0;title·",
		"a\u202eb\u2066c\u200fd":   "key: a·b·c·d",
		"a\u061cb\u2028c\u2029d":   "key: a·b·c·d",
		"\u009b31m red":            "key: ·31m red",
		"x\x08\x7f\x00":            "key: x···",
		strings.Repeat("ä", 100):   "key: " + strings.Repeat("ä", 77) + "…", // 160 bytes, and no half letter
		strings.Repeat("x", 1000):  "key: " + strings.Repeat("x", 155) + "…",
		"größe 🙂":                  "key: größe 🙂",
		"'tab\tin it' # and\there": "key: 'tab in it' # and here",
	} {
		doc, root, err := Parse("f", []byte("key: "+value+"\n"))
		if err == nil {
			root.Fields("key")["key"].Int()
			err = doc.Err()
		}
		lines := strings.Split(fmt.Sprint(err), "\n")
		if len(lines) != 3 || lines[1] != "    1 | "+want {
			t.Errorf("%q:\ngot  %q\nwant %q", value, lines[1:], want)
		}
	}
}

// The caret stands below the place, and nowhere if the place is not shown.
func TestCaret(t *testing.T) {
	for source, want := range map[string]string{
		"[ä, ö, 1]": "    1 | [ä, ö, 1]\n      |        ^",
		"[" + strings.Repeat("a,", 200_000) + " 1]": "    1 | [" + strings.Repeat("a,", 79) + "a…",
	} {
		doc, root := parsed(t, source)
		list := root.List()
		list[len(list)-1].Text()
		if _, got, _ := strings.Cut(fmt.Sprint(doc.Err()), "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
