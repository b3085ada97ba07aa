package settle

import (
	"path"
	"slices"
	"strings"

	"scaffold/generator/keys"
	"scaffold/generator/lazyregexp"
)

// A plain text is what lines say, without their layout.
type plain struct {
	words []string // or lines, where line breaks count
	comma bool     // ends the text, and is not in words
}

func (p plain) equal(q plain) bool { return slices.Equal(p.words, q.words) }

// A style says what is layout in a language.
type style struct {
	words   bool   // line breaks, and all space between words
	indent  bool   // space before a line
	quotes  bool   // whether a string has single or double quotes
	commas  bool   // a comma after the last item of several lines
	ends    bool   // a semicolon at the end of a line
	strings string // what strings begin and end with; space in them counts
	tight   string // space before and after these bytes
	comment string // begins a comment, in which no string begins
	// A string may go on for lines of which all of the layout counts. Lines are none of
	// it if one of a hunk is code, or if all may be.
	code, all func(line string) bool
	long      []string // begins and ends such a string
}

// styles are by language. In all of them runs of spaces are one, and space at the end
// of a line is none; blank lines are none but in text.
var styles = map[string]style{
	"json":       {words: true, commas: true, strings: `"`, comment: "//"},
	"toml":       {words: true, commas: true, quotes: true, strings: `"'`, comment: "#", all: tomlLine.MatchString, long: triple},
	"yaml":       {quotes: true, strings: `"'`, comment: "#", all: yamlLine.MatchString},
	"python":     {quotes: true, commas: true, strings: `"'`, tight: ",()[]{}=:", comment: "#", code: pythonLine.MatchString, long: triple},
	"script":     {indent: true, quotes: true, commas: true, ends: true, strings: "\"'`", tight: ",()[]{}=:;", comment: "//", code: bracedLine.MatchString, long: ticks},
	"go":         {indent: true, strings: "\"'`", tight: ",()[]{}=:;", comment: "//", code: bracedLine.MatchString, long: ticks},
	"dockerfile": {indent: true, strings: `"'`, long: []string{"<<"}},
	"make":       {strings: "\"'`", long: []string{"define", "endef"}},
	"shell":      {strings: "\"'`", long: []string{"<<"}},
	"ini":        {strings: `"'`},
	"list":       {strings: `"'`},
	"ignore":     {},
}

var triple, ticks = []string{`"""`, `'''`}, []string{"`"}

// What a line of a language begins with, or is, and a line of a text in it is not.
var (
	tomlLine   = lazyregexp.New(`^\s*([\["'#{}\],]|[\w.-]+\s*=\s*(["'\[{+-]|\d|true\b|false\b))`)
	yamlLine   = lazyregexp.New(`^\s*(#|-( |$)|[\]}],?$|("[^"]*"|'[^']*'|[\w./$@*-]+):( |$))`)
	pythonLine = lazyregexp.New(`^\s*(@\w.*|(async|def|class|for|while|with|if|elif) .*[:(,]|import [\w., ]+|from [\w.]+ import .+|[\w.]+(\[.*\])?(: *[\w.\[\], |]+)? *[-+*/|]?= *\S.*|[\w.]+\(.*\)|[rbfRBF]?["'].*["'\])}],?)$`)
	bracedLine = lazyregexp.New(`^\s*((func|type|var|const|let|import|export|package|return|if|for|switch|case|defer|go|function) .*|[})\]]+[,;]?)$|[{(]$|:=|\w\(.*\);?$`)
)

// goesOn matches a line of a script that may go on with the line above if no semicolon
// ends that, and one that may go on below.
var goesOn = lazyregexp.New(`^\s*([^\w\s"'$@{})\]/]|/[^/]|(in|instanceof|as|satisfies)\b|(\}\s*)?(if|else|for|while|do|with)\b)`)

// text is the style of prose, and of what is not known. A blank line in it separates
// paragraphs, so that more of them are as one.
var text = style{strings: "\"`", long: []string{"```", "~~~"}}

// languageOf says how a file is laid out; "" is text.
func languageOf(name string) string {
	if known := keys.Language(name); known != "" {
		return known
	}
	base := path.Base(name)
	ext := path.Ext(base)
	switch {
	case base == "Dockerfile", base == "Containerfile", strings.EqualFold(ext, ".dockerfile"):
		return "dockerfile"
	case base == ".hgignore": // is laid out as the others, though its lines may be more than patterns
		return "ignore"
	}
	switch ext {
	case ".sh", ".bash", ".zsh":
		return "shell"
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts":
		return "script"
	}
	return ""
}

// A reader reads the sides of one hunk.
type reader struct {
	language string
	style
	known bool // whether the language is more than text
	loose bool // whether the lines are not within a string
}

func newReader(h Hunk) reader {
	r := reader{language: languageOf(h.Name)}
	r.style, r.known = styles[r.language]
	if !r.known {
		r.style = text
	}
	r.loose = r.code == nil && r.all == nil
	for _, l := range slices.Concat(h.Base, h.Ours, h.Theirs) {
		r.ends = r.ends && !goesOn.MatchString(l)
		switch {
		case isBlank(l):
		case r.all != nil && !r.all(l):
			r.loose = false
			return r
		case r.all != nil || r.code != nil && r.code(l):
			r.loose = true
		}
	}
	return r
}

