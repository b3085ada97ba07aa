package pack

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Limits on the patterns of answers. Matching takes the product of the lengths of
// answer and program, and a few bytes, as in ((a|b){100}){9}, make a long program.
const (
	maxPattern  = 1000   // bytes
	maxProgram  = 3000   // steps of one pattern
	maxPrograms = 10_000 // steps of all patterns of a pack
)

// compileMatch compiles what must be the whole of an answer. It counts the
// steps of the program before it is made, because a few bytes may make a huge
// one.
func compileMatch(pattern string) (re *regexp.Regexp, size int, err error) {
	if len(pattern) > maxPattern {
		return nil, 0, fmt.Errorf("has %d bytes, more than %d", len(pattern), maxPattern)
	}
	whole := matchStart + pattern + matchEnd
	parsed, err := syntax.Parse(whole, syntax.Perl)
	if err != nil {
		return nil, 0, err
	}
	if size = steps(parsed); size > maxProgram {
		return nil, 0, fmt.Errorf("makes a program of about %d steps, more than %d: its repetitions multiply", size, maxProgram)
	}
	re, err = regexp.Compile(whole)
	return re, size, err
}

func steps(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += steps(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Max, re.Min+1, 1) // Max is -1 for {2,}
	}
	return n
}
