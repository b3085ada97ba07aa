package merge

import (
	"slices"

	"scaffold/generator/outline"
)

// A position is one entry of a merged list, nil where a file does not have it; or, where
// it is a clash, lines of which the order or the choice cannot be decided.
type position struct {
	b, o, t            *outline.Entry
	clash              bool
	base, ours, theirs span
}

// A list is the entries of one file by their keys.
type list struct {
	all []outline.Entry
	at  map[string]int
}

// newList declines (ok is false) where a key is there twice.
func newList(x *outline.Entry) (l list, ok bool) {
	l = list{x.Entries, make(map[string]int, len(x.Entries))}
	for i := range x.Entries {
		l.at[x.Entries[i].Key] = i
	}
	return l, len(l.at) == len(l.all)
}

// find returns nil for none.
func (l *list) find(key string) *outline.Entry {
	if i, ok := l.at[key]; ok {
		return &l.all[i]
	}
	return nil
}

// orderEntries puts the entries of both sides in one order. It declines (ok is false)
// where the entry is a leaf in one of the files, where a key is there twice, and where
// both sides changed the order and not alike.
func orderEntries(b, o, t *outline.Entry) (places []position, ok bool) {
	var lists [3]list
	for i, x := range []*outline.Entry{b, o, t} {
		if lists[i], ok = newList(x); !ok || x.IsLeaf() {
			return nil, false
		}
	}
	if o.Ordered != t.Ordered || o.Commas != t.Commas {
		return nil, false
	}
	s := ordering{lists[0], lists[1], lists[2], o.Ordered}
	yours, template := s.moved(&s.ours), s.moved(&s.theirs)
	switch {
	case yours && template && !s.alike():
		return nil, false
	case yours:
		return s.follow(&s.ours, &s.theirs), true
	case template:
		return s.follow(&s.theirs, &s.ours), true
	}
	return s.zip(), true
}

type ordering struct {
	base, ours, theirs list
	ordered            bool
}

// moved reports whether a side has entries of base in another order.
func (s *ordering) moved(side *list) bool {
	last := -1
	for i := range side.all {
		if at, ok := s.base.at[side.all[i].Key]; ok {
			if at < last {
				return true
			}
			last = at
		}
	}
	return false
}

// alike reports whether both sides have what they share in one order.
func (s *ordering) alike() bool {
	last := -1
	for i := range s.ours.all {
		if at, ok := s.theirs.at[s.ours.all[i].Key]; ok {
			if at < last {
				return false
			}
			last = at
		}
	}
	return true
}

func (s *ordering) place(key string) position {
	return position{b: s.base.find(key), o: s.ours.find(key), t: s.theirs.find(key)}
}

// follow takes the order of one side. What only the other has comes after what it
// follows there.
func (s *ordering) follow(side, other *list) []position {
	var keys []string
	for i := range side.all {
		keys = append(keys, side.all[i].Key)
	}
	at := 0
	for i := range other.all {
		key := other.all[i].Key
		if j := slices.Index(keys, key); j >= 0 {
			at = j + 1
			continue
		}
		keys = slices.Insert(keys, at, key)
		at++
	}
	var places []position
	for _, key := range keys {
		places = append(places, s.place(key))
	}
	return places
}

// zip takes the order of base, in which neither side moved anything: what a side added
// comes after the entry of base that it follows.
func (s *ordering) zip() []position {
	var places []position
	written := map[string]bool{}
	i, j := 0, 0
	for k := 0; k <= len(s.base.all); k++ {
		mine, next := s.gap(&s.ours, i)
		theirs, nextTheirs := s.gap(&s.theirs, j)
		places = append(places, s.joinGap(mine, theirs, k, written)...)
		i, j = next, nextTheirs
		if k == len(s.base.all) {
			break
		}
		key := s.base.all[k].Key
		if i < len(s.ours.all) && s.ours.all[i].Key == key {
			i++
		}
		if j < len(s.theirs.all) && s.theirs.all[j].Key == key {
			j++
		}
		places = append(places, s.place(key))
	}
	return places
}

// gap returns the keys that a side added from i on, up to the next of base.
func (s *ordering) gap(side *list, i int) (keys []string, next int) {
	for ; i < len(side.all); i++ {
		key := side.all[i].Key
		if _, ok := s.base.at[key]; ok {
			break
		}
		keys = append(keys, key)
	}
	return keys, i
}

// joinGap puts together what both sides added at one place: before the entry k of base.
func (s *ordering) joinGap(mine, theirs []string, k int, written map[string]bool) []position {
	var places []position
	add := func(keys []string) {
		for _, key := range keys {
			if !written[key] {
				written[key] = true
				places = append(places, s.place(key))
			}
		}
	}
	alone := func(keys []string, other *list) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return other.find(key) == nil })
	}
	replaced := k > 0 && s.ours.find(s.base.all[k-1].Key) == nil && s.theirs.find(s.base.all[k-1].Key) == nil ||
		k < len(s.base.all) && s.ours.find(s.base.all[k].Key) == nil && s.theirs.find(s.base.all[k].Key) == nil
	if alone(mine, &s.theirs) && alone(theirs, &s.ours) && (s.ordered || replaced) {
		for _, key := range slices.Concat(mine, theirs) {
			written[key] = true
		}
		return []position{{clash: true, ours: s.ours.cover(mine), theirs: s.theirs.cover(theirs)}}
	}
	add(mine)
	add(theirs)
	return places
}

// cover is the lines of entries that follow each other.
func (l *list) cover(keys []string) span {
	return span{l.find(keys[0]).Lead.Start, l.find(keys[len(keys)-1]).Tail.End}
}
