package author

import (
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
)

// Limits: of rows, because each is rendered, and of what it takes to find them, in
// values that are compared with values.
const (
	maxRows = 400
	maxWork = 50_000_000
)

// Pairs returns rows in which every two values of two names stand together at
// least once, and how many pairs it left out because there were too many. Each row
// greedily takes what covers most; the first value of a name is the usual one.
//
// A row that takes returns false for does not count: then the pair it was made for
// is tried once more among the usual values, and given up. A nil takes every row.
func Pairs(values map[string][]string, takes func(row map[string]string) bool) (rows []map[string]string, left int) {
	c := newCover(values)
	if takes == nil {
		takes = func(map[string]string) bool { return true }
	}
	if len(c.names) < 2 {
		for _, row := range c.single() {
			if takes(row) {
				rows = append(rows, row)
			}
		}
		return rows, 0
	}
	most := min(maxRows, maxWork/(len(c.covers)*len(c.names)))
	try := func(picked []int) bool {
		row := c.row(picked)
		if !takes(row) {
			return false
		}
		rows = append(rows, row)
		c.close(picked)
		return true
	}
	for i := range min(most/2, c.longest()) { // each value once, because the pairs may not all be reached
		try(c.diagonal(i))
	}
	for tries := 0; c.next() && len(rows) < most && tries < most; tries++ {
		_ = try(c.greedy()) || try(c.usual())
		c.giveUp()
	}
	return rows, c.open
}

// A cover is what is left of all pairs. A value is known by its place among the
// values of all names.
type cover struct {
	names  []string // sorted
	values [][]string
	start  []int    // of each name's values
	covers [][]bool // by two values, the one with the lower place first
	open   int      // pairs that are not covered
	a, b   int      // the names of the first such pair
	x, y   int      // and its values, counted for each name
}

func newCover(values map[string][]string) *cover {
	c := &cover{names: slices.Sorted(maps.Keys(values)), b: 1}
	c.names = slices.DeleteFunc(c.names, func(name string) bool { return len(values[name]) == 0 })
	total := 0
	for _, name := range c.names {
		c.values, c.start = append(c.values, values[name]), append(c.start, total)
		c.open += total * len(values[name])
		total += len(values[name])
	}
	c.covers = make([][]bool, total)
	for i := range c.covers {
		c.covers[i] = make([]bool, total)
	}
	return c
}

// single returns a row for each value of the only name, or one without any.
func (c *cover) single() []map[string]string {
	if len(c.names) == 0 {
		return []map[string]string{{}}
	}
	var rows []map[string]string
	for _, v := range c.values[0] {
		rows = append(rows, map[string]string{c.names[0]: v})
	}
	return rows
}

// next finds the first pair that is not covered.
func (c *cover) next() bool {
	for ; c.a < len(c.names); c.a, c.b = c.a+1, c.a+2 {
		for ; c.b < len(c.names); c.b, c.x = c.b+1, 0 {
			for ; c.x < len(c.values[c.a]); c.x, c.y = c.x+1, 0 {
				for ; c.y < len(c.values[c.b]); c.y++ {
					if !c.covers[c.start[c.a]+c.x][c.start[c.b]+c.y] {
						return true
					}
				}
			}
		}
	}
	return false
}

// greedy returns which value of each name goes with the first open pair such that
// the row covers most.
func (c *cover) greedy() []int {
	picked := slices.Repeat([]int{-1}, len(c.names))
	picked[c.a], picked[c.b] = c.x, c.y
	for i := range picked {
		if picked[i] < 0 {
			picked[i] = c.best(picked, i)
		}
	}
	return picked
}

func (c *cover) best(picked []int, name int) int {
	most, choice := -1, 0
	for v := range c.values[name] {
		n := 0
		for other, w := range picked {
			if w < 0 {
				continue
			}
			low, high := c.start[name]+v, c.start[other]+w
			if !c.covers[min(low, high)][max(low, high)] {
				n++
			}
		}
		if n > most {
			most, choice = n, v
		}
	}
	return choice
}

