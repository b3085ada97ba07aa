package apply

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A journal is hostile until it is read: whatever is wrong with it, nothing is
// changed, and how to go on is said.
func TestJournalRefused(t *testing.T) {
	root := build(t, full)
	o := Options{Serial: true, open: func(name string) (disk, error) {
		d, err := openDisk(name)
		return &faulty{disk: d, at: 150, fault: crash}, err
	}}
	o.Update(t.Context(), root, full.plan(), "scaffold regenerate")
	file := filepath.Join(root, stageDir, journalName)
	good, err := os.ReadFile(file)
	try(t, err)
	if what, err := (Options{}).Pending(root); err != nil || what != `"scaffold regenerate" was interrupted, or is still at work, while it wrote 15 files` {
		t.Errorf("pending: %q, %v", what, err)
	}
	forge := func(old, new string) []byte {
		return reseal(t, bytes.ReplaceAll(good, []byte(old), []byte(new)))
	}
	folder, err := os.Stat(filepath.Join(root, tree.StateFolder))
	try(t, err)
	tests := map[string][]byte{
		"empty":            {},
		"truncated":        good[:len(good)/2],
		"a byte changed":   bytes.Replace(good, []byte("main.go"), []byte("Main.go"), 1),
		"another version":  forge(`"version":2`, `"version":1`),
		"an unknown key":   forge(`"version":2`, `"version":2,"more":1`),
		"a path outside":   forge(`"path":"main.go"`, `"path":"../main.go"`),
		"a path into git":  forge(`"path":"main.go"`, `"path":".git/config"`),
		"a folder outside": forge(`"made":["`, `"made":["../outside","`),
		"a folder of git":  forge(`"emptied":[`, `"emptied":[{"path":".git","mode":493},`),
		"a folder's mode":  forge(`"mode":493`, `"mode":2541`),
		"another copy":     forge(fmt.Sprintf(`"folder":%d`, statField(folder, "Ino")), `"folder":1`),
		"a sum":            forge(`"sha256":"`, `"sha256":"x`),
	}
	for name, data := range tests {
		put(t, file, string(data), 0o644)
		before, hints := tidy(t, root), 1
		if name == "another version" { // the error says it
			hints = 0
		}
		for what, err := range map[string]error{
			"update":  Options{}.Update(t.Context(), root, full.plan(), "scaffold regenerate"),
			"undo":    second(Options{}.Undo(t.Context(), root)),
			"recover": second(Options{}.Recover(t.Context(), root)),
			"pending": second((Options{}).Pending(root)),
		} {
			if err == nil || !problem.IsInput(err) || len(problem.Hints(err)) != hints {
				t.Errorf("%s: %s: %v %q", name, what, err, problem.Hints(err))
			}
		}
		if got := tidy(t, root); got != before {
			t.Errorf("%s: changed: got %s\nwant %s", name, got, before)
		}
	}
	put(t, file, string(good), 0o644)
	kept, err := Options{}.Recover(t.Context(), root)
	if got := tidy(t, root); err != nil || len(kept) > 0 || got != full.listing(t, 0) {
		t.Errorf("the good one: %v, %q: %s", err, kept, got)
	}
	if what, err := (Options{}).Pending(root); what != "" || err != nil {
		t.Errorf("pending: %q, %v", what, err)
	}
}

// A few bytes of a forged journal may be an entry of a hundred, and each of them
// wrong: there is an end to what is read and to what is said.
func TestJournalOfManyEntries(t *testing.T) {
	root := build(t, small)
	file := filepath.Join(root, stageDir, journalName)
	try(t, os.Mkdir(filepath.Dir(file), 0o777))
	for _, list := range []string{`"ops":[{}%s]`, `"made":[""%s]`, `"emptied":[{}%s]`} {
		entry := "," + strings.Trim(list[strings.Index(list, "["):strings.Index(list, "%")], "[")
		for _, n := range []int{100, 8_000_000} {
			text := fmt.Sprintf(`{"sha256":"","journal":{"version":2,`+list+`}}`, strings.Repeat(entry, n))
			put(t, file, string(reseal(t, []byte(text))), 0o644)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Options{}.Pending(root)
			runtime.ReadMemStats(&after)
			if bytes := after.TotalAlloc - before.TotalAlloc; err == nil || len(err.Error()) > 200 || bytes > 400<<20 {
				t.Errorf("%d of %s: %d bytes; %.300v", n, entry, bytes, err)
			}
		}
	}
}

// reseal returns a journal with the checksum that its text has.
func reseal(t *testing.T, data []byte) []byte {
	t.Helper()
	_, text, ok := bytes.Cut(data, []byte(`"journal":`))
	if !ok {
		t.Fatal("no journal")
	}
	text = text[:len(text)-1]
	return fmt.Appendf(nil, `{"sha256":"%x","journal":%s}`, sha256.Sum256(text), text)
}
