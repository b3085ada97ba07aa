package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/keys"
)

// check looks at what merged clean by lines, where both sides changed something,
// because lines do not know that a key stands twice now, or that a value went to
// another block. It may make conflicts, keep one of two items of a list, and add
// notes; what else was merged stays as it is. Settled says that more than lines was
// merged, so that a key may stand elsewhere than lines would have put it; it declines
// (ok is false) what then reads no more, though all three files do.
func (m *merger) check(r Result, settled bool) (checked Result, ok bool) {
	if !r.Clean() || len(m.yours) == 0 || len(m.template) == 0 || !settled && slices.Equal(m.ids[1], m.ids[2]) {
		return r, true
	}
	yours, template := m.change(m.ours, m.yours), m.change(m.theirs, m.template)
	byLine := r.Content
	if settled || keys.MayMatter(m.name, m.base.lines, yours, template) {
		if r, ok = m.checkKeys(r, settled); !ok || !r.Clean() {
			return r, ok
		}
	}
	isByLine := !settled && !m.coarse && bytes.Equal(byLine, r.Content) // and no item of a list was left out
	if isByLine && m.mayMisplace() {
		if r = m.checkStanzas(r); !r.Clean() {
			return r, true
		}
	}
	if !settled && isCode(m.name) {
		if r = m.checkImports(r, yours, template); !r.Clean() {
			return r, true
		}
	}
	r.Notes = append(r.Notes, m.findRepeated(settled)...)
	return r, true
}

// checkKeys checks what can only be said of files that are read.
func (m *merger) checkKeys(r Result, settled bool) (checked Result, ok bool) {
	merged, isRead := readKeyed(m.name, &m.out)
	if !isRead && !settled || isRead && keys.HasOnlyNames(m.name) && len(merged.twice) == 0 {
		return r, true // whatever the three files are
	}
	g, read := m.readKeys()
	if !isRead || !read {
		return r, !read
	}
	g.merged, g.settled = merged, settled
	if faults := g.findFaults(merged, nil); len(faults) > 0 {
		return g.conflict(faults), true
	}
	r = g.keepOne(r)
	r.Notes = append(r.Notes, g.findRenamed()...)
	return r, true
}

// A gate knows the keys of three files, and of what their lines merge to.
type gate struct {
	*merger
	base, ours, theirs, merged keyed
	settled                    bool // more than lines was merged
}

type keyed struct {
	keys.File
	text   *text
	twice  map[keys.Path][2]keys.Key
	leaves map[keys.Path]keys.Key
	items  map[keys.Item]int  // how often each is in a list that keeps its path
	lists  map[keys.Path]bool // that have some of these
}

// inputs are the keys of three files.
type inputs struct {
	base, ours, theirs keyed
	ok                 bool // all of them were read exactly
	joined             bool // a side took a heading out
}

// readKeys reads the keys of the three files once. It declines (ok is false) where one
// is not read exactly.
func (m *merger) readKeys() (g gate, ok bool) {
	if m.keys == nil {
		in := &inputs{ok: true}
		for _, f := range []struct {
			text *text
			file *keyed
		}{{m.base, &in.base}, {m.ours, &in.ours}, {m.theirs, &in.theirs}} {
			if *f.file, in.ok = readKeyed(m.name, f.text); !in.ok {
				break
			}
		}
		in.joined = in.ok && in.isJoined()
		m.keys = in
	}
	return gate{merger: m, base: m.keys.base, ours: m.keys.ours, theirs: m.keys.theirs}, m.keys.ok
}

func readKeyed(name string, t *text) (k keyed, ok bool) {
	f, ok := keys.Read(name, strings.Join(t.lines, "\n")+"\n")
	k = keyed{f, t, f.Twice(), f.Leaves(), map[keys.Item]int{}, map[keys.Path]bool{}}
	for _, it := range f.Items {
		if it.List.Shape() == it.List {
			k.items[keys.Item{List: it.List, Value: it.Value}]++
			k.lists[it.List] = true
		}
	}
	return k, ok
}

