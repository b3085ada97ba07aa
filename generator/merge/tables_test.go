package merge

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
	"scaffold/generator/settle"
)

// TestTables merges TOML of which the sides add, change and take out tables, values and
// requirements. What is clean by key has each as the side has it that changed it, and
// whichever side is chosen for what conflicts, the file reads and says nothing twice.
func TestTables(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 5))
	clean, byKey := 0, 0
	n := tries(300, 4_000)
	for range n {
		base := randomTables(r)
		ours, theirs := base.edit(r), base.edit(r)
		b, o, th := base.print(), ours.print(), theirs.print()
		result := Merge("pyproject.toml", []byte(b), []byte(o), []byte(th), Options{Labels: labels})
		if len(result.Settled) == 0 {
			continue // lines follow a table that a side gave another name
		}
		byKey++
		for _, mine := range []bool{true, false} {
			f, ok := keys.Read("a.toml", string(result.Resolve(mine)))
			if !ok || len(f.Twice()) > 0 {
				t.Fatalf("mine %v: reads %v, twice %v\n%s", mine, ok, f.Twice(), show(b, o, th, result))
			}
		}
		if !result.Clean() {
			continue
		}
		clean++
		was, other := saidBy(t, b), saidBy(t, th)
		for at := range saidOn(t, th, deletedLines(result, th)) { // that is named instead
			if other[at] = was[at]; was[at] == "" {
				delete(other, at)
			}
		}
		if at := findWrong(was, saidBy(t, o), other, saidBy(t, string(result.Content))); at != "" {
			t.Fatalf("%s is wrong\n%s", at, show(b, o, th, result))
		}
	}
	t.Logf("%d by key, %d clean", byKey, clean)
	if byKey*8 < n || clean*20 < n {
		t.Errorf("%d are by key and %d clean: these are too few to say something", byKey, clean)
	}
}

// A table is a header, if it has one, and what is assigned: a value, or a list of
// requirements.
type table struct {
	header string
	values []assigned
}

type assigned struct {
	name, value string
	list        []string
}

type tables []table

func randomTables(r *rand.Rand) tables {
	all := tables{{values: randomValues(r)}}
	for _, h := range []string{"[a]", "[b]", "[b.c]", "[[p]]", "[[p]]", "[d]"} {
		if r.IntN(3) > 0 {
			all = append(all, all.make(r, h))
		}
	}
	return all
}

// make gives each table of the array a name that none has.
func (all tables) make(r *rand.Rand, header string) table {
	x := table{header, randomValues(r)}
	if header == "[[p]]" {
		name := fmt.Sprintf("%q", string(rune('a'+r.IntN(20))))
		if slices.ContainsFunc(all, func(x table) bool { return x.header == header && x.values[0].value == name }) {
			return all.make(r, header)
		}
		x.values = slices.Insert(x.values, 0, assigned{name: "name", value: name})
	}
	return x
}

func randomValues(r *rand.Rand) (all []assigned) {
	for i := range r.IntN(4) {
		all = append(all, randomAssigned(r, fmt.Sprintf("k%d", i)))
	}
	return all
}

func randomAssigned(r *rand.Rand, name string) assigned {
	if r.IntN(2) == 0 {
		return assigned{name: name, value: fmt.Sprint(r.IntN(3))}
	}
	x := assigned{name: "dependencies"}
	for i := range 1 + r.IntN(4) {
		x.list = append(x.list, fmt.Sprintf("r%d>=%d", i, r.IntN(2)))
	}
	x.name += name
	return x
}

func (all tables) edit(r *rand.Rand) tables {
	edited := slices.Clone(all)
	for range 1 + r.IntN(2) {
		at := r.IntN(len(edited))
		x := edited[at]
		x.values = slices.Clone(x.values)
		n := len(x.values)
		switch v := min(r.IntN(n+2), n); r.IntN(6) {
		case 0:
			h := fmt.Sprintf("[%ct%d]", "anz"[r.IntN(3)], r.IntN(2))
			if r.IntN(3) == 0 && edited[at].header == "[[p]]" {
				h = "[[p]]"
			}
			if h == "[[p]]" || !slices.ContainsFunc(edited, func(x table) bool { return x.header == h }) {
				edited = slices.Insert(edited, at+1, edited.make(r, h))
			}
			continue
		case 1:
			if at > 0 {
				edited = slices.Delete(edited, at, at+1)
				continue
			}
		case 2, 3:
			a := randomAssigned(r, fmt.Sprintf("%c%d", "anz"[r.IntN(3)], r.IntN(2)))
			if (v > 0 || x.header != "[[p]]") && !slices.ContainsFunc(x.values, func(o assigned) bool { return o.name == a.name }) {
				x.values = slices.Insert(x.values, v, a)
			}
		case 4:
			if v > 1 {
				x.values = slices.Delete(x.values, v-1, v)
			}
		default:
			if v > 1 || v > 0 && x.header != "[[p]]" {
				x.values[v-1] = x.values[v-1].edit(r)
			}
		}
		edited[at] = x
	}
	return edited
}

