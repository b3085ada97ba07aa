// Package strictyaml reads YAML that people write by hand and takes nothing for
// granted: pack.yaml, scaffold.yaml and answer files.
//
// Decoders guess. They read `version: 1.10` as 1.1 and `012` as 10, and say of a
// mistake at most its line. So the parser's nodes are walked instead: every [Node]
// is asked for the kind that is due, and what does not fit is collected with its
// line and column, all of it in one run.
//
// Refused altogether: a second document, anchors, aliases, tags, merge keys,
// directives, characters that not every reader takes for text, and git's conflict
// markers. It is not a general YAML reader.
//
// A [Source] says where the bytes of a value stand, so that one answer can be
// changed and all else stay as its owner wrote it.
package strictyaml

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/problem"
)

// A Doc is a document that is being read: whatever is wrong is collected here.
type Doc struct {
	name     string // shown in messages: a path
	source   []byte
	problems []Problem
}

// A Problem is one thing that is wrong with a document.
type Problem struct {
	Name         string
	Line, Column int // from 1; 0 where the whole document is meant
	Message      string
	Excerpt      string // the line itself
}

// Error returns the problem with its position, and below it the line.
func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.Name, p.Message)
	}
	head := fmt.Sprintf("%s:%d:%d: %s", p.Name, p.Line, p.Column, p.Message)
	if p.Excerpt == "" {
		return head
	}
	number := fmt.Sprintf("%5d", p.Line)
	if p.Column > utf8.RuneCountInString(p.Excerpt)+1 { // in the part of a long line that is not shown
		return fmt.Sprintf("%s\n%s | %s", head, number, p.Excerpt)
	}
	return fmt.Sprintf("%s\n%s | %s\n%s | %s^", head, number, p.Excerpt,
		strings.Repeat(" ", len(number)), strings.Repeat(" ", max(p.Column-1, 0)))
}

const maxProblems = 20 // because the first one would scroll away

// Err returns all problems found so far, in order of their lines.
func (d *Doc) Err() error {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var errs []error
	for i, p := range d.problems {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("%s: and %d problems more", d.name, len(d.problems)-i))
			break
		}
		p.Excerpt = d.line(p.Line)
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

const maxMessage = 1000

func (d *Doc) report(line, column int, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage/2]+" … "+message[len(message)-maxMessage/2:], "")
	}
	d.problems = append(d.problems, Problem{Name: d.name, Line: line, Column: column, Message: message})
}

const maxExcerpt = 160

func (d *Doc) line(n int) string {
	for i, line := range strings.Split(string(d.source), "\n") {
		if i+1 != n {
			continue
		}
		line = strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return ' '
			case problem.IsControl(r): // which could draw on the terminal
				return '·'
			}
			return r
		}, line)
		if len(line) > maxExcerpt {
			line = strings.ToValidUTF8(line[:maxExcerpt], "") + "…"
		}
		return line
	}
	return ""
}
