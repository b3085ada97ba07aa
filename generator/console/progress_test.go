package console

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
)

// A short run shows nothing; a long one what it is at, until it ends.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		p := &progress{out: &screen}
		shown := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			if got := screen.String(); got != want {
				t.Errorf("shows %q, want %q", got, want)
			}
			screen.Reset()
		}
		p.at("planning")
		shown(patience-1, "")
		p.end()
		shown(time.Second, "")

		p.at("planning")
		shown(patience, "\r\x1b[Kscaffold: planning (0.5 s)")
		p.at("writing %s", "a\x1b")
		shown(redraw, "\r\x1b[Kscaffold: writing a\\u001b (0.6 s)")
		p.end()
		shown(time.Second, "\r\x1b[K")
	})
}

// Of many projects that take no time each, the one that it is at is shown now and
// then, with the time of all.
func TestProgressOfFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		c := &Console{}
		for i := range 1_200 {
			c.place("regenerating", i+1, 1_200)
			p := &progress{out: &screen, fleet: &c.fleet}
			p.at("planning p%d", i)
			time.Sleep(time.Millisecond)
			p.end()
		}
		var shown []string
		for line := range strings.SplitSeq(screen.String(), "\r\x1b[K") {
			if line != "" {
				shown = append(shown, line)
			}
		}
		want := []string{"scaffold: regenerating 501 of 1,200: planning p500 (0.5 s)", "scaffold: regenerating 601 of 1,200: planning p600 (0.6 s)"}
		if len(shown) != 7 || !slices.Equal(shown[:2], want) {
			t.Errorf("shows %q, want %q and five more", shown, want)
		}
	})
}

// A question has the screen for itself.
func TestProgressAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		p := &progress{out: &screen}
		asker := p.asker(answer.Asker{Ask: func(pack.Question, func(string) error) (string, error) {
			time.Sleep(time.Minute)
			screen.WriteString("asked ")
			return "yes", nil
		}})
		p.at("planning")
		time.Sleep(patience / 2)
		asker.Ask(pack.Question{}, nil)
		time.Sleep(patience)
		synctest.Wait()
		p.end()
		if got, want := screen.String(), "asked \r\x1b[Kscaffold: planning (0.5 s)\r\x1b[K"; got != want {
			t.Errorf("shows %q, want %q", got, want)
		}
	})
}
