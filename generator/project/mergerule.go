package project

import (
	"slices"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// A mergeRule is a line below merge in scaffold.yaml.
type mergeRule struct {
	pattern string // see pack.MatchPattern
	byLines bool
}

// ways are what such a line may say, the usual first.
var ways = []string{"structure", "lines"}

var (
	aWay       = strictyaml.Words(ways...)
	mergeRules = strictyaml.Either(strictyaml.Value{Type: "null"}, strictyaml.Value{Type: "object", Each: &aWay})
)

// maxMergeRules is a cap, because each is compared with each file that is merged.
const maxMergeRules = 100

func decodeMergeRules(node strictyaml.Node) []mergeRule {
	if node.IsNull() {
		return nil
	}
	entries := node.Map()
	if len(entries) > maxMergeRules {
		node.Errorf("merge has %d patterns, more than %d", len(entries), maxMergeRules)
		return nil
	}
	var rules []mergeRule
	for _, e := range entries {
		pattern := tree.Compose(e.Key)
		if pattern == "" {
			e.Name.Errorf("merge has an empty pattern")
		}
		pack.CheckPattern(e.Name, pattern, "where scaffold.yaml is")
		way := ""
		if e.Value.IsString() {
			way = e.Value.Text()
		}
		if !slices.Contains(ways, way) {
			e.Value.Errorf("want %s%s", strings.Join(ways, " or "), problem.DidYouMean(way, ways))
		}
		rules = append(rules, mergeRule{pattern, way == "lines"})
	}
	return rules
}

// ByLines reports whether a file is to be merged by lines alone, as scaffold.yaml has
// it. The last pattern that matches decides.
func (c Config) ByLines(path string) bool {
	for _, r := range slices.Backward(c.merges) {
		if _, ok := pack.MatchPattern(r.pattern, path); ok {
			return r.byLines
		}
	}
	return false
}

// formatMergeRules returns what stands below merge, for comparing.
func formatMergeRules(node strictyaml.Node) string {
	if node.IsNull() {
		return ""
	}
	var lines []string
	for _, e := range node.Map() {
		lines = append(lines, e.Key+": "+e.Value.Text())
	}
	return strings.Join(lines, "\n")
}
