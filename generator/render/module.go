package render

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/sync/errgroup"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A goModule is a module that becomes another by its path alone: in go.mod, in the
// imports of Go files, and in the name of the root package. Everything else is
// copied, byte for byte.
type goModule struct {
	files  tree.Tree
	path   string
	root   string   // the name of the root package where it is called as the module, else ""
	nested []string // modules below path that go.mod names, because these do not move
}

func newGoModule(p pack.Pack) *goModule {
	m := &goModule{files: p.Files, path: p.Module}
	if manifest, ok := p.Files.Find(pack.ModuleFile); ok {
		m.nested = listNested(manifest.Data, m.path)
	}
	name := packageName(m.path)
	for f := range p.Files.All() {
		if strings.Contains(f.Path, "/") || !isGo(f.Path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), "", f.Data[:min(len(f.Data), maxHeader)], parser.PackageClauseOnly)
		if err == nil && file.Name.Name == name {
			m.root = name
		}
	}
	return m
}

func isGo(name string) bool { return path.Ext(name) == ".go" }

// listNested returns the modules below another's path that its go.mod names.
func listNested(manifest []byte, modulePath string) []string {
	f, err := pack.ParseGoMod(manifest)
	if err != nil {
		return nil
	}
	var nested []string
	for _, r := range f.Require {
		nested = append(nested, r.Mod.Path)
	}
	for _, r := range f.Replace {
		nested = append(nested, r.Old.Path)
	}
	return slices.DeleteFunc(nested, func(other string) bool { return !strings.HasPrefix(other, modulePath+"/") })
}

// packageName returns what the root package of a module is called by habit, or ""
// where its path makes no such name.
func packageName(modulePath string) string {
	prefix, _, _ := module.SplitPathVersion(modulePath)
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '~' {
			return -1
		}
		return r
	}, path.Base(prefix))
	if !token.IsIdentifier(name) || name == "main" || name == "_" {
		return ""
	}
	return name
}

