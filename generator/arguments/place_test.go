package arguments

import (
	"fmt"
	"strings"
	"testing"
)

// shownPlace writes a place as a line: the command, then what may stand there.
func shownPlace(p Place) string {
	var s []string
	if p.Command != "" {
		s = append(s, p.Command+":")
	}
	if p.Flag != "" {
		s = append(s, fmt.Sprintf("--%s=", p.Flag))
	}
	if p.Arg {
		s = append(s, fmt.Sprintf("argument %d", len(p.Args)+1))
	}
	if len(p.Words) > 0 {
		s = append(s, strings.Join(p.Words, " "))
	}
	s = append(s, fmt.Sprintf("%q", p.Typed))
	if p.Before != "" {
		s = append(s, "after "+p.Before)
	}
	return strings.Join(s, " ")
}

// Each line is what follows the program's name; the last word is being typed.
func TestLocate(t *testing.T) {
	const all = "--style --set --transport --pack --dry-run --no-cache --help"
	for _, tt := range []struct{ line, want string }{
		// Commands, also below others and after help.
		{"''", `new regenerate update help pack ""`},
		{"ne", `new regenerate update help pack "ne"`},
		{"help ''", `new regenerate update help pack ""`},
		{"--help pa", `new regenerate update help pack "pa"`},
		{"help pack ''", `pack: list show ""`},
		{"pack ''", `pack: list show ""`},
		{"pack help ''", `pack: list show ""`},
		{"--", `--help --version "--"`},
		{"pack l", `pack: list show "l"`},
		// Flags, but for those that are given and may not be again.
		{"new --", `new: argument 1 ` + all + ` "--"`},
		{"new hello ''", `new: ` + all + ` ""`},
		{"update --", `regenerate: argument 1 --style --set "--"`},
		{"new --style func --set a=b --no-dry-run --", `new: argument 1 --set --transport --pack --no-cache --help "--"`},
		{"new --no-", `new: argument 1 --style --set --transport --pack --dry-run --no-dry-run --no-cache --no-no-cache --help "--no-"`},
		// The value of one, after a space or a =.
		{"new --style ''", `new: --style= ""`},
		{"new --style fu", `new: --style= "fu"`},
		{"new hello -style fu", `new: --style= "fu"`},
		{"new --style -", `new: --style= "-"`},
		{"new --style=fu", `new: --style= "fu" after --style=`},
		{"new --style=", `new: --style= "" after --style=`},
		{"new --set style=fu", `new: --set= "style=fu"`},
		{"new --set=style=fu", `new: --set= "style=fu" after --set=`},
		{"new --dry-run=", `new: --dry-run= true false "" after --dry-run=`},
		{"new --nope=x", `new: "x" after --nope=`},
		{"new --dry-run ''", `new: argument 1 --style --set --transport --pack --no-cache --help ""`},
		// Arguments, also behind --, where nothing is a flag.
		{"new -- --", `new: argument 1 "--"`},
		{"new -- a ''", `new: ""`},
		{"new --style func he", `new: argument 1 --set --transport --pack --dry-run --no-cache --help "he"`},
		{"regenerate a b ''", `regenerate: argument 3 --style --set ""`},
		{"pack show ''", `pack show: argument 1 --json ""`},
		{"pack list ''", `pack list: --help ""`},
		{"new -", `new: argument 1 ` + all + ` "-"`},
		// Nothing is known after what is wrong.
		{"nwe ''", `""`},
		{"--dry-run ''", `new regenerate update help pack ""`},
	} {
		if got := shownPlace(Locate(fields(tt.line), commands)); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.line, got, tt.want)
		}
	}
}

// What shells ask with, today and in the past.
func TestAsked(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"scaffold --complete new --st", `["new" "--st"]`},
		{"scaffold --complete ''", `[""]`},
		{"scaffold --complete", `[""]`},
		{"scaffold new hello --generate-bash-completion", `["new" "hello" ""]`},
		{"scaffold --generate-bash-completion", `[""]`},
		{"scaffold new --complete", ""},
		{"scaffold", ""},
	} {
		words, asked := Asked(fields(tt.args))
		if got := fmt.Sprintf("%q", words); asked && got != tt.want || asked != (tt.want != "") {
			t.Errorf("%s: got %s, %v; want %s", tt.args, got, asked, tt.want)
		}
	}
}

// What follows a flag whose value may be left out is an argument.
func TestLocateOption(t *testing.T) {
	c := Command{Name: "regenerate", Args: "[DIR...]", Flags: []Flag{{Name: "verify", Option: true, Filled: true}}}
	if p := Locate([]string{"regenerate", "--verify", "he"}, []Command{c}); !p.Arg || p.Flag != "" {
		t.Errorf("behind --verify: got %+v, want an argument", p)
	}
}
