package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/outline"
)

// mergeByEntries asks no rule.
func mergeByEntries(name string, base, ours, theirs []byte) (r Result, ok bool) {
	b, o, t := parse(base), parse(ours), parse(theirs)
	m := newMerger(&b, &o, &t, labels)
	m.name = name
	m.merge(nil)
	return m.try(attempt{entries: true})
}

// A bar ends a line. A conflict is written as <ours,base,theirs>.
var entriesTests = []struct{ name, base, ours, theirs, want string }{
	// What one side alone did.
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 2|b: 1|c: 1", "a: 1|b: 1|c: 2", "a: 2|b: 1|c: 2"},
	{"a.yaml", "a: 1|b: 1", "a: 2|b: 1", "a: 1|b: 2", "a: 2|b: 2"},
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 1|c: 1", "a: 2|b: 1|c: 1", "a: 2|c: 1"},
	{"a.yaml", "a: 1|b: 1", "b: 1|a: 1", "a: 2|b: 1", "b: 1|a: 2"},
	{"a.yaml", "a: 1|b: 1|c: 1", "c: 1|a: 1|b: 1", "a: 1|b: 1|x: 1|c: 1", "c: 1|a: 1|b: 1|x: 1"},
	// Both added something at one place.
	{"a.yaml", "a: 1", "a: 1|x: 1", "a: 1|y: 1", "a: 1|x: 1|y: 1"},
	{"a.yaml", "a: 1", "a: 1|x: 1", "a: 1|y: 1|x: 1", "a: 1|y: 1|x: 1"},
	{"a.yaml", "a: 1|b: 1", "x: 1|a: 1|b: 1", "a: 1|b: 1|x: 1", "x: 1|a: 1|b: 1"},
	{"a.yaml", "a: 1", "a: 1|x: 1", "a: 1|x: 2", "a: 1|<x: 1,,x: 2>"},
	{"a.yaml", "a: 1", "a: 1|x:|  y: 1", "a: 1|x:|  z: 1", "a: 1|x:|<  y: 1,,  z: 1>"},
	{"a.yaml", "steps:|- name: a", "steps:|- name: a|- name: x", "steps:|- name: a|- name: y", "steps:|- name: a|<- name: x,,- name: y>"},
	{"a.yaml", "script:|- a", "script:|- a|- x", "script:|- a|- y", "script:|- a|<- x,,- y>"},
	{"mkdocs.yml", "markdown_extensions:|- a|- toc:|    x: 1", "markdown_extensions:|- a|- toc:|    x: 1|- b", "markdown_extensions:|- a|- toc:|    x: 1|- c:|    y: 1", "markdown_extensions:|- a|- toc:|    x: 1|- b|- c:|    y: 1"},
	{"a.yaml", "volumes:|- name: a", "volumes:|- name: a|- name: b", "volumes:|- name: a|- name: c", "volumes:|- name: a|- name: b|- name: c"},
	{"a.yaml", "ignore:|- a", "ignore:|- a|- b", "ignore:|- a|- '!c'", "ignore:|- a|<- b,,- '!c'>"},
	{"a.yaml", "ignore:|- dependency-name: a", "ignore:|- dependency-name: a|- dependency-name: b", "ignore:|- dependency-name: a|- dependency-name: c", "ignore:|- dependency-name: a|- dependency-name: b|- dependency-name: c"},
	{"a.service", "[S]|A=1|Environment=X=1", "[S]|A=1|Environment=X=1|Environment=Y=1|B=1", "[S]|A=1|Environment=X=1|Environment=Z=1|C=1", "[S]|A=1|Environment=X=1|Environment=Y=1|B=1|Environment=Z=1|C=1"},
	{"a.service", "[S]|A=1|E=1", "[S]|A=1|E=1|E=2", "[S]|A=1|E=1|E=3|C=1", "[S]|A=1|E=1|<E=2,,E=3>|C=1"},
	// Documents.
	{"a.yaml", "kind: A|a: 1|b: 1|---|kind: B|a: 1", "kind: A|a: 2|b: 1|---|kind: B|a: 1", "kind: A|a: 1|b: 2|---|kind: B|a: 1", "kind: A|a: 2|b: 2|---|kind: B|a: 1"},
	{"a.yaml", "kind: A|---|kind: B", "kind: A|---|kind: B|---|kind: X", "kind: A|---|kind: B|---|kind: Y", "kind: A|---|kind: B|---|kind: X|---|kind: Y"},
	{"a.yaml", "kind: A|---|kind: B|---|kind: C|c: 1", "kind: B|---|kind: C|c: 1", "kind: A|---|kind: B|---|kind: C|c: 2", "kind: B|---|kind: C|c: 2"},
	{"a.yaml", "kind: A|---|kind: B|---|kind: C", "kind: X|---|kind: A|---|kind: B|---|kind: C", "kind: A|---|kind: B|---|kind: C|---|kind: Y", "kind: X|---|kind: A|---|kind: B|---|kind: C|---|kind: Y"},
	{"a.yaml", "kind: A|---|kind: B", "kind: A|---|kind: Y", "kind: X|---|kind: B", "kind: X|---|kind: Y"},
	{"a.yaml", "a: 1|b: 1", "a: 1|y: 1", "x: 1|b: 1", "x: 1|y: 1"},
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 1|b: 1|y: 1|c: 1", "x: 1|b: 1|z: 1", "x: 1|b: 1|y: 1|z: 1"},
	{"a.yaml", "kind: A|---|kind: B|b: 1", "kind: A|---|kind: B|b: 2", "kind: A|---|kind: B|b: 3", "kind: A|---|kind: B|<b: 2,b: 1,b: 3>"},
	{"a.yaml", "kind: A|---|kind: B|b: 1", "kind: A|---|kind: B|b: 1|---|kind: X|x: 1", "kind: A|---|kind: B|b: 1|---|kind: X|x: 2", "kind: A|---|kind: B|b: 1|---|kind: X|<x: 1,,x: 2>"},
	{"a.yaml", "kind: A|---|kind: B", "kind: X|---|kind: A|---|kind: B", "kind: Y|---|kind: A|---|kind: B", ""}, // nothing would part them
	{"a.yaml", "kind: A|a: 1", "kind: A|a: 2|---|kind: B", "kind: A|a: 1|---|kind: C", ""},                      // of one the keys are entries
	{"a.yaml", "kind: A|---|kind: A", "kind: A|---|kind: A|a: 1", "kind: A|---|kind: A|b: 1", "kind: A|---|kind: A|<a: 1,,b: 1>"},
	// Both took the place of one entry, or one took that of what the other changed.
	{"a.yaml", "l:|- py37|- py38", "l:|- py310|- py311", "l:|- py312|- py313", "l:|<- py310|- py311,- py37|- py38,- py312|- py313>"},
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 1|x: 1|c: 1", "a: 1|y: 1|c: 1", "a: 1|<x: 1,b: 1,y: 1>|c: 1"},
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 1|x: 1|c: 1", "a: 1|b: 2|y: 1|c: 1", "a: 1|<x: 1,b: 1,b: 2>|y: 1|c: 1"},
	{"a.yaml", "a: 1|b: 1|c: 1", "a: 1|c: 1", "a: 1|b: 2|y: 1|c: 1", "a: 1|<,b: 1,b: 2>|y: 1|c: 1"},
	{"a.yaml", "a: 1|b:|  x: 1|  y: 1|c: 1", "a: 1|k:|  x: 1|  y: 1|c: 1", "a: 1|c: 1", "a: 1|<k:|  x: 1|  y: 1,b:|  x: 1|  y: 1,>|c: 1"},
	{"a.yaml", "a: 1|b:|  x: 1|  y: 1|c: 1", "a: 1|k:|  x: 1|  y: 1|c: 1", "a: 1|b:|  x: 1|  y: 2|c: 1", "a: 1|<k:|  x: 1|  y: 1,b:|  x: 1|  y: 1,b:|  x: 1|  y: 2>|c: 1"},
	// One leaf, and nothing beside it.
	{"a.yaml", "a:|  x: 1|  y: 1|  z: 1", "a:|  x: 2|  y: 2|  z: 1", "a:|  x: 1|  y: 3|  z: 3", "a:|  x: 2|<  y: 2,  y: 1,  y: 3>|  z: 3"},
	{"a.yaml", "a:|  x: 1|  y: 1", "a:|  x: 1", "a:|  x: 2|  y: 2", "a:|  x: 2|<,  y: 1,  y: 2>"},
	{"a.yaml", "a:|  x: 1|b: 1", "a: 1|b: 1", "a:|  x: 2|b: 2", "<a: 1,a:|  x: 1,a:|  x: 2>|b: 2"},
	// A list in two layouts.
	{"a.yaml", "a:|  - x|  - y|b: 1", "a:|- x|- y|b: 2", "a:|  - x|  - y|  - z|b: 1", "a:|<- x|- y,  - x|  - y,  - x|  - y|  - z>|b: 2"},
	{"a.yaml", "a:|  b: 1|  c: 1|d:|  e: 1", "a:|    b: 1|    c: 1|d:|    e: 1", "a:|  b: 1|  c: 1|d:|  e: 2", "a:|    b: 1|    c: 1|d:|<    e: 1,  e: 1,  e: 2>"},
	// An entry that moved to another, and that the other side changed.
	{"a.yaml", "a:|  x: 1|  y: 1|b:|  z: 1", "a:|  y: 1|b:|  z: 1|  x: 1", "a:|  x: 2|  y: 1|b:|  z: 1", "a:|<,  x: 1,  x: 2>|  y: 1|b:|  z: 1|  x: 1"},
	// Order.
	{"a.yaml", "a: 1|b: 1|c: 1", "b: 1|a: 1|c: 1", "a: 1|c: 1|b: 1", "<b: 1|a: 1|c: 1,a: 1|b: 1|c: 1,a: 1|c: 1|b: 1>"},
	{"a.yaml", "a: 1|b: 1|c: 1", "b: 1|a: 1|c: 1", "b: 1|a: 1|c: 2", "b: 1|a: 1|c: 2"},
	{"a.yaml", "a: 1|b: 1|c: 1", "c: 1|a: 1|b: 1", "a: 1|b: 1|c: 1|x: 1", "c: 1|a: 1|b: 1|x: 1"},
	// Comments.
	{"a.yaml", "# f||a: 1", "# f||x: 1|a: 1", "# g||y: 1|a: 1", "# g||x: 1|y: 1|a: 1"},
	{"a.yaml", "# f|a: 1", "# f|x: 1|a: 1", "# f|y: 1|a: 1", "# f|x: 1|y: 1|a: 1"},
	{"a.yaml", "# f|# g|a: 1", "# f|# g|x: 1|a: 1", "# f|# g|# h|y: 1||a: 1", "# f|# g|x: 1|# h|y: 1||a: 1"},
	{"a.yaml", "k:|  # f|  a: 1|b: 1", "k:|  # f|  x: 1|  a: 1|b: 1", "k:|  # f|  y: 1|  a: 1|b: 1", "k:|  # f|  x: 1|  y: 1|  a: 1|b: 1"},
	{"a.toml", "# f|a = 1", "# f|x = 1|a = 1", "# f|y = 1|a = 1", "# f|x = 1|y = 1|a = 1"},
	{"a.yaml", "# f|a: 1|b: 1", "# f|x: 1|b: 1", "# f|a: 2|b: 1", "# f|<x: 1,a: 1,a: 2>|b: 1"},
	{"a.md", "a||# b|1||# c|2||# d|3", "a||# c|2||# d|3", "a||# d|3||# b|1||# c|2", "a||# d|3||# c|2"},
	{"a.yaml", "a: 1|# c|b: 1|d: 1", "a: 1|# c|x: 1|b: 1|d: 1", "a: 1|# c|y: 1|b: 1|d: 1", ""}, // the comment would stand twice
	{"a.yaml", "# f|a: 1", "# f|a: 2", "# g|a: 1", "# g|a: 2"},
	{"a.yaml", "a: 1|# c|b: 1", "a: 1|# c|b: 2", "a: 1|b: 1", "a: 1|b: 2"},
	{"a.yaml", "a: 1|# c|b: 1", "a: 1|# d|b: 1", "a: 1", "a: 1|<# d|b: 1,# c|b: 1,>"},
	{"a.yaml", "a: 1||b: 1", "a: 1|b: 1", "a: 1", "a: 1"},
	// A key that is there twice makes of the list one leaf; nothing is left of another.
	{"a.yaml", "l:|- name: a|- name: a|b: 1", "l:|- name: a|- name: a|b: 2", "l:|- name: a|- name: c|b: 1", "l:|- name: a|- name: c|b: 2"},
	{"a.yaml", "a:|  x: 1|  y: 1|b: 1", "a:|  x: 1|b: 1", "a:|  y: 1|b: 1", "a:|<  x: 1,  x: 1|  y: 1,  y: 1>|b: 1"},
	{"a.json", `{|"a": 1,|"b": 1|}`, `{|"a": 1,|"b": 1,|"x": 1|}`, `{|"a": 1,|"b": 1,|"y": 1|}`, `{|"a": 1,|"b": 1,|"x": 1,|"y": 1|}`},
	{"a.json", `{|"a": 1,|"b": 1|}`, `{|"a": 1|}`, `{|"a": 1,|"b": 2|}`, `{|<"a": 1,"a": 1,|"b": 1,"a": 1,|"b": 2>|}`},
	{"a.json", `{|"a": 1|}`, `{|"a": 2|}`, `{|"a": 3, // c|}`, `{|<"a": 2,,"a": 1,,"a": 3, // c>|}`},
	{"a.json", `{|"a": 1,|"b": {|"x": 1,|"y": 2|}|}`, `{|"a": 1,|"b": {|"y": 2|}|}`, `{|"a": 1,|"b": {|"x": 1,|"y": 2,|"z": 2|}|}`, `{|"a": 1,|"b": {|"y": 2,|"z": 2|}|}`},
	{"a.json", `{|"l": [|1,|2|],|"m": 1|}`, `{|"l": [|1,|2,|3|],|"m": 1|}`, `{|"l": [|1,|2,|4|],|"m": 1|}`, `{|"l": [|1,|2,|<3,,4>|],|"m": 1|}`},
	{"a.toml", "dependencies = [|'a',|'b>=1',|]|[t]|x = 1", "dependencies = [|'a',|'b>=1',|'c',|]|[t]|x = 1|y = 1", "dependencies = [|'a>1',|'b>=2',|'d',|]|[t]|x = 2|[u]|[[v]]|id = 1", "dependencies = [|'a>1',|'b>=2',|'c',|'d',|]|[t]|x = 2|y = 1|[u]|[[v]]|id = 1"},
	// What one side took out does not come back because the other has something like it.
	{"MANIFEST.in", "include a|prune b c|global-exclude d", "include a|prune b c|prune d|global-exclude d", "include a|global-exclude d", "include a|prune d|global-exclude d"},
	{"a.yaml", "script:|- make x|- make y|- go test ./a|- b", "script:|- make x|- make y|- go test ./a|- go test ./c|- b", "script:|- make x|- make y|- b", "script:|- make x|- make y|<- go test ./a|- go test ./c,- go test ./a,>|- b"},
	{"requirements.txt", "# c|a|b|d", "# c|b|a|d", "a|b|d", ""},
	{"a.ini", "[a]|x = 1|y = 1", "[a]|x = 2|y = 1", "[a]|x = 1|y = 2", "[a]|x = 2|y = 2"},
}

