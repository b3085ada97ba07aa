// Package trace says who wrote the lines of a project's file, and gives edits of such
// a file back to the template that it came from.
//
// What the template wrote last is in base.zip, byte for byte. A line that differs from
// it is the user's. Of any other, the pack is asked: at the version that wrote the
// file it is rendered again, with a note of which part of a template wrote each byte
// (see [render.Trace]). If that is not the file that base.zip has, its lines cannot be
// told, and nothing is guessed.
//
// [Session.Back] changes the texts of a template such that it renders to the user's
// bytes. Whatever it makes is rendered before it is shown.
//
// It never writes, and fetches nothing.
package trace

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// A Session answers questions about files of one project. It loads each version of the
// pack once.
type Session struct {
	generator.Comparison
	Root   string
	finder source.Finder
	packs  map[string]loaded // by version
}

type loaded struct {
	*generator.Generator
	answers answer.Answers
	err     error
}

// Open reads the project at root. Env is for git.
func Open(ctx context.Context, finder source.Finder, root string, env []string) (*Session, error) {
	compared, err := generator.OpenCompared(ctx, root, env)
	if err != nil {
		return nil, err
	}
	return &Session{Comparison: compared, Root: root, finder: finder, packs: make(map[string]loaded)}, nil
}

// A Place is a file as somebody named it, and maybe a line.
type Place struct {
	File  string
	Line  int  // from 1
	Given bool // a line was named, which may be 0
}

// ParsePlace reads FILE[:LINE[:COLUMN]], as compilers print it. What names a file as a
// whole is one, whatever stands in it.
func ParsePlace(text string) Place {
	rest := text
	var numbers []int
	for len(numbers) < 2 && !exists(rest) {
		before, number, ok := cutNumber(rest)
		if !ok {
			break
		}
		rest, numbers = before, append(numbers, number)
	}
	if len(numbers) == 0 {
		return Place{File: text}
	}
	return Place{rest, numbers[len(numbers)-1], true}
}

// cutNumber cuts :NUMBER, or :NUMBER: as some print it, off the end of text.
func cutNumber(text string) (before string, number int, ok bool) {
	text = strings.TrimSuffix(text, ":")
	i := strings.LastIndexByte(text, ':')
	if i <= 0 {
		return "", 0, false
	}
	digits := text[i+1:]
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, false
	}
	number, err := strconv.Atoi(digits)
	if err != nil {
		number = math.MaxInt // as no file has lines
	}
	return text[:i], number, true
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// A file is one of the project's, or of the template's that is not there.
type file struct {
	path     string // in base
	at       string // where it stands, or would
	base     *tree.File
	ours     *tree.File // nil if it is not there
	version  string     // of the pack that wrote base
	template string     // as a path in the pack; "" if the pack is not known
	conflict *plan.ConflictRecord
}

// find returns the file that is named. One that neither the template wrote nor anybody
// else is an error.
func (s *Session) find(name string) (file, error) {
	path, at, err := s.Find(name)
	if err != nil {
		return file{}, err
	}
	f := file{path: path, at: at}
	if ours, ok := s.Ours.Find(at); ok {
		f.ours = &ours
	}
	base, ok := s.Project.Base.Find(path)
	if !ok {
		return f, s.checkOwn(name, at)
	}
	f.base, f.version, f.template = &base, s.Project.Since(path), base.Origin
	for _, c := range s.Open {
		if c.To == at || c.Path == path {
			f.conflict = &c
		}
	}
	return f, nil
}

// checkOwn returns an error unless a file that the template did not write is one.
func (s *Session) checkOwn(name, at string) error {
	top, _, _ := strings.Cut(at, "/")
	info, err := os.Lstat(filepath.Join(s.Root, filepath.FromSlash(at)))
	switch {
	case slices.Contains(tree.StateFiles(), at) || top == tree.StateFolder:
		return problem.Input("%s is written by scaffold itself, and by no template", name)
	case err != nil:
		var paths []string
		for f := range s.Project.Base.All() {
			paths = append(paths, f.Path)
		}
		err := problem.Input("%s: there is no such file, and the template wrote none%s", name, problem.DidYouMean(at, paths))
		return problem.WithHint(err, "scaffold status --all lists those that it wrote")
	case info.IsDir():
		return problem.Input("%s is a folder: name a file in it", name)
	}
	return nil
}

// errUnknown is why lines are not told although the pack is there.
var errUnknown = errors.New("the pack writes something else now than it wrote then")

