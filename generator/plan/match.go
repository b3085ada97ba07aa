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

// minSimilarity is how much of the larger file both must have, in percent, to be alike.
const minSimilarity = 60

// maxPairs is how many pairs of files are compared by content. Where there are
// more, only files of the same name are.
const maxPairs = 1 << 18

// A move is a file at another path than before, whoever moved it.
type move struct{ old, new string }

// withoutFound returns the files that are in no move of those found.
func withoutFound(gone, came []*tree.File, found []move) (stillGone, stillCame []*tree.File) {
	old, new := map[string]bool{}, map[string]bool{}
	for _, mv := range found {
		old[mv.old], new[mv.new] = true, true
	}
	without := func(files []*tree.File, paths map[string]bool) []*tree.File {
		return slices.DeleteFunc(slices.Clone(files), func(f *tree.File) bool { return paths[f.Path] })
	}
	return without(gone, old), without(came, new)
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

// match finds by content which gone file is which that came, of the pairs that
// accept takes. It may be called twice about a pair.
func match(gone, came []*tree.File, accept func(pair) bool) []move {
	all := choose(equalPairs(gone, came, accept))
	gone, came = withoutFound(gone, came, all)
	return append(all, choose(similarPairs(gone, came, accept))...)
}

// A pair is a file that is gone and one that came, and may be a move.
type pair struct {
	gone, came *tree.File
	score      int // twice the similarity, and one more for the same name
}

func newPair(gone, came *tree.File, similarity int) pair {
	p := pair{gone, came, 2 * similarity}
	if strings.EqualFold(path.Base(gone.Path), path.Base(came.Path)) {
		p.score++
	}
	return p
}

// equalPairs returns pairs of files of the same bytes, without comparing each with
// each.
func equalPairs(gone, came []*tree.File, accept func(pair) bool) []pair {
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
	return pairs
}

// similarPairs returns pairs of files that have enough of each other.
func similarPairs(gone, came []*tree.File, accept func(pair) bool) []pair {
	prints := map[*tree.File]merge.Fingerprint{}
	fingerprint := func(f *tree.File) merge.Fingerprint {
		if _, ok := prints[f]; !ok {
			prints[f] = merge.NewFingerprint(f.Data)
		}
		return prints[f]
	}
	var pairs []pair
	rivals := rivalsAmong(gone, came)
	for _, g := range gone {
		for _, c := range rivals(g) {
			if !SizesAllow(int64(len(g.Data)), int64(len(c.Data))) {
				continue
			}
			s := fingerprint(g).Similarity(fingerprint(c))
			if p := newPair(g, c, s); s >= minSimilarity && accept(p) {
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}

// rivalsAmong returns what a gone file is compared with: all that came, or if that
// were too many pairs those of its name, or if even they are too many none.
func rivalsAmong(gone, came []*tree.File) func(*tree.File) []*tree.File {
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
func SizesAllow(a, b int64) bool { return 100*min(a, b) >= minSimilarity*max(a, b) }

// choose takes the best pairs first. Where two are equally good, neither is taken,
// because edits in the wrong file are worse than a file that was not followed.
func choose(pairs []pair) []move {
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	var all []move
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
