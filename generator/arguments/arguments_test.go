package arguments

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/problem"
)

var flags = []Flag{
	{Name: "style", Choices: []string{"func", "struct"}},
	{Name: "set", Repeat: true, Value: "KEY=VALUE"},
	{Name: "transport", Repeat: true},
	{Name: "pack", Filled: true},
	{Name: "dry-run", Short: "n", Bool: true},
	{Name: "no-cache", Bool: true},
	{Name: "help", Short: "h", Bool: true},
}

// Each word is an argument; ” is an empty one. One positional argument is
// taken. A want that starts with ! is the error, all of it.
var reorderTests = []struct{ args, want string }{
	{"", "--"},
	{"hello", "-- hello"},
	{"-", "-- -"},
	// Flags may follow what they are about.
	{"hello --dry-run", "--dry-run=true -- hello"},
	{"hello --style func", "--style=func -- hello"},
	{"--style func hello --dry-run", "--style=func --dry-run=true -- hello"},
	{"--dry-run hello --style=func", "--dry-run=true --style=func -- hello"},
	// All spellings of a flag come to one.
	{"-style func", "--style=func --"},
	{"-style=func", "--style=func --"},
	{"-n", "--dry-run=true --"},
	{"--n", "--dry-run=true --"},
	{"--dry-run=true", "--dry-run=true --"},
	{"--dry-run=false", "--dry-run=false --"},
	{"--no-dry-run", "--dry-run=false --"},
	{"-no-dry-run", "--dry-run=false --"},
	{"--dry_run", "--dry-run=true --"},
	{"--no_dry_run hello", "--dry-run=false -- hello"},
	{"--no-cache", "--no-cache=true --"},
	{"--no-no-cache", "--no-cache=false --"},
	// A value is all that follows the first =, and may be empty or a dash.
	{"--style=a=b", "--style=a=b --"},
	{"--style=", "--style= --"},
	{"--style ''", "--style= --"},
	{"--style -", "--style=- --"},
	{"--style=-x", "--style=-x --"},
	{"--style=--dry-run", "--style=--dry-run --"},
	{"--set a=1 --set b=2", "--set=a=1 --set=b=2 --"},
	{"--transport http --transport fcgi", "--transport=http --transport=fcgi --"},
	// After -- nothing is a flag.
	{"-- -rf", "-- -rf"},
	{"-- --dry-run", "-- --dry-run"},
	{"--dry-run -- --style", "--dry-run=true -- --style"},
	{"-- --", "-- --"},
	{"--", "--"},

	// The next flag is no value: it would vanish.
	{"--style --dry-run", "!--style needs a value: one of func, struct"},
	{"--style -n", "!--style needs a value: one of func, struct"},
	{"--style --", "!--style needs a value: one of func, struct"},
	{"hello --style", "!--style needs a value: one of func, struct"},
	{"--set", "!--set needs a value: --set=KEY=VALUE"},
	{"--pack", "!--pack needs a value: --pack=VALUE"},
	// Given twice, whichever the spellings.
	{"--style func --style struct", "!--style is given twice"},
	{"--style=func -style=func", "!--style is given twice"},
	{"-n --dry-run", "!--dry-run is given twice"},
	{"--no-dry-run --no-dry-run", "!--no-dry-run is given twice"},
	{"--dry-run=false --dry-run", "!--dry-run is given twice"},
	{"--dry-run --no-dry-run", "!--dry-run and --no-dry-run exclude each other"},
	{"--no-dry-run hello -n", "!--dry-run and --no-dry-run exclude each other"},
	// A switch takes no word after it.
	{"--dry-run=1", "!--dry-run=1: want --dry-run or --no-dry-run"},
	{"--dry-run=", "!--dry-run=: want --dry-run or --no-dry-run"},
	{"--dry-run=yes", "!--dry-run=yes: want --dry-run or --no-dry-run"},
	{"--dry-run false", "!--dry-run false: want --dry-run or --no-dry-run, and no word after it"},
	{"--dry-run no", "!--dry-run no: want --dry-run or --no-dry-run, and no word after it"},
	{"--no-dry-run yes", "!--no-dry-run yes: want --dry-run or --no-dry-run, and no word after it"},
	{"--no-dry-run=true", "!--no-dry-run=true: want --dry-run or --no-dry-run"},
	// An unset variable in a script.
	{"--pack=", "!--pack is empty"},
	{"--pack ''", "!--pack is empty"},
	{"''", "!PATH of new is empty"},
	// Unknown flags, with what is nearest.
	{"--stlye func", "!new has no flag --stlye: did you mean --style?"},
	{"--dryrun", "!new has no flag --dryrun: did you mean --dry-run?"},
	{"--no-dyr-run", "!new has no flag --no-dyr-run: did you mean --no-dry-run?"},
	{"--no-style", "!new has no flag --no-style: did you mean --style?"},
	{"--trans http", "!new has no flag --trans: did you mean --transport?"},
	{"--port=80", "!new has no flag --port=80"},
	{"-rf", "!new has no flag -rf"},
	{"---style=func", "!new has no flag ---style=func: did you mean --style?"},
	{"--=x", "!new has no flag --=x"},
	{"---", "!new has no flag ---"},
	// Too many arguments.
	{"hello world", `!unexpected argument "world": new takes only PATH`},
	{"hello -- world", `!unexpected argument "world": new takes only PATH`},
	// All that is wrong at once; the value of an unknown flag is not counted.
	{"a --nope b --dryrun --style", "!new has no flag --nope\nnew has no flag --dryrun: did you mean --dry-run?\n--style needs a value: one of func, struct"},
}

