package gateway

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Parse fills each setting of fs from its variable, such as APP_BODY_LIMIT for
// -body-limit, where getenv has one that is not empty, and then from args,
// which win. What is left over is an error. Nothing is printed except the
// usage that -help asks for, which goes to fs.Output with flag.ErrHelp as the
// error.
func Parse(fs *flag.FlagSet, args []string, getenv func(string) string) error {
	if err := fromEnv(fs, getenv); err != nil {
		return err
	}
	err := parseQuietly(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(fs)
		return err
	case err != nil:
		return fmt.Errorf("%w; -help lists the flags", err)
	case fs.NArg() > 0:
		return fmt.Errorf("argument %q: only flags are taken, each as -name=value; -help lists them", fs.Arg(0))
	}
	return nil
}

// fromEnv reports every bad variable, not only the first.
func fromEnv(fs *flag.FlagSet, getenv func(string) string) error {
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		name := variable(f.Name)
		v := getenv(name)
		if v == "" || slices.Contains(errands, f.Name) {
			return
		}
		if err := fs.Set(f.Name, v); err != nil {
			errs = append(errs, fmt.Errorf("variable %s=%q: %w; unset it or give it a value that -%s takes", name, v, err, f.Name))
		}
	})
	return errors.Join(errs...)
}

// errands are flags that ask for something else than serving: a variable that
// happens to have such a name, as APP_VERSION may, must not.
var errands = []string{"version", "preflight", "healthcheck", "help"}

func variable(flag string) string {
	return "APP_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// parseQuietly keeps fs from printing errors and from ending the program,
// whatever it was made for.
func parseQuietly(fs *flag.FlagSet, args []string) error {
	out, help, handling := fs.Output(), fs.Usage, fs.ErrorHandling()
	defer func() {
		fs.Init(fs.Name(), handling)
		fs.SetOutput(out)
		fs.Usage = help
	}()
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs.Parse(args)
}

func usage(fs *flag.FlagSet) {
	if fs.Usage != nil {
		fs.Usage()
		return
	}
	fmt.Fprintf(fs.Output(), "Usage of %s:\n", fs.Name())
	fs.PrintDefaults()
}
