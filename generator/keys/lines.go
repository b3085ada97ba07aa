package keys

import (
	"slices"
	"strings"

	"scaffold/generator/lazyregexp"
)

// readINI reads sections and what they assign. A line that begins with a blank
// goes on with the value above, as Python reads it.
func readINI(content string) (File, bool) {
	f := File{Kind: "key"}
	section, open := Path(""), false
	for i, l := range strings.Split(content, "\n") {
		text := strings.TrimSpace(l)
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
		case l[0] == ' ' || l[0] == '\t':
			if !open {
				return File{}, false
			}
			f.Keys[len(f.Keys)-1].Value += "\n" + text
		case text[0] == '[':
			name, _, closed := strings.Cut(text[1:], "]")
			if end := strings.LastIndex(text, "]"); closed && strings.Contains(text, "{") {
				name = text[1:end] // an editorconfig pattern such as [*.{a,[bc]}]
			}
			if !closed {
				return File{}, false
			}
			section, open = Path("["+name+"]"), false
			f.Keys = append(f.Keys, Key{Path: section, Line: i + 1})
		default:
			at := strings.IndexAny(text, "=:")
			if at < 1 {
				return File{}, false
			}
			name := strings.ToLower(strings.TrimSpace(text[:at]))
			f.Keys = append(f.Keys, Key{section.key(name), i + 1, strings.TrimSpace(text[at+1:]), true})
			open = true
		}
	}
	return f, true
}

// readList reads a list of one item a line, such as requirements.txt. What goes
// on in the next line, and what is an option, is none. The packages are keys; of lines that
// are the same one is, because to list an item twice says nothing else.
func readList(content string) (File, bool) {
	f := File{Kind: "requirement"}
	goesOn, seen := false, map[string]string{}
	for i, l := range strings.Split(content, "\n") {
		text := strings.TrimSpace(l)
		item := text != "" && text[0] != '#' && text[0] != '-' && !goesOn
		if name := nameRequirement(text); item && name != "" && seen[name] != text {
			seen[name] = text
			f.Keys = append(f.Keys, Key{Path: Path(name), Line: i + 1})
		}
		goesOn = strings.HasSuffix(text, `\`)
		if item && !goesOn {
			f.Items = append(f.Items, Item{"", text, i + 1, true})
		}
	}
	return f, true
}

var requirement = lazyregexp.New(`^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(?:[=<>!~@\\][^;]*)?(;.*)?$`)

// nameRequirement says which package a line asks for, with which extras and under which
// condition, or nothing. Names are compared as PEP 503 does.
func nameRequirement(line string) string {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, " --") // options, such as hashes
	m := requirement.FindStringSubmatch(strings.TrimSpace(line))
	if m == nil {
		return ""
	}
	name := strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(m[1]))
	return name + strings.Join(strings.Fields(m[2]+strings.TrimSuffix(m[3], `\`)), "")
}

// readDotenv reads variables. It declines a value that may go on in the next line.
func readDotenv(content string) (File, bool) {
	f := File{Kind: "variable"}
	for i, l := range strings.Split(content, "\n") {
		text := strings.TrimSpace(l)
		if text == "" || text[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(text, "export "), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || strings.HasSuffix(value, `\`) {
			return File{}, false
		}
		for _, quote := range []string{`"`, "'", "`"} {
			if strings.HasPrefix(value, quote) && strings.Count(value, quote)%2 != 0 {
				return File{}, false
			}
		}
		f.Keys = append(f.Keys, Key{Path(name), i + 1, value, true})
	}
	return f, true
}

// readIgnore reads a set of patterns, such as .gitignore. It declines where one takes
// back what others ignore, because the order of all counts then.
func readIgnore(content string) (File, bool) {
	f := File{Kind: "pattern"}
	for i, l := range strings.Split(content, "\n") {
		switch {
		case strings.HasPrefix(l, "!"):
			return File{}, false
		case strings.TrimSpace(l) != "" && l[0] != '#':
			f.Items = append(f.Items, Item{"", l, i + 1, true})
		}
	}
	return f, true
}

var (
	makeRule = lazyregexp.New(`^([^\s:=#][^:=#]*?)\s*:([^:=].*)?$`)
	makeName = lazyregexp.New(`^(?:export +)?([\w.-]+)\s*(?::{0,3}|\?|!)=`)
)

// readMake reads variables, and the targets that have a recipe, because others may
// list what one needs in several places. It passes over what is conditional.
func readMake(content string) (File, bool) {
	f := File{Kind: "name"}
	depth, defining, goesOn := 0, false, false
	var targets []Key // of the rule that is open
	for i, l := range strings.Split(content, "\n") {
		continued := goesOn
		goesOn = strings.HasSuffix(l, `\`)
		words := strings.Fields(l)
		switch {
		case continued || len(words) == 0:
		case defining:
			defining = words[0] != "endef"
		case l[0] == '\t':
			f.Keys = append(f.Keys, targets...)
			targets = nil
		case words[0] == "define":
			defining = true
		case slices.Contains([]string{"ifeq", "ifneq", "ifdef", "ifndef"}, words[0]):
			depth++
		case words[0] == "endif":
			depth--
		case words[0][0] != '#':
			targets = nil
			if m := makeRule.FindStringSubmatch(l); m != nil && depth == 0 {
				targets = readTargets(m[1], m[2], i+1)
			} else if m := makeName.FindStringSubmatch(l); m != nil && depth == 0 {
				f.Keys = append(f.Keys, Key{Path: Path(m[1]), Line: i + 1})
			}
		}
	}
	return f, depth == 0 && !defining
}

// readTargets reads the line of a rule: what it makes, and what that needs.
func readTargets(names, needs string, line int) []Key {
	before, _, _ := strings.Cut(needs, ";")
	if strings.ContainsAny(names, "%$") || strings.ContainsAny(before, ":=") { // patterns and variables of a target
		return nil
	}
	var all []Key
	for _, name := range strings.Fields(names) {
		if name != "&" {
			all = append(all, Key{Path: Path(name), Line: line})
		}
	}
	return all
}
