// Package rendertest makes random templates, for tests of what reads and traces them.
package rendertest

import (
	"math/rand/v2"
	"strings"
)

// Template puts from three pieces to most together, and ends what they begin. Often it
// is a template, and sometimes not, as with a break outside of a loop.
func Template(r *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	open := 0
	for range 3 + r.IntN(most-2) {
		piece := pieces[r.IntN(len(pieces))]
		switch {
		case strings.Contains(piece, "end"):
			if open == 0 {
				continue
			}
			open--
		case strings.Contains(piece, "if ") || strings.Contains(piece, "with ") || strings.Contains(piece, "range "):
			open++
		}
		b.WriteString(piece)
	}
	return b.String() + strings.Repeat("{{ end }}", open)
}
