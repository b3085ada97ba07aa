package replaytest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// An Outcome is what a merge came to.
type Outcome string

const (
	Exact    Outcome = "exact"    // clean, and byte for byte what is right
	Near     Outcome = "near"     // clean, and right but for layout and order
	Conflict Outcome = "conflict" // where that is right, of that entry only: its sides are right
	Wide     Outcome = "wide"     // where a conflict is right, and this one is of more
	Wrong    Outcome = "wrong"    // clean, and not right
)

// Judge compares a merge with what is right. mine and template are its result
// with all conflicts settled for one side.
func (s Square) Judge(clean bool, mine, template string) Outcome {
	switch {
	case clean && s.Want == WantConflict:
		return Wrong
	case clean && mine == s.edited:
		return Exact
	case clean && s.sameShape(mine, s.edited):
		return Near
	case clean:
		return Wrong
	case s.Want != WantConflict || s.sameShape(template, s.agreed) && (s.edited == "" || s.sameShape(mine, s.edited)):
		return Conflict
	}
	return Wide
}

// Wanted reports whether an outcome is right.
func (s Square) Wanted(o Outcome) bool {
	want, unsure := strings.CutSuffix(string(s.Want), maybe)
	switch o {
	case Exact:
		return true
	case Near:
		return Verdict(want) != WantExact
	case Conflict:
		return unsure || s.Want == WantConflict
	}
	return false
}

// Right is the clean file that is right; "" if there is none.
func (s Square) Right() string {
	if s.Want == WantConflict {
		return ""
	}
	return s.edited
}

// Twice returns the keys that a merged file has more often at one path than each
// of its three sources.
func (s Square) Twice(merged string) []string {
	most := make(map[string]int)
	for _, text := range []string{s.Base, s.Ours, s.Theirs} {
		for key, n := range s.countKeys(text) {
			most[key] = max(most[key], n)
		}
	}
	count := s.countKeys(merged)
	maps.DeleteFunc(count, func(key string, n int) bool { return n < 2 || n <= most[key] })
	return slices.Sorted(maps.Keys(count))
}

func (s Square) countKeys(text string) map[string]int {
	count := make(map[string]int)
	for _, e := range s.entries(text) {
		if key := keyOf(e.text); key != "" || strings.HasSuffix(s.File, ".gitignore") {
			count[e.path+cmp.Or(key, e.text)]++
		}
	}
	return count
}

// keyOf returns what a line may say only once at its place: a key, a definition, an
// item of a list; "" for other lines.
func keyOf(line string) string {
	if strings.HasPrefix(line, "- ") {
		return line
	}
	for _, word := range []string{"def ", "class ", "type ", "func "} {
		if strings.HasPrefix(line, word) {
			return line
		}
	}
	key := strings.TrimRight(line[:max(0, strings.IndexAny(line, ":="))], " ?+")
	if key == "" && strings.HasPrefix(line, `"`) && strings.Count(line, `"`) == 2 {
		return line
	}
	if strings.ContainsAny(key, " (") {
		return ""
	}
	return key
}

// sameShape reports whether two texts have the same lines under the same
// headings, but for layout and order.
func (s Square) sameShape(a, b string) bool {
	return slices.Equal(s.shape(a), s.shape(b))
}

func (s Square) shape(text string) []string {
	var all []string
	for _, e := range s.entries(text) {
		all = append(all, noLayout.Replace(e.path+e.text))
	}
	slices.Sort(all)
	return all
}

var noLayout = strings.NewReplacer(" ", "", `"`, "")

// An entry is a line without its layout, and the lines it stands under.
type entry struct{ path, text string }

func (s Square) entries(text string) []entry {
	f := newLines(s.File, text)
	type open struct {
		depth int
		path  string
	}
	stack := []open{{-1, ""}}
	var all []entry
	for i, line := range f.all {
		depth := indent(line) + 1000
		if level := f.heading(i); level > 0 {
			depth = level
		}
		text := plain(line)
		if text == "" {
			continue
		}
		for stack[len(stack)-1].depth >= depth {
			stack = stack[:len(stack)-1]
		}
		under := stack[len(stack)-1].path
		all = append(all, entry{under, text})
		stack = append(stack, open{depth, under + text + " / "})
	}
	return all
}

var oneLayout = strings.NewReplacer(`'`, `"`, "\t", " ")

// plain is a line in one layout.
func plain(line string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(oneLayout.Replace(line)), " "), ",")
}
