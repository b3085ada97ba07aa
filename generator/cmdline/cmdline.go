// Package cmdline puts the arguments of one command in order before a flag
// parser sees them, and writes command lines that can be pasted.
//
// The parser in use stops at the first positional argument and takes all the
// rest for arguments, silently: `new hello --dry-run` would be a real run. It
// also lets a flag's value be the next flag. [Reorder] refuses or repairs all of
// that, so that the parser gets flags first, each as --name=value.
package cmdline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"scaffold/generator/problem"
)

// A Flag is one flag a command knows.
type Flag struct {
	Name   string // without dashes
	Short  string // one letter, or ""
	Bool   bool   // takes no value, or one after =
	Repeat bool   // may be given more than once
	Filled bool   // an empty value is a slip: an unset variable in a script
}

// Reorder returns args with all flags first, each as --name=value, then "--",
// then the positional arguments. Everything wrong is reported at once, as input
// errors, before anything is done.
func Reorder(command string, args []string, flags []Flag, maxPositional int) ([]string, error) {
	r := reorder{command: command, flags: flags}
	for len(args) > 0 {
		args = r.next(args)
	}
	if len(r.positional) > maxPositional && len(r.errs) == 0 { // or it is the value of an unknown flag
		r.fail("unexpected argument %q: %s takes %s", r.positional[maxPositional], command, atMost(maxPositional))
	}
	if slices.Contains(r.positional, "") {
		r.fail("an argument of %s is empty", command)
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, problem.WithHint(err, "scaffold %s --help lists the flags and arguments", command)
	}
	return append(append(r.out, "--"), r.positional...), nil
}

func atMost(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "one"
	}
	return fmt.Sprintf("at most %d", n)
}

type reorder struct {
	command    string
	flags      []Flag
	out        []string
	positional []string
	seen       []string
	errs       []error
}

func (r *reorder) fail(format string, args ...any) {
	r.errs = append(r.errs, problem.Input(format, args...))
}

// next takes one flag or argument off args and returns the rest.
func (r *reorder) next(args []string) []string {
	arg, rest := args[0], args[1:]
	switch {
	case arg == "--":
		r.positional = append(r.positional, rest...)
		return nil
	case len(arg) < 2 || arg[0] != '-':
		r.positional = append(r.positional, arg)
		return rest
	}
	name, value, hasValue := strings.Cut(undashed(arg), "=")
	f, ok := r.find(arg, name)
	if !ok {
		return rest
	}
	if slices.Contains(r.seen, f.Name) && !f.Repeat {
		r.fail("--%s is given twice", f.Name)
	}
	r.seen = append(r.seen, f.Name)
	switch {
	case f.Bool && !hasValue && len(rest) > 0 && (rest[0] == "true" || rest[0] == "false"):
		r.fail("--%s %s: the value of this flag follows a =: --%s=%s", f.Name, rest[0], f.Name, rest[0])
		return rest[1:]
	case f.Bool && !hasValue:
		value = "true"
	case f.Bool && value != "true" && value != "false":
		r.fail("--%s=%s: want --%s or --%s=false", f.Name, value, f.Name, f.Name)
	case !f.Bool && !hasValue:
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
			r.fail("--%s needs a value: --%s=VALUE", f.Name, f.Name)
			return rest
		}
		value, rest = rest[0], rest[1:]
	}
	if value == "" && f.Filled {
		r.fail("--%s is empty", f.Name)
	}
	r.out = append(r.out, "--"+f.Name+"="+value)
	return rest
}

// undashed returns a flag without its dashes. One or two are the same; with more
// it is no flag's name.
func undashed(arg string) string {
	return strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
}

func (r *reorder) find(arg, name string) (Flag, bool) {
	var names []string
	for _, f := range r.flags {
		if f.Name == name || f.Short == name && name != "" {
			return f, true
		}
		names = append(names, f.Name)
	}
	near := ""
	if n := problem.Nearest(name, names); n != "" {
		near = ": did you mean --" + n + "?"
	}
	r.fail("%s has no flag %s%s", r.command, arg, near)
	return Flag{}, false
}

// Value returns what args give for the flag called name, before they are
// parsed: the first value, or "".
func Value(args []string, name string) string {
	for i, arg := range args {
		if arg == "--" {
			return ""
		}
		given, value, hasValue := strings.Cut(undashed(arg), "=")
		switch {
		case arg == "" || arg[0] != '-' || given != name: // no flag, or another one
		case hasValue:
			return value
		case i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			return args[i+1]
		}
	}
	return ""
}

var bare = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// Quote returns words as a command line for a POSIX shell.
func Quote(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if !bare.MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
