// Package console runs one command for a person or a script: options in, one
// call of the generator, a report out.
//
// Data goes to standard output, talk to standard error, a line each, after
// "scaffold: ". A hint is a line of its own and names the next command.
//
// It knows no flag parser: package main makes the options of flags, and
// [Console.Complete], which tells a shell what may stand where somebody is typing,
// knows the flags as package arguments lists them.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/source"
	"scaffold/generator/terminal"
)

// Exit statuses. [ExitHelp] describes them. Of several the worst counts; see worse.
const (
	Done        = 0
	Failed      = 1
	Input       = 2
	Conflicts   = 3
	OutOfDate   = 4
	Interrupted = 130
)

const ExitHelp = `
EXIT STATUS:
   0    done, or nothing to do
   1    failed (a full disk, a missing permission, a file that changed since or
        meanwhile); nothing was changed, unless the message says that all was
        done and only the report of it is lost
   2    wrong usage or invalid input; nothing was changed
   3    conflicts need you
   4    regenerate --check: out of date; diff --exit-code: there is a difference
   130  interrupted; nothing was changed
`

// A Console is where a command reads and writes.
type Console struct {
	In    io.Reader
	Out   io.Writer // data
	Err   io.Writer // talk
	Color Color
	Lines bool     // ask line by line, because the terminal or its reader cannot follow a form
	Env   []string // KEY=VALUE, for git

	Finder   source.Finder // of packs
	Defaults generator.Defaults
	JSON     bool // an error is a document as well, because who asked for one reads no lines

	exit       int
	jsonLines  bool // documents are lines, because there are several
	documented bool // a document has been written, or the output does not take it

	fleet fleet // where several projects are done one after the other
}

// Color says where text is coloured.
type Color int

const (
	Auto   Color = iota // on a terminal
	Never               // and the cursor is not moved either
	Always              // also in a pipe, which then ends at a terminal
)

// ExpectLines has documents be lines, as those about several projects are, from the
// first thing that may be wrong.
func (c *Console) ExpectLines() { c.jsonLines = true }

// raiseExit has the program exit with this status, unless a worse one is known.
func (c *Console) raiseExit(status int) { c.exit = worse(c.exit, status) }

func worse(a, b int) int {
	for _, status := range []int{Interrupted, Failed, Input, Conflicts, OutOfDate} {
		if a == status || b == status {
			return status
		}
	}
	return Done
}

// Say writes a line of talk, escaped, because what a pack or a file name brings
// into it must not move the cursor.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintf(c.Err, "scaffold: %s\n", report.OneLine(fmt.Sprintf(format, args...)))
}

func (c *Console) note(text string) { c.Say("%s", text) }

func (c *Console) hint(format string, args ...any) {
	fmt.Fprintf(c.Err, "scaffold: %s %s\n", c.paint("36", "hint:"), report.OneLine(fmt.Sprintf(format, args...)))
}

// paint colours a word of talk: red for what failed, cyan for what to do.
func (c *Console) paint(code, word string) string {
	if c.Color == Never || c.Color == Auto && !isTerminal(c.Err) {
		return word
	}
	return "\x1b[" + code + "m" + word + "\x1b[0m"
}

func (c *Console) sayLines(what, text string) {
	fmt.Fprintf(c.Err, "scaffold: %s%s\n", what, report.Escape(text))
}

func (c *Console) style() report.Style {
	terminal := terminal.Is(c.Out) || c.Color == Always
	width := 0 // because a line that a program reads stays a line
	if isTerminal(c.Out) {
		width, _ = c.size()
	}
	return report.Style{Color: terminal && c.Color != Never, Terminal: terminal, Width: width}
}

// asker asks only where a person sits, because nobody else would answer.
func (c *Console) asker(ctx context.Context) answer.Asker {
	if !isTerminal(c.In) || !isTerminal(c.Err) {
		return answer.Asker{}
	}
	return answer.LineAsker(ctx, c.In, c.Err)
}

func isTerminal(stream any) bool { return terminal.Is(stream) }

// size returns the columns and lines of where the output goes, 0 for any number.
func (c *Console) size() (width, height int) { return terminal.Size(c.Out, c.Env) }

// LoadPack loads the pack that a reference names, and shows on a terminal what takes
// long.
func (c *Console) LoadPack(ctx context.Context, ref string) (*generator.Generator, error) {
	p := c.progress()
	defer p.end()
	return generator.Load(ctx, c.finder(p), ref)
}

// LoadHere is LoadPack for help, which fetches nothing. Of a pack that is not on this
// machine it says so, and returns nil.
func (c *Console) LoadHere(ctx context.Context, ref string) (*generator.Generator, error) {
	finder := c.Finder
	finder.Offline = true
	g, err := generator.Load(ctx, finder, ref)
	if parsed, wrong := source.Parse(ref); err == nil || wrong != nil || !parsed.Kind.IsForeign() {
		return g, err
	}
	c.Say("the answers of %s are not listed, because it is not here and help fetches nothing", ref)
	c.hint("%s fetches it and lists them", problem.CommandLine("scaffold", "pack", "show", ref))
	return nil, nil
}

