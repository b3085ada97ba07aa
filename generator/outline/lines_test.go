package outline

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// In want an entry is its key, a colon and how many lines its head has, with a caret and
// the lines of its lead before, and of its tail after. Its entries are in braces, or in
// brackets where their order counts. A file that is declined is "unread".
var lineTests = []struct{ name, content, want string }{
	// ini: sections, keys, and lists by indentation.
	{"tox.ini", "[a]\nx = 1\n\n# b\n[b]\nY: 2\n", "{[a]:1{x:1} ^2[b]:1{y:1}}"},
	{"tox.ini", "# about\n\n# a\n[a]\nx = 1\n", ":2{^1[a]:1{x:1}}"},
	{".editorconfig", "root = true\n\n[*.{js,ts}] # code\nx = 1\n", "{root:1 ^1[*.{js,ts}]:1{x:1}}"},
	{"setup.cfg", "[options]\ninstall_requires =\n    Click>=8\n    # why\n    a_b; x\npackages = find:\n", "{[options]:1{install_requires:1{click:1 ^1a-b:1} packages:1}}"},
	{"setup.cfg", "[options.extras_require]\ntest =\n  a\n  b\n", "{[options.extras_require]:1{test:1{a:1 b:1}}}"},
	{"setup.cfg", "[m]\nurls =\n  Docs = https://a\n  Code = https://b\n", "{[m]:1{urls:1[Docs:1 Code:1]}}"},
	{"tox.ini", "[a]\ncommands =\n  b c\n    d\n  e\n", "{[a]:1{commands:1[b c:2 e:1]}}"},
	{"tox.ini", "[a]\ncommands =\n  b \\\n  c\n", "{[a]:1{commands:3}}"},
	{"tox.ini", "[a]\ndeps =\n    b\n  c\n", "{[a]:1{deps:3}}"},
	{"tox.ini", "[a]\nx = b\n  c\n  d\n", "{[a]:1{x:3}}"},
	{"tox.ini", "[a]\nx = 1\n[b]\n", "{[a]:1{x:1} [b]:1}"},
	{"tox.ini", "; only this\n\n", ":2"},
	{"tox.ini", "[a]\n  x = 1\n", "unread"},
	{"tox.ini", "[a\n", "unread"},
	{"tox.ini", "x\n", "unread"},

	// Units of systemd: what follows each other under one key is one.
	{"a.service", "# about\n\n[A]\nX=1\n\n# b\n[B]\nEnvironment=C=1\nEnvironment=\"D=1\"\nY=1\nY=2\nZ=1\n", ":2{[A]:1{X:1} ^2[B]:1{Environment C:1 Environment D:1 Y:2 Z:1}}"},
	{"a.timer", "[A]\nX=1 \\\n  2\nX=3\nY=1\nX=4\n", "{[A]:1{X=1 \\:3 Y:1 X=4:1}}"},
	{"a.socket", "[A]\nX=1\n# b\nX=2\n", "{[A]:1{X=1:1 ^1X=2:1}}"},
	{"a.path", "X=1\n", "unread"},
	{"a.target", "[A]\nX\n", "unread"},
	{"a.service", "[A]\nX=1 \\\n# b\n  2\n", "unread"},

	// Makefile: variables, and rules with their recipe.
	{"Makefile", "A := b\nexport C ?= d\n\n# e\ne: f\n\tg\n\n\th\n", "{A:1 C:1 ^2e::1{recipe:3}}"},
	{"Makefile", "# about\n\n.PHONY: a b\na b: c ## d=e\n\tf\n", ":2{.PHONY::1 a b::1{recipe:1}}"},
	{"Makefile", ".PHONY: a\n# why\na:\n\tb\n\n.PHONY: c\nc:\n\td\n", "{a::3{recipe:1} ^1c::2{recipe:1}}"},
	{"Makefile", ".PHONY: a\na: b\n.PHONY: c d\nc:\n", "{a::2 .PHONY::1 c::1}"},
	{"Makefile", ".PHONY: a b\n.PHONY: c d\n", "{.PHONY: a b:1 .PHONY: c d:1}"},
	{"Makefile", "a: b\na: c\na::\n\td\n%.o: %.c\n\te\na: X = f\n", "{a: b:1 a: c:1 a:::1{recipe:1} %.o::1{recipe:1} a: X = f:1}"},
	{"Makefile", "X += a\nX += b\n", "{X += a:1 X += b:1}"},
	{"Makefile", "X = a \\\n  b \\\n  c\n$(eval $(Y:a=b))\ninclude z.mk\n", "{X:3 $(eval $(Y:a=b)):1 include z.mk:1}"},
	{"Makefile", "ifeq ($(A),1)\nB = c\nelse ifdef D\nB = d\nendif\nifdef E\nendif\n", "{ifeq ($(A),1) B:5 ifdef E endif:2}"},
	{"Makefile", "a:\nifdef B\n\tif b; then c; fi\nendif\n\td\n# e\n\tf\nC = g\n", "{a::1{recipe:6} C:1}"},
	{"Makefile", "define A =\n\tb:\n# c\nendef\n", "{A:4}"},
	{"Makefile", "a: ; b = c\nd: \\\n  e\n\tf\n", "{a: ; b = c:1 d::2{recipe:1}}"},
	{"Makefile", "X = a \\\n\nY = b\n", "unread"},
	{"Makefile", "X = a \\\n", "unread"},
	{"Makefile", "# a \\\nb\n", "unread"},
	{"Makefile", "X = a\n\tb\n", "unread"},
	{"Makefile", "ifdef A\nB = c\n", "unread"},
	{"Makefile", "endif\n", "unread"},
	{"Makefile", "a:\n>b\n.RECIPEPREFIX = >\n", "unread"},

	// Dockerfile: stages, and instructions by what they are about.
	{"Dockerfile", "# syntax=docker/dockerfile:1\n# a\nARG V=1\nFROM b AS c\nRUN d e f\nENV G=h I=j\n\nFROM k\nCOPY --from=c /l /m\n", ":1[^1ARG V:1 FROM c:1[RUN d e:1 ENV G:1] ^1FROM 2 of 2:1[COPY /l /m:1]]"},
	{"Dockerfile", "FROM a\nRUN --mount=x b c d && \\\n  # why\n  e\nCMD f\nEXPOSE 1\nEXPOSE 2\n", "[FROM 1 of 1:1[RUN b c:3 CMD:1 EXPOSE 1:1 EXPOSE 2:1]]"},
	{"Dockerfile", "FROM a\nRUN b c d\nRUN b c e\n", "[FROM 1 of 1:1[RUN b c d:1 RUN b c e:1]]"},
	{"Dockerfile", "FROM a\nRUN <<A <<-'B'\nFROM x\nA\n\tB\nLABEL c=d\n", "[FROM 1 of 1:1[RUN <<A <<-'B':4 LABEL c:1]]"},
	{"Dockerfile.dev", "from a as b\nonbuild run c\n", "[FROM b:1[ONBUILD run:1]]"},
	{"Dockerfile", "# escape=`\nFROM a\n", "unread"},
	{"Dockerfile", "FROM a\nRUN <<A\nb\n", "unread"},
	{"Dockerfile", "FROM a\nRUN b \\\n\nUSER c\n", "unread"},
	{"Dockerfile", "FROM a\nRUN b \\\n", "unread"},
	{"Dockerfile", "FROM a\n{{ b }}\n", "unread"},

	// Markdown: sections, of which a single one at the top is the title.
	{"README.md", "# A\n\nb\n\n## C\n\nd\n\n### E\n## F\n", "[#:3[^1C:3[^1E:1] F:1]]"},
	{"README.md", "a\n\n# B\n# C #\n", ":1[^1B:1 C:1]"},
	{"README.md", "A\n=\n\nb\n\nC\n---\n- d\n---\n", "[#:4[^1C:4]]"},
	{"README.md", "---\n# a: b\n---\n# C\n", ":3[#:1]"},
	{"README.md", "# A\n```sh\n# b\n```\n<!--\n# c\n-->\n- ~~~\n  # d\n  ~~~\n## E\n", "[#:10[E:1]]"},
	{"README.md", "# A\n\n[b]: c\n[d]: e\n", "[#:1]^3"},
	{"README.md", "a\n", ":1"},
	{"README.md", "# A\n```\n", "unread"},

	{"README.md", "# A\n\n<a name=\"b\"></a>\n## B\n", "[#:1[^2B:1]]"},
	{"README.rst", "=\nA\n=\n", ":3"},
	{"README.rst", "=====\n Abc\n=====\n\nd\n\n.. _e:\n\nEfg\n---\n\nh\n\nIjk\n~~~\nLmn\n---\n\n.. _o: p\n", "[#:5[^3Efg:4[^1Ijk:2] Lmn:2]]^2"},
	{"README.rst", "Abc\n===\n\n::\n\n    Def\n    ===\n\na b\nGhi\n===\n\n===  ===\nj    k\n===  ===\n", "[#:15]"},

	// Files of one entry a line.
	{"requirements.txt", "# a\n\n-r b.txt\n# c\nD_e>=1 # f\ng==1 \\\n  --hash=sha256:h\n-e .\n", ":2{-r:1 ^1d-e:1 g:2 -e:1}"},
	{"requirements.txt", "a; x\na; y\n-e b\n-e c\n", "{a; x:1 a; y:1 -e b:1 -e c:1}"},
	{"requirements.txt", "a \\\n# b\n", "unread"},
	{".env.example", "# a\nB=c\nexport D=\"e\"\n", "{^1B:1 D:1}"},
	{".env", "A=\"b\nc\"\n", "unread"},
	{"Procfile", "web: a\nworker: b\n", "{web:1 worker:1}"},
	{"CODEOWNERS", "# a\n\n* @b\n/c/ @d\n", ":2[*:1 /c/:1]"},
	{".gitattributes", "* text\n*.go diff\n* eol=lf\n", "[* text:1 *.go:1 * eol=lf:1]"},
	{"MANIFEST.in", "include a\ninclude b\nexclude c\n", "[include a:1 include b:1 exclude c:1]"},
	{".npmrc", "a=b\n//c/:_d=${E}\n", "{a:1 //c/:_d:1}"},
	{".tool-versions", "go 1.22\nnode 20\n", "{go:1 node:1}"},
}