func fields(line string) []string {
	words := strings.Fields(line)
	for i, w := range words {
		if w == "''" {
			words[i] = ""
		}
	}
	return words
}

func TestOrderArguments(t *testing.T) {
	for _, tt := range reorderTests {
		got, err := orderArguments("new", fields(tt.args), commands[0])
		if wrong, ok := strings.CutPrefix(tt.want, "!"); ok {
			if err == nil || err.Error() != wrong || got != nil {
				t.Errorf("%s:\ngot  %q, %v\nwant %s", tt.args, got, err, wrong)
			} else if !problem.IsInput(err) || len(problem.Hints(err)) != 1 {
				t.Errorf("%s: input error: %v, hints: %q", tt.args, problem.IsInput(err), problem.Hints(err))
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s:\ngot  %q, %v\nwant %s", tt.args, got, err, tt.want)
		}
	}
}

// A value that may be left out stands behind =; what follows the flag is an argument.
// The parser gets an empty value for none, and so nobody else may give one.
func TestOrderOptions(t *testing.T) {
	c := Command{Args: "[DIR...]", Flags: []Flag{{Name: "verify", Option: true, Filled: true}, {Name: "check", Bool: true}}}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--verify"}, "--verify= --"},
		{[]string{"--verify", "hello"}, "--verify= -- hello"},
		{[]string{"hello", "-verify", "--check"}, "--verify= --check=true -- hello"},
		{[]string{"--verify=make test", "hello"}, "--verify=make test -- hello"},
		{[]string{"--verify=a=b"}, "--verify=a=b --"},
		{[]string{"--verify=-x"}, "--verify=-x --"},
		{[]string{"--verify="}, "!--verify is empty"},
		{[]string{"--verify", "--verify=x"}, "!--verify is given twice"},
		{[]string{"--no-verify"}, "!regenerate has no flag --no-verify: did you mean --verify?"},
	} {
		got, err := orderArguments("regenerate", tt.args, c)
		shown := strings.Join(got, " ")
		if err != nil {
			shown = "!" + err.Error()
		}
		if shown != tt.want {
			t.Errorf("%q: got %s, want %s", tt.args, shown, tt.want)
		}
	}
}

// What orderArguments returns it returns again: a parser that stops at the first
// positional argument sees all flags, and nothing else as one.
func FuzzOrderArguments(f *testing.F) {
	for _, tt := range reorderTests {
		f.Add(tt.args)
	}
	f.Fuzz(func(t *testing.T, line string) {
		once, err := orderArguments("new", fields(line), commands[0])
		if err != nil {
			return
		}
		twice, err := orderArguments("new", once, commands[0])
		if err != nil || !slices.Equal(once, twice) {
			t.Errorf("%q: %q, then %q, %v", line, once, twice, err)
		}
		end := slices.Index(once, "--")
		for _, arg := range once[:end] {
			if !strings.HasPrefix(arg, "--") || !strings.Contains(arg, "=") {
				t.Errorf("%q: %q stands among the flags", line, arg)
			}
		}
	})
}

