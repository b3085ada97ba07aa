package settle

import (
	"cmp"
	"path"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// A number is one that stands in a line, such as 1.22, 3.9.0rc1 or 8000. A v before
// it is none of it.
type number struct {
	text        string
	parts       []string
	phase       string // "dev", "a", "b", "rc", "" of a release, "post"
	serial      string // of the phase
	left, right string // what stands before and after it in the line
	near        string // the end of left, because what says it is a version stands close
}

var numbers = lazyregexp.New(`(\d+(?:\.\d+)*)(?:[-.]?(alpha|beta|rc|dev|post|a|b)[-.]?(\d*)\b)?`)

// readNumbers takes a line apart: texts stand around the numbers, and are one more.
func readNumbers(line string) (found []number, texts []string) {
	at := 0
	for _, m := range numbers.FindAllStringSubmatchIndex(line, -1) {
		n := number{
			text: line[m[0]:m[1]], left: line[:m[0]], near: cutNear(line[:m[0]]), right: line[m[1]:],
			parts: strings.Split(line[m[2]:m[3]], "."),
		}
		if m[4] >= 0 {
			n.phase, n.serial = line[m[4]:m[5]], line[m[6]:m[7]]
		}
		switch n.phase {
		case "alpha", "beta":
			n.phase = n.phase[:1]
		}
		found, texts = append(found, n), append(texts, line[at:m[0]])
		at = m[1]
	}
	return found, append(texts, line[at:])
}

// cutNear returns the last words of a text.
func cutNear(left string) string {
	const far = 48
	if len(left) <= far {
		return left
	}
	left = left[len(left)-far:]
	return left[strings.IndexAny(left, " \t\"'")+1:]
}

// name is the number with its v.
func (n number) name() string {
	if strings.HasSuffix(n.left, "v") {
		return "v" + n.text
	}
	return n.text
}

var lowerBound = lazyregexp.New(`(\^|>=?\s?)v?$`)

// compare orders two versions by their numbers. It does not know (ok is false) whether
// v4 is v4.1, because that is a tag that moves; but >=4 is >=4.0.
func (n number) compare(o number) (c int, ok bool) {
	short := min(len(n.parts), len(o.parts))
	for i := range short {
		if c := compareDigits(n.parts[i], o.parts[i]); c != 0 {
			return c, true
		}
	}
	switch {
	case len(n.parts) == len(o.parts):
		return n.comparePhase(o)
	case n.phase != "" || o.phase != "" || !lowerBound.MatchString(n.near):
		return 0, false
	}
	if strings.Trim(strings.Join(n.parts[short:], "")+strings.Join(o.parts[short:], ""), "0") == "" {
		return 0, true
	}
	return cmp.Compare(len(n.parts), len(o.parts)), true
}

var phases = map[string]int{"dev": 0, "a": 1, "b": 2, "rc": 3, "": 4, "post": 5}

// comparePhase orders 1.0rc1 before 1.0. What is called dev comes before alphas in
// Python and after them in semantic versions.
func (n number) comparePhase(o number) (c int, ok bool) {
	if n.phase == o.phase {
		return compareDigits(n.serial, o.serial), true
	}
	p, q := phases[n.phase], phases[o.phase]
	return cmp.Compare(p, q), min(p, q) > phases["dev"] || max(p, q) >= phases[""]
}

// compareDigits compares integers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// isRaised reports whether a number is another than base's, and not a lower one. Who
// writes 1.21.4 where 1.21 was holds on to one of those.
func (n number) isRaised(base number) bool {
	c, ok := n.compare(base)
	return ok && c > 0 || !ok && len(n.parts) > len(base.parts) && n.phase+base.phase == ""
}

// What stands before a number where it is no pin.
var (
	// ownVersion is the version of the project, or of the format of the file.
	ownVersion = lazyregexp.New(`(?i)(^|[^\w-])_*((api|app|build|cache|cff|chart|config|content|current|data|file|format|lock|lockfile|` +
		`manifest|metadata|new|package|plugin|project|protocol|release|schema|template)[-_]?)?(version(_info)?|release)_*["']?(\s+\w+)?\s*[?:+]*[:=>]\W*v?$`)
	// inlineTable has the version of a dependency in TOML.
	inlineTable = lazyregexp.New(`^\s*["']?[\w.-]+["']?\s*=\s*\{[^}]*$`)
	// listed is an item of a list, or a line, that is nothing but a version.
	listed     = lazyregexp.New(`(^\s*(-\s+)*|[\[(,{]\s*)["']?v?$`)
	listedNext = lazyregexp.New(`^["']?\s*([,\])}]|$)`)
)

// What stands before a number that is a version.
var (
	operator = lazyregexp.New(`(===?|[~!<>]=|~>|[<>^~])v?$`)
	spaced   = lazyregexp.New(`(===?|[~!<>]=|~>|[<>^~])\s?v?$`)
	excludes = lazyregexp.New(`!=\s?v?$`)
	marked   = lazyregexp.New(`(^|[^\w/.])v$|@$`)
	named    = lazyregexp.New(`[A-Za-z]{3,}-?$`)
	image    = lazyregexp.New(`(?i)^\s*(- +)?(FROM\s|COPY\s+--from=|["']?[\w-]*(image|container)["']?\s*[:=]|uses:\s*["']?docker:).*[\w}]:v?$`)
	keyed    = lazyregexp.New(`(?i)(version|(\b|_)(rev|tag|ref))["']?\s*[?:]?[:=]\s*["']?v?$`)
	platform = lazyregexp.New(`(?i)(^|[^a-z])(python|node|nodejs|go|golang|ruby|java|jdk|php|rust|dotnet|deno|bun|ubuntu|debian|alpine|macos|windows|terraform)` +
		`["']?(-|\s*[?:]?[:=]\s*["']?|\s)v?$`)
	quoted = lazyregexp.New(`[:=]\s*["']v?$`)
	// A version of Python without its dot, and what stands after it where it is no list:
	// target-version = "py310", --py310-plus.
	python     = lazyregexp.New(`([:=]\s*["']?|--)py$`)
	pythonNext = lazyregexp.New(`^(-plus\b|["']?\s*(#.*)?$)`)
)

var (
	wildcard = lazyregexp.New(`^\.[x*]`)
	unit     = lazyregexp.New(`^(\w|%|/|[-:]\d)`)
)

// isPin reports whether a number in a file is the version of what it uses: not its
// own, and no port, address, date or limit.
func (n number) isPin(name string) bool {
	lang := keys.Language(name)
	switch {
	case unit.MatchString(n.right), strings.HasSuffix(n.left, "."), len(n.parts) > 3,
		strings.Contains(n.left, "::"), strings.Contains(n.left, "$schema"), excludes.MatchString(n.near), isHeading(name, n.left):
		return false
	case ownVersion.MatchString(n.near) && !(lang == "toml" && inlineTable.MatchString(n.left)):
		return false
	case n.isListed():
		return isVersionFile(name)
	case len(n.parts) == 3:
		return true
	case len(n.parts) == 1:
		return n.isWholePin(lang)
	}
	return operator.MatchString(n.near) || isData(lang) && spaced.MatchString(n.near) ||
		marked.MatchString(n.near) || named.MatchString(n.near) || image.MatchString(n.left) ||
		keyed.MatchString(n.near) || platform.MatchString(n.near) || wildcard.MatchString(n.right) ||
		(lang == "toml" || lang == "json") && quoted.MatchString(n.near)
}

// isWholePin reports whether a number without a dot is a version, such as v4 or
// node:20. Nobody can tell 8 minutes from version 8 by the number.
func (n number) isWholePin(lang string) bool {
	switch {
	case image.MatchString(n.left):
		return true
	case !isData(lang):
		return lang != "go" && lang != "python" && marked.MatchString(n.near)
	case spaced.MatchString(n.near), marked.MatchString(n.near), wildcard.MatchString(n.right),
		python.MatchString(n.near) && pythonNext.MatchString(n.right):
		return true
	}
	return lang != "json" && (keyed.MatchString(n.near) || platform.MatchString(n.near))
}

// isListed reports whether a number is one of a list of versions, to which the sides
// may have added different ones.
func (n number) isListed() bool {
	if listed.MatchString(n.left) && listedNext.MatchString(n.right) {
		return true
	}
	open := strings.LastIndexAny(n.left, "[]")
	return open >= 0 && n.left[open] == '[' && !spaced.MatchString(n.near) &&
		(strings.Contains(n.left[open:], ",") || strings.Contains(n.right, ","))
}

// isHeading reports whether a line is a heading of a document, such as that of a
// release in a list of changes.
func isHeading(name, left string) bool {
	switch path.Ext(name) {
	case ".md", ".markdown":
		return strings.HasPrefix(left, "#")
	}
	return false
}

// isVersionFile reports whether a file has nothing but versions.
func isVersionFile(name string) bool {
	base := path.Base(name)
	return base == ".nvmrc" || strings.HasPrefix(base, ".") && strings.HasSuffix(base, "-version")
}

// isData reports whether files of a language have keys and values, and no code.
func isData(lang string) bool {
	switch lang {
	case "yaml", "json", "toml", "ini", "list":
		return true
	}
	return false
}
