package tree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var deep = strings.Repeat("a/", MaxDepth-1)

// What is accepted has no want; what is refused has a part of the reason.
var checkPathTests = []struct{ path, want string }{
	// Plain names, and what a Go project has besides.
	{"main.go", ""},
	{"internal/gateway/fcgi_test.go", ""},
	{".gitignore", ""},
	{".gitattributes", ""},
	{".github/workflows/test.yml", ""},
	{".well-known/security.txt", ""},
	{"LICENSE", ""},
	{"a b/c d.txt", ""},
	{"a+b,c=d@e(f)[g]{h}~i#j%k!&$^_-", ""},
	{"...a", ""},
	{"gitfoo/.gitmodules", ""},
	// Letters of every script are names too, composed or not.
	{"größe.go", ""},
	{"документы/план.md", ""},
	{"日本語.txt", ""},
	{"한글", ""},
	{"\u1112\u1161\u11ab", ""},
	{"हिन.md", ""},
	{"ไทย/ภาษา.md", ""},
	{"می\u200cخواهم.txt", ""}, // with the joiner that Persian needs
	{"क्\u200dष", ""},         // and one that Hindi needs
	{"🚀.md", ""},
	{"👩\u200d💻 🏳️\u200d🌈", ""}, // emoji are joined by it
	{"🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", ""},
	{"it's.txt", ""},
	{"a;b`c`", ""},
	{"x²½€", ""},

	// Nothing, or not text.
	{"", "is empty"},
	{"a\xff", "is not UTF-8"},
	{"\xc0\xae\xc0\xae/x", "is not UTF-8"},
	// Not below the project's folder.
	{"/etc/passwd", "is absolute"},
	{"//host/share", "is absolute"},
	{"..", "leaves its folder"},
	{"../evil", "leaves its folder"},
	{"a/../../evil", "leaves its folder"},
	{"a/..", "leaves its folder"},
	{".", "leaves its folder"},
	{"./a", "leaves its folder"},
	{"a/./b", "leaves its folder"},
	{`..\evil`, "has a backslash"},
	{`C:\evil`, "has a backslash"},
	{"C:/evil", "Windows takes none of"},
	{"C:evil", "Windows takes none of"},
	// Not clean: two spellings of one path.
	{"a//b", "has an empty element"},
	{"a/", "has an empty element"},
	// What version control obeys, in every spelling a file system takes for it.
	{".git", "belongs to version control"},
	{".git/hooks/pre-commit", "belongs to version control"},
	{"sub/.git/config", "belongs to version control"},
	{".GIT/config", "belongs to version control"},
	{".Git", "belongs to version control"},
	{".git./config", "ends in a space or dot"},
	{".git /config", "ends in a space or dot"},
	{".git::$INDEX_ALLOCATION/config", "Windows takes none of"},
	{".g\u200cit/config", "belongs to version control"}, // which some take for .git
	{"git~1/config", "short name"},
	{"GIT~1/config", "short name"},
	{"a/Git~2", "short name"},
	{"SCAFFO~1.YAM", "short name"},
	{"backup.go.~1~", ""},
	{"a~b", ""},
	{".hg/hgrc", "belongs to version control"},
	{".svn", "belongs to version control"},
	{".jj", "belongs to version control"},
	{".bzr", "belongs to version control"},
	// Our own state.
	{"scaffold.yaml", "is where a project's answers are kept"},
	{"Scaffold.YAML", "is where a project's answers are kept"},
	{"\u017fcaffold.yaml", "is where a project's answers are kept"}, // a long s folds to s
	{"scaffold.yaml/x", "is where a project's answers are kept"},
	{"docs/scaffold.yaml", ""},
	{".scaffold-state/base.zip", "belongs to version control or to scaffold"},
	{".SCAFFOLD-STATE/x", "belongs to version control or to scaffold"},
	{"a/.scaffold-state", "belongs to version control or to scaffold"},
	{".scaffold", "belongs to version control or to scaffold"},
	// Names that commands or Windows read otherwise.
	{"-rf", "take for a flag"},
	{"a/--help", "take for a flag"},
	{"a-b", ""},
	{"a ", "ends in a space or dot"},
	{"a /b", "ends in a space or dot"},
	{"a.", "ends in a space or dot"},
	{"a./b", "ends in a space or dot"},
	{"...", "ends in a space or dot"},
	{" a", ""},
	{"CON", "Windows"},
	{"con.txt", "Windows"},
	{"a/NUL", "Windows"},
	{"Aux.tar.gz", "Windows"},
	{"lpt1", "Windows"},
	{"com0", "Windows"},
	{"COM¹.txt", "Windows"},
	{"nul .txt", "Windows"},
	{"conin$", "Windows"},
	{"console", ""},
	{"com10", ""},
	{"a.nul", ""},
	// Characters that no shell, terminal or archive passes on unharmed.
	{"a\x00b", "control, bidirectional or invisible"},
	{"a\nb", "control, bidirectional or invisible"},
	{"a\tb", "control, bidirectional or invisible"},
	{"a\x1b[2J", "control, bidirectional or invisible"},
	{"a\x7f", "control, bidirectional or invisible"},
	{"a\u202egpj.exe", "control, bidirectional or invisible"},
	{"a\u2028", "control, bidirectional or invisible"},
	{"\ufeffa", "control, bidirectional or invisible"},
	{`a"b`, "Windows takes none of"},
	{"a*", "Windows takes none of"},
	{"a?", "Windows takes none of"},
	{"a<b>", "Windows takes none of"},
	{"a|b", "Windows takes none of"},
	{"\u200d", "nothing is seen"},
	{"a/.\u200d.\u200d/b", "nothing is seen"},
	{"a\u200bb", "control, bidirectional or invisible"},
	{"a\u00adb", "control, bidirectional or invisible"},
	{"a\u061cb", "control, bidirectional or invisible"},
	// Sizes.
	{strings.Repeat("a", MaxElement), ""},
	{strings.Repeat("a", MaxElement+1), "has an element of 101 bytes, more than 100"},
	{strings.Repeat("ä", MaxElement/2+1), "has an element of 102 bytes, more than 100"},
	{deep + "a", ""},
	{deep + "a/a", "has 21 elements, more than 20"},
}

