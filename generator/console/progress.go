package console

import (
	"fmt"
	"io"
	"sync"
	"time"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/report"
)

// A run that takes longer than patience shows that it lives.
const (
	patience = 500 * time.Millisecond
	redraw   = 100 * time.Millisecond
)

// A progress is a line on a terminal that says what a long run is at, and since
// when. It is gone when the run ends.
type progress struct {
	out io.Writer // nil: nobody looks

	mu    sync.Mutex
	what  string
	began time.Time
	timer *time.Timer // nil: not shown, and not going to be
	drawn bool
}

// progress shows nothing off a terminal, or on one without cursor movements.
func (c *Console) progress() *progress {
	if !isTerminal(c.Err) || c.Plain {
		return &progress{}
	}
	return &progress{out: c.Err}
}

// at says what is done from now on.
func (p *progress) at(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = report.OneLine(fmt.Sprintf(format, args...))
	if p.out == nil || p.timer != nil {
		return
	}
	p.began = time.Now()
	p.timer = time.AfterFunc(patience, p.draw)
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	fmt.Fprintf(p.out, "\r\x1b[Kscaffold: %s (%.1f s)", p.what, time.Since(p.began).Seconds())
	p.drawn = true
	p.timer.Reset(redraw)
}

// end wipes the line.
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

// asker returns a that asks without the line, and does not count the time in
// which a person thinks.
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
