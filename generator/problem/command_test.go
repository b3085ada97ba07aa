package problem

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

var words = []string{
	"", " ", "a", "a b", "a'b", "''", `"`, `a"b`, "$HOME", "${IFS}", "$(id)", "`id`", `\`, `a\`, `\\`, "a\nb", "\n", "\t", "\r",
	"*", "?", "[a-z]", "{a,b}", "~", "~root", "#", "# a", "!", "!!", "-", "-rf", "--", "--x=a b", "=", "a=b", "a;b", "a|b", "a&b",
	"<x", ">x", "(a)", "%s", "%d", "ä", "日本語", "😀", "\u2028", "\u202e", "\x1b[31m", "\x7f", "\xff", "a,b", "a:b", "a@b", "a+b", "a/b",
	"it's 'so' \"quoted\"", strings.Repeat("long ' ", 500),
}

func TestCommandLine(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{nil, ""},
		{[]string{"scaffold", "new", "hello"}, "scaffold new hello"},
		{[]string{"new", "my app"}, "new 'my app'"},
		{[]string{"--mount=/", "--set", "a=b,c"}, "--mount=/ --set a=b,c"},
		{[]string{"--name="}, "--name="},
		{[]string{""}, "''"},
		{[]string{"it's"}, `'it'\''s'`},
		{[]string{"~", "*", "a;b", "$x", "#"}, "'~' '*' 'a;b' '$x' '#'"},
	} {
		if got := CommandLine(tt.words...); got != tt.want {
			t.Errorf("CommandLine(%q) = %s, want %s", tt.words, got, tt.want)
		}
	}
}

// A shell reads the words back as they were.
func TestCommandIsReadBack(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("no sh on PATH to read the words")
	}
	script := "printf '%s\\0' " + CommandLine(words...)
	out, err := exec.Command(sh, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(got) != len(words) {
		t.Fatalf("read %d words, want %d", len(got), len(words))
	}
	for i, w := range words {
		if got[i] != w {
			t.Errorf("wrote %q as %s, the shell read %q", w, CommandLine(w), got[i])
		}
	}
}
