package strictyaml

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Documents are cut where a line starts or ends one, and nothing is lost.
func TestDocuments(t *testing.T) {
	for source, want := range map[string][]string{
		"":                              nil,
		"a: b\n":                        {"a: b\n"},
		"---\na\n---\nb":                {"---\na\n", "---\nb"},
		"%YAML 1.2\n---\na\n...\n# c\n": {"%YAML 1.2\n", "---\na\n...\n", "# c\n"},
		"--- a\n---\tb\n--- \nc\n":      {"--- a\n", "---\tb\n", "--- \nc\n"},
		"a: |\n  ---\n----\n---a\n":     {"a: |\n  ---\n----\n---a\n"},
	} {
		var got []string
		for part := range documents([]byte(source)) {
			got = append(got, string(part))
		}
		if !slices.Equal(got, want) || strings.Join(got, "") != source {
			t.Errorf("%q: got %q, want %q", source, got, want)
		}
	}
}

// Whatever stands in a file, a fault has a place in it, and what Parse reads
// without a fault has none here.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"a: b\n---\nc: \"d\n", "\ta: b\n", "...\n...\n", "%YAML\n", "a: |\n\n\n x", "\ufeff---\r\n- a\r", "'a\tb': c\n", "[a, b]: c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		fault, _ := Check("f", []byte(source))
		if fault == nil {
			return
		}
		if lines := 2 + bytes.Count([]byte(lineEnds.Replace(source)), []byte("\n")); fault.Line < 1 || fault.Line > lines || fault.Column < 1 {
			t.Errorf("%q: %d:%d is no place in it", source, fault.Line, fault.Column)
		}
		if doc, _, err := Parse("f", []byte(source)); err == nil && doc.Err() == nil && !strings.Contains(source, "\t") {
			t.Errorf("%q: Parse reads it, and Check says %v", source, fault)
		}
	})
}