// unlike is errUnknown for a pack that may have another version now.
func (l loaded) unlike(wrote string) error {
	if l.Pack.Version == wrote {
		return errUnknown
	}
	return fmt.Errorf("%s is at %s now, which writes something else than %s did", l.Source.Name, l.Pack.Version, wrote)
}

// load returns the pack that wrote a file, and the answers it was given.
func (s *Session) load(ctx context.Context, version string) loaded {
	l, ok := s.packs[version]
	if !ok {
		l.Generator, l.answers, l.err = generator.LoadRecorded(ctx, s.finder, s.Project, version)
		s.packs[version] = l
	}
	return l
}

// trace returns what wrote each byte of f in base.
func (s *Session) trace(ctx context.Context, f file) (render.Trace, error) {
	l := s.load(ctx, f.version)
	if l.err != nil {
		return render.Trace{}, l.err
	}
	t, err := renderOne(ctx, l.Generator, l.answers, f.base.Origin, nil)
	if err == nil && string(t.File.Data) != string(f.base.Data) {
		err = l.unlike(f.version)
	}
	return t, err
}

// renderOne renders one file of a pack, by its template or by another text in place of
// that.
func renderOne(ctx context.Context, g *generator.Generator, a answer.Answers, template string, text []byte) (render.Trace, error) {
	p := g.Pack
	f, ok := p.Files.Find(template)
	if !ok {
		return render.Trace{}, problem.Input("pack %s %s has no %s", p.Name, p.Version, template)
	}
	if text != nil {
		f.Data = text
	}
	if p.Module != "" { // the names in a module depend on all of its files
		p.Files = tree.Found(slices.Concat([]tree.File{f}, slices.Collect(p.Files.All()))...)
	} else {
		p.Files = tree.Found(f)
	}
	compiled, err := render.Compile(ctx, p, g.Source.Name)
	if err != nil {
		return render.Trace{}, err
	}
	return compiled.Run(ctx).Trace(a, template)
}

// pathFromPack returns where a template stands from the pack's folder, for people and
// for patches. What an include found beside that begins with outsidePack.
func (l loaded) pathFromPack(template string) string {
	if l.Pack.Module != "" {
		return template
	}
	path, _ := filepath.Rel(l.Source.Dir, l.pathInSource(template)) // both are below one folder
	return filepath.ToSlash(path)
}

// pathInSource returns where a template stands in what the pack comes from.
func (l loaded) pathInSource(template string) string {
	f, _ := l.Pack.Files.Find(template)
	f.Path = template
	return l.Pack.PathIn(l.Source.Dir, l.Source.Name, f)
}

const outsidePack = "../"

// asBase returns the user's bytes with the line ends that the template wrote, if these
// are all that differs in ends: an editor or git made CRLF of them.
func asBase(ours, base []byte) []byte {
	unix := strings.ReplaceAll(string(ours), "\r\n", "\n")
	if strings.Contains(string(base), "\r") || strings.Count(string(ours), "\r\n") != strings.Count(unix, "\n") {
		return ours
	}
	return []byte(unix)
}

// describe says where the user's file stands that is no text to compare, or "".
func (s *Session) describe(f file) string {
	switch {
	case s.Absent[f.path]:
		return "git has not checked it out"
	case f.ours == nil:
		return "you deleted it"
	case !f.ours.Mode.IsRegular():
		return "it is " + tree.Kind(f.ours.Mode) + ", which you put there"
	case plan.PointerTo(f.base, f.ours):
		return "it is a pointer of Git LFS"
	case string(f.ours.Data) != string(f.base.Data) && isBinary(f):
		return binaryChanged
	}
	return ""
}

const binaryChanged = "you changed it, and it has no lines because it is binary"

// besideOf returns the file whose conflict left the template's version at a path, or "".
func (s *Session) besideOf(at string) string {
	for _, c := range s.Open {
		if c.To == at && plan.IsBeside(at) {
			return c.Yours()
		}
	}
	return ""
}

func isBinary(f file) bool { return merge.Binary(f.ours.Data) || merge.Binary(f.base.Data) }

func wrongLine(name string, line, lines int) error {
	if lines == 1 {
		return problem.Input("%s:%d: the file has 1 line", name, line)
	}
	return problem.Input("%s:%d: the file has %d lines, counted from 1", name, line, lines)
}

// maxShown is how much of an answer is shown to people, in bytes.
const maxShown = 80

// valueOf returns an answer as it is shown.
func valueOf(value any) string {
	text := answer.Format(value)
	cut := ""
	if len(text) > maxShown {
		text, cut = strings.ToValidUTF8(text[:maxShown], ""), "…"
	}
	if _, quoted := value.(string); quoted {
		text = strconv.Quote(text)
	}
	return text + cut
}
