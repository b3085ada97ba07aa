package settle

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"scaffold/generator/lazyregexp"
)

// Pins takes the higher of two versions in lines that are alike in all else, if
// neither side went back. A hash goes with the version in the comment behind it. Lines
// that one side put between them stay there.
func Pins(h Hunk) (lines []string, said string, ok bool) {
	if len(h.Base) == 0 || h.isLong() || hasOwnVersions(h.Name) {
		return nil, "", false
	}
	lines, said, ok = choosePins(h.Name, h.Base, h.whole(h.Ours), h.whole(h.Theirs))
	if ok {
		lines, ok = h.between(lines)
	}
	return lines, said, ok
}

// maxLines caps what is looked at, because what is longer was written by programs.
const maxLines = 500

func (h Hunk) isLong() bool {
	return max(len(h.Base), len(h.Head)+max(len(h.Ours), len(h.Theirs))+len(h.Tail)) > maxLines
}

// between returns the lines between what both sides begin and end with.
func (h Hunk) between(lines []string) (rest []string, ok bool) {
	from, to := len(h.Head), len(lines)-len(h.Tail)
	if from > to || !slices.Equal(lines[:from], h.Head) || !slices.Equal(lines[to:], h.Tail) {
		return nil, false
	}
	return lines[from:to], true
}

// choosePins decides the lines of base one by one.
func choosePins(name string, base, ours, theirs []string) (lines []string, said string, ok bool) {
	o, okOurs := alignPins(base, ours)
	t, okTheirs := alignPins(base, theirs)
	if !okOurs || !okTheirs {
		return nil, "", false
	}
	var took []string
	for i, line := range base {
		if lines, ok = appendEither(lines, o[i].before, t[i].before); !ok {
			return nil, "", false
		}
		line, what, ok := choosePin(name, line, o[i].line, t[i].line)
		if !ok {
			return nil, "", false
		}
		lines = append(lines, line)
		if what != "" {
			took = append(took, what)
		}
	}
	lines, ok = appendEither(lines, o[len(base)].before, t[len(base)].before)
	if !ok || len(lines) > max(len(ours), len(theirs)) {
		return nil, "", false // both added something, and may have added the same
	}
	return lines, sayTaken(took), true
}

// appendEither appends what the sides put at one place. It declines where both put
// something there that the other did not.
func appendEither(lines, ours, theirs []string) (longer []string, ok bool) {
	n := 0
	for n < min(len(ours), len(theirs)) && ours[n] == theirs[n] {
		n++
	}
	lines = append(lines, ours[:n]...)
	ours, theirs = ours[n:], theirs[n:]
	if len(ours) < len(theirs) {
		ours, theirs = theirs, ours
	}
	return append(lines, ours...), len(theirs) == 0 || slices.Equal(ours[len(ours)-len(theirs):], theirs)
}

// hasOwnVersions reports whether a file has versions that are not chosen by lines: those
// in a list of changes are the project's, those of a lock file go with its hashes, and
// go.mod has a rule of its own, which has declined.
func hasOwnVersions(name string) bool {
	base := strings.ToLower(path.Base(name))
	stem, _, _ := strings.Cut(base, ".")
	if base == "go.mod" {
		return true
	}
	switch stem {
	case "changelog", "changes", "history", "news", "releases", "version":
		return true
	}
	return strings.HasSuffix(stem, "-lock") || strings.HasSuffix(base, ".lock") || strings.HasSuffix(base, ".sum")
}

// An aligned line is that of a side for a line of base, with what the side added
// before it.
type aligned struct {
	before []string
	line   string
}

// alignPins finds each line of base in a side, but for its numbers. The last of what it
// returns has what stands after all of them. It declines where that is not certain.
func alignPins(base, side []string) (all []aligned, ok bool) {
	if len(base) > len(side) {
		return nil, false
	}
	shapes, at := make([]string, len(side)), make(map[string]int, len(side))
	for i, l := range side {
		shape := shapeOf(l)
		shapes[i] = shape
		if _, twice := at[shape]; twice {
			i = -1
		}
		at[shape] = i
	}
	next := 0
	for i, l := range base {
		shape := shapeOf(l)
		if len(side) > len(base) {
			i = at[shape]
		}
		if i < next || shapes[i] != shape {
			return nil, false
		}
		all = append(all, aligned{side[next:i], side[i]})
		next = i + 1
	}
	return append(all, aligned{before: side[next:]}), true
}

// maxLine and maxNumbers cap the lines that are read.
const (
	maxLine    = 200
	maxNumbers = 12
)

// shapeOf is a line with 0 for each number, which no other text has.
func shapeOf(line string) string {
	if len(line) > maxLine {
		return line
	}
	plain, _ := withoutHash(line)
	_, texts := readNumbers(plain)
	if len(texts) > maxNumbers {
		return line
	}
	return strings.Join(texts, "0")
}

