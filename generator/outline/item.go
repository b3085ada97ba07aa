package outline

import (
	"regexp"
	"strings"
)

// What an item of a list is about, where its text says more than that.
var (
	// A requirement of PEP 508: "httpx[http2]>=0.27; python_version < '3.12'".
	requirement = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:$|\(?\s*(?:[=~!<>]=|[<>])|;|@\s)`)
	// A package of another kind: "prettier@3.2.5", "actions/checkout@v4".
	pinned = regexp.MustCompile(`^(@?[A-Za-z0-9._/-]+)@[v^~]?[0-9]`)
	// A variable: "LOG_LEVEL=debug".
	variable = regexp.MustCompile(`^([A-Z][A-Z0-9_]*)=`)

	dashes = regexp.MustCompile(`[-_.]+`)
)

// itemKey returns what tells an item of a list, given without quotes, from the others:
// the name that it gives a version or a value, or its text.
func itemKey(text string) string {
	text = strings.TrimSpace(text)
	if m := requirement.FindStringSubmatch(text); m != nil {
		return dashes.ReplaceAllString(strings.ToLower(m[1]), "-") // as PEP 503 compares names
	}
	for _, named := range []*regexp.Regexp{pinned, variable} {
		if m := named.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return text
}

// sets are lists by whose path, with dots between its keys, it is told that the order of
// their items does not count.
var sets = regexp.MustCompile(`(?i)(^|[._-])(files|keywords|classifiers|authors|maintainers|contributors|include|exclude|lib|types|workspaces|` +
	`(build-|test-|dev-|install-)?requires?|requirements|(additional_)?dependencies|features|members|` +
	`(optional-dependencies|dependency-groups|extras(_require)?)\.[^.]+|` +
	`(unwanted)?recommendations|extensions|forwardports|runservices|labels|assignees|reviewers|tags|(ignore)?words|` +
	`(extend[-_])?(select|ignore|exclude|include)|exclude_lines|exclude_also|omit|source|testpaths|markers|branches|topics|dynamic)$`)

// isSet reports whether the order of the list at a path does not count: which of two new
// items comes first can be chosen then. Of others it is not known, or it does.
func isSet(path string) bool { return sets.MatchString(path) }
