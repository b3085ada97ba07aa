package words

import (
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func quiet(f func(string) (string, error)) func(string) string {
	return func(s string) string {
		name, err := f(s)
		if err != nil {
			return "!" + err.Error()
		}
		return name
	}
}

var all = []struct {
	name string
	call func(string) string
}{
	{"snake", Snake}, {"kebab", Kebab}, {"camel", Camel}, {"pascal", Pascal}, {"title", Title}, {"slug", Slug},
	{"envName", quiet(EnvName)}, {"goIdent", quiet(GoIdent)},
}

// One text, and what each function makes of it, in the order of all.
func TestWords(t *testing.T) {
	tests := []struct{ text, want string }{
		{"My Project", "my_project my-project myProject MyProject My Project my-project MY_PROJECT myProject"},
		{"my-project", "my_project my-project myProject MyProject My Project my-project MY_PROJECT myProject"},
		{"myProject", "my_project my-project myProject MyProject My Project my-project MY_PROJECT myProject"},
		{"  my__project! ", "my_project my-project myProject MyProject My Project my-project MY_PROJECT myProject"},
		{"HTTPServer", "http_server http-server httpServer HttpServer HTTP Server http-server HTTP_SERVER httpServer"},
		{"parseURL", "parse_url parse-url parseUrl ParseUrl Parse URL parse-url PARSE_URL parseUrl"},
		{"v2Api", "v2_api v2-api v2Api V2Api V2 Api v2-api V2_API v2Api"},
		{"1.10", "1_10 1-10 1_10 1_10 1 10 1-10 _1_10 _1_10"},
		{"2fast", "2fast 2fast 2fast 2fast 2fast 2fast _2FAST _2fast"},
		{"don't stop", "dont_stop dont-stop dontStop DontStop Don't Stop dont-stop DONT_STOP dontStop"},
		{"'quoted'", "quoted quoted quoted Quoted Quoted quoted QUOTED quoted"},
		{"func", "func func func Func Func func FUNC func_"},
		{"main", "main main main Main Main main MAIN main_"},
		{"String", "string string string String String string STRING string_"},
		{"Größe", "größe größe größe Größe Größe grosse GROSSE größe"},
		{"Gro\u0308ße", "größe größe größe Größe Größe grosse GROSSE größe"}, // an accent of its own
		{"ǆabc", "ǆabc ǆabc ǆabc ǅabc ǅabc dzabc DZABC ǆabc"},
		{"Łódź", "łódź łódź łódź Łódź Łódź lodz LODZ łódź"},
		{"ﬁle①", "ﬁle ﬁle ﬁle ﬁle ﬁle file1 FILE1 ﬁle"},
		{"世界 app", "世界_app 世界-app 世界App 世界App 世界 App app APP 世界App"},
		{"हिन्दी", "हिन्दी हिन्दी हिन्दी हिन्दी हिन्दी  !\"हिन्दी\" has no ASCII letter or digit to call a variable by हनद"},
		{"a\x00b\nc", "a_b_c a-b-c aBC ABC A B C a-b-c A_B_C aBC"},
		{"a\xffb", "a_b a-b aB AB A B a-b A_B aB"},
		{"a\u202eb", "a_b a-b aB AB A B a-b A_B aB"},
		{"../../etc", "etc etc etc Etc Etc etc ETC etc"},
		{"", "      !\"\" has no ASCII letter or digit to call a variable by !\"\" has no letter or digit to make an identifier of"},
		{"_-.", "      !\"_-.\" has no ASCII letter or digit to call a variable by !\"_-.\" has no letter or digit to make an identifier of"},
	}
	for _, tt := range tests {
		var got []string
		for _, f := range all {
			got = append(got, f.call(tt.text))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.text, s, tt.want)
		}
	}
}

var (
	slugForm = regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*)?$`)
	envForm  = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// FuzzWords tries the laws: what is written once is written so again, a slug and
// a variable have their form, and an identifier is one to Go's own parser.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"My Project", "HTTPServer", "2fast", "Größe", "ǆ", "İstanbul", "ŉ", "a'b", "ß", "\u0345a", "ᾼ", "x\u0301y", "A\u0301B", "func", "１２", "𝒳y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, f := range all[:2] {
			once := f.call(s)
			if again := f.call(once); again != once && utf8.ValidString(s) {
				t.Errorf("%s(%q) is %q, and of that %q", f.name, s, once, again)
			}
		}
		slug := Slug(s)
		if !slugForm.MatchString(slug) || Slug(slug) != slug {
			t.Errorf("slug(%q) is %q", s, slug)
		}
		if name, err := EnvName(s); err == nil && !envForm.MatchString(name) {
			t.Errorf("envName(%q) is %q", s, name)
		}
		name, err := GoIdent(s)
		if err != nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\nvar "+name+" int", 0); err != nil || !token.IsIdentifier(name) || token.IsExported(name) {
			t.Errorf("goIdent(%q) is %q: %v", s, name, err)
		}
		for _, f := range all {
			if out := f.call(s); len(out) > 8*len(s)+100 {
				t.Errorf("%s(%q) has %d bytes of %d", f.name, s, len(out), len(s))
			}
		}
	})
}
