package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A templateSet makes vetted templates. What they may contain bounds what they
// can cost: no templates of their own (they could recurse), no range but over a
// list of choices or a split string, no function outside the allow-list.
type templateSet struct {
	questions []pack.Question
	named     map[string]pack.Question
	values    map[string]int               // their places in the pack
	known     map[string]parsed            // texts of the manifest
	size      int                          // of them, in bytes
	uses      map[*template.Template][]int // which values each needs, also for those, in their order
	base      *template.Template           // has the functions
	nodes     int                          // of all templates
	meter     *meter                       // whose account the functions are on
}

type parsed struct {
	template *template.Template
	err      error
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

// maxShared caps the texts of the manifest, in bytes: a folder's destination is
// another one for every file in it.
const maxShared = 16 << 20

var errTooMuchText = fmt.Errorf("the conditions, destinations and defaults of a pack have more than %d MiB, counting a folder's destination for every file in it", maxShared>>20)

func newTemplateSet(p pack.Pack) *templateSet {
	base := template.New("").Option("missingkey=error")
	named := make(map[string]pack.Question, len(p.Questions))
	for _, q := range p.Questions {
		named[q.Name] = q
	}
	values := make(map[string]int, len(p.Values))
	for i, v := range p.Values {
		values[v.Name] = i
	}
	return &templateSet{
		questions: p.Questions, named: named, values: values,
		known: map[string]parsed{}, uses: map[*template.Template][]int{}, base: base,
	}
}

// shared is parse for a text of the manifest, of which there is one template: a
// folder's condition comes with every file in it. Its errors start with the name
// under which the text was first seen.
func (s *templateSet) shared(name, text string) (*template.Template, error) {
	if p, ok := s.known[text]; ok {
		return p.template, p.err
	}
	if s.size += len(text); s.size > maxShared {
		return nil, fmt.Errorf("%s: %w", name, errTooMuchText)
	}
	t, err := s.parse(name, text, [2]string{})
	s.known[text] = parsed{t, err}
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
	v := vetter{tree: tree, questions: s.questions, named: s.named, values: s.values}
	if v.walk(tree.Root, 0); v.err != nil {
		return nil, v.err
	}
	if s.nodes += instrument(tree.Root); s.nodes > maxNodes {
		return nil, fmt.Errorf("%s: %w", name, errTooManyNodes)
	}
	t, err := s.base.AddParseTree(name, tree)
	s.uses[t] = v.uses
	return t, err
}

// foreign are marks of other languages that use {{ themselves: GitHub's
// expressions, Handlebars, Hugo, Jinja, Helm.
var foreign = []string{"${{", "{{{", "{{#", "{{^", "{{!", "{{>", "{{<", "{{%", "{%", ".Values", ".Release", ".Chart"}

// odd is what errors say of what nobody would write who meant this language: an
// unknown function or variable, and signs that it has not.
var odd = []string{": there are ", alone, "undefined variable", "bad character", "malformed character constant"}

// alone is said of a function without an argument, as {{ title }} is, which to others
// is a variable.
const alone = " has no argument"

// hintDelims adds to the error of a template that the file's own {{ may be meant
// for somebody else, and the rule that says so. It is said once.
func (c *compiler) hintDelims(err error, source tree.File) error {
	text := string(source.Data)
	isForeign := slices.ContainsFunc(foreign, func(mark string) bool { return strings.Contains(text, mark) })
	isOdd := slices.ContainsFunc(odd, func(said string) bool { return strings.Contains(err.Error(), said) })
	if c.hinted || !isForeign && !isOdd {
		return err
	}
	c.hinted = true
	left, right := unusedDelims(text)
	return problem.WithHint(err, `a file that has {{ of its own takes other delimiters, by a rule in %s: files: [{path: %q, delims: [%q, %q]}]`,
		pack.ManifestFile, source.Path, left, right)
}

func unusedDelims(text string) (left, right string) {
	for _, pair := range [][2]string{{"[[", "]]"}, {"<%", "%>"}, {"<<", ">>"}} {
		if !strings.Contains(text, pair[0]) && !strings.Contains(text, pair[1]) {
			return pair[0], pair[1]
		}
	}
	for n := 1; n < 100; n++ {
		if left, right = fmt.Sprintf("<%d<", n), fmt.Sprintf(">%d>", n); !strings.Contains(text, left) && !strings.Contains(text, right) {
			return left, right
		}
	}
	return "LEFT", "RIGHT" // a text that has them all was made for it
}

type vetter struct {
	tree      *parse.Tree
	questions []pack.Question
	named     map[string]pack.Question
	values    map[string]int
	uses      []int // of values, each once
	err       error
}

func (v *vetter) fail(n parse.Node, format string, args ...any) {
	if v.err == nil {
		at, _ := v.tree.ErrorContext(n)
		v.err = positioned(fmt.Errorf("%s: %s", countFromOne(at), fmt.Sprintf(format, args...)))
	}
}

func (v *vetter) walk(n parse.Node, ranges int) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			v.walk(child, ranges)
		}
	case *parse.ActionNode:
		v.pipe(n.Pipe)
	case *parse.IfNode:
		v.branch(&n.BranchNode, ranges)
	case *parse.WithNode:
		v.branch(&n.BranchNode, ranges)
	case *parse.RangeNode:
		v.rangeOver(n)
		if ranges == maxRanges {
			v.fail(n, "range is nested more than %d deep", maxRanges)
		}
		v.branch(&n.BranchNode, ranges+1)
	case *parse.TemplateNode:
		v.fail(n, "template is not available: a template inside a template could call itself")
	}
}

