// Package keys finds what a file defines, and at which lines: the keys of YAML, JSON,
// TOML and ini files, the targets and variables of a Makefile, the sections of Markdown
// and reStructuredText, the variables of .env files, the packages that requirements.txt
// names, and what stands at the top level of Go and Python. It is for
// whoever asks whether a merge says a thing twice, or in another place than it was said.
//
// A reader declines what it does not read exactly, because a wrong answer would
// make a conflict of a merge that is right. None panics, whatever it is given.
//
// # What is no key
//
// What a language lets a file say twice: init and _ in Go, overloads in Python,
// in make a target that only lists what it needs, has two colons, a % or stands
// under a condition. In YAML a key that is no scalar, and <<.
//
// Imports at column 0 are keys of Python, and so are the keys of a dictionary there, though
// the language lets a file say both twice, because nobody writes that on purpose.
//
// # Not for
//
// Values are compared, never understood: 1 and 0x1 are different, and so are 'a'
// and "a" in TOML. Nothing is checked: files may say what their program refuses.
package keys

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/lazyregexp"
)

// A File is what a file defines, in the order of its lines.
type File struct {
	Kind  string // what a key is called: "key", "declaration", "name"
	Keys  []Key
	Items []Item
	Named []Key // the items of lists that are mappings and have a name, by the path of the list and that name; and documents that have one
}

// A Key is one thing that a file defines.
type Key struct {
	Path  Path
	Line  int    // counted from 1
	Value string // of a leaf
	Leaf  bool   // has a value; in Markdown there may be keys below it
}

// An Item is a scalar in a list.
type Item struct {
	List  Path
	Value string
	Line  int
	Whole bool // the lines before and after it would still be a list without its line
}

// A Path is the names from the root of a file to a key. An item of a list counts
// from 0, as does a document of several.
type Path string

const (
	sep   = "\x00"
	index = "\x01" // begins a name that is the number of an item
)

func (p Path) key(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + sep + Path(name)
}

func (p Path) item(n int) Path { return p.key(index + strconv.Itoa(n)) }

// Below reports whether p is a key within what stands at above.
func (p Path) Below(above Path) bool {
	return len(p) > len(above) && p[:len(above)] == above && strings.HasPrefix(string(p[len(above):]), sep)
}

// InItem reports whether p is below an item of a list: what is in it counts from there,
// and items come and go.
func (p Path) InItem() bool {
	return strings.Contains(string(p), index) || strings.Contains(string(p), sep+"[")
}

// Above is the path of what a key is in: nothing, for one at the root.
func (p Path) Above() Path {
	above, _ := p.split()
	return above
}

var number = lazyregexp.New("(^|\x00)\x01[0-9]+")

// Shape is the path without the numbers of items, because an item more or less
// before it gives an item another number.
func (p Path) Shape() Path {
	if !strings.Contains(string(p), index) {
		return p
	}
	return Path(number.ReplaceAllString(string(p), "$1"+index))
}

// String is the path as people write it: jobs.build.steps[].run, or with the name
// of the item in the brackets.
func (p Path) String() string {
	s := number.ReplaceAllString(string(p), "$1"+index)
	return strings.TrimPrefix(strings.NewReplacer(sep+index, "[]", index, "", sep+"[", "[", sep, ".").Replace(s), ".")
}

// maxSize caps what is read. Files that people write have some kilobytes.
const maxSize = 1 << 20

// Read reads a file by its name: a slash-separated path of which the last element
// counts. It declines (ok is false) what it has no reader for, and what that does
// not read exactly. Lines end in a line feed alone.
func Read(name, content string) (f File, ok bool) {
	read := readerOf(path.Base(name))
	if read == nil || !isReadable(content) {
		return File{}, false
	}
	f, ok = read(content)
	f.Named = append(f.Named, f.findNamed()...)
	return f, ok
}

// findNamed finds the items that say what they are: by an id, a name, a repository, or the
// action that they use. There may be several local repositories.
func (f File) findNamed() (named []Key) {
	seen := map[Path]int{} // where in named an item is
	for _, k := range f.Keys {
		at, last := k.Path.split()
		list, n := at.split()
		rank := slices.Index([]string{"uses", "package-ecosystem", "repo", "name", "id"}, last)
		name := strings.TrimPrefix(k.Value, "!!str ")
		if !k.Leaf || rank < 0 || !strings.HasPrefix(n, index) || name == "local" || name == "meta" {
			continue
		}
		if last == "uses" {
			name, _, _ = strings.Cut(name, "@")
		}
		is := Key{Path: list.key("[" + name + "]"), Line: k.Line}
		if i, ok := seen[at]; !ok {
			seen[at] = len(named)
			named = append(named, is)
		} else if last != "uses" {
			named[i] = is
		}
	}
	return named
}

func isReadable(content string) bool {
	return len(content) <= maxSize && !strings.ContainsAny(content, "\r\x00\x01")
}

// Language says how the file at name is read, or nothing.
func Language(name string) string { return languageOf(path.Base(name)) }

