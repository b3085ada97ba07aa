package merge

// three merges one value that is not text, such as whether a file ends in a
// newline: who left it alone yields to who changed it. Where both changed it,
// differently, ours stands.
func three[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}

// A style is what the three files say about line endings. Either side's
// change of style reaches the other side's new lines too: a user on CRLF gets
// the template's new lines in CRLF.
type style struct{ base, ours, theirs ending }

func newStyle(base, ours, theirs *text) style {
	s := style{base.dominant(), ours.dominant(), theirs.dominant()}
	// Without a newline in base, the user's lines say what is meant.
	for _, e := range []ending{s.theirs, s.ours, lf} {
		if s.base == none {
			s.base = e
		}
	}
	if s.ours == none {
		s.ours = s.base
	}
	// The template must mean it to change the endings of the user's lines.
	if s.theirs == none || !theirs.uniform() {
		s.theirs = s.base
	}
	return s
}

// end is the ending of lines that bring none: markers, and what stood last.
func (s style) end() ending { return three(s.base, s.ours, s.theirs) }

// alone is the ending of a line with ending e that only one side has, where
// the other side's file ends its lines as other says.
func (s style) alone(e, other ending) ending {
	if e == s.base {
		return other
	}
	return e
}

// shared is the ending of a line that both sides have and base has not.
func (s style) shared(ours, theirs ending) ending {
	return three(s.base, ours, theirs)
}

// restyle writes a text that was made anew in the style that the three files
// agree on.
func restyle(t, base, ours, theirs *text) []byte {
	t.bom = three(base.bom, ours.bom, theirs.bom)
	closed := three(base.closed(), ours.closed(), theirs.closed())
	return t.bytes(newStyle(base, ours, theirs).end(), closed)
}
