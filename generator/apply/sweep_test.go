package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// small has one of each kind, for what takes every pair of steps.
var small = scene{
	"half/sub/a.go":            {"a\n", ""},
	"half/new/b.go":            {"", "b\n"},
	"main.go":                  {"old main\n", "new main\n"},
	"run.sh":                   {"#!/bin/sh\n", "+x #!/bin/sh\n"},
	"sub/deep/new.go":          {"", "new\n"},
	"scaffold.yaml":            {"version: 1\n", "version: 2\n"},
	".scaffold-state/base.zip": {"base 1", "base 2"},
}

// variants are the file systems that are tried.
func variants(s scene) map[string]*memDisk {
	all := map[string]*memDisk{"": memBuild(s, 0), " without exchange": memBuild(s, 0), " without flags": memBuild(s, 0)}
	if !ci {
		return map[string]*memDisk{"": all[""]}
	}
	all[" without exchange"].noExchange = true
	all[" without flags"].noFlags = true
	return all
}

// sweeps returns Update and Undo on every file system, each where another run
// left its undo data before.
func sweeps(t *testing.T, s scene) []*sweep {
	var all []*sweep
	old, after := memBuild(s, 0).String(), memBuild(s, 1).String()
	for name, m := range variants(s) {
		all = append(all, &sweep{name: "update" + name, start: m, old: old, new: after, doIn: updateIn(s)})
		done := m.clone()
		if err := update(s)(plain(done)); err != nil {
			t.Fatal(err)
		}
		all = append(all, &sweep{name: "undo" + name, start: done, old: after, new: old, doIn: undoIn, isUndo: true, before: old})
		next := s.next()
		all = append(all, &sweep{name: "second update" + name, start: done, old: after, new: memBuild(next, 1).String(), doIn: updateIn(next), before: old})
	}
	return all
}

// next is a scene that goes on from where s ends.
func (s scene) next() scene {
	n := make(scene)
	for name, sides := range s {
		n[name] = [2]string{sides[1], sides[1]}
		if strings.HasSuffix(name, ".go") && sides[1] != "" {
			n[name] = [2]string{sides[1], sides[1] + "more\n"}
		}
	}
	n[tree.ConfigFile] = [2]string{s[tree.ConfigFile][1], "version: 3\n"}
	return n
}

// Whatever fails at whatever step, the error says so and nothing is changed.
func TestEveryFailure(t *testing.T) {
	tries := 0
	for _, s := range sweeps(t, full) {
		s.fail(t)
		tries += s.tries
	}
	t.Logf("%d failures", tries)
}

// Whenever the process dies or the power goes, recovery makes the project old
// or new.
func TestEveryCrash(t *testing.T) {
	crashes, tries := 0, 0
	for _, s := range sweeps(t, full) {
		s.crash(t, false)
		crashes, tries = crashes+s.crashes, tries+s.tries
	}
	t.Logf("%d crashes, %d different disks recovered", crashes, tries)
}

// So it does when recovery itself is cut short, at any of its steps.
func TestEveryCrashInRecovery(t *testing.T) {
	crashes, tries := 0, 0
	for _, s := range sweeps(t, small) {
		s.crash(t, true)
		crashes, tries = crashes+s.crashes, tries+s.tries
	}
	t.Logf("%d crashes, %d different disks recovered", crashes, tries)
}

