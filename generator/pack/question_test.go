package pack

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var questions = map[string]Question{
	"string": {Type: String},
	"text":   {Type: Text},
	"bool":   {Type: Bool},
	"int":    {Type: Int},
	"port":   {Type: Int, Format: "port"},
	"digits": {Type: Int, Match: regexp.MustCompile(`^(?:[1-9][0-9]?)$`), Want: "1 to 99"},
	"lower":  {Type: String, Match: regexp.MustCompile(`^(?:[a-z]+|x)$`)},
	"host":   {Type: String, Format: "host"},
	"one":    {Type: Choice, Choices: []string{"func", "struct"}},
	"some":   {Type: Choices, Choices: []string{"http", "fcgi", "scgi"}},
}

// An answer as it is typed, and what it comes to. A want that starts with ! is
// the error.
var answerTests = []struct {
	question, text string
	want           any
}{
	{"string", "a b", "a b"},
	{"string", "", ""},
	{"string", "größe 🙂", "größe 🙂"},
	{"string", `"'$\`, `"'$\`},
	{"string", strings.Repeat("a", 1024), strings.Repeat("a", 1024)},
	{"string", strings.Repeat("a", 1025), "!has 1025 bytes, more than 1024"},
	{"string", "a\nb", `!"a\nb" has a control or bidirectional character at byte 1`},
	{"string", "a\tb", `!"a\tb" has a control or bidirectional character at byte 1`},
	{"string", "a\x00", `!"a\x00" has a control or bidirectional character at byte 1`},
	{"string", "\x1b[2J", `!"\x1b[2J" has a control or bidirectional character at byte 0`},
	{"string", "a\u0085", `!"a\u0085" has a control or bidirectional character at byte 1`},
	{"string", "ab\u202e", `!"ab\u202e" has a control or bidirectional character at byte 2`},
	{"string", "\u2066", `!"\u2066" has a control or bidirectional character at byte 0`},
	{"string", "\u200f", `!"\u200f" has a control or bidirectional character at byte 0`},
	{"string", "\u061c", `!"\u061c" has a control or bidirectional character at byte 0`},
	{"string", "\u2028", `!"\u2028" has a control or bidirectional character at byte 0`},
	{"string", "\ufeffa", `!"\ufeffa" has a control or bidirectional character at byte 0`},
	{"string", "a\xff", `!"a\xff" is not UTF-8`},
	{"text", "a\n\tb\n", "a\n\tb\n"},
	{"text", "a\r\nb", `!"a\r\nb" has a control or bidirectional character at byte 1`},
	{"text", strings.Repeat("a", 16<<10), strings.Repeat("a", 16<<10)},
	{"text", strings.Repeat("a", 16<<10+1), "!has 16385 bytes, more than 16384"},

	{"bool", "true", true},
	{"bool", "Yes", true},
	{"bool", "y", true},
	{"bool", "FALSE", false},
	{"bool", "no", false},
	{"bool", "n", false},
	{"bool", "", `!"" is none of true, false, yes, no`},
	{"bool", "1", `!"1" is none of true, false, yes, no`},
	{"bool", "on", `!"on" is none of true, false, yes, no`},

	{"int", "0", 0},
	{"int", "-5", -5},
	{"int", "", `!"" is no whole number in decimal`},
	{"int", "1.5", `!"1.5" is no whole number in decimal`},
	{"int", "010", `!"010" is no whole number in decimal`},
	{"int", "+5", `!"+5" is no whole number in decimal`},
	{"int", "80a", `!"80a" is no whole number in decimal`},
	{"int", "0x10", `!"0x10" is no whole number in decimal`},
	{"int", "99999999999999999999", `!"99999999999999999999" is no whole number in decimal`},
	{"port", "443", 443},
	{"port", "0", "!0 is no port: want 1 to 65535"},
	{"port", "70000", "!70000 is no port: want 1 to 65535"},
	{"digits", "10", 10},
	{"digits", "100", "!100 does not fit: want 1 to 99"},

	{"lower", "abc", "abc"},
	{"lower", "abc1", `!"abc1" does not fit: want another form`},
	{"lower", "1x", `!"1x" does not fit: want another form`},
	{"host", "a;b", "!" + noHost("a;b")},

	{"one", "func", "func"},
	{"one", "fnuc", `!"fnuc" is none of func, struct: did you mean "func"?`},
	{"one", "Func", `!"Func" is none of func, struct: did you mean "func"?`},
	{"one", "", `!"" is none of func, struct`},
	{"one", "func,struct", `!"func,struct" is none of func, struct`},

	// Lists come in the order of the choices, each once.
	{"some", "http", []string{"http"}},
	{"some", "scgi,http", []string{"http", "scgi"}},
	{"some", " fcgi , http , fcgi ", []string{"http", "fcgi"}},
	{"some", ",http,", []string{"http"}},
	{"some", "", "!is empty: want at least one of http, fcgi, scgi"},
	{"some", ",", "!is empty: want at least one of http, fcgi, scgi"},
	{"some", "http,htpp", `!"htpp" is none of http, fcgi, scgi: did you mean "http"?`},
	{"some", "http fcgi", `!"http fcgi" is none of http, fcgi, scgi`},
}

func TestParseAndCheck(t *testing.T) {
	for _, tt := range answerTests {
		q := questions[tt.question]
		value, err := q.Parse(tt.text)
		if err == nil {
			value, err = q.Check(value)
		}
		if text, _ := tt.want.(string); strings.HasPrefix(text, "!") {
			if fmt.Sprint(err) != text[1:] {
				t.Errorf("%s %q:\ngot  %v\nwant %s", tt.question, tt.text, err, text[1:])
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(value, tt.want) {
			t.Errorf("%s %q: got %#v, %v; want %#v", tt.question, tt.text, value, err, tt.want)
			continue
		}
		if again, err := q.Check(value); err != nil || !reflect.DeepEqual(again, value) {
			t.Errorf("%s %q: %#v is not canonical: %#v, %v", tt.question, tt.text, value, again, err)
		}
	}
}

// A value of another type is refused, whoever gave it.
func TestCheckTypes(t *testing.T) {
	values := []any{"x", true, 1, []string{"http"}, nil, 1.5, []any{"http"}}
	for name, q := range questions {
		for _, v := range values {
			got, err := q.Check(v)
			if err == nil && reflect.TypeOf(got) != reflect.TypeOf(q.Zero()) {
				t.Errorf("%s takes %#v and returns %#v", name, v, got)
			}
			if err == nil && reflect.TypeOf(v) != reflect.TypeOf(q.Zero()) {
				t.Errorf("%s takes %#v", name, v)
			}
		}
	}
}

func TestZero(t *testing.T) {
	for name, want := range map[string]any{"string": "", "text": "", "bool": false, "int": 0, "one": "", "some": []string{}} {
		if got := questions[name].Zero(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", name, got, want)
		}
	}
}

// A form is said in words, never as the code that checks it.
func TestForm(t *testing.T) {
	for name, want := range map[string]string{
		"string": "", "int": "", "one": "", "port": "1 to 65535", "host": "a host name or an IP address",
		"digits": "1 to 99", "lower": "of a certain form",
	} {
		if got := questions[name].Form(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for name, f := range formats {
		if f.words == "" {
			t.Errorf("format %s has no words", name)
		}
	}
}