// renderModule returns the module under the path that the answers give it.
func (r *Run) renderModule(data map[string]any) (tree.Tree, error) {
	to, _ := data["module"].(string)
	renaming := newRenaming(r.module, to)
	from := slices.Collect(r.module.files.All())
	files, notes := make([]tree.File, len(from)), make([]string, len(from))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range from {
		all.Go(func() error {
			if err := r.meter.ctx.Err(); err != nil {
				return err
			}
			files[i], notes[i] = renaming.file(f)
			files[i].Origin = f.Path
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return tree.Tree{}, err
	}
	if renaming.kept != "" {
		r.Notes = append(r.Notes, renaming.kept)
	}
	for _, note := range notes {
		if note != "" {
			r.Notes = append(r.Notes, note)
		}
	}
	rendered, err := tree.New(files...)
	if err != nil {
		return tree.Tree{}, problem.Input("%s: %w", r.name, err)
	}
	return rendered, nil
}

// A renaming is what changes when a module gets another path.
type renaming struct {
	*goModule
	to      string
	newRoot string // the name that the root package gets; "" where it keeps its own
	kept    string // why it does not get another, for people
}

func newRenaming(m *goModule, to string) renaming {
	n := renaming{goModule: m, to: to, newRoot: packageName(to)}
	if m.root == "" || n.newRoot == m.root {
		n.newRoot = ""
		return n
	}
	if last := path.Base(to); n.newRoot != last && m.root != "" {
		_, major, _ := module.SplitPathVersion(to)
		switch {
		case n.newRoot == "":
			n.kept = fmt.Sprintf("the package %s keeps its name, because %q is none that an imported package can have", m.root, last)
		case major == "":
			n.kept = fmt.Sprintf("the package %s is called %s now, because %q is no name in Go", m.root, n.newRoot, last)
		}
	}
	return n
}

// file returns f as it is in the new module, and why it could not be looked at.
func (n renaming) file(f tree.File) (_ tree.File, note string) {
	switch {
	case n.copies(f.Path):
	case f.Path == pack.ModuleFile:
		f.Data = n.goMod(f.Data)
	case isGo(f.Path):
		e, err := n.goFile(f.Data, !strings.Contains(f.Path, "/"))
		if err == nil {
			f.Data = e.apply()
		} else if bytes.Contains(f.Data, []byte(n.path)) {
			note = fmt.Sprintf("%s does not parse, so it may still import %s: %v", f.Path, n.path, err)
		}
	}
	return f, note
}

// copies reports whether a file stays as it is whatever it says.
func (n renaming) copies(name string) bool {
	return n.to == n.path || slices.Contains(strings.Split(path.Dir(name), "/"), "testdata")
}

// owns reports whether an import path is of a package in the module itself.
func (n renaming) owns(imported string) bool {
	below := func(modulePath string) bool {
		rest, ok := strings.CutPrefix(imported, modulePath)
		return ok && (rest == "" || rest[0] == '/')
	}
	return below(n.path) && !slices.ContainsFunc(n.nested, below)
}

func (n renaming) renamed(imported string) string { return n.to + strings.TrimPrefix(imported, n.path) }

// goMod returns a go.mod with what editGoMod replaces. What cannot be replaced as it is
// written is formatted.
func (n renaming) goMod(manifest []byte) []byte {
	e, f := n.editGoMod(manifest)
	if f == nil {
		return e.apply()
	}
	for _, r := range f.Retract {
		r.Syntax.Token = nil // which Cleanup removes
	}
	f.Syntax.Cleanup()
	return modfile.Format(f.Syntax)
}

// editGoMod replaces the module's path in its own line and in those of its tools. What it
// retracts goes, because these are versions of the old module, and the go command
// refuses those of another major version. Where that cannot be done in place, it
// returns what is to be formatted.
func (n renaming) editGoMod(manifest []byte) (e edits, format *modfile.File) {
	e.src = manifest
	f, err := pack.ParseGoMod(manifest)
	if err != nil || f.Module == nil {
		return e, nil // which FromModule has read
	}
	inPlace := len(f.Retract) == 0
	rename := func(line *modfile.Line, name string) {
		text := modfile.AutoQuote(name)
		inPlace = e.lastToken(line, text) && inPlace
		line.Token[len(line.Token)-1] = text
	}
	rename(f.Module.Syntax, n.to)
	for _, t := range f.Tool {
		if n.owns(t.Path) {
			rename(t.Syntax, n.renamed(t.Path))
		}
	}
	if inPlace {
		return e, nil
	}
	return e, f
}

// maxHeader is how much of a Go file is read for its imports, in bytes, because each
// takes thirty times its own length of memory.
const maxHeader = 1 << 20

// goFile replaces the module's path in the imports of a Go file and in its import
// comment, and the root package's name. What is marked as ignored stays.
func (n renaming) goFile(src []byte, atRoot bool) (e edits, err error) {
	e.src = src
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", src[:min(len(src), maxHeader)], parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || isIgnored(file) {
		return e, err
	}
	at := func(p token.Pos) int { return files.PositionFor(p, false).Offset }
	if rest, ok := strings.CutPrefix(file.Name.Name, n.root); atRoot && n.newRoot != "" && ok && (rest == "" || rest == "_test") {
		e.replace(at(file.Name.Pos()), len(file.Name.Name), n.newRoot+rest)
	}
	end := at(file.Name.End())
	if m := importComment.FindSubmatchIndex(src[end:]); m != nil {
		if imported := string(src[end+m[2] : end+m[3]]); n.owns(imported) {
			e.replace(end+m[2], len(imported), n.renamed(imported))
		}
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !n.owns(imported) {
			continue
		}
		quote := spec.Path.Value[:1]
		text := quote + n.renamed(imported) + quote
		if imported == n.path && spec.Name == nil && n.newRoot != "" {
			text = n.root + " " + text // because the file uses it by that name
		}
		e.replace(at(spec.Path.Pos()), len(spec.Path.Value), text)
	}
	return e, nil
}

// importComment matches what may follow a package clause, and the path in it.
var importComment = lazyregexp.New(`^[ \t]*(?://|/\*)[ \t]*import[ \t]+"([^"\n]*)"`)

// isIgnored reports whether a file is marked as no part of its package:
// //go:build ignore.
func isIgnored(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if c.Pos() > file.Package {
				return false
			}
			if !constraint.IsGoBuild(c.Text) && !constraint.IsPlusBuild(c.Text) {
				continue
			}
			if expr, err := constraint.Parse(c.Text); err == nil && needsIgnore(expr) {
				return true
			}
		}
	}
	return false
}

func needsIgnore(expr constraint.Expr) bool {
	switch e := expr.(type) {
	case *constraint.TagExpr:
		return e.Tag == "ignore"
	case *constraint.AndExpr:
		return needsIgnore(e.X) || needsIgnore(e.Y)
	case *constraint.OrExpr:
		return needsIgnore(e.X) && needsIgnore(e.Y)
	}
	return false
}

// edits are replacements in a text that do not overlap.
type edits struct {
	src  []byte
	list []edit
}

type edit struct {
	at, length int // of what is replaced, in bytes
	text       string
}

func (e *edits) replace(at, length int, text string) {
	e.list = append(e.list, edit{at, length, text})
}

// lastToken replaces the last token of a line of go.mod. Quotes around it stay. It
// fails where the token is written with an escape.
func (e *edits) lastToken(line *modfile.Line, text string) (ok bool) {
	at := line.Start.Byte
	for i, t := range line.Token {
		next := bytes.Index(e.src[at:line.End.Byte], []byte(t))
		if next < 0 {
			return false
		}
		at += next
		if i == len(line.Token)-1 {
			e.replace(at, len(t), text)
		}
		at += len(t)
	}
	return true
}

func (e *edits) sort() {
	slices.SortFunc(e.list, func(a, b edit) int { return cmp.Compare(a.at, b.at) })
}

// apply returns the text, which is src itself where nothing is replaced.
func (e *edits) apply() []byte {
	if len(e.list) == 0 {
		return e.src
	}
	e.sort()
	out, done := make([]byte, 0, len(e.src)+64), 0
	for _, one := range e.list {
		out = append(append(out, e.src[done:one.at]...), one.text...)
		done = one.at + one.length
	}
	return append(out, e.src[done:]...)
}