func TestReadLines(t *testing.T) {
	for _, x := range lineTests {
		f, ok := Read(x.name, strings.Split(strings.TrimSuffix(x.content, "\n"), "\n"))
		got := "unread"
		if ok {
			got = describe(&f.Root)
		}
		if got != x.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", x.name, x.content, got, x.want)
		}
	}
}

func describe(e *Entry) string {
	var s strings.Builder
	if n := e.Lead.Len(); n > 0 {
		fmt.Fprintf(&s, "^%d", n)
	}
	if s.WriteString(e.Key); e.Head.Len() > 0 {
		fmt.Fprintf(&s, ":%d", e.Head.Len())
	}
	if !e.IsLeaf() {
		var inner []string
		for i := range e.Entries {
			inner = append(inner, describe(&e.Entries[i]))
		}
		brackets := "{}"
		if e.Ordered {
			brackets = "[]"
		}
		s.WriteString(brackets[:1] + strings.Join(inner, " ") + brackets[1:])
	}
	if n := e.Tail.Len(); n > 0 {
		fmt.Fprintf(&s, "^%d", n)
	}
	return s.String()
}

// TestReadLinesOfFiles reads real files, whole and with lines at random put in, taken out
// and changed places: the parts of each are its lines.
func TestReadLinesOfFiles(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	read, declined := map[string]int{}, map[string]int{}
	r := rand.New(rand.NewPCG(14, 1))
	for _, root := range append(strings.Split(strings.TrimSpace(string(out)), "\n"), "../..") {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || !slices.Contains(lineLanguages, language(path)) {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil || len(data) > 100<<10 {
				return err
			}
			lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
			if checkParts(t, path, lines) {
				read[language(path)]++
			} else {
				declined[language(path)]++
			}
			for range 3 {
				checkParts(t, path, disturb(r, lines))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// How many there are depends on which modules this machine has.
	if declined["make"]*10 > 30+read["make"] || declined["markdown"]*100 > read["markdown"] || declined["dockerfile"] > 0 {
		t.Errorf("read %v, declined %v", read, declined)
	}
	t.Logf("read %v, declined %v", read, declined)
}

var lineLanguages = []string{"ini", "make", "dockerfile", "markdown", "rst", "list", "dotenv", "procfile", "patterns", "versions"}

// disturb does to lines at random what people do.
func disturb(r *rand.Rand, lines []string) []string {
	lines = slices.Clone(lines)
	for range 1 + r.IntN(4) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		switch r.IntN(3) {
		case 0:
			lines[i], lines[j] = lines[j], lines[i]
		case 1:
			lines = slices.Insert(lines, i, lines[j])
		case 2:
			if len(lines) > 1 {
				lines = slices.Delete(lines, i, i+1)
			}
		}
	}
	return lines
}

// checkParts reports whether lines are read. Then each must be in one part of one entry,
// and no entry be without a first line.
func checkParts(t *testing.T, name string, lines []string) bool {
	t.Helper()
	f, ok := Read(name, lines)
	if !ok {
		return false
	}
	at := 0
	var check func(e *Entry)
	check = func(e *Entry) {
		for _, s := range []*Span{&e.Lead, &e.Head, nil, &e.Tail} {
			if s == nil {
				for i := range e.Entries {
					if e.Entries[i].Head.Len() == 0 {
						t.Errorf("%s: entry %q has no first line:\n%s", name, e.Entries[i].Key, strings.Join(lines, "\n"))
					}
					check(&e.Entries[i])
				}
				continue
			}
			if s.Start != at || s.End < at {
				t.Fatalf("%s: entry %q has a part %v at line %d:\n%s", name, e.Key, *s, at, strings.Join(lines, "\n"))
			}
			at = s.End
		}
	}
	if check(&f.Root); at != len(lines) {
		t.Errorf("%s: the entries end at line %d of %d:\n%s", name, at, len(lines), strings.Join(lines, "\n"))
	}
	return true
}

// FuzzReadLines gives each reader of lines what is none of its language.
func FuzzReadLines(f *testing.F) {
	names := []string{"setup.cfg", "Makefile", "Dockerfile", "README.md", "README.rst", "requirements.txt", ".env", "Procfile", "CODEOWNERS"}
	for _, x := range lineTests {
		f.Add(x.content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, name := range names {
			checkParts(t, name, strings.Split(content, "\n"))
		}
	})
}