// New has no journal: until the last step there is nothing at the target, and
// from then on all of it.
func TestEveryStepOfNew(t *testing.T) {
	p := full.plan()
	start, done := newMemDisk(), newMemDisk()
	start.syncAll()
	s := &sweep{name: "new", start: start, old: start.String(), doIn: newOn(p)}
	if err := s.do(plain(done)); err != nil {
		t.Fatal(err)
	}
	s.new = done.String()
	n := s.steps(t, start, s.do)
	for at := int64(1); at <= n; at++ {
		for _, fault := range faults {
			m := start.clone()
			err := s.do(on(m, &faulty{at: at, fault: fault}))
			if got := m.String(); !fault.stays && (err == nil) != (got == s.new) {
				t.Errorf("%s at %d of %d: %v:\n%s", fault.name, at, n, err, got)
			}
			unchanged := err != nil && errors.Is(err, errUnchanged)
			isLeft := err != nil && (errors.Is(err, errNotBack) || strings.Contains(err.Error(), "is left in /"+newName+": "))
			if got := m.String(); err != nil && unchanged == isLeft || unchanged && got != s.old || isLeft && got == s.old {
				t.Errorf("%s at %d of %d: said %v:\n%s", fault.name, at, n, err, got)
			}
		}
		for how, l := range losses(at) {
			m := start.clone()
			s.do(on(m, &faulty{at: at, fault: crash}))
			left := m.cut(l)
			removeAll(left, newName) // as the next run does
			s.crashes++
			if got := left.String(); got != s.old && got != s.new {
				t.Errorf("%s at %d of %d:\n%s", how, at, n, got)
			}
		}
	}
	for how, l := range losses(n) {
		if got := done.cut(l).String(); got != s.new {
			t.Errorf("after the end, %s:\n%s", how, got)
		}
	}
	t.Logf("%d steps, %d crashes", n, s.crashes)
}

const newName = ".hello.scaffold-aaaaaaaaaa"

// newOn does what New does once it has looked at the target.
func newOn(p plan.Plan) func(context.Context) func(Options) error {
	return func(ctx context.Context) func(Options) error {
		return func(o Options) error { return newIn(ctx, o, p) }
	}
}

func newIn(ctx context.Context, o Options, p plan.Plan) error {
	d, err := o.openDisk("")
	if err != nil {
		return err
	}
	s := &sibling{disk: d, name: newName, options: o}
	if err := d.mkdir(s.name, 0o777); err != nil {
		s.remove()
		return addUnchanged(err)
	}
	if err = s.fill(ctx, p); err == nil {
		err = s.publish("hello", false)
	}
	return s.end("/hello", err)
}

// A control without the journal is seen to fail, so the sweep can.
func TestCrashWithoutJournal(t *testing.T) {
	s := &sweep{whole: true, start: memBuild(small, 0), old: memBuild(small, 0).String(), new: memBuild(small, 1).String()}
	s.doIn = func(context.Context) func(Options) error {
		return func(o Options) error { o.noJournal = true; return update(small)(o) }
	}
	if s.crash(quiet(t), false); s.failed == 0 {
		t.Error("nothing is lost without a journal")
	}
	t.Logf("%d of %d crashes leave a half-written project", s.failed, s.crashes)
}

// A disk that forgets one kind of sync is seen to fail, for every kind.
func TestCrashWithoutSync(t *testing.T) {
	for kind, is := range map[string]func(string) bool{
		"staged files":  func(p string) bool { return strings.HasPrefix(p, stageDir+"/0") },
		"the journal":   func(p string) bool { return p == stageDir+"/"+draftName },
		"the stage":     func(p string) bool { return p == stageDir },
		"the state":     func(p string) bool { return p == tree.StateFolder },
		"made folders":  func(p string) bool { return p == "sub" || p == "sub/deep" },
		"the project":   func(p string) bool { return p == "." },
		"their parents": func(p string) bool { return p == "half" },
	} {
		s := &sweep{whole: true, start: memBuild(small, 0), old: memBuild(small, 0).String(), new: memBuild(small, 1).String()}
		s.doIn = func(context.Context) func(Options) error {
			return func(o Options) error {
				d, _ := o.openDisk("")
				o.open = func(string) (disk, error) { return forgetful{d, is}, nil }
				return update(small)(o)
			}
		}
		s.crash(quiet(t), false)
		s.done(quiet(t), 1)
		if s.failed == 0 {
			t.Errorf("nothing is lost without a sync of %s", kind)
		}
		t.Logf("%s: %d of %d lost", kind, s.failed, s.crashes)
	}
}