func TestCheckPath(t *testing.T) {
	for _, tt := range checkPathTests {
		err := CheckPath(tt.path)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("refused: %v", err)
		case tt.want != "" && err == nil:
			t.Errorf("CheckPath(%q) accepts it, want %q", tt.path, tt.want)
		case err != nil && !strings.Contains(err.Error(), tt.want):
			t.Errorf("got %q, want %q in it", err, tt.want)
		}
	}
}

// Messages name the path as a quoted string: it may hold anything.
func TestCheckPathMessage(t *testing.T) {
	for path, want := range map[string]string{
		"a\x1b/../b":   `path "a\x1b/../b": has the element "..", which leaves its folder`,
		"x/.git/hooks": `path "x/.git/hooks": has the element ".git", which belongs to version control or to scaffold`,
		"con":          `path "con": has the element "con", a name that Windows keeps for a device`,
		"a:b":          `path "a:b": has the element "a:b": Windows takes none of <>:"|?* in a name`,
	} {
		if got := CheckPath(path).Error(); !strings.HasPrefix(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Two paths fold to one if some file system takes them for one.
func TestFold(t *testing.T) {
	same := [][2]string{
		{"README.md", "readme.MD"},
		{"Größe", "GRÖSSE"},
		{"\u00c5", "\u212b"},               // A with ring, and the sign for angstrom
		{"\u00e9", "e\u0301"},              // é, composed or not
		{"한", "\u1112\u1161\u11ab"},        // a syllable and its letters
		{"\ufb01le", "file"},               // the ligature fi
		{"\u212a", "k"},                    // the sign for kelvin
		{"Σίσυφος", "ΣΊΣΥΦΟΣ"},             // both small sigmas
		{"a/\u1e69", "A/s\u0323\u0307"},    // two marks
		{"a/\u1e69", "a/S\u0307\u0323"},    // the same two the other way round
		{"ẞ", "ss"},                        // capital sharp s
		{"a\u200db", "ab"},                 // invisible to some
		{"ΑΙ\u0313", "\u03b1\u03b9\u0313"}, // Greek with breathing
	}
	for _, tt := range same {
		if Fold(tt[0]) != Fold(tt[1]) {
			t.Errorf("%q and %q: %q != %q", tt[0], tt[1], Fold(tt[0]), Fold(tt[1]))
		}
	}
	apart := [][2]string{{"a", "b"}, {"a", "ä"}, {"a/b", "ab"}, {"o", "0"}, {"a", "а"}} // the last is Cyrillic
	for _, tt := range apart {
		if Fold(tt[0]) == Fold(tt[1]) {
			t.Errorf("%q and %q fold to the same %q", tt[0], tt[1], Fold(tt[0]))
		}
	}
	for _, tt := range checkPathTests {
		if folded := Fold(tt.path); strings.ToValidUTF8(tt.path, "") == tt.path && Fold(folded) != folded {
			t.Errorf("Fold(%q) is no fixed point: %q, then %q", tt.path, folded, Fold(folded))
		}
	}
}

// Whatever is accepted stays below the root it is joined to, and is written in
// one way only.
// A path of megabytes may come with a clone, and is not said in full.
func TestCheckPathOfManyBytes(t *testing.T) {
	err := CheckPath(strings.Repeat("deep/", 1_000_000))
	if want := `path "deep/deep/deep/deep/deep/deep/deep/deep/" …: has 5000000 bytes, more than 2020`; err == nil || err.Error() != want {
		t.Errorf("got %.200v, want %s", err, want)
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, tt := range checkPathTests {
		f.Add(tt.path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if CheckPath(path) != nil {
			return
		}
		root := filepath.Join(string(filepath.Separator)+"srv", "root")
		joined := filepath.Join(root, filepath.FromSlash(path))
		if !filepath.IsLocal(path) || !strings.HasPrefix(joined, root+string(filepath.Separator)) {
			t.Errorf("%q leads to %q", path, joined)
		}
		if joined != root+string(os.PathSeparator)+filepath.FromSlash(path) {
			t.Errorf("%q is not clean: %q", path, joined)
		}
		for element := range strings.SplitSeq(Fold(path), "/") {
			if element == ".git" || element == StateFolder || element == ".." || element == "" {
				t.Errorf("%q has the element %q on a system that ignores case", path, element)
			}
		}
	})
}
