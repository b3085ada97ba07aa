package pack

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
)

func decodeQuestions(fields map[string]strictyaml.Node) []Question {
	var questions []Question
	var nodes []strictyaml.Node
	size := 0
	for _, node := range entries(fields, "questions") {
		q := decodeQuestion(node)
		if slices.ContainsFunc(questions, func(have Question) bool { return have.Name == q.Name }) {
			node.Errorf("question %q is asked twice", q.Name)
			continue
		}
		questions = append(questions, q)
		nodes = append(nodes, node)
		if size += q.size; size > maxPrograms {
			node.Errorf("the patterns of all questions make programs of about %d steps, more than %d", size, maxPrograms)
			break
		}
	}
	checkRenamed(questions, nodes)
	return questions
}

// checkRenamed reports an old name that is not the one of a single question, because
// an answer recorded under it would count for two.
func checkRenamed(questions []Question, nodes []strictyaml.Node) {
	owner := make(map[string]string)
	for i, q := range questions {
		for _, old := range q.Renamed {
			asked := slices.ContainsFunc(questions, func(other Question) bool { return other.Name == old })
			switch other, taken := owner[old]; {
			case old == q.Name:
				nodes[i].Errorf("renamed: %q is the name that the question has", old)
			case asked:
				nodes[i].Errorf("renamed: %q is asked, too, so an answer to it is its own", old)
			case taken && other == q.Name:
				nodes[i].Errorf("renamed: %q stands twice", old)
			case taken:
				nodes[i].Errorf("renamed: %q is what %q was called, too: an answer counts for one question", old, other)
			}
			owner[old] = q.Name
		}
	}
}

func checkQuestionName(node strictyaml.Node, name string) {
	switch {
	case !questionForm().MatchString(name):
		node.Errorf("question name %q: want a lower case letter, then letters, digits and _", name)
	case slices.Contains([]string{"true", "false", "null"}, name):
		node.Errorf("question name %q is a value to YAML: scaffold.yaml could not have it for a key", name)
	case slices.Contains(reservedNames, name):
		node.Errorf("question name %q is reserved: --%s is scaffold's own", name, name)
	}
}

func decodeQuestion(node strictyaml.Node) Question {
	fields := node.Fields(questionKeys.Names()...)
	q := Question{
		Name:   line(fields, "name"),
		Type:   Type(line(fields, "type")),
		Help:   line(fields, "help"),
		Format: said(fields, "format"),
		When:   said(fields, "when"),
		Needs:  inWords(fields, "needs", "when"),
		Want:   inWords(fields, "want", "match"),
	}
	checkQuestionName(node, q.Name)
	if t := string(q.Type); !slices.Contains(types, t) {
		node.Errorf("type %q is none of %s%s", t, strings.Join(types, ", "), problem.DidYouMean(t, types))
	}
	if strings.TrimSpace(q.Help) == "" {
		node.Errorf("question %q needs a help: one line that says what it decides", q.Name)
	}
	q.Choices, q.Labels = decodeChoices(node, fields, q)
	if empty, ok := fields["empty"]; ok {
		if q.Empty = empty.Bool(); q.Type != Choices {
			empty.Errorf("empty goes with type choices, not %s", q.Type)
		}
	}
	q.Renamed = decodeRenamed(fields)
	q.checkFormat(fields)
	q.Match, q.size = decodeMatch(fields)
	if d, ok := fields["default"]; ok {
		q.Default = decodeDefault(d, q)
	}
	return q
}

// decodeRenamed returns the names that a question had. It takes reserved ones,
// because that a name is reserved by now is a reason for another.
func decodeRenamed(fields map[string]strictyaml.Node) []string {
	node, ok := fields["renamed"]
	if !ok {
		return nil
	}
	nodes := []strictyaml.Node{node}
	if node.IsList() {
		nodes = entries(fields, "renamed")
	}
	var names []string
	for _, n := range nodes {
		before := n.Problems()
		name := n.Text()
		if n.Problems() == before && !questionForm().MatchString(name) {
			n.Errorf("renamed: %q is no name of a question: want a lower case letter, then letters, digits and _", name)
		}
		names = append(names, name)
	}
	return names
}

// inWords returns a field that says for people what the code in another one means.
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

