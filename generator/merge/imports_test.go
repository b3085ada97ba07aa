package merge

import (
	"strings"
	"testing"
)

// A goSquare is what stands in the group of imports of a Go file, and below it.
func goSquare(imports string, funcs ...string) string {
	return "package p||import (|" + imports + "|)||" + strings.Join(funcs, "||")
}

func goFunc(name, does string) string {
	return "func " + name + "() {|\t" + does + "|}"
}

// Lines merge all of these clean. want is what becomes of it: what lines say, lines with other
// imports, or nothing for a conflict. A bar ends a line.
var importTests = []struct {
	what, name, base, ours, theirs, want string
}{
	{"a path that ends in a version", "a.go",
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("a", "fmt.Print()"), goFunc("b", "yaml.Marshal(1)"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("a", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("a", "fmt.Print()"), goFunc("b", "yaml.Marshal(1)"), goFunc("c", "1"), goFunc("d", "yaml.Marshal(2)")),
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("a", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "yaml.Marshal(2)"))},
	{"each takes out one use of it", "a.go",
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("a", "yaml.Marshal(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "yaml.Marshal(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("b", "fmt.Print()"), goFunc("c", "yaml.Marshal(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"gopkg.in/yaml.v3\"", goFunc("a", "yaml.Marshal(1)"), goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)"))},
	{"each takes out one use of a second version", "a.go",
		goSquare("\t\"fmt\"|\t\"a.org/x/v2\"", goFunc("a", "x.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "x.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"a.org/x/v2\"", goFunc("b", "fmt.Print()"), goFunc("c", "x.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"a.org/x/v2\"", goFunc("a", "x.A(1)"), goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)"))},
	{"each takes out one use of another name", "a.go",
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "str.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("b", "fmt.Print()"), goFunc("c", "str.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)"))},
	{"and one says so in a comment", "a.go",
		goSquare("\t\"fmt\"|\t\"os\"", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "os.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"os\"", "// os.A was here.", goFunc("b", "fmt.Print()"), goFunc("c", "os.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"os\"", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"", "// os.A was here.", goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)"))},
	{"a comment behind it", "a.go",
		goSquare("\t\"fmt\"|\t\"os\" // for a", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"os\" // for a", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "os.B(1)")),
		""},
	{"a comment behind it, and each takes out one use", "a.go",
		goSquare("\t\"fmt\"|\t\"os\" // for a", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "os.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"os\" // for a", goFunc("b", "fmt.Print()"), goFunc("c", "os.A(2)"), goFunc("d", "fmt.Print(2)")),
		goSquare("\t\"fmt\"|\t\"os\" // for a", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("d", "fmt.Print(2)")),
		""},
	{"a path in back quotes", "a.go",
		goSquare("\t\"fmt\"|\t`os`", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t`os`", goFunc("a", "os.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "os.B(1)")),
		""},
	{"another name", "a.go",
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "str.B(1)")),
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "str.B(1)"))},
	{"another name instead", "a.go",
		goSquare("\t\"fmt\"|\t\"strings\"", goFunc("a", "strings.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"strings\"", goFunc("a", "strings.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "strings.B(1)")),
		goSquare("\t\"fmt\"|\t\"strings\"|\tstr \"strings\"", goFunc("a", "str.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "strings.B(1)"))},
	{"two packages of one name", "a.go",
		goSquare("\t\"fmt\"|\t\"os\"||\t\"a.org/b\"|\t\"a.org/c\"", goFunc("a", "fmt.A(os.B, b.C, c.D)"), goFunc("b", "1"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"log\"|\t\"os\"||\t\"a.org/b\"|\t\"a.org/c\"", goFunc("a", "fmt.A(os.B, b.C, c.D)"), goFunc("b", "log.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"os\"||\t\"a.org/b\"|\t\"a.org/c\"|\t\"a.org/log\"", goFunc("a", "fmt.A(os.B, b.C, c.D)"), goFunc("b", "1"), goFunc("c", "log.Info()")),
		""},
	{"a template of another package", "a.go",
		goSquare("\t\"fmt\"|\t\"text/template\"", goFunc("a", "template.New(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"html/template\"", goFunc("a", "template.New(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"text/template\"", goFunc("a", "template.New(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "template.New(2)")),
		goSquare("\t\"fmt\"|\t\"html/template\"", goFunc("a", "template.New(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "template.New(2)"))},
	{"a file that is built in", "a.go",
		goSquare("\t_ \"embed\"|\t\"fmt\"", "//go:embed a|var a string", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t_ \"embed\"|\t\"fmt\"", "//go:embed a|var a string", goFunc("b", "fmt.Print()"), goFunc("c", "1"), "//go:embed b|var b string"),
		goSquare("\t_ \"embed\"|\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1"), "//go:embed b|var b string")},
	{"names without their package", "a.go",
		goSquare("\t. \"a.org/dsl\"|\t\"fmt\"", goFunc("a", "Describe()"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t. \"a.org/dsl\"|\t\"fmt\"", goFunc("a", "Describe()"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), goFunc("d", "It()")),
		""},
	{"the only import", "a.go",
		"package p||import \"os\"||" + goFunc("a", "os.A()") + "||" + goFunc("b", "1") + "||" + goFunc("c", "2"),
		"package p||" + goFunc("b", "1") + "||" + goFunc("c", "2"),
		"package p||import \"os\"||" + goFunc("a", "os.A()") + "||" + goFunc("b", "1") + "||" + goFunc("c", "2") + "||" + goFunc("d", "os.B()"),
		""},
	{"the only import, and each takes out one use", "a.go",
		"package p||import \"os\"||" + goFunc("a", "os.A()") + "||" + goFunc("b", "1") + "||" + goFunc("c", "os.B(2)"),
		"package p||import \"os\"||" + goFunc("b", "1") + "||" + goFunc("c", "os.B(2)"),
		"package p||import \"os\"||" + goFunc("a", "os.A()") + "||" + goFunc("b", "1"),
		""},
	{"a variable of the name", "a.go",
		goSquare("\t\"fmt\"|\t\"net/url\"", goFunc("a", "url.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1")),
		goSquare("\t\"fmt\"|\t\"net/url\"", goFunc("a", "url.A(1)"), goFunc("b", "fmt.Print()"), goFunc("c", "1"), "func d(url T) {|\turl.B()|}"),
		goSquare("\t\"fmt\"", goFunc("b", "fmt.Print()"), goFunc("c", "1"), "func d(url T) {|\turl.B()|}")},

	{"one name a line", "a.py",
		"from x import (|    a,|    b,|    c,|)||def f():|    return a() + c()||def g():|    return b()||def h():|    return 1",
		"from x import (|    a,|    c,|)||def f():|    return a() + c()||def h():|    return 1",
		"from x import (|    a,|    b,|    c,|)||def f():|    return a() + c()||def g():|    return b()||def h():|    return 1||def i():|    return b(2)",
		""},
	{"some names a line", "a.py",
		"from x import (|    a, b as d,|    c,|)||def f():|    return a() + c()||def g():|    return d()||def h():|    return 1",
		"from x import (|    a,|    c,|)||def f():|    return a() + c()||def h():|    return 1",
		"from x import (|    a, b as d,|    c,|)||def f():|    return a() + c()||def g():|    return d()||def h():|    return 1||def i():|    return d(2)",
		""},
	{"names behind a backslash", "a.py",
		"from x import a, \\|    b||def f():|    return a()||def g():|    return b()||def h():|    return 1",
		"from x import a||def f():|    return a()||def h():|    return 1",
		"from x import a, \\|    b||def f():|    return a()||def g():|    return b()||def h():|    return 1||def i():|    return b(2)",
		""},
	{"a module of a package", "a.py",
		"import a.b|import c||def f():|    return c.d()||def g():|    return a.b.d()||def h():|    return 1",
		"import c||def f():|    return c.d()||def h():|    return 1",
		"import a.b|import c||def f():|    return c.d()||def g():|    return a.b.d()||def h():|    return 1||def i():|    return a.b.d(2)",
		""},
	{"one of two modules of a package", "a.py",
		"import a.b|import a.c||def f():|    return a.c.d()||def g():|    return a.b.d()||def h():|    return 1",
		"import a.c||def f():|    return a.c.d()||def h():|    return 1",
		"import a.b|import a.c||def f():|    return a.c.d()||def g():|    return a.b.d()||def h():|    return 1||def i():|    return a.b.d(2)",
		""},
	{"the other of two modules of a package", "a.py",
		"import a.b|import a.c||def f():|    return a.c.d()||def g():|    return a.b.d()||def h():|    return 1",
		"import a.c||def f():|    return a.c.d()||def h():|    return 1",
		"import a.b|import a.c||def f():|    return a.c.d()||def g():|    return a.b.d()||def h():|    return 1||def i():|    return a.c.d(2)",
		"import a.c||def f():|    return a.c.d()||def h():|    return 1||def i():|    return a.c.d(2)"},
	{"one name from two modules", "a.py",
		"import a|import c|import d|import e||def f():|    return a.b(c.d, d.e, e.f)||def g():|    return 1||def h():|    return 2||def i():|    return 3",
		"import a|from b import z|import c|import d|import e||def f():|    return a.b(c.d, d.e, e.f)||def g():|    return z||def h():|    return 2||def i():|    return 3",
		"import a|import c|import d|from x import z|import e||def f():|    return a.b(c.d, d.e, e.f)||def g():|    return 1||def h():|    return 2||def i():|    return z",
		""},
	{"a module by another name", "a.py",
		"import a as b|import c||def f():|    return c.d()||def g():|    return b.d()||def h():|    return 1",
		"import c||def f():|    return c.d()||def h():|    return 1",
		"import a as b|import c||def f():|    return c.d()||def g():|    return b.d()||def h():|    return 1||def i():|    return b.d(2)",
		""},
	{"all names of a module", "a.py",
		"from a import *|import c||def f():|    return c.d()||def g():|    return b()||def h():|    return 1",
		"import c||def f():|    return c.d()||def h():|    return 1",
		"from a import *|import c||def f():|    return c.d()||def g():|    return b()||def h():|    return 1||def i():|    return b(2)",
		""},
	{"what only types need", "a.py",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from a import b|    from c import d||def f(x: d):|    return 1||def g(x: b):|    return 2||def h():|    return 3",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from c import d||def f(x: d):|    return 1||def h():|    return 3",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from a import b|    from c import d||def f(x: d):|    return 1||def g(x: b):|    return 2||def h():|    return 3||def i(x: b):|    return 4",
		""},
	{"types in quotes", "a.py",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from a import b|    from c import d||def f(x: d):|    return 1||def g(x: b):|    return 2||def h():|    return 3",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from c import d||def f(x: d):|    return 1||def h():|    return 3",
		"from typing import TYPE_CHECKING|if TYPE_CHECKING:|    from a import b|    from c import d||def f(x: d):|    return 1||def g(x: b):|    return 2||def h():|    return 3||def i(x: \"b\"):|    return 4",
		""},
	{"one of two ways to import it", "a.py",
		"try:|    import a as b|except ImportError:|    import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2",
		"def f():|    return 1||def h():|    return 2",
		"try:|    import a as b|except ImportError:|    import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2||def i():|    return b.d()",
		""},
	{"one of two ways is left", "a.py",
		"try:|    import a as b|except ImportError:|    import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2",
		"import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2",
		"try:|    import a as b|except ImportError:|    import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2||def i():|    return b.d()",
		"import b||def f():|    return 1||def g():|    return b.c()||def h():|    return 2||def i():|    return b.d()"},
	{"a word in a text of several lines", "a.py",
		"import time|import c||def f():|    return c.d()||def g():|    return time.time()||def h():|    return 1",
		"import c||def f():|    return c.d()||def h():|    return 1",
		"import time|import c||def f():|    return c.d()||def g():|    return time.time()||def h():|    return 1||def i():|    \"\"\"Return|    the time of day.|    \"\"\"|    return 2",
		"import c||def f():|    return c.d()||def h():|    return 1||def i():|    \"\"\"Return|    the time of day.|    \"\"\"|    return 2"},
}

func TestImports(t *testing.T) {
	for _, tt := range importTests {
		for _, sides := range [][2]string{{tt.ours, tt.theirs}, {tt.theirs, tt.ours}} {
			x := triple{barred(tt.base), barred(sides[0]), barred(sides[1])}
			if !Lines(x.base, x.ours, x.theirs, labels).Clean() {
				t.Errorf("%s, %s: lines conflict", tt.what, tt.name)
				continue
			}
			r := Merge(tt.name, x.base, x.ours, x.theirs, Options{Labels: labels})
			got := ""
			if r.Clean() {
				got = barConflicts(r)
			}
			if got != tt.want {
				t.Errorf("%s, %s: it is\n%s, want\n%s\nnotes %q", tt.what, tt.name, r.Content, strings.ReplaceAll(tt.want, "|", "\n"), r.Notes)
			}
		}
	}
}
