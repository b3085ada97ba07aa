package render

import (
	"fmt"
	"text/template"
	"text/template/parse"

	"scaffold/generator/pack"
)

// A templateSet makes vetted templates. What they may contain bounds what they
// can cost: no templates of their own (they could recurse), no range but over a
// list of choices or a split string, no function outside the allow-list.
type templateSet struct {
	questions []pack.Question
	named     map[string]pack.Question
	base      *template.Template            // has the functions
	known     map[string]*template.Template // texts of the manifest
	nodes     int                           // of all templates
	meter     *meter                        // whose account the functions are on
}

func (s *templateSet) account(m *meter) {
	if s.meter != m {
		s.meter = m
		s.base.Funcs(m.functions())
	}
}

// maxNodes caps the nodes of a pack's templates, because each takes some
// hundred bytes of memory and three letters of a text can make five of them.
const maxNodes = 500_000

var errTooManyNodes = fmt.Errorf("the templates of a pack have more than %d nodes, of which an action takes about five", maxNodes)

func newTemplateSet(questions []pack.Question) *templateSet {
	base := template.New("").Option("missingkey=error")
	named := make(map[string]pack.Question, len(questions))
	for _, q := range questions {
		named[q.Name] = q
	}
	return &templateSet{questions: questions, named: named, base: base, known: map[string]*template.Template{}}
}

// shared is parse for a text of the manifest, of which there is one template: a
// folder's condition comes with every file in it. Its errors start with the name
// under which the text was first seen.
func (s *templateSet) shared(name, text string) (*template.Template, error) {
	if t, ok := s.known[text]; ok {
		return t, nil
	}
	t, err := s.parse(name, text, [2]string{})
	if err == nil {
		s.known[text] = t
	}
	return t, err
}

// parse returns the template for a text. Its errors start with the name.
func (s *templateSet) parse(name, text string, delims [2]string) (*template.Template, error) {
	if err := scan(text, delims); err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	trees, err := parse.Parse(name, text, delims[0], delims[1], functions, builtins)
	if err != nil {
		return nil, explain(err)
	}
	if len(trees) > 1 {
		return nil, fmt.Errorf("%s:1:1: define and block are not available: a template inside a template could call itself", name)
	}
	tree := trees[name]
	v := vetter{tree: tree, questions: s.questions, named: s.named}
	if v.walk(tree.Root, 0); v.err != nil {
		return nil, v.err
	}
	if s.nodes += instrument(tree.Root); s.nodes > maxNodes {
		return nil, fmt.Errorf("%s: %w", name, errTooManyNodes)
	}
	return s.base.AddParseTree(name, tree)
}