func TestEntries(t *testing.T) {
	for _, tt := range entriesTests {
		x := triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)}
		r, ok := mergeByEntries(tt.name, x.base, x.ours, x.theirs)
		got := ""
		if ok {
			got = barConflicts(r)
		}
		if got != tt.want {
			t.Errorf("base %q, ours %q, theirs %q:\n%s, want\n%s", tt.base, tt.ours, tt.theirs, got, tt.want)
		}
		checkEntries(t, tt.name, x)
	}
}

func barConflicts(r Result) string {
	lines := parse(r.Content).lines
	var all []string
	at := 0
	for _, c := range r.Conflicts {
		all = append(all, lines[at:c.Line-1]...)
		side := func(from, n int) string { return strings.Join(lines[from:from+n], "|") }
		all = append(all, fmt.Sprintf("<%s,%s,%s>", side(c.Line, c.Ours), side(c.Line+c.Ours+1, c.Base), side(c.Line+c.Ours+c.Base+2, c.Theirs)))
		at = c.Line + c.Ours + c.Base + c.Theirs + 3
	}
	return strings.Join(append(all, lines[at:]...), "|")
}

// checkEntries tries the laws that hold of every file that has an outline.
func checkEntries(t *testing.T, name string, x triple) {
	t.Helper()
	fail := func(law string, r Result) {
		t.Helper()
		t.Fatalf("%s\nname   %s\nbase   %q\nours   %q\ntheirs %q\nmerged %q", law, name, x.base, x.ours, x.theirs, r.Content)
	}
	for _, one := range [][]byte{x.ours, x.theirs} {
		for _, sides := range [][2][]byte{{x.base, one}, {one, x.base}, {one, one}} {
			if r, ok := mergeByEntries(name, x.base, sides[0], sides[1]); ok && (!r.Clean() || !bytes.Equal(r.Content, one)) {
				fail("what one side changed, or both alike, is the result", r)
			}
		}
	}
	r, ok := mergeByEntries(name, x.base, x.ours, x.theirs)
	swapped, okSwapped := mergeByEntries(name, x.base, x.theirs, x.ours)
	if ok != okSwapped || ok && len(r.Conflicts) != len(swapped.Conflicts) {
		fail(fmt.Sprintf("swapping sides swaps only the order: %v, %v %q", ok, okSwapped, swapped.Content), r)
	}
	if !ok {
		return
	}
	if !fromInputsButCommas(r, x) {
		fail("each line is a line of an input", r)
	}
	for _, mine := range []bool{true, false} {
		lines, other := sortedLines(r.Resolve(mine)), sortedLines(swapped.Resolve(!mine))
		if !slices.Equal(lines, other) {
			fail("swapping sides swaps only the order", r)
		}
		resolved := parse(r.Resolve(mine))
		if _, ok := outline.Read(name, resolved.lines); !ok {
			fail("either side reads", r)
		}
	}
}

