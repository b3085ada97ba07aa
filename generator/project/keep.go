package project

import (
	"slices"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A KeepPattern is a line below keep in scaffold.yaml.
type KeepPattern struct {
	Pattern string // see pack.MatchPattern
	Line    int
}

var (
	keepPatterns = strictyaml.Either(strictyaml.Value{Type: "null"}, strictyaml.List(strictyaml.Form(`^[^!/]`)))
	aVersion     = strictyaml.Form(`^v?[0-9]+\.[0-9]+\.[0-9]+`)
	declines     = strictyaml.Either(strictyaml.Value{Type: "null"}, aVersion, strictyaml.List(aVersion))
)

// Caps, because each pattern is compared with each file, and each version with each
// that there is.
const (
	maxKeepPatterns = 100
	maxDeclined     = 1000
)

func decodeKeep(node strictyaml.Node) []KeepPattern {
	if node.IsNull() {
		return nil
	}
	if node.IsString() {
		node.Errorf("want a list of patterns, as in keep: [%s]", node.Text())
		return nil
	}
	list := node.List()
	if len(list) > maxKeepPatterns {
		node.Errorf("keep has %d patterns, more than %d", len(list), maxKeepPatterns)
		return nil
	}
	var keep []KeepPattern
	for _, item := range list {
		pattern := tree.Compose(item.Text())
		if item.IsString() {
			checkKeep(item, pattern)
		}
		line, _ := item.Position()
		keep = append(keep, KeepPattern{pattern, line})
	}
	return keep
}

// checkKeep refuses a pattern that cannot be meant.
func checkKeep(node strictyaml.Node, pattern string) {
	top, _, _ := strings.Cut(pattern, "/")
	_, config := pack.MatchPattern(pattern, tree.ConfigFile)
	_, state := pack.MatchPattern(pattern, tree.BaseFile)
	switch {
	case pattern == "":
		node.Errorf("keep has an empty pattern")
	case strings.HasPrefix(pattern, "!"):
		node.Errorf("pattern %q: keep has no exceptions: list what is to be kept, and nothing else", pattern)
	case tree.Fold(pattern) == tree.Fold(tree.ConfigFile), tree.Fold(top) == tree.Fold(tree.StateFolder):
		node.Errorf("pattern %q: scaffold writes that itself, and the template does not: leave it out", pattern)
	case config && state:
		node.Errorf("pattern %q keeps every file, so that nothing could ever be regenerated: name folders or files", pattern)
	case strings.Contains(pattern, `\`) && !strings.ContainsAny(pattern, "*?["):
		node.Errorf("pattern %q has a backslash: folders are separated by /", pattern)
	case strings.ContainsFunc(pattern, problem.IsControl):
		node.Errorf("pattern %q has a control character", pattern)
	default:
		pack.CheckPattern(node, pattern, "where scaffold.yaml is")
	}
}

// Keeps reports whether scaffold.yaml says that the template is to leave a path alone.
func (c Config) Keeps(path string) bool {
	return slices.ContainsFunc(c.Keep, func(k KeepPattern) bool { return k.matches(path) })
}

func (k KeepPattern) matches(path string) bool {
	_, ok := pack.MatchPattern(k.Pattern, path)
	return ok
}

// IdleKeeps returns the patterns that none of the paths match, because each may be a
// slip.
func (c Config) IdleKeeps(paths []string) []KeepPattern {
	return slices.DeleteFunc(slices.Clone(c.Keep), func(k KeepPattern) bool {
		return slices.ContainsFunc(paths, k.matches)
	})
}

// A Decline is a version that is not wanted.
type Decline struct {
	Version string // without v
	Line    int
}

func decodeDeclines(node strictyaml.Node) []Decline {
	if node.IsNull() {
		return nil
	}
	list := []strictyaml.Node{node}
	if node.IsList() {
		list = node.List()
	}
	if len(list) > maxDeclined {
		node.Errorf("decline has %d versions, more than %d", len(list), maxDeclined)
		return nil
	}
	var declines []Decline
	for _, item := range list {
		said := item.Version()
		version := strings.TrimPrefix(said, "v")
		if item.IsString() && !isVersion(version) {
			item.Errorf("%q is no version: decline takes versions in full, as in 1.0.0, and no ranges", said)
		}
		line, _ := item.Position()
		declines = append(declines, Decline{version, line})
	}
	return declines
}

// Declined returns the line in which scaffold.yaml declines a version; 0 for none.
func (c Config) Declined(version string) int {
	for _, d := range c.Declines {
		if d.Version == strings.TrimPrefix(version, "v") {
			return d.Line
		}
	}
	return 0
}
