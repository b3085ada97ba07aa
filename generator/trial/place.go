package trial

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/outline"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// A Place is where a template would put projects into conflict: lines of it, or all of a
// file where no lines are merged.
type Place struct {
	Template string    // the file, as a path in the pack
	Line     int       // the first of its lines, from 1; 0 for all of the file
	Last     int       // the last; before Line where the template took lines out
	Entry    string    // what they belong to, such as a function or a target, in the first project; or ""
	Path     string    // the file in the first project
	Kind     plan.Kind // of the conflict, in the first project
	Why      string    // for people, where there are no lines
	Projects []string  // in the order in which they were named

	Sample merge.Sides // what the first project's conflict shows
}

// A spot is a conflict of one project.
type spot struct {
	project string
	place   Place
}

// findSpots returns where a step is in conflict: at each change of the template that is
// among the lines of a conflict.
func findSpots(p pack.Pack, base, theirs tree.Tree, s plan.Step) []spot {
	whole := Place{Template: templateOf(base, theirs, s), Path: s.Path, Kind: s.Kind, Why: s.Why}
	t, ok := theirs.Find(s.Path)
	if len(s.Overlaps) == 0 || !ok {
		return []spot{{place: whole}}
	}
	was, _ := base.Find(cmp.Or(s.From, s.Path))
	template, _ := p.Files.Find(t.Origin)
	h := hunks{
		base: was, theirs: t, changed: compareLines(was.Data, t.Data),
		merged:   compareLines(t.Data, merge.Result{Content: s.After.Data, Conflicts: s.Overlaps}.Resolve(false)),
		template: alignTemplate(template.Data, t.Data, p.Target(t.Origin).Delims),
	}
	var spots []spot
	at := 0 // lines of earlier conflicts that are not the template's
	for i, sides := range merge.ReadSides(s.After.Data, s.Overlaps) {
		c := s.Overlaps[i]
		start := c.Line - 1 - at
		at += c.Ours + c.Base + 4 // with the markers
		for _, place := range h.find(start, start+c.Theirs) {
			place.Template, place.Path, place.Kind, place.Sample = whole.Template, whole.Path, s.Kind, sides
			spots = append(spots, spot{place: place})
		}
	}
	return spots
}

// templateOf returns the template that a step is about, as a path in the pack, or the
// file where the pack has none any more.
func templateOf(base, theirs tree.Tree, s plan.Step) string {
	if t, ok := theirs.Find(s.Path); ok {
		return pack.FilesFolder + "/" + t.Origin
	}
	if b, ok := base.Find(cmp.Or(s.From, s.Path)); ok && b.Origin != "" {
		return pack.FilesFolder + "/" + b.Origin
	}
	return s.Path
}

// hunks are what the template changed in a file of one project.
type hunks struct {
	base, theirs tree.File
	changed      []merge.Change // from base to theirs
	merged       []merge.Change // from theirs to the merged file, with the template's side of each conflict
	template     []merge.Change // from the template to theirs
}

// find returns the template's changes among these lines of the merged file, or the lines
// themselves, if none is.
func (h hunks) find(start, end int) []Place {
	start, end = oldStart(h.merged, start), oldEnd(h.merged, end)
	if start > end { // nothing but what the merged file has not
		start, end = end, start
	}
	among := func(touch int) (found []merge.Change) {
		for _, c := range h.changed {
			if c.NewStart < end+touch && start < c.NewEnd+touch {
				found = append(found, c)
			}
		}
		return found
	}
	found := among(0)
	if len(found) == 0 {
		found = among(1) // a deletion has no lines
	}
	if len(found) == 0 {
		found = []merge.Change{{NewStart: start, NewEnd: end}}
	}
	var places []Place
	for _, c := range found {
		entry := nameEntry(h.theirs, c.NewStart, c.NewEnd)
		if c.NewStart == c.NewEnd {
			entry = cmp.Or(nameEntry(h.base, c.OldStart, c.OldEnd), entry)
		}
		places = append(places, Place{Line: oldStart(h.template, c.NewStart) + 1, Last: oldEnd(h.template, c.NewEnd), Entry: entry})
	}
	return places
}

// oldStart returns where lines that begin at a line of the new file begin in the old one,
// behind what only that has.
func oldStart(changes []merge.Change, line int) int {
	by := 0
	for _, c := range changes {
		switch {
		case c.NewEnd <= line:
			by = c.OldEnd - c.NewEnd
		case c.NewStart <= line:
			return inside(c, line, c.OldStart)
		}
	}
	return line + by
}

// oldEnd returns where lines that end before a line of the new file end in the old one.
func oldEnd(changes []merge.Change, line int) int {
	by := 0
	for _, c := range changes {
		switch {
		case c.NewEnd < line:
			by = c.OldEnd - c.NewEnd
		case c.NewStart < line:
			return inside(c, line, c.OldEnd)
		}
	}
	return line + by
}