func sortedLines(content []byte) []string {
	lines := parse(content).lines
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], ",", "")
	}
	slices.Sort(lines)
	return lines
}

func fromInputsButCommas(r Result, x triple) bool {
	known := make(map[string]bool)
	for _, data := range [][]byte{x.base, x.ours, x.theirs} {
		for _, l := range parse(data).lines {
			known[strings.ReplaceAll(l, ",", "")] = true
		}
	}
	return !slices.ContainsFunc(slices.Concat(parse(r.Resolve(true)).lines, parse(r.Resolve(false)).lines), func(l string) bool {
		return !known[strings.ReplaceAll(l, ",", "")]
	})
}

// A node of a random file is a value, or what is below a key. Its lines are YAML.
type node struct {
	key, value string
	below      []node
}

func (n node) write(out *strings.Builder, indent string) {
	if n.below == nil {
		fmt.Fprintf(out, "%s%s: %s\n", indent, n.key, n.value)
		return
	}
	fmt.Fprintf(out, "%s%s:\n", indent, n.key)
	for _, c := range n.below {
		c.write(out, indent+"  ")
	}
}

func (n node) content() []byte {
	var out strings.Builder
	for _, c := range n.below {
		c.write(&out, "")
	}
	return []byte(out.String())
}

// leaves is the model: the value at each path, and nothing else.
func (n node) leaves(path string, into map[string]string) map[string]string {
	for _, c := range n.below {
		if at := path + "/" + c.key; c.below == nil {
			into[at] = c.value
		} else {
			c.leaves(at, into)
		}
	}
	return into
}