// diagonal returns the i-th value of each name, from the first again where it has
// fewer.
func (c *cover) diagonal(i int) []int {
	picked := make([]int, len(c.names))
	for name := range picked {
		picked[name] = i % len(c.values[name])
	}
	return picked
}

func (c *cover) longest() int {
	most := 0
	for _, values := range c.values {
		most = max(most, len(values))
	}
	return most
}

func (c *cover) usual() []int {
	picked := make([]int, len(c.names))
	picked[c.a], picked[c.b] = c.x, c.y
	return picked
}

func (c *cover) row(picked []int) map[string]string {
	row := make(map[string]string, len(picked))
	for i, v := range picked {
		row[c.names[i]] = c.values[i][v]
	}
	return row
}

func (c *cover) close(picked []int) {
	for a, v := range picked {
		for b := a + 1; b < len(picked); b++ {
			c.closePair(c.start[a]+v, c.start[b]+picked[b])
		}
	}
}

// giveUp closes the first pair, whatever became of its row.
func (c *cover) giveUp() { c.closePair(c.start[c.a]+c.x, c.start[c.b]+c.y) }

func (c *cover) closePair(low, high int) {
	if !c.covers[low][high] {
		c.covers[low][high] = true
		c.open--
	}
}

// unanswered stands among the values of a question for its default.
const unanswered = "\x00"

// samples are answers of every form, plain ones first and odd ones last. No quoter
// refuses any of them, because that would be no mistake of the pack's.
var samples = []string{
	"hello", "example.com/hello", "example.com", "/", "8000", "1.0.0", "a", "A1", "1", "true", "2026-01-31", "ada@example.com", "https://example.com/hello",
	"My_App.2", "zoo.example/Apps/hello/v2", "/app", "65535", "10.20.30-rc.1", "2001:db8::1", "", odd,
}

const odd = `Says "hi" & 'so' for 100 %: <a> \ # {{ .name }} ` + "`b`"

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
		list := Subsets(q.Choices)
		if q.Empty {
			list = append(list, "")
		}
		return list
	}
	candidates := slices.Clone(samples)
	if q.Type == pack.Text {
		candidates = append(candidates, oddLines)
	}
	if q.Match != nil {
		candidates = append(candidates, example(q.Match, 0), example(q.Match, 1))
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

// Subsets returns every choice alone and all together; of few, each with its
// neighbour as well.
func Subsets(choices []string) []string {
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

// describeRow says, for the end of a message, in which of the answers a row is not the
// usual one.
func describeRow(row map[string]string, values map[string][]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(row)) {
		switch text := row[name]; {
		case text == values[name][0]:
		case strings.ContainsFunc(text, problem.IsControl):
			words = append(words, name+"="+strconv.Quote(text))
		default:
			words = append(words, problem.CommandLine(name+"="+text))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (with " + strings.Join(words, " ") + ")"
}

// example returns a text that a pattern may match: of what repeats the least, of
// alternatives one of the first.
func example(re *regexp.Regexp, alternative int) string {
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeExample(&b, parsed, alternative)
	return b.String()
}

func writeExample(b *strings.Builder, re *syntax.Regexp, alternative int) {
	times, subs := 1, re.Sub
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
		subs = subs[alternative : alternative+1] // of which there are at least two
	}
	for range times {
		for _, sub := range subs {
			writeExample(b, sub, alternative)
		}
	}
}

// ofClass returns a letter or digit of a class, which is given as pairs of the first
// and last rune of its ranges, or else its first.
func ofClass(ranges []rune) rune {
	for _, r := range "a1A-_" {
		if inClass(ranges, r) {
			return r
		}
	}
	return slices.Concat(ranges, []rune{'a'})[0]
}

func inClass(ranges []rune, r rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] <= r && r <= ranges[i+1] {
			return true
		}
	}
	return false
}
