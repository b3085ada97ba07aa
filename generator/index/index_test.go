package index_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"scaffold/generator/index"
)

var (
	sum  = strings.Repeat("0a", 32)
	then = time.Date(2026, 5, 4, 3, 2, 1, 5, time.UTC)
)

func at(changed time.Time) index.Stat {
	return index.Stat{Device: 1, Inode: 2, Size: 3, Modified: changed.UnixNano(), Changed: changed.UnixNano()}
}

// written is an index with one file, as it is read again.
func written(stat index.Stat, looked, saved time.Time) *index.Index {
	x := index.New()
	x.Add("a", stat, sum, looked)
	return index.Decode(x.Encode(), saved)
}

func TestSum(t *testing.T) {
	file := at(then)
	x := written(file, then.Add(time.Second), then.Add(time.Minute))
	if got, ok := x.Sum("a", file); !ok || got != sum {
		t.Fatalf("the file as it was: %q, %v", got, ok)
	}
	for name, change := range map[string]func(*index.Stat){
		"another device":      func(s *index.Stat) { s.Device++ },
		"another inode":       func(s *index.Stat) { s.Inode++ },
		"another size":        func(s *index.Stat) { s.Size++ },
		"modified":            func(s *index.Stat) { s.Modified++ },
		"changed, mtime kept": func(s *index.Stat) { s.Changed++ },
		"unknown":             func(s *index.Stat) { *s = index.Stat{} },
	} {
		now := file
		change(&now)
		if _, ok := x.Sum("a", now); ok {
			t.Errorf("%s: is believed", name)
		}
	}
	if _, ok := x.Sum("b", file); ok {
		t.Error("another path: is believed")
	}
	if _, ok := (*index.Index)(nil).Sum("a", file); ok {
		t.Error("no index: is believed")
	}
}

// What changed so shortly before it was read that the next change may bear the
// same time is not remembered; what is not older than the index is not believed.
func TestRacy(t *testing.T) {
	whole := then.Truncate(time.Second)
	for _, tt := range []struct {
		name                   string
		changed, looked, saved time.Time
		want                   bool
	}{
		{"long ago", then, then.Add(time.Minute), then.Add(time.Hour), true},
		{"in the same tick", then, then.Add(5 * time.Millisecond), then.Add(time.Hour), false},
		{"after it was looked at, by a clock that went back", then, then.Add(-time.Hour), then.Add(time.Hour), false},
		{"in the same second of a volume that has no parts of one", whole, whole.Add(900 * time.Millisecond), then.Add(time.Hour), false},
		{"long ago there", whole, whole.Add(time.Minute), then.Add(time.Hour), true},
		{"when the index was written, by the clock of its volume", then, then.Add(time.Minute), then, false},
	} {
		if _, ok := written(at(tt.changed), tt.looked, tt.saved).Sum("a", at(tt.changed)); ok != tt.want {
			t.Errorf("changed %s: believed is %v, want %v", tt.name, ok, tt.want)
		}
	}
}

// What was not believed is not by being written once more, either.
func TestRenew(t *testing.T) {
	x := written(at(then), then.Add(time.Minute), then)
	x = index.Decode(x.Renew().Encode(), then.Add(time.Hour))
	if _, ok := x.Sum("a", at(then)); ok {
		t.Error("what was as new as the index is believed once that is written again")
	}
	x = written(at(then), then.Add(time.Minute), then.Add(time.Hour))
	x = index.Decode(x.Renew().Encode(), then.Add(2*time.Hour))
	if _, ok := x.Sum("a", at(then)); !ok {
		t.Error("what was believed is lost")
	}
}

// A damaged index is none.
func TestDecodeDamaged(t *testing.T) {
	x := index.New()
	x.Add("a", at(then), sum, then.Add(time.Minute))
	whole := x.Encode()
	for i := range whole {
		if index.Decode(whole[:i], then) != nil {
			t.Fatalf("%d bytes of %d are an index", i, len(whole))
		}
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 1
		if index.Decode(damaged, then) != nil {
			t.Fatalf("with another byte %d it is an index", i)
		}
	}
}

// Writes that keep the size and set the time back show.
func TestStatOf(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the system does not tell when a file changed")
	}
	name := filepath.Join(t.TempDir(), "a")
	stat := func() index.Stat {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return index.StatOf(info)
	}
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	before := stat()
	time.Sleep(50 * time.Millisecond)
	write("two")
	if err := os.Chtimes(name, time.Time{}, time.Unix(0, before.Modified)); err != nil {
		t.Fatal(err)
	}
	after := stat()
	if after == before || after.Modified != before.Modified || after.Size != before.Size {
		t.Errorf("was %+v, and is %+v after a write that set the time back", before, after)
	}
}