func readLeaves(content []byte) map[string]string {
	leaves := make(map[string]string)
	var path [8]string
	for l := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), ":")
		depth := (len(l) - len(strings.TrimLeft(l, " "))) / 2
		path[depth+1] = path[depth] + "/" + key
		if value != "" {
			if _, twice := leaves[path[depth+1]]; twice {
				leaves["twice"] = path[depth+1]
			}
			leaves[path[depth+1]] = value[1:]
		}
	}
	return leaves
}

type maker struct{ *rand.Rand }

func (m maker) word() string { return string(rune('a' + m.IntN(12))) }

func (m maker) fill(depth int) []node {
	var all []node
	for _, i := range m.Perm(12)[:1+m.IntN(5)] {
		n := node{key: string(rune('a' + i)), value: m.word()}
		if depth > 0 && m.IntN(2) == 0 {
			n.below = m.fill(depth - 1)
		}
		all = append(all, n)
	}
	return all
}

// edit returns a list with some changes: an entry added, deleted, renamed, changed or moved.
func (m maker) edit(list []node, moves bool) []node {
	list = slices.Clone(list)
	i := m.IntN(len(list))
	switch m.IntN(7) {
	case 0:
		n := node{key: m.word(), value: m.word()}
		if !slices.ContainsFunc(list, func(x node) bool { return x.key == n.key }) {
			list = slices.Insert(list, i, n)
		}
	case 1:
		if len(list) > 1 {
			list = slices.Delete(list, i, i+1)
		}
	case 2:
		if key := m.word(); !slices.ContainsFunc(list, func(x node) bool { return x.key == key }) {
			list[i].key = key
		}
	case 3:
		if j := m.IntN(len(list)); moves {
			list[i], list[j] = list[j], list[i]
		}
	default:
		if list[i].below != nil {
			list[i].below = m.edit(list[i].below, moves)
		} else {
			list[i].value = m.word()
		}
	}
	return list
}

