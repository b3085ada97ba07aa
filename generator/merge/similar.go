package merge

import (
	"bytes"
	"cmp"
	"slices"
)

// Binary reports whether data is taken for binary, by git's rule: a NUL in the
// first 8,000 bytes. Everything else is merged as bytes, whatever its encoding.
func Binary(data []byte) bool {
	return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0
}

// A Fingerprint stands for a file where many are compared with many, to find
// out which was renamed to which.
type Fingerprint struct {
	size   int
	pieces []piece // by hash
}

// A piece is a line, or part of a long one, and how many bytes of the file are
// pieces like it.
type piece struct {
	hash  uint64
	bytes int
}

// maxPiece cuts long lines, so that files of one line can be similar.
const maxPiece = 64

// NewFingerprint takes time in proportion to data.
func NewFingerprint(data []byte) Fingerprint {
	f := Fingerprint{size: len(data)}
	for len(data) > 0 {
		n := min(len(data), maxPiece)
		if eol := bytes.IndexByte(data[:n], '\n'); eol >= 0 {
			n = eol + 1
		}
		f.pieces = append(f.pieces, piece{hash(data[:n]), n})
		data = data[n:]
	}
	slices.SortFunc(f.pieces, func(a, b piece) int { return cmp.Compare(a.hash, b.hash) })
	f.pieces = sum(f.pieces)
	return f
}

func sum(sorted []piece) []piece {
	out := sorted[:0]
	for _, p := range sorted {
		if len(out) > 0 && out[len(out)-1].hash == p.hash {
			out[len(out)-1].bytes += p.bytes
			continue
		}
		out = append(out, p)
	}
	return slices.Clip(out)
}

// hash is 64-bit FNV-1a of a line without its ending, because a change of line
// endings makes no other file.
func hash(line []byte) uint64 {
	if text, ended := bytes.CutSuffix(line, []byte("\n")); ended {
		line = bytes.TrimSuffix(text, []byte("\r"))
	}
	h := uint64(14695981039346656037)
	for _, c := range line {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// Similarity is the percentage of the larger file that both have, in whole
// lines, wherever they stand; as git measures renames. Empty files are similar
// to nothing.
func (f Fingerprint) Similarity(g Fingerprint) int {
	if f.size == 0 || g.size == 0 {
		return 0
	}
	common := 0
	for i, j := 0, 0; i < len(f.pieces) && j < len(g.pieces); {
		switch p, q := f.pieces[i], g.pieces[j]; {
		case p.hash < q.hash:
			i++
		case p.hash > q.hash:
			j++
		default:
			common += min(p.bytes, q.bytes)
			i, j = i+1, j+1
		}
	}
	return common * 100 / max(f.size, g.size)
}

// Similarity compares two files; see Fingerprint for more.
func Similarity(a, b []byte) int {
	return NewFingerprint(a).Similarity(NewFingerprint(b))
}
