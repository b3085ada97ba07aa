package tree

import (
	"path"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Compose returns path with its accents composed, as all paths of ours are. A
// Mac, and what was unpacked or synced there, may have them decomposed.
func Compose(path string) string {
	if isASCII(path) {
		return path
	}
	return norm.NFC.String(path)
}

// Composed returns t with composed paths, of the files and of their templates.
// [New] sees to it that they stay apart.
func (t Tree) Composed() Tree {
	if !slices.ContainsFunc(t.files, func(f File) bool { return Compose(f.Path) != f.Path || Compose(f.Origin) != f.Origin }) {
		return t
	}
	files := slices.Clone(t.files)
	for i := range files {
		files[i].Path, files[i].Origin = Compose(files[i].Path), Compose(files[i].Origin)
	}
	return Found(files...)
}

// A Spelling finds out how a disk spells paths: the same accents may be encoded
// in other ways there, in each element. Its functions look at the disk.
type Spelling struct {
	There func(path string) bool
	List  func(dir string) []string // the names in a folder

	known map[string]string
	names map[string]map[string]string // by folder and composed name
}

// At returns the path by which the disk has what is called path. What is there
// under just that name is, whatever else is; where nothing is, the folder's
// spelling counts.
func (s *Spelling) At(name string) string {
	if isASCII(name) {
		return name
	}
	if at, ok := s.known[name]; ok {
		return at
	}
	dir, at := s.At(path.Dir(name)), path.Base(name)
	if !isASCII(at) && !s.There(path.Join(dir, at)) {
		if other, ok := s.composed(dir)[Compose(at)]; ok {
			at = other
		}
	}
	if s.known == nil {
		s.known = make(map[string]string)
	}
	s.known[name] = path.Join(dir, at)
	return s.known[name]
}

// composed returns what is in a folder by composed names; of several that are
// one then, the first.
func (s *Spelling) composed(dir string) map[string]string {
	if names, ok := s.names[dir]; ok {
		return names
	}
	names := make(map[string]string)
	for _, name := range slices.Sorted(slices.Values(s.List(dir))) {
		if _, taken := names[Compose(name)]; !taken {
			names[Compose(name)] = name
		}
	}
	if s.names == nil {
		s.names = make(map[string]map[string]string)
	}
	s.names[dir] = names
	return names
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
