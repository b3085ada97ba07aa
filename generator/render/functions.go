package render

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"scaffold/generator/pack"
	"scaffold/generator/problem"
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

var functions = allowList()

func allowList() template.FuncMap {
	theirs := sprig.HermeticTxtFuncMap()
	list := template.FuncMap{"moduleFor": pack.ModuleFor, "urlHost": urlHost}
	for _, name := range fromSprig {
		list[name] = theirs[name]
	}
	maps.Copy(list, growing)
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

var undefined = regexp.MustCompile(`^template: (.*): function "([^"]+)" not defined$`)

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
	case "fail", "call":
		return ": a template decides nothing but text"
	}
	return ""
}
