package apply

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

var exhaustive = flag.Bool("exhaustive", false, "try every pair of crashes, for minutes")

// ci tells whether there is time: what a newcomer runs tries a sample.
var ci = os.Getenv("CI") == "true"

// sampled returns the stride between steps that are tried.
func sampled(stride int64) int64 {
	if ci || *exhaustive {
		return 1
	}
	return stride
}

func thorough(usually, exhaustively int64) int64 {
	if *exhaustive {
		return exhaustively
	}
	return usually
}

// on returns options that work on m through a faulty disk.
func on(m *memDisk, f *faulty) Options {
	f.disk = m
	return through(f, m)
}

func through(f *faulty, m *memDisk) Options {
	d := disk(f)
	if m.noFlags {
		d = flagless{f}
	}
	return Options{serial: true, open: func(string) (disk, error) { return d, nil }}
}

func plain(m *memDisk) Options { return on(m, &faulty{}) }

// memBuild returns what is there on one side of s, and the user's files.
func memBuild(s scene, side int) *memDisk {
	m := newMemDisk()
	add := func(file, text string, mode fs.FileMode) {
		dir := m.root
		for _, p := range tree.Parents(file) {
			if dir.entries[path.Base(p)] == nil {
				dir.entries[path.Base(p)] = m.node(fs.ModeDir | 0o755)
			}
			dir = dir.entries[path.Base(p)]
		}
		n := m.node(mode)
		n.data = []byte(text)
		dir.entries[path.Base(file)] = n
	}
	for _, file := range sortedKeys(s) {
		if f := fileOf(file, s[file][side]); f != nil {
			add(file, string(f.Data), f.Mode)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(user)) {
		add(file, user[file], 0o600)
	}
	m.syncAll()
	return m
}

// String lists all there is but the lock and the undo data.
func (m *memDisk) String() string { return m.dump(false) }

func (m *memDisk) dump(all bool) string {
	var b strings.Builder
	var walk func(string, *memNode)
	walk = func(at string, n *memNode) {
		if !all && (at == lockFile || at == undoDir) {
			return
		}
		fmt.Fprintf(&b, "%s %v %q\n", at, n.mode, n.data)
		for _, base := range slices.Sorted(maps.Keys(n.entries)) {
			walk(path.Join(at, base), n.entries[base])
		}
	}
	walk(".", m.root)
	return b.String()
}

// A sweep tries an operation with every fault at every step.
type sweep struct {
	name     string
	start    *memDisk
	old, new string // what the project may look like then
	doIn     func(context.Context) func(Options) error
	before   string // what undo makes of old; "" where there is nothing to undo
	tries    int
	crashes  int
	failed   int
	isUndo   bool
	whole    bool            // try every step
	seen     map[string]bool // disks that were recovered before
}

// do is the operation, uninterrupted.
func (s *sweep) do(o Options) error { return s.doIn(context.Background())(o) }

func updateIn(s scene) func(context.Context) func(Options) error {
	return func(ctx context.Context) func(Options) error {
		return func(o Options) error { return o.Update(ctx, "/project", s.plan(), "scaffold regenerate") }
	}
}

func update(s scene) func(Options) error { return updateIn(s)(context.Background()) }

func undoIn(ctx context.Context) func(Options) error {
	return func(o Options) error { return second(o.Undo(ctx, "/project")) }
}

func undo(o Options) error { return undoIn(context.Background())(o) }

func recoverIt(o Options) error {
	kept, err := o.Recover(context.Background(), "/project")
	return joinKept(err, kept)
}

func joinKept(err error, kept []string) error {
	if err == nil && len(kept) > 0 {
		return fmt.Errorf("kept %q", kept)
	}
	return err
}

// steps counts what the operation does when nothing goes wrong.
func (s *sweep) steps(t reporter, m *memDisk, do func(Options) error) int64 {
	t.Helper()
	f := &faulty{}
	if err := do(on(m.clone(), f)); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return f.n.Load()
}

// A reporter is a testing.T, or a control's that has to fail.
type reporter interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Helper()
}

type silent struct{ reporter }

func (silent) Errorf(string, ...any) {}

func quiet(t *testing.T) reporter { return silent{t} }

// check recovers and compares.
func (s *sweep) check(t reporter, m *memDisk, what string, want ...string) {
	t.Helper()
	s.tries++
	if err := s.recovered(m, want); err != nil {
		s.failed++
		t.Errorf("%s: %s: %v", s.name, what, err)
	}
}

