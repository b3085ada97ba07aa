package render

import (
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// foreign are marks of other languages that use {{ themselves: GitHub's
// expressions, Handlebars, Hugo, Jinja, Helm.
var foreign = []string{"${{", "{{{", "{{#", "{{^", "{{!", "{{>", "{{<", "{{%", "{%", ".Values", ".Release", ".Chart"}

// odd is what errors say of what nobody would write who meant this language: an
// unknown function or variable, and signs that it has not.
var odd = []string{": there are ", "undefined variable", "bad character", "malformed character constant"}

// hintDelims adds to the error of a template that the file's own {{ may be meant
// for somebody else, and the rule that says so. It is said once.
func (c *compiler) hintDelims(err error, source tree.File) error {
	text := string(source.Data)
	isForeign := slices.ContainsFunc(foreign, func(mark string) bool { return strings.Contains(text, mark) })
	isOdd := slices.ContainsFunc(odd, func(said string) bool { return strings.Contains(err.Error(), said) })
	if c.hinted || !isForeign && !isOdd {
		return err
	}
	c.hinted = true
	left, right := unusedDelims(text)
	return problem.WithHint(err, `a file that has {{ of its own takes other delimiters, by a rule in %s: files: [{path: %q, delims: [%q, %q]}]`,
		pack.ManifestFile, source.Path, left, right)
}

func unusedDelims(text string) (left, right string) {
	for _, pair := range [][2]string{{"[[", "]]"}, {"<%", "%>"}, {"<<", ">>"}} {
		if !strings.Contains(text, pair[0]) && !strings.Contains(text, pair[1]) {
			return pair[0], pair[1]
		}
	}
	for n := 1; ; n++ {
		if left, right = fmt.Sprintf("<%d<", n), fmt.Sprintf(">%d>", n); !strings.Contains(text, left) && !strings.Contains(text, right) {
			return left, right
		}
	}
}
