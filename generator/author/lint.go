// Package author is for whoever writes packs: it begins one, looks for what is
// wrong with it, renders its cases and compares them, takes projects of its
// earlier versions to the present one, and shows what two versions differ in.
//
// A pack cannot be run to the end, because it has too many answers. So [Lint]
// reads the parse trees of its templates, and renders it for answers of which
// every two stand together once ([Pairs]). What is wrong is an error; what its
// users will not notice but its readers will is a hint.
//
// A case is a file of the pack's testdata: answers in its comment, and the tree
// that they give. [Test] renders each and builds what is Go. For each earlier
// version it makes a project, edits it by a script and brings it up to date,
// through the functions that the commands call.
//
// Nothing here decides what a pack may be (that is package pack's) or what a
// template may do (package render's), and nothing here reports. Files are written
// by package apply alone; only folders for trials are made and removed here.
package author

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"scaffold/generator"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A Finding is something about a pack that its author should know.
type Finding struct {
	Place
	Rule    string // a word for its kind
	Message string
	Hint    bool // only a matter of style, or of what may be meant
}

// The rules.
const (
	ruleInvalid  = "invalid"  // the pack cannot be used
	ruleUnknown  = "unknown"  // a name that no question has
	ruleUnused   = "unused"   // what has no effect
	ruleUnquoted = "unquoted" // free text is written as it is
	ruleFails    = "fails"    // some answers cannot be rendered
	ruleClash    = "clash"    // some answers write two files to one path
	ruleName     = "name"     // not every system takes a file's name
	ruleGofmt    = "gofmt"    // a Go file is not as gofmt writes it
	ruleStyle    = "style"    // a template does not read like its output
	ruleUntried  = "untried"  // what Lint could not look at
)

