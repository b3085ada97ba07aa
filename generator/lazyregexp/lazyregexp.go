// Package lazyregexp has regular expressions that are compiled where they are first used,
// because most commands use few of them, and to compile all takes longer than to start. It
// is for those that a package keeps in variables. One that is wrong panics when it is used;
// a test compiles all that stand in this module.
package lazyregexp

import (
	"regexp"
	"sync"
)

// A Regexp is a [regexp.Regexp] that may not be compiled yet. Several goroutines may use it.
type Regexp struct{ compiled func() *regexp.Regexp }

// New returns what [regexp.MustCompile] does, but later.
func New(expr string) *Regexp {
	return &Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
}

func (r *Regexp) MatchString(s string) bool            { return r.compiled().MatchString(s) }
func (r *Regexp) FindString(s string) string           { return r.compiled().FindString(s) }
func (r *Regexp) FindStringSubmatch(s string) []string { return r.compiled().FindStringSubmatch(s) }
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.compiled().FindAllStringSubmatch(s, n)
}
func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return r.compiled().FindAllStringSubmatchIndex(s, n)
}
func (r *Regexp) ReplaceAllString(s, with string) string {
	return r.compiled().ReplaceAllString(s, with)
}
func (r *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return r.compiled().ReplaceAllStringFunc(s, with)
}
func (r *Regexp) FindIndex(b []byte) []int { return r.compiled().FindIndex(b) }
func (r *Regexp) ReplaceAll(b, with []byte) []byte {
	return r.compiled().ReplaceAll(b, with)
}
func (r *Regexp) String() string { return r.compiled().String() }
func (r *Regexp) FindSubmatchIndex(b []byte) []int {
	return r.compiled().FindSubmatchIndex(b)
}
func (r *Regexp) Split(s string, n int) []string { return r.compiled().Split(s, n) }
