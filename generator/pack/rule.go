package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"scaffold/generator/tree"
)

// A Rule changes what becomes of the files it matches. Files that no rule
// matches keep their path; what ends in .tmpl is rendered, all else is copied.
type Rule struct {
	Path   string // below files/; see MatchPattern
	To     string // template of the destination; TO/ moves the folder's content there
	When   string // template that says whether the file is written
	Mode   fs.FileMode
	Once   bool
	With   string    // the name that once-files share of which none changes if one was edited
	Delims [2]string // instead of {{ and }}
	Check  *bool     // whether what it writes is read as its language; nil says nothing
	Line   string    // LINE:COLUMN in pack.yaml, for messages
}

// A Target is a file of the pack with all that its rules say.
type Target struct {
	To     string   // template of the destination
	Rule   string   // what a rule says of it; "" for none
	Whens  []string // all must hold
	Mode   fs.FileMode
	Once   bool
	With   string
	Delims [2]string

	Unchecked bool // what it writes is not read as its language
}

// topFolder is how a rule calls the top of the project.
const topFolder = "./"

// TemplateSuffix marks the files that are rendered, and is not in what they write.
const TemplateSuffix = ".tmpl"

// Target returns what the rules make of the file at name. A later rule overrides
// what it sets, but every condition counts. A Go module has no templates.
func (p Pack) Target(name string) Target {
	t := Target{To: strings.TrimSuffix(name, TemplateSuffix), Mode: tree.ModeFile}
	if f, ok := p.Files.Find(name); ok {
		t.Mode = f.Mode
	}
	if p.Module != "" {
		t.To = name
	}
	for _, r := range p.Rules {
		rest, ok := MatchPattern(r.Path, name)
		if !ok {
			continue
		}
		r.apply(&t, strings.TrimSuffix(rest, TemplateSuffix))
	}
	return t
}

func (r Rule) apply(t *Target, rest string) {
	if r.To != "" {
		t.To, t.Rule = r.To, r.To
		if strings.HasSuffix(r.To, "/") {
			t.To = strings.TrimPrefix(r.To, topFolder) + rest
		}
	}
	if r.When != "" {
		t.Whens = append(t.Whens, r.When)
	}
	if r.Mode != 0 {
		t.Mode = r.Mode
	}
	if r.Delims != [2]string{} {
		t.Delims = r.Delims
	}
	if r.Check != nil {
		t.Unchecked = !*r.Check
	}
	if r.With != "" {
		t.With = r.With
	}
	t.Once = t.Once || r.Once
}

// Caps of rules or excluded patterns times files, because each is compared with
// each: how many there are, and how many bytes.
const (
	maxComparisons = 2_000_000
	maxCompared    = 128 << 20
	comparePrice   = 100 // bytes that one is worth, however short the pattern
)

// checkRules refuses a rule that matches nothing, because that is a slip in its
// path.
func (p Pack) checkRules(display string) error {
	if len(p.Rules)*p.Files.Len() > maxComparisons {
		return fmt.Errorf("%s/%s: has %d rules for %d files, more than %d comparisons: a pattern or FOLDER/ is one rule for many files",
			display, ManifestFile, len(p.Rules), p.Files.Len(), maxComparisons)
	}
	size := 0
	for _, r := range p.Rules {
		size += len(r.Path) + len(r.To) + len(r.When)
	}
	if size*p.Files.Len() > maxCompared {
		return fmt.Errorf("%s/%s: has rules of %d bytes for %d files, more than %d MiB to compare: make their paths, conditions and destinations shorter",
			display, ManifestFile, size, p.Files.Len(), maxCompared>>20)
	}
	var errs []error
	for _, r := range p.Rules {
		matched := false
		for f := range p.Files.All() {
			if _, ok := MatchPattern(r.Path, f.Path); ok {
				matched = true
				break
			}
		}
		if !matched {
			errs = append(errs, fmt.Errorf("%s/%s:%s: rule for %q matches no file below %s/%s", display, ManifestFile, r.Line, r.Path, display, FilesFolder))
		}
	}
	return errors.Join(errs...)
}

// MatchPattern reports whether a pattern, composed, is about the file at name,
// which may be decomposed. Elements match as in [path.Match], and ** stands for
// any number of folders. A pattern that ends in a slash names folders and means
// the files below them: then rest is what follows the outermost such folder, else
// the last element.
func MatchPattern(pattern, name string) (rest string, ok bool) {
	composed := tree.Compose(name)
	rest, ok = matchComposed(pattern, composed)
	if composed != name && ok {
		elements := strings.Split(name, "/")
		rest = strings.Join(elements[len(elements)-1-strings.Count(rest, "/"):], "/")
	}
	return rest, ok
}

func matchComposed(pattern, name string) (rest string, ok bool) {
	pattern, folder := strings.CutSuffix(pattern, "/")
	if !strings.ContainsAny(pattern, `*?[\`) { // as most are
		if folder {
			return strings.CutPrefix(name, pattern+"/")
		}
		return path.Base(name), name == pattern
	}
	if first, _, _ := strings.Cut(pattern, "/"); first != "**" {
		if top, _, _ := strings.Cut(name, "/"); !matchElement(first, top) { // as most do not
			return "", false
		}
	}
	want, have := elements(pattern), strings.Split(name, "/")
	if !folder {
		return have[len(have)-1], matchElements(want, have)
	}
	for n := 1; n < len(have); n++ {
		if matchElements(want, have[:n]) {
			return strings.Join(have[n:], "/"), true
		}
	}
	return "", false
}

// elements splits a pattern. A ** at its end is all that is below, not the
// folder itself.
func elements(pattern string) []string {
	list := strings.Split(pattern, "/")
	if list[len(list)-1] == "**" {
		list = append(list, "*")
	}
	return list
}

// matchElements tries the last ** again with one folder more wherever what
// follows it does not match: that finds a match if there is one, because the
// last ** can take whatever an earlier one could.
func matchElements(want, have []string) bool {
	w, h, star, after := 0, 0, -1, 0
	for h < len(have) {
		switch {
		case w < len(want) && want[w] == "**":
			star, after = w, h
			w++
		case w < len(want) && matchElement(want[w], have[h]):
			w, h = w+1, h+1
		case star >= 0:
			after++
			w, h = star+1, after
		default:
			return false
		}
	}
	return !slices.ContainsFunc(want[w:], func(left string) bool { return left != "**" })
}

// matchElement takes a name that is itself a pattern, as [id].tsx, for itself too.
func matchElement(pattern, element string) bool {
	ok, err := path.Match(pattern, element)
	return element == pattern || ok && err == nil
}

// excludes reports whether the manifest leaves out what is at name below files/.
// A folder may be named without its slash.
func (p Pack) excludes(name string, folder bool) bool {
	return slices.ContainsFunc(p.Exclude, func(pattern string) bool {
		if !folder {
			_, ok := MatchPattern(pattern, name)
			return ok
		}
		_, ok := MatchPattern(pattern, name+"/x")
		return tree.Compose(name) == pattern || ok && strings.HasSuffix(pattern, "/")
	})
}
