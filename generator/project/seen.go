package project

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// A Seen is which of the user's own files were there when the base was
// recorded, because what was there before was not moved since. Nil stands for
// unknown. It is kept as the comment of the manifest's entry in base.zip,
// because a reader of schema 1 refuses a manifest with a field that it does not
// know, and passes over a comment. A path is four bytes of its sum, because a
// project may have thousands; where two are taken for one, a move is not
// followed.
type Seen []uint32

const (
	seenHead = "scaffold: files that were there\n"
	maxSeen  = 16_000 // what a comment holds, of 65,535 bytes
)

// NewSeen remembers paths, unless there are too many.
func NewSeen(paths []string) Seen {
	if len(paths) > maxSeen {
		return nil
	}
	s := make(Seen, 0, len(paths))
	for _, p := range paths {
		s = append(s, short(p))
	}
	slices.Sort(s)
	return slices.Compact(s)
}

func short(text string) uint32 {
	sum := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint32(sum[:])
}

func (s Seen) Has(path string) bool {
	_, ok := slices.BinarySearch(s, short(path))
	return ok
}

func (s Seen) comment() string {
	if s == nil {
		return ""
	}
	var sums []byte
	for _, sum := range s {
		sums = binary.BigEndian.AppendUint32(sums, sum)
	}
	return seenHead + string(binary.BigEndian.AppendUint32(sums, short(string(sums))))
}

// parseSeen reads a comment, which ends in a sum of its own.
func parseSeen(comment string) (Seen, error) {
	if comment == "" {
		return nil, nil
	}
	sums, ok := strings.CutPrefix(comment, seenHead)
	last := len(sums) - 4
	if !ok || last < 0 || last%4 != 0 || binary.BigEndian.Uint32([]byte(sums[last:])) != short(sums[:last]) {
		return nil, errors.New("has a comment that is not what was written")
	}
	s := make(Seen, 0, last/4)
	for sum := range slices.Chunk([]byte(sums[:last]), 4) {
		s = append(s, binary.BigEndian.Uint32(sum))
	}
	return s, nil
}