// plain declines what read declines.
func (r reader) plain(lines []string) (p plain, ok bool) {
	all, ok := r.read(lines)
	if !ok {
		return p, false
	}
	for i, words := range all {
		if len(words) == 0 && !r.known && (i == 0 || len(all[i-1]) > 0) && !r.atHeading(lines[i:], p.words) {
			p.words = append(p.words, "")
		}
		p.words = append(p.words, words...)
	}
	if r.commas {
		p.dropCommas(r.words)
	}
	return p, true
}

// read returns what each line says. It declines lines of which one may begin or end a
// string that has other lines.
func (r reader) read(lines []string) (all [][]string, ok bool) {
	all = make([][]string, len(lines))
	for i, line := range lines {
		for _, quote := range r.long {
			if strings.Count(line, quote)%2 != 0 {
				return nil, false
			}
		}
		switch {
		case isBlank(line) && (r.loose || !r.known):
		case r.words:
			if all[i], ok = r.splitLine(line); !ok || !r.loose {
				return nil, false
			}
		default:
			all[i] = []string{r.plainLine(line)}
		}
	}
	return all, true
}

// atHeading reports whether the blank lines between the words before and what lines
// begin with are above or below a heading of Markdown, where they are layout.
func (r reader) atHeading(lines, before []string) bool {
	if r.language != "markdown" {
		return false
	}
	for len(lines) > 0 && isBlank(lines[0]) {
		lines = lines[1:]
	}
	return len(lines) > 0 && heading.MatchString(lines[0]) || len(before) > 0 && heading.MatchString(before[len(before)-1])
}

var heading = lazyregexp.New(`^#{1,6} `)

// dropCommas drops the commas before what closes a list, and that at the end. A tuple of
// one, in parentheses, needs its comma.
func (p *plain) dropCommas(areWords bool) {
	if areWords {
		p.dropCommaWords()
		return
	}
	n := len(p.words)
	for i, w := range p.words[:max(n-1, 0)] {
		next := strings.TrimLeft(p.words[i+1], " \t")
		if next == "" || !strings.Contains(")]}", next[:1]) {
			continue
		}
		if next[0] != ')' || i > 0 && (strings.HasSuffix(p.words[i-1], ",") || call.MatchString(p.words[i-1])) {
			p.words[i] = strings.TrimSuffix(w, ",")
		}
	}
	if n > 0 {
		p.words[n-1], p.comma = strings.CutSuffix(p.words[n-1], ",")
	}
}

var call = lazyregexp.New(`\w\($`)

func (p *plain) dropCommaWords() {
	kept := p.words[:0]
	comma := -1 // where the last word is that is no comment, if a comma
	for _, w := range p.words {
		if strings.Contains("]})", w) && comma >= 0 {
			kept = slices.Delete(kept, comma, comma+1)
		}
		kept = append(kept, w)
		if w == "," {
			comma = len(kept) - 1
		} else if !isComment(w) {
			comma = -1
		}
	}
	if p.words = kept; comma >= 0 {
		p.words, p.comma = slices.Delete(kept, comma, comma+1), true
	}
}

func indentOf(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// splitLine splits a line of a language in which only words count, and where comments
// end. It declines a string that does not end.
func (r reader) splitLine(line string) (words []string, ok bool) {
	escaped := strings.Contains(line, `\`)
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
		n := r.cutWord(rest)
		if n == 0 {
			return nil, false
		}
		word := rest[:n]
		switch {
		case strings.HasPrefix(word, r.comment):
			word = strings.Join(strings.Fields(word), " ") + endOfComment
		case strings.Contains(r.strings, word[:1]) && !escaped:
			word = r.plainString(word)
		}
		words = append(words, word)
		rest = rest[n:]
	}
	return words, true
}

const endOfComment = "\n"

func isComment(word string) bool { return strings.HasSuffix(word, endOfComment) }

// cutWord returns how long the first word of a text is; 0 is a string without end.
func (r reader) cutWord(s string) int {
	const marks = "[]{},:="
	switch {
	case strings.HasPrefix(s, r.comment):
		return len(s)
	case strings.Contains(r.strings, s[:1]):
		return endOfString(s)
	case strings.Contains(marks, s[:1]):
		return 1
	}
	n := 1
	for n < len(s) && !strings.Contains(marks+r.strings+" \t", s[n:n+1]) && !strings.HasPrefix(s[n:], r.comment) {
		n++
	}
	return n
}

// endOfString returns how long the string is with which a text begins, or 0.
func endOfString(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] == '"':
			i++
		}
	}
	return 0
}

// plainString returns a string in double quotes, if these mean what its own do. It is not
// for a line with a backslash.
func (r reader) plainString(s string) string {
	within := s[1 : len(s)-1]
	if !r.quotes || s[0] == '`' || strings.ContainsAny(within, `"'`) {
		return s
	}
	return `"` + within + `"`
}