// However many files there are, all of them last.
func TestCreateAll(t *testing.T) {
	for _, n := range []int{0, 1, maxBatch, 2*maxBatch + 1} {
		files := make([]*creation, n)
		for i := range files {
			files[i] = &creation{path: fmt.Sprint(i), bytes: tree.File{Data: fmt.Append(nil, "file ", i)}, perm: tree.ModeFile}
		}
		m := newMemDisk()
		try(t, Options{serial: true}.createAll(t.Context(), m, files), m.sync("."))
		left := m.cut(dropAll)
		for i, f := range files {
			if got := left.text(f.path); got != fmt.Sprint("file ", i) || f.made != tree.ModeFile {
				t.Errorf("%d files: %s is %q, with the mode %04o", n, f.path, got, f.made)
			}
		}
	}
}

// Whichever step fails, the file is named, and none stays open.
func TestCreateAllFails(t *testing.T) {
	const files, steps = 5, 4 // of each: create, write, fsync, close
	for at := int64(1); at <= files*steps; at++ {
		open := 0
		f := &faulty{disk: newMemDisk(), at: at, fault: faults[0]}
		f.hook = func(op, _ string) {
			switch fails := f.n.Load() == at-1; {
			case op == "create" && !fails:
				open++
			case op == "close":
				open--
			}
		}
		var all []*creation
		for i := range files {
			all = append(all, &creation{path: fmt.Sprint(i), bytes: tree.File{Data: []byte("text")}, shown: fmt.Sprint("shown ", i)})
		}
		err := Options{serial: true}.createAll(t.Context(), f, all)
		if err == nil || !strings.HasPrefix(err.Error(), "write shown ") || open != 0 {
			t.Errorf("at %d: %d files are open, and the error is %v", at, open, err)
		}
	}
}

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
	stride := thorough(13, 1) * sampled(3)
	for at := int64(1); at <= n; at += sampled(13) {
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
		stride := thorough(11, 1) * sampled(2)
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
	if left, err := hasLeftovers(m); left || err != nil {
		t.Errorf("%s: something is left: %v\n%s", what, err, m)
	}
}

// real returns options that work on a real disk through a faulty one.
func real(f *faulty, portable bool) Options {
	return Options{serial: true, open: func(name string) (d disk, err error) {
		if !portable {
			f.disk, err = openDisk(name)
			return f, err
		}
		f.disk, err = openRootDisk(name, cannotExchange)
		return f, err
	}}
}

// What the model shows, real disks do: with the system's own means, and with
// those that Go has everywhere.
func TestFaultsOnDisk(t *testing.T) {
	before, after := small.listing(t, 0), small.listing(t, 1)
	for name, portable := range map[string]bool{"system": false, "portable": true} {
		count := &faulty{}
		try(t, real(count, portable).Update(t.Context(), build(t, small), small.plan(), "scaffold regenerate"))
		tries, n := 0, count.n.Load()
		for at := int64(1); at <= n; at += thorough(3, 1) * sampled(17) {
			for _, fault := range append([]fault{crash}, faults...) {
				root := build(t, small)
				err := real(&faulty{at: at, fault: fault}, portable).Update(t.Context(), root, small.plan(), "scaffold regenerate")
				what := fmt.Sprintf("%s: %s at %d of %d (%v)", name, fault.name, at, n, err)
				if got := tidy(t, root); err != nil && !fault.stays && got != before {
					t.Errorf("%s: changed before recovery: %s", what, got)
				}
				kept, recoverErr := real(&faulty{}, portable).Recover(t.Context(), root)
				got := tidy(t, root)
				if recoverErr != nil || len(kept) > 0 || got != before && got != after || err == nil && got != after {
					t.Errorf("%s: recovered: %v, kept %q: %s", what, recoverErr, kept, got)
				}
				tries++
			}
		}
		t.Logf("%s: %d tries", name, tries)
	}
}

func TestUpdateAndUndoPortably(t *testing.T) {
	root := build(t, full)
	o := real(&faulty{}, true)
	try(t, o.Update(t.Context(), root, full.plan(), "scaffold regenerate"))
	if got := tidy(t, root); got != full.listing(t, 1) {
		t.Errorf("updated: %s", got)
	}
	try(t, second(o.Undo(t.Context(), root)))
	if got := tidy(t, root); got != full.listing(t, 0) {
		t.Errorf("undone: %s", got)
	}
}
