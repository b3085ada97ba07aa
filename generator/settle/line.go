package settle

import (
	"strings"

	"scaffold/generator/lazyregexp"
)

var assignment = lazyregexp.New(`^((?:export |override )?[\w.-]+)\s*([:?+!]?=|::=)\s*(.*)$`)

// plainLine returns a line without what is layout in it.
func (r reader) plainLine(line string) string {
	indent := indentOf(line)
	text := strings.TrimRight(line[len(indent):], " \t")
	end := line[len(indent)+len(text):]
	if !strings.HasSuffix(text, `\`) && (r.known || len(end) < 2) {
		end = "" // it is no line break of Markdown, nor escaped
	}
	if r.indent {
		indent = ""
	}
	switch {
	case !r.loose && (r.all == nil || !r.all(line)), // perhaps of a string
		r.language == "make" && strings.HasPrefix(line, "\t"),                              // a recipe
		!r.known && (strings.HasPrefix(indent, "    ") || strings.HasPrefix(indent, "\t")), // code in Markdown
		strings.Contains(strings.TrimSuffix(text, `\`), `\`):
		return line
	case r.ends && r.loose:
		text = strings.TrimRight(strings.TrimSuffix(text, ";"), " \t")
	case r.language == "ignore":
		return indent + text + end
	case r.language == "make":
		if m := assignment.FindStringSubmatch(text); m != nil {
			return m[1] + m[2] + r.squeeze(m[3]) + end
		}
	case r.language == "ini" && indent == "" && !strings.Contains("[#;", text[:1]):
		if i := strings.IndexAny(text, "=:"); i > 0 {
			return strings.TrimRight(text[:i], " \t") + text[i:i+1] + r.squeeze(strings.TrimLeft(text[i+1:], " \t")) + end
		}
	}
	return indent + r.squeeze(text) + end
}

// squeeze makes one space of runs that stand in no string, and none where space is not
// needed.
func (r reader) squeeze(s string) string {
	var out strings.Builder
	tight, last := r.tight, byte(0)
	write := func(text string) {
		out.WriteString(text)
		last = text[len(text)-1]
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case r.beginsComment(s, i):
			write(strings.Join(strings.Fields(s[i:]), " "))
			return out.String()
		case r.isSpace(c):
			for r.isSpace(s[i]) { // never at the end
				i++
			}
			if (last == 0 || strings.IndexByte(tight, last) < 0) && strings.IndexByte(tight, s[i]) < 0 {
				write(" ")
			}
			continue
		case r.beginsString(s, i):
			n := endOfString(s[i:])
			if n == 0 {
				write(s[i:])
				return out.String()
			}
			text := s[i : i+n]
			if r.language != "yaml" {
				text = r.plainString(text)
			} else if r.isScalar(s, i, i+n) {
				text = plainScalar(r.plainString(text))
			}
			if text != "" {
				write(text)
			}
			i += n
			continue
		case c == ',' && last == '"' && r.commas && strings.HasPrefix(strings.TrimLeft(s[i+1:], " \t"), "]"):
			i++ // it is after the last item of a list
			continue
		case (c == '[' || c == '{') && r.language == "yaml" && beginsValue(s[:i]):
			tight = ",[]{}"
		}
		write(s[i : i+1])
		i++
	}
	return out.String()
}

// isSpace reports whether a byte is layout between words. A tab is content of plain
// scalars, and may separate columns of what is not known.
func (r reader) isSpace(c byte) bool {
	return c == ' ' || c == '\t' && r.known && r.language != "yaml"
}

func (r reader) beginsComment(s string, i int) bool {
	return r.comment != "" && strings.HasPrefix(s[i:], r.comment) && (r.language != "yaml" || i == 0 || s[i-1] == ' ' || s[i-1] == '\t')
}

// beginsString reports whether a string begins at i. In prose and in plain scalars, a
// single quote after a letter is an apostrophe.
func (r reader) beginsString(s string, i int) bool {
	if strings.IndexByte(r.strings, s[i]) < 0 {
		return false
	}
	return s[i] != '\'' || r.code != nil || i == 0 || !isLetter(s[i-1])
}

func isLetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

// beginsValue reports whether what comes after a text, in a line of YAML, begins the
// value of a key or an item.
func beginsValue(before string) bool {
	text := strings.TrimRight(before, " \t")
	if text == "" {
		return true
	}
	return len(text) < len(before) && (text[len(text)-1] == ':' || strings.TrimLeft(text, "- ") == "")
}

// isScalar reports whether a string is all of a value, an item or a key of YAML: a quote
// within a plain scalar is content.
func (r reader) isScalar(s string, from, to int) bool {
	before, after := strings.TrimRight(s[:from], " \t"), strings.TrimLeft(s[to:], " \t")
	flow := before != "" && strings.Contains("[{,", before[len(before)-1:])
	switch {
	case strings.HasPrefix(after, ":"):
		return before == "" || strings.TrimLeft(before, "- ") == ""
	case flow:
		return after != "" && strings.Contains(",]}", after[:1])
	}
	return before != "" && beginsValue(s[:from]) && (after == "" || after[0] == '#' && len(after) < len(s)-to)
}

// plainScalar returns a string of YAML without its quotes, if it is the same string then.
func plainScalar(s string) string {
	within := s[1 : len(s)-1]
	if s[0] != '"' || !scalar.MatchString(within) || strings.Contains(within, "  ") {
		return s
	}
	if notString.MatchString(within) && !threeNumbers.MatchString(within) {
		return s
	}
	return within
}

// What is a string without quotes in every version of YAML, whatever stands around it:
// it looks like one, and not like something else. A version of three numbers is one.
var (
	scalar       = lazyregexp.New(`^[A-Za-z0-9_/.$^]([\w/.$^@+~*=()<>;|%! -]|:[\w/.$@-])*$`)
	notString    = lazyregexp.New(`(?i)^([-+.]?[0-9][0-9_.:a-fox+-]*|[0-9]{4}-.*|\.(inf|nan)|y|n|yes|no|on|off|true|false|null|.* )$`)
	threeNumbers = lazyregexp.New(`^[0-9]+(\.[0-9]+){2,}$`)
)
