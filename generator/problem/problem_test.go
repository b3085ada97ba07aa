package problem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestInput(t *testing.T) {
	err := Input("--port %d: %w", 0, fs.ErrInvalid)
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"marked", err, true},
		{"wrapped", fmt.Errorf("new: %w", err), true},
		{"one of several", errors.Join(fs.ErrExist, err), true},
		{"below a hint", WithHint(err, "try another"), true},
		{"above a hint", AsInput(WithHint(fs.ErrExist, "try another")), true},
		{"quoted without %w", fmt.Errorf("new: %v", err), false},
		{"nobody marked it", fs.ErrPermission, false},
		{"only hinted", WithHint(fs.ErrPermission, "try another"), false},
		{"interrupted meanwhile", Input("pack: %w", errors.Join(fs.ErrInvalid, context.Canceled)), false},
		{"out of time", AsInput(context.DeadlineExceeded), false},
		{"nothing", nil, false},
	}
	for _, tt := range tests {
		if got := IsInput(tt.err); got != tt.want {
			t.Errorf("%s: IsInput = %v", tt.name, got)
		}
	}
	if got, want := err.Error(), "--port 0: invalid argument"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrInvalid) || !errors.Is(AsInput(err), fs.ErrInvalid) {
		t.Error("the mark hides what it wraps")
	}
	if AsInput(nil) != nil {
		t.Error("AsInput makes an error of none")
	}
}

// Hints come in the order of the errors, each once, and are no part of the
// message.
func TestHints(t *testing.T) {
	a := WithHint(Input("a is wrong"), "mend %s", "a")
	b := WithHint(fmt.Errorf("b: %w", WithHint(errors.New("inner"), "look inside")), "mend b")
	err := fmt.Errorf("new: %w", errors.Join(a, b, WithHint(errors.New("c"), "mend a"), errors.New("d")))
	if got, want := Hints(err), []string{"mend a", "mend b", "look inside"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := err.Error(), "new: a is wrong\nb: inner\nc\nd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Hints(errors.New("plain")); got != nil {
		t.Errorf("hints of a plain error: %q", got)
	}
	if got := Hints(nil); got != nil {
		t.Errorf("hints of nothing: %q", got)
	}
}

func TestNearest(t *testing.T) {
	flags := []string{"name", "module", "style", "transport", "dry-run", "json", "n"}
	for word, want := range map[string]string{
		"name":                      "name",
		"nmae":                      "name",      // two letters swapped: one slip
		"nam":                       "name",      // one left out
		"namee":                     "name",      // one too many
		"Name":                      "name",      // one changed
		"modul":                     "module",    //
		"stlye":                     "style",     //
		"transprot":                 "transport", // long words may differ by a third
		"trnsprt":                   "transport", //
		"transfer":                  "",          //
		"trans":                     "transport", // its beginning
		"STYLE":                     "style",     // letter case is the smallest slip
		"dryrun":                    "dry-run",   //
		"dry_run":                   "dry-run",   //
		"jsn":                       "json",      //
		"xml":                       "",          // nothing alike
		"":                          "n",         // one letter away
		"port":                      "",          //
		strings.Repeat("name", 100): "",
	} {
		if got := Nearest(word, flags); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	if got := Nearest("ab", []string{"ac", "ad"}); got != "ac" {
		t.Errorf("of two as near, got %q, want the first", got)
	}
	if got := Nearest("a", nil); got != "" {
		t.Errorf("of none, got %q", got)
	}
}

func TestDidYouMean(t *testing.T) {
	if got, want := DidYouMean("stlye", []string{"style"}), `: did you mean "style"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := DidYouMean("x", []string{"style"}); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "acb", 1},
		{"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abcd", "badc", 2}, {strings.Repeat("a", 65), "a", 64},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if distance(tt.a, tt.b) != distance(tt.b, tt.a) {
			t.Errorf("distance(%q, %q) depends on the order", tt.a, tt.b)
		}
	}
}

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
