package gateway

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, tt := range []struct {
		name  string
		args  string
		env   func(string) string
		check func(o Options) bool
		err   string // words of the error, or ""
	}{
		{"defaults", "", env(), func(o Options) bool {
			return o.BodyLimit == 10<<20 && o.ShutdownTimeout == 30*time.Second && o.MaxConns > 0 && o.Listen == ""
		}, ""},
		{"arguments", "-listen unix:/x -mount=/app -once", env(), func(o Options) bool {
			return o.Listen == "unix:/x" && o.Mount == "/app" && o.Once
		}, ""},
		{"environment", "", env("APP_BODY_LIMIT", "7", "APP_ALLOW_ROOT", "1", "APP_SHUTDOWN_TIMEOUT", "5s"), func(o Options) bool {
			return o.BodyLimit == 7 && o.AllowRoot && o.ShutdownTimeout == 5*time.Second
		}, ""},
		{"arguments win", "-body-limit 8", env("APP_BODY_LIMIT", "7"), func(o Options) bool { return o.BodyLimit == 8 }, ""},
		{"empty is unset", "", env("APP_BODY_LIMIT", ""), func(o Options) bool { return o.BodyLimit == 10<<20 }, ""},
		{"bad variable", "", env("APP_BODY_LIMIT", "much"), nil, `variable APP_BODY_LIMIT="much"; -body-limit`},
		{"every bad variable", "", env("APP_BODY_LIMIT", "much", "APP_ONCE", "maybe"), nil, "APP_BODY_LIMIT; APP_ONCE"},
		{"bad value", "-max-conns few", env(), nil, `"few"; -max-conns; -help`},
		{"unknown flag", "-port 80", env(), nil, "-port; -help"},
		{"left over", "-allow-root false", env(), nil, `"false"; -name=value`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var o Options
			var printed strings.Builder
			fs := flag.NewFlagSet("app", flag.ContinueOnError)
			fs.SetOutput(&printed)
			o.Flags(fs)
			err := Parse(fs, strings.Fields(tt.args), tt.env)
			if printed.Len() > 0 {
				t.Errorf("printed %q", printed.String())
			}
			if tt.err != "" {
				wantWords(t, err, tt.err)
			} else if err != nil || !tt.check(o) {
				t.Errorf("error %v, options %+v", err, o)
			}
		})
	}
}

// A variable of the surroundings must not turn the program to an errand.
func TestParseLeavesErrandsToArguments(t *testing.T) {
	fs := flag.NewFlagSet("app", flag.ContinueOnError)
	version := fs.Bool("version", false, "")
	getenv := func(name string) string { return map[string]string{"APP_VERSION": "1.2.3"}[name] }
	if err := Parse(fs, nil, getenv); err != nil || *version {
		t.Errorf("APP_VERSION=1.2.3: error %v, version %v", err, *version)
	}
}

// wantWords checks that err says each of words, parted by "; ".
func wantWords(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one that says %s", words)
		return
	}
	for word := range strings.SplitSeq(words, "; ") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %s", err, word)
		}
	}
}

func TestParseHelp(t *testing.T) {
	var o Options
	var printed strings.Builder
	fs := flag.NewFlagSet("app", flag.ExitOnError) // must not exit here
	fs.SetOutput(&printed)
	o.Flags(fs)
	err := Parse(fs, []string{"-help"}, os.Getenv)
	if !errors.Is(err, flag.ErrHelp) || fs.ErrorHandling() != flag.ExitOnError {
		t.Errorf("error %v, handling %v", err, fs.ErrorHandling())
	}
	for _, name := range []string{"-listen", "-transport", "-mount", "-body-limit", "-trusted-proxies", "-shutdown-timeout", "-max-conns", "-allow-root", "-once", "-trusted-peers", "-log-format", "-log-level", "10485760", "30s"} {
		if !strings.Contains(printed.String(), name) {
			t.Errorf("help lacks %s:\n%s", name, printed.String())
		}
	}
}
