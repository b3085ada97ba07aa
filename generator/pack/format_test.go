package pack

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
)

// What a format accepts has no want; what it refuses, the whole message.
var formatTests = []struct{ format, value, want string }{
	{"name", "hello", ""},
	{"name", "my-app", ""},
	{"name", "My_App.2", ""},
	{"name", "2fast", ""},
	{"name", "_x", ""},
	{"name", "main", ""}, // a folder and a program may be called so; see ModuleFor
	{"name", "a.git", ""},
	{"name", strings.Repeat("a", 40), ""},
	{"name", "", "is empty: a project needs a name"},
	{"name", ".", `"." names a folder's place, not a project`},
	{"name", "..", `".." names a folder's place, not a project`},
	{"name", "../evil", `"../evil" has a path separator: the folder is the argument of new, the name its last element`},
	{"name", "a/b", `"a/b" has a path separator: the folder is the argument of new, the name its last element`},
	{"name", `a\b`, `"a\\b" has a path separator: the folder is the argument of new, the name its last element`},
	{"name", "-rf", `"-rf" starts with -: commands would take it for a flag`},
	{"name", "CON", `"CON" is a name that Windows keeps for itself`},
	{"name", "nul.go", `"nul.go" is a name that Windows keeps for itself`},
	{"name", "app.", `"app." ends in a dot: Windows drops it`},
	{"name", "My Projékt" + strings.Repeat("a", 300), `"My Projé"… has 311 bytes, more than 40: its socket's path would not fit`},
	{"name", strings.Repeat("a", 300), `"aaaaaaaa"… has 300 bytes, more than 40: its socket's path would not fit`},
	{"name", "a b", `"a b": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", ".hidden", `".hidden": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "%i", `"%i": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "größe", `"größe": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "a\nb", `"a\nb": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "a\n", `"a\n": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "a\x00", `"a\x00": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "\x1b[31m", `"\x1b[31m": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "\u202eexe", `"\u202eexe": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},
	{"name", "a\xff", `"a\xff": want letters (a-z, A-Z), digits, dot, - and _, and no dot first`},

	{"module", "hello", ""},
	{"module", "example.com/hello", ""},
	{"module", "example.com/hello/v2", ""},
	{"module", "github.com/Some_One/my.app-2", ""},
	{"module", "gopkg.in/yaml.v3", ""},
	{"module", "zoo.example/Apps/hello/v10", ""},
	{"module", "", `"" is no module path: empty string`},
	{"module", "https://example.com/hello", `"https://example.com/hello" is a URL: a module path has no scheme, as in example.com/hello`},
	{"module", "example.com/hello.git", `"example.com/hello.git" ends in .git: leave that out`},
	{"module", "example.com/hello@v1.2.3", `"example.com/hello@v1.2.3" has a version: leave out what follows the @`},
	{"module", "git@example.com:me/hello", `"git@example.com:me/hello" has a version: leave out what follows the @`},
	{"module", "example.com/hello/v1", `"example.com/hello/v1" ends in a major version that modules do not write: only /v2 and above`},
	{"module", "example.com/hello/v0", `"example.com/hello/v0" ends in a major version that modules do not write: only /v2 and above`},
	{"module", "example.com/hello/v02", `"example.com/hello/v02" ends in a major version that modules do not write: only /v2 and above`},
	{"module", "example.com/hello/v1.2", `"example.com/hello/v1.2" ends in a major version that modules do not write: only /v2 and above`},
	{"module", "a b", `"a b" is no module path: invalid char ' '`},
	{"module", "größe", `"größe" is no module path: invalid char 'ö'`},
	{"module", "a\nb", `"a\nb" is no module path: invalid char '\n'`},
	{"module", "a\xff", `"a\xff" is no module path: invalid UTF-8`},
	{"module", `a"b`, `"a\"b" is no module path: invalid char '"'`},
	{"module", "a/", `"a/" is no module path: trailing slash`},
	{"module", "/a", `"/a" is no module path: empty path element`},
	{"module", "a//b", `"a//b" is no module path: double slash`},
	{"module", "./a", `"./a" is no module path: invalid path element "."`},
	{"module", "../a", `"../a" is no module path: invalid path element ".."`},
	{"module", "a/..", `"a/.." is no module path: invalid path element ".."`},
	{"module", "-a", `"-a" is no module path: leading dash`},
	{"module", "con/a", `"con/a" is no module path: "con" disallowed as path element component on Windows`},
	{"module", "git~1", `"git~1" is no module path: trailing tilde and digits in path element`},
	{"module", "std", `"std" belongs to Go itself`},
	{"module", "cmd", `"cmd" belongs to Go itself`},
	{"module", "cmd/x", `"cmd/x" belongs to Go itself`},
	{"module", "std/x", `"std/x" belongs to Go itself`},
	{"module", "fmt", `"fmt" is a package of the standard library: choose another, as in example.com/fmt`},
	{"module", "net/http", `"net/http" is a package of the standard library: choose another, as in example.com/net/http`},
	{"module", "log/mine", `"log/mine" is a package of the standard library: choose another, as in example.com/log/mine`},
	{"module", "main", `"main" has a meaning of its own to the go command: choose another, as in example.com/main`},
	{"module", "init", `"init" has a meaning of its own to the go command: choose another, as in example.com/init`},
	{"module", "_", `"_" has a meaning of its own to the go command: choose another, as in example.com/_`},
	{"module", "all", `"all" has a meaning of its own to the go command: choose another, as in example.com/all`},
	{"module", "internal", `"internal" has a meaning of its own to the go command: choose another, as in example.com/internal`},
	{"module", "func", `"func" has a meaning of its own to the go command: choose another, as in example.com/func`},
	{"module", "toolchain", `"toolchain" has a meaning of its own to the go command: choose another, as in example.com/toolchain`},
	{"module", "mod/x", `"mod/x" has a meaning of its own to the go command: choose another, as in example.com/mod/x`},
	{"module", "arena", `"arena" is a package of the standard library: choose another, as in example.com/arena`},
	{"module", "simd", `"simd" is a package of the standard library: choose another, as in example.com/simd`},
	{"module", "vendor", `"vendor" has the element vendor, where the go command keeps copies of other modules`},
	{"module", "example.com/vendor/x", `"example.com/vendor/x" has the element vendor, where the go command keeps copies of other modules`},
	{"module", "~me/x", `"~me/x" starts with ~, which the go command does not import`},
	{"module", "gopkg.in/yaml", `"gopkg.in/yaml" has no major version, which gopkg.in wants last, as in gopkg.in/yaml.v1`},

	{"host", "example.com", ""},
	{"host", "localhost", ""},
	{"host", "xn--bcher-kva.example", ""},
	{"host", "192.0.2.1", ""},
	{"host", "2001:db8::1", ""},
	{"host", "::ffff:192.0.2.1", ""},
	{"host", "2001:DB8:0::1", `"2001:DB8:0::1" is the address 2001:db8::1 (RFC 5952): write it so, since web servers compare letter by letter`},
	{"host", strings.Repeat("a", 63) + ".example", ""},
	{"host", "", noHost("")},
	{"host", "example.com:80", noHost("example.com:80")},
	{"host", "https://example.com", noHost("https://example.com")},
	{"host", "example.com.", noHost("example.com.")},
	{"host", "*.example.com", noHost("*.example.com")},
	{"host", "-a.example", noHost("-a.example")},
	{"host", "a-.example", noHost("a-.example")},
	{"host", "a..example", noHost("a..example")},
	{"host", "bücher.example", noHost("bücher.example")},
	{"host", "a b", noHost("a b")},
	{"host", "a;b", noHost("a;b")},
	{"host", "a\n", noHost("a\n")},
	{"host", "[::1]", noHost("[::1]")},
	{"host", "fe80::1%eth0", noHost("fe80::1%eth0")},
	{"host", "::1%; return 200; #", noHost("::1%; return 200; #")}, // a zone may hold anything
	{"host", strings.Repeat("a", 64) + ".example", noHost(strings.Repeat("a", 64) + ".example")},
	{"host", strings.Repeat("a.", 127), noHost(strings.Repeat("a.", 127))},

	{"path", "/var/lib/app", ""},
	{"path", "data/app.db", ""},
	{"path", ".config", ""},
	{"path", "", noPath("")},
	{"path", "/", noPath("/")},
	{"path", "/a/", noPath("/a/")},
	{"path", "a//b", noPath("a//b")},
	{"path", "../a", noPath("../a")},
	{"path", "/a/../b", noPath("/a/../b")},
	{"path", "-rf", noPath("-rf")},
	{"path", "a b", noPath("a b")},
	{"path", "$HOME", noPath("$HOME")},
	{"path", "a\n", noPath("a\n")},
	{"path", `C:\a`, noPath(`C:\a`)},

	{"urlpath", "/", ""},
	{"urlpath", "/app", ""},
	{"urlpath", "/a/b.c/~d_e-f", ""},
	{"urlpath", "", noURLPath("")},
	{"urlpath", "app", noURLPath("app")},
	{"urlpath", "/app/", noURLPath("/app/")},
	{"urlpath", "//app", noURLPath("//app")},
	{"urlpath", "/a b", noURLPath("/a b")},
	{"urlpath", "/a?b", noURLPath("/a?b")},
	{"urlpath", "/a%2fb", noURLPath("/a%2fb")},
	{"urlpath", "/{a}", noURLPath("/{a}")},
	{"urlpath", "/a;b", noURLPath("/a;b")},
	{"urlpath", "/a\n", noURLPath("/a\n")},
	{"urlpath", "/..", `"/.." has the element "..", which browsers resolve away`},
	{"urlpath", "/a/./b", `"/a/./b" has the element ".", which browsers resolve away`},

	{"port", "1", ""},
	{"port", "8080", ""},
	{"port", "65535", ""},
	{"port", "0", `"0" is no port: want 1 to 65535`},
	{"port", "65536", `"65536" is no port: want 1 to 65535`},
	{"port", "70000", `"70000" is no port: want 1 to 65535`},
	{"port", "80a", `"80a" is no port: want 1 to 65535`},
	{"port", "-1", `"-1" is no port: want 1 to 65535`},
	{"port", "+80", `"+80" is no port: want 1 to 65535`},
	{"port", "080", `"080" is no port: want 1 to 65535`},
	{"port", " 80", `" 80" is no port: want 1 to 65535`},
	{"port", "", `"" is no port: want 1 to 65535`},
	{"port", "99999999999999999999", `"99999999999999999999" is no port: want 1 to 65535`},

	{"semver", "1.0.0", ""},
	{"semver", "0.0.1-rc.1", ""},
	{"semver", "v1.0.0", `"v1.0.0" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "1.0", `"1.0" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "1", `"1" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "01.0.0", `"01.0.0" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "1.0.0+build", `"1.0.0+build" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "1.0.0\n", `"1.0.0\n" is no semantic version: want three numbers, as in 1.0.0`},
	{"semver", "", `"" is no semantic version: want three numbers, as in 1.0.0`},
}

