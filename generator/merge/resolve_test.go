package merge

import (
	"strings"
	"testing"
)

// Conflicts settled for a side; what does not conflict stays merged, and the
// final newline is what it would be without markers.
var resolveTests = []struct{ name, base, ours, theirs, mine, template string }{
	{"a line each", "a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n", "a\nX\nc\n", "a\nY\nc\n"},
	{"the rest stays merged", "a\nb\nc\nd\n", "a\nX\nc\nd\n", "a\nY\nc\nZ\n", "a\nX\nc\nZ\n", "a\nY\nc\nZ\n"},
	{"two of them", "a\nb\nc\n", "X\nb\nX\n", "Y\nb\nY\n", "X\nb\nX\n", "Y\nb\nY\n"},
	{"one side removed", "a\nb\nc\n", "a\nc\n", "a\nY\nc\n", "a\nc\n", "a\nY\nc\n"},
	{"added by both", "", "X\n", "Y\nZ\n", "X\n", "Y\nZ\n"},
	{"no final newline", "a\nb", "a\nX", "a\nY", "a\nX", "a\nY"},
	{"the user's CRLF", "a\nb\n", "a\r\nX\r\n", "a\nY\n", "a\r\nX\r\n", "a\r\nY\r\n"},
	{"a mark before it", "\xef\xbb\xbfb\n", "\xef\xbb\xbfX\n", "\xef\xbb\xbfY\n", "\xef\xbb\xbfX\n", "\xef\xbb\xbfY\n"},
	{"nothing left of the file", "a\n", "", "Y\n", "", "Y\n"},
	{"lines that look like markers", "a\nb\n", "a\n<<<<<<<\n", "a\n=======\n", "a\n<<<<<<<\n", "a\n=======\n"},
	{"clean", "a\nb\nc\n", "X\nb\nc\n", "a\nb\nY\n", "X\nb\nY\n", "X\nb\nY\n"},
}

func TestResolve(t *testing.T) {
	for _, tt := range resolveTests {
		r := Lines([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs), labels)
		if got := string(r.Resolve(true)); got != tt.mine {
			t.Errorf("%s: mine is %q, want %q", tt.name, got, tt.mine)
		}
		if got := string(r.Resolve(false)); got != tt.template {
			t.Errorf("%s: the template's is %q, want %q", tt.name, got, tt.template)
		}
	}
}

// Lines are parted by commas.
func TestCountConflicts(t *testing.T) {
	for text, want := range map[string]int{
		"<<<<<<< a,=======,>>>>>>> b,":                            1,
		"1,<<<<<<< a,2,||||||| c,=======,3,>>>>>>> b,4":           1,
		"<<<<<<<,=======,>>>>>>>":                                 1,
		"\ufeff<<<<<<< a\r,=======\r,>>>>>>> b\r,":                1,
		"<<<<<<< a,=======,=======,>>>>>>> b,":                    1,
		"<<<<<<< a,=======,>>>>>>> b,<<<<<<< a,=======,>>>>>>> b": 2,
		"Title,=======,":                                          0,
		"<<<<<<< a,>>>>>>> b,=======,":                            0,
		">>>>>>> b,=======,<<<<<<< a,":                            0,
		"<<<<<<< a,======= b,>>>>>>> b,":                          0,
		" <<<<<<< a, =======, >>>>>>> b,":                         0,
		"<<<<<<<<,=======,>>>>>>>>,":                              0,
	} {
		if got := CountConflicts([]byte(strings.ReplaceAll(text, ",", "\n"))); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}