// finder returns what finds packs, and shows what takes long. On a terminal that is
// a line of its own, because git or ssh may ask for a password below it.
func (c *Console) finder(p *progress) source.Finder {
	f := c.Finder
	f.Interactive = isTerminal(c.In) && isTerminal(c.Err)
	f.Progress = func(what string) {
		if f.Interactive {
			p.end()
			c.Say("%s", what)
			return
		}
		p.at("%s", what)
	}
	return f
}

// Exit reports err, and returns the worst exit status of it and all before it.
func (c *Console) Exit(err error) int {
	status := c.sayError(err)
	c.raiseExit(status)
	c.documentError("", err, status)
	return c.exit
}

// documentError writes a document about err, unless there is one.
func (c *Console) documentError(target string, err error, status int) {
	if err == nil || !c.JSON || c.documented {
		return
	}
	failure := report.FailureOf(err)
	if errors.Is(err, context.Canceled) {
		failure = report.FailureOf(errInterrupted)
	}
	c.printDocument(func(w io.Writer) { report.JSONError(w, target, failure, status, report.Form{Line: c.jsonLines}) })
}

var errInterrupted = errors.New("interrupted; nothing was changed")

// sayError reports err, then its hints, and returns the exit status.
func (c *Console) sayError(err error) int {
	status := statusOf(err)
	switch status {
	case Done:
		return status
	case Interrupted:
		c.note(errInterrupted.Error())
		return status
	}
	for _, line := range report.ErrorLines(err) {
		fmt.Fprintf(c.Err, "%s %s\n", c.paint("31", "scaffold:"), report.OneLine(line))
	}
	for _, hint := range problem.Hints(err) {
		c.hint("%s", hint)
	}
	return status
}

func statusOf(err error) int {
	switch {
	case err == nil:
		return Done
	case errors.Is(err, context.Canceled):
		return Interrupted
	case problem.IsInput(err):
		return Input
	}
	return Failed
}

