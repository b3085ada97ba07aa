package resolve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

// A Prompt is where a person is asked, and how.
type Prompt struct {
	Asker answer.Asker
	Out   io.Writer
	Color bool
	Edit  func(ctx context.Context, name string, text []byte) ([]byte, error) // as its editor leaves it
}

// A key is what may be typed at a hunk.
type key struct {
	typed string
	side  Side
	says  string
}

// keys are all of them, in order. The sides are those of [File.Sides].
var keys = []key{
	{"m", Mine, "mine: your lines"},
	{"t", Template, "the template's lines"},
	{"b", Both, "both: your lines, then the template's"},
	{"e", Other, "edit the lines in your editor"},
	{"s", "", "skip: leave it as it is"},
	{"q", "", "quit: leave this and the rest as they are"},
}

var errQuit = errors.New("quit")

// Ask has a person decide hunk by hunk. Nothing is written meanwhile: the end of the
// input, or of ctx, is an error, and leaves all as it was.
func (s *Session) Ask(ctx context.Context, p Prompt) error {
	said := false
	for _, f := range s.Files {
		for i := range f.Hunks {
			f.show(p, i)
			if !said {
				explain(p.Out, f.typed())
				said = true
			}
			err := f.ask(ctx, p, i)
			if errors.Is(err, errQuit) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// typed returns what may be typed at a hunk of f.
func (f *File) typed() []string {
	var typed []string
	for _, k := range keys {
		if k.side == "" || slices.Contains(f.Sides, k.side) {
			typed = append(typed, k.typed)
		}
	}
	return typed
}

// explain says what the keys mean, once unasked, because letters alone tell a newcomer
// nothing.
func explain(w io.Writer, typed []string) {
	for _, k := range keys {
		if slices.Contains(typed, k.typed) {
			fmt.Fprintf(w, "  %s  %s\n", k.typed, k.says)
		}
	}
}

// ask asks about one hunk until it is answered, or left.
func (f *File) ask(ctx context.Context, p Prompt, hunk int) error {
	question := pack.Question{Type: pack.Choice, Help: "take", Choices: append(f.typed(), "?")}
	for {
		typed, err := p.Asker.Ask(question, func(text string) error {
			if !slices.Contains(question.Choices, text) {
				return fmt.Errorf("%q is none of %s", text, strings.Join(question.Choices, ", "))
			}
			return nil
		})
		if err != nil {
			return err
		}
		switch typed {
		case "?":
			explain(p.Out, question.Choices)
		case "q":
			return errQuit
		case "s":
			return nil
		case "e":
			if done, err := f.edit(ctx, p, hunk); done || err != nil {
				return err
			}
		default:
			i := slices.IndexFunc(keys, func(k key) bool { return k.typed == typed })
			return f.Answer(hunk, Answer{Side: keys[i].side})
		}
	}
}

// edit has the hunk edited. What still has markers is asked about again.
func (f *File) edit(ctx context.Context, p Prompt, hunk int) (done bool, err error) {
	h := f.Hunks[hunk]
	given := f.toEdit(h)
	text, err := p.Edit(ctx, f.Path, given)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		fmt.Fprintf(p.Out, "%s\n", report.OneLine(err.Error()))
		return false, nil
	}
	if len(text) > 0 && endOf(string(text)) == "" && h.Line > 0 { // other lines follow
		text = append(text, cmp.Or(h.end, f.lineEnd())...)
	}
	err = f.Answer(hunk, Answer{Side: Other, Text: string(text)})
	if problem.IsInput(err) {
		fmt.Fprintf(p.Out, "%s\n", report.OneLine(err.Error()))
		return false, nil
	}
	return err == nil, err
}

// toEdit is the hunk with its markers, also where two whole files are in conflict.
func (f *File) toEdit(h Hunk) []byte {
	if h.Line > 0 {
		return []byte(h.marked)
	}
	m := newParser(f.labels).markers
	var b strings.Builder
	part := func(marker string, lines []string) {
		b.WriteString(marker + f.lineEnd())
		b.WriteString(strings.Join(lines, ""))
		if text := b.String(); endOf(text) == "" {
			b.WriteString(f.lineEnd())
		}
	}
	part(m[opens], h.Mine)
	part(m[separates], h.Template)
	part(m[closes], nil)
	return []byte(b.String())
}

const (
	around = 3  // lines of the file that are shown before and after a hunk
	most   = 40 // lines of a side that are shown, because a screen has not more
)

// show writes a hunk as a person reads it.
func (f *File) show(p Prompt, hunk int) {
	h := f.Hunks[hunk]
	where, why := f.Path, f.Why
	if h.Line > 0 {
		where, why = fmt.Sprintf("%s, line %d", f.Path, h.Line), h.Why()
	}
	fmt.Fprintln(p.Out)
	p.write(bold, fmt.Sprintf("%d of %d in %s: %s", hunk+1, len(f.Hunks), where, why))
	if !f.IsText() {
		return
	}
	before, after := f.neighbours(hunk)
	p.writeLines(dim, "  ", before)
	if h.Line > 0 {
		p.write(dim, "before")
		p.writeLines(dim, "| ", h.Base)
	}
	p.write(cyan, "yours")
	p.writeLines(cyan, "| ", h.Mine)
	p.write(yellow, "the template's")
	p.writeLines(yellow, "| ", h.Template)
	p.writeLines(dim, "  ", after)
}

// The SGR codes that are used.
const (
	bold   = "1"
	dim    = "2"
	yellow = "33"
	cyan   = "36" // as what is the user's has in other reports
)

// write writes a line, escaped, because it is a file's.
func (p Prompt) write(color, text string) {
	text = report.OneLine(text)
	if p.Color {
		text = "\x1b[" + color + "m" + text + "\x1b[0m"
	}
	fmt.Fprintln(p.Out, text)
}

func (p Prompt) writeLines(color, before string, lines []string) {
	for i, line := range lines {
		if i == most {
			p.write(dim, fmt.Sprintf("  and %d lines more", len(lines)-most))
			return
		}
		p.write(color, before+strings.TrimSuffix(line, endOf(line)))
	}
}

// neighbours returns the lines before and after a hunk that are outside of hunks.
func (f *File) neighbours(hunk int) (before, after []string) {
	if f.besides != nil {
		return nil, nil
	}
	before, after = slices.Collect(strings.Lines(f.text.kept[hunk])), slices.Collect(strings.Lines(f.text.kept[hunk+1]))
	return before[max(0, len(before)-around):], after[:min(len(after), around)]
}