// A fault is a key at which a clean merge is wrong: by its shape if it would
// stand twice, else by its path. Of an item it is the path of its list.
type fault struct {
	path  keys.Path
	twice bool
	item  string // its value
}

// findFaults returns what is wrong in a merge, in order. Where that was decided
// for a side, it may have what that side has.
func (g gate) findFaults(merged keyed, side *keyed) []fault {
	var all []fault
	for p := range merged.twice {
		if !has(g.base.twice, p) && !has(g.ours.twice, p) && !has(g.theirs.twice, p) {
			all = append(all, fault{path: p, twice: true})
		}
	}
	for p, is := range merged.leaves {
		want, ok := g.mergeLeaf(p)
		if ok && is.Value != want && (side == nil || is.Value != side.leaves[p].Value) {
			all = append(all, fault{path: p})
		}
		if side == nil && !g.settled && g.isLost(p, is) {
			all = append(all, fault{path: p})
		}
	}
	for _, of := range []*keyed{&g.ours, &g.theirs} {
		if side == nil || side.text == of.text {
			all = append(all, g.findAstray(merged, of)...)
			all = append(all, g.findItemsAstray(merged, of)...)
			all = append(all, g.findBack(merged, of)...)
			all = append(all, g.findRevived(merged, of)...)
		}
	}
	if side == nil {
		all = append(all, g.findBelowDeleted(merged)...)
	}
	all = append(all, g.findItemsOfNobody(merged)...)
	slices.SortFunc(all, func(a, b fault) int { return cmp.Compare(a.path, b.path) })
	return slices.DeleteFunc(all, func(f fault) bool { // all below a key that stands twice is twice too
		return slices.ContainsFunc(all, func(above fault) bool { return above.twice && f.path.Below(above.path) })
	})
}

// findAstray returns the keys that one side added and that a merge does not have where it
// should: beside keys that are in all files. Where the other side took some away from
// there, it is not known where that is.
func (g gate) findAstray(merged keyed, side *keyed) []fault {
	other := g.other(side)
	var all []fault
	kept := map[keys.Path]bool{}
	for p := range side.leaves {
		if has(merged.leaves, p) || has(g.base.leaves, p) || has(other.leaves, p) {
			continue
		}
		above := p.Above()
		if !has(kept, above) {
			kept[above] = g.keeps(&other, above) && g.keeps(&merged, above)
		}
		if kept[above] {
			all = append(all, fault{path: p})
		}
	}
	return all
}

// findItemsAstray returns the items that one side added to a list that all files have and
// that a merge does not have there: lines put them into another list, or took for them what
// the other side has in another. A rule may have made another item of one, which is nowhere.
func (g gate) findItemsAstray(merged keyed, side *keyed) []fault {
	base, mine, got := g.base.items, side.items, merged.items
	other := g.other(side)
	isAnywhere := map[string]bool{} // where this side does not have it
	for it := range got {
		isAnywhere[it.Value] = isAnywhere[it.Value] || mine[it] == 0
	}
	mayBeGone := g.mayChangeItems()
	fewer := map[keys.Path]bool{} // lists of which this side may have changed an item
	for it := range base {
		fewer[it.List] = fewer[it.List] || mine[it] == 0
	}
	var all []fault
	for it := range mine {
		inAll := g.base.lists[it.List] && other.lists[it.List] && merged.lists[it.List]
		if inAll && base[it] == 0 && got[it] == 0 && (!mayBeGone || isAnywhere[it.Value] || !fewer[it.List]) {
			all = append(all, fault{path: it.List, item: it.Value})
		}
	}
	if !mayBeGone {
		all = append(all, g.findUnlikeLists(merged, side)...)
	}
	return slices.DeleteFunc(all, func(f fault) bool { return !side.isAlone(f) })
}

