package generator_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A drawing makes up edits of lines.
type drawing struct {
	*rand.Rand
	lines []string
}

// square draws edits of both sides. If they are to collide, one of either's
// overlaps or touches one of the other's; all else is apart.
func (d drawing) square(collide bool) square {
	var update, owner []edit
	for range 1 + d.IntN(3) {
		update = d.add(update, "template", update)
	}
	for range d.IntN(4) {
		owner = d.add(owner, "owner", owner, update)
	}
	s := square{base: apply(d.lines, nil), update: update, owner: owner}
	s.mine, s.template = apply(d.lines, owner, update), apply(d.lines, owner, update)
	if hit := update[0]; collide {
		if e, ok := d.across(hit, update[1:], owner); ok {
			s.mine, s.template = apply(d.lines, owner, []edit{e}, update[1:]), apply(d.lines, owner, update)
			s.owner = append(owner, e)
		}
	} else if d.IntN(4) == 0 { // the owner made one of the template's edits, by hand
		s.owner = append(owner, hit)
	}
	s.ours, s.theirs = apply(d.lines, s.owner), apply(d.lines, update)
	return d.dress(s)
}

// dress saves the owner's file as some editors do.
func (d drawing) dress(s square) square {
	style := func(text string) string { return text }
	switch d.IntN(8) {
	case 0:
		style = func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	case 1:
		style = func(text string) string { return strings.TrimSuffix(text, "\n") }
	}
	s.ours, s.mine, s.template = style(s.ours), style(s.mine), style(s.template)
	return s
}

// An edit puts new in the place of the lines from start up to end of a base.
type edit struct {
	start, end int
	new        []string
	wide       int // how many lines no other edit may touch, before and after
}

func (e edit) String() string { return fmt.Sprintf("lines %d to %d: %q", e.start+1, e.end, e.new) }

// add appends an edit that is apart from all others; none if there is no room.
func (d drawing) add(to []edit, who string, others ...[]edit) []edit {
	for range 100 {
		e := d.edit(who)
		apart := true
		for _, list := range others {
			for _, o := range list {
				gap := max(1, e.wide, o.wide)
				apart = apart && (e.end+gap <= o.start || o.end+gap <= e.start)
			}
		}
		if apart {
			return append(to, e)
		}
	}
	return to
}

// across draws an edit of the owner's that meets hit and nothing else.
func (d drawing) across(hit edit, others ...[]edit) (edit, bool) {
	for range 1000 {
		if found := d.add(nil, "owner", others...); len(found) > 0 {
			e := found[0]
			if e.wide == 0 && e.start <= hit.end && hit.start <= e.end && (e.start != hit.start || e.end != hit.end || len(e.new)+len(hit.new) > 0) {
				return e, true
			}
		}
	}
	return edit{}, false
}

// edit changes, inserts, deletes or repeats a few lines. What is inserted stands
// nowhere else, and what is deleted reads differently from what is around it, so
// that there is no doubt which lines an edit is about.
func (d drawing) edit(who string) edit {
	start := d.IntN(len(d.lines))
	end := min(len(d.lines), start+1+d.IntN(4))
	e := edit{start: start, end: end}
	switch d.IntN(5) {
	case 0:
		e.end = start
		for i := range 1 + d.IntN(3) {
			e.new = append(e.new, d.line(who, start+i))
		}
	case 1: // delete
		if slides(d.lines, start, end) {
			return d.edit(who)
		}
	case 2: // repeat, as one adds a route or a rule
		e.start, e.new, e.wide = end, d.lines[start:end], 8
	default:
		for i := range d.lines[start:end] {
			e.new = append(e.new, d.line(who, start+i))
		}
	}
	return e
}

func slides(lines []string, start, end int) bool {
	return end < len(lines) && lines[start] == lines[end] || start > 0 && lines[start-1] == lines[end-1]
}

// line is a line like the one at i, with something of one's own.
func (d drawing) line(who string, i int) string {
	like := strings.TrimSuffix(d.lines[min(i, len(d.lines)-1)], "\n")
	return fmt.Sprintf("%s -- %s %d\n", like, who, d.Uint32())
}

// apply makes edits that are apart from each other, in any order.
func apply(lines []string, lists ...[]edit) string {
	at := map[int]edit{}
	for _, list := range lists {
		for _, e := range list {
			at[e.start] = e
		}
	}
	var out strings.Builder
	for i := 0; i <= len(lines); {
		e, edited := at[i]
		if edited {
			out.WriteString(strings.Join(e.new, ""))
			delete(at, i)
		}
		if edited && e.end > i {
			i = e.end
			continue
		}
		if i < len(lines) {
			out.WriteString(lines[i])
		}
		i++
	}
	return out.String()
}
