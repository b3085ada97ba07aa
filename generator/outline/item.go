package outline

import (
	"strings"

	"scaffold/generator/lazyregexp"
)

// What an item of a list is about, where its text says more than that.
var (
	// A requirement of PEP 508: "httpx[http2]>=0.27; python_version < '3.12'".
	requirement = lazyregexp.New(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:$|\(?\s*(?:[=~!<>]=|[<>])|;|@\s)`)
	// A package of another kind: "prettier@3.2.5", "actions/checkout@v4".
	pinned = lazyregexp.New(`^(@?[A-Za-z0-9._/-]+)@[v^~]?[0-9]`)
	// One of conda: "numpy=1.26", "python=3.12.*".
	conda = lazyregexp.New(`^([a-z][a-z0-9._-]*)=[0-9]`)
	// What is ignored in files: "tests/*:S101".
	perFile = lazyregexp.New(`^([^\s:]+):\s*[A-Z]{1,4}[0-9]{1,4}\b`)
	// A variable: "LOG_LEVEL=debug".
	variable = lazyregexp.New(`^([A-Z][A-Z0-9_]*)=`)

	dashes = lazyregexp.New(`[-_.]+`)
)

// itemKey returns what tells an item of a list, given without quotes, from the others:
// the name that it gives a version or a value, or its text.
func itemKey(text string) string {
	text = strings.TrimSpace(text)
	if m := requirement.FindStringSubmatch(text); m != nil {
		return dashes.ReplaceAllString(strings.ToLower(m[1]), "-") // as PEP 503 compares names
	}
	for _, named := range []*lazyregexp.Regexp{pinned, conda, perFile, variable} {
		if m := named.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return text
}

// sets are lists of whose name it is told that the order of their items does not count.
var sets = words(`
	authors maintainers contributors keywords classifiers topics tags labels dynamic
	dependencies requires requirements build-requires install_requires setup_requires tests_require additional_dependencies
	include exclude extend-include extend-exclude files omit source testpaths workspaces members default-members
	select extend-select ignore extend-ignore exclude_lines exclude_also markers features known-first-party known-third-party
	lib types recommendations unwantedrecommendations extensions forwardports runservices
	words ignorewords branches assignees reviewers
`)

// setsBelow are tables of which each list is such a one.
var setsBelow = words("optional-dependencies dependency-groups extras extras_require")

func words(text string) map[string]bool {
	all := make(map[string]bool)
	for _, w := range strings.Fields(text) {
		all[w] = true
	}
	return all
}

// isSet reports whether the order of a list does not count, by its path with dots between
// the keys: which of two new items comes first can be chosen then. Of others it is not
// known, or it does.
func isSet(path string) bool {
	above, name := "", path
	if at := strings.LastIndexByte(path, '.'); at >= 0 {
		above, name = path[:at], path[at+1:]
	}
	return sets[strings.ToLower(name)] || setsBelow[above[strings.LastIndexByte(above, '.')+1:]]
}
