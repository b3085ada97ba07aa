// Package index remembers the sums of files by what the system says of them, as
// git's index does, so that what has not changed need not be read again.
//
// Of files below the project it has the paths from there, and of those of a pack in a
// folder the absolute ones.
//
// An index belongs to one machine and one copy of a project. It is no more than
// a memory: whatever is wrong with it, or with an entry, means that files are read.
// An entry is believed while size, both times, inode and device of the file are
// what they were. The time of change is among them because nobody can set it:
// cp -p and touch -d set the other one.
//
// A file that is written twice within one tick of the system's clock, in place,
// looks the same after both. So a file that changed shortly before it was looked
// at is not remembered, and one that is not older than the index is not believed.
package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"scaffold/generator/tree"
)

// File is where a project has its index. git ignores it, as it does all of the
// state folder but what belongs to every copy.
const File = tree.StateFolder + "/index"

// Least is from how many files on a project has an index. Fewer are read in less
// time than it takes to keep one.
const Least = 200

// Most is how many bytes an index may have to be read.
const Most = 32 << 20

// A Stat is what the system says of a file. The zero value says nothing.
type Stat struct {
	Device, Inode uint64
	Size          int64
	Modified      int64 // in nanoseconds, as is
	Changed       int64
}

// Renamed reports whether now may be the same file with another name, which is a change
// of the one time that nobody can set.
func (s Stat) Renamed(now Stat) bool {
	now.Changed = s.Changed
	return s == now
}

type entry struct {
	path string
	stat Stat // zero where the path is forgotten
	sum  [sha256.Size]byte
}

func (e entry) changed() int64 { return max(e.stat.Modified, e.stat.Changed) }

// An Index has the sums of files by path. Nil is empty, and stays so.
type Index struct {
	entries []entry      // sorted where the index was decoded; else the last of a path counts
	found   atomic.Int32 // where Sum found the last
	written int64        // when, by the clock of the volume; what is not older is not believed
}

// New returns an empty index, to be added to.
func New() *Index { return new(Index) }

// Sum returns the sum of the file at path in an index that was decoded, unless the file
// has changed, or may have. Several may call it at once.
func (x *Index) Sum(path string, now Stat) (sum string, ok bool) {
	if x == nil || now == (Stat{}) {
		return "", false
	}
	i, ok := x.find(path)
	if !ok || x.entries[i].stat != now || x.entries[i].changed() >= x.written {
		return "", false
	}
	return hex.EncodeToString(x.entries[i].sum[:]), true
}

// find looks first behind where it found the last, because most ask in order.
func (x *Index) find(path string) (int, bool) {
	i := int(x.found.Load()) + 1
	if i >= len(x.entries) || x.entries[i].path != path {
		var ok bool
		if i, ok = sort.Find(len(x.entries), func(i int) int { return strings.Compare(path, x.entries[i].path) }); !ok {
			return 0, false
		}
	}
	x.found.Store(int32(i))
	return i, true
}

// Ticks are how long two writes may bear the same time: where the system counts
// in parts of a second, and on a volume that does not.
const (
	tick       = 20 * time.Millisecond
	coarseTick = 3 * time.Second
)

// Add remembers a file that had the sum when it was read. The stat was taken
// before that, and not before the time at. A file that had just changed by then
// is forgotten, because the next change might not show.
func (x *Index) Add(path string, stat Stat, sum string, at time.Time) {
	margin := tick
	if stat.Changed%int64(time.Second) == 0 || stat.Modified%int64(time.Second) == 0 {
		margin = coarseTick
	}
	e := entry{path: path}
	if max(stat.Modified, stat.Changed) < at.Add(-margin).UnixNano() {
		e.stat = stat
		if n, err := hex.Decode(e.sum[:], []byte(sum)); err != nil || n != len(e.sum) {
			panic("index: " + sum + " is no sum")
		}
	}
	x.entries = append(x.entries, e)
}

// AddAll remembers what another index does; nil is empty.
func (x *Index) AddAll(other *Index) {
	if other != nil {
		x.entries = append(x.entries, other.entries...)
	}
}

// Renew returns what is believed of the index, to be added to and written again.
func (x *Index) Renew() *Index {
	return &Index{entries: slices.DeleteFunc(slices.Clone(x.entries), func(e entry) bool { return e.changed() >= x.written })}
}

// Forget removes what an index says of a path.
func (x *Index) Forget(path string) { x.entries = append(x.entries, entry{path: path}) }

// sorted returns the entries that count.
func (x *Index) sorted() []entry {
	all := slices.Clone(x.entries)
	slices.SortStableFunc(all, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	kept := all[:0]
	for i, e := range all {
		if last := i+1 == len(all) || all[i+1].path != e.path; last && e.stat != (Stat{}) {
			kept = append(kept, e)
		}
	}
	return kept
}

// An encoded index is a line that names the format, the entries sorted by path,
// and the sum of all that. An entry has the length of its path, the path, the
// numbers of its Stat and the sum.
const (
	format    = "scaffold index 1\n"
	numbers   = 5
	entrySize = 8*numbers + sha256.Size
)

// Encode returns the index as bytes for Decode.
func (x *Index) Encode() []byte {
	all := x.sorted()
	out := make([]byte, 0, len(format)+len(all)*(entrySize+64)+sha256.Size)
	out = append(out, format...)
	for _, e := range all {
		out = binary.AppendUvarint(out, uint64(len(e.path)))
		out = append(out, e.path...)
		for _, n := range [numbers]uint64{e.stat.Device, e.stat.Inode, uint64(e.stat.Size), uint64(e.stat.Modified), uint64(e.stat.Changed)} {
			out = binary.BigEndian.AppendUint64(out, n)
		}
		out = append(out, e.sum[:]...)
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}

// Decode returns an index that was written at a time, by the clock of the volume
// that it is on. Of bytes that are none it returns nil.
func Decode(data []byte, written time.Time) *Index {
	body := len(data) - sha256.Size
	if body < len(format) || string(data[:len(format)]) != format {
		return nil
	}
	if sum := sha256.Sum256(data[:body]); !bytes.Equal(sum[:], data[body:]) {
		return nil
	}
	rest, names := data[len(format):body], string(data[len(format):body]) // of which each path is a part
	x := &Index{entries: make([]entry, 0, len(rest)/(entrySize+32)), written: written.UnixNano()}
	for len(rest) > 0 {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) || len(rest)-n-int(length) < entrySize {
			return nil
		}
		at := len(names) - len(rest) + n
		e := entry{path: names[at : at+int(length)]}
		rest = rest[n+int(length):]
		var number [numbers]uint64
		for i := range number {
			number[i] = binary.BigEndian.Uint64(rest[8*i:])
		}
		e.stat = Stat{number[0], number[1], int64(number[2]), int64(number[3]), int64(number[4])}
		copy(e.sum[:], rest[8*numbers:])
		if last := len(x.entries) - 1; last >= 0 && x.entries[last].path >= e.path {
			return nil
		}
		x.entries, rest = append(x.entries, e), rest[entrySize:]
	}
	return x
}
