package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/keys"
	"scaffold/generator/outline"
)

// TestMergeLaws edits the files of the replay as two people do, line by line and block by
// block, and tries all rules at once. Whatever a step settled obeys the laws.
func TestMergeLaws(t *testing.T) {
	files := replayFiles(t)
	seeds := tries(200, 20_000)
	settled, clean := map[string]int{}, 0
	for seed := range seeds {
		r := rand.New(rand.NewPCG(14, uint64(seed)))
		f := files[r.IntN(len(files))]
		x := editBoth(r, f.content)
		m := Merge(f.name, x.base, x.ours, x.theirs, Options{Labels: labels})
		for _, s := range m.Settled {
			settled[s.Step]++
		}
		if len(m.Settled) == 0 {
			continue
		}
		if m.Clean() {
			clean++
		}
		if law := brokenLaw(f.name, x, m); law != "" {
			t.Errorf("seed %d, %s: %s\nbase\n%s\nours\n%s\ntheirs\n%s\nmerged\n%s\nsettled %+v", seed, f.name, law, x.base, x.ours, x.theirs, m.Content, m.Settled)
		}
	}
	t.Logf("%d clean of what was settled, by %v", clean, settled)
	if clean < seeds/20 {
		t.Errorf("%d of %d are clean and settled: this shows nothing", clean, seeds)
	}
}

type namedFile struct{ name, content string }

// replayFiles are the versions of the replay's files, each once.
func replayFiles(t *testing.T) []namedFile {
	t.Helper()
	var all []namedFile
	seen := map[namedFile]bool{}
	for _, s := range loadReplay(t) {
		for _, content := range []string{s.Base, s.Theirs} {
			if f := (namedFile{s.File, content}); !seen[f] && s.File != "go.mod" {
				seen[f] = true
				all = append(all, f)
			}
		}
	}
	return all
}

// editBoth has both sides edit a file, most often around the same line.
func editBoth(r *rand.Rand, content string) triple {
	lines := strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	around := r.IntN(len(lines))
	return triple{[]byte(content), editFile(r, lines, around, "m"), editFile(r, lines, around, "t")}
}

