package outline

import (
	"strings"

	"scaffold/generator/lazyregexp"
)

// readINI reads sections, what they assign, and the lists that are assigned. A line that
// begins with a blank goes on with the value above.
func readINI(lines []string) (File, bool) {
	var sections, assigned, items []start
	open := false
	for i, l := range lines {
		text := strings.TrimSpace(l)
		switch {
		case isINILead(l):
		case l[0] == ' ' || l[0] == '\t':
			if !open {
				return File{}, false
			}
			items = append(items, start{i, itemOf(text)})
		case l[0] == '[':
			end := strings.LastIndexByte(text, ']')
			if end < 0 {
				return File{}, false
			}
			sections, open = append(sections, start{i, text[:end+1]}), false
		default:
			at := strings.IndexAny(text, "=:")
			if at < 1 {
				return File{}, false
			}
			assigned, open = append(assigned, start{i, strings.ToLower(strings.TrimSpace(text[:at]))}), true
		}
	}
	f := File{Lines: lines, Root: nest(lines, sections, assigned, isINILead)}
	f.liftHeader(nil)
	for i := range f.Root.Entries {
		section := &f.Root.Entries[i]
		splitList(lines, section, "", items)
		for j := range section.Entries {
			splitList(lines, &section.Entries[j], section.Key, items)
		}
	}
	return f, true
}

func isINILead(l string) bool {
	text := strings.TrimSpace(l)
	return text == "" || text[0] == '#' || text[0] == ';'
}

// itemOf is the key of a line of a list: what it assigns to, or the requirement's name.
func itemOf(text string) string {
	if name, _, ok := strings.Cut(text, " = "); ok {
		return strings.TrimSpace(name)
	}
	return itemKey(text)
}

