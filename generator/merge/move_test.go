package merge

import "testing"

// What one side moves to another place or name, and the other changes or deletes. A bar
// ends a line; want is written as in entriesTests.
var moveTests = []struct{ text, name, base, ours, theirs, want string }{
	{"the template changes and moves what you renamed", "ci.yml",
		"jobs:|  lint:|    a: 1|  test:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e f",
		"jobs:|  lint:|    a: 2|  tests:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e f",
		"jobs:|  test:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e g|  lint:|    a: 1",
		"jobs:|<,  test:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e f,  test:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e g>|  lint:|    a: 2|  tests:|    on: x y|    with: z|    steps:|    - a b|    - c d|    - e f"},
	{"the template adds a little to the end of what you deleted", "ci.yml",
		"jobs:|  a:|    x: 1|  b:|    on: x y z|    with: u v w|    steps:|    - a b c d|    - e f g h|    - i j k l",
		"jobs:|  a:|    x: 1", "jobs:|  a:|    x: 2|  b:|    on: x y z|    with: u v w|    steps:|    - a b c d|    - e f g h|    - i j k l|    - m n", "jobs:|  a:|    x: 2"},
	{"and to the end of a hook", "a.yaml",
		"repos:|- repo: a|  rev: 1|- repo: b|  rev: 2|  hooks:|  - id: b|    args: [a, b, c, d, e, f]",
		"repos:|- repo: a|  rev: 1", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 2|  hooks:|  - id: b|    args: [a, b, c, d, e, f]|    files: x", "repos:|- repo: a|  rev: 1"},
	{"but not a job after it", "ci.yml",
		"jobs:|  a:|    x: 1|  b:|    on: x y z|    with: u v w|    steps:|    - a b c d|    - e f g h|    - i j k l",
		"jobs:|  a:|    x: 1", "jobs:|  a:|    x: 1|  b:|    on: x y z|    with: u v w|    steps:|    - a b c d|    - e f g h|    - i j k m|  c:|    x: 1",
		"jobs:|  a:|    x: 1|  c:|    x: 1"},
	{"a comment above what both added stands once", "a.yaml",
		"# f|repos:|- a", "# f|x: 1|repos:|- a", "# f|y: 1||repos:|- a", "# f|x: 1|y: 1||repos:|- a"},
	{"and within a file", "a.yaml",
		"k: 1|# f|repos:|- a", "k: 1|# f|x: 1|repos:|- a", "k: 1|# f|y: 1||repos:|- a", "k: 1|# f|<x: 1,,y: 1|>|repos:|- a"},
}

func TestMoves(t *testing.T) {
	for _, tt := range moveTests {
		r := Merge(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs), Options{Labels: labels})
		if got := barConflicts(r); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s\n%q", tt.text, got, tt.want, r.Notes)
		}
	}
}