func (s *sweep) recovered(m *memDisk, want []string) error {
	if err := recoverIt(plain(m)); err != nil {
		return fmt.Errorf("recovery: %w\n%s", err, m)
	}
	got := m.String()
	if !slices.Contains(want, got) {
		return fmt.Errorf("neither old nor new:\n%s\nold:\n%s\nnew:\n%s", got, s.old, s.new)
	}
	if left, err := hasLeftovers(m); left || err != nil {
		return fmt.Errorf("something is left: %w\n%s", err, m)
	}
	return s.undoable(m, got)
}

// undoable checks that the undo data is that of the last run that was finished.
func (s *sweep) undoable(m *memDisk, got string) error {
	want := s.old
	if got == s.old {
		want = s.before
	}
	err := undo(plain(m))
	switch {
	case s.undone(got) && err == nil:
		return fmt.Errorf("an undo was undone:\n%s", m)
	case want == "" || s.undone(got):
		return nil
	case err != nil:
		return fmt.Errorf("cannot be undone: %w\n%s", err, m)
	case m.String() != want:
		return fmt.Errorf("undo makes:\n%s\nwant:\n%s", m, want)
	}
	return nil
}

// undone reports whether an undo, which has no undo, is what was swept.
func (s *sweep) undone(got string) bool { return s.isUndo && got == s.new }

// losses are the ways in which a crash may treat what was not synced. A killed
// process loses nothing.
func losses(n int64) map[string]loss {
	all := map[string]loss{"killed": keepAll, "power cut": dropAll}
	for i := range thorough(3, 8) {
		all[fmt.Sprintf("power cut with seed %d", 8*n+i)] = random(8*n + i)
	}
	return all
}

// first reports whether a disk is unlike those before: most steps change nothing.
func (s *sweep) first(m *memDisk) bool {
	key := m.dump(true)
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	defer func() { s.seen[key] = true }()
	return !s.seen[key]
}

// fail tries every error at every step: where it is reported, nothing is changed.
func (s *sweep) fail(t reporter) {
	n := s.steps(t, s.start, s.do)
	for i, fault := range faults {
		for at := int64(1 + i); at <= n; at += sampled(23) {
			m := s.start.clone()
			err := s.do(on(m, &faulty{at: at, fault: fault}))
			what := fmt.Sprintf("%s at %d of %d (%v)", fault.name, at, n, err)
			want := []string{s.old}
			switch {
			case err == nil:
				want = []string{s.new}
			case fault.stays: // it may not have been able to take it back
				want = append(want, s.new)
			case m.String() != s.old:
				t.Errorf("%s: %s: changed before recovery:\n%s", s.name, what, m)
			}
			s.check(t, m, what, want...)
		}
	}
	s.done(t, n)
}

// done tries that success lasts.
func (s *sweep) done(t reporter, n int64) {
	for how, l := range losses(n) {
		m := s.start.clone()
		if err := s.do(plain(m)); err != nil {
			t.Fatalf("%v", err)
		}
		s.check(t, m.cut(l), "after the end, "+how, s.new)
	}
}

// crash tries a death at every step, and another, or an error, at every step of
// recovery.
func (s *sweep) crash(t reporter, twice bool) {
	n := s.steps(t, s.start, s.do)
	step := int64(1)
	if !twice && !s.whole {
		step = sampled(17)
	}
	for at := int64(1); at <= n; at += step {
		for how, l := range losses(at) {
			m := s.start.clone()
			s.do(on(m, &faulty{at: at, fault: crash}))
			m.held = false // the kernel frees it
			left := m.cut(l)
			s.crashes++
			if !s.first(left) {
				continue
			}
			if twice {
				s.again(t, left.clone(), fmt.Sprintf("%s at %d of %d", how, at, n))
			}
			s.check(t, left, fmt.Sprintf("%s at %d of %d", how, at, n), s.old, s.new)
		}
	}
}

func (s *sweep) again(t reporter, m *memDisk, what string) {
	n := s.steps(t, m, recoverIt)
	stride := thorough(29, 1)
	for at := 1 + int64(s.crashes)%stride; at <= n; at += stride { // others in other places
		failed := m.clone()
		recoverIt(on(failed, &faulty{at: at, fault: faults[0]}))
		if s.first(failed) {
			s.check(t, failed, fmt.Sprintf("%s, then an error at %d of %d", what, at, n), s.old, s.new)
		}
		left := m.clone()
		recoverIt(on(left, &faulty{at: at, fault: crash}))
		left.held = false
		for _, l := range []loss{keepAll, dropAll, random(at)} {
			s.crashes++
			again := left.cut(l)
			if !s.first(again) {
				continue
			}
			s.check(t, again, fmt.Sprintf("%s, then at %d of %d", what, at, n), s.old, s.new)
		}
	}
}
