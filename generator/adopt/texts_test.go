package adopt

import (
	"slices"
	"strings"
	"testing"

	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// A line of a template is read back from a line on disk: what stands where the
// placeholders are, the same for the same one.
func TestReadLine(t *testing.T) {
	holes := []hole{{text: "ZQA"}, {text: "ZQB"}}
	for _, test := range []struct {
		written, onDisk string // lines apart by |; the first of written that has a placeholder is read
		a, b            string // what is read, with its line; several apart by commas
	}{
		{"server ZQA;", "server shop;", "shop:1", ""},
		{"server ZQA;", "  x  |  server shop;", "shop:2", ""},
		{"server ZQA;", "server ;", "", ""},                       // nothing stands there
		{"server ZQA;", "client shop;", "", ""},                   // another line
		{"ZQA at ZQB", "Ada at home", "Ada:1", "home:1"},          // two answers in a line
		{"ZQA-ZQA.sock", "a-a.sock", "a:1", ""},                   // one answer twice
		{"ZQA-ZQA.sock", "a-b.sock", "", ""},                      // which differs
		{"user ZQA", "user a|user b", "a:1,b:2", ""},              // two lines may be it
		{"top|# ZQA|end", "top|# shop|end|# other", "shop:2", ""}, // too little beside it, but its neighbours
		{"top|ZQA|end", "top|one|two|end", "one\ntwo:2", ""},      // lines of its own
		{"top|ZQA|end", "other|one|end", "", ""},
	} {
		written, onDisk := splitLines([]byte(strings.ReplaceAll(test.written, "|", "\n"))), splitLines([]byte(strings.ReplaceAll(test.onDisk, "|", "\n")))
		i := slices.IndexFunc(written, func(line string) bool { return hasHole(line, holes) })
		got := readLine("f", written, i, onDisk, holes)
		for hole, want := range []string{test.a, test.b} {
			var texts []string
			for _, r := range got[hole] {
				texts = append(texts, r.text+strings.TrimPrefix(r.place, "f"))
			}
			if text := strings.Join(texts, ","); text != want {
				t.Errorf("%q on %q: placeholder %d reads %q, want %q", test.written, test.onDisk, hole, text, want)
			}
		}
	}
}

// There is a placeholder for every format, and for as many questions as a pack has.
func TestPlaceholder(t *testing.T) {
	for _, format := range []string{"", "name", "module", "host", "path", "urlpath", "semver", "port"} {
		q := pack.Question{Type: pack.String, Format: format}
		if format == "port" {
			q.Type = pack.Int
		}
		seen := make(map[string]bool)
		for number := range 40 {
			text, value, ok := placeholder(q, number)
			if !ok || value == nil || seen[text] {
				t.Errorf("format %q, number %d: placeholder %q, %v", format, number, text, ok)
			}
			seen[text] = true
		}
	}
}

// Lines count by what they say: not by white space, and a line of which one word
// differs counts for most of itself.
func TestCompare(t *testing.T) {
	for _, test := range []struct {
		written, onDisk string
		lines, common   int
		alike           bool // some part of the rest is there
	}{
		{"a b\nc\n", "a b\nc\n", 2, 2, false},
		{"a b\nc\n", "\ufeffa   b\r\n\tc\r\n", 2, 2, false},
		{"{\n}\na\n", "a\n", 1, 1, false},
		{"listen on 80 here\n", "listen on 81 here\n", 1, 0, true},
		{"listen on 80 here\n", "nothing alike\n", 1, 0, false},
		{"a\na\n", "a\n", 2, 1, false},
	} {
		d := newDisk("")
		f := tree.File{Path: "f", Mode: tree.ModeFile, Data: []byte(test.written)}
		have := tree.File{Path: "f", Mode: tree.ModeFile, Data: []byte(test.onDisk)}
		d.files["f"] = &ours{have, d.countLines(have.Data)}
		m := d.compare(f)
		if m.lines != test.lines || m.common != test.common || m.alike > 0 != test.alike || m.alike >= 1 {
			t.Errorf("%q on %q: %+v", test.written, test.onDisk, m)
		}
	}
}
