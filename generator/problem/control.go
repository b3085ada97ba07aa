package problem

import "unicode"

// IsControl reports whether a character is for a terminal or an editor rather than
// for a reader: it moves the cursor, breaks a line or turns the text around. Names
// and messages that a pack or a clone brings have none, because they could show
// something else than they say.
func IsControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
