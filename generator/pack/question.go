package pack

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"scaffold/generator/problem"
	"scaffold/generator/words"
)

// A Type is the kind of value that answers a question.
type Type string

// The types, and the Go values their answers have.
const (
	String  Type = "string"  // string, one line
	Text    Type = "text"    // string, any lines
	Bool    Type = "bool"    // bool
	Int     Type = "int"     // int
	Choice  Type = "choice"  // string, one of Choices
	Choices Type = "choices" // []string, each one of Choices, in their order
)

var types = []string{"string", "text", "bool", "int", "choice", "choices"}

// A Question is one that a pack asks; answers and templates know it by its name.
type Question struct {
	Name    string
	Type    Type
	Help    string
	Choices []string
	Labels  map[string]string // what choices mean, of those that say so
	Empty   bool              // whether none of the Choices is an answer, too
	Renamed []string          // names that the question had
	Default any               // the type's Go value, or a template as a string; nil where there is none
	Format  string            // a key of formats, or ""
	Match   *regexp.Regexp    // the whole value, or nil
	Want    string            // what Match takes, in words, or ""
	When    string            // template that says whether it applies, or ""
	Needs   string            // when that is, in words, or ""
	size    int               // of Match's program, in steps
}

// Form says in words what an answer looks like, or "" where that is free.
func (q Question) Form() string {
	switch {
	case q.Want != "":
		return q.Want
	case q.Format != "":
		return formats[q.Format].words
	case q.Match != nil:
		return "of a certain form"
	}
	return ""
}

// Pattern returns a regular expression that every answer matches, also as JavaScript reads
// it, or "" where there is none: not every format is one, nor every match the same there.
func (q Question) Pattern() string {
	switch {
	case q.Match != nil:
		match := q.Match.String()
		inner := strings.TrimSuffix(strings.TrimPrefix(match, matchStart), matchEnd)
		if onlyGo := regexp.MustCompile(`\\[^dswDSW.+*?()|[\]{}^$/-]|\(\?[^:]|\[\[?:`); onlyGo.MatchString(inner) {
			return ""
		}
		return match
	case q.Format == "name":
		return nameForm.String()
	case q.Format == "path":
		return pathForm.String()
	case q.Format == "urlpath":
		return urlForm.String()
	}
	return ""
}

// A match is compiled between these, because it is about the whole value.
const matchStart, matchEnd = "^(?:", ")$"

// Zero returns the value of a question that does not apply.
func (q Question) Zero() any {
	switch q.Type {
	case Bool:
		return false
	case Int:
		return 0
	case Choices:
		return []string{}
	}
	return ""
}

// Parse returns text, as it stands on a command line or is typed at a prompt,
// as the question's Go value. Lists are separated by commas.
func (q Question) Parse(text string) (any, error) {
	switch q.Type {
	case Bool:
		return parseBool(text)
	case Int:
		n, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(n) != text { // 010 is eight to some
			return nil, fmt.Errorf("%q is no whole number in decimal", text)
		}
		return n, nil
	case Choices:
		return splitList(text), nil
	}
	return text, nil
}

func parseBool(text string) (any, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "y":
		return true, nil
	case "false", "no", "n":
		return false, nil
	}
	return nil, fmt.Errorf("%q is none of true, false, yes, no", text)
}

func splitList(text string) []string {
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Check returns value in canonical form, or why it does not answer q. Lists
// come back in the order of the choices, each once.
func (q Question) Check(value any) (any, error) {
	switch q.Type {
	case Bool:
		return only[bool](value, "true or false")
	case Int:
		return q.checkInt(value)
	case Choices:
		return q.checkChoices(value)
	case Choice:
		return q.checkChoice(value)
	}
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("want a string, not %v", value)
	}
	return text, q.checkText(text)
}

func only[T any](value any, want string) (any, error) {
	if _, ok := value.(T); !ok {
		return nil, fmt.Errorf("want %s, not %q", want, fmt.Sprint(value))
	}
	return value, nil
}

func (q Question) checkInt(value any) (any, error) {
	n, ok := value.(int)
	if !ok {
		return nil, fmt.Errorf("want a whole number, not %q", fmt.Sprint(value))
	}
	if q.Format == "port" && (n < 1 || n > 65535) {
		return nil, fmt.Errorf("%d is no port: want 1 to 65535", n)
	}
	if q.Match != nil && !q.Match.MatchString(strconv.Itoa(n)) {
		return nil, fmt.Errorf("%d does not fit: want %s", n, q.wanted())
	}
	return n, nil
}

func (q Question) checkChoice(value any) (any, error) {
	text, ok := value.(string)
	if !ok || !slices.Contains(q.Choices, text) {
		return nil, q.noChoice(fmt.Sprint(value))
	}
	return text, nil
}

func (q Question) checkChoices(value any) (any, error) {
	given, ok := value.([]string)
	if !ok {
		return nil, fmt.Errorf("want a list, not %q", fmt.Sprint(value))
	}
	for _, item := range given {
		if !slices.Contains(q.Choices, item) {
			return nil, q.noChoice(item)
		}
	}
	if len(given) == 0 && !q.Empty {
		return nil, fmt.Errorf("is empty: want at least one of %s", strings.Join(q.Choices, ", "))
	}
	canonical := []string{}
	for _, choice := range q.Choices {
		if slices.Contains(given, choice) {
			canonical = append(canonical, choice)
		}
	}
	return canonical, nil
}

// Propose returns a name that q takes and that looks like text, which it does not
// take for its letters; "" where there is none. What is wrong with a path or a flag
// in place of a name is said by its error.
func (q Question) Propose(text string) string {
	bad := func(r rune) bool { return forbidden(r, false) || r == utf8.RuneError }
	if q.Format != "name" || nameForm.MatchString(text) || strings.HasPrefix(text, "-") || strings.ContainsAny(text, `/\`) || strings.ContainsFunc(text, bad) {
		return ""
	}
	near := words.Slug(text)
	if _, err := q.Check(near); err != nil {
		return ""
	}
	return near
}

// wanted says what Match takes, but never shows the pattern, because that is code
// and somebody only wants to know what to type.
func (q Question) wanted() string { return cmp.Or(q.Want, "another form") }

func (q Question) noChoice(given string) error {
	return fmt.Errorf("%q is none of %s%s", given, strings.Join(q.Choices, ", "), problem.DidYouMean(given, q.Choices))
}

// Caps of a text answer, in bytes.
const (
	maxLine = 1 << 10
	maxText = 16 << 10
)

func (q Question) checkText(text string) error {
	limit := maxLine
	if q.Type == Text {
		limit = maxText
	}
	if len(text) > limit {
		return fmt.Errorf("has %d bytes, more than %d", len(text), limit)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%q is not UTF-8", text)
	}
	if bad := strings.IndexFunc(text, func(r rune) bool { return forbidden(r, q.Type == Text) }); bad >= 0 {
		return fmt.Errorf("%q has a control or bidirectional character at byte %d", text, bad)
	}
	if q.Format != "" {
		if err := formats[q.Format].check(text); err != nil {
			return err
		}
	}
	if q.Match != nil && !q.Match.MatchString(text) {
		return fmt.Errorf("%q does not fit: want %s", text, q.wanted())
	}
	return nil
}

// forbidden are the runes that no answer and no text of a pack may have: they
// would draw on a terminal or make code read otherwise than it runs.
func forbidden(r rune, lines bool) bool {
	if r == '\n' || r == '\t' {
		return !lines
	}
	return problem.IsControl(r) || r == '\ufeff' // a byte order mark is not seen
}
