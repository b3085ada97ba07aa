package keys

import (
	"slices"
	"strings"
	"unicode/utf8"

	"scaffold/generator/lazyregexp"
)

// A Heading is one of Markdown. Its level is 1 for the topmost.
type Heading struct {
	Line  int // counted from 0: that of the text
	Level int
	Text  string
	Title bool // of the whole file: the first, and above all others
}

var (
	heading   = lazyregexp.New(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#*)?[ \t]*$`)
	underline = lazyregexp.New(`^ {0,3}(=+|-+)[ \t]*$`)
	noText    = lazyregexp.New(`^(\s{4}|\s*([-*+>|<#]|[0-9]+[.)]|\x60\x60\x60|~~~)|\[[^\]]+\]:)`)
	fence     = lazyregexp.New("^\\s*(?:[-*+>] +|[0-9]+[.)] +)*(```+|~~~+)([^`]*)$")
)

// Headings returns the headings of Markdown, in order. It declines (ok is false) where a
// block of code or a comment does not end.
func Headings(lines []string) (all []Heading, ok bool) {
	closing := "" // of what is open
	for i, l := range lines {
		switch {
		case i == 0 && endOfFrontMatter(lines) > 0:
			closing = l
		case closing != "":
			if closes(l, closing) {
				closing = ""
			}
		default:
			if h, ok := readHeading(lines, i); ok {
				all = append(all, h)
			}
			closing = opensBlock(l)
		}
	}
	markTitle(all)
	return all, closing == ""
}

func markTitle(all []Heading) {
	for i, h := range all {
		if i > 0 && h.Level <= all[0].Level {
			return
		}
	}
	if len(all) > 0 {
		all[0].Title = true
	}
}

// endOfFrontMatter returns the line that closes what opens in the first, or 0.
func endOfFrontMatter(lines []string) int {
	for i, l := range lines {
		if i == 0 && l != "---" {
			return 0
		}
		if i > 0 && l == "---" {
			return i
		}
	}
	return 0
}

// opensBlock returns what closes the block that a line opens, if it does.
func opensBlock(l string) (closing string) {
	if strings.Contains(l, "```") || strings.Contains(l, "~~~") {
		if m := fence.FindStringSubmatch(l); m != nil {
			return m[1]
		}
	}
	if at := strings.LastIndex(l, "<!--"); at >= 0 && !strings.Contains(l[at:], "-->") && strings.Count(l[:at], "`")%2 == 0 {
		return "-->"
	}
	if text := strings.ToLower(strings.TrimSpace(l)); strings.HasPrefix(text, "<pre") && !strings.Contains(text, "</pre>") {
		return "</pre>"
	}
	return ""
}

func closes(l, closing string) bool {
	if closing[0] == '`' || closing[0] == '~' {
		text := strings.TrimLeft(l, " \t>")
		return strings.HasPrefix(text, closing) && strings.Trim(text, closing[:1]+" \t") == ""
	}
	if closing == "---" {
		return l == closing
	}
	return strings.Contains(strings.ToLower(l), closing)
}

// readHeading reads one by its hashes, or by the line below it.
func readHeading(lines []string, i int) (h Heading, ok bool) {
	l := lines[i]
	if strings.IndexByte(l, '#') >= 0 {
		if m := heading.FindStringSubmatch(l); m != nil {
			return Heading{Line: i, Level: len(m[1]), Text: strings.TrimSpace(m[2])}, true
		}
	}
	if i+1 == len(lines) || strings.TrimSpace(l) == "" || i > 0 && strings.TrimSpace(lines[i-1]) != "" {
		return h, false
	}
	m := underline.FindStringSubmatch(lines[i+1])
	if m == nil || noText.MatchString(l) {
		return h, false
	}
	h = Heading{Line: i, Level: 2, Text: strings.TrimSpace(l)}
	if m[1][0] == '=' {
		h.Level = 1
	}
	return h, true
}

// UnderlinedHeadings returns the headings of reStructuredText, in order: a line of text with
// a line of one sign below, and maybe above. Levels are in the order in which signs come.
func UnderlinedHeadings(lines []string) (all []Heading, ok bool) {
	var signs []string
	below := 0 // what is no line of the last heading
	for i := 1; i < len(lines); i++ {
		text, sign := strings.TrimRight(lines[i-1], " \t"), signOf(lines[i])
		if sign == "" || text == "" || signOf(text) != "" || utf8.RuneCountInString(text) > len(lines[i]) {
			continue
		}
		h := Heading{Line: i - 1, Text: strings.TrimSpace(text)}
		switch {
		case i-2 >= below && lines[i-2] == lines[i]: // it stands above as well
			h.Line, sign = i-2, sign+sign
		case text[0] == ' ', i-2 >= below && strings.TrimSpace(lines[i-2]) != "":
			continue
		}
		if h.Level = slices.Index(signs, sign) + 1; h.Level == 0 {
			signs = append(signs, sign)
			h.Level = len(signs)
		}
		if h.Level > maxLevel {
			return nil, false
		}
		all, below = append(all, h), i+1
	}
	markTitle(all)
	return all, true
}

// signOf returns the sign that a line consists of, which underlines text.
func signOf(l string) string {
	l = strings.TrimRight(l, " \t")
	if len(l) < 3 || strings.Trim(l, l[:1]) != "" || !strings.Contains("=-~^\"'`#*+:._", l[:1]) {
		return ""
	}
	return l[:1]
}

// maxLevel is how deep sections go.
const maxLevel = 6

func readMarkdown(content string) (File, bool)   { return readSections(content, Headings) }
func readUnderlined(content string) (File, bool) { return readSections(content, UnderlinedHeadings) }

// readSections reads the headings of sections, and as their values what they say. The title
// is part of no path, because everybody gives a file another.
func readSections(content string, find func([]string) ([]Heading, bool)) (File, bool) {
	lines := strings.Split(content, "\n")
	headings, ok := find(lines)
	if !ok {
		return File{}, false
	}
	f := File{Kind: "section"}
	var above [maxLevel + 1]Path
	for i, h := range headings {
		end := len(lines)
		if i+1 < len(headings) {
			end = headings[i+1].Line
		}
		path := above[h.Level-1].key(h.Text)
		if h.Title {
			path = "#"
		} else {
			for level := h.Level; level < len(above); level++ {
				above[level] = path
			}
		}
		text := strings.TrimSpace(strings.Join(lines[h.Line+1:end], "\n"))
		f.Keys = append(f.Keys, Key{path, h.Line + 1, text, true})
	}
	twice := f.Twice()
	for i := range f.Keys {
		if _, ok := twice[f.Keys[i].Path.Shape()]; ok {
			f.Keys[i].Leaf = false // it is not known which of them is which
		}
	}
	return f, true
}
