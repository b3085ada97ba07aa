package strictyaml

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// Strings that some reader of YAML takes for something else, or that its
// syntax means something by.
var hostile = []string{
	"", " ", "a", " a", "a ", "a\n", "\na", "a\n\nb", "a\tb", "\t", "\r", "a\r\nb", "a\x00b", "\x01\x1b[31m\x7f",
	"yes", "no", "NO", "on", "Off", "y", "N", "true", "False", "TRUE", "null", "Null", "~", "nan", ".nan", ".inf", "-.inf",
	"1", "-1", "+1", "1.10", "012", "0o17", "0x1f", "0b1", "1e3", "1_000", "12:30", "2024-01-01", ".5", "1.", "=", "<<",
	"-", "- a", "--", "---", "...", "?", "? a", ":", "a: b", "a:", ":a", "a :b", "#", "a #b", "a#b", "# a", "&a", "*a", "!a", "!!str",
	"%YAML", "@a", "`a`", "|", "|-", ">", ">+", "[", "]", "[a, b]", "{", "}", "{a: b}", ",", "a, b", "'", "''", "'a'", `"`, `"a"`, `\`, `\n`,
	`\"`, `a\`, `\\`, "it's", `say "hi"`, "$HOME", "${x}", "{{ .x }}", "%s", "a/b", "/", "./a", "-rf", "<a>", "a&b", "a;b",
	"ä", "日本語", "😀", "\u0085", "\u00a0", "\u2028", "\u2029", "\u202e", "\ufeff", "\ufffd", "\ufffe", "\U0010ffff", "\U000e0001",
	"<<<<<<< HEAD", ">>>>>>> x", "a\n<<<<<<< HEAD\n", strings.Repeat("long ", 2000), strings.Repeat("[", 60), "a\n- b\n c: d\n",
}

// What is written is read back as what it was: as a value, in a list, and
// whatever it looks like.
func TestScalarRoundTrip(t *testing.T) {
	for _, s := range hostile {
		roundTrip(t, s)
	}
	var list strings.Builder
	list.WriteString("key: " + Scalar(hostile) + "\n")
	doc, root := parsed(t, list.String())
	items := root.Fields("key")["key"].List()
	if len(items) != len(hostile) || doc.Err() != nil {
		t.Fatalf("read %d strings of %d: %v", len(items), len(hostile), doc.Err())
	}
	for i, item := range items {
		if got := item.Text(); got != hostile[i] {
			t.Errorf("in a list: wrote %q, read %q", hostile[i], got)
		}
	}
}

func roundTrip(t *testing.T, s string) {
	t.Helper()
	for _, written := range []string{Quote(s), Scalar(s)} {
		if strings.ContainsAny(written, "\n\r\x00\x1b") {
			t.Errorf("%q is written as %q", s, written)
		}
		doc, root, err := Parse("f", []byte("key: "+written+"\nnext: x\n"))
		if err != nil {
			t.Errorf("%q is written as %s: %v", s, written, err)
			continue
		}
		fields := root.Fields("key", "next")
		if got := fields["key"].Text(); got != s || doc.Err() != nil || len(fields) != 2 {
			t.Errorf("wrote %q as %s, read %q: %v", s, written, got, doc.Err())
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && strings.Count(s, "[")+strings.Count(s, "{") < 60 {
			roundTrip(t, s)
		}
	})
}

// Only words that are strings to every reader stand without quotes.
func TestScalarForms(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"func", "func"},
		{"/app", "/app"},
		{"example.com", "example.com"},
		{"my_App-2", "my_App-2"},
		{"./mine", `"./mine"`},
		{"../packs/mine", `"../packs/mine"`},
		{"2fast", `"2fast"`},
		{"1.0.0", `"1.0.0"`},
		{"yes", `"yes"`},
		{"True", `"True"`},
		{"NULL", `"NULL"`},
		{"", `""`},
		{"a b", `"a b"`},
		{true, "true"},
		{false, "false"},
		{10, "10"},
		{-1, "-1"},
		{[]string{}, "[]"},
		{[]string{"http", "fcgi"}, "[http, fcgi]"},
		{[]string{"a, b", "]"}, `["a, b", "]"]`},
	} {
		if got := Scalar(tt.value); got != tt.want {
			t.Errorf("Scalar(%#v) = %s, want %s", tt.value, got, tt.want)
		}
		doc, root := parsed(t, "key: "+Scalar(tt.value)+"\n")
		n := root.Fields("key")["key"]
		var got any
		if n.IsList() {
			list := []string{}
			for _, item := range n.List() {
				list = append(list, item.Text())
			}
			got = list
		} else {
			got = n.Scalar()
		}
		if !reflect.DeepEqual(got, tt.value) || doc.Err() != nil {
			t.Errorf("Scalar(%#v) is read back as %#v: %v", tt.value, got, doc.Err())
		}
	}
}