func languageOf(base string) string {
	switch base {
	case "Makefile", "makefile", "GNUmakefile":
		return "make"
	case ".editorconfig", ".coveragerc", ".flake8", ".pylintrc":
		return "ini"
	case "Pipfile", "Cargo.lock", "poetry.lock", "uv.lock", "pdm.lock":
		return "toml"
	case "Pipfile.lock", "composer.lock", "flake.lock", ".babelrc", ".eslintrc", ".prettierrc", ".stylelintrc", ".swcrc", ".all-contributorsrc":
		return "json"
	case ".clang-format", ".clang-tidy", ".yamllint":
		return "yaml"
	case ".env":
		return "dotenv"
	}
	switch path.Ext(base) {
	case ".yaml", ".yml", ".cff":
		return "yaml"
	case ".json", ".jsonc", ".code-workspace", ".webmanifest":
		return "json"
	case ".json5":
		return "json5"
	case ".toml":
		return "toml"
	case ".ini", ".cfg":
		return "ini"
	case ".env":
		return "dotenv"
	case ".mk":
		return "make"
	case ".go":
		return "go"
	case ".py", ".pyi":
		return "python"
	case ".md", ".markdown":
		return "markdown"
	case ".rst":
		return "rst"
	case ".txt":
		if strings.HasPrefix(base, "requirements") || strings.HasPrefix(base, "constraints") {
			return "list"
		}
	}
	if strings.HasPrefix(base, ".env.") {
		return "dotenv"
	}
	if base[0] == '.' && strings.HasSuffix(base, "ignore") && base != ".hgignore" { // that has a line that says what the lines after it are
		return "ignore"
	}
	return ""
}

// HasOnlyNames reports whether a file has neither values nor items for Read, so that nothing
// can be wrong in it but a name that stands twice.
func HasOnlyNames(name string) bool {
	language := Language(name)
	return language == "go" || language == "make"
}

func readerOf(base string) func(string) (File, bool) {
	return map[string]func(string) (File, bool){
		"yaml": readYAML, "json": readJSON, "json5": readJSON5, "toml": readTOML, "ini": readINI,
		"markdown": readMarkdown, "rst": readUnderlined, "make": readMake, "go": readGo, "python": readPython, "list": readList, "ignore": readIgnore, "dotenv": readDotenv,
	}[languageOf(base)]
}

// Twice returns the keys and named items that stand more than once where they are, by
// their shape: the first two of each.
func (f File) Twice() map[Path][2]Key {
	first := make(map[Path]int, len(f.Keys)) // where in all a path is first
	twice := map[Path][2]Key{}
	all := f.Keys
	if len(f.Named) > 0 {
		all = slices.Concat(f.Keys, f.Named)
	}
	for i, k := range all {
		old, seen := first[k.Path]
		if !seen {
			first[k.Path] = i
			continue
		}
		if shape := k.Path.Shape(); twice[shape] == ([2]Key{}) {
			twice[shape] = [2]Key{all[old], k}
		}
	}
	return twice
}

// RepeatedItems returns the scalars that stand more than once in one list, by the
// shape of its path and their value: the first two of each.
func (f File) RepeatedItems() map[Item][2]Item {
	first := make(map[Item]Item, len(f.Items))
	repeated := map[Item][2]Item{}
	for _, it := range f.Items {
		k := Item{List: it.List, Value: it.Value}
		old, seen := first[k]
		if !seen {
			first[k] = it
			continue
		}
		if k.List = k.List.Shape(); repeated[k] == ([2]Item{}) {
			repeated[k] = [2]Item{old, it}
		}
	}
	return repeated
}

// ordered are lists by whose key it is told that the order counts, and that one
// may have an item twice.
var ordered = lazyregexp.New(`(?i)(^|[._-])(args?|command|cmd|entrypoint|run|scripts?|steps|before_script|after_script|options|flags)$`)

// Ordered reports whether the order of the list counts, or may: it has commands or
// their arguments.
func (i Item) Ordered() bool {
	return strings.HasPrefix(i.Value, "-") || strings.HasPrefix(i.Value, "!!str -") ||
		strings.HasPrefix(i.Value, `"-`) || strings.HasPrefix(i.Value, "'-") || ordered.MatchString(i.List.String())
}

// Leaves returns the leaves that keep their path when an item is added before
// them: those in no list, and those in items that a name tells from the others.
func (f File) Leaves() map[Path]Key {
	names := f.nameItems()
	all := make(map[Path]Key, len(f.Keys))
	for _, k := range f.Keys {
		if p, ok := names.rename(k.Path); ok && k.Leaf {
			k.Path = p
			all[p] = k
		}
	}
	return all
}

// itemNames is what tells items of lists apart: by the path of an item, its name.
type itemNames map[Path]string

// nameItems finds items that have an id, a name or the like that no other item of
// their list has.
func (f File) nameItems() itemNames {
	names, count := itemNames{}, map[Path]int{}
	for _, k := range f.Keys {
		at, last := k.Path.split()
		list, n := at.split()
		if !k.Leaf || !strings.HasPrefix(n, index) || names[at] != "" {
			continue
		}
		switch last {
		case "id", "name", "repo", "key":
			names[at] = "[" + strings.TrimPrefix(k.Value, "!!str ") + "]"
			count[list.key(names[at])]++
		}
	}
	for at, name := range names {
		if list, _ := at.split(); count[list.key(name)] > 1 {
			delete(names, at)
		}
	}
	return names
}

func (p Path) split() (parent Path, last string) {
	i := strings.LastIndex(string(p), sep)
	if i < 0 {
		return "", string(p)
	}
	return p[:i], string(p[i+1:])
}

// rename puts names in the place of numbers. It reports whether all have one.
func (n itemNames) rename(p Path) (renamed Path, ok bool) {
	if !strings.Contains(string(p), index) {
		return p, true
	}
	var at Path
	for part := range strings.SplitSeq(string(p), sep) {
		at = at.key(part)
		if strings.HasPrefix(part, index) {
			if part = n[at]; part == "" {
				return "", false
			}
		}
		renamed = renamed.key(part)
	}
	return renamed, true
}
