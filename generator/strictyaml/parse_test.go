package strictyaml

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// What Parse itself refuses, with the whole message.
func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"nothing at all", "", "f: is empty"},
		{"only a comment", "# nothing yet\n", "f: is empty"},
		{"only a document's start", "---\n", "f: is empty"},
		{"two empty documents", "# a\n---\n# b\n---\n", "f: is empty"},
		{"bytes that are no text", "a: \xff\n", "f: is not UTF-8"},
		{"a second document", "a: 1\n---\nb: 2\n", "f:3:1: a second document starts here: only one is read\n    3 | b: 2\n      | ^"},
		{"a second document after ...", "a: 1\n...\nb: 2\n", "f:3:1: a second document starts here: only one is read\n    3 | b: 2\n      | ^"},
		{"a directive", "%YAML 1.1\n---\na: 1\n", "f:1:1: a directive (%NAME) is not read here: leave it out\n    1 | %YAML 1.1\n      | ^"},
		{"one key twice", "a: 1\nb: 2\na: 3\n", "f:3:1: mapping key \"a\" already defined at [1:1]\n    3 | a: 3\n      | ^"},
		{"one key twice, once in quotes", "'a': 1\na: 3\n", "f:2:1: mapping key \"a\" already defined at [1:1]\n    2 | a: 3\n      | ^"},
		{"one key twice, deeper", "x:\n  - a: 1\n    a: 2\n", "f:3:5: mapping key \"a\" already defined at [2:5]\n    3 |     a: 2\n      |     ^"},
		{"one key twice, in braces", "{a: 1, a: 2}", "f:1:8: mapping key \"a\" already defined at [1:2]\n    1 | {a: 1, a: 2}\n      |        ^"},
		{"a tab for indentation", "a:\n\tb: 1\n", "f:2:1: found a tab, and YAML is indented by spaces alone\n    2 |  b: 1\n      | ^"},
		{"a colon in a plain string", "help: why: because\n", "f:1:10: mapping values are not allowed in this context: a text with a colon stands in quotes, and keys that belong together begin in one column\n    1 | help: why: because\n      |          ^"},
		{"a quote left open", "a: 'x\nb: y\n", "f:1:4: could not find end character of single-quoted text\n    1 | a: 'x\n      |    ^"},
		{"a key without a colon", "a: 1\nb\nc: 2\n", "f:2:1: could not find expected ':'\n    2 | b\n      | ^"},
		{"a line too far to the right", "a: x\n  b: y\n", "f:2:4: mapping values are not allowed in this context: a text with a colon stands in quotes, and keys that belong together begin in one column\n    2 |   b: y\n      |    ^"},
		{"a line too far to the left", "  a: x\n b: y\n", "f:2:2: did not find expected <document start>: keys that belong together begin in one column\n    2 |  b: y\n      |  ^"},
		{"a line between two columns", "a:\n  b: x\n c: y\n", "f:3:2: did not find expected key: keys that belong together begin in one column\n    3 |  c: y\n      |  ^"},
		{"a reserved character", "a: @x\n", "f:1:4: found character '@' that cannot start any token\n    1 | a: @x\n      |    ^"},
		{"a brace left open, lines before", "a: {b: c\nd: e\n", "f:1:4: mapping end token '}' not found\n    1 | a: {b: c\n      |    ^"},
		{"a bracket at the end", "a:\n  [\n\n", "f:2:3: sequence end token ']' not found\n    2 |   [\n      |   ^"},
		{"a comma at the end", "a: [x,", "f:1:6: did not find expected node content\n    1 | a: [x,\n      |      ^"},
		{"an unknown escape", "a: \"x\n  \\y\"\n", "f:2:3: found unknown escape character\n    2 |   \\y\"\n      |   ^"},
		{"a character in two halves", "a: \"\\ud83d\\ude00\"\n", "f:1:7: found invalid Unicode character escape code: write the character itself\n    1 | a: \"\\ud83d\\ude00\"\n      |       ^"},
		{"a control character", "a: x\nb: \x1b\n", "f:2:4: has U+001B, which not every reader of YAML takes for text: write \"\\u001b\"\n    2 | b: ·\n      |    ^"},
		{"a line's end of YAML 1.1", "a: x\u2028b: y", "f:1:5: has U+2028, which not every reader of YAML takes for text: write \"\\u2028\"\n    1 | a: x·b: y\n      |     ^"},
		{"a second byte order mark", "\ufeff\ufeffa: x", "f:1:1: has U+FEFF, which not every reader of YAML takes for text: write \"\\ufeff\"\n    1 | \ufeffa: x\n      | ^"},
		{"a bracket left open", "a: [x\n", "f:1:4: sequence end token ']' not found\n    1 | a: [x\n      |    ^"},
		{"the beginning of a conflict", "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> main\n", "f:2:1: has git's conflict markers: decide for one side and remove the marker lines\n    2 | <<<<<<< HEAD\n      | ^"},
		{"the end of a conflict", "a: 1\r\n>>>>>>> main\r\n", "f:2:1: has git's conflict markers: decide for one side and remove the marker lines\n    2 | >>>>>>> main\n      | ^"},
		{"brackets too deep", "a:\n" + strings.Repeat("[", 65), "f:2:65: brackets are nested more than 64 deep\n    2 | " + strings.Repeat("[", 65) + "\n      | " + strings.Repeat(" ", 64) + "^"},
		{"lists too deep, on one line", strings.Repeat("- ", 65) + "a\n", "f:1:129: is nested more than 64 deep\n    1 | " + strings.Repeat("- ", 65) + "a\n      | " + strings.Repeat(" ", 128) + "^"},
		{"braces too deep, a line each", strings.Repeat("{a:\n", 65), "f:65:1: brackets are nested more than 64 deep\n   65 | {a:\n      | ^"},
	}
	for _, tt := range tests {
		_, _, err := Parse("f", []byte(tt.source))
		if got := fmt.Sprint(err); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// numbered is a mapping of n keys.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	return b.String()
}

