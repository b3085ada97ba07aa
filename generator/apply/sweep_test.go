package apply

import (
	"context"
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
	if raceDetector { // it makes all of this slow, and all of this is serial
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
	start.settle()
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
	s := &stage{disk: d, name: newName, serial: true}
	defer s.remove()
	if err := d.mkdir(s.name, 0o777); err != nil {
		return err
	}
	if err := s.fill(ctx, p); err != nil {
		return err
	}
	return s.publish("hello", false)
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
