package plan

import (
	"io/fs"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// A side is written as "" for absent, else the content; a leading * makes it
// executable, @ a symbolic link, ! a once-file of template a, !! of template b.
func side(t *testing.T, text string) tree.Tree {
	t.Helper()
	if text == "" {
		return tree.Tree{}
	}
	f := tree.File{Path: "f", Mode: tree.ModeFile, Origin: "a"}
	switch {
	case strings.HasPrefix(text, "*"):
		f.Mode, text = tree.ModeExec, text[1:]
	case strings.HasPrefix(text, "@"):
		f.Mode, text = fs.ModeSymlink|0o777, text[1:]
	case strings.HasPrefix(text, "!!"):
		f.Once, f.Origin, text = true, "b", text[2:]
	case strings.HasPrefix(text, "!"):
		f.Once, text = true, text[1:]
	}
	f.Data = []byte(text)
	made, err := tree.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

const three = "1\n2\n3\n4\n5\n6\n"

func TestTable(t *testing.T) {
	tests := []struct {
		name               string
		base, ours, theirs string
		verb               Verb
		to                 string // "" where nothing is written
		after              string
		named              bool
	}{
		{"deleted by both", "x\n", "", "", Forget, "", "", false},
		{"both made the same change", "x\n", "y\n", "y\n", Keep, "", "", false},
		{"a file of the user's that the template now writes alike", "", "y\n", "y\n", Keep, "", "", false},
		{"only the user changed it", "x\n", "y\n", "x\n", Keep, "", "", false},
		{"only the user deleted it", "x\n", "", "x\n", Keep, "", "", false},
		{"the user made it a link and the template left it alone", "x\n", "@x\n", "x\n", Keep, "", "", false},
		{"once: the template's change is not for them", "!x\n", "y\n", "!z\n", Keep, "", "", false},
		{"once: another template, untouched", "!x\n", "x\n", "!!z\n", Update, "f", "z\n", true},
		{"once: another template, edited", "!x\n", "y\n", "!!z\n", Conflict, "f.scaffold-new", "z\n", true},
		{"a link stands where the template changed a file", "x\n", "@x\n", "y\n", Conflict, "f.scaffold-new", "y\n", true},
		{"a link stands where the template adds a file", "", "@x\n", "y\n", Conflict, "f.scaffold-new", "y\n", true},
		{"deleted by the user, changed by the template", "x\n", "", "y\n", Keep, "", "", true},
		{"only the template changed it", "x\n", "x\n", "y\n", Update, "f", "y\n", true},
		{"only the template made it executable", "x\n", "x\n", "*x\n", Update, "f", "x\n", true},
		{"only the template dropped it", "x\n", "x\n", "", Delete, "", "", true},
		{"the template dropped what the user changed", "x\n", "y\n", "", Keep, "", "", true},
		{"new in the template", "", "", "y\n", Create, "f", "y\n", true},
		{"both added it, differently", "", "x\n", "y\n", Conflict, "f", "", true},
		{"binary, changed by both", "x\x00", "y\x00", "z\x00", Conflict, "f.scaffold-new", "z\x00", true},
		{"binary, added by both", "", "y\x00", "z\x00", Conflict, "f.scaffold-new", "z\x00", true},
		{"far apart", three, "0\n" + three, three + "7\n", Merge, "f", "0\n" + three + "7\n", true},
		{"on top of each other", "x\n", "y\n", "z\n", Conflict, "f", "", true},
		{"one side edits, the other makes it executable", "x\n", "y\n", "*x\n", Merge, "f", "y\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Make(side(t, tt.base), side(t, tt.ours), side(t, tt.theirs), Options{})
			if len(p.Steps) != 1 {
				t.Fatalf("got %d steps, want 1", len(p.Steps))
			}
			s := p.Steps[0]
			if s.Verb != tt.verb || s.Named != tt.named {
				t.Errorf("got %s (named %v), want %s (named %v)", s.Verb, s.Named, tt.verb, tt.named)
			}
			if wrote := s.After != nil; wrote != (tt.to != "") {
				t.Fatalf("writes: %v, want it to go to %q", wrote, tt.to)
			}
			if tt.to == "" {
				return
			}
			if s.To != tt.to {
				t.Errorf("written to %q, want %q", s.To, tt.to)
			}
			if got := string(s.After.Data); tt.after != "" && got != tt.after {
				t.Errorf("writes %q, want %q", got, tt.after)
			}
		})
	}
}

func TestTheExecutableBitSurvivesEitherSide(t *testing.T) {
	for _, sides := range [][3]string{{"x\n", "*x\n", "y\n"}, {"x\n", "z\n" + three, "*x\n"}, {"x\n", "*y\n", "z\n"}} {
		p := Make(side(t, sides[0]), side(t, sides[1]), side(t, sides[2]), Options{})
		if after := p.Steps[0].After; after == nil || after.Mode != tree.ModeExec {
			t.Errorf("%q: got %+v, want an executable file", sides, after)
		}
	}
}

func TestUserFilesAreNoneOfOurBusiness(t *testing.T) {
	if p := Make(tree.Tree{}, side(t, "secret\n"), tree.Tree{}, Options{}); len(p.Steps) != 0 {
		t.Errorf("planned %v for a file that only the user has", p.Steps)
	}
}
