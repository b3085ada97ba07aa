package author

import (
	"cmp"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// unanswered stands among the values of a question for its default.
const unanswered = "\x00"

// samples are answers of every form, plain ones first and odd ones last. No quoter
// refuses any of them, because that would be no mistake of the pack's.
var samples = []string{
	"hello", "example.com/hello", "example.com", "/", "8000", "1.0.0", "a", "A1", "1", "true", "2026-01-31", "ada@example.com", "https://example.com/hello",
	"My_App.2", "zoo.example/Apps/hello/v2", "/app", "65535", "10.20.30-rc.1", "2001:db8::1", "",
	`Says "hi" & 'so' for 100 %: <a> \ # {{ .name }} ` + "`b`",
}

// oddLines is for answers that may have lines.
const oddLines = "One line,\n\n# and \"another\":\n- for 100 %\n"

// Sample returns an answer that q takes and people might give, or false where none
// is found.
func Sample(q pack.Question) (string, bool) {
	if list := sampleTexts(q); len(list) > 0 {
		return list[0], true
	}
	return "", false
}

// sampleTexts returns what of the samples answers q: at most a plain one and an odd
// one of free text, and each choice of few.
func sampleTexts(q pack.Question) []string {
	switch q.Type {
	case pack.Bool:
		return []string{"true", "false"}
	case pack.Choice:
		return slices.Clone(q.Choices)
	case pack.Choices:
		return subsets(q.Choices)
	}
	candidates := slices.Clone(samples)
	if q.Type == pack.Text {
		candidates = append(candidates, oddLines)
	}
	if q.Match != nil {
		candidates = append(candidates, example(q.Match))
	}
	candidates = slices.DeleteFunc(candidates, func(text string) bool { return !takes(q, text) })
	if len(candidates) > 2 {
		candidates = []string{candidates[0], candidates[len(candidates)-1]}
	}
	return candidates
}

func takes(q pack.Question, text string) bool {
	value, err := q.Parse(text)
	if err == nil {
		_, err = q.Check(value)
	}
	return err == nil
}

// subsets returns every choice alone and all together; of few, each with its
// neighbour as well.
func subsets(choices []string) []string {
	list := slices.Clone(choices)
	for i := range len(choices) - 1 {
		if len(choices) <= 4 {
			list = append(list, choices[i]+","+choices[i+1])
		}
	}
	if len(choices) > 2 {
		list = append(list, strings.Join(choices, ","))
	}
	return list
}

// maxValues is how many values of all questions are tried, as long as each has two.
const maxValues = 3000

// trialValues returns for each question the answers to try it with, its default
// first, and the questions that none was found for.
func trialValues(p pack.Pack) (values map[string][]string, without []pack.Question) {
	values = make(map[string][]string)
	most := max(3, maxValues/max(1, len(p.Questions)))
	for _, q := range p.Questions {
		list := sampleTexts(q)
		if q.Default != nil {
			usual := answer.Format(q.Default)
			list = slices.DeleteFunc(list, func(text string) bool { return text == usual })
			list = slices.Insert(list, 0, unanswered)
		}
		if len(list) == 0 {
			without = append(without, q)
		}
		values[q.Name] = list[:min(len(list), most)]
	}
	return values, without
}

// layerOf returns a row as a layer. Its values are typed, as those of a file, so
// that one of a question that does not apply is passed over.
func layerOf(p pack.Pack, row map[string]string) answer.Layer {
	var layer answer.Layer
	for _, name := range slices.Sorted(maps.Keys(row)) {
		q, _ := p.Question(name)
		if value, err := q.Parse(row[name]); err == nil && row[name] != unanswered {
			layer = append(layer, answer.Value{Name: name, Typed: value, Where: name})
		}
	}
	return layer
}

// describeRow says in which of the answers a row is not the usual one.
func describeRow(row map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(row)) {
		if row[name] != unanswered {
			words = append(words, problem.CommandLine(name+"="+row[name]))
		}
	}
	return cmp.Or(strings.Join(words, " "), "the defaults")
}

// example returns a text that a pattern may match: of what repeats the least, of
// alternatives the first.
func example(re *regexp.Regexp) string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeExample(&b, parsed)
	return b.String()
}

func writeExample(b *strings.Builder, re *syntax.Regexp) {
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(ofClass(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('a')
	case syntax.OpStar, syntax.OpQuest:
		times = 0
	case syntax.OpRepeat:
		times = re.Min
	case syntax.OpAlternate:
		writeExample(b, re.Sub[0])
		return
	}
	for range times {
		for _, sub := range re.Sub {
			writeExample(b, sub)
		}
	}
}

// ofClass returns a letter or digit of a class, which is given as pairs of the first
// and last rune of its ranges, or else its first.
func ofClass(ranges []rune) rune {
	for _, r := range "a1A-_" {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= r && r <= ranges[i+1] {
				return r
			}
		}
	}
	return slices.Concat(ranges, []rune{'a'})[0]
}