// What looks nested and is text is read: in quotes, in a block, in a comment.
func TestParseCountsNoText(t *testing.T) {
	deep := strings.Repeat("[", 100) + strings.Repeat("{", 100)
	for name, source := range map[string]string{
		"in double quotes":  "a: \"" + deep + "\"\n",
		"in single quotes":  "a: '" + deep + "'\n",
		"in a block":        "a: |\n  " + deep + "\n",
		"without quotes":    "a: x" + deep + "\n",
		"in a comment":      "a: x # " + deep + "\n",
		"a line of dashes":  "a: |\n  " + strings.Repeat("- ", 100) + "x\n",
		"far to the right":  "a: |\n  x\n" + strings.Repeat(" ", 600) + "z\n",
		"below 600 columns": "a:\n" + strings.Repeat(" ", 600) + "z\n",
	} {
		if doc, root := parsed(t, source); root.Fields("a")["a"].Text() == "" || doc.Err() != nil {
			t.Errorf("%s: %v", name, doc.Err())
		}
	}
}

func parsed(t *testing.T, source string) (*Doc, Node) {
	t.Helper()
	doc, root, err := Parse("f", []byte(source))
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	return doc, root
}

// What is read like any other document.
func TestParseAccepts(t *testing.T) {
	for name, source := range map[string]string{
		"plain":                      "a: x\nb: z\n",
		"no newline at the end":      "a: x\nb: z",
		"Windows line ends":          "a: x\r\nb: z\r\n",
		"a byte order mark":          "\ufeffa: x\nb: z\n",
		"both":                       "\ufeffa: x\r\nb: z\r\n",
		"a document's start and end": "---\na: x\nb: z\n...\n",
		"comments everywhere":        "# a\n---\n# b\na: x # c\n\n# d\nb: z\n# e\n",
		"in braces":                  "{a: x, b: z}",
		"in quotes":                  "'a': \"x\"\n\"b\": 'z'\n",
		"in blocks":                  "a: |-\n  x\nb: >-\n  z\n",
	} {
		doc, root := parsed(t, source)
		fields := root.Fields("a", "b")
		if got := fields["a"].Text() + fields["b"].Text(); got != "xz" || doc.Err() != nil {
			t.Errorf("%s: got %q, %v", name, got, doc.Err())
		}
	}
}

// A file may come from Windows: what it says does not change with its line ends.
func TestLineEndsDoNotMatter(t *testing.T) {
	const source = "a: |\n  one\n  two\nb: \"one\n  two\"\nc: one\n  two\nd: 'one\n\n  two'\n"
	want := []string{"one\ntwo\n", "one two", "one two", "one\ntwo"}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		text := strings.ReplaceAll(source, "\n", end)
		doc, root := parsed(t, text)
		var got []string
		for _, e := range root.Map() {
			got = append(got, e.Value.Text())
		}
		if !slices.Equal(got, want) || doc.Err() != nil {
			t.Errorf("%q: got %q, %v; want %q", text, got, doc.Err(), want)
		}
	}
}