// splitList makes entries of the lines of a value that begins below its key. A line that
// is indented deeper than the first goes on with the one above. Where a line is
// indented less, or goes on by a backslash, the value is no list.
func splitList(lines []string, e *Entry, section string, items []start) {
	text := lines[e.Head.Start]
	at := strings.IndexAny(text, "=:")
	if e.Head.Len() < 2 || text[0] == '[' || at < 0 || !isBlank(text[at+1:]) {
		return
	}
	var own []start
	depth := -1
	for _, it := range e.within(items) {
		l := lines[it.line]
		n := len(l) - len(strings.TrimLeft(l, " \t"))
		switch {
		case depth >= 0 && n < depth, strings.HasSuffix(l, `\`):
			return
		case depth < 0 || n == depth:
			depth, own = n, append(own, it)
		}
	}
	e.split(lines, own, isINILead)
	e.Ordered = !isSet(e.Key) && !anyOrder.MatchString(section+e.Key)
}

// readUnit reads units of systemd: sections, and what they assign. Lines of one key that
// follow each other are one entry, because their order counts, but not those of Environment
// that set different variables.
func readUnit(lines []string) (File, bool) {
	var sections, assigned []start
	goesOn, last := false, -1 // the line of the last assignment
	for i, l := range lines {
		text := strings.TrimSpace(l)
		switch {
		case goesOn && isINILead(l):
			return File{}, false
		case goesOn:
			last = i
		case isINILead(l):
			continue
		case text[0] == '[':
			sections = append(sections, start{i, text})
		default:
			name, _, ok := strings.Cut(text, "=")
			if !ok || len(sections) == 0 {
				return File{}, false
			}
			key := strings.TrimSpace(name)
			if m := environment.FindStringSubmatch(text); m != nil {
				key += " " + m[1]
			}
			if n := len(assigned); n == 0 || assigned[n-1].key != key || last != i-1 {
				assigned = append(assigned, start{i, key})
			}
			last = i
		}
		goesOn = strings.HasSuffix(text, `\`)
	}
	f := File{Lines: lines, Root: nest(lines, sections, tellApartWithin(lines, sections, assigned), isINILead)}
	f.liftHeader(nil)
	return f, !goesOn
}

var environment = lazyregexp.New(`^Environment\s*=\s*["']?([A-Za-z_]\w*)=`)

// anyOrder matches the section and key of lists that are sets to what reads them, beside
// those that isSet knows.
var anyOrder = lazyregexp.New(`^\[options\.(extras_require|package_data|entry_points)\]|` +
	`(deps|extras|per[-_]file[-_]ignores|pass_?env|set_?env|allowlist_externals|env_?list|_scripts|project_urls|disable|enable)$`)

// nest makes a file of entries that have entries: those of inner that stand before the
// first of outer are beside them.
func nest(lines []string, outer, inner []start, isLead func(line string) bool) Entry {
	n := 0
	for n < len(inner) && (len(outer) == 0 || inner[n].line < outer[0].line) {
		n++
	}
	root := newFile(lines, append(inner[:n:n], outer...), isLead).Root
	for i := n; i < len(root.Entries); i++ {
		root.Entries[i].split(lines, inner, isLead)
	}
	return root
}

// readRequirements reads requirements.txt, which names each requirement once. Options
// of one requirement are on lines that go on with it.
func readRequirements(lines []string) (File, bool) {
	return readList(lines, func(text string) (string, bool) {
		text, _, _ = strings.Cut(text, " #")
		if text[0] != '-' {
			text, _, _ = strings.Cut(text, " --") // options, such as hashes
			return itemKey(strings.TrimRight(text, ` \`)), true
		}
		option, _, _ := strings.Cut(text, " ")
		option, _, _ = strings.Cut(option, "=")
		return option, true
	})
}

// readDotenv reads variables. It declines a value that may go on in the next line.
func readDotenv(lines []string) (File, bool) {
	return readList(lines, func(text string) (string, bool) {
		name, value, ok := strings.Cut(text, "=")
		value = strings.TrimSpace(value)
		for _, quote := range []string{`"`, "'", "`"} {
			if strings.HasPrefix(value, quote) && strings.Count(value, quote)%2 != 0 {
				return "", false
			}
		}
		return strings.TrimSpace(strings.TrimPrefix(name, "export ")), ok
	})
}

// readProcfile reads the commands of processes.
func readProcfile(lines []string) (File, bool) {
	return readList(lines, func(text string) (string, bool) {
		name, _, ok := strings.Cut(text, ":")
		return name, ok
	})
}

// readVersions reads what each tool is pinned to.
func readVersions(lines []string) (File, bool) { return readList(lines, firstWord) }

// readPatterns reads what is said of patterns, of which the last that fits counts.
func readPatterns(lines []string) (File, bool) {
	f, ok := readList(lines, pattern)
	f.Root.Ordered = true
	return f, ok
}

// pattern returns the pattern, below which its owners or attributes may change. In
// MANIFEST.in a command stands before it.
func pattern(text string) (string, bool) {
	if inManifest.MatchString(text) {
		return strings.Join(strings.Fields(text), " "), true
	}
	return firstWord(text)
}

var inManifest = lazyregexp.New(`^((recursive-|global-)?(include|exclude)|graft|prune)\s`)

func firstWord(text string) (string, bool) { return strings.Fields(text)[0], true }

// readList reads a file of one entry a line, which keyOf tells from the others. A line
// that ends in a backslash goes on in the next.
func readList(lines []string, keyOf func(text string) (key string, ok bool)) (File, bool) {
	var starts []start
	goesOn := false
	for i, l := range lines {
		switch {
		case goesOn && isHashLead(l):
			return File{}, false
		case !goesOn && !isHashLead(l):
			key, ok := keyOf(strings.TrimSpace(l))
			if !ok {
				return File{}, false
			}
			starts = append(starts, start{i, key})
		}
		goesOn = strings.HasSuffix(l, `\`)
	}
	tellApart(lines, starts)
	f := newFile(lines, starts, isHashLead)
	f.liftHeader(nil)
	return f, !goesOn
}