func noHost(s string) string {
	return fmt.Sprintf("%q is no host name: want labels of letters, digits and -, as in www.example.com, or an address, as in 2001:db8::1, without port, scheme, brackets or zone", s)
}

func noPath(s string) string {
	return fmt.Sprintf("%q is no plain path: want elements other than .. of letters, digits, dot, - and _", s)
}

func noURLPath(s string) string {
	return fmt.Sprintf("%q is no URL prefix: want / or /app: a slash first, none last, then letters, digits and _ ~ . -", s)
}

func TestFormats(t *testing.T) {
	tested := make(map[string]bool)
	for _, tt := range formatTests {
		tested[tt.format] = true
		err := formats[tt.format].check(tt.value)
		if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && got != tt.want {
			t.Errorf("%s %q:\ngot  %s\nwant %s", tt.format, tt.value, got, tt.want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(formats)) {
		if !tested[name] {
			t.Errorf("format %s has no test", name)
		}
	}
}

// What a closed format accepts may stand unquoted in any of the files that are
// generated: no format lets through a character that a language obeys.
var harmless = regexp.MustCompile(`^[A-Za-z0-9_~!.:/+-]*$`)

func FuzzFormats(f *testing.F) {
	for _, tt := range formatTests {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, format := range slices.Sorted(maps.Keys(formats)) {
			if formats[format].check(s) == nil && (!harmless.MatchString(s) || strings.HasPrefix(s, "-")) {
				t.Errorf("format %s accepts %q", format, s)
			}
		}
		if checkHost(s) == nil && net.ParseIP(s) == nil {
			if _, err := netip.ParseAddr(s); err == nil {
				t.Errorf("host %q is an address to one reader only", s)
			}
		}
		if checkName(s) != nil {
			return
		}
		if filepath.Base(s) != s || !filepath.IsLocal(s) {
			t.Errorf("name %q is no plain file name", s)
		}
		// Every name has a module path, and it is the name wherever that will do.
		m := ModuleFor(s)
		if err := checkModule(m); err != nil || module.CheckImportPath(m) != nil {
			t.Errorf("name %q gets the module %q: %v", s, m, err)
		}
		if checkModule(s) == nil && m != s {
			t.Errorf("name %q gets the module %q", s, m)
		}
	})
}

func TestModuleFor(t *testing.T) {
	for name, want := range map[string]string{
		"hello": "hello", "my-app": "my-app", "2fast": "2fast",
		"main": "main-app", "init": "init-app", "_": "_-app", "func": "func-app", "type": "type-app",
		"fmt": "fmt-app", "log": "log-app", "net": "net-app", "std": "std-app", "cmd": "cmd-app",
		"all": "all-app", "internal": "internal-app", "vendor": "vendor-app", "a.git": "a.git-app",
		"toolchain": "toolchain-app", "mod": "mod-app", "arena": "arena-app", "simd": "simd-app", "test": "test", "x_test": "x_test",
	} {
		if got := ModuleFor(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// goCommand runs the go command in a folder and returns what it says.
func goCommand(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no go command on PATH to ask")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// The list of the standard library's packages is that of the go command and of
// the folders of its source, since an experiment's packages are not listed.
func TestStandardLibrary(t *testing.T) {
	list, err := goCommand(t, "", "list", "std")
	if err != nil {
		t.Fatalf("go list std: %s", list)
	}
	root, err := goCommand(t, "", "env", "GOROOT")
	if err != nil {
		t.Fatalf("go env GOROOT: %s", root)
	}
	folders, err := os.ReadDir(filepath.Join(root, "src"))
	if err != nil {
		t.Fatal(err)
	}
	first := make(map[string]bool)
	for path := range strings.FieldsSeq(list) {
		element, _, _ := strings.Cut(path, "/")
		first[element] = true
	}
	for _, f := range folders {
		first[f.Name()] = f.IsDir() && f.Name() != "testdata"
	}
	for element, std := range first {
		if std && checkModule(element) == nil {
			t.Errorf("%s is Go's own, but a module may be called so", element)
		}
	}
	for _, element := range standard {
		if !first[element] {
			t.Errorf("%s is in no package of the standard library", element)
		}
	}
	if !slices.IsSorted(standard) {
		t.Error("the list is not sorted")
	}
}

// Whether a project of a module path builds is the go command's to say, and a
// path is refused where it does not. What is refused for another reason (nobody
// could require it, it hides what Go may get) has its row among the formats.
func TestModulesBuild(t *testing.T) {
	builds := strings.Fields(`hello x_test example.com/a~b
		test testdata _x 2fast HELLO example.com/fmt example.com/main example.com/~me/x example.com/_x example.com/x.test
		example.com/x.v2 gopkg.in/x.v2 x/v2 v2 toolchain/x x.go go.mod`)
	fails := strings.Fields(`toolchain go mod mod/x arena builtin fmt archive/zip unsafe C cmd std all tool work main
		vendor vendor/x example.com/vendor example.com/vendor/x ~ ~me/x a~1 example.com/x. example.com/con example.com/aux.go`)
	ci := os.Getenv("CI") == "true" // else the go command is asked about a sample
	for i, path := range fails {
		if err := checkModule(path); err == nil {
			t.Errorf("%s is accepted, but the go command refuses it", path)
		}
		if i%4 != 0 && !ci {
			continue
		}
		if said, err := tryModule(t, path); err == nil {
			t.Errorf("%s builds, though it is listed as what does not: %s", path, said)
		}
	}
	for i, path := range builds {
		if err := checkModule(path); err != nil {
			t.Errorf("%s builds, but is refused: %v", path, err)
		}
		if i >= 2 && !ci {
			continue
		}
		if said, err := tryModule(t, path); err != nil {
			t.Errorf("%s is accepted, but does not build: %s", path, said)
		}
	}
}

// tryModule tests a module of that path with the packages of a project.
func tryModule(t *testing.T, path string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  "module " + path + "\n\ngo 1.26\n",
		"main.go":                 "package main\n\nimport \"" + path + "/internal/gateway\"\n\nfunc main() { gateway.Run() }\n",
		"main_test.go":            "package main\n\nimport \"testing\"\n\nfunc TestMain(*testing.M) { main() }\n",
		"internal/gateway/run.go": "package gateway\n\nfunc Run() {}\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return goCommand(t, dir, "test", "./...")
}
