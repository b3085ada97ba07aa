package strictyaml

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever stands in a file, a fault has a place in it, and what Parse reads
// without a fault has none here, but for aliases that nobody has asked for yet.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"a: b\n---\nc: \"d\n", "\ta: b\n", "...\n...\n", "%YAML\n", "a: |\n\n\n x", "\ufeff---\r\n- a\r", "'a\tb': c\n", "[a, b]: c", "a: 1\na: 2\n---\nb: [", "%FOO\n---\n%TAG", "a: *b", "a: b# c", "- &é a", "[-]"} {
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
		if doc, _, err := Parse("f", []byte(source)); err == nil && doc.Err() == nil && !strings.Contains(source, "*") {
			t.Errorf("%q: Parse reads it, and Check says %v", source, fault)
		}
	})
}

// A text that is too long is not looked at, and nothing is sure of it.
func TestCheckIsBounded(t *testing.T) {
	fault, sure := Check("f", []byte("a: [\n"+strings.Repeat("# long\n", maxChecked/7)))
	if fault == nil || sure || fault.Message != "the file is too long to be checked" {
		t.Errorf("%v, sure: %t", fault, sure)
	}
	if fault, sure := Check("f", []byte("a: [\n")); fault == nil || !sure {
		t.Errorf("%v, sure: %t", fault, sure)
	}
}
