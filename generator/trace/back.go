package trace

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/render"
	"scaffold/generator/tree"
)

// A Backport is what of the changes to a file its template can have.
type Backport struct {
	Path     string   `json:"path" says:"the file, from the project's folder"`
	Template string   `json:"template,omitempty" says:"as a path from the pack's folder, which begins with .. where the pack includes it; if the pack is at hand"`
	Changes  []Change `json:"changes" says:"what you changed, in its order; none of a file that is copied as it is"`
	Refused  string   `json:"refused,omitempty" says:"why the template can have none of it, whatever the lines"`
	Notes    []string `json:"notes,omitempty" says:"what to look at"`
	Same     bool     `json:"same,omitempty" says:"whether the file is as the template wrote it"`

	before, after []byte // the template
	dir           string // the pack's folder in what the pack comes from
}

// Whole reports whether the template can have all that was changed.
func (g Backport) Whole() bool {
	return g.Refused == "" && !slices.ContainsFunc(g.Changes, func(c Change) bool { return c.Refused != "" })
}

// Back makes of the user's changes to files those of their templates that render to
// them. A file that no template wrote is an error.
func (s *Session) Back(ctx context.Context, names []string) ([]Backport, error) {
	var backports []Backport
	seen := make(map[string]bool)
	for _, name := range names {
		f, err := s.find(name)
		if err != nil {
			return nil, err
		}
		if f.base == nil {
			err := problem.Input("%s is yours: the template wrote no such file", name)
			return nil, problem.WithHint(err, "a new file of a pack is one below its folder files/: copy it there")
		}
		g, err := s.back(ctx, f)
		if err != nil {
			return nil, err
		}
		if !seen[g.Path] {
			backports, seen[g.Path] = append(backports, g), true
		}
	}
	return backports, nil
}

func (s *Session) back(ctx context.Context, f file) (Backport, error) {
	g := Backport{Path: f.at}
	l := s.load(ctx, f.version)
	if l.err == nil {
		g.Template, g.dir = l.pathFromPack(f.template), l.Source.Dir
	}
	copied := l.isCopied(f)
	if g.Refused = s.describe(f); g.Refused != "" && !(copied && g.Refused == binaryChanged) {
		return g, nil
	}
	if f.conflict != nil {
		g.Refused = "it has a conflict that is open: scaffold resolve decides it"
		return g, nil
	}
	ours := asBase(f.ours.Data, f.base.Data)
	if g.Same = bytes.Equal(ours, f.base.Data); g.Same {
		return g, nil
	}
	if l.err != nil {
		return g, problem.WithHint(fmt.Errorf("%s: %s %s wrote it, which cannot be rendered: %w", f.at, s.Project.Pack, f.version, l.err), "scaffold diff shows what you changed")
	}
	if tree.Executable(f.ours.Mode) != tree.Executable(f.base.Mode) {
		g.Notes = append(g.Notes, "its mode is yours, and not in the patch: mode in a rule of pack.yaml sets it")
	}
	g.Notes = append(g.Notes, l.noteSharers(f.template)...)
	if g.Refused = ""; copied {
		p, _ := l.Pack.Files.Find(f.template)
		g.before, g.after = p.Data, ours
		if !bytes.Equal(p.Data, f.base.Data) {
			g.Refused, g.after = l.unlike(f.version).Error(), p.Data
		}
		return g, nil
	}
	g.Changes = changesOf(f.base.Data, ours)
	t, err := s.trace(ctx, f)
	if err != nil {
		if ctx.Err() != nil {
			return g, ctx.Err()
		}
		g.Refused, _, _ = strings.Cut(err.Error(), "\n")
		return g, nil
	}
	p := prover{ctx: ctx, loaded: l, template: f.template, base: f.base.Data}
	c, d := p.best(t, g.Changes)
	g.Changes, g.before, g.after = d.changes, t.Source, c.source(d)
	for _, change := range d.changes {
		if note := c.noteCondition(change); note != "" && change.Refused == "" {
			g.Notes = append(g.Notes, note)
		}
	}
	if c.module == "" {
		g.Notes = append(g.Notes, noteAnswers(t, d.changes)...)
	}
	return g, ctx.Err()
}

// isCopied reports whether the pack copies a file as it is, whatever is answered.
func (l loaded) isCopied(f file) bool {
	return l.err == nil && l.Pack.Module == "" && !strings.HasSuffix(f.template, pack.TemplateSuffix)
}

// A prover renders a template with changes and compares.
type prover struct {
	ctx      context.Context
	template string
	base     []byte
	loaded
}

// best returns the draft in which the fewest changes are refused, and what carried it.
func (p prover) best(t render.Trace, changes []Change) (best carrier, most draft) {
	ways := []carrier{{Trace: t}, {Trace: t, inner: true}}
	if renamed, _ := t.Data["module"].(string); p.Pack.Module != "" && renamed != "" {
		ways = []carrier{{Trace: t, renamed: renamed, module: p.Pack.Module}, {Trace: t}}
	}
	for i, c := range ways {
		d := p.prove(c, changes)
		if i == 0 || countRefused(d) < countRefused(most) {
			best, most = c, d
		}
		if countRefused(most) == 0 {
			break
		}
	}
	return best, most
}

