package apply

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// A reason makes a run take itself back.
type reason struct {
	name  string
	begin func(f *faulty, at int64) context.Context
}

var errStop = errors.New("stop")

var reasons = []reason{
	{"an error", func(f *faulty, at int64) context.Context {
		f.at, f.fault = at, faults[0]
		return context.Background()
	}},
	{"an interrupt", func(f *faulty, at int64) context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		f.hook = func(string, string) {
			if f.n.Load() == at-1 {
				cancel(errStop)
			}
		}
		return ctx
	}},
}

// A run is taken back, for whatever reason at whatever step, and on the way back
// the process dies or the power goes: recovery makes the project old or new, and
// the undo data fits it.
func TestEveryCrashOnTheWayBack(t *testing.T) {
	crashes, tries := 0, 0
	for _, s := range sweeps(t, small) {
		for _, r := range reasons {
			s.crashBack(t, r)
		}
		t.Logf("%s: %d of %d fail", s.name, s.failed, s.tries)
		crashes, tries = crashes+s.crashes, tries+s.tries
	}
	t.Logf("%d crashes, %d different disks recovered", crashes, tries)
}

// crashBack tries every pair of a step at which the reason comes and a later one
// at which the process dies, or in the short run a sample of them.
func (s *sweep) crashBack(t reporter, r reason) {
	n := s.steps(t, s.start, s.do)
	stride := thorough(13, 1)
	for at := int64(1); at <= n; at += sampled(5) {
		alone := &faulty{}
		s.doIn(r.begin(alone, at))(on(s.start.clone(), alone))
		for later := at + 1 + at%stride; later <= alone.n.Load(); later += stride {
			for how, l := range losses(later) {
				m := s.start.clone()
				first := &faulty{disk: m}
				s.doIn(r.begin(first, at))(through(&faulty{disk: first, at: later, fault: crash}, m))
				m.held = false
				left := m.cut(l)
				s.crashes++
				if s.first(left) {
					s.check(t, left, fmt.Sprintf("%s at %d of %d, then %s at %d", r.name, at, n, how, later), s.old, s.new)
				}
			}
		}
	}
}

// An editor saves, so that the run goes back, and then the process dies: what was
// saved stays, and all else is old or new.
func TestEveryCrashAfterSave(t *testing.T) {
	tries := 0
	for name, start := range variants(small) {
		count := &faulty{}
		try(t, update(small)(on(start.clone(), count)))
		stride := thorough(11, 1)
		for i, file := range sortedKeys(small) {
			for at := 1 + int64(i)%stride; at <= count.n.Load(); at += stride {
				whole := start.clone()
				f, _ := savingAt(whole, file, at)
				update(small)(on(whole, f))
				for later := at + 1 + at%stride; later <= f.n.Load(); later += stride {
					m := start.clone()
					first, did := savingAt(m, file, at)
					first.disk = m
					update(small)(through(&faulty{disk: first, at: later, fault: crash}, m))
					m.held = false
					if !*did {
						continue
					}
					tries++
					savedThenDead(t, fmt.Sprintf("%s: %s saved at %d, dead at %d", name, file, at, later), m, file)
				}
			}
		}
	}
	t.Logf("%d crashes", tries)
}

func savedThenDead(t *testing.T, what string, m *memDisk, file string) {
	t.Helper()
	if _, err := plain(m).Recover(context.Background(), "/project"); err != nil {
		t.Errorf("%s: recovery: %v\n%s", what, err, m)
	}
	if m.text(file) != saved {
		t.Errorf("%s: it now has %q\n%s", what, m.text(file), m)
	}
	if text := m.text(file + oldSuffix); text != "" && text != string(fileOf(file, small[file][0]).Data) {
		t.Errorf("%s: beside it is %q", what, text)
	}
	m.remove(file + oldSuffix)
	m.save(file, "")
	old, after := memBuild(small, 0), memBuild(small, 1)
	old.save(file, "")
	after.save(file, "")
	if got := m.String(); got != old.String() && got != after.String() {
		t.Errorf("%s: the rest is neither old nor new:\n%s", what, got)
	}
	if left, err := leftovers(m); left || err != nil {
		t.Errorf("%s: something is left: %v\n%s", what, err, m)
	}
}
