package form

import (
	"context"
	"fmt"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

// askLines asks a line at a time. Where the answers together are refused it asks
// again, with them as the defaults.
func (t Terminal) askLines(ctx context.Context, s *state) error {
	l := lineForm{t, s, answer.LineAsker(ctx, t.In, t.Out)}
	fmt.Fprintf(t.Out, "%s\nAn empty line takes what stands in brackets; Ctrl-C stops, and nothing is made.\n", report.OneLine(t.Title))
	for {
		if err := l.askAll(); err != nil {
			return err
		}
		p, err := s.preview()
		if err == nil {
			fmt.Fprintf(t.Out, "%sthe same without questions:\n%s\n", p.Tree(fullTree), report.Indent(report.Escape(p.Command)))
			return l.confirm("Make " + p.Name)
		}
		if !problem.IsInput(err) {
			return err
		}
		fmt.Fprintf(t.Out, "%s\n", explain(err))
	}
}

const fullTree = 1 << 10 // lines, as nothing has to fit a page here

type lineForm struct {
	Terminal
	*state
	answer.Asker
}

func (l lineForm) askAll() error {
	for _, name := range l.first {
		if err := l.askOne(name); err != nil {
			return err
		}
	}
	names := l.nameMore()
	if names == "" {
		return nil
	}
	more, err := l.askBool("Answer more: "+names, l.wantsMore)
	if l.wantsMore = more; !more || err != nil {
		return err
	}
	for _, name := range l.more {
		if err := l.askOne(name); err != nil {
			return err
		}
	}
	return nil
}

func (l lineForm) askOne(name string) error {
	if !l.shows(name) {
		return nil
	}
	d := l.find(name)
	q := d.Question
	if q.Default = d.Default; d.Given {
		q.Default = d.Value
	}
	text, err := l.Ask(q, func(text string) error { return l.check(name, text) })
	if err == nil {
		l.put(name, text)
	}
	return err
}

func (l lineForm) askBool(help string, preset bool) (bool, error) {
	q := pack.Question{Type: pack.Bool, Help: help, Default: preset}
	text, err := l.Ask(q, func(text string) error { return answer.Check(q, text) })
	if err != nil {
		return false, err
	}
	value, err := q.Parse(text)
	return value == true, err
}

func (l lineForm) confirm(what string) error {
	yes, err := l.askBool(what, true)
	if err == nil && !yes {
		err = context.Canceled
	}
	return err
}
