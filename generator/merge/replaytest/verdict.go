package replaytest

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// verdict returns what is right by the laws of merging, where an edit does not say it:
// that depends on what the template did to the entries that the edit is about.
func (s Square) verdict(e edit) Verdict {
	if e.kind == "applied" {
		return WantSame
	}
	worst := 0
	for _, o := range e.ops {
		worst = max(worst, slices.Index(strictness, s.judgeOp(e.kind, o)))
	}
	return strictness[worst]
}

// strictness is in the order in which a verdict about one operation is that of all.
var strictness = []Verdict{WantExact, WantSame, WantNear, WantExact + maybe, WantSame + maybe, WantNear + maybe, WantConflict}

func (s Square) judgeOp(kind string, o op) Verdict {
	base, theirs := newLines(s.File, s.Base), newLines(s.File, s.Theirs)
	switch o.word {
	case "all":
		if kind == "layout" {
			return WantNear // because what the template adds keeps its own
		}
		return WantExact
	case "move":
		return WantNear
	case "set", "replace", "delete":
		return o.judgeChange(kind, &base, &theirs)
	}
	b, errBase := o.place(&base)
	t, errTheirs := o.place(&theirs)
	if errBase != nil || errTheirs != nil || base.around(b) == theirs.around(t) {
		return WantExact // or the edit is none, which make says
	}
	if kind == "lines" || o.ordered(&base) {
		return WantNear + maybe // because nothing says which comes first
	}
	return WantNear
}

// judgeChange judges what is done to an entry by what the template did to it.
func (o op) judgeChange(kind string, base, theirs *lines) Verdict {
	was, err := o.target(base)
	if err != nil {
		return WantExact // it is the owner's own, by an operation before
	}
	now, err := o.target(theirs)
	mine := strings.Join(o.lines, "\n")
	switch {
	case err != nil && o.word == "delete", err == nil && now == mine:
		return WantSame
	case err != nil:
		return WantConflict
	case now == was:
		return WantExact
	case kind == "layout" && (base.kind == ".json" || base.kind == ".toml"):
		return WantSame // because line breaks are layout there
	case kind == "layout":
		return WantSame + maybe
	case o.word == "delete":
		return judgeAlike(was, now)
	case kind == "pins":
		return judgePins(was, mine, now)
	}
	return WantConflict
}

// judgePins takes the higher version, unless one went back.
func judgePins(was, mine, now string) Verdict {
	b, o, t := version(was), version(mine), version(now)
	switch {
	case slices.Compare(o, b) < 0 || slices.Compare(t, b) < 0:
		return WantConflict
	case slices.Compare(o, t) < 0:
		return WantSame
	}
	return WantExact
}

var numbers = regexp.MustCompile(`\d+`)

// version returns the numbers of a line's last word that has any.
func version(line string) []int {
	var found []int
	for word := range strings.FieldsSeq(line) {
		if all := numbers.FindAllString(word, -1); all != nil {
			found = nil
			for _, text := range all {
				n, _ := strconv.Atoi(text)
				found = append(found, n)
			}
		}
	}
	return found
}

// judgeAlike judges the deletion of what the template changed: by a little, and it
// stays deleted; by a lot, and the owner has to know; and between them either is right.
func judgeAlike(was, now string) Verdict {
	before, after := strings.Fields(was), strings.Fields(now)
	count := make(map[string]int)
	for _, word := range before {
		count[word]++
	}
	common := 0
	for _, word := range after {
		if count[word] > 0 {
			count[word]--
			common++
		}
	}
	switch alike := 2 * float64(common) / float64(len(before)+len(after)); {
	case alike > 0.9:
		return WantExact
	case alike < 0.7:
		return WantConflict
	}
	return WantExact + maybe
}

// target is the text that an operation replaces.
func (o op) target(f *lines) (string, error) {
	start, end, err := f.find(o.at)
	if err != nil {
		return "", err
	}
	if o.word == "set" {
		end = start + 1
	}
	return strings.Join(f.all[start:end], "\n"), nil
}

// around is the lines between which something is inserted.
func (f *lines) around(at int) [2]string {
	before, after := at-1, at
	for before >= 0 && f.all[before] == "" {
		before--
	}
	for after < len(f.all) && f.all[after] == "" {
		after++
	}
	var around [2]string
	if before >= 0 {
		around[0] = f.path(before)
	}
	if after < len(f.all) {
		around[1] = f.path(after)
	}
	return around
}

// path is a line, and those that it stands under.
func (f *lines) path(i int) string {
	path, depth := plain(f.all[i]), indent(f.all[i])
	for i--; i >= 0 && depth > 0; i-- {
		if f.all[i] != "" && indent(f.all[i]) < depth {
			path, depth = plain(f.all[i])+" / "+path, indent(f.all[i])
		}
	}
	return path
}

// ordered reports whether what is inserted stands among things whose order counts.
func (o op) ordered(f *lines) bool {
	line := cmp.Or(o.lines...)
	text := strings.TrimSpace(line)
	switch f.kind {
	case ".md", "Dockerfile":
		return true
	case "Makefile":
		return strings.HasPrefix(line, "\t")
	case ".yml", ".yaml":
		path := strings.Join(o.at, " ")
		return strings.HasPrefix(text, "- ") && (strings.Contains(path, "steps:") || strings.Contains(path, "script:") || strings.Contains(path, "stages:"))
	case ".go":
		return !strings.HasPrefix(o.at[0], "import") && !strings.HasPrefix(o.at[0], "type")
	case ".py":
		return !strings.HasPrefix(text, "import") && !strings.HasPrefix(text, `"`)
	}
	return false
}
