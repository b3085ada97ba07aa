// Package cmdline puts the arguments of one command in order before a flag
// parser sees them, and writes command lines that can be pasted.
//
// The parser in use stops at the first positional argument and takes all the
// rest for arguments, silently: `new hello --dry-run` would be a real run. It
// also lets a flag's value be the next flag. [Reorder] refuses or repairs all of
// that, so that the parser gets flags first, each as --name=value. What may stand
// at a place of a command line that is being typed is [Locate]'s.
package cmdline

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"scaffold/generator/problem"
)

// A Flag is one flag a command knows.
type Flag struct {
	Name   string // without dashes in front, and without underscores
	Short  string // one letter, or ""
	Bool   bool   // takes no value, or one after =; --no-NAME is --NAME=false
	Repeat bool   // may be given more than once
	Filled bool   // an empty value is a slip: an unset variable in a script

	Value   string   // what a value is called: FILE
	Choices []string // the values there are, if they are few
}

// Reorder returns args with all flags first, each as --name=value, then "--",
// then the positional arguments of the command, which is called name. Everything
// wrong is reported at once, as input errors, before anything is done.
func Reorder(name string, args []string, c Command) ([]string, error) {
	r := reorder{name: name, command: c}
	for len(args) > 0 {
		args = r.next(args)
	}
	if most := c.most(); len(r.positional) > most && len(r.errs) == 0 { // or it is the value of an unknown flag
		r.fail("unexpected argument %q: %s takes %s", r.positional[most], name, onlyThat(c.argument()))
	}
	if slices.Contains(r.positional, "") {
		r.fail("%s of %s is empty", cmp.Or(c.argument(), "an argument"), name)
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, problem.WithHint(err, "scaffold %s --help lists the flags and arguments", name)
	}
	return append(append(r.out, "--"), r.positional...), nil
}

func onlyThat(argument string) string {
	if argument == "" {
		return "no argument"
	}
	return "only " + argument
}

type reorder struct {
	name       string
	command    Command
	out        []string
	positional []string
	seen       []string // as they were spelt: NAME or no-NAME
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
	f, spelt, ok := find(r.command.Flags, name)
	if !ok {
		r.unknown(arg, name)
		return rest
	}
	r.once(f, spelt)
	switch {
	case f.Bool:
		value, rest = r.yesOrNo(f, spelt, value, hasValue, rest)
	case !hasValue:
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
			r.fail("--%s needs a value: %s", f.Name, f.value())
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

// once refuses a flag that was given before, also by its opposite.
func (r *reorder) once(f Flag, spelt string) {
	switch before := func(name string) bool { return slices.Contains(r.seen, name) }; {
	case f.Repeat:
	case before(spelt):
		r.fail("--%s is given twice", spelt)
	case before(f.Name), before(no + f.Name):
		r.fail("--%s and --no-%s exclude each other", f.Name, f.Name)
	}
	r.seen = append(r.seen, spelt)
}

// yesOrNo returns the value of a flag that needs none.
func (r *reorder) yesOrNo(f Flag, spelt, value string, hasValue bool, rest []string) (string, []string) {
	switch {
	case !hasValue && len(rest) > 0 && slices.Contains([]string{"true", "false", "yes", "no"}, rest[0]):
		r.fail("--%s %s: want --%s or --no-%s, and no word after it", spelt, rest[0], f.Name, f.Name)
		return value, rest[1:]
	case hasValue && (spelt != f.Name || value != "true" && value != "false"):
		r.fail("--%s=%s: want --%s or --no-%s", spelt, value, f.Name, f.Name)
	case !hasValue:
		value = strconv.FormatBool(spelt == f.Name)
	}
	return value, rest
}

// undashed returns a flag without its dashes. One or two are the same; with more
// it is no flag's name.
func undashed(arg string) string {
	return strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
}

// no stands before the name of a flag without a value, to deny it.
const no = "no-"

// find returns the flag called name, and how it is spelt: its name, or that after
// no-. A dash and an underscore are one.
func find(flags []Flag, name string) (f Flag, spelt string, ok bool) {
	name = strings.ReplaceAll(name, "_", "-")
	for _, f := range flags {
		if f.Name == name || f.Short == name && name != "" {
			return f, f.Name, true
		}
	}
	for _, f := range flags {
		if f.Bool && no+f.Name == name {
			return f, name, true
		}
	}
	return Flag{}, "", false
}

// value says what is missing.
func (f Flag) value() string {
	if len(f.Choices) > 0 {
		return "one of " + strings.Join(f.Choices, ", ")
	}
	return "--" + f.Name + "=" + cmp.Or(f.Value, "VALUE")
}

// unknown reports a flag that there is not, with the nearest.
func (r *reorder) unknown(arg, name string) {
	var names []string
	for _, f := range r.command.Flags {
		names = append(names, f.Name)
		if f.Bool {
			names = append(names, no+f.Name)
		}
	}
	near := cmp.Or(problem.Nearest(name, names), problem.Nearest(strings.TrimPrefix(name, no), names))
	if near != "" {
		near = ": did you mean --" + near + "?"
	}
	r.fail("%s has no flag %s%s", r.name, arg, near)
	if last := len(r.errs) - 1; r.command.Hint != "" {
		r.errs[last] = problem.WithHint(r.errs[last], "%s", r.command.Hint)
	}
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
