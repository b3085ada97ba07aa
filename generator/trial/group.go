package trial

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator/answer"
	"scaffold/generator/lazyregexp"
)

// A grouping collects projects by what happens to them.
type grouping map[string][]string

func (g grouping) add(what, project string) {
	if list := g[what]; what != "" && !slices.Contains(list, project) {
		g[what] = append(list, project)
	}
}

// sorted returns the groups, the largest first.
func (g grouping) sorted() []Group {
	var groups []Group
	for what, projects := range g {
		groups = append(groups, Group{what, projects})
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(len(b.Projects)-len(a.Projects), cmp.Compare(a.What, b.What))
	})
	return groups
}

func byCount(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Name, b.Name)) }

func byVersion(a, b Count) int {
	return cmp.Or(semver.Compare("v"+b.Name, "v"+a.Name), cmp.Compare(a.Name, b.Name))
}

func sortCounts(counts map[string]int, order func(a, b Count) int) []Count {
	var list []Count
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, Count{name, counts[name]})
	}
	slices.SortStableFunc(list, order)
	return list
}

// firstError returns the line of what a build said that names its first error, without
// what tells one project from others: its answers, and the line.
func firstError(output string, answers answer.Answers) string {
	const none = "it fails, and says nothing"
	lines := strings.FieldsFunc(output, func(r rune) bool { return r == '\n' })
	if len(lines) == 0 {
		return none
	}
	found := lines[len(lines)-1]
	for _, is := range []func(line string) bool{
		atLine.MatchString,
		func(line string) bool { return strings.Contains(strings.ToLower(line), "error") },
	} {
		if i := slices.IndexFunc(lines, is); i >= 0 {
			found = lines[i]
			break
		}
	}
	found = atLine.ReplaceAllString(strings.TrimSpace(found), "$1:")
	for _, a := range longestFirst(answers) {
		found = strings.ReplaceAll(found, a.text, "{{ ."+a.name+" }}")
	}
	return cmp.Or(found, none)
}

// atLine is how compilers name a place in a file: by its line, and often the column.
var atLine = lazyregexp.New(`(\.[A-Za-z0-9]+):\d+(?::\d+)?:`)

type named struct{ name, text string }

// longestFirst returns the answers by which a line of one project may differ from that
// of another, and that are no common word.
func longestFirst(answers answer.Answers) []named {
	var list []named
	for name, value := range answers.Data() {
		if text, ok := value.(string); ok && (name == "name" || name == "module") && len(text) > 2 {
			list = append(list, named{name, text})
		}
	}
	slices.SortFunc(list, func(a, b named) int { return cmp.Or(len(b.text)-len(a.text), cmp.Compare(a.name, b.name)) })
	return list
}