// editFile makes one to three edits; what it adds has who in it.
func editFile(r *rand.Rand, lines []string, around int, who string) []byte {
	for n := range 1 + r.IntN(3) {
		at := around - 3 + r.IntN(7)
		if r.IntN(3) == 0 {
			at = r.IntN(len(lines))
		}
		if lines = editAt(r, lines, min(max(at, 0), len(lines)-1), fmt.Sprint(who, n)); len(lines) == 0 {
			lines = []string{""}
		}
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

var aVersion = regexp.MustCompile(`[0-9]+\.[0-9]+`)

func editAt(r *rand.Rand, lines []string, at int, mark string) []string {
	lines = slices.Clone(lines)
	from, to := blockAt(lines, at)
	block := slices.Clone(lines[from:to])
	switch r.IntN(9) {
	case 0:
		return slices.Delete(lines, at, at+1)
	case 1:
		return slices.Delete(lines, from, to)
	case 2, 3:
		lines[at] = lastWord.ReplaceAllString(lines[at], "${1}"+mark+"$2")
	case 4:
		added := lastWord.ReplaceAllString(lines[at], "${1}"+mark+"$2")
		return slices.Insert(lines, at, firstWord.ReplaceAllString(added, "${1}"+mark))
	case 5:
		return slices.Insert(lines, at, lines[at])
	case 6:
		lines = slices.Delete(lines, from, to)
		return slices.Insert(lines, r.IntN(len(lines)+1), block...)
	case 7:
		before := []string{"  ", "# ", "// "}[r.IntN(3)]
		for i := range block {
			lines[from+i] = before + lines[from+i]
		}
	case 8:
		for i, l := range lines {
			if (i+at)%3 == 0 {
				lines[i] = aVersion.ReplaceAllStringFunc(l, func(v string) string { return v + fmt.Sprint(r.IntN(3)) })
			}
		}
	}
	return lines
}

var (
	lastWord  = regexp.MustCompile(`^(.*\w)(\W*)$`)
	firstWord = regexp.MustCompile(`^(\W*\w+)`)
)

// blockAt returns the lines that stand at a line without a blank one between.
func blockAt(lines []string, at int) (from, to int) {
	from, to = at, at+1
	for from > 0 && !blank(lines[from-1]) {
		from--
	}
	for to < len(lines) && !blank(lines[to]) {
		to++
	}
	return from, min(to, from+12)
}

// brokenLaw says which law a merge breaks that a step settled; "" if none.
func brokenLaw(name string, x triple, m Result) string {
	for _, mine := range []bool{true, false} {
		law := unreadable(name, x, m.Resolve(mine))
		if law == "" && readsAll(name, x) && !saysNothingTwice(name, x, m.Resolve(mine)) {
			law = "a key stands twice"
		}
		if law != "" {
			return fmt.Sprintf("decided for mine %v: %s", mine, law)
		}
	}
	if !m.Clean() {
		return ""
	}
	b, o, t, n := countLines(x.base), countLines(x.ours), countLines(x.theirs), countLines(m.Content)
	named, mineFirst := map[string]bool{}, false
	for _, s := range m.Settled {
		mineFirst = mineFirst || s.Step == "layout" || s.Step == "deleted"
		if s.Step != stepKey {
			for _, l := range slices.Concat(s.Base, s.Ours, s.Theirs) {
				named[withoutComma(l)] = true
			}
		}
	}
	yours, template := touchedLines(x.base, x.ours), touchedLines(x.base, x.theirs)
	all := maps.Clone(b)
	maps.Copy(all, o)
	maps.Copy(all, t)
	for l := range all {
		switch {
		case named[l], keys.Language(name) == "go" && strings.HasPrefix(l, "\t\""): // imports are what is used
		case b[l] == 0 && (o[l] == 0 || t[l] == 0) && n[l] == 0:
			return fmt.Sprintf("one side added %q, and it is lost", l)
		case n[l] > 0 && (o[l] == 0 && !template[l] || t[l] == 0 && !yours[l]):
			return fmt.Sprintf("one side deleted %q, and it is there", l)
		case n[l] > max(b[l], o[l], t[l], o[l]+t[l]-b[l]) && !(yours[l] && template[l]):
			return fmt.Sprintf("%q is there %d times, and %d, %d, %d times in the inputs", l, n[l], b[l], o[l], t[l])
		}
	}
	if mineFirst {
		return ""
	}
	swapped := Merge(name, x.base, x.theirs, x.ours, Options{Labels: labels})
	if swapped.Clean() && !maps.Equal(countLines(swapped.Content), n) {
		return "with swapped sides it has other lines"
	}
	return ""
}

// touchedLines are those that a side added, deleted or moved.
func touchedLines(base, side []byte) map[string]bool {
	b, s := parse(base), parse(side)
	touched := map[string]bool{}
	for _, e := range newMerger(&b, &s, &b, labels).yours {
		for _, l := range slices.Concat(b.lines[e.Old.Start:e.Old.End], s.lines[e.New.Start:e.New.End]) {
			touched[withoutComma(l)] = true
		}
	}
	return touched
}

// unreadable says why a file cannot be what three others merge to: it has a line of none,
// or reads no more.
func unreadable(name string, x triple, merged []byte) string {
	b, o, t := countLines(x.base), countLines(x.ours), countLines(x.theirs)
	for l := range countLines(merged) {
		if b[l]+o[l]+t[l] == 0 && keys.Language(name) != "go" {
			return fmt.Sprintf("%q is no line of an input", l)
		}
	}
	reads := func(content []byte) (byKeys, byOutline bool) {
		_, byKeys = keys.Read(name, string(content))
		_, byOutline = outline.Read(name, parse(content).lines)
		return byKeys, byOutline
	}
	areKeys, areOutlines := true, true
	for _, content := range [][]byte{x.base, x.ours, x.theirs} {
		k, l := reads(content)
		areKeys, areOutlines = areKeys && k, areOutlines && l
	}
	k, l := reads(merged)
	if areKeys && !k || areOutlines && !l {
		return "it does not read"
	}
	return ""
}

// countLines counts lines that are not blank, without the comma at their end: entries may
// get one, or lose it.
func countLines(content []byte) map[string]int {
	count := map[string]int{}
	for l := range strings.Lines(string(content)) {
		if !blank(l) {
			count[withoutComma(l)]++
		}
	}
	return count
}

func withoutComma(l string) string { return strings.TrimSuffix(strings.TrimRight(l, " \t\r\n"), ",") }
