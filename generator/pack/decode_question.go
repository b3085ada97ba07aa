package pack

import (
	"regexp"
	"slices"
	"strings"

	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
)

func decodeQuestion(node strictyaml.Node) Question {
	fields := node.Fields("name", "type", "help", "choices", "default", "format", "match", "want", "when", "needs")
	q := Question{
		Name:   line(fields, "name"),
		Type:   Type(line(fields, "type")),
		Help:   line(fields, "help"),
		Format: line(fields, "format"),
		When:   line(fields, "when"),
		Needs:  inWords(fields, "needs", "when"),
		Want:   inWords(fields, "want", "match"),
	}
	checkQuestionName(node, q.Name)
	checkType(node, q.Type)
	if q.Help == "" {
		node.Errorf("question %q needs a help: one line that says what it decides", q.Name)
	}
	q.Choices = decodeChoices(node, fields, q)
	q.checkFormat(fields)
	q.Match, q.size = decodeMatch(fields)
	if d, ok := fields["default"]; ok {
		q.Default = decodeDefault(d, q)
	}
	return q
}

// inWords returns the field that says for people what the code in another one
// means.
func inWords(fields map[string]strictyaml.Node, key, code string) string {
	node, ok := fields[key]
	if !ok {
		return ""
	}
	before := node.Problems()
	words := line(fields, key)
	_, hasCode := fields[code]
	switch {
	case !hasCode:
		node.Errorf("%s goes with %s: it says in words what that means", key, code)
	case strings.TrimSpace(words) == "" && node.Problems() == before:
		node.Errorf("%s is empty: say in words what %s means", key, code)
	}
	return words
}

func decodeChoices(node strictyaml.Node, fields map[string]strictyaml.Node, q Question) []string {
	list, given := fields["choices"]
	wants := q.Type == Choice || q.Type == Choices
	switch {
	case wants && !given:
		node.Errorf("question %q of type %s needs choices", q.Name, q.Type)
	case given && !wants:
		list.Errorf("choices go with type choice or choices, not %s", q.Type)
	}
	if !given {
		return nil
	}
	var choices []string
	for _, item := range entries(fields, "choices") {
		c := item.Text()
		switch {
		case !choiceForm.MatchString(c):
			item.Errorf("choice %q: want letters, digits, dot, - and _", c)
		case slices.Contains(choices, c):
			item.Errorf("choice %q stands twice", c)
		}
		choices = append(choices, c)
	}
	return choices
}

var choiceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (q Question) checkFormat(fields map[string]strictyaml.Node) {
	if q.Format == "" {
		return
	}
	node := fields["format"]
	known := formatNames()
	switch {
	case !slices.Contains(known, q.Format):
		node.Errorf("format %q is none of %s%s", q.Format, strings.Join(known, ", "), problem.DidYouMean(q.Format, known))
	case q.Type == Int && q.Format == "port", q.Type == String:
	default:
		node.Errorf("format %s does not go with type %s", q.Format, q.Type)
	}
}

func decodeMatch(fields map[string]strictyaml.Node) (*regexp.Regexp, int) {
	node, ok := fields["match"]
	if !ok {
		return nil, 0
	}
	re, size, err := compileMatch(line(fields, "match"))
	if err != nil {
		node.Errorf("match: %v", err)
	}
	return re, size
}

// decodeDefault takes the default as its type's value. A string with {{ is a
// template over earlier answers; what it gives is checked when it is known.
func decodeDefault(node strictyaml.Node, q Question) any {
	before := node.Problems()
	value := Given(node, q)
	if node.Problems() > before {
		return nil
	}
	if s, ok := value.(string); ok && strings.Contains(s, "{{") {
		return s
	}
	checked, err := q.Check(value)
	if err != nil {
		node.Errorf("default: %v", err)
	}
	return checked
}

// Given returns a value of a YAML file as the question's type has it,
// unchecked.
func Given(node strictyaml.Node, q Question) any {
	switch q.Type {
	case Bool:
		return node.Bool()
	case Int:
		return node.Int()
	case Choices:
		return givenList(node)
	}
	return node.Text()
}

// givenList takes a word for a list of one, because there is nothing else that
// it could mean. Several words with commas are refused, because they are a
// string to YAML.
func givenList(node strictyaml.Node) []string {
	items := []string{}
	if node.IsString() {
		if items = splitList(node.Text()); len(items) > 1 {
			node.Errorf("want a list: write [%s]", strings.Join(items, ", "))
		}
		return items
	}
	for _, item := range node.List() {
		items = append(items, item.Text())
	}
	return items
}
