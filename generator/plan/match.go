package plan

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"path"
	"slices"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

// Similar is how much of the larger file both must have, in percent.
const Similar = 60

// maxPairs is how many pairs of files are compared by content. Where there are
// more, only files of the same name are.
const maxPairs = 1 << 18

// A move is a file of the template's that changed its path.
type move struct {
	old, new string
	keepOld  bool   // where stuck: the old file is all there is, so it is not deleted
	deferred string // where stuck: why the move is left for a later run; "" if it is not
}

func rest(gone, came []*tree.File, found []move) (stillGone, stillCame []*tree.File) {
	old, new := map[string]bool{}, map[string]bool{}
	for _, mv := range found {
		old[mv.old], new[mv.new] = true, true
	}
	return slices.DeleteFunc(gone, func(f *tree.File) bool { return old[f.Path] }),
		slices.DeleteFunc(came, func(f *tree.File) bool { return new[f.Path] })
}

// respelled finds files of which nothing but the letter case of the path changed,
// or how its accents are encoded. Many systems take both for one file, whatever
// is in it.
func respelled(gone, came []*tree.File) []move {
	new := map[string]string{}
	for _, f := range came {
		new[tree.Fold(f.Path)] = f.Path
	}
	var all []move
	for _, f := range gone {
		if to, ok := new[tree.Fold(f.Path)]; ok {
			all = append(all, move{old: f.Path, new: to})
		}
	}
	return all
}

// match finds by content which gone file is which that came, of the pairs to
// which ask says yes; it is called once about each. Where two are equally good,
// neither is taken, because edits in the wrong file are worse than a file that
// was not followed.
func match(gone, came []*tree.File, ask func(pair) bool) []move {
	said := map[[2]*tree.File]bool{}
	accept := func(p pair) bool {
		key := [2]*tree.File{p.gone, p.came}
		if _, ok := said[key]; !ok {
			said[key] = ask(p)
		}
		return said[key]
	}
	all := equal(gone, came, accept)
	gone, came = rest(slices.Clone(gone), slices.Clone(came), all)
	pairs := candidates(gone, came, accept)
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	done := map[*tree.File]bool{}
	for len(pairs) > 0 {
		n := 1
		for n < len(pairs) && pairs[n].score == pairs[0].score {
			n++
		}
		all = append(all, unambiguous(pairs[:n], done)...)
		pairs = pairs[n:]
	}
	return all
}

// equal pairs files of the same bytes, without comparing each with each; of
// several, those of the same name.
func equal(gone, came []*tree.File, accept func(pair) bool) []move {
	seed, groups := maphash.MakeSeed(), map[uint64][]*tree.File{}
	for _, f := range came {
		sum := maphash.Bytes(seed, f.Data)
		groups[sum] = append(groups[sum], f)
	}
	var pairs []pair
	for _, g := range gone {
		for _, c := range groups[maphash.Bytes(seed, g.Data)] {
			if p := newPair(g, c, 100); len(g.Data) > 0 && bytes.Equal(g.Data, c.Data) && accept(p) {
				pairs = append(pairs, p)
			}
		}
		if len(pairs) > maxPairs {
			return nil // hundreds of copies: which is which is anybody's guess
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	named := slices.IndexFunc(pairs, func(p pair) bool { return p.score%2 == 0 })
	if named < 0 {
		named = len(pairs)
	}
	done := map[*tree.File]bool{}
	return append(unambiguous(pairs[:named], done), unambiguous(pairs[named:], done)...)
}

// A pair may be a move. Of equally similar ones, the same name scores higher.
type pair struct {
	gone, came *tree.File
	score      int
}

func newPair(gone, came *tree.File, similarity int) pair {
	p := pair{gone, came, 2 * similarity}
	if strings.EqualFold(path.Base(gone.Path), path.Base(came.Path)) {
		p.score++
	}
	return p
}

func candidates(gone, came []*tree.File, accept func(pair) bool) []pair {
	prints := map[*tree.File]merge.Fingerprint{}
	fingerprint := func(f *tree.File) merge.Fingerprint {
		if _, ok := prints[f]; !ok {
			prints[f] = merge.NewFingerprint(f.Data)
		}
		return prints[f]
	}
	var pairs []pair
	places := rivals(gone, came)
	for _, g := range gone {
		for _, c := range places(g) {
			if !SizesAllow(int64(len(g.Data)), int64(len(c.Data))) {
				continue
			}
			s := fingerprint(g).Similarity(fingerprint(c))
			if p := newPair(g, c, s); s >= Similar && accept(p) {
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}

// rivals returns what a gone file is compared with: all that came, or if that
// were too many pairs those of its name, or if even they are too many none.
func rivals(gone, came []*tree.File) func(*tree.File) []*tree.File {
	if len(gone)*len(came) <= maxPairs {
		return func(*tree.File) []*tree.File { return came }
	}
	left, right := map[string]int{}, map[string][]*tree.File{}
	for _, f := range gone {
		left[path.Base(f.Path)]++
	}
	for _, f := range came {
		right[path.Base(f.Path)] = append(right[path.Base(f.Path)], f)
	}
	return func(f *tree.File) []*tree.File {
		name := path.Base(f.Path)
		if left[name]*len(right[name]) > maxPairs/16 {
			return nil
		}
		return right[name]
	}
}

// SizesAllow reports whether files of two sizes may be similar.
func SizesAllow(a, b int64) bool { return 100*min(a, b) >= Similar*max(a, b) }

// unambiguous returns the pairs, all of one score, of which neither file is in
// another. Files with rivals are done as well: what is left for them is worse.
func unambiguous(pairs []pair, done map[*tree.File]bool) []move {
	count := map[*tree.File]int{}
	for _, p := range pairs {
		if !done[p.gone] && !done[p.came] {
			count[p.gone]++
			count[p.came]++
		}
	}
	var all []move
	for _, p := range pairs {
		if count[p.gone] == 1 && count[p.came] == 1 && !done[p.gone] && !done[p.came] {
			all = append(all, move{old: p.gone.Path, new: p.came.Path})
		}
	}
	for f := range count {
		done[f] = true
	}
	return all
}
