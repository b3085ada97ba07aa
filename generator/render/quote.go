package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/strictyaml"
)

// quoters write a string as one value of a language, so that a reader of that
// language gets back just that string. What cannot be written is an error.
var quoters = map[string]any{
	"goString":     strconv.Quote,
	"jsonString":   jsonString,
	"yamlString":   yamlString,
	"shWord":       shWord,
	"nginxString":  nginxString,
	"systemdValue": systemdValue,
	"markdownText": markdownText,
	"regexpText":   regexpText,
}

// jsonString returns s as a JSON string (RFC 8259 section 7).
func jsonString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%q is not UTF-8, which JSON is", s)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// yamlString returns s as a double-quoted scalar of YAML.
func yamlString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%q is not UTF-8, which YAML is", s)
	}
	return strictyaml.Quote(s), nil
}

// shWord returns s as one word of a POSIX shell (section 2.2.2, single quotes).
func shWord(s string) (string, error) {
	if strings.ContainsRune(s, 0) {
		return "", fmt.Errorf("%q has a NUL, which no shell word can hold", s)
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'", nil
}

// maxNginx is what nginx's buffer holds of one parameter, in bytes.
const maxNginx = 4094

// nginxString returns s as one double-quoted parameter of nginx's configuration.
func nginxString(s string) (string, error) {
	if strings.Contains(s, "$") {
		return "", fmt.Errorf("%q has a $, which nginx always reads as a variable", s)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", fmt.Errorf("%q has a control character", s)
	}
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	if len(escaped) > maxNginx {
		return "", fmt.Errorf("%q… has %d bytes when escaped, more than nginx reads at once (%d)", s[:40], len(escaped), maxNginx)
	}
	return `"` + escaped + `"`, nil
}

// systemdValue returns s as the value of a setting that is text to its end of
// line, such as Description= (systemd.syntax(7), specifiers: systemd.unit(5)).
// Lines are joined, since the value is one.
func systemdValue(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if strings.ContainsFunc(s, unicode.IsControl) {
		return "", fmt.Errorf("%q has a control character", s)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, noncharacter) {
		return "", fmt.Errorf("%q is not what systemd takes for UTF-8", s)
	}
	if strings.HasSuffix(s, `\`) {
		s += " " // a backslash at the end continues the line; a space there is dropped
	}
	return strings.ReplaceAll(s, "%", "%%"), nil
}

func noncharacter(r rune) bool { return unicode.Is(unicode.Noncharacter_Code_Point, r) }

// markdownText returns s as a paragraph of CommonMark that reads as written:
// what could be markup is escaped, lines that would start a block included.
func markdownText(s string) string {
	var b strings.Builder
	for _, r := range lineEnds.Replace(s) {
		if strings.ContainsRune("\\`*_{}[]<>#+-!|~&=", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		lines[i] = numbered(strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// numbered escapes what would make the line an item of a list: "1." or "1)".
func numbered(line string) string {
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if digits == 0 || digits == len(line) || line[digits] != '.' && line[digits] != ')' {
		return line
	}
	return line[:digits] + `\` + line[digits:]
}

// regexpText returns a regular expression that matches s and nothing else, to
// readers of Perl's syntax as to Go's.
func regexpText(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%q is not UTF-8, which patterns are", s)
	}
	return regexp.QuoteMeta(s), nil
}
