package merge

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Both sides edit lists that are alike, and lines match one with another. A list is given by its
// name and its items.
var likeListTests = []struct{ base, ours, theirs, want string }{
	// Both add one item at different places of a list: another gets it too.
	{"b0 a b c d, b1 e a b c, b2 a b c d", "b0 a b c d, b1 e a b, b2 a b c e d", "b2 a b c d e, b1 e a b c, b0 a b c d", "b2 a b c e d, b1 e a b, b0 a b c d"},
	// An item is added to a list that the other side took out: another gets it.
	{"b1 a b, b2 a b c, b3 a b c", "b1 a b, b2 a k b c", "b1 a b, b2 a b c, b3 a b l c", ""},
	{"b0 a b c d, b1 a b, b2 e a b, b3 a b c", "b1 a b, b2 e a b d, b3 a b c", "b0 a b c d, b1 b, b3 a b c", ""},
	{"b1 e a b, b2 a b, b3 a b", "b1 e a b, b2 a d b, b3 a b", "b1 e d a b, b3 a b", ""},
	// One side takes an item out of a list, and the other the list that is like it then.
	{"b0 e a b c d, b1 a b c d", "b0 e a b c d, b1 a b d", "b0 e b c d", ""},
	// What the template adds to a list was never in what the user took out.
	{"b0 e a b c d, b1 e a b c d", "b0 e a b c", "b0 e a b c d k, b1 a b c d", "b0 e a b c k"},
	// What one side added to a list, and took out of it, is so.
	{"b0 a b c, b1 a b c", "b0 a b c, b1 a c", "b0 a k b c, b1 a b c", "b0 a k b c, b1 a c"},
	{"b0 a b c, b1 a b c", "b1 a b c, b0 a b c", "b0 a k b c, b1 a b c", "b1 a b c, b0 a k b c"},
}

func TestLikeLists(t *testing.T) {
	for _, tt := range likeListTests {
		x := triple{spaced(tt.base).content(), spaced(tt.ours).content(), spaced(tt.theirs).content()}
		r := Merge("a.yaml", x.base, x.ours, x.theirs, Options{Labels: labels})
		got := ""
		if r.Clean() {
			got = readBlocks(r.Content).String()
		}
		if got != tt.want {
			t.Errorf("base %s, ours %s, theirs %s:\n%q, want\n%q\n%q %+v", tt.base, tt.ours, tt.theirs, got, tt.want, r.Notes, r.Settled)
		}
		checkGate(t, "a.yaml", x)
	}
}

// TestRandomLists has both sides add, take out and move items, and blocks that have lists
// which are alike. What merges clean has in each list what the sides made of it.
func TestRandomLists(t *testing.T) {
	n := tries(400, 20_000)
	clean := 0
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 77))
		var base listBlocks
		for i := range 2 + r.IntN(3) {
			items := slices.Clone([]string{"aa", "bb", "cc", "dd"}[:2+r.IntN(3)])
			if r.IntN(3) == 0 {
				items = slices.Insert(items, 0, "ee")
			}
			base = append(base, listBlock{fmt.Sprint("b", i), items})
		}
		ours, theirs := editBlocks(r, base, "n"), editBlocks(r, base, "m")
		x := triple{base.content(), ours.content(), theirs.content()}
		for _, o := range []Options{gated(labels), {Labels: labels}} {
			m := Merge("a.yaml", x.base, x.ours, x.theirs, o)
			if !m.Clean() {
				continue
			}
			clean++
			if wrong := findWrongItem(base, ours, theirs, readBlocks(m.Content)); wrong != "" {
				t.Errorf("seed %d: %s\nbase   %s\nours   %s\ntheirs %s\nmerged %s\nnotes %q, settled %+v", seed, wrong, base, ours, theirs, readBlocks(m.Content), m.Notes, m.Settled)
			}
		}
	}
	if clean < n {
		t.Errorf("only %d of %d merges are clean: this tries nothing", clean, 2*n)
	}
}

