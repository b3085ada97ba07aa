package render

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/strictyaml"
	"scaffold/generator/words"
)

// builtins are text/template's own functions that may be called. Not print and
// its like: a format can ask for any width, and repeated they double a string.
var builtins = map[string]any{
	"and": true, "or": true, "not": true, "eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true, "len": true, "index": true,
}

// fromSprig are the functions taken from sprig: pure, and no longer in what
// they return than in what they get.
var fromSprig = []string{
	"lower", "upper", "trim", "trimPrefix", "trimSuffix",
	"contains", "hasPrefix", "hasSuffix", "has", "ternary", "mul",
}

// growing are sprig's functions whose result may be longer than their
// arguments, behind a cap.
var growing = map[string]any{
	"splitList": splitList,
	"replace":   replace,
	"join":      join,
	"indent":    indent,
	"nindent":   func(spaces int, s string) (string, error) { s, err := indent(spaces, s); return "\n" + s, err },
}

// spellings write a name in other ways. What they return may be longer than what
// they get, and is capped for that.
var spellings = map[string]any{
	"snake":   capped(words.Snake),
	"kebab":   capped(words.Kebab),
	"camel":   capped(words.Camel),
	"pascal":  capped(words.Pascal),
	"title":   capped(words.Title),
	"slug":    capped(words.Slug),
	"goIdent": cappedName(words.GoIdent),
	"envName": cappedName(words.EnvName),
}

var functions = allowList()

func allowList() template.FuncMap {
	theirs := sprig.HermeticTxtFuncMap()
	list := template.FuncMap{"moduleFor": pack.ModuleFor, "urlHost": urlHost}
	for _, name := range fromSprig {
		list[name] = theirs[name]
	}
	maps.Copy(list, growing)
	maps.Copy(list, spellings)
	maps.Copy(list, quoters)
	return list
}

// urlHost returns a host as a URL and the field Host have it: an IPv6 address
// stands between brackets there (RFC 3986 section 3.2.2).
func urlHost(host string) string {
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() {
		return host
	}
	return "[" + addr.String() + "]"
}

// maxString caps what one call returns, because strings that double in a loop
// would exhaust memory before a byte is written.
const maxString = 1 << 20

var errTooLong = fmt.Errorf("the result is longer than %d bytes", maxString)

func capped(spell func(string) string) func(string) (string, error) {
	return cappedName(func(s string) (string, error) { return spell(s), nil })
}

func cappedName(spell func(string) (string, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		spelled, err := spell(s)
		if len(spelled) > maxString {
			return "", errTooLong
		}
		return spelled, err
	}
}

func replace(old, with, s string) (string, error) {
	if len(s)+strings.Count(s, old)*len(with) > maxString {
		return "", errTooLong
	}
	return strings.ReplaceAll(s, old, with), nil
}

// maxItems caps the lists that a template may walk, two of them nested.
const maxItems = 1000

func splitList(separator, s string) ([]string, error) {
	list := strings.Split(s, separator)
	if len(list) > maxItems {
		return nil, fmt.Errorf("the list has %d items, more than %d", len(list), maxItems)
	}
	return list, nil
}

func join(separator string, list []string) (string, error) {
	size := len(separator) * len(list)
	for _, item := range list {
		size += len(item)
	}
	if size > maxString {
		return "", errTooLong
	}
	return strings.Join(list, separator), nil
}

func indent(spaces int, s string) (string, error) {
	if spaces < 0 || spaces > 200 {
		return "", fmt.Errorf("indent by %d: want 0 to 200", spaces)
	}
	pad := strings.Repeat(" ", spaces)
	indented, err := replace("\n", "\n"+pad, s)
	return pad + indented, err
}

var undefined = lazyregexp.New(`^template: (.*): function "([^"]+)" not defined$`)

// explain says of an unknown function whether it is left out for a reason.
func explain(err error) error {
	if len(err.Error()) > maxMessage {
		return positioned(err)
	}
	m := undefined.FindStringSubmatch(err.Error())
	if m == nil {
		return positioned(err)
	}
	known := slices.Concat(slices.Sorted(maps.Keys(functions)), slices.Sorted(maps.Keys(builtins)))
	reason := whyNot(m[2])
	if reason == "" {
		reason = problem.DidYouMean(m[2], known)
	}
	if reason == "" {
		reason = ": there are " + strings.Join(known, ", ")
	}
	return errors.New(m[1] + ": function \"" + m[2] + "\" is not available" + reason)
}

