package outline

import (
	"fmt"
	"strings"

	"scaffold/generator/lazyregexp"
)

// readDockerfile reads stages and their instructions, of which the order counts. What
// stands before the first stage is beside it.
func readDockerfile(lines []string) (File, bool) {
	var stages, instructions []start
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if isDockerLead(l) {
			if escape.MatchString(l) {
				return File{}, false
			}
			continue
		}
		end, ok := endOfInstruction(lines, i)
		word, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
		word = strings.ToUpper(word)
		if !ok || !instruction.MatchString(word) {
			return File{}, false
		}
		if word == "FROM" {
			stages = append(stages, start{i, strings.ToLower(strings.Join(strings.Fields(rest), " "))})
		} else {
			instructions = append(instructions, start{i, keyOfInstruction(word, rest)})
		}
		i = end
	}
	nameStages(stages)
	f := File{Lines: lines, Root: nest(lines, stages, tellApartWithin(lines, stages, instructions), isDockerLead)}
	f.liftHeader(directive.MatchString)
	f.Root.Ordered = true
	for i := range f.Root.Entries {
		f.Root.Entries[i].Ordered = true
	}
	return f, true
}

var (
	instruction = lazyregexp.New(`^(FROM|RUN|CMD|LABEL|MAINTAINER|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG|ONBUILD|STOPSIGNAL|HEALTHCHECK|SHELL)$`)
	directive   = lazyregexp.New(`^#\s*(syntax|check)\s*=`)
	escape      = lazyregexp.New(`(?i)^\s*#\s*escape\s*=`)
	stageName   = lazyregexp.New(` as ([^ ]+)$`)
	hereDoc     = lazyregexp.New(`<<(-?)["']?([A-Za-z_][A-Za-z0-9_]*)["']?`)
)

func isDockerLead(l string) bool { return isBlank(l) || strings.TrimSpace(l)[0] == '#' }

// endOfInstruction returns the last line of an instruction: it goes on by a backslash, past
// comments, and to the end of its documents.
func endOfInstruction(lines []string, i int) (end int, ok bool) {
	first := i
	for goesOn := true; goesOn; i++ {
		if i == len(lines) || i > first && isBlank(lines[i]) {
			return 0, false
		}
		goesOn = i > first && isDockerLead(lines[i]) || strings.HasSuffix(strings.TrimRight(lines[i], " \t"), `\`)
	}
	i--
	switch word, _, _ := strings.Cut(strings.TrimSpace(lines[first]), " "); strings.ToUpper(word) {
	case "RUN", "COPY", "ADD":
	default:
		return i, true
	}
	for _, doc := range hereDoc.FindAllStringSubmatch(strings.Join(lines[first:i+1], "\n"), -1) {
		for i++; ; i++ {
			if i == len(lines) {
				return 0, false
			}
			l := lines[i]
			if doc[1] == "-" {
				l = strings.TrimLeft(l, "\t")
			}
			if l == doc[2] {
				break
			}
		}
	}
	return i, true
}

// nameStages gives a stage without a name its place and how many there are, because
// after another stage is put beside it, it cannot be told which one it was.
func nameStages(stages []start) {
	for i := range stages {
		if m := stageName.FindStringSubmatch(stages[i].key); m != nil {
			stages[i].key = "FROM " + m[1]
		} else {
			stages[i].key = fmt.Sprintf("FROM %d of %d", i+1, len(stages))
		}
	}
}

// keyOfInstruction returns what an instruction is about: what it sets, or the command
// that it runs.
func keyOfInstruction(word, rest string) string {
	var operands []string
	for _, f := range strings.Fields(rest) {
		if !strings.HasPrefix(f, "--") || len(operands) > 0 {
			operands = append(operands, f)
		}
	}
	n := 0
	switch word {
	case "RUN":
		n = 2
	case "COPY", "ADD":
		n = len(operands)
	case "ENV", "ARG", "LABEL", "ONBUILD":
		n = 1
	}
	n = min(n, len(operands))
	key := strings.Join(operands[:n], " ")
	if word != "RUN" && n == 1 {
		key, _, _ = strings.Cut(key, "=")
	}
	return strings.TrimSpace(word + " " + key)
}

// tellApartWithin tells apart what stands in each of outer.
func tellApartWithin(lines []string, outer, inner []start) []start {
	from := 0
	for i := 0; i <= len(outer); i++ {
		end := from
		for end < len(inner) && (i == len(outer) || inner[end].line < outer[i].line) {
			end++
		}
		tellApart(lines, inner[from:end])
		from = end
	}
	return inner
}