// editBlocks makes one or two edits; the blocks that it adds have who in their names.
func editBlocks(r *rand.Rand, blocks listBlocks, who string) listBlocks {
	blocks = slices.Clone(blocks)
	for range 1 + r.IntN(2) {
		i := r.IntN(len(blocks))
		b := &blocks[i]
		switch r.IntN(7) {
		case 0, 1:
			if it := []string{"item", "aa", "bb", "cc", "dd", "ee", "other"}[r.IntN(7)]; !slices.Contains(b.items, it) {
				b.items = slices.Insert(slices.Clone(b.items), r.IntN(len(b.items)+1), it)
			}
		case 2, 3:
			if at := r.IntN(len(b.items)); len(b.items) > 1 {
				b.items = slices.Delete(slices.Clone(b.items), at, at+1)
			}
		case 4:
			like := listBlock{fmt.Sprint(who, len(blocks)), b.items}
			if !slices.ContainsFunc(blocks, func(b listBlock) bool { return b.name == like.name }) {
				blocks = slices.Insert(blocks, r.IntN(len(blocks)+1), like)
			}
		case 5:
			if len(blocks) > 1 {
				blocks = slices.Delete(blocks, i, i+1)
			}
		case 6:
			r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		}
	}
	return blocks
}

// findWrongItem says which list of a merge is not what the sides made of it. Of what one side
// took out nothing is known where it added something, which may be that with another name.
func findWrongItem(base, ours, theirs, merged listBlocks) string {
	b, o, t, got := base.items(), ours.items(), theirs.items(), merged.items()
	isRenamed := hasAllBut(base, ours) || hasAllBut(base, theirs)
	for _, it := range slices.Sorted(maps.Keys(mergeKeys(b, o, t, got))) {
		list, _, _ := strings.Cut(it, " ")
		want, agreed := mergeModel(b[it], o[it], t[it])
		inAll := b[list] != "" && o[list] != "" && t[list] != ""
		staysDeleted := b[list] != "" && o[list] == "" && got[it] == ""
		if agreed && got[it] != want && (inAll || !isRenamed && !staysDeleted) {
			return fmt.Sprintf("%q is %q, want %q", it, got[it], want)
		}
	}
	return ""
}

// hasAllBut reports whether a side took a block out and added one.
func hasAllBut(base, side listBlocks) bool {
	b, s := base.items(), side.items()
	isNew := func(of map[string]string) func(listBlock) bool {
		return func(l listBlock) bool { return of[l.name] == "" }
	}
	return slices.ContainsFunc(base, isNew(s)) && slices.ContainsFunc(side, isNew(b))
}

// A listBlock is a key with a list below it, and a key after that.
type listBlock struct {
	name  string
	items []string
}

type listBlocks []listBlock

func (l listBlocks) content() []byte {
	var out strings.Builder
	for _, b := range l {
		fmt.Fprintf(&out, "%s:\n  needs:\n    - %s\n  on: 1\n", b.name, strings.Join(b.items, "\n    - "))
	}
	return []byte(out.String())
}

func (l listBlocks) String() string {
	var all []string
	for _, b := range l {
		all = append(all, strings.Join(append([]string{b.name}, b.items...), " "))
	}
	return strings.Join(all, ", ")
}

// items is the model: which block there is, and which item in it.
func (l listBlocks) items() map[string]string {
	all := map[string]string{}
	for _, b := range l {
		all[b.name] += "there"
		for _, it := range b.items {
			all[b.name+" "+it] += "there"
		}
	}
	return all
}

// spaced reads what String writes.
func spaced(s string) (l listBlocks) {
	for b := range strings.SplitSeq(s, ", ") {
		words := strings.Fields(b)
		l = append(l, listBlock{words[0], words[1:]})
	}
	return l
}

// readBlocks reads what content writes, in which a block may lack lines.
func readBlocks(content []byte) (l listBlocks) {
	for line := range bytes.Lines(content) {
		switch text := strings.TrimSpace(string(line)); {
		case strings.HasPrefix(text, "- "):
			last := &l[len(l)-1]
			last.items = append(last.items, text[2:])
		case line[0] != ' ':
			l = append(l, listBlock{name: strings.TrimSuffix(text, ":")})
		}
	}
	return l
}