// Print writes text to standard output.
func (c *Console) Print(text string) error {
	if text == "" {
		return nil
	}
	if _, err := io.WriteString(c.Out, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// printReport prints what write writes in one piece, so that a full disk or a
// closed pipe is noticed.
func (c *Console) printReport(write func(io.Writer)) error {
	var b strings.Builder
	write(&b)
	return c.Print(b.String())
}

// printDocument prints the document that write writes.
func (c *Console) printDocument(write func(io.Writer)) error {
	c.documented = true
	return c.printReport(write)
}

// page prints what write writes, on a terminal through a pager if it is longer.
func (c *Console) page(write func(io.Writer)) error {
	var b strings.Builder
	write(&b)
	if f, ok := c.Out.(*os.File); ok && isTerminal(f) && isTerminal(c.In) && terminal.Page(f, c.Env, b.String()) {
		return nil
	}
	return c.Print(b.String())
}

// PrintTopic prints a topic, which is long.
func (c *Console) PrintTopic(t Topic) error {
	return c.page(func(w io.Writer) { io.WriteString(w, t.Text) })
}

// PrintHelp prints a help, wrapped to the terminal.
func (c *Console) PrintHelp(text string) error {
	width, _ := c.size()
	return c.Print(wrapHelp(text, width))
}

func unreported(done string, err error) error {
	return fmt.Errorf("%s; only the report of it is lost: %w", done, err)
}

// recoverFirst takes back what an interrupted run left; a dry run only says so.
// Where files changed meanwhile the command stops, because somebody has to look.
func (c *Console) recoverFirst(ctx context.Context, root string, dry bool) (stop bool, err error) {
	if dry {
		return false, generator.Pending(root)
	}
	kept, err := generator.Recover(ctx, root, c.note)
	if err != nil || len(kept) == 0 {
		return false, err
	}
	err = problem.WithHint(fmt.Errorf("an interrupted run was taken back, but these had changed since and were kept: %s", problem.CommandLine(kept...)),
		"what was there before stands beside each, as NAME.scaffold-old: compare, then run the command again")
	c.note(err.Error())
	c.hint("%s", problem.Hints(err)[0])
	c.raiseExit(Conflicts)
	c.documentError(root, err, Conflicts)
	return true, nil
}

// recoverFolder is recoverFirst of what may be no project, and no folder; "" is none.
func (c *Console) recoverFolder(ctx context.Context, dir string, dry bool) (stop bool, err error) {
	root, err := filepath.Abs(dir)
	if dir == "" || err != nil {
		return false, nil // which is said later
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return false, nil
	}
	return c.recoverFirst(ctx, root, dry)
}

// parseSet reads the values of --set. It takes dashes for underscores, because a
// question's flag has dashes where its name has underscores.
func parseSet(sets []string) (answer.Layer, error) {
	var layer answer.Layer
	var errs []error
	for _, set := range sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok || key == "" {
			errs = append(errs, problem.Input("--set %s: want KEY=VALUE, as in --set style=struct", set))
			continue
		}
		layer = append(layer, answer.Value{Name: strings.ReplaceAll(key, "-", "_"), Text: value, Where: "--set " + key})
	}
	return layer, errors.Join(errs...)
}

func originOf(g *generator.Generator) *report.Origin {
	if !g.Source.Kind.IsForeign() {
		return nil
	}
	return &report.Origin{Source: g.Source.Name, Version: g.Pack.Version, Commit: g.Source.Commit, Digest: g.Pack.Digest}
}

// findIgnored says what of the state of the project at root a repository will not
// have, and which command adds it; "" for nothing.
func (c *Console) findIgnored(ctx context.Context, root string) (note, hint string) {
	i := generator.IgnoredState(ctx, root, c.Env)
	if len(i.Paths) == 0 {
		return "", ""
	}
	command := []string{"git", "add", "--force", "--"}
	if here := problem.FromHere(root); here != "." {
		command = []string{"git", "-C", here, "add", "--force", "--"}
	}
	return fmt.Sprintf("git ignores %s: no clone can be regenerated without; the rule is %s in line %s of %s",
			strings.Join(i.Paths, ", "), i.Rule.Pattern, i.Rule.Line, i.Rule.Source),
		problem.CommandLine(append(command, i.Paths...)...) + " tracks what is ignored, too"
}

// commandIn is a command of scaffold for the project at root. It names root only from
// outside, because else it is the project that the working directory is in.
func commandIn(root, command string) string {
	words, here := []string{"scaffold", command}, filepath.ToSlash(problem.FromHere(root))
	if strings.Trim(here, "./") != "" {
		words = append(words, here)
	}
	return problem.CommandLine(words...)
}

func first(dirs []string) string {
	if len(dirs) == 0 {
		return ""
	}
	return dirs[0]
}

const (
	patience = 500 * time.Millisecond // before a run shows that it lives
	redraw   = 100 * time.Millisecond
)

// A progress is a line on a terminal that says what a long run is at, and since
// when, until the run ends.
type progress struct {
	out io.Writer // nil: nobody looks

	mu    sync.Mutex
	fleet *fleet
	what  string
	began time.Time
	timer *time.Timer // nil: not shown, and not going to be
	drawn bool
}

// A fleet is how far a run is that does several projects. Each has a progress of its
// own, and most take so little time that none of them would ever be shown.
type fleet struct {
	place string    // as regenerating 12 of 1,000; "" for a single project
	began time.Time // zero until the first of them has a progress
	shown time.Time // when the line was last drawn
}

// place says what becomes of which of how many projects next.
func (c *Console) place(doing string, i, of int) {
	c.fleet.place = doing + " " + grouped(i) + " of " + grouped(of) + ": "
}

// grouped writes a number as people read it: 1,000.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// progress shows nothing off a terminal, or on one without cursor movements.
func (c *Console) progress() *progress {
	if !isTerminal(c.Err) || c.Color == Never {
		return &progress{}
	}
	return &progress{out: c.Err, fleet: &c.fleet}
}

func (p *progress) at(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = report.OneLine(fmt.Sprintf(format, args...))
	if p.out == nil || p.timer != nil {
		return
	}
	p.began = time.Now()
	p.timer = time.AfterFunc(patience, p.draw)
	if f := p.fleet; f != nil && f.place != "" {
		if f.began.IsZero() {
			f.began = p.began
		}
		p.began = f.began
		if time.Since(f.began) >= patience && time.Since(f.shown) >= redraw {
			f.shown = time.Now()
			p.drawLine()
		}
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.drawLine()
	p.timer.Reset(redraw)
}

func (p *progress) drawLine() {
	place := ""
	if p.fleet != nil {
		place = p.fleet.place
	}
	fmt.Fprintf(p.out, "\r\x1b[Kscaffold: %s%s (%.1f s)", place, p.what, time.Since(p.began).Seconds())
	p.drawn = true
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	p.timer.Stop()
	p.timer = nil
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

// asker returns a without the line while it asks, because the line would count
// the time in which a person thinks.
func (p *progress) asker(a answer.Asker) answer.Asker {
	if ask := a.Ask; ask != nil {
		a.Ask = func(q pack.Question, check func(string) error) (string, error) {
			p.end()
			defer p.at("%s", p.what)
			return ask(q, check)
		}
	}
	return a
}