func countRefused(d draft) (n int) {
	for _, c := range d.changes {
		if c.Refused != "" {
			n++
		}
	}
	return n
}

// maxTries caps how often a template is rendered to find which change spoils it.
const maxTries = 100

// prove returns a draft that renders to what it says. If all changes together do not,
// they are tried one after the other.
func (p prover) prove(c carrier, changes []Change) draft {
	all := c.draftOf(changes)
	if p.renders(c, all) {
		return all
	}
	tried := draft{slices.Clone(all.changes), all.edits}
	for i := range tried.changes {
		if tried.changes[i].Refused == "" {
			tried.changes[i].Refused = notProved
		}
	}
	for i, change := range all.changes {
		if change.Refused != "" || i >= maxTries || p.ctx.Err() != nil {
			continue
		}
		next := draft{slices.Clone(tried.changes), all.edits}
		for j := range all.changes { // those in the same nodes go together
			if all.changes[j].Refused == "" && c.shareNode(all, i, j) {
				next.changes[j].Refused = ""
			}
		}
		if p.renders(c, next) {
			tried = next
		}
	}
	return tried
}

// shareNode reports whether two changes are in one node that was executed several
// times.
func (c carrier) shareNode(d draft, i, j int) bool {
	return i == j || slices.ContainsFunc(d.edits[i], func(a edit) bool {
		return slices.ContainsFunc(d.edits[j], func(b edit) bool { return c.Parts[a.part].Node == c.Parts[b.part].Node })
	})
}

func (p prover) renders(c carrier, d draft) bool {
	if len(d.changes) == countRefused(d) {
		return true
	}
	text := c.source(d)
	t, err := renderOne(p.ctx, p.Generator, p.answers, p.template, text)
	if err != nil && t.File.Data == nil {
		return false
	}
	return bytes.Equal(t.File.Data, applied(p.base, d.changes))
}

// leastNoted is how long an answer must be for its text not to be there by chance.
const leastNoted = 4

// noteAnswers names answers whose text stands in what is new, because the template
// might rather have the answer there.
func noteAnswers(t render.Trace, changes []Change) []string {
	var notes []string
	for _, name := range slices.Sorted(maps.Keys(t.Data)) {
		count := counterOf(t, name)
		if count == nil {
			continue
		}
		for _, c := range changes {
			if c.Refused == "" && count(c.text) > count(string(t.File.Data[c.start:c.end])) {
				notes = append(notes, fmt.Sprintf("line %d has %q, which is the answer %s here, and is text in the patch", c.Line, answer.Format(t.Data[name]), name))
				break
			}
		}
	}
	return notes
}

// counterOf returns what counts how often an answer stands in a text. A short one counts
// where it is a word, and only if the template writes it into the file: else it is there
// by chance, as is one that is no text. Nil counts none.
func counterOf(t render.Trace, name string) func(text string) int {
	_, isText := t.Data[name].(string)
	_, isNumber := t.Data[name].(int)
	said := answer.Format(t.Data[name])
	switch {
	case said == "" || !isText && !isNumber:
		return nil
	case isText && len(said) >= leastNoted:
		return func(text string) int { return strings.Count(text, said) }
	case !writes(t, name, said):
		return nil
	}
	return func(text string) (n int) {
		words := strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, word := range words {
			if word == said {
				n++
			}
		}
		return n
	}
}

// writes reports whether an action of the template writes an answer as it is.
func writes(t render.Trace, name, said string) bool {
	return slices.ContainsFunc(t.Parts, func(p render.Part) bool {
		return !p.Text && slices.Contains(p.Names, name) && string(t.File.Data[p.Start:p.End]) == said
	})
}

// noteSharers names packs beside this one that include the folder of its template.
func (l loaded) noteSharers(template string) []string {
	if !strings.HasPrefix(l.pathFromPack(template), outsidePack) {
		return nil
	}
	sharers := pack.Sharers(l.Source.Root, l.Source.Dir, l.pathInSource(template))
	if len(sharers) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("its template's folder is included by %s, too: what that writes is not proved", strings.Join(sharers, ", "))}
}

// A Patch is what backports change, and the folder that git apply takes it in.
type Patch struct {
	plan.Plan
	Pack string // the pack's folder from there: . or, with a template that the pack includes, as in packs/web
}

// PatchOf returns what the backports change. Its paths are from the pack's folder if all
// templates are in that.
func PatchOf(backports []Backport) Patch {
	p := Patch{Pack: "."}
	var given []Backport
	for _, g := range backports {
		if g.Refused == "" && !bytes.Equal(g.before, g.after) {
			given = append(given, g)
		}
	}
	for _, g := range given {
		if strings.HasPrefix(g.Template, outsidePack) {
			p.Pack = g.dir
		}
	}
	for _, g := range given {
		at := path.Join(p.Pack, g.Template)
		before := tree.File{Path: at, Mode: tree.ModeFile, Data: g.before}
		after := before
		after.Data = g.after
		p.Steps = append(p.Steps, plan.Step{Path: at, To: at, Verb: plan.Update, Ours: &before, After: &after})
	}
	return p
}

// folder returns where git apply takes the patch, from the pack's folder.
func (p Patch) folder() string {
	if p.Pack == "." {
		return p.Pack
	}
	return path.Join(slices.Repeat([]string{".."}, strings.Count(p.Pack, "/")+1)...)
}