// findItemsOfNobody returns the items that a merge has in a list more often than both sides,
// or lacks though all files have them: lines matched a list with one like it.
func (g gate) findItemsOfNobody(merged keyed) (all []fault) {
	base, ours, theirs, got := g.base.items, g.ours.items, g.theirs.items, merged.items
	look := func(of *keyed, items map[keys.Item]int, isWrong func(keys.Item) bool) {
		for it := range items {
			f := fault{path: it.List, item: it.Value}
			if g.base.lists[it.List] && g.ours.lists[it.List] && g.theirs.lists[it.List] && merged.lists[it.List] && isWrong(it) && of.isAlone(f) {
				all = append(all, f)
			}
		}
	}
	look(&merged, got, func(it keys.Item) bool { return got[it] > ours[it]+theirs[it] })
	look(&g.base, base, func(it keys.Item) bool { return ours[it] > 0 && theirs[it] > 0 && got[it] == 0 })
	return all
}

// isAlone reports whether an item at fault is on one line, because the lines of one item
// merge one by one.
func (k keyed) isAlone(f fault) bool {
	lines := k.find(f)
	return len(lines) == 0 || k.isOnOneLine(keys.Key{Line: lines[0], Value: f.item})
}

// mayChangeItems reports whether a rule decided that may make another item of one, or leave
// it out.
func (m *merger) mayChangeItems() bool {
	return slices.ContainsFunc(m.result.Settled, func(s Settled) bool { return s.Step != "applied" && s.Step != "layout" })
}

// findUnlikeLists returns the items in which a list that one side added is unlike that of a merge,
// unless the list may be one of base that the side gave another name.
func (g gate) findUnlikeLists(merged keyed, side *keyed) (all []fault) {
	for l := range g.base.lists {
		if !side.lists[l] {
			return nil
		}
	}
	other := g.other(side)
	for _, pair := range [][2]map[keys.Item]int{{side.items, merged.items}, {merged.items, side.items}} {
		for it := range pair[0] {
			if pair[1][it] == 0 && side.lists[it.List] && merged.lists[it.List] && !g.base.lists[it.List] && !other.lists[it.List] {
				all = append(all, fault{path: it.List, item: it.Value})
			}
		}
	}
	return all
}

// findBack returns the keys that one side deleted, and that a merge has because the other
// changed what they are. Where the side added a key beside, it may have given that one
// another name; items of lists have numbers, and change these.
func (g gate) findBack(merged keyed, side *keyed) []fault {
	var all []fault
	var had, kept, there map[keys.Path]bool
	for p := range g.base.leaves {
		if _, ok := side.leaves[p]; ok || p.Shape() != p {
			continue
		}
		if had == nil {
			had, kept, there = g.base.paths(), side.paths(), merged.paths()
		}
		above := p.Above()
		if kept[p] || !there[p] || above != "" && !kept[above] {
			continue
		}
		isNew := func(k keys.Key) bool { return k.Path.Above() == above && !had[k.Path] }
		if !slices.ContainsFunc(side.Keys, isNew) {
			all = append(all, fault{path: p})
		}
	}
	return all
}

// other returns the side that a side is not.
func (g gate) other(side *keyed) keyed {
	if side.text == g.theirs.text {
		return g.ours
	}
	return g.theirs
}

// findRevived returns what one side took out and a merge has, because the other side put it
// elsewhere and changed nothing of it: of what is in one key, the first.
func (g gate) findRevived(merged keyed, side *keyed) []fault {
	other := g.other(side)
	var all []fault
	for p, was := range g.base.leaves {
		if is, ok := merged.leaves[p]; ok && is.Value == was.Value && !has(side.leaves, p) && other.leaves[p].Value == was.Value {
			all = append(all, fault{path: p})
		}
	}
	all = side.firstOfEach(all)
	for it, n := range merged.items {
		if n == 1 && g.base.items[it] == 1 && side.items[it] == 0 && other.items[it] == 1 {
			all = append(all, fault{path: it.List, item: it.Value})
		}
	}
	return all
}

