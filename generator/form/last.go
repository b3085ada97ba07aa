package form

import (
	"errors"
	"strings"

	"charm.land/huh/v2"

	"scaffold/generator/report"
)

// newMore returns the page that asks whether to go through the rest.
func (f *pageForm) newMore() *page {
	confirm := huh.NewConfirm().WithButtonAlignment(0).Title("Answer more?").Value(&f.wantsMore)
	return &page{
		Field: confirm, form: f,
		open: func() { confirm.Description(f.fill("The rest has defaults: " + f.nameMore())) },
		keep: func() error { return nil },
		fix:  func() bool { return false },
	}
}

var errBack = errors.New("Shift+Tab goes back to the answers")

// newLast returns the page that shows what comes of the answers.
func (f *pageForm) newLast() *page {
	f.make = true
	confirm := huh.NewConfirm().WithButtonAlignment(0).Affirmative("Make it").Negative("Leave").Value(&f.make)
	var refused error
	return &page{
		Field: confirm, form: f,
		open: func() {
			p, err := f.preview()
			if refused = f.say(err); refused != nil {
				confirm.Title("These answers do not go together").Description(refused.Error())
				return
			}
			confirm.Title("Make " + report.OneLine(p.Name) + "?").Description(f.describeLast(p))
		},
		keep: func() error {
			if !f.make || refused == nil {
				return nil
			}
			return errBack
		},
		fix: func() bool { return false },
	}
}

// Lines of the last page that are neither the tree nor the command, and what a page
// has beside its text.
const (
	lastLines = 9
	frame     = 4
	leastTree = 4
)

func (f *pageForm) describeLast(p Preview) string {
	command := f.fill(report.OneLine(p.Command))
	tree := p.Tree(max(leastTree, f.height-lastLines-strings.Count(command, "\n")))
	return strings.TrimRight(tree, "\n") + "\n\nThe same without a form:\n" + command
}

// fill breaks text between words, so that a line has at most width columns.
func fill(text string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column > 0 && column+1+len(word) > width:
			b.WriteString("\n")
			column = 0
		case column > 0:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
