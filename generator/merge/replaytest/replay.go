// Package replaytest has histories of template files and what their owners did
// meanwhile, for tests of merging whose right result is known.
//
// A history is an archive in testdata: three versions of one file, as a template
// wrote it, and edits. An edit says what its owner meant, not which lines it was,
// so that it can be made to any version:
//
//	keyed cache what is downloaded
//		after jobs: / test: / - uses: actions/checkout
//		|      - uses: actions/cache@v4
//		want near 1-2
//
// The first word is the kind of edit: which step of a merge has to settle it if
// lines do not. A path names entries from the outside in, by how their first line
// begins. These operations are made in order:
//
//	after PATH, before PATH   insert the lines next to an entry
//	first PATH, last PATH     insert them at the beginning or end inside it
//	top, end                  insert them at the beginning or end of the file
//	set PATH                  replace its first line
//	replace PATH              replace all of it
//	delete PATH               take it out, with the comment above it
//	move PATH after PATH      put it elsewhere
//	all OLD NEW               replace a text, quoted as in Go, wherever it stands
//
// Then come exceptions. "on 2-3" leaves out the other pairs of versions, and "want"
// says which verdict is right where Square.verdict, which has the laws, does not.
//
// # Squares
//
// Each edit and pair of versions is a Square: edit the old version and merge it
// with the new one, or edit the new version. Both ways lead to the same file.
package replaytest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Kinds are the steps of a merge, in order. A square is of the last kind
// if the right result is a conflict.
var Kinds = []string{"lines", "layout", "applied", "pins", "keyed", "deleted", "both"}

// A Square is a file, what its owner and the template made of it, and what is right.
type Square struct {
	History, Edit, Pair string
	File                string // the path of the file
	Kind                string // one of Kinds
	Want                Verdict
	Base, Ours, Theirs  string
	edited              string // theirs with the edit; "" where it cannot be made
	agreed              string // of a conflict: theirs with those operations that are not in it
	edit                edit
}

// A Verdict is what a merge ought to come to.
type Verdict string

const (
	WantExact    Verdict = "exact"    // clean: theirs with the edit, byte for byte
	WantNear     Verdict = "near"     // clean: the same, but for layout and order
	WantSame     Verdict = "same"     // clean: theirs, which has the edit already
	WantConflict Verdict = "conflict" // of that entry and nothing else
	// Where a verdict ends in maybe, a conflict is right too.
	maybe = "?"
)

func (s Square) String() string { return s.History + ": " + s.Edit + " " + s.Pair }

// Load reads all histories in a folder.
func Load(folder fs.FS) ([]Square, error) {
	names, err := fs.Glob(folder, "*.txtar")
	if err == nil && len(names) == 0 {
		err = errors.New("load histories: no *.txtar")
	}
	if err != nil {
		return nil, err
	}
	var all []Square
	var problems []error
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		squares, err := parse(strings.TrimSuffix(name, ".txtar"), txtar.Parse(data))
		if err != nil {
			problems = append(problems, fmt.Errorf("load %s: %w", name, err))
		}
		all = append(all, squares...)
	}
	return all, errors.Join(problems...)
}

// pairs are the versions between which a file is updated.
var pairs = []string{"1-2", "2-3", "1-3"}

func parse(history string, a *txtar.Archive) ([]Square, error) {
	if len(a.Files) != 4 || a.Files[3].Name != "edits" {
		return nil, errors.New("a history is three versions of a file, and edits")
	}
	edits, err := parseEdits(string(a.Files[3].Data))
	if err != nil {
		return nil, err
	}
	file, found := strings.CutSuffix(a.Files[0].Name, " 1")
	if !found || a.Files[1].Name != file+" 2" || a.Files[2].Name != file+" 3" {
		return nil, fmt.Errorf("%q is not the first of three versions", a.Files[0].Name)
	}
	var all []Square
	var problems []error
	for _, e := range edits {
		for _, pair := range slices.Sorted(maps.Keys(e.want)) {
			if pair != "" && !slices.Contains(e.on, pair) {
				problems = append(problems, fmt.Errorf("%s: wants something of %s, which is left out", e.name, pair))
			}
		}
		for _, pair := range e.on {
			s := Square{History: history, Edit: e.name, Pair: pair, File: file, Kind: e.kind}
			s.Base, s.Theirs = string(a.Files[pair[0]-'1'].Data), string(a.Files[pair[2]-'1'].Data)
			if err := s.make(e); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", s, err))
			}
			all = append(all, s)
		}
	}
	return all, errors.Join(problems...)
}

