package merge

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/settle"
)

// TestCommas merges objects of which the sides add, change and take out members, most
// often at the ends. Whichever side is chosen for what conflicts, commas stand
// where they have to, and a member is as the side has it that changed it.
func TestCommas(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 4))
	n := tries(1_000, 4_000)
	clean, byKey := 0, 0
	for i := range n {
		base := randomObject(r, 2)
		ours, theirs := base.edit(r), base.edit(r)
		style := []printer{{}, {trailing: true}, {comments: true}, {trailing: true, comments: true}}[i%4]
		b, o, th := style.print(base), style.print(ours), style.print(theirs)
		result := Merge("a.json", []byte(b), []byte(o), []byte(th), Options{Labels: labels})
		was, yours := base.data(), ours.data()
		template := leaveDeleted(result, was, yours, theirs.data())
		byLine := !result.Clean() && len(result.Settled) == 0 // lines are not cut where members are
		for _, mine := range []bool{true, false} {
			side := template
			if mine {
				side = yours
			}
			got, err := style.parse(string(result.Resolve(mine)))
			if err != nil {
				t.Fatalf("mine %v: %v\n%s", mine, err, show(b, o, th, result))
			}
			if byLine {
				continue
			}
			if k := findUnlike(got, was, yours, template, side); k != "" {
				t.Fatalf("mine %v: %q is as nobody wants it\n%s", mine, k, show(b, o, th, result))
			}
		}
		if result.Clean() {
			clean++
			want, ok := mergeExact(was, yours, template)
			got, _ := style.parse(string(result.Content))
			if !ok || !reflect.DeepEqual(got, want) {
				t.Fatalf("clean is %v, want %v %v\n%s", got, want, ok, show(b, o, th, result))
			}
		}
		if len(result.Settled) > 0 {
			byKey++
		}
	}
	t.Logf("%d clean, %d by key", clean, byKey)
	if clean < n/2 || byKey < n/8 {
		t.Errorf("%d are clean and %d by key: these are too few to say something", clean, byKey)
	}
}

// leaveDeleted returns theirs without the changes that are named because the user deleted
// what was changed: it says there what base says.
func leaveDeleted(r Result, base, ours, theirs map[string]any) map[string]any {
	theirs = maps.Clone(theirs)
	for k, was := range base {
		b, ok := was.(map[string]any)
		o, okOurs := ours[k].(map[string]any)
		t, okTheirs := theirs[k].(map[string]any)
		switch {
		case ok && okOurs && okTheirs:
			theirs[k] = leaveDeleted(r, b, o, t)
		case ours[k] == nil && theirs[k] != nil && slices.ContainsFunc(r.Settled, func(s Settled) bool {
			return s.Step == settle.LastStep.Name && strings.Contains(strings.Join(s.Theirs, "\n"), fmt.Sprintf("%q:", k))
		}):
			theirs[k] = was
		}
	}
	return theirs
}

func show(base, ours, theirs string, r Result) string {
	return fmt.Sprintf("base\n%sours\n%stheirs\n%smerged\n%s", base, ours, theirs, r.Content)
}

// An object is what JSON has in braces.
type object []member

type member struct {
	key   string
	value any // an int or an object
}

func randomObject(r *rand.Rand, depth int) object {
	o := object{}
	for i := range r.IntN(4) {
		o = append(o, member{fmt.Sprintf("k%d", i), randomValue(r, depth)})
	}
	return o
}

func randomValue(r *rand.Rand, depth int) any {
	if depth > 0 && r.IntN(3) == 0 {
		return randomObject(r, depth-1)
	}
	return r.IntN(3)
}

// edit returns the object with up to two edits.
func (o object) edit(r *rand.Rand) object {
	edited := slices.Clone(o)
	for range 1 + r.IntN(2) {
		n := len(edited)
		switch at := min(r.IntN(n+2), n); r.IntN(6) {
		case 0, 1:
			m := member{fmt.Sprintf("%c%d", "anz"[r.IntN(3)], r.IntN(3)), randomValue(r, 1)}
			if !slices.ContainsFunc(edited, func(x member) bool { return x.key == m.key }) {
				edited = slices.Insert(edited, at, m)
			}
		case 2:
			edited = slices.Delete(edited, max(at-1, 0), at)
		case 3, 4:
			if n == 0 {
				continue
			}
			x := &edited[max(at-1, 0)]
			if inner, ok := x.value.(object); ok {
				x.value = inner.edit(r)
			} else {
				x.value = randomValue(r, 1)
			}
		case 5:
			if r.IntN(4) == 0 {
				edited = object{}
			}
		}
	}
	return edited
}

func (o object) data() map[string]any {
	data := make(map[string]any)
	for _, m := range o {
		if inner, ok := m.value.(object); ok {
			data[m.key] = inner.data()
		} else {
			data[m.key] = float64(m.value.(int))
		}
	}
	return data
}

