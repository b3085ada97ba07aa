package outline

import "strings"

// readMake reads variables, rules and what stands under a condition. A rule has its
// recipe as an entry, so that the change of one is none of the other.
func readMake(lines []string) (File, bool) {
	m := makefile{lines: lines}
	for i := 0; i < len(lines); i++ {
		end, ok := m.read(i)
		if !ok || strings.HasPrefix(lines[i], ".RECIPEPREFIX") {
			return File{}, false
		}
		i = end
	}
	m.joinPhony()
	tellApart(lines, m.starts)
	f := newFile(lines, m.starts, isHashLead)
	f.liftHeader(nil)
	for i := range f.Root.Entries {
		f.Root.Entries[i].split(lines, m.recipes, isBlank)
	}
	return f, true
}

// A makefile is what was read of one.
type makefile struct {
	lines   []string
	starts  []start
	recipes []start
	rule    bool // is open, so that a tab begins its recipe
	bare    bool // it has no recipe yet
}

// read reads what begins at a line, and returns its last line.
func (m *makefile) read(i int) (end int, ok bool) {
	l := m.lines[i]
	if end, ok = m.endOf(i); !ok {
		return end, false
	}
	if isHashLead(l) {
		return end, end == i
	}
	if l[0] == '\t' {
		if m.bare {
			m.recipes, m.bare = append(m.recipes, start{i, "recipe"}), false
		}
		return end, m.rule
	}
	text := strings.TrimSpace(l)
	switch word, rest, _ := strings.Cut(text, " "); {
	case isCondition(word):
		return m.readCondition(i)
	case word == "define":
		m.open(i, makeVariable(rest), false)
		return m.find(i, "define", "endef")
	case word == "endif", word == "else", word == "endef":
		return 0, false
	}
	key, rule := m.keyOf(text)
	m.open(i, key, rule)
	return end, true
}

// endOf returns the last line of those that go on by a backslash. What is blank or a comment there
// would be taken for the lead of the next entry.
func (m *makefile) endOf(i int) (end int, ok bool) {
	for ; strings.HasSuffix(m.lines[i], `\`); i++ {
		if i+1 == len(m.lines) || isHashLead(m.lines[i+1]) {
			return 0, false
		}
	}
	return i, true
}

func (m *makefile) open(i int, key string, rule bool) {
	m.starts = append(m.starts, start{i, key})
	m.rule, m.bare = rule, rule
}

// keyOf returns the key of a line, and whether that is a rule.
func (m *makefile) keyOf(text string) (key string, rule bool) {
	text, _, _ = strings.Cut(text, " #")
	depth := 0
	for i, c := range []byte(text) {
		switch c {
		case '(', '{':
			depth++
		case ')', '}':
			depth--
		case '=', ':':
			if depth > 0 {
				continue
			}
			rest := strings.TrimLeft(text[i:], ":")
			switch {
			case i > 0 && text[i-1] == '+':
				return text, false
			case c == '=', strings.HasPrefix(rest, "="):
				return makeVariable(text[:i]), false
			case strings.HasPrefix(text[i:], "::"), strings.Contains(rest, "="): // a variable of the target
				return text, true
			}
			return strings.Join(strings.Fields(text[:i]), " ") + ":", true
		}
	}
	return text, false
}

// makeVariable takes what is no part of its name from what stands before a sign.
func makeVariable(text string) string {
	words := strings.Fields(strings.TrimRight(text, "?!:= "))
	if len(words) == 0 {
		return text
	}
	return words[len(words)-1]
}

// readCondition reads up to endif. The key is the condition, with the line below because
// others may ask the same. Where that line is of a recipe, the condition is.
func (m *makefile) readCondition(i int) (end int, ok bool) {
	if end, ok = m.find(i, "", "endif"); !ok {
		return 0, false
	}
	below := m.lines[i+1]
	if m.rule && strings.HasPrefix(below, "\t") {
		if m.bare {
			m.recipes, m.bare = append(m.recipes, start{i, "recipe"}), false
		}
		return end, true
	}
	key, _ := m.keyOf(strings.TrimSpace(below))
	m.open(i, strings.TrimSpace(m.lines[i])+" "+key, false)
	return end, true
}

func isCondition(word string) bool {
	return word == "ifeq" || word == "ifneq" || word == "ifdef" || word == "ifndef"
}

// find returns the line that closes what a line opens.
func (m *makefile) find(i int, opening, closing string) (end int, ok bool) {
	depth := 0
	for ; i < len(m.lines); i++ {
		word, _, _ := strings.Cut(strings.TrimSpace(m.lines[i]), " ")
		switch {
		case word == closing:
			if depth--; depth == 0 {
				return i, !strings.HasSuffix(m.lines[i], `\`)
			}
		case word == opening, closing == "endif" && isCondition(word):
			depth++
		}
	}
	return 0, false
}

// joinPhony makes one entry of a target and the line above that calls it phony.
func (m *makefile) joinPhony() {
	kept := m.starts[:0]
	for i, s := range m.starts {
		if n := len(kept); n > 0 && kept[n-1].key == ".PHONY:" && s.key != ".PHONY:" {
			phony := strings.Fields(strings.TrimPrefix(m.lines[kept[n-1].line], ".PHONY:"))
			if len(phony) == 1 && phony[0]+":" == s.key && m.starts[i-1].line == kept[n-1].line && !hasBlank(m.lines[kept[n-1].line:s.line]) {
				kept[n-1].key = s.key
				continue
			}
		}
		kept = append(kept, s)
	}
	m.starts = kept
}

func hasBlank(lines []string) bool {
	for _, l := range lines {
		if isBlank(l) {
			return true
		}
	}
	return false
}
