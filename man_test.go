//go:build unix

package main

import (
	"io"
	"os"
	"regexp"
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
	app.Description = "Flags may stand before or after arguments. Of **new** and **adopt** those whose text begins with a capital letter are the questions of the pack web, and another pack has others: **scaffold new --pack NAME --help** lists them."
	prepareForMan(app.Commands, "scaffold")
	page, err := app.ToManWithSection(1)
	if err != nil {
		t.Fatal(err)
	}
	usage := ".EX\n" + app.UsageText + "\n.EE\n"
	const help = "\\fB--help, -h\\fP: show help\n"
	for _, r := range []struct{ found, want string }{
		{".SH SYNOPSIS\nscaffold\n\n.EX\n[--help|-h]\n.EE\n", ".SH SYNOPSIS\n" + usage}, // flags are all that ToMan knows of it
		{"\n.PP\n\\fBUsage\\fP:\n\n" + usage, ""},                                       // which is the synopsis again
		{help, help + "\n.PP\n\\fB--version, -v\\fP: print the version\n"},              // which the parser adds later
	} {
		if !strings.Contains(page, r.found) {
			t.Fatalf("there is no %q", r.found)
		}
		page = strings.Replace(page, r.found, r.want, 1)
	}
	page = nameValues(page, app.Commands)
	for _, text := range []string{console.TopicsHelp(topics), console.EnvironmentHelp, console.ExitHelp} {
		title, text, _ := strings.Cut(strings.TrimPrefix(text, "\n"), ":\n")
		page += "\n.SH " + title + "\n.EX\n" + text + ".EE\n"
	}
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

// nameValues has each flag with a value name it, as the help does, because ToMan
// writes an empty text in its place. One that may be left out stands in brackets.
func nameValues(page string, commands []*cli.Command) string {
	optional := make(map[string]bool)
	var look func([]*cli.Command)
	look = func(commands []*cli.Command) {
		for _, c := range commands {
			for _, f := range c.Flags {
				if f, ok := f.(optionFlag); ok {
					optional[f.Names()[0]] = true
				}
			}
			look(c.Subcommands)
		}
	}
	look(commands)
	return flagLine.ReplaceAllStringFunc(page, func(line string) string {
		value := "=VALUE"
		if named := flagValue.FindStringSubmatch(line); named != nil {
			value = "=" + named[1]
		}
		name := flagLine.FindStringSubmatch(line)[1]
		if optional[name] {
			value = "[" + value + "]"
		}
		return strings.Replace(line, `=""`, value, 1)
	})
}

var (
	flagLine  = regexp.MustCompile(`(?m)^\\fB--([a-z-]+)\\fP="":.*$`)
	flagValue = regexp.MustCompile(`\\fB([A-Z=]+|all)\\fR`)
)

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