// What would cost a reader that trusts its input memory, stack or time: each is
// read or refused with less memory than an hour of work would leave behind.
func TestParseCostsLittle(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := range 30 { // 9^31 elements to a reader that follows aliases
		fmt.Fprintf(&bomb, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d,", i), 8), i)
	}
	var keys strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&keys, "unknown%d: 1\n", i)
	}
	stairs := func(step string) string {
		var b strings.Builder
		for i := range 512 {
			b.WriteString(strings.Repeat(" ", i) + step + "\n")
		}
		return b.String()
	}
	sources := map[string]string{
		"a long list in brackets": "a: [" + strings.Repeat("x,", 120_000) + "]",
		"a list for a key":        "? [" + strings.Repeat("x,", 120_000) + "]\n",
		"a list that may be one":  "[" + strings.Repeat("x,", 120_000) + "]: x",
		"pairs in a list":         "[" + strings.Repeat("a: b, ", 40_000) + "]",
		"brackets side by side":   "[" + strings.Repeat(strings.Repeat("[", 60)+strings.Repeat("]", 60)+",\n", 2000) + "]",
		"comments by steps":       stairs("- # c\n# d"),
		"one key again and again": strings.Repeat("a: 1\n", 50_000),
		"merge keys":              strings.Repeat("<<: {a: b}\n", 20_000),
		"a bomb of aliases":       bomb.String(),
		"thousands of problems":   keys.String(),
		"brackets":                strings.Repeat("[", 250_000),
		"brackets, a line each":   strings.Repeat("[\n", 120_000),
		"braces":                  strings.Repeat("{a: ", 60_000),
		"dashes":                  strings.Repeat("- ", 120_000),
		"dashes without a space":  strings.Repeat("-", 250_000),
		"question marks":          strings.Repeat("? ", 120_000),
		"anchors":                 strings.Repeat("&a ", 80_000),
		"tags":                    strings.Repeat("!a ", 80_000),
		"tags, a line each":       strings.Repeat("!a\n", 80_000),
		"colons":                  strings.Repeat("a: ", 80_000),
		"a staircase of mappings": stairs("a:"),
		"a staircase of lists":    stairs("-"),
		"a long line":             "a: " + strings.Repeat("x", 250_000),
		"backslashes":             "a: \"" + strings.Repeat(`\`, 250_000),
		"tabs":                    strings.Repeat("\t", 250_000) + "a",
		"documents":               strings.Repeat("---\n", 60_000),
		"documents with a word":   strings.Repeat("--- a\n", 40_000),
		"comments":                strings.Repeat("# c\n", 60_000),
		"empty lines":             strings.Repeat("\n", 250_000),
		"empty lines in a block":  "a: |\n" + strings.Repeat("\n", 250_000),
		"blanks in a block":       "a: >\n" + strings.Repeat(" \n", 120_000),
		"runs of empty lines":     "a: |\n" + strings.Repeat(strings.Repeat("\n", 190)+"  x\n", 1200),
		"keys":                    numbered(30_000),
	}
	for i, name := range slices.Sorted(maps.Keys(sources)) {
		if os.Getenv("CI") != "true" && i%8 != 0 {
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, root, err := Parse("f", []byte(sources[name]))
		if err == nil {
			walk(root, 0)
			root.Fields("name", "version")
			err = doc.Err()
		}
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 1024 {
			t.Errorf("%s: allocates %d MiB", name, used)
		}
		if err != nil && len(err.Error()) > 40*(maxExcerpt+300) {
			t.Errorf("%s: the message has %d bytes", name, len(err.Error()))
		}
	}
}

// walk asks every node for everything.
func walk(n Node, depth int) {
	if depth > 1000 {
		panic("strictyaml: deeper than its limit")
	}
	n.Position()
	n.Text()
	n.Int()
	n.Bool()
	n.Scalar()
	if n.IsList() {
		for _, item := range n.List() {
			walk(item, depth+1)
		}
		return
	}
	for _, e := range n.Map() {
		e.Name.Position()
		walk(e.Value, depth+1)
	}
}

// Whatever stands in a file, reading it is an error or a value, and never a
// panic; and every problem has a place in the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a: 1\nb: [x, {c: d}]\n", "a: &x 1\nb: *x\n", "<<: {a: b}\n", "? a\n: b\n", "!!str a: !x b\n", "a: |\n  x\n",
		"{a: , b}", "[,]", "- - a\n- {}\n", "\"\\u0000\": '\x00'\n", "a:\n\tb", "%TAG ! x\n---\na", "a: \xff", "<<<<<<< \n",
		"a: \"\\ud800\"", "\ufeffa: 1\r\n", "- &a\n- *a", "a: >+2\n\n   x\n", "[a: b, ? c, : d]", "a: [x\n\n", "a: 'x\n\n", "a: \"x\n  \\y\"",
		"a\u2028b", "\ufeff\ufeffa", "a: {\n", "b\na: c\n", "*a : b", "!<x> a: ! b", "a: |+\n\n", "--- a\n--- b\n", "\t- a\n", "  a: x\n b: y\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		doc, root, err := Parse("f", []byte(source))
		if err == nil {
			walk(root, 0)
			err = doc.Err()
		}
		if err == nil {
			return
		}
		lines := strings.Count(lineEnds.Replace(source), "\n") + 1
		for _, line := range strings.Split(err.Error(), "\n") {
			var at, column int
			if n, _ := fmt.Sscanf(line, "f:%d:%d:", &at, &column); n > 0 && (at < 1 || at > lines+1 || column < 1) {
				t.Errorf("%q: %q is no place in it", source, line)
			}
		}
	})
}
