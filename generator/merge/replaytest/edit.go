package replaytest

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// An op is one operation of an edit.
type op struct {
	word     string
	at, to   []string // paths of entries
	old, new string
	lines    []string
}

func newOp(word, rest string) (op, error) {
	o := op{word: word}
	var err error
	switch word {
	case "top", "end":
	case "after", "before", "first", "last", "set", "replace", "delete":
		o.at = strings.Split(rest, " / ")
	case "move":
		from, to, ok := strings.Cut(rest, " after ")
		if !ok {
			return o, fmt.Errorf("%q does not say after what", rest)
		}
		o.at, o.to = strings.Split(from, " / "), strings.Split(to, " / ")
	case "all":
		quoted, cut := strconv.QuotedPrefix(rest)
		if o.old, err = strconv.Unquote(quoted); cut != nil || err != nil {
			return o, fmt.Errorf("%q is not quoted", rest)
		}
		o.new, err = strconv.Unquote(strings.TrimSpace(rest[len(quoted):]))
	default:
		return o, fmt.Errorf("there is no operation %q", word)
	}
	return o, err
}

func (o op) apply(f *lines) error {
	var start, end int
	var err error
	if o.at != nil {
		if start, end, err = f.find(o.at); err != nil {
			return err
		}
	}
	switch o.word {
	case "set":
		f.splice(start, start+1, o.lines)
	case "replace":
		f.splice(start, end, o.lines)
	case "delete":
		f.remove(f.comment(start), end)
	case "move":
		moved := slices.Clone(f.all[f.comment(start):end])
		f.remove(f.comment(start), end)
		_, to, err := f.find(o.to)
		if err != nil {
			return err
		}
		f.splice(to, to, moved)
	case "all":
		f.all = strings.Split(strings.ReplaceAll(strings.Join(f.all, "\n"), o.old, o.new), "\n")
		return nil // the commas are meant so
	default:
		at, err := o.place(f)
		if err != nil {
			return err
		}
		f.splice(at, at, o.lines)
	}
	f.setCommas()
	return nil
}

// place returns where an operation inserts.
func (o op) place(f *lines) (int, error) {
	switch o.word {
	case "top":
		return 0, nil
	case "end":
		return len(f.all), nil
	}
	start, end, err := f.find(o.at)
	switch {
	case err != nil:
		return 0, err
	case o.word == "first":
		return start + 1, nil
	case o.word == "before":
		return f.comment(start), nil
	case o.word == "last" && f.heading(start) == 0 && f.closes(end-1) && end-1 > start:
		return end - 1, nil
	}
	return end, nil
}

// lines are those of a file, in which indentation and headings make entries.
type lines struct {
	all  []string
	kind string // the extension of the file's name, or the name
}

func newLines(file, text string) lines {
	kind := path.Ext(file)
	if kind == "" {
		kind = path.Base(file)
	}
	return lines{strings.Split(strings.TrimSuffix(text, "\n"), "\n"), kind}
}

func (f *lines) String() string { return strings.Join(f.all, "\n") + "\n" }

func (f *lines) splice(start, end int, with []string) {
	f.all = slices.Concat(f.all[:start], with, f.all[end:])
}

// remove takes lines out, and a blank line if they stood between two.
func (f *lines) remove(start, end int) {
	blank := func(i int) bool { return i < 0 || i >= len(f.all) || f.all[i] == "" }
	if blank(start-1) && blank(end) {
		if end < len(f.all) {
			end++
		} else if start > 0 {
			start--
		}
	}
	f.splice(start, end, nil)
}

// find returns the lines of the entry at a path.
func (f *lines) find(at []string) (start, end int, err error) {
	start, end = -1, len(f.all)
	for _, begins := range at {
		i := start + 1
		for i < end && !strings.HasPrefix(strings.TrimSpace(f.all[i]), begins) {
			i++
		}
		if i >= end {
			return 0, 0, fmt.Errorf("no entry %q (%s)", strings.Join(at, " / "), begins)
		}
		start, end = i, f.end(i)
	}
	return start, end, nil
}

// end returns where the entry that begins at a line ends.
func (f *lines) end(start int) int {
	i := start + 1
	if level := f.heading(start); level > 0 {
		for i < len(f.all) && (f.heading(i) == 0 || f.heading(i) > level) {
			i++
		}
	} else {
		for i < len(f.all) && (f.all[i] == "" || indent(f.all[i]) > indent(f.all[start])) {
			i++
		}
		if i < len(f.all) && i > start && f.closes(i) && indent(f.all[i]) == indent(f.all[start]) && opens(f.all[start]) {
			return i + 1
		}
	}
	for f.all[i-1] == "" {
		i--
	}
	return i
}

// heading returns how deep a line is as a heading, from 1; 0 if it is none.
func (f *lines) heading(i int) int {
	line := f.all[i]
	switch f.kind {
	case ".md":
		if rest := strings.TrimLeft(line, "#"); strings.HasPrefix(rest, " ") {
			return len(line) - len(rest)
		}
	case ".toml", ".cfg", ".editorconfig":
		if strings.HasPrefix(line, "[") {
			return 1
		}
	}
	return 0
}

func (f *lines) closes(i int) bool {
	text := strings.TrimSpace(f.all[i])
	return text != "" && strings.Contains("}])", text[:1])
}

func opens(line string) bool {
	return strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[") || strings.HasSuffix(line, "(")
}

// comment returns where the comment above an entry begins, which belongs to it.
func (f *lines) comment(start int) int {
	if f.kind == ".md" || f.kind == ".gitignore" {
		return start
	}
	for start > 0 && indent(f.all[start-1]) == indent(f.all[start]) {
		above := strings.TrimSpace(f.all[start-1])
		if !strings.HasPrefix(above, "#") && !strings.HasPrefix(above, "//") && !strings.HasPrefix(above, "@") {
			break
		}
		start--
	}
	return start
}

// setCommas puts commas between the members of JSON, and none after the last.
func (f *lines) setCommas() {
	if f.kind != ".json" {
		return
	}
	last := -1
	for i, line := range f.all {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "//") {
			continue
		}
		if last >= 0 && !opens(f.all[last]) {
			f.all[last] = strings.TrimSuffix(f.all[last], ",")
			if !f.closes(i) {
				f.all[last] += ","
			}
		}
		last = i
	}
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