func (x assigned) edit(r *rand.Rand) assigned {
	if x.list == nil {
		x.value = fmt.Sprint(r.IntN(3))
		return x
	}
	x.list = slices.Clone(x.list)
	switch at := r.IntN(len(x.list) + 1); {
	case r.IntN(2) == 0:
		item := fmt.Sprintf("%c%d>=0", "anz"[r.IntN(3)], r.IntN(2))
		if !slices.Contains(x.list, item) {
			x.list = slices.Insert(x.list, at, item)
		}
	case at > 0 && len(x.list) > 1 && r.IntN(2) == 0:
		x.list = slices.Delete(x.list, at-1, at)
	case at > 0:
		x.list[at-1] = strings.TrimRight(x.list[at-1], "012") + fmt.Sprint(r.IntN(3))
	}
	return x
}

func (all tables) print() string {
	var out strings.Builder
	for i, x := range all {
		if x.header != "" {
			if i > 0 {
				out.WriteString("\n")
			}
			if i%3 == 0 {
				fmt.Fprintf(&out, "# about %s\n", x.header)
			}
			out.WriteString(x.header + "\n")
		}
		for _, v := range x.values {
			if v.list == nil {
				fmt.Fprintf(&out, "%s = %s\n", v.name, v.value)
				continue
			}
			fmt.Fprintf(&out, "%s = [\n    \"%s\"", v.name, strings.Join(v.list, "\",\n    \""))
			if len(v.name)%2 == 0 {
				out.WriteString(",")
			}
			out.WriteString(" # last\n]\n")
		}
	}
	return out.String()
}

// saidBy is all that a file says, by where it says it.
func saidBy(t *testing.T, content string) map[string]string {
	t.Helper()
	every := make(map[int]bool)
	for i := range strings.Count(content, "\n") + 1 {
		every[i+1] = true
	}
	return saidOn(t, content, every)
}

// saidOn is what a file says on some lines, counted from 1.
func saidOn(t *testing.T, content string, lines map[int]bool) map[string]string {
	t.Helper()
	f, ok := keys.Read("a.toml", content)
	if !ok {
		t.Fatalf("does not read:\n%s", content)
	}
	said := make(map[string]string)
	say := func(at string, line int, what string) {
		if !strings.Contains(at, "[]") && lines[line] {
			said[at] = what
		}
	}
	for p, k := range f.Leaves() {
		if lines[k.Line] {
			said[p.String()] = k.Value
		}
	}
	for _, k := range f.Keys {
		if !k.Leaf {
			say(k.Path.String(), k.Line, "a table or a list")
		}
	}
	for _, i := range f.Items {
		name, _, _ := strings.Cut(i.Value, ">")
		say(i.List.String()+" "+name, i.Line, i.Value)
	}
	return said
}

// deletedLines are where a template has what the user deleted and the merge names.
func deletedLines(r Result, theirs string) map[int]bool {
	lines := make(map[int]bool)
	all := strings.Split(theirs, "\n")
	for _, s := range r.Settled {
		for i := 0; s.Step == settle.LastStep.Name && i+len(s.Theirs) <= len(all); i++ {
			if slices.Equal(all[i:i+len(s.Theirs)], s.Theirs) {
				for n := range s.Theirs {
					lines[i+n+1] = true
				}
			}
		}
	}
	return lines
}

// findWrong returns where a merge says something else than the side that changed it, or
// where both did.
func findWrong(base, ours, theirs, merged map[string]string) string {
	for _, m := range []map[string]string{base, ours, theirs, merged} {
		for at := range m {
			b, o, t := base[at], ours[at], theirs[at]
			if merged[at] != mergeValue(b, o, t) || b != o && b != t && o != t {
				return at
			}
		}
	}
	return ""
}