// findBelowDeleted returns the keys that one side added below what the other took out, such as
// a table of a tool that is gone: that would be there again.
func (g gate) findBelowDeleted(merged keyed) []fault {
	base, ours, theirs := g.base.parents(), g.ours.parents(), g.theirs.parents()
	var all []fault
	for p := range merged.leaves {
		inOurs, inTheirs := has(g.ours.leaves, p), has(g.theirs.leaves, p)
		if inOurs == inTheirs || has(g.base.leaves, p) || p.InItem() {
			continue
		}
		other := theirs
		if inTheirs {
			other = ours
		}
		above := p.Above()
		for above != "" && !base[above] {
			above = above.Above()
		}
		if above != "" && !other[above] {
			all = append(all, fault{path: p})
		}
	}
	return all
}

// paths are those of all keys of a file.
func (k keyed) paths() map[keys.Path]bool {
	all := make(map[keys.Path]bool, len(k.Keys))
	for _, key := range k.Keys {
		all[key.Path] = true
	}
	return all
}

// firstOfEach leaves of the faults that are in one key that a file does not have the first.
func (k keyed) firstOfEach(faults []fault) []fault {
	if len(faults) == 0 {
		return nil
	}
	known := k.parents()
	known[""] = true
	slices.SortFunc(faults, func(a, b fault) int { return cmp.Compare(a.path, b.path) })
	seen := map[keys.Path]bool{}
	return slices.DeleteFunc(faults, func(f fault) bool {
		top := f.path
		for above := top.Above(); !known[above]; above = above.Above() {
			top = above
		}
		was := seen[top]
		seen[top] = true
		return was
	})
}

// parents are what the leaves of a file are in.
func (k keyed) parents() map[keys.Path]bool {
	all := make(map[keys.Path]bool, len(k.leaves))
	for p := range k.leaves {
		for above := p.Above(); above != "" && !all[above]; above = above.Above() {
			all[above] = true
		}
	}
	return all
}

// keeps reports whether a file has all leaves that base has at a path and below it, and
// that there are some. The end of a value may have gone below a new key.
func (g gate) keeps(k *keyed, p keys.Path) bool {
	any := false
	for leaf, was := range g.base.leaves {
		if leaf != p && !leaf.Below(p) {
			continue
		}
		is, ok := k.leaves[leaf]
		if !ok || is.Value != was.Value && strings.HasPrefix(was.Value, is.Value) {
			return false
		}
		any = true
	}
	return any
}

func has[K comparable, V any](m map[K]V, k K) bool {
	_, ok := m[k]
	return ok
}

// mergeLeaf says what the merge must have at a path that all three files have,
// unless both sides changed it, and not alike. Lines may put it elsewhere: into
// another of several blocks that are alike.
func (g gate) mergeLeaf(p keys.Path) (value string, ok bool) {
	b, inBase := g.base.leaves[p]
	o, inOurs := g.ours.leaves[p]
	t, inTheirs := g.theirs.leaves[p]
	agreed := o.Value == b.Value || t.Value == b.Value || o.Value == t.Value
	return mergeValue(b.Value, o.Value, t.Value), inBase && inOurs && inTheirs && agreed && !g.keys.joined
}

// isJoined reports whether a side took out a heading, because the text below it is then a
// part of the section above.
func (in *inputs) isJoined() bool {
	if in.base.Kind != "section" {
		return false
	}
	for p := range in.base.leaves {
		if !has(in.ours.leaves, p) || !has(in.theirs.leaves, p) {
			return true
		}
	}
	return false
}

// isLost reports whether both sides gave a key another value, each on one line: lines
// that touch conflict, so that one of the two went to another block.
func (g gate) isLost(p keys.Path, merged keys.Key) bool {
	b, o, t := g.base.leaves[p], g.ours.leaves[p], g.theirs.leaves[p]
	return o.Value != b.Value && t.Value != b.Value && o.Value != t.Value &&
		g.base.isOnOneLine(b) && g.ours.isOnOneLine(o) && g.theirs.isOnOneLine(t) && g.merged.isOnOneLine(merged)
}