// A printer writes objects, one member a line.
type printer struct{ trailing, comments bool }

func (p printer) print(o object) string { return p.value(o, "") + "\n" }

func (p printer) value(v any, indent string) string {
	o, ok := v.(object)
	if !ok {
		return fmt.Sprint(v)
	}
	if len(o) == 0 {
		return "{}"
	}
	var out strings.Builder
	out.WriteString("{\n")
	for i, m := range o {
		if p.comments && m.key[1] == '1' {
			fmt.Fprintf(&out, "%s  // about %q,\n", indent, m.key)
		}
		fmt.Fprintf(&out, "%s  %q: %s", indent, m.key, p.value(m.value, indent+"  "))
		if p.trailing || i < len(o)-1 {
			out.WriteString(",")
		}
		if p.comments && m.key[1] == '2' {
			out.WriteString(" // one, or two")
		}
		out.WriteString("\n")
	}
	return out.String() + indent + "}"
}

// parse is strict about the commas of a printer's style.
func (p printer) parse(text string) (data map[string]any, err error) {
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if n := len(lines); p.trailing && n > 0 && strings.HasPrefix(line, "}") {
			inner, ok := strings.CutSuffix(lines[n-1], ",")
			if !ok && !strings.HasSuffix(inner, "{") {
				return nil, fmt.Errorf("no comma follows %s", inner)
			}
			lines[n-1] = inner
		}
		lines = append(lines, line)
	}
	d := json.NewDecoder(strings.NewReader(strings.Join(lines, "\n")))
	err = d.Decode(&data)
	return data, err
}

// findUnlike returns a key that has neither what the three files say of it nor, because
// it is in a conflict, what a side does.
func findUnlike(got, base, ours, theirs, side map[string]any) string {
	keys := maps.Clone(got)
	for _, m := range []map[string]any{base, ours, theirs} {
		maps.Copy(keys, m)
	}
	want := mergeData(base, ours, theirs, side)
	for k := range keys {
		if reflect.DeepEqual(got[k], want[k]) || reflect.DeepEqual(got[k], side[k]) {
			continue
		}
		inner := make([]map[string]any, 5)
		for i, m := range []map[string]any{got, base, ours, theirs, side} {
			inner[i], _ = m[k].(map[string]any)
		}
		if slices.ContainsFunc(inner, func(m map[string]any) bool { return m == nil }) {
			return k
		}
		if at := findUnlike(inner[0], inner[1], inner[2], inner[3], inner[4]); at != "" {
			return k + "." + at
		}
	}
	return ""
}

// mergeData merges what three files say; side is what stands where both changed a thing.
func mergeData(base, ours, theirs, side map[string]any) map[string]any {
	merged := make(map[string]any)
	keys := maps.Clone(ours)
	maps.Copy(keys, theirs)
	for k := range keys {
		b, o, t, s := base[k], ours[k], theirs[k], side[k]
		bm, bok := b.(map[string]any)
		om, ook := o.(map[string]any)
		tm, tok := t.(map[string]any)
		switch {
		case reflect.DeepEqual(o, t), reflect.DeepEqual(b, t):
			merged[k] = o
		case reflect.DeepEqual(b, o):
			merged[k] = t
		case bok && ook && tok:
			merged[k] = mergeData(bm, om, tm, s.(map[string]any))
		default:
			merged[k] = s
		}
		if merged[k] == nil {
			delete(merged, k)
		}
	}
	return merged
}

// mergeExact declines (ok is false) where both sides changed a thing, and not alike.
func mergeExact(base, ours, theirs map[string]any) (merged map[string]any, ok bool) {
	mine, other := mergeData(base, ours, theirs, ours), mergeData(base, ours, theirs, theirs)
	return mine, reflect.DeepEqual(mine, other)
}

// What both sides add at one place comes in the order of the keys if all three files keep
// to it, else what ours has comes first.
func TestSorted(t *testing.T) {
	for _, tt := range []struct{ base, ours, theirs, want string }{
		{"a z", "a m z", "a c z", "a c m z"},
		{"a", "a z", "a b c", "a b c z"},
		{"b", "a b z", "0 b c y", "0 a b c y z"},
		{"z a", "z m a", "z c a", "z m c a"},
		{"a c z", "a c x q z", "a c d z", "a c x q d z"},
		{"a b c", "a c z", "a b c d", "a c d z"},
	} {
		file := func(keys string) []byte {
			var o object
			for _, k := range strings.Fields(keys) {
				o = append(o, member{k, 0})
			}
			return []byte(printer{}.print(o))
		}
		r := Merge("a.json", file(tt.base), file(tt.ours), file(tt.theirs), Options{Labels: labels})
		if want := file(tt.want); string(r.Content) != string(want) {
			t.Errorf("%s, %s, %s: got\n%swant\n%s", tt.base, tt.ours, tt.theirs, r.Content, want)
		}
	}
}