var (
	commit = lazyregexp.New(`([@ "'])[0-9a-f]{40}(["']?)[ \t]+#[ \t]*(?:\S*[:@=][ \t]*)?(v?[0-9][\w.-]*)[ \t]*$`)
	digest = lazyregexp.New(`(:[\w.-]+)@sha256:[0-9a-f]{64}\b`)
)

// withoutHash writes the version for the hash that stands for it.
func withoutHash(line string) (plain string, hashed bool) {
	if len(line) < 40 {
		return line, false
	}
	plain = digest.ReplaceAllString(commit.ReplaceAllString(line, "$1$3$2"), "$1")
	return plain, plain != line
}

// A pin is a line, read.
type pin struct {
	plain   string // with versions for hashes
	hashed  bool
	numbers []number
}

func readPin(line string) pin {
	var p pin
	p.plain, p.hashed = withoutHash(line)
	p.numbers, _ = readNumbers(p.plain)
	return p
}

// rehashed reports whether a side has another hash than base for the same version.
func (p pin) rehashed(base pin) bool {
	return p.hashed && base.hashed && p.plain == base.plain
}

// choosePin decides a line that is alike on all sides but for numbers. What it says it
// took is empty where one side alone changed the line.
func choosePin(name, base, ours, theirs string) (line, took string, ok bool) {
	if ours == theirs {
		return ours, "", true
	}
	shape := shapeOf(base)
	if shape != shapeOf(ours) || shape != shapeOf(theirs) {
		return "", "", false
	}
	b, o, t := readPin(base), readPin(ours), readPin(theirs)
	for i, n := range b.numbers {
		if (n.text != o.numbers[i].text || n.text != t.numbers[i].text) &&
			!(n.isPin(name) && o.numbers[i].isPin(name) && t.numbers[i].isPin(name)) {
			return "", "", false
		}
	}
	if base == ours || base == theirs {
		return merge(base, ours, theirs), "", true
	}
	c, took, ok := compareAll(b, o, t)
	line, higher := ours, o
	if c < 0 {
		line, higher = theirs, t
	}
	ok = ok && !o.rehashed(b) && !t.rehashed(b) && higher.hashed == merge(b.hashed, o.hashed, t.hashed)
	return line, took, ok
}

// merge takes what a side changed of base.
func merge[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}

// compareAll orders the versions in a line that both sides changed: c is positive if
// no version of ours is lower than theirs. It declines where a side went back.
func compareAll(base, ours, theirs pin) (c int, took string, ok bool) {
	for i, b := range base.numbers {
		o, t := ours.numbers[i], theirs.numbers[i]
		if o.text != b.text && !o.isRaised(b) || t.text != b.text && !t.isRaised(b) || floats(b, o, t) {
			return 0, "", false
		}
		if o.text == t.text {
			continue
		}
		d, ok := o.compare(t)
		if !ok {
			d, ok = compareHash(ours, theirs, o, t)
		}
		if !ok || d == 0 || c != 0 && c != d {
			return 0, "", false
		}
		if c == 0 {
			took = sayHigher(o, t, d)
		}
		c = d
	}
	return c, took, c != 0
}

// compareHash puts the hash of v4.1.2 after v4: it is one of the versions that the tag
// stands for as it moves, and who takes the hash has what both sides went up to.
func compareHash(ours, theirs pin, o, t number) (c int, ok bool) {
	held, moving, c := o, t, 1
	if theirs.hashed {
		held, moving, c = t, o, -1
	}
	n := len(moving.parts)
	return c, ours.hashed != theirs.hashed && held.phase+moving.phase == "" && n < len(held.parts) && slices.Equal(held.parts[:n], moving.parts)
}

// floats reports whether one side let go of what base held on to, such as v4 for
// v4.1.2: that is no version that could be higher or lower. A lower bound holds on to
// none.
func floats(base, ours, theirs number) bool {
	return !lowerBound.MatchString(base.near) && (len(ours.parts) < len(base.parts)) != (len(theirs.parts) < len(base.parts))
}

func sayHigher(o, t number, c int) string {
	if c > 0 {
		o, t = t, o
	}
	return fmt.Sprintf("%s of %s and %s", t.name(), o.name(), t.name())
}

// maxTaken caps what is said about one hunk, because more is not read.
const maxTaken = 3

func sayTaken(took []string) string {
	switch n := len(took); {
	case n == 0:
		return ""
	case n > maxTaken:
		return fmt.Sprintf("took %s, and %d more", strings.Join(took[:maxTaken], ", "), n-maxTaken)
	}
	return "took " + strings.Join(took, ", ")
}
