package pack

import (
	"fmt"
	"go/token"
	"maps"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/lazyregexp"
)

// A format is a closed form that a string answer may have, and what that is in
// words. What passes its check is safe to stand unquoted in a path, a unit file
// or a snippet.
type format struct {
	check func(string) error
	words string
}

var formats = map[string]format{
	"name":    {checkName, "letters, digits, dot, - and _"},
	"module":  {checkModule, "a module path, as in example.com/hello"},
	"host":    {checkHost, "a host name or an IP address"},
	"path":    {checkFilePath, "a path of letters, digits, dot, - and _"},
	"urlpath": {checkURLPath, "/, or a prefix as in /app"},
	"port":    {checkPort, "1 to 65535"},
	"semver":  {checkSemver, "three numbers, as in 1.0.0"},
}

var formatNames = slices.Sorted(maps.Keys(formats))

// maxName leaves /run/NAME/NAME.sock below the 108 bytes of a socket's address.
const maxName = 40

var (
	nameForm = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	hostForm = lazyregexp.New(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	pathForm = lazyregexp.New(`^/?[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*$`)
	urlForm  = lazyregexp.New(`^(/|(/[A-Za-z0-9_~.-]+)+)$`)
)

func checkName(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("is empty: a project needs a name")
	case s == "." || s == "..":
		return fmt.Errorf("%q names a folder's place, not a project", s)
	case strings.ContainsAny(s, `/\`):
		return fmt.Errorf("%q has a path separator: the folder is the argument of new, the name its last element", s)
	case strings.HasPrefix(s, "-"):
		return fmt.Errorf("%q starts with -: commands would take it for a flag", s)
	case len(s) > maxName:
		return fmt.Errorf("%.8q… has %d bytes, more than %d: its socket's path would not fit", s, len(s), maxName)
	case !nameForm.MatchString(s):
		return fmt.Errorf("%q: want letters (a-z, A-Z), digits, dot, - and _, and no dot first", s)
	case strings.HasSuffix(s, "."):
		return fmt.Errorf("%q ends in a dot: Windows drops it", s)
	}
	if err := module.CheckFilePath(s); err != nil {
		return fmt.Errorf("%q is a name that Windows keeps for itself", s)
	}
	return nil
}

func checkModule(s string) error {
	switch {
	case strings.Contains(s, "://"):
		return fmt.Errorf("%q is a URL: a module path has no scheme, as in example.com/hello", s)
	case strings.HasSuffix(s, ".git"):
		return fmt.Errorf("%q ends in .git: leave that out", s)
	case strings.Contains(s, "@"):
		return fmt.Errorf("%q has a version: leave out what follows the @", s)
	case s == "std" || s == "cmd" || strings.HasPrefix(s, "cmd/") || strings.HasPrefix(s, "std/"):
		return fmt.Errorf("%q belongs to Go itself", s)
	case isStandard(s):
		return fmt.Errorf("%q is a package of the standard library: choose another, as in example.com/%s", s, s)
	case unusable(s):
		return fmt.Errorf("%q has a meaning of its own to the go command: choose another, as in example.com/%s", s, s)
	case slices.Contains(strings.Split(s, "/"), "vendor"):
		return fmt.Errorf("%q has the element vendor, where the go command keeps copies of other modules", s)
	case strings.HasPrefix(s, "~"):
		return fmt.Errorf("%q starts with ~, which the go command does not import", s)
	}
	if err := module.CheckImportPath(s); err != nil {
		return fmt.Errorf("%q is no module path: %w", s, err.(*module.InvalidPathError).Err)
	}
	_, major, ok := module.SplitPathVersion(s)
	switch {
	case !ok && strings.HasPrefix(s, "gopkg.in/"):
		return fmt.Errorf("%q has no major version, which gopkg.in wants last, as in gopkg.in/yaml.v1", s)
	case !ok || major == "/v1" || strings.HasSuffix(s, "/v1") || strings.HasSuffix(s, "/v0"):
		return fmt.Errorf("%q ends in a major version that modules do not write: only /v2 and above", s)
	}
	return nil
}

func checkHost(s string) error {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" { // a zone may hold any character
		if addr.String() != s {
			return fmt.Errorf("%q is the address %s (RFC 5952): write it so, since web servers compare letter by letter", s, addr)
		}
		return nil
	}
	if len(s) > 253 || !hostForm.MatchString(s) {
		return fmt.Errorf("%q is no host name: want labels of letters, digits and -, as in www.example.com, or an address, as in 2001:db8::1, without port, scheme, brackets or zone", s)
	}
	return nil
}

func checkFilePath(s string) error {
	if !pathForm.MatchString(s) || slices.Contains(strings.Split(s, "/"), "..") {
		return fmt.Errorf("%q is no plain path: want elements other than .. of letters, digits, dot, - and _", s)
	}
	return nil
}

func checkURLPath(s string) error {
	for element := range strings.SplitSeq(s, "/") {
		if element == "." || element == ".." {
			return fmt.Errorf("%q has the element %q, which browsers resolve away", s, element)
		}
	}
	if !urlForm.MatchString(s) {
		return fmt.Errorf("%q is no URL prefix: want / or /app: a slash first, none last, then letters, digits and _ ~ . -", s)
	}
	return nil
}

func checkPort(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != s {
		return fmt.Errorf("%q is no port: want 1 to 65535", s)
	}
	return nil
}

func checkSemver(s string) error {
	if !semver.IsValid("v"+s) || semver.Canonical("v"+s) != "v"+s {
		return fmt.Errorf("%q is no semantic version: want three numbers, as in 1.0.0", s)
	}
	return nil
}

// Limits on the patterns of answers. Matching takes the product of the lengths of
// answer and program, and a few bytes, as in ((a|b){100}){9}, make a long program.
const (
	maxPattern  = 1000   // bytes
	maxProgram  = 3000   // steps of one pattern
	maxPrograms = 10_000 // steps of all patterns of a pack
)

// compileMatch compiles what must be the whole of an answer. It counts the steps of
// the program before it makes it, because a few bytes may make a huge one.
func compileMatch(pattern string) (re *regexp.Regexp, size int, err error) {
	if len(pattern) > maxPattern {
		return nil, 0, fmt.Errorf("has %d bytes, more than %d", len(pattern), maxPattern)
	}
	whole := matchStart + pattern + matchEnd
	parsed, err := syntax.Parse(whole, syntax.Perl)
	if err != nil {
		return nil, 0, err
	}
	if size = max(steps(parsed), len(pattern)); size > maxProgram { // since to read [\pL\pN…] takes long, too
		return nil, 0, fmt.Errorf("makes a program of about %d steps, more than %d: its repetitions multiply", size, maxProgram)
	}
	re, err = regexp.Compile(whole)
	return re, size, err
}

func steps(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += steps(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Max, re.Min+1, 1) // Max is -1 for {2,}
	}
	return n
}

// standard are the first elements of the standard library's import paths in Go
// 1.26, with arena and simd, which only its experiments show: a module may not
// hide them.
var standard = strings.Fields(`
	archive arena bufio bytes cmp compress container context crypto database debug embed encoding
	errors expvar flag fmt go hash html image index io iter log maps math mime net os path
	plugin reflect regexp runtime simd slices sort strconv strings structs sync syscall testing
	text time unicode unique unsafe weak`)

// special are dotless paths that the go command gives a meaning of their own,
// or that a package clause cannot bear.
var special = strings.Fields(`all builtin C cmd init internal main mod std tool toolchain work _`)

// isStandard reports whether path would hide one of the standard library.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return slices.Contains(standard, first)
}

func unusable(path string) bool {
	return slices.Contains(special, path) || token.IsKeyword(path) || strings.HasPrefix(path, "mod/")
}

// ModuleFor returns the module path for a project of that name: the name, or
// NAME-app where the go command would trip over the name itself.
func ModuleFor(name string) string {
	if checkModule(name) != nil {
		return name + "-app"
	}
	return name
}