// inside returns the line in a change. As many lines for as many are taken one for one.
func inside(c merge.Change, line, otherwise int) int {
	if c.OldEnd-c.OldStart == c.NewEnd-c.NewStart {
		return c.OldStart + line - c.NewStart
	}
	return otherwise
}

// compareLines returns how new differs from old, whatever their line ends.
func compareLines(old, new []byte) []merge.Change {
	return merge.Changes(plainEnds(old), plainEnds(new))
}

func plainEnds(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// alignTemplate returns how what a template wrote differs from it. Lines with actions
// differ; each is paired with the next one of the template that it can come from.
func alignTemplate(template, wrote []byte, delims [2]string) []merge.Change {
	old, new := splitLines(template), splitLines(wrote)
	left, right := cmp.Or(delims[0], "{{"), cmp.Or(delims[1], "}}")
	var aligned []merge.Change
	for _, c := range compareLines(template, wrote) {
		if c.OldEnd-c.OldStart == c.NewEnd-c.NewStart || c.NewEnd > len(new) || c.OldEnd > len(old) {
			aligned = append(aligned, c)
			continue
		}
		for at := c.OldStart; c.NewStart < c.NewEnd; c.NewStart++ {
			from := slices.IndexFunc(old[at:c.OldEnd], func(l string) bool { return canWrite(l, new[c.NewStart], left, right) })
			if from < 0 {
				break
			}
			from += at
			aligned = append(aligned, merge.Change{OldStart: c.OldStart, OldEnd: from, NewStart: c.NewStart, NewEnd: c.NewStart})
			c.OldStart, at = from+1, from+1
		}
		aligned = append(aligned, c)
	}
	return slices.DeleteFunc(aligned, func(c merge.Change) bool { return c.OldStart == c.OldEnd && c.NewStart == c.NewEnd })
}

// canWrite reports whether a line of a template may have written a line: whether what
// stands outside of its actions stands there in order. One that is nothing but actions
// is taken for none, because it is a condition more often.
func canWrite(template, line, left, right string) bool {
	literal, rest, action := strings.Cut(template, left)
	if !strings.HasPrefix(line, literal) || !action {
		return line == template
	}
	line = line[len(literal):]
	said := strings.TrimSpace(literal) != ""
	for action {
		if _, rest, action = strings.Cut(rest, right); !action {
			break // it goes on in the next line
		}
		literal, rest, action = strings.Cut(rest, left)
		at := strings.Index(line, literal)
		if !action && strings.HasSuffix(line, literal) {
			at = len(line) - len(literal)
		}
		if at < 0 {
			return false
		}
		line, said = line[at+len(literal):], said || strings.TrimSpace(literal) != ""
	}
	return said
}

// nameEntry names the innermost entry of a file that has all of these lines, from the
// outside in, or returns "".
func nameEntry(f tree.File, start, end int) string {
	o, ok := outline.Read(f.Path, splitLines(f.Data))
	if !ok {
		return ""
	}
	var names []string
	for e := &o.Root; ; {
		i := slices.IndexFunc(e.Entries, func(in outline.Entry) bool { s := in.Span(); return s.Start <= start && max(end, start+1) <= s.End })
		if i < 0 {
			return strings.Join(names, ".")
		}
		rule := strings.HasSuffix(e.Key, ":") // of a Makefile, which has a recipe
		e = &e.Entries[i]
		if name := strings.TrimSuffix(e.Key, ":"); name != "" && !rule {
			names = append(names, name)
		}
	}
}

func splitLines(data []byte) []string {
	return strings.Split(strings.TrimSuffix(string(plainEnds(data)), "\n"), "\n")
}

// groupSpots puts the conflicts of all projects together that have a line of a template
// in common, those of most projects first.
func groupSpots(spots []spot) []Place {
	slices.SortStableFunc(spots, func(a, b spot) int {
		x, y := a.place, b.place
		return cmp.Or(cmp.Compare(x.Template, y.Template), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Last, y.Last), cmp.Compare(x.wholeKey(), y.wholeKey()))
	})
	var places []Place
	for _, s := range spots {
		p := s.place
		if n := len(places); n == 0 || !places[n-1].meets(p) {
			places = append(places, p)
		}
		in := &places[len(places)-1]
		in.Last = max(in.Last, p.Last)
		if !slices.Contains(in.Projects, s.project) {
			in.Projects = append(in.Projects, s.project)
		}
	}
	slices.SortStableFunc(places, func(a, b Place) int { return len(b.Projects) - len(a.Projects) })
	return places
}

// wholeKey tells conflicts of whole files apart.
func (p Place) wholeKey() string {
	if p.Line > 0 {
		return ""
	}
	return string(p.Kind) + p.Why
}

// meets reports whether both are the same change of a template: p begins no later than
// other, and has a line in common with it, or is where the template took lines out.
func (p Place) meets(other Place) bool {
	if p.Template != other.Template || p.wholeKey() != other.wholeKey() || (p.Line == 0) != (other.Line == 0) {
		return false
	}
	return p.Line == other.Line || other.Line <= p.Last
}