func decodeChoices(node strictyaml.Node, fields map[string]strictyaml.Node, q Question) (choices []string, labels map[string]string) {
	list, given := fields["choices"]
	wants := q.Type == Choice || q.Type == Choices
	switch {
	case wants && !given:
		node.Errorf("question %q of type %s needs choices", q.Name, q.Type)
	case given && !wants:
		list.Errorf("choices go with type choice or choices, not %s", q.Type)
	}
	if !given {
		return nil, nil
	}
	if wants && list.IsList() && len(list.List()) == 0 {
		list.Errorf("choices is empty: question %q could not be answered", q.Name)
	}
	labels = make(map[string]string)
	for _, item := range entries(fields, "choices") {
		c, label := decodeChoice(item)
		switch {
		case !choiceForm().MatchString(c):
			item.Errorf("choice %q: want letters, digits, dot, - and _", c)
		case slices.Contains(choices, c):
			item.Errorf("choice %q stands twice", c)
		}
		choices = append(choices, c)
		if label != "" {
			labels[c] = label
		}
	}
	if len(labels) == 0 {
		labels = nil
	}
	return choices, labels
}

// decodeChoice returns a choice and its label; "" for a word alone.
func decodeChoice(node strictyaml.Node) (choice, label string) {
	if !node.IsMap() {
		return node.Text(), ""
	}
	for _, e := range node.Map() {
		if e.Value.IsNull() && !slices.Contains(choiceKeys.Names(), e.Key) {
			e.Name.Errorf("%q has no value: a label with a comma stands in quotes", e.Key)
			if value, ok := node.Find("value"); ok {
				choice = value.Text()
			}
			return choice, ""
		}
	}
	fields := node.Fields(choiceKeys.Names()...)
	choice, label = line(fields, "value"), line(fields, "label")
	if written, ok := fields["label"]; ok && written.IsString() && strings.TrimSpace(label) == "" {
		written.Errorf("label is empty: say what the choice means, or leave it out")
	}
	return choice, label
}

var choiceForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(choiceKey) })

func (q Question) checkFormat(fields map[string]strictyaml.Node) {
	if q.Format == "" {
		return
	}
	node := fields["format"]
	switch {
	case !slices.Contains(formatNames, q.Format):
		node.Errorf("format %q is none of %s%s", q.Format, strings.Join(formatNames, ", "), problem.DidYouMean(q.Format, formatNames))
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
	re, size, err := compileMatch(said(fields, "match"))
	if err != nil {
		node.Errorf("match: %v", err)
	}
	return re, size
}

// decodeDefault returns the default as its type's value. A text with {{ is a template
// over earlier answers, whatever the type, and stays a text, because what it gives is
// not known yet.
func decodeDefault(node strictyaml.Node, q Question) any {
	before := node.Problems()
	if node.Contains("{{") {
		return node.Text()
	}
	value := TypedValue(node, q)
	if node.Problems() > before {
		return nil
	}
	if list, ok := value.([]string); ok && strings.Contains(strings.Join(list, ""), "{{") {
		node.Errorf("default: a template is one text, which gives all items with commas: write '{{ … }}' without [ and ]")
		return nil
	}
	checked, err := q.Check(value)
	if err != nil {
		node.Errorf("default: %v", err)
	}
	return checked
}

// TypedValue returns a value of a YAML file as the question's type has it,
// unchecked.
func TypedValue(node strictyaml.Node, q Question) any {
	switch q.Type {
	case Bool:
		return node.Bool()
	case Int:
		return node.Int()
	case Choices:
		return givenList(node)
	}
	return formed(node, q.Format)
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

// decodeValues refuses a value that is called as a question is, because it would
// hide the answer.
func decodeValues(fields map[string]strictyaml.Node, questions []Question) []Value {
	var values []Value
	for _, node := range entries(fields, "values") {
		keys := node.Fields(valueKeys.Names()...)
		v := Value{Name: line(keys, "name"), Type: String, Text: checkedText(keys, "value", true)}
		if _, given := keys["type"]; given {
			v.Type = Type(line(keys, "type"))
		}
		if known := []string{string(String), string(Bool)}; !slices.Contains(known, string(v.Type)) {
			node.Errorf("type %q of a value is none of %s%s", v.Type, strings.Join(known, ", "), problem.DidYouMean(string(v.Type), known))
		}
		switch {
		case !questionForm().MatchString(v.Name):
			node.Errorf("value name %q: want a lower case letter, then letters, digits and _", v.Name)
		case slices.ContainsFunc(questions, func(q Question) bool { return q.Name == v.Name }):
			node.Errorf("value %q is called as a question is: templates could not tell them apart", v.Name)
		case slices.ContainsFunc(values, func(have Value) bool { return have.Name == v.Name }):
			node.Errorf("value %q is computed twice", v.Name)
		}
		if _, given := keys["value"]; !given {
			node.Errorf("value %q needs a value: a template over the answers", v.Name)
		}
		values = append(values, v)
	}
	return values
}
