// Package render fills a pack's templates with answers. It is pure: the same
// pack and answers give the same bytes, on every machine, every time.
//
// Templates are text/template with an allow-list of functions. What could make
// them slow, huge or different from run to run is refused before any of them
// runs: see vet.go. Nothing is formatted here, or a project's pristine tree
// would depend on the version of a formatter.
package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// maxOutput caps what one render writes, in bytes.
const maxOutput = 512 << 20

// A Pack is a pack whose templates are parsed and vetted.
type Pack struct {
	pack      pack.Pack
	name      string // shown before paths in messages
	templates *templateSet
	files     []file
	next      *template.Template
	nots      []*template.Template // the conditions of pack.Refuse, in its order
}

type file struct {
	at     string // shown before messages
	source tree.File
	target pack.Target
	body   *template.Template // nil: copied as it is
	to     *template.Template // nil: target.To is the path
	whens  []*template.Template
}

// Compile parses every template of p: files, destinations, conditions and the
// closing text. All that is wrong is returned at once, as input errors.
func Compile(p pack.Pack, display string) (*Pack, error) {
	c := compiler{templates: newTemplateSet(p.Questions)}
	compiled := &Pack{pack: p, name: display, templates: c.templates}
	for source := range p.Files.All() {
		compiled.files = append(compiled.files, c.file(source, p.Target(source.Path), display))
	}
	compiled.next = c.parse(display+"/"+pack.ManifestFile+": next", p.Next)
	for _, r := range p.Refuse {
		compiled.nots = append(compiled.nots, c.parse(display+"/"+pack.ManifestFile+": refuse", r.When))
	}
	for _, q := range p.Questions {
		at := fmt.Sprintf("%s/%s: question %s", display, pack.ManifestFile, q.Name)
		c.parse(at+": when", q.When)
		if text, ok := q.Default.(string); ok {
			c.parse(at+": default", text)
		}
	}
	return compiled, problem.AsInput(errors.Join(c.errs...))
}

type compiler struct {
	templates *templateSet
	errs      []error
}

func (c *compiler) file(source tree.File, target pack.Target, display string) file {
	at := display + "/" + pack.FilesFolder + "/" + source.Path
	f := file{at: at, source: source, target: target}
	if strings.Contains(target.To, "{{") { // most paths say no more than where the file is in the pack
		f.to = c.parse(at+": destination", target.To)
	}
	for _, when := range target.Whens {
		f.whens = append(f.whens, c.parse(at+": when", when))
	}
	if strings.HasSuffix(source.Path, pack.TemplateSuffix) {
		var err error
		f.body, err = c.templates.parse(at, string(source.Data), target.Delims)
		c.fail(err)
	}
	return f
}

func (c *compiler) parse(name, text string) *template.Template {
	t, err := c.templates.shared(name, text)
	c.fail(err)
	return t
}

func (c *compiler) fail(err error) {
	if err != nil {
		c.errs = append(c.errs, err)
	}
}

// Eval evaluates a text of the pack's manifest over answers: an [answer.Eval].
func (p *Pack) Eval(text string, data map[string]any) (string, error) {
	t, err := p.templates.shared(p.name, text)
	if err != nil {
		return "", err
	}
	out, err := execute(t, data)
	if err != nil {
		err = unnamed{err, t.Name()}
	}
	return out, err
}

// An unnamed error is one of a template without the template's name, since who
// asks knows which text that was, and another place may have the same.
type unnamed struct {
	error
	name string
}

func (u unnamed) Error() string {
	text := strings.TrimPrefix(u.error.Error(), u.name+":")
	return strings.Replace(text, fmt.Sprintf("executing %q ", u.name), "", 1)
}

func (u unnamed) Unwrap() error { return u.error }

// Next returns the pack's closing text for the answers.
func (p *Pack) Next(a answer.Answers) (string, error) {
	return execute(p.next, a.Data())
}

// refused returns why the pack does not take these answers together.
func (p *Pack) refused(data map[string]any) error {
	var errs []error
	for i, not := range p.nots {
		text, err := execute(not, data)
		if err == nil && strings.TrimSpace(text) == "true" {
			err = problem.Input("%s", p.pack.Refuse[i].Say)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Render returns the files that the answers ask for, or why the pack does not
// take them. All templates are run before any error is returned.
func (p *Pack) Render(a answer.Answers) (tree.Tree, error) {
	data := a.Data()
	if err := p.refused(data); err != nil {
		return tree.Tree{}, problem.AsInput(err)
	}
	var files []tree.File
	var errs []error
	var size int64
	for _, f := range p.files {
		out, ok, err := f.render(data)
		if err != nil {
			errs = append(errs, err)
		}
		if !ok {
			continue
		}
		if size += int64(len(out.Data)); size > maxOutput {
			return tree.Tree{}, problem.Input("%s: writes more than %d MiB", p.name, maxOutput>>20)
		}
		files = append(files, out)
	}
	if err := errors.Join(errs...); err != nil {
		return tree.Tree{}, problem.AsInput(err)
	}
	rendered, err := tree.New(files...)
	if err != nil {
		return tree.Tree{}, problem.Input("%s: %w", p.name, err)
	}
	return rendered, nil
}

func (f file) render(data map[string]any) (out tree.File, ok bool, err error) {
	for _, when := range f.whens {
		text, err := execute(when, data)
		if err != nil {
			return out, false, err
		}
		if strings.TrimSpace(text) != "true" {
			return out, false, nil
		}
	}
	to := f.target.To
	if f.to != nil {
		if to, err = execute(f.to, data); err != nil {
			return out, false, err
		}
		again := func(data map[string]any) (string, error) { return execute(f.to, data) }
		if err := checkDestination(to, data, again); err != nil {
			return out, false, fmt.Errorf("%s: %w", f.at, err)
		}
	}
	out = tree.File{Path: to, Mode: f.target.Mode, Data: f.source.Data, Origin: f.source.Path, Once: f.target.Once}
	if f.body == nil {
		return out, true, nil
	}
	text, err := execute(f.body, data)
	if err != nil {
		return out, false, err
	}
	out.Data = []byte(text)
	return out, true, checkSyntax(f.body.Name(), out)
}

// execute runs t, stopping when it has written maxFileOutput bytes.
func execute(t *template.Template, data map[string]any) (string, error) {
	var out capped
	if err := t.Execute(&out, data); err != nil {
		return "", positioned(err)
	}
	return out.String(), nil
}

const maxFileOutput = 64 << 20

type capped struct{ bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > maxFileOutput {
		return 0, fmt.Errorf("writes more than %d MiB", maxFileOutput>>20)
	}
	return c.Buffer.Write(p)
}

// positioned drops what text/template says before the position, so that an
// error starts with web/files/main.go.tmpl:12:8.
func positioned(err error) error {
	if text, ok := strings.CutPrefix(err.Error(), "template: "); ok {
		return errors.New(text)
	}
	return err
}