func (v *vetter) branch(b *parse.BranchNode, ranges int) {
	v.pipe(b.Pipe)
	v.walk(b.List, ranges)
	v.walk(b.ElseList, ranges)
}

// rangeOver keeps loops to lists whose length the pack or the answer's cap
// bounds: range over a number could run for ever without writing a byte.
func (v *vetter) rangeOver(n *parse.RangeNode) {
	if len(n.Pipe.Cmds) == 1 {
		switch arg := n.Pipe.Cmds[0].Args[0].(type) {
		case *parse.FieldNode:
			if v.isList(arg.Ident[0]) {
				return
			}
		case *parse.VariableNode:
			if arg.Ident[0] == "$" && len(arg.Ident) > 1 && v.isList(arg.Ident[1]) {
				return
			}
		case *parse.IdentifierNode:
			if arg.Ident == "splitList" {
				return
			}
		}
	}
	v.fail(n, "range is for a question of type choices or for splitList")
}

// isList reports whether an answer may be walked. What no question gives is
// reported elsewhere.
func (v *vetter) isList(name string) bool {
	q, ok := v.named[name]
	_, isValue := v.values[name]
	return q.Type == pack.Choices || !ok && !isValue
}

func (v *vetter) pipe(p *parse.PipeNode) {
	indexes := slices.ContainsFunc(p.Cmds, func(c *parse.CommandNode) bool {
		f, ok := c.Args[0].(*parse.IdentifierNode)
		return ok && f.Ident == "index"
	})
	for i, cmd := range p.Cmds {
		if f, ok := cmd.Args[0].(*parse.IdentifierNode); ok && i == 0 && len(cmd.Args) == 1 {
			v.fail(f, "function %q%s", f.Ident, alone)
		}
		for _, arg := range cmd.Args {
			v.argument(arg)
			if key, ok := arg.(*parse.StringNode); ok && indexes {
				v.use(key.Text) // as in {{ index . "unit" }}
			}
		}
	}
}

func (v *vetter) argument(n parse.Node) {
	switch n := n.(type) {
	case *parse.PipeNode:
		v.pipe(n)
	case *parse.ChainNode:
		v.argument(n.Node)
		v.field(n, n.Field[0])
	case *parse.FieldNode:
		v.field(n, n.Ident[0])
	case *parse.VariableNode:
		if len(n.Ident) > 1 { // of a variable that is all answers, since nothing else has fields
			v.field(n, n.Ident[1])
		}
	}
}

// use notes that there must be a value, and reports whether name is one.
func (v *vetter) use(name string) bool {
	i, ok := v.values[name]
	if ok && !slices.Contains(v.uses, i) {
		v.uses = append(v.uses, i)
	}
	return ok
}

// An UnknownNameError says that a template takes what no question and no value gives.
type UnknownNameError struct{ error }

func (e UnknownNameError) Unwrap() error { return e.error }

func (v *vetter) failUnknown(n parse.Node, format string, args ...any) {
	v.fail(n, format, args...)
	v.err = UnknownNameError{v.err}
}

// field finds answers that no question gives, also in branches that these
// answers do not take, and notes which values there must be.
func (v *vetter) field(n parse.Node, name string) {
	if _, ok := v.named[name]; ok || v.err != nil {
		return
	}
	if v.use(name) {
		return
	}
	if q, ok := (pack.Pack{Questions: v.questions}).Renamed(name); ok {
		v.failUnknown(n, "the question %s is called %s now", name, q.Name)
		return
	}
	names := make([]string, 0, len(v.questions)+len(v.values))
	for _, q := range v.questions {
		names = append(names, q.Name)
	}
	what := "question"
	if len(v.values) > 0 {
		names, what = slices.AppendSeq(names, maps.Keys(v.values)), "question or value"
		slices.Sort(names)
	}
	v.failUnknown(n, "no %s is called %q%s", what, name, problem.DidYouMean(name, names))
}
