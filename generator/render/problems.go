package render

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// Limits on what is said of one pack.
const (
	maxProblems = 50
	maxMessage  = 1000 // bytes: an error quotes what may be half a megabyte
)

type problems struct {
	list []error
	done bool
}

func (p *problems) add(err error) {
	said := func(other error) bool { return err.Error() == other.Error() } // of a folder, by another file in it
	if err == nil || p.full() || slices.ContainsFunc(p.list, said) {
		return
	}
	if p.list = append(p.list, err); len(p.list) == maxProblems {
		p.enough()
	}
}

func (p *problems) enough() { p.end(fmt.Errorf("and maybe more: mend these %d first", len(p.list))) }

func (p *problems) end(err error) {
	if !p.done {
		p.list, p.done = append(p.list, err), true
	}
}

func (p *problems) full() bool { return p.done }

func (p *problems) join() error { return problem.AsInput(errors.Join(p.list...)) }

// positioned drops what text/template says before the position, so that an
// error starts with web/files/main.go.tmpl:12:8. It leaves out the middle of what
// nobody would read.
func positioned(err error) error {
	text, ok := strings.CutPrefix(err.Error(), "template: ")
	if !ok && len(text) <= maxMessage {
		return err
	}
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage/2]+" … "+text[len(text)-maxMessage/2:], "")
	}
	return errors.New(text)
}
