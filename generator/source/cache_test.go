package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scaffold/generator/problem"
)

func TestMirrors(t *testing.T) {
	f := user(t)
	if list, err := f.Mirrors(); err != nil || len(list) != 0 {
		t.Errorf("an empty cache: got %v, %v", list, err)
	}
	one, two := repository(t, packs), repository(t, packs)
	for _, dir := range []string{one, two} {
		if _, err := findIn(t, f, dir, ""); err != nil {
			t.Fatal(err)
		}
	}
	list, err := f.Mirrors()
	if err != nil || len(list) != 2 || !strings.HasPrefix(list[0].URL, "file://") || list[0].URL >= list[1].URL {
		t.Fatalf("got %v, %v", list, err)
	}
	for _, m := range list {
		if m.Size < 500 || m.Size > 1<<20 || time.Since(m.Fetched) > time.Minute {
			t.Errorf("got %+v", m)
		}
	}
}

// Who is fetching keeps its mirror; all else goes, with what killed runs left.
func TestCleanCache(t *testing.T) {
	f := user(t)
	one, two := repository(t, packs), repository(t, packs)
	for _, dir := range []string{one, two} {
		if _, err := findIn(t, f, dir, ""); err != nil {
			t.Fatal(err)
		}
	}
	m, err := f.mirrorOf("file://" + one)
	if err != nil {
		t.Fatal(err)
	}
	unlock, waited, err := m.lock(t.Context())
	if err != nil || waited {
		t.Fatal(waited, err)
	}
	folder := filepath.Join(f.Cache, "git")
	sh(t, folder, "mkdir x-0123456789abcdef.new1 y-0123456789abcdef.old2; touch y-0123456789abcdef.old2/z z-0123456789abcdef.lock")
	gone, stay, err := f.CleanCache()
	if err != nil || len(gone) != 1 || len(stay) != 1 || gone[0].URL != "file://"+two || stay[0].URL != "file://"+one {
		t.Fatalf("gone %v, stay %v, %v", gone, stay, err)
	}
	if left := strings.Fields(sh(t, folder, "ls")); len(left) != 2 {
		t.Errorf("left %v", left)
	}
	unlock()
	if gone, stay, err = f.CleanCache(); err != nil || len(gone) != 1 || len(stay) != 0 {
		t.Fatalf("gone %v, stay %v, %v", gone, stay, err)
	}
	if left := sh(t, folder, "ls"); left != "" {
		t.Errorf("left %v", left)
	}
	if _, err := findIn(t, f, one, ""); err != nil {
		t.Errorf("after it was cleaned: %v", err)
	}
}

// Whoever waits for a lock that goes with the mirror gets the one that is there
// then.
func TestLockOfRemovedMirror(t *testing.T) {
	f := user(t)
	m, err := f.mirrorOf("https://example.com/x")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(m.dir), 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	unlock, _, err := m.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan func())
	go func() {
		second, waited, err := m.lock(t.Context())
		if err != nil || !waited {
			t.Errorf("waited is %v, %v", waited, err)
		}
		got <- second
	}()
	time.Sleep(100 * time.Millisecond)
	if err := m.remove(); err != nil {
		t.Error(err)
	}
	unlock()
	second := <-got
	defer second()
	if _, err := os.Stat(m.dir + ".lock"); err != nil {
		t.Error(err)
	}
	if held, err := m.tryLock(); err == nil {
		held.Close()
		t.Error("two have the lock")
	}
}

func TestNoCache(t *testing.T) {
	_, err := Finder{}.Mirrors()
	if _, _, cleanErr := (Finder{}).CleanCache(); err == nil || cleanErr == nil || problem.IsInput(err) || len(problem.Hints(err)) != 1 {
		t.Errorf("got %v, %v", err, cleanErr)
	}
}