// isOnOneLine reports whether the line of a key has its value, but for quotes.
func (k keyed) isOnOneLine(leaf keys.Key) bool {
	if leaf.Line < 1 || leaf.Line > len(k.text.lines) {
		return false
	}
	value := leaf.Value
	if strings.HasPrefix(value, "!!") {
		_, value, _ = strings.Cut(value, " ")
	}
	return value != "" && strings.Contains(k.text.lines[leaf.Line-1], value)
}

// conflict makes conflicts of the edits at which a clean merge is wrong, or of
// all edits where a side of those would be wrong too.
func (g gate) conflict(faults []fault) Result {
	g.steps = nil // because they decided it, and are wrong
	old := g.base.linesOf(faults)
	spans := slices.Concat(
		findTouching(g.yours, old, g.ours.linesOf(faults)),
		findTouching(g.template, old, g.theirs.linesOf(faults)))
	r := g.merge(spans)
	if r.Clean() || !g.fits(r.Resolve(true), &g.ours) || !g.fits(r.Resolve(false), &g.theirs) {
		r = g.merge(g.everywhere())
	}
	for _, f := range faults {
		r.Notes = append(r.Notes, g.explain(f, r))
	}
	return r
}

// explainFaults says why lines that merged clean to one result became conflicts in another.
func (m *merger) explainFaults(clean, r Result) (notes []string) {
	g, ok := m.readKeys()
	t := parse(clean.Content)
	if ok {
		g.merged, ok = readKeyed(m.name, &t)
	}
	if !ok {
		return nil
	}
	for _, f := range g.findFaults(g.merged, nil) {
		notes = append(notes, g.explain(f, r))
	}
	return notes
}

// fits reports whether conflicts that were all decided for a side leave no fault.
func (g gate) fits(content []byte, side *keyed) bool {
	t := parse(content)
	k, ok := readKeyed(g.name, &t)
	return ok && len(g.findFaults(k, side)) == 0
}

// linesOf marks the lines of a file that have one of the keys at fault.
func (k keyed) linesOf(faults []fault) []bool {
	marked := make([]bool, len(k.text.lines))
	for _, f := range faults {
		for _, line := range k.find(f) {
			marked[line-1] = true
		}
	}
	return marked
}

func (k keyed) find(f fault) (lines []int) {
	if leaf, ok := k.leaves[f.path]; ok && !f.twice && f.item == "" {
		return []int{leaf.Line}
	}
	for _, it := range k.Items {
		if f.item != "" && it.List == f.path && it.Value == f.item {
			lines = append(lines, it.Line)
		}
	}
	for _, key := range slices.Concat(k.Keys, k.Named) {
		if f.twice && key.Path.Shape() == f.path {
			lines = append(lines, key.Line)
		}
	}
	return lines
}

// explain says why a merge that was clean is a conflict, with lines of the file
// that has the markers.
func (g gate) explain(f fault, r Result) string {
	was := g.base.leaves[f.path].Value
	mine, template := g.ours.find(f), g.theirs.find(f)
	what := " would stand twice"
	switch {
	case f.twice:
	case has(g.base.leaves, f.path) && !g.ours.paths()[f.path] && g.theirs.leaves[f.path].Value != was:
		what = ": you deleted it, and the template changed it"
	case has(g.base.leaves, f.path) && !g.theirs.paths()[f.path] && g.ours.leaves[f.path].Value != was:
		what = ": the template deleted it, and you changed it"
	case len(mine) == 0 && len(g.base.find(f)) > 0:
		what = " would be back, which you took out"
	case len(template) == 0 && len(g.base.find(f)) > 0:
		what = " would be back, which the template took out"
	case has(g.merged.leaves, f.path) && !has(g.base.leaves, f.path):
		what = " would stand below what the other side deleted"
	case f.item != "":
		what = " would have another's item, or miss one of its own"
	case g.ours.leaves[f.path].Value != was:
		what, template = ": your value would go to another block", nil
	case g.theirs.leaves[f.path].Value != was:
		what, mine = ": the template's value would go to another block", nil
	default:
		what, mine, template = " would get the value of another block", nil, nil
	}
	places := slices.DeleteFunc([]int{
		r.place(true, g.ours.text, mine),
		r.place(false, g.theirs.text, template),
	}, func(line int) bool { return line == 0 })
	slices.Sort(places)
	where := ""
	switch len(places) {
	case 1:
		where = fmt.Sprintf(", line %d", places[0])
	case 2:
		where = fmt.Sprintf(", lines %d and %d", places[0], places[1])
	}
	return fmt.Sprintf("%s %q%s%s: the line merge was clean", g.merged.Kind, f.path, what, where)
}

