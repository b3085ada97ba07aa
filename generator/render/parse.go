package render

import (
	"fmt"
	"text/template"
	"text/template/parse"

	"scaffold/generator/pack"
)

// A templateSet makes vetted templates. What they may contain bounds what they can
// cost: no templates of their own (they could recurse), no range but over a
// list of choices or a split string, no function outside the allow-list.
type templateSet struct {
	questions []pack.Question
	base      *template.Template            // has the functions
	known     map[source]*template.Template // a folder's condition comes with every file in it
}

type source struct {
	text   string
	delims [2]string
}

func newTemplateSet(questions []pack.Question) *templateSet {
	base := template.New("").Option("missingkey=error").Funcs(functions)
	return &templateSet{questions: questions, base: base, known: map[source]*template.Template{}}
}

// parse returns the template for a text. Its errors start with the name under
// which the text was first seen.
func (s *templateSet) parse(name, text string, delims [2]string) (*template.Template, error) {
	key := source{text, delims}
	if t, ok := s.known[key]; ok {
		return t, nil
	}
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
	v := vetter{tree: tree, questions: s.questions}
	if v.walk(tree.Root, 0); v.err != nil {
		return nil, v.err
	}
	t, err := s.base.AddParseTree(name, tree)
	s.known[key] = t
	return t, err
}
