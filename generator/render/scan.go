package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/pack"
)

// Limits on a template's source. text/template's parser recurses without one:
// 500,000 nested ifs overflow the stack, and no recover can catch that.
const (
	maxSource  = 512 << 10 // bytes
	maxNesting = 100       // of if, with, range and parentheses
	maxRanges  = 2         // of range in range: the work is the product
	maxDecls   = 100       // variables: each use looks through all that are in scope
)

// scan looks at the source before the parser does, because that recurses.
func scan(text string, delims [2]string) error {
	if len(text) > maxSource {
		return fmt.Errorf(" has %d bytes, more than %d", len(text), maxSource)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf(" is not UTF-8; a file that is copied as it is has no %s", pack.TemplateSuffix)
	}
	s := newScan(text, delims)
	for s.nextAction() {
		s.action()
		switch {
		case s.decls > maxDecls:
			return fmt.Errorf("%d: declares more than %d variables", s.line(), maxDecls)
		case s.deepest > maxNesting:
			return fmt.Errorf("%d: is nested more than %d deep", s.line(), maxNesting)
		}
	}
	return nil
}

// A sourceScan reads a template as text/template's lexer does, since what stands in a
// string or a comment opens and ends nothing. It stops where that finds a fault.
type sourceScan struct {
	text, left, right string
	at                int
	from              int // where the last action's left delimiter is
	depth             int // of if, with and range
	deepest           int // that it was, or that parentheses were
	decls             int
}

func newScan(text string, delims [2]string) *sourceScan {
	s := &sourceScan{text: text, left: delims[0], right: delims[1]}
	if s.left == "" {
		s.left, s.right = "{{", "}}"
	}
	return s
}

func (s *sourceScan) line() int { return 1 + strings.Count(s.text[:s.at], "\n") }

// stop ends the scan, because the parser comes no further than this.
func (s *sourceScan) stop() { s.at = len(s.text) }

// nextAction goes to the inside of the next action, past comments.
func (s *sourceScan) nextAction() bool {
	for {
		i := strings.Index(s.text[s.at:], s.left)
		if i < 0 {
			return false
		}
		s.from = s.at + i
		s.at = s.from + len(s.left)
		inside := s.text[s.at:]
		if len(inside) > 1 && inside[0] == '-' && isBlank(inside[1]) {
			s.at += 2
			inside = inside[2:]
		}
		if !strings.HasPrefix(inside, "/*") {
			return true
		}
		end := strings.Index(inside[2:], "*/")
		if end < 0 {
			s.stop()
			return false
		}
		s.at += 2 + end + 2
		if !s.closed() {
			s.stop()
			return false
		}
	}
}

// closed goes past a right delimiter if there is one, with or without a mark to
// trim what follows.
func (s *sourceScan) closed() bool {
	rest := s.text[s.at:]
	if len(rest) > 1 && isBlank(rest[0]) && rest[1] == '-' && strings.HasPrefix(rest[2:], s.right) {
		s.at += 2 + len(s.right)
		return true
	}
	if strings.HasPrefix(rest, s.right) {
		s.at += len(s.right)
		return true
	}
	return false
}

// action goes past an action, and counts what it opens, ends and declares. A long
// one is left as soon as it is too much.
func (s *sourceScan) action() {
	first, parentheses := true, 0
	var word string // that it starts with, if it does
	for s.at < len(s.text) && s.deepest <= maxNesting && s.decls <= maxDecls {
		if s.closed() {
			s.control(word)
			return
		}
		c, size := utf8.DecodeRuneInString(s.text[s.at:])
		switch {
		case c == '(':
			parentheses++
			s.deepest = max(s.deepest, parentheses)
		case c == ')':
			parentheses--
		case c == '"' || c == '\'':
			size = quotedLength(s.text[s.at:])
		case c == '`':
			size = 2 + strings.IndexByte(s.text[s.at+1:], '`')
		case isDigit(s.text[s.at:]):
			size = numberLength(s.text[s.at:])
		case isLetter(c):
			size = wordLength(s.text[s.at:])
			if first {
				word = s.text[s.at : s.at+size]
			}
		case strings.HasPrefix(s.text[s.at:], ":="):
			s.decls++
		}
		first = first && size == 1 && isBlank(s.text[s.at])
		if size == 0 || c == '`' && size == 1 { // a string without an end
			s.stop()
			return
		}
		s.at += size
	}
}

// control counts what an action opens or ends that starts with this word.
func (s *sourceScan) control(word string) {
	switch word {
	case "if", "with", "range", "block", "define":
		s.depth++
		s.deepest = max(s.deepest, s.depth)
	case "end":
		if s.depth--; s.depth < 0 {
			s.stop()
		}
	}
}

// quotedLength returns how long the string or character at the start of text is, with
// its quotes; 0 if it has no end in this line.
func quotedLength(text string) int {
	for i := 1; i < len(text) && text[i] != '\n'; i++ {
		switch text[i] {
		case text[0]:
			return i + 1
		case '\\':
			if i++; i < len(text) && text[i] == '\n' {
				return 0
			}
		}
	}
	return 0
}

// numberLength returns how long the number at the start of text is. A right delimiter
// may stand in one: 1e-5 has a -.
func numberLength(text string) int {
	at := 0
	accept := func(set string) bool {
		if at == len(text) || strings.IndexByte(set, text[at]) < 0 {
			return false
		}
		at++
		return true
	}
	run := func(set string) {
		for accept(set) {
		}
	}
	accept("+-")
	digits, exponent := "0123456789_", "eE"
	if accept("0") {
		switch {
		case accept("xX"):
			digits, exponent = "0123456789abcdefABCDEF_", "pP"
		case accept("oO"):
			digits, exponent = "01234567_", ""
		case accept("bB"):
			digits, exponent = "01_", ""
		}
	}
	run(digits)
	if accept(".") {
		run(digits)
	}
	if accept(exponent) {
		accept("+-")
		run("0123456789_")
	}
	accept("i")
	return at
}

// isDigit reports whether a number starts text: a sign or a point may stand before
// its first digit.
func isDigit(text string) bool {
	c := text[0]
	return '0' <= c && c <= '9' || c == '+' || c == '-' || c == '.' && len(text) > 1 && '0' <= text[1] && text[1] <= '9'
}

func wordLength(text string) int {
	for i, r := range text {
		if !isLetter(r) {
			return i
		}
	}
	return len(text)
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf { // as most are
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
