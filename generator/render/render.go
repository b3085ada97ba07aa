// Package render fills a pack's templates with answers. It is pure: the same
// pack and answers give the same bytes, on every machine, every time.
//
// Templates are text/template with an allow-list of functions. What could make
// them endless, huge or different from run to run is refused before any of them
// runs. What they do then is counted, and has a limit. Nothing is formatted here, or a
// project's pristine tree would depend on the version of a formatter.
package render

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Caps, in bytes: of the source of all templates of a pack, of those that are
// wrong, and of all files of a project. See tooLong for what one template writes.
const (
	maxSources = 32 << 20
	maxFaulty  = 1 << 20
	maxOutput  = 512 << 20
)

// A Pack is a pack whose templates are parsed and vetted.
type Pack struct {
	pack      pack.Pack
	name      string // shown before paths in messages
	templates *templateSet
	files     []file
	next      *template.Template
	values    []*template.Template // of pack.Values, in their order
	refusals  []*template.Template // the conditions of pack.Refuse, in its order
	module    *goModule            // what the pack is, where it has no templates
	parsed    map[string][]byte    // what the last run wrote that parses, by path
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
func Compile(ctx context.Context, p pack.Pack, display string) (*Pack, error) {
	c := compiler{templates: newTemplateSet(p)}
	compiled := &Pack{pack: p, name: display, templates: c.templates, parsed: make(map[string][]byte)}
	for i, v := range p.Values {
		compiled.values = append(compiled.values, c.value(p, i, p.At(display, v.Text)+": value "+v.Name))
	}
	if p.Module != "" {
		compiled.module = newGoModule(p)
		p.Files = tree.Tree{} // of which none is compiled
	}
	compiled.files = make([]file, 0, p.Files.Len())
	for source := range p.Files.All() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.errs.full() {
			return nil, c.errs.join()
		}
		compiled.files = append(compiled.files, c.file(p, source, display))
	}
	compiled.next = c.parse(p.At(display, p.Next)+": next", p.Next)
	for _, r := range p.Refuse {
		compiled.refusals = append(compiled.refusals, c.parse(p.At(display, r.When)+": refuse", r.When))
	}
	for _, q := range p.Questions {
		c.parse(p.At(display, q.When)+": when", q.When)
		if text, ok := q.Default.(string); ok {
			c.parse(p.At(display, text)+": default", text)
		}
	}
	return compiled, c.errs.join()
}

type compiler struct {
	templates *templateSet
	size      int // of all sources, in bytes
	faulty    int // of those that are wrong
	hinted    bool
	errs      problems
}

func (c *compiler) file(p pack.Pack, source tree.File, display string) file {
	at := p.FileAt(display, source)
	target := p.Target(source.Path)
	f := file{at: at, source: source, target: target}
	if strings.Contains(target.To, "{{") { // most paths say no more than where the file is in the pack
		name := at + ": destination"
		if target.Rule != "" {
			name = p.At(display, target.Rule) + ": to"
		}
		f.to = c.parse(name, target.To)
	}
	for _, when := range target.Whens {
		f.whens = append(f.whens, c.parse(p.At(display, when)+": when", when))
	}
	if !strings.HasSuffix(source.Path, pack.TemplateSuffix) {
		return f
	}
	if c.size += len(source.Data); c.size > maxSources {
		c.errs.end(fmt.Errorf("%s: the templates up to here have more than %d MiB", at, maxSources>>20))
		return f
	}
	var err error
	if f.body, err = c.templates.parse(at, string(source.Data), target.Delims); err != nil {
		c.fail(c.hintDelims(err, source))
		if c.faulty += len(source.Data); c.faulty > maxFaulty {
			c.errs.enough()
		}
	}
	return f
}

// value parses a value, and refuses what goes round in circles: one may use only
// those above it. Whatever uses the value then needs those, too.
func (c *compiler) value(p pack.Pack, i int, name string) *template.Template {
	t, err := c.templates.parse(name, p.Values[i].Text, [2]string{})
	if c.fail(err); err != nil {
		return nil
	}
	for _, other := range c.templates.uses[t] {
		switch {
		case other == i:
			c.fail(fmt.Errorf("%s uses itself", name))
		case other > i:
			c.fail(fmt.Errorf("%s uses %s, which is computed later: a value may use those above it", name, p.Values[other].Name))
		}
	}
	return t
}

func (c *compiler) parse(name, text string) *template.Template {
	t, err := c.templates.shared(name, text)
	c.fail(err)
	return t
}

func (c *compiler) fail(err error) {
	if errors.Is(err, errTooManyNodes) || errors.Is(err, errTooMuchText) {
		c.errs.end(err)
		return
	}
	c.errs.add(err)
}

// Limits on what is said of one pack.
const (
	maxProblems = 50
	maxMessage  = 1000 // bytes: an error quotes what may be half a megabyte
)

type problems struct {
	list []error
	done bool
}

func (p *problems) add(err error) {
	said := func(other error) bool { return err.Error() == other.Error() } // of a folder, by another file in it
	if err == nil || p.full() || slices.ContainsFunc(p.list, said) {
		return
	}
	if p.list = append(p.list, err); len(p.list) == maxProblems {
		p.enough()
	}
}

func (p *problems) enough() { p.end(fmt.Errorf("and maybe more: mend these %d first", len(p.list))) }

func (p *problems) end(err error) {
	if !p.done {
		p.list, p.done = append(p.list, err), true
	}
}

func (p *problems) full() bool { return p.done }

func (p *problems) join() error { return problem.AsInput(errors.Join(p.list...)) }

// countFromOne returns a place as others say it, because the columns of text/template
// count from 0.
func countFromOne(place string) string {
	at := strings.LastIndexByte(place, ':') + 1
	column, err := strconv.Atoi(place[at:])
	if err != nil {
		return place
	}
	return place[:at] + strconv.Itoa(column+1)
}

// positioned drops what text/template says before the position, so that an
// error starts with web/files/main.go.tmpl:12:8. It leaves out the middle of what
// nobody would read.
func positioned(err error) error {
	text, ok := strings.CutPrefix(err.Error(), "template: ")
	if !ok && len(text) <= maxMessage {
		return err
	}
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage/2]+" … "+text[len(text)-maxMessage/2:], "")
	}
	return errors.New(text)
}