func whyNot(name string) string {
	switch name {
	case "env", "expandenv":
		return ": a pack does not read the environment"
	case "now", "date", "ago", "htmlDate", "dateModify", "unixEpoch":
		return ": a render must not depend on the day"
	case "keys", "values", "shuffle", "uuidv4", "genPrivateKey", "genSelfSignedCert", "genCA", "bcrypt", "htpasswd",
		"encryptAES", "randInt", "randAlpha", "randAlphaNum", "randNumeric", "randAscii", "randBytes":
		return ": its result differs from run to run"
	case "getHostByName":
		return ": a pack does not use the network"
	case "repeat", "until", "untilStep", "seq", "dict", "set", "list", "printf", "print", "println":
		return ": it can make a render endless or huge"
	case "quote", "squote", "html", "js", "urlquery", "toJson", "toYaml":
		return ": quote for the language of the file: " + strings.Join(slices.Sorted(maps.Keys(quoters)), ", ")
	case "snakecase", "kebabcase":
		return ": it is called " + strings.TrimSuffix(name, "case")
	case "camelcase":
		return ": there are camel (myProject) and pascal (MyProject)"
	case "plural":
		return ": a template knows no language's plurals"
	case "fail", "call":
		return ": a template decides nothing but text"
	}
	return ""
}

// quoters write a string as one value of a language, so that a reader of that
// language gets back just that string. What cannot be written is an error.
var quoters = map[string]any{
	"goString":     strconv.Quote,
	"jsonString":   jsonString,
	"pythonString": pythonString,
	"yamlString":   yamlString,
	"shWord":       shWord,
	"nginxString":  nginxString,
	"systemdValue": systemdValue,
	"markdownText": markdownText,
	"regexpText":   regexpText,
}

// Quoters returns the names of the functions that write any text as a value of a
// language.
func Quoters() []string { return slices.Sorted(maps.Keys(quoters)) }

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

// pythonString returns s as a string literal of Python, which has the escapes of JSON.
func pythonString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("%q is not UTF-8, which Python's source is", s)
	}
	return jsonString(s)
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

// comparing are text/template's own functions that handle bytes, written anew
// because those cannot be charged for. They say what those say of the values
// that templates have here: strings, booleans, numbers and lists of strings.
var comparing = map[string]any{
	"eq": equal,
	"ne": func(a, b any) (bool, error) { same, err := equal(a, b); return !same, err },
	"lt": func(a, b any) (bool, error) { n, err := order(a, b); return n < 0, err },
	"le": func(a, b any) (bool, error) { n, err := order(a, b); return n <= 0, err },
	"gt": func(a, b any) (bool, error) { n, err := order(a, b); return n > 0, err },
	"ge": func(a, b any) (bool, error) { n, err := order(a, b); return n >= 0, err },

	"index": index,
}

var (
	errIncomparable = errors.New("incompatible types for comparison")
	errUnordered    = errors.New("invalid type for comparison")
)

func basic(value any) any {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return value
}

func equal(a any, others ...any) (bool, error) {
	if len(others) == 0 {
		return false, errors.New("missing argument for comparison")
	}
	a = basic(a)
	for _, b := range others {
		b = basic(b)
		kind := reflect.TypeOf(a)
		switch {
		case a == nil || b == nil:
			if a == b {
				return true, nil
			}
			continue
		case kind != reflect.TypeOf(b):
			return false, errIncomparable
		case !kind.Comparable():
			return false, fmt.Errorf("non-comparable type %s", kind)
		case a == b:
			return true, nil
		}
	}
	return false, nil
}

func order(a, b any) (int, error) {
	switch a := basic(a).(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b), nil
		}
	case int64:
		if b, ok := basic(b).(int64); ok {
			return cmp.Compare(a, b), nil
		}
	case float64:
		if b, ok := basic(b).(float64); ok {
			return cmp.Compare(a, b), nil
		}
	default:
		return 0, errUnordered
	}
	return 0, errIncomparable
}

func index(item any, keys ...any) (any, error) {
	if item == nil {
		return nil, errors.New("index of untyped nil")
	}
	for _, key := range keys {
		switch of := item.(type) {
		case map[string]any:
			name, ok := key.(string)
			if !ok {
				return nil, fmt.Errorf("value has type %T; should be string", key)
			}
			item = of[name]
		case []string:
			i, err := place(key, len(of))
			if err != nil {
				return nil, err
			}
			item = of[i]
		case string:
			i, err := place(key, len(of))
			if err != nil {
				return nil, err
			}
			item = of[i]
		default:
			return nil, fmt.Errorf("can't index item of type %T", item)
		}
	}
	return item, nil
}

func place(key any, length int) (int, error) {
	i, ok := basic(key).(int64)
	if !ok {
		return 0, fmt.Errorf("cannot index slice/array with type %T", key)
	}
	if i < 0 || i >= int64(length) {
		return 0, fmt.Errorf("index out of range: %d", i)
	}
	return int(i), nil
}
