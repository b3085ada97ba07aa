package apply

import (
	"fmt"
	"os"
	"testing"
)

// real returns options that work on a real disk through a faulty one.
func real(f *faulty, portable bool) Options {
	return Options{Serial: true, open: func(name string) (d disk, err error) {
		if !portable {
			f.disk, err = openDisk(name)
			return f, err
		}
		root, err := os.OpenRoot(name)
		f.disk = rootDisk{root, func(*os.File, string, *os.File, string) error { return errNoExchange }}
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
		for at := int64(1); at <= n; at += thorough(3, 1) * sampled(7) {
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