// Lint returns all that it finds in a pack, sorted. An error is the environment's.
func Lint(ctx context.Context, found source.Source) ([]Finding, error) {
	l := linter{display: found.Name}
	err := l.lint(ctx, found)
	if err != nil && !problem.IsInput(err) {
		return nil, err
	}
	l.addErrors(err)
	for i := range l.findings {
		l.findings[i].Line, l.findings[i].Column = max(l.findings[i].Line, 1), max(l.findings[i].Column, 1)
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(l.findings), nil
}

// load reads a pack that was found.
func load(found source.Source) (pack.Pack, error) {
	return pack.Load(found.FS, found.Name, generator.PackOptions(found))
}

type linter struct {
	display  string
	pack     pack.Pack
	compiled *render.Pack
	texts    []text
	left     bool             // some templates are not among the texts
	asked    map[string]Place // where each question and value stands
	findings []Finding
}

func (l *linter) add(at Place, rule, format string, args ...any) {
	l.findings = append(l.findings, Finding{Place: at, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func (l *linter) hint(at Place, rule, format string, args ...any) {
	l.add(at, rule, format, args...)
	l.findings[len(l.findings)-1].Hint = true
}

func (l *linter) manifest() string { return l.display + "/" + pack.ManifestFile }

// lint adds findings as far as it comes. Input errors that it returns are findings
// as well.
func (l *linter) lint(ctx context.Context, found source.Source) (err error) {
	if l.pack, err = load(found); err != nil {
		return err
	}
	if l.asked, err = findNames(found.FS, l.manifest()); err != nil {
		return err
	}
	compiled, wrong := render.Compile(ctx, l.pack, l.display)
	if wrong != nil && !problem.IsInput(wrong) {
		return wrong
	}
	l.compiled = compiled
	var misread, many bool
	l.texts, misread, many = readTexts(l.pack, l.display)
	if l.left = misread || many; many {
		l.hint(Place{Path: l.manifest()}, ruleUntried, "not all templates were looked at, because they have more than %d actions", maxTreeActions)
	}
	l.findUnknown()
	l.findUnused()
	l.findFreeText()
	l.findSlips()
	l.findStyle()
	if l.pack.LeftOut > 0 {
		l.hint(Place{Path: l.manifest()}, ruleUnused, "files that a desktop or an editor left are no part of the pack: %s: remove them, or exclude: them", strings.Join(l.pack.Left, ", "))
	}
	if many && wrong != nil {
		return wrong
	}
	if wrong != nil {
		l.hint(Place{Path: l.manifest()}, ruleUntried, "the pack was not rendered, because of its errors: mend them and look again")
		return withoutUnknown(leaves(wrong))
	}
	return l.tryAnswers(ctx)
}

func isUnknownName(err error) bool { return errors.As(err, new(render.UnknownNameError)) }

// withoutUnknown drops what findUnknown says of every place and package render of the
// first one.
func withoutUnknown(said []error) error {
	return problem.AsInput(errors.Join(slices.DeleteFunc(said, isUnknownName)...))
}

// maxPlaces is at how many places of one template the same kind of mistake is said.
const maxPlaces = 50

func (l *linter) findUnknown() {
	var names []string
	for _, q := range l.pack.Questions {
		names = append(names, q.Name)
	}
	thing := "question"
	for _, v := range l.pack.Values {
		thing, names = "question or value", append(names, v.Name)
	}
	for _, t := range l.texts {
		found := 0
		t.names(func(n parse.Node, name string) {
			if slices.Contains(names, name) {
				return
			}
			if found++; found > maxPlaces {
				return
			}
			if q, ok := l.pack.Renamed(name); ok {
				l.add(t.place(n), ruleUnknown, "the question %s is called %s now", name, q.Name)
				return
			}
			l.add(t.place(n), ruleUnknown, "no %s is called %q%s", thing, name, problem.DidYouMean(name, names))
		})
		l.addMore(t, ruleUnknown, found)
	}
}

func (l *linter) addMore(t text, rule string, found int) {
	if more := found - maxPlaces; more > 0 {
		l.add(t.at, rule, "and %d more places like those below", more)
	}
}

// findUnused finds nothing where a template could not be read, because that
// may use them. The name is used by scaffold new itself.
func (l *linter) findUnused() {
	used := map[string]bool{"name": true}
	for _, t := range l.texts {
		t.names(func(_ parse.Node, name string) {
			used[name] = true
			if q, ok := l.pack.Renamed(name); ok { // an error that is reported
				used[q.Name] = true
			}
		})
	}
	for _, q := range l.pack.Questions {
		if !used[q.Name] && !l.left {
			l.hint(l.asked[q.Name], ruleUnused, "question %q: nothing uses its answer: no template, path, condition, default or next: use it, or ask it no more", q.Name)
		}
	}
	for _, v := range l.pack.Values {
		if !used[v.Name] && !l.left {
			l.hint(l.asked[v.Name], ruleUnused, "value %q: nothing uses it: no template, path, condition, default or next", v.Name)
		}
	}
}

func (l *linter) findFreeText() {
	free := make(map[string]bool)
	for _, q := range l.pack.Questions {
		free[q.Name] = isFree(q)
	}
	for _, v := range l.pack.Values { // in their order, because one may use those above it
		for _, t := range l.texts {
			if t.kind == computed && t.to == v.Name {
				findFree(t, free, func(_ parse.Node, quoter string) { free[v.Name] = free[v.Name] || quoter == "" })
			}
		}
	}
	for _, t := range l.texts {
		if t.kind == condition || t.kind == proposal || t.kind == computed || t.kind == body && takesAnyText(t.to) {
			continue
		}
		found, of := 0, languages[path.Ext(t.to)]
		findFree(t, free, func(n parse.Node, quoter string) {
			if quoter != "" && (len(of) == 0 || slices.Contains(of, quoter)) {
				return
			}
			switch found++; {
			case found > maxPlaces:
			case quoter != "":
				l.hint(t.place(n), ruleUnquoted, "%s is quoted by %s, and a file %s wants %s", n, quoter, path.Ext(t.to), of[0])
			case t.kind == destination:
				l.add(t.place(n), ruleUnquoted, "%s is free text, and stands in a path: give its question a format or match", n)
			default:
				l.add(t.place(n), ruleUnquoted, "%s is free text, and no quoter takes it: write it through %s, or give its question a format or match", n, quoterFor(t))
			}
		})
		l.addMore(t, ruleUnquoted, found)
	}
}

// findNames returns where the manifest has each question and value by its name, and each
// version after its key.
func findNames(fsys fs.FS, name string) (map[string]Place, error) {
	source, err := fs.ReadFile(fsys, pack.ManifestFile)
	if err != nil {
		return nil, err
	}
	_, root, err := strictyaml.Parse(name, source)
	if err != nil {
		return nil, problem.AsInput(err)
	}
	asked := make(map[string]Place)
	add := func(key string, node strictyaml.Node) {
		line, column := node.Position()
		asked[key] = Place{name, line, column}
	}
	for _, e := range root.Map() {
		switch e.Key {
		case "questions", "values":
			for _, q := range e.Value.List() {
				if field, ok := q.Find("name"); ok {
					add(field.Text(), field)
				}
			}
		case "moved":
			for _, m := range e.Value.List() {
				if field, ok := m.Find("since"); ok {
					add("since "+field.Text(), field)
				}
			}
		case "notes":
			for _, n := range e.Value.Map() {
				add("notes "+n.Key, n.Name)
			}
		case "verify":
			add("verify:", e.Value)
		}
	}
	return asked, nil
}

// addErrors makes a finding of each error of a joined one.
func (l *linter) addErrors(err error) {
	for _, e := range leaves(err) {
		l.addError(e, ruleInvalid, "")
	}
}

// addError adds what an error says, at the place that it names, and what is said after
// it.
func (l *linter) addError(err error, rule, after string) {
	line, _, _ := strings.Cut(err.Error(), "\n") // below it stands the line itself
	at, message := placeOf(l.display, line)
	files := l.display + "/" + pack.FilesFolder
	named := badPath.FindStringSubmatch(message)
	var clash tree.ClashError
	switch {
	case named != nil && (at.Path == "" || at.Path == files):
		rule, at = ruleName, Place{Path: files + "/" + named[1]}
	case at.Path == "" && errors.As(err, &clash) && clash.Origin != "": // of what is rendered; of includes the manifest is the place
		rule, at = ruleClash, Place{Path: files + "/" + clash.Origin}
	case isUnknownName(err):
		rule = ruleUnknown
	}
	if name, _, _ := strings.Cut(message, ": "); at.Path == "" {
		at = l.asked[name] // where a question's default is what fails
	}
	if at.Path == "" {
		at.Path = l.manifest()
	}
	l.add(at, rule, "%s%s", message, after)
}

// position is how errors go on that have one: FILE:LINE:COLUMN: or FILE:LINE:.
var position = lazyregexp.New(`^([^:\n]+)(?::(\d+))?(?::(\d+))?(?:: ?|$)`)

// badPath is how package tree says that a file of the pack cannot have its name.
var badPath = lazyregexp.New(`^path "([^"\\]+)": `)

// placeOf reads which file of the pack a message begins with, and where in it, and
// returns what follows.
func placeOf(display, message string) (at Place, rest string) {
	within, ok := strings.CutPrefix(message, display+"/")
	m := position.FindStringSubmatch(within)
	if !ok || m == nil {
		return Place{}, strings.TrimPrefix(message, display+": ")
	}
	line, _ := strconv.Atoi(m[2])
	column, _ := strconv.Atoi(m[3])
	return Place{display + "/" + m[1], line, column}, within[len(m[0]):]
}

// leaves returns the errors that were joined.
func leaves(err error) []error {
	var inner []error
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		for _, child := range e.Unwrap() {
			inner = append(inner, leaves(child)...)
		}
		return inner
	case interface{ Unwrap() error }:
		if inner = leaves(e.Unwrap()); len(inner) > 1 {
			return inner
		}
	}
	return []error{err}
}