func TestHowManyArguments(t *testing.T) {
	for usage, want := range map[string]string{
		"":              `unexpected argument "a": list takes no argument`,
		"DIR":           `unexpected argument "b": list takes only DIR`,
		"[NAME|FOLDER]": `unexpected argument "b": list takes only NAME|FOLDER`,
		"FILE...":       "<nil>",
		"[FILE...]":     "<nil>",
	} {
		if _, err := orderArguments("list", []string{"a", "b", "c"}, Command{Args: usage}); fmt.Sprint(err) != want {
			t.Errorf("%s: got %v, want %s", usage, err, want)
		}
	}
}

var commands = []Command{
	{Name: "new", Args: "[PATH]", Flags: flags},
	{Name: "regenerate", Aliases: []string{"update"}, Args: "[DIR...]", Flags: flags[:2], Hint: "use --set"},
	{Name: "help", Args: "[COMMAND]"},
	{Name: "pack", Commands: []Command{
		{Name: "list", Flags: []Flag{{Name: "help", Short: "h", Bool: true}}},
		{Name: "show", Args: "[NAME]", Flags: []Flag{{Name: "json", Bool: true}}},
	}},
}

func TestOrder(t *testing.T) {
	tests := []struct{ args, want string }{
		{"scaffold", "scaffold"},
		{"scaffold new hello --dry-run", "scaffold new --dry-run=true -- hello"},
		{"scaffold new", "scaffold new --"},
		{"scaffold pack show web --json", "scaffold pack show --json=true -- web"},
		{"scaffold pack list", "scaffold pack list --"},
		// A group alone, and what the parser itself answers.
		{"scaffold pack", "scaffold pack"},
		{"scaffold pack --help", "scaffold pack --help"},
		{"scaffold --help", "scaffold --help"},
		{"scaffold -h", "scaffold --help"},
		{"scaffold -help", "scaffold --help"},
		{"scaffold help", "scaffold --help"},
		{"scaffold -h new", "scaffold new --help"},
		{"scaffold --help pack show", "scaffold pack show --help"},
		{"scaffold help new", "scaffold new --help"},
		{"scaffold help new hello --nope", "scaffold new --help"},
		{"scaffold help update", "scaffold update --help"},
		{"scaffold help pack", "scaffold pack --help"},
		{"scaffold help pack show", "scaffold pack show --help"},
		{"scaffold help help", "scaffold help --help"},
		{"scaffold pack help", "scaffold pack --help"},
		{"scaffold pack help show", "scaffold pack show --help"},
		{"scaffold new help", "scaffold new -- help"},
		{"scaffold new -help", "scaffold new --help"},
		{"scaffold new --help=true", "scaffold new --help"},
		{"scaffold --version", "scaffold --version"},
		{"scaffold -v", "scaffold --version"},
		{"scaffold new hello --help", "scaffold new --help"},
		{"scaffold pack list -h", "scaffold pack list --help"},
		// What looks like a command below another is an argument.
		{"scaffold new pack", "scaffold new -- pack"},

		{"scaffold --dry-run new hello", "!flag --dry-run stands where a command should"},
		{"scaffold help nwe", `!there is no command or topic "nwe": did you mean "new"?`},
		{"scaffold help conflictz", `!there is no command or topic "conflictz": did you mean "conflicts"?`},
		{"scaffold help upgrade", `!there is no command or topic "upgrade": did you mean "regenerate"?`},
		{"scaffold --help nonsense", `!there is no command or topic "nonsense"`},
		{"scaffold help pack conflictz", `!there is no command "pack conflictz"`},
		{"scaffold conflicts", `!there is no command "conflicts": did you mean "help conflicts"?`},
		{"scaffold conflictz", `!there is no command "conflictz"`},
		{"scaffold help pack lst", `!there is no command "pack lst": did you mean "list"?`},
		{"scaffold pack help lst", `!there is no command "pack lst": did you mean "list"?`},
		{"scaffold --hlep", "!flag --hlep stands where a command should: did you mean --help?"},
		{"scaffold updaet", `!there is no command "updaet": did you mean "update"?`},
		{"scaffold regen", `!there is no command "regen": did you mean "regenerate"?`},
		{"scaffold NEW", `!there is no command "NEW": did you mean "new"?`},
		{"scaffold upgrade", `!there is no command "upgrade": did you mean "regenerate"?`},
		{"scaffold show web", `!there is no command "show": did you mean "pack show"?`},
		{"scaffold init hello", `!there is no command "init": did you mean "new"?`},
		{"scaffold create hello", `!there is no command "create": did you mean "new"?`},
		{"scaffold -rf", "!flag -rf stands where a command should"},
		{"scaffold -- new", "!flag -- stands where a command should"},
		{"scaffold nwe hello", `!there is no command "nwe": did you mean "new"?`},
		{"scaffold ''", `!there is no command ""`},
		{"scaffold hello", `!there is no command "hello"`},
		{"scaffold pack lst", `!there is no command "pack lst": did you mean "list"?`},
		{"scaffold pack web", `!there is no command "pack web"`},
		{"scaffold pack list web", `!unexpected argument "web": pack list takes no argument`},
		{"scaffold pack show --jsno", "!pack show has no flag --jsno: did you mean --json?"},
		{"scaffold new --nope a b", "!new has no flag --nope"},
		// A flag as other generators call it.
		{"scaffold new hello --data a=1", "!new has no flag --data: did you mean --set?"},
		{"scaffold new hello --template x", "!new has no flag --template: did you mean --pack?"},
	}
	for _, tt := range tests {
		args := fields(tt.args)
		before := slices.Clone(args)
		got, err := Order(args, commands, "conflicts", "json")
		if !slices.Equal(args, before) {
			t.Errorf("%s: the arguments were changed to %q", tt.args, args)
		}
		if wrong, ok := strings.CutPrefix(tt.want, "!"); ok {
			if err == nil || err.Error() != wrong {
				t.Errorf("%s:\ngot  %q, %v\nwant %s", tt.args, got, err, wrong)
			} else if !problem.IsInput(err) || len(problem.Hints(err)) == 0 {
				t.Errorf("%s: input error: %v, hints: %q", tt.args, problem.IsInput(err), problem.Hints(err))
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s:\ngot  %q, %v\nwant %s", tt.args, got, err, tt.want)
		}
	}
}

// The flags of new follow its pack, and so does the help that lists them.
func TestOrderHintOfPack(t *testing.T) {
	for args, want := range map[string]string{
		"scaffold new --nope":                 "scaffold new --help",
		"scaffold new a --pack wsgi --nope":   "scaffold new --pack wsgi --help",
		"scaffold regenerate --pack p --nope": "scaffold regenerate --help",
	} {
		_, err := Order(fields(args), commands)
		if hints := problem.Hints(err); len(hints) == 0 || !strings.HasPrefix(hints[0], want+" lists") {
			t.Errorf("%s: got %q", args, hints)
		}
	}
}

// What a command has to say of an unknown flag it says of no other mistake.
func TestOrderHintOfCommand(t *testing.T) {
	for args, want := range map[string]string{
		"scaffold regenerate --nope":    "use --set",
		"scaffold regenerate --style":   "scaffold regenerate --help lists the flags and arguments",
		"scaffold regenerate a '' --x":  "use --set",
		"scaffold regenerate -- --nope": "",
	} {
		_, err := Order(fields(args), commands, "conflicts", "json")
		if got := problem.Hints(err); len(got) == 0 && want != "" || len(got) > 0 && !slices.Contains(got, want) || len(got) > 1 && want != "use --set" {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
}

func TestOrderHints(t *testing.T) {
	for args, want := range map[string]string{
		"scaffold nope":                      "the commands are new, regenerate, help, pack",
		"scaffold pack nope":                 "the commands are list, show",
		"scaffold --dry-run":                 "the command comes first: scaffold new hello",
		"scaffold --dry-run new shop --json": "the command comes first: scaffold new --dry-run shop --json",
		"scaffold --set a=b new":             "the command comes first: scaffold new --set a=b",
	} {
		_, err := Order(fields(args), commands, "conflicts", "json")
		if got := problem.Hints(err); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got %q, want one that starts with %q", args, got, want)
		}
	}
}

func TestValue(t *testing.T) {
	tests := []struct{ args, want string }{
		{"new hello", ""},
		{"new hello --pack ./mine", "./mine"},
		{"new --pack=./mine hello", "./mine"},
		{"new -pack ./mine", "./mine"},
		{"new -pack=./mine", "./mine"},
		{"new --pack=a --pack=b", "a"},
		{"new --pack= --pack=b", ""},
		{"new --pack", ""},
		{"new --pack --dry-run", ""},
		{"new --package=x", ""},
		{"new pack x", ""},
		{"new pack=x", ""},
		{"new --set pack=x", ""},
		{"new --set pack=x --pack y", "y"},
		{"new ---pack=x", ""},
		{"new -- --pack=x", ""},
		{"new --pack -", ""},
	}
	for _, tt := range tests {
		if got := FlagValue(fields(tt.args), "pack"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.args, got, tt.want)
		}
	}
}