// TestEntriesModel merges random files, and wants of each clean merge what the values
// at each path say.
func TestEntriesModel(t *testing.T) {
	n := tries(90, 300)
	clean, conflicts, declined := 0, 0, 0
	for seed := range uint64(n) {
		m := maker{rand.New(rand.NewPCG(seed, 14))}
		base := node{below: m.fill(2)}
		sides := [2]node{base, base}
		for i := range sides {
			for range 1 + m.IntN(3) {
				sides[i].below = m.edit(sides[i].below, seed%2 == 0)
			}
		}
		x := triple{base.content(), sides[0].content(), sides[1].content()}
		checkEntries(t, "a.yaml", x)
		r, ok := mergeByEntries("a.yaml", x.base, x.ours, x.theirs)
		switch {
		case !ok:
			declined++
			continue
		case !r.Clean():
			conflicts++
			continue
		}
		clean++
		got := readLeaves(r.Content)
		b, o, th := base.leaves("", map[string]string{}), sides[0].leaves("", map[string]string{}), sides[1].leaves("", map[string]string{})
		for path := range mergeKeys(b, o, th, got) {
			want, agreed := mergeModel(b[path], o[path], th[path])
			if !agreed || got[path] != want {
				t.Fatalf("seed %d: %s is %q, want %q\nbase   %q\nours   %q\ntheirs %q\nmerged %q", seed, path, got[path], want, x.base, x.ours, x.theirs, r.Content)
			}
		}
	}
	t.Logf("%d clean, %d conflicts, %d declined", clean, conflicts, declined)
	if clean < n/3 || conflicts < n/6 || declined > n/15 {
		t.Errorf("%d clean, %d conflicts, %d declined: this tries too little", clean, conflicts, declined)
	}
}

