//go:build unix

package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"scaffold/generator/console"
	"scaffold/generator/source"
)

const manPage = "docs/scaffold.1"

// The man page says what the commands and flags are. With -update it is written anew.
func TestManPage(t *testing.T) {
	p := program{&console.Console{Out: io.Discard, Err: io.Discard, Finder: finder()}}
	g, err := p.LoadPack(t.Context(), source.Default)
	if err != nil {
		t.Fatal(err)
	}
	app := p.app(g)
	app.UsageText = "scaffold COMMAND [ARGUMENT...] [FLAG...]"
	app.Description = "Flags may stand before or after arguments. Those of **new** with a capital are the questions of the pack web; another pack has others."
	prepareForMan(app.Commands, "scaffold")
	page, err := app.ToManWithSection(1)
	if err != nil {
		t.Fatal(err)
	}
	const found = ".SH SYNOPSIS\nscaffold\n\n.EX\n[--help|-h]\n.EE\n" // flags are all that ToMan knows of it
	if !strings.Contains(page, found) {
		t.Fatalf("the synopsis is not %q", found)
	}
	page = strings.Replace(page, found, ".SH SYNOPSIS\n.EX\n"+app.UsageText+"\n.EE\n", 1)
	page += "\n.SH EXIT STATUS\n.EX\n" + strings.TrimPrefix(console.ExitHelp, "\nEXIT STATUS:\n") + ".EE\n"
	if *update {
		if err := os.WriteFile(manPage, []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(manPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), page); diff != "" {
		t.Errorf("%s is not what the commands say; go test . -run TestManPage -update writes it anew (-have +want):\n%s", manPage, diff)
	}
}

// prepareForMan gives commands the text that ToMan shows, because it knows neither
// arguments nor descriptions, and takes brackets for links.
func prepareForMan(commands []*cli.Command, before string) {
	for _, c := range commands {
		name := before + " " + c.Name
		c.UsageText = strings.TrimSpace(name+" "+c.ArgsUsage) + "\n\n" + c.Description
		for _, f := range c.Flags {
			switch f := f.(type) {
			case *cli.StringFlag:
				f.Usage = strings.ReplaceAll(f.Usage, "[", `\[`)
			case *cli.StringSliceFlag:
				f.Usage = strings.ReplaceAll(f.Usage, "[", `\[`)
			}
		}
		prepareForMan(c.Subcommands, name)
	}
}
