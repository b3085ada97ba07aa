package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"scaffold/generator/tree"
)

// A Rule changes what becomes of the files it matches. Files that no rule
// matches keep their path; what ends in .tmpl is rendered, all else is copied.
type Rule struct {
	Path   string // below files/; see matchPattern
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

// TemplateSuffix marks the files that are rendered.
const TemplateSuffix = ".tmpl"

// Target returns what the rules make of the file at name. They apply in order:
// a later one overrides what it sets, and every condition counts.
func (p Pack) Target(name string) Target {
	t := Target{To: strings.TrimSuffix(name, TemplateSuffix), Mode: tree.ModeFile}
	if f, ok := p.Files.Find(name); ok {
		t.Mode = f.Mode
	}
	for _, r := range p.Rules {
		rest, ok := matchPattern(r.Path, name)
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
			t.To += rest
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

// maxComparisons caps rules times files, because each is compared with each.
const maxComparisons = 2_000_000

// checkRules refuses a rule that matches nothing, because that is a slip in its
// path.
func (p Pack) checkRules(display string) error {
	if len(p.Rules)*p.Files.Len() > maxComparisons {
		return fmt.Errorf("%s/%s: has %d rules for %d files, more than %d comparisons: a pattern or FOLDER/ is one rule for many files",
			display, ManifestFile, len(p.Rules), p.Files.Len(), maxComparisons)
	}
	var errs []error
	for _, r := range p.Rules {
		matched := false
		for f := range p.Files.All() {
			if _, ok := matchPattern(r.Path, f.Path); ok {
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
