package project

import (
	"strings"
	"unicode"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A Config is a scaffold.yaml: what the project should be.
type Config struct {
	File    tree.File // as it stands on disk
	Source  string    // what --pack said: a name, or a folder relative to the project
	Version string
	answers strictyaml.Entry
	doc     *strictyaml.Doc
}

// maxConfig caps scaffold.yaml, in bytes.
const maxConfig = 256 << 10

// parseConfig reads scaffold.yaml. All problems are returned at once.
func parseConfig(f tree.File) (Config, error) {
	doc, root, err := strictyaml.Parse(f.Path, f.Data)
	if err != nil {
		return Config{}, problem.AsInput(err)
	}
	c := Config{File: f, doc: doc}
	for _, e := range root.Map() {
		switch e.Key {
		case "schema":
			if n := e.Value.Int(); n > Schema {
				e.Value.Errorf("schema %d, and this scaffold reads %d: use the scaffold that wrote it, or a newer one", n, Schema)
			}
		case "pack":
			c.Source = e.Value.Text()
			if strings.ContainsFunc(c.Source, unicode.IsControl) { // messages name it
				e.Value.Errorf("pack %q has a control character", c.Source)
			}
		case "version":
			c.Version = e.Value.Text()
			if v := "v" + c.Version; c.Version != "" && semver.Canonical(v) != v {
				e.Value.Errorf("%q is no semantic version: want three numbers, as in 1.0.0", c.Version)
			}
		case "answers":
			c.answers = e
		default:
			e.Name.Errorf("unknown key %q%s", e.Key, problem.DidYouMean(e.Key, keys))
		}
	}
	if doc.Err() == nil {
		c.lacks(root)
	}
	return c, problem.AsInput(doc.Err())
}

var keys = []string{"pack", "version", "answers"}

func (c Config) lacks(root strictyaml.Node) {
	has := map[string]bool{}
	for _, e := range root.Map() {
		has[e.Key] = true
	}
	for _, key := range keys {
		if !has[key] {
			root.Errorf("lacks %s", key)
		}
	}
	for key, value := range map[string]string{"pack": c.Source, "version": c.Version} {
		if has[key] && value == "" {
			root.Errorf("%s is empty", key)
		}
	}
}

// Layer returns the answers as p's questions type them. Names that p does not
// ask for are in it too.
func (c Config) Layer(p pack.Pack) (answer.Layer, error) {
	if c.answers.Value.IsNull() {
		return nil, nil
	}
	layer := answer.FromNode(c.File.Path, c.answers.Value, p)
	for i := range layer {
		layer[i].Where += ": " + layer[i].Name
	}
	return layer, problem.AsInput(c.doc.Err())
}

// Answers returns the answers as they stand there, each as on a command line. It
// knows of no pack, so what is no scalar or list is left out.
func (c Config) Answers() map[string]string {
	r, err := read(c.File.Data)
	if err != nil {
		return nil
	}
	answers := make(map[string]string)
	for _, e := range r.answers {
		answers[e.Key] = answer.Format(plainValue(e.Value))
	}
	return answers
}
