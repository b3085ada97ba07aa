package strictyaml

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote returns s as a double-quoted scalar (YAML 1.2 section 7.3.1).
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case r == utf8.RuneError || !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plain matches strings that every YAML reader takes for just that string.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$`)

// Scalar returns a value as [Node.Scalar] and [Node.List] read it back: strings
// without quotes where no reader could take them for anything else.
func Scalar(value any) string {
	switch v := value.(type) {
	case string:
		word := strings.ToLower(v)
		if !plain.MatchString(v) || slices.Contains(ambiguous, word) || slices.Contains([]string{"true", "false", "null"}, word) {
			return Quote(v)
		}
		return v
	case []string:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = Scalar(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(value)
}