// place returns where a side's conflicts show one of its lines, counted from 1,
// or 0.
func (r Result) place(mine bool, t *text, lines []int) int {
	shown := parse(r.Content)
	for _, c := range r.Conflicts {
		from, n := c.Line, c.Ours
		if !mine {
			from, n = c.Line+c.Ours+c.Base+2, c.Theirs
		}
		for i := range n {
			for _, line := range lines {
				if shown.lines[from+i] == t.lines[line-1] {
					return from + i + 1
				}
			}
		}
	}
	return 0
}

// findRenamed names the keys that one side gave another name, while the other side
// changed the value: the line has both.
func (g gate) findRenamed() []string {
	var notes []string
	for p, is := range g.merged.leaves {
		who, mine, other := "yours", g.ours.leaves, g.theirs.leaves
		if has(other, p) {
			who, mine, other = "the template's", other, mine
		}
		if added, ok := mine[p]; !ok || has(other, p) || has(g.base.leaves, p) || added.Value == is.Value {
			continue
		}
		for q, b := range g.base.leaves {
			if !has(mine, q) && !has(g.merged.leaves, q) && b.Value == mine[p].Value && has(other, q) && other[q].Value == is.Value {
				notes = append(notes, fmt.Sprintf("line %d: %q has the new value of %q, its name before %s", is.Line, p, q, who))
				break
			}
		}
	}
	slices.Sort(notes)
	return notes
}

// keepOne takes one of two equal items out of a list that has them because both
// sides added or moved it, to different places. It declines if the file does not
// read without that.
func (g *gate) keepOne(r Result) Result {
	var kept []keys.Item
	dropped := make([]bool, len(g.out.lines)+1)
	before := map[string]bool{} // what is repeated in an input; its list may have another name
	for _, f := range []keyed{g.base, g.ours, g.theirs} {
		for k := range f.RepeatedItems() {
			before[k.Value] = true
		}
	}
	for k, found := range g.merged.RepeatedItems() {
		if before[k.Value] || found[0].Ordered() {
			continue
		}
		switch {
		case g.isDroppable(found[1]):
			dropped[found[1].Line] = true
			kept = append(kept, found[0])
		case g.isDroppable(found[0]):
			dropped[found[0].Line] = true
			kept = append(kept, found[1])
		}
	}
	if len(kept) == 0 {
		return r
	}
	left := text{bom: g.out.bom}
	at := make([]int, len(dropped)) // where a line is now
	for i, l := range g.out.lines {
		if !dropped[i+1] {
			left.add(l, g.out.ends[i])
		}
		at[i+1] = len(left.lines)
	}
	merged, ok := readKeyed(g.name, &left)
	if !ok {
		return r
	}
	g.merged, g.out = merged, left
	r.Content = g.content()
	slices.SortFunc(kept, func(a, b keys.Item) int { return cmp.Compare(a.Line, b.Line) })
	for _, k := range kept {
		line := at[k.Line]
		r.Notes = append(r.Notes, fmt.Sprintf("line %d is kept once, though you and the template put it at different places: %s", line, strings.TrimSpace(left.lines[line-1])))
	}
	return r
}

// isDroppable reports whether a list is one without the line of an item. A comment
// above it would be left behind.
func (g gate) isDroppable(i keys.Item) bool {
	if !i.Whole || i.Line < 2 {
		return i.Whole
	}
	above := strings.TrimSpace(g.out.lines[i.Line-2])
	return !strings.HasPrefix(above, "#") && !strings.HasPrefix(above, "//") && !strings.HasSuffix(above, "*/")
}
