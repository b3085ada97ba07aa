package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/lock"
)

// A Mirror is a repository in the cache.
type Mirror struct {
	URL     string
	Size    int64     // bytes on disk
	Fetched time.Time // zero where no fetch has succeeded
}

// Mirrors returns the repositories in the cache, sorted by their addresses.
func (f Finder) Mirrors() ([]Mirror, error) {
	var list []Mirror
	err := f.eachMirror(func(m mirror) error {
		if m.url != "" {
			list = append(list, m.describe())
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Mirror) int { return strings.Compare(a.URL, b.URL) })
	return list, err
}

// CleanCache removes the mirrors, and with them what a killed run left of any. It
// returns those that are gone and those that stay, because somebody is fetching
// them.
func (f Finder) CleanCache() (gone, stay []Mirror, err error) {
	err = f.eachMirror(func(m mirror) error {
		d := m.describe()
		held, err := m.tryLock()
		if errors.Is(err, lock.ErrHeld) {
			stay = append(stay, d)
			return nil
		}
		if err != nil {
			return err
		}
		defer held.Close()
		if err := m.remove(); err != nil {
			return err
		}
		if d.URL != "" {
			gone = append(gone, d)
		}
		return nil
	})
	return gone, stay, err
}

// eachMirror calls do with each mirror and with what is left of one. No folder is
// an empty cache.
func (f Finder) eachMirror(do func(mirror) error) error {
	folder, err := f.mirrorsFolder()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	seen := make(map[string]bool)
	for _, e := range entries {
		name, _ := splitName(e.Name())
		if seen[name] {
			continue
		}
		seen[name] = true
		m := mirror{finder: f, dir: filepath.Join(folder, name)}
		if url, err := os.ReadFile(filepath.Join(m.dir, urlFile)); err == nil {
			m.url = strings.TrimSpace(string(url))
		}
		if err := do(m); err != nil {
			return err
		}
	}
	return nil
}

func (m mirror) describe() Mirror {
	d := Mirror{URL: m.url, Fetched: m.fetched()}
	filepath.WalkDir(m.dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // somebody may be fetching or removing it
		}
		if info, err := e.Info(); err == nil {
			d.Size += info.Size()
		}
		return nil
	})
	return d
}