func mergeModel(b, o, t string) (value string, agreed bool) {
	switch {
	case o == b:
		return t, true
	case t == b:
		return o, true
	}
	return o, o == t
}

func mergeKeys(all ...map[string]string) map[string]bool {
	keys := make(map[string]bool)
	for _, m := range all {
		for k := range maps.Keys(m) {
			keys[k] = true
		}
	}
	return keys
}

func FuzzEntries(f *testing.F) {
	for _, tt := range entriesTests {
		f.Add(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, name string, base, ours, theirs []byte) {
		if len(base)+len(ours)+len(theirs) < 4096 {
			checkEntries(t, name, triple{base, ours, theirs})
		}
	})
}

// Lines merge all of these clean, and wrong.
var faultTests = []struct{ name, base, ours, theirs, want string }{
	{"ci.yml", "name: x|on: push|jobs:|  a: 1", "concurrency: c|name: x|on: push|jobs:|  a: 1", "name: x|on: push|concurrency: c|jobs:|  a: 1", "concurrency: c|name: x|on: push|jobs:|  a: 1"},
	{"ci.yml", "name: x|on: push|jobs:|  a: 1", "concurrency: c|name: x|on: push|jobs:|  a: 1", "name: x|on: push|concurrency: d|jobs:|  a: 1", "<concurrency: c,,>|name: x|on: push|<,,concurrency: d>|jobs:|  a: 1"},
	{"a.json", `{|"a": 1,|"b": 2,|"c": 3|}`, `{|"schema": "s.json",|"a": 1,|"b": 2,|"c": 3|}`, `{|"a": 1,|"b": 2,|"schema": "s.json",|"c": 3|}`, `{|"schema": "s.json",|"a": 1,|"b": 2,|"c": 3|}`},
	{"a.json", `{|"a": 1,|"b": 2,|"c": 3|}`, `{|"schema": "s.json",|"a": 1,|"b": 2,|"c": 3|}`, `{|"a": 1,|"b": 2,|"schema": "t.json",|"c": 3|}`, `{|<"schema": "s.json",,,>|"a": 1,|"b": 2,|<,,"schema": "t.json",>|"c": 3|}`},
	{"a.yaml", "a:|  x: 1|  y: 1|b: 1", "a:|  z: 1|  x: 1|  y: 1|b: 1", "a:|  x: 1|  y: 1|  z: 2|b: 1", "a:|<  z: 1,,>|  x: 1|  y: 1|<,,  z: 2>|b: 1"},
	{"tox.ini", "[a]|x = 1|y = 1|z = 1", "[a]|k = 1|x = 1|y = 1|z = 1", "[a]|x = 1|y = 1|K: 2|z = 1", "[a]|<k = 1,,>|x = 1|y = 1|<,,K: 2>|z = 1"},
	{".editorconfig", "root = true||[*]|a = 1|b = 1", "root = true||[*.go]|k = 1||[*]|a = 1|b = 1", "root = true||[*]|a = 1|b = 1||[*.go]|k = 1", "root = true||[*.go]|k = 1||[*]|a = 1|b = 1"},
	// So is an item of one name.
	{".pre-commit-config.yaml", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1|- repo: c|  rev: 1", "repos:|- repo: c|  rev: 1|- repo: a|  rev: 1|- repo: b|  rev: 1", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1|- repo: c|  rev: 1"},
	{".pre-commit-config.yaml", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1|- repo: c|  rev: 2", "repos:|- repo: c|  rev: 1|- repo: a|  rev: 1|- repo: b|  rev: 1", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 1|- repo: c|<  rev: 2,,  rev: 1>"},
	{"ci.yml", "steps:|- uses: a/b@v1|- name: t|  run: x", "steps:|- uses: c/d@v3|- uses: a/b@v1|- name: t|  run: x", "steps:|- uses: a/b@v1|- name: t|  run: x|- uses: c/d@v5", "steps:|<- uses: c/d@v3,,>|- uses: a/b@v1|- name: t|  run: x|<,,- uses: c/d@v5>"},
	{"dependabot.yml", "updates:|- package-ecosystem: a|  x: 1|  y: 1", "updates:|- package-ecosystem: b|  x: 2|- package-ecosystem: a|  x: 1|  y: 1", "updates:|- package-ecosystem: a|  x: 1|  y: 1|- package-ecosystem: b|  x: 3", "updates:|- package-ecosystem: b|<  x: 2,,  x: 3>|- package-ecosystem: a|  x: 1|  y: 1"},
	// What one side took out stays out, though the other put it elsewhere.
	{"ci.yml", "jobs:|  a:|    x: 1|  b:|    y: 1", "jobs:|  b:|    y: 1", "jobs:|  b:|    y: 1|  a:|    x: 1", "jobs:|  b:|    y: 1"},
	{"ci.yml", "jobs:|  a:|    x: 1|  b:|    y: 1", "jobs:|  b:|    y: 1|  a:|    x: 1", "jobs:|  b:|    y: 1", "jobs:|  b:|    y: 1"},
	{"a.json", `{|"a": 1,|"b": 2,|"c": 3,|"d": 4|}`, `{|"b": 2,|"c": 3,|"d": 4|}`, `{|"b": 2,|"c": 3,|"a": 1,|"d": 4|}`, `{|"b": 2,|"c": 3,|"d": 4|}`},
	{"a.toml", "[a]|x = 1||[b]|y = 1||[c]|z = 1", "[b]|y = 1||[c]|z = 1", "[b]|y = 1||[a]|x = 1||[c]|z = 1", "[b]|y = 1||[c]|z = 1"},
	{"a.yaml", "l:|- a|- b|- c", "l:|- b|- c", "l:|- b|- c|- a", "l:|- b|- c"},
	{"a.yaml", "repos:|- repo: a|  rev: 1|- repo: b|  rev: 2", "repos:|- repo: b|  rev: 2", "repos:|- repo: b|  rev: 2|- repo: a|  rev: 1", "repos:|- repo: b|  rev: 2"},
	// A list keeps one, by lines.
	{"a.json", `{"l": [|"a",|"b",|"c"|]}`, `{"l": [|"sphinx_changelog",|"a",|"b",|"c"|]}`, `{"l": [|"a",|"b",|"sphinx_changelog",|"c"|]}`, `{"l": [|"sphinx_changelog",|"a",|"b",|"c"|]}`},
	// A list that one side added is as that side has it.
	{"a.yaml", "b:|  needs:|  - k|  - l|  on: 1", "b:|  needs:|  - l|  on: 1", "n:|  needs:|  - k|  - l|  on: 1|b:|  needs:|  - l|  on: 1", "<b:,b:,n:>|  needs:|<,  - k,  - k>|  - l|  on: 1|<,,b:|  needs:|  - l|  on: 1>"},
	{"a.yaml", "b:|  needs:|  - k|  - l|  - m|  on: 1", "n:|  needs:|  - k|  - l|  - m|  on: 1|b:|  needs:|  - h|  - k|  - i|  - l|  - m|  on: 1", "b:|  needs:|  - k|  - l|  - i|  - m|  on: 1", "n:|  needs:|  - k|  - l|  - m|  on: 1|b:|  needs:|  - h|  - k|  - i|  - l|  - m|  on: 1"},
	// The new value belongs to the block that was changed.
	{"a.json", blocks("x A", "y A"), blocks("n A", "y A", "m A", "x A"), blocks("x B", "y A"), blocks("n A", "y A", "m A", "x B")},
	{"a.yaml", "a:|  u: 1|  v: 1|b: 1", "a:|  u: 1|  w: 1|  v: 1|b: 1", "k:|  u: 1|  v: 1|a:|  u: 2|  v: 2|b: 1", "k:|  u: 1|  v: 1|a:|  u: 2|  w: 1|  v: 2|b: 1"},
	{"a.yaml", "a:|  u: 1|  v: 1|  w: 1|b: 1", "a:|  u: 1|  v: 3|  w: 1|b: 1", "k:|  u: 1|  v: 1|  w: 1|a:|  u: 1|  v: 2|  w: 1|b: 1", "k:|  u: 1|  v: 1|  w: 1|a:|  u: 1|<  v: 3,  v: 1,  v: 2>|  w: 1|b: 1"},
}