// make makes the edit to both versions.
func (s *Square) make(e edit) error {
	law, said := s.verdict(e), cmp.Or(e.want[s.Pair], e.want[""])
	if said == law {
		return fmt.Errorf("want %s is what the laws say", said)
	}
	s.edit = e
	s.Want = cmp.Or(said, law)
	var err error
	if s.Ours, err = e.apply(s.File, s.Base, nil); err != nil {
		return err
	}
	if s.Ours == s.Base {
		return errors.New("the edit changes nothing")
	}
	s.edited, err = e.apply(s.File, s.Theirs, nil)
	switch s.Want {
	case WantConflict:
		return s.makeConflict(e, law)
	case WantSame, WantSame + maybe:
		s.edited, err = s.Theirs, nil
	}
	if twice := s.Twice(s.edited); err == nil && len(twice) > 0 {
		return fmt.Errorf("the edit puts %q twice: want something else", twice)
	}
	return err
}

// makeConflict says what either side of the conflict is.
func (s *Square) makeConflict(e edit, law Verdict) (err error) {
	s.Kind = Kinds[len(Kinds)-1]
	if len(s.Twice(s.edited)) > 0 { // because both added it
		s.edited = ""
	}
	s.agreed = s.Theirs
	if law == WantConflict {
		s.agreed, err = e.apply(s.File, s.Theirs, func(o op) bool { return s.judgeOp(e.kind, o) != WantConflict })
	}
	return err
}

// With returns the square of one who made both edits. It reports false if they are not
// independent of each other or put the same key twice, or one is not to merge clean, or
// is in theirs already.
func (s Square) With(other Square) (Square, bool) {
	both := s
	both.Edit += " and " + other.Edit
	both.Want = WantNear
	if s.Want == WantExact && other.Want == WantExact {
		both.Want = WantExact
	}
	for _, one := range []Square{s, other} {
		if one.Want != WantExact && one.Want != WantNear {
			return both, false
		}
	}
	mine, ok := s.edit.commute(s.File, s.Base, other.edit)
	one := both
	both.Ours = mine
	if one.Ours = one.Base; !ok || len(one.Twice(mine)) > 0 {
		return both, false
	}
	both.edited, ok = s.edit.commute(s.File, s.Theirs, other.edit)
	return both, ok
}

// commute makes two edits to a text, and reports whether their order does not count.
func (e edit) commute(file, text string, other edit) (string, bool) {
	apply := func(first, second edit) (string, error) {
		once, err := first.apply(file, text, nil)
		if err != nil {
			return "", err
		}
		return second.apply(file, once, nil)
	}
	one, errOne := apply(e, other)
	two, errTwo := apply(other, e)
	return one, errOne == nil && errTwo == nil && one == two
}

// An edit is what an owner did to a file.
type edit struct {
	kind, name string
	ops        []op
	on         []string
	want       map[string]Verdict // by pair, or "" for all, where the laws do not say it
}

// apply makes those operations to a text that pick, if it is not nil, picks.
func (e edit) apply(file, text string, pick func(op) bool) (string, error) {
	for _, o := range e.ops {
		if pick != nil && !pick(o) {
			continue
		}
		f := newLines(file, text)
		if err := o.apply(&f); err != nil {
			return "", err
		}
		text = f.String()
	}
	return text, nil
}

func parseEdits(text string) ([]edit, error) {
	var all []edit
	seen := make(map[string]bool)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		rest, inside := strings.CutPrefix(line, "\t")
		switch {
		case line == "":
		case !inside:
			kind, name, _ := strings.Cut(line, " ")
			if !slices.Contains(Kinds, kind) || name == "" || seen[name] {
				return nil, fmt.Errorf("%q is no kind and new name of an edit", line)
			}
			seen[name] = true
			all = append(all, edit{kind: kind, name: name, on: pairs, want: make(map[string]Verdict)})
		case len(all) == 0:
			return nil, fmt.Errorf("%q stands above the first edit", line)
		default:
			if err := all[len(all)-1].parse(rest); err != nil {
				return nil, fmt.Errorf("%s: %w", all[len(all)-1].name, err)
			}
		}
	}
	return all, nil
}

// parse reads a line of an edit.
func (e *edit) parse(line string) error {
	if text, ok := strings.CutPrefix(line, "|"); ok && len(e.ops) > 0 {
		last := &e.ops[len(e.ops)-1]
		last.lines = append(last.lines, text)
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "on":
		e.on = strings.Fields(rest)
		return checkPairs(e.on)
	case "want":
		fields := strings.Fields(rest)
		if len(fields) == 0 || !slices.Contains(verdicts, Verdict(fields[0])) {
			return fmt.Errorf("%q is no verdict", rest)
		}
		on := fields[1:]
		if len(on) == 0 {
			e.want[""] = Verdict(fields[0])
		}
		for _, pair := range on {
			e.want[pair] = Verdict(fields[0])
		}
		return checkPairs(on)
	default:
		o, err := newOp(word, rest)
		e.ops = append(e.ops, o)
		return err
	}
}

var verdicts = []Verdict{WantExact, WantNear, WantSame, WantConflict, WantExact + maybe, WantNear + maybe, WantSame + maybe}

func checkPairs(given []string) error {
	for _, p := range given {
		if !slices.Contains(pairs, p) {
			return fmt.Errorf("%q is no pair of versions", p)
		}
	}
	return nil
}