func TestFaults(t *testing.T) {
	for _, tt := range faultTests {
		x := triple{barred(tt.base), barred(tt.ours), barred(tt.theirs)}
		if !Lines(x.base, x.ours, x.theirs, labels).Clean() {
			t.Errorf("%s %q %q: lines conflict", tt.name, tt.ours, tt.theirs)
		}
		r := Merge(tt.name, x.base, x.ours, x.theirs, Options{Labels: labels})
		if got := barConflicts(r); got != tt.want {
			t.Errorf("%s %q %q:\n%s, want\n%s\n%q", tt.name, tt.ours, tt.theirs, got, tt.want, r.Notes)
		}
		if !r.Clean() && len(r.Notes) == 0 {
			t.Errorf("%s %q %q: a conflict has no reason", tt.name, tt.ours, tt.theirs)
		}
	}
}

// What keys settled of the conflicts that lines have is named with both sides, and what they
// left whole is not.
func TestEntriesSettled(t *testing.T) {
	for _, tt := range []struct{ base, ours, theirs, want string }{
		{"a: 1|b: 1", "a: 2|b: 1", "a: 1|b: 2", "[a: 1 b: 1] [a: 2 b: 1] [a: 1 b: 2]"},
		{"a: 1|b: 1", "a: 2|b: 2", "a: 1|b: 3", "[a: 1 b: 1] [a: 2 b: 2] [a: 1 b: 3]"},
		{"a: 1|b: 1|c: 1|d: 1", "a: 2|b: 1|c: 1|d: 2", "a: 1|b: 2|c: 1|d: 3", "[a: 1 b: 1] [a: 2 b: 1] [a: 1 b: 2]"},
		{"a: 1|b: 1", "a: 2|b: 1", "a: 3|b: 1", ""},
		{"a:|  x: 1|  y: 1|b: 1", "k: 1|a:|  x: 1|  y: 1|b: 1", "a:|  x: 1|  y: 1|k: 1|b: 1", "[] [] []"}, // lines were clean
	} {
		r, ok := mergeByEntries("a.yaml", barred(tt.base), barred(tt.ours), barred(tt.theirs))
		var got []string
		for _, s := range r.Settled {
			if s.Step != "key" || s.Said != "" || s.Line != 0 {
				t.Errorf("%q: settled %+v", tt.ours, s)
			}
			got = append(got, fmt.Sprint(s.Base, s.Ours, s.Theirs))
		}
		if strings.Join(got, "; ") != tt.want || !ok {
			t.Errorf("%q, %q: %v %q, want %q", tt.ours, tt.theirs, ok, got, tt.want)
		}
	}
}

// What a side deleted and the other left alone is gone; beside that, a line is as often
// there as the two sides have reasons for.
func TestAccounts(t *testing.T) {
	for _, tt := range []struct {
		b, o, t, n int
		want       bool
	}{
		{1, 1, 0, 0, true}, {1, 1, 0, 1, false}, {2, 1, 2, 1, true}, {2, 1, 2, 2, false},
		{0, 1, 0, 1, true}, {0, 1, 0, 0, false}, {0, 1, 1, 2, true}, {0, 1, 1, 0, false},
		{1, 0, 0, 0, true}, {1, 0, 0, 1, false}, {3, 4, 3, 3, true}, {1, 2, 1, 3, false},
	} {
		if got := accounts(tt.b, tt.o, tt.t, tt.n); got != tt.want {
			t.Errorf("%d times in base, %d in ours, %d in theirs, %d in the merge: %v", tt.b, tt.o, tt.t, tt.n, got)
		}
	}
}
