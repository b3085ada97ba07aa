// Command scaffold writes ready-to-deploy web apps and keeps them up to date.
//
// This file is the table of commands and flags: each command turns its flags
// into options and makes one call. What happens then stands in package console,
// and why in package generator.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"scaffold/docs"
	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/arguments"
	"scaffold/generator/console"
	"scaffold/generator/form"
	"scaffold/generator/pack"
	"scaffold/generator/report"
	"scaffold/generator/source"
	"scaffold/templates"
)

// topics are what help prints beside the commands.
var topics = []console.Topic{
	{Name: "conflicts", Usage: "how what regenerate leaves is decided, by you or by a program", Text: docs.Conflicts},
	{Name: "deploying", Usage: "what goes where on a server, and other ways to run the app", Text: docs.Deploying},
	{Name: "fleet", Usage: "many projects, kept up to date by CI, Renovate and others", Text: docs.Fleet},
	{Name: "json", Usage: "every key of the reports as JSON", Text: docs.JSON},
	{Name: "packs", Usage: "all that packs can do, for those who write them", Text: docs.Packs},
	{Name: "regenerating", Usage: "what is merged, promised, in conflict and undone", Text: docs.Regenerating},
	{Name: "transports", Usage: "which transport and which web server to choose", Text: docs.Transports},
	{Name: "tutorial", Usage: "from a function that says hello to an upgrade, step by step", Text: docs.Tutorial},
	{Name: "wsgi", Usage: "the same in Python", Text: docs.WSGI},
}

func main() {
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program and returns its exit status. A signal cancels what it
// does, and a second one ends it there, because not all that waits, as for a
// reader of the output, can be interrupted.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	got := make(chan os.Signal, 2)
	signal.Notify(got, signals...)
	go func() {
		<-got
		second, _ := (<-got).(syscall.Signal)
		os.Exit(128 + int(second))
	}()
	p := program{&console.Console{In: in, Out: out, Err: errs, Color: chooseColor(), Lines: asksByLine(), Env: os.Environ(), Finder: finder(), Defaults: findDefaults()}}
	if err := console.CheckProcess(); err != nil {
		return p.Exit(err)
	}
	return p.Exit(p.run(ctx, args))
}

// chooseColor says where to colour, as the user's environment has it.
func chooseColor() console.Color {
	switch force := os.Getenv("FORCE_COLOR"); {
	case os.Getenv("NO_COLOR") != "":
		return console.Never
	case force != "" && force != "0" && force != "false":
		return console.Always
	case hasNoCursor():
		return console.Never
	}
	return console.Auto
}

// asksByLine reports whether a form would not be read: by a screen reader, or on a
// terminal without cursor movements.
func asksByLine() bool {
	return os.Getenv("ACCESSIBLE") != "" || hasNoCursor()
}

// hasNoCursor reports whether a terminal may take no more than text.
func hasNoCursor() bool {
	term, known := os.LookupEnv("TERM")
	return term == "dumb" || !known && runtime.GOOS != "windows" // where nothing sets it
}

// finder returns what finds packs. A user without a cache folder has no packs from
// repositories, which are mirrored there.
func finder() source.Finder {
	f := source.Finder{Builtin: templates.FS, Env: os.Environ(), Program: version()}
	if dir, err := os.UserCacheDir(); err == nil {
		f.Cache = filepath.Join(dir, "scaffold")
	}
	return f
}

// findDefaults says where the user's default answers are, and whether they count. In
// CI they do not, because a run there must not depend on whose machine it is.
func findDefaults() generator.Defaults {
	named := os.Getenv("SCAFFOLD_DEFAULTS")
	if named != "" && named != "off" {
		return generator.Defaults{File: named, Named: true}
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return generator.Defaults{Off: err.Error()}
	}
	d := generator.Defaults{File: filepath.Join(dir, "scaffold", "defaults.yaml")}
	switch {
	case named == "off":
		d.Off = "SCAFFOLD_DEFAULTS=off"
	case os.Getenv("CI") == "true":
		d.Off = "CI=true"
	}
	return d
}

type program struct{ *console.Console }

// run reads the pack before it parses the flags, because its questions are flags.
func (p program) run(ctx context.Context, args []string) error {
	if words, asked := arguments.Asked(args); asked {
		return p.complete(ctx, words)
	}
	if topic, ok := console.FindTopic(args, topics); ok {
		return p.PrintTopic(topic)
	}
	p.JSON = arguments.Has(args, "json")
	g, err := p.packOf(ctx, args)
	if err != nil {
		return err
	}
	app := p.app(g)
	commands := listCommands(app.Commands, g)
	if p.JSON {
		if at := arguments.Locate(append(slices.Clone(args[1:]), ""), commands); at.Command == "regenerate" && len(at.Args) > 1 {
			p.ExpectLines()
		}
	}
	ordered, err := arguments.Order(args, commands, console.Names(topics)...)
	if err != nil {
		return err
	}
	var help strings.Builder // the parser does not notice a full disk
	app.Writer = &help
	return errors.Join(app.RunContext(ctx, ordered), p.PrintHelp(help.String()))
}

// packOf returns the pack that new or adopt would take, or nil for another command. It
// is nil, too, for the help of one that would have to be fetched.
func (p program) packOf(ctx context.Context, args []string) (*generator.Generator, error) {
	words, help := arguments.CutHelp(args)
	if len(words) < 2 || words[1] != "new" && words[1] != "adopt" {
		return nil, nil
	}
	ref := cmp.Or(arguments.FlagValue(words, "pack"), source.Default)
	if help || arguments.WantsHelp(words[2:]) {
		return p.LoadHere(ctx, ref)
	}
	return p.LoadPack(ctx, ref)
}

// complete answers a shell. A pack that is wrong or half typed has no questions.
func (p program) complete(ctx context.Context, words []string) error {
	p.Finder.Offline = true // because a key that is pressed must not go to the network
	o := console.Completion{Finder: p.Finder, Words: words, Topics: topics}
	g, err := p.packOf(ctx, append([]string{""}, words...))
	if err == nil && g != nil {
		o.Questions = g.Pack.Questions
	}
	o.Commands = listCommands(p.app(g).Commands, g)
	return p.Complete(o)
}

// listCommands returns the commands as package arguments knows them; new and adopt have
// the flags of a pack, unless g is nil.
func listCommands(commands []*cli.Command, g *generator.Generator) []arguments.Command {
	choices, old := map[string][]string{"conflict": console.Resolutions, "merge": console.Merges}, map[string][]string{}
	if g != nil {
		for _, q := range g.Pack.Questions {
			name := answer.FlagName(q.Name)
			choices[name] = q.Choices
			for _, called := range q.Renamed {
				old[name] = append(old[name], answer.FlagName(called))
			}
		}
	}
	var list []arguments.Command
	for _, c := range commands {
		flags := []arguments.Flag{{Name: "help", Short: "h", Bool: true}}
		for _, f := range c.Flags {
			flag := describeFlag(f)
			flag.Choices, flag.Old = choices[flag.Name], old[flag.Name]
			flags = append(flags, flag)
		}
		list = append(list, arguments.Command{Name: c.Name, Aliases: c.Aliases, Args: c.ArgsUsage, Flags: flags, Hint: console.FlagHint(c.Name), Commands: listCommands(c.Subcommands, nil)})
	}
	return list
}

// describeFlag says how a flag is given, and what its value is called: the word between
// backquotes in its usage.
func describeFlag(f cli.Flag) arguments.Flag {
	_, quoted, _ := strings.Cut(f.(cli.DocGenerationFlag).GetUsage(), "`")
	value, _, _ := strings.Cut(quoted, "`")
	d := arguments.Flag{Name: f.Names()[0], Value: value}
	switch f.(type) {
	case *cli.BoolFlag:
		d.Bool = true
	case *cli.StringSliceFlag:
		d.Repeat = true
	case *cli.StringFlag:
		d.Filled = f.(cli.CategorizableFlag).GetCategory() == "" // an answer may be empty
	case optionFlag:
		d.Option, d.Filled = true, true
	}
	return d
}

func (p program) app(g *generator.Generator) *cli.App {
	return &cli.App{
		Name:                      "scaffold",
		Usage:                     "write ready-to-deploy web apps and keep them up to date",
		Version:                   version(),
		ErrWriter:                 p.Err,
		DisableSliceFlagSeparator: true,
		Flags:                     []cli.Flag{cli.HelpFlag}, // which the parser leaves out because there is a command help
		HideHelpCommand:           true,
		CustomAppHelpTemplate:     cli.AppHelpTemplate + console.TopicsHelp(topics) + console.EnvironmentHelp + console.ExitHelp,
		ExitErrHandler:            func(*cli.Context, error) {}, // run decides
		Commands: []*cli.Command{
			p.newCommand(g),
			p.adoptCommand(g),
			p.regenerateCommand(),
			p.diffCommand(),
			p.statusCommand(),
			p.whyCommand(),
			p.backCommand(),
			p.resolveCommand(),
			p.commandOfJSON("restore", "FILE...", "bring back the template's version of a deleted or edited file", console.RestoreHelp, p.Restore),
			p.commandOfJSON("undo", "[DIR]", "take back what the last command wrote", console.UndoHelp, p.Undo),
			p.packCommand(),
			{
				Name: "schema", ArgsUsage: "[KIND]", Usage: "print the JSON Schema of what --json writes, or list the kinds of it", HideHelpCommand: true,
				CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
				Action:             func(c *cli.Context) error { return p.Schema(c.Args().First()) },
			},
			{
				Name: "config", Usage: "show your default answers to scaffold new", Description: console.ConfigHelp,
				CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp, HideHelpCommand: true,
				Flags:  []cli.Flag{boolOption("json", "report as one JSON document")},
				Action: func(c *cli.Context) error { return p.Config(c.Context, c.Bool("json")) },
			},
			p.completionCommand(),
			{Name: "help", ArgsUsage: "[COMMAND|TOPIC]", Usage: "show what a command does, and its flags", HideHelpCommand: true},
			{Name: "version", Usage: "print the version", HideHelpCommand: true, Action: func(*cli.Context) error { return p.Print("scaffold version " + version() + "\n") }},
		},
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (p program) newCommand(g *generator.Generator) *cli.Command {
	c := &cli.Command{
		Name:               "new",
		Usage:              "write a new project",
		ArgsUsage:          "[PATH]",
		Description:        console.NewHelp,
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
		HideHelpCommand:    true, // a project may be called help or h
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pack", Usage: "`NAME` of a pack (scaffold pack list), a folder ./MINE, MODULE[@VERSION] or git+URL[//FOLDER][@REF]", DefaultText: source.Default},
			&cli.StringSliceFlag{Name: "set", Usage: "answer a question by its name: `KEY=VALUE`; repeat for more"},
			&cli.StringFlag{Name: "answers", Usage: "read answers from a YAML `FILE`, or another project's scaffold.yaml; flags win"},
			boolOption("yes", "ask nothing but what has no default"),
			&cli.StringFlag{Name: "conflict", Usage: "what becomes of files that the folder has and the pack would write otherwise: `HOW` is mine, template, markers, or beside", DefaultText: "they are refused"},
			boolOption("git", "make a git repository with a first commit, where there is none"),
			boolOption("dry-run", "show what would be written; write nothing"),
			boolOption("diff", "show the content of what would be written; write nothing"),
			boolOption("json", "report as one JSON document"),
		},
	}
	if g == nil { // only the list of commands is wanted
		return c
	}
	c.Flags = append(c.Flags, questionFlags(g.Pack)...)
	c.Action = func(ctx *cli.Context) error {
		return p.New(ctx.Context, g, console.NewOptions{
			Path: ctx.Args().First(), Flags: flagAnswers(ctx, g.Pack), Set: ctx.StringSlice("set"), Answers: ctx.String("answers"),
			Yes: ctx.Bool("yes"), Conflict: ctx.String("conflict"), Git: ctx.Bool("git"), DryRun: ctx.Bool("dry-run"), Diff: ctx.Bool("diff"), JSON: ctx.Bool("json"),
		})
	}
	return c
}

func questionFlags(p pack.Pack) []cli.Flag {
	var flags []cli.Flag
	_, more := form.Split(p.Questions)
	for _, q := range p.Questions {
		topic := "answers"
		if slices.Contains(more, q.Name) {
			topic = "more answers"
		}
		flags = append(flags, questionFlag(q, p, topic))
	}
	return flags
}

func (p program) adoptCommand(g *generator.Generator) *cli.Command {
	c := &cli.Command{
		Name:               "adopt",
		Usage:              "make a project of what is there, or its lost state anew",
		ArgsUsage:          "[DIR]",
		Description:        console.AdoptHelp,
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pack", Usage: "`NAME` of a pack (scaffold pack list), a folder ./MINE, MODULE[@VERSION] or git+URL[//FOLDER][@REF]", DefaultText: "as scaffold.yaml says, or " + source.Default},
			&cli.StringFlag{Name: "version", Usage: "the `VERSION` of the pack, or auto for the nearest", DefaultText: "as scaffold.yaml says, or auto"},
			&cli.StringSliceFlag{Name: "set", Usage: "answer a question by its name: `KEY=VALUE`; repeat for more"},
			&cli.StringFlag{Name: "answers", Usage: "read answers from a YAML `FILE`, or another project's scaffold.yaml; flags win"},
			boolOption("yes", "go on without asking whether to"),
			boolOption("dry-run", "show how near it is; write nothing"),
			boolOption("json", "report as one JSON document"),
		},
	}
	if g == nil { // only the list of commands is wanted
		return c
	}
	c.Flags = append(c.Flags, questionFlags(g.Pack)...)
	c.Action = func(ctx *cli.Context) error {
		return p.Adopt(ctx.Context, console.AdoptOptions{
			Dir: ctx.Args().First(), Pack: ctx.String("pack"), Version: ctx.String("version"), Flags: flagAnswers(ctx, g.Pack), Set: ctx.StringSlice("set"),
			Answers: ctx.String("answers"), Yes: ctx.Bool("yes"), DryRun: ctx.Bool("dry-run"), JSON: ctx.Bool("json"), Default: source.Default,
		})
	}
	return c
}

func boolOption(name, usage string) cli.Flag {
	return &cli.BoolFlag{Name: name, Usage: usage, DisableDefaultText: true}
}

// An optionFlag may be given without a value. Then it is set, and empty.
type optionFlag struct{ *cli.StringFlag }

func (f optionFlag) String() string {
	name, usage, _ := strings.Cut(cli.FlagStringer(f.StringFlag), "\t")
	return strings.Replace(name, " ", "[=", 1) + "]\t" + usage
}

func (p program) regenerateCommand() *cli.Command {
	return &cli.Command{
		Name:               "regenerate",
		Aliases:            []string{"update"},
		Usage:              "bring projects up to date with their template",
		ArgsUsage:          "[DIR...]",
		Description:        console.RegenerateHelp,
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			boolOption("check", "exit 4 if anything would change; write nothing"),
			boolOption("dry-run", "show what would change; write nothing"),
			boolOption("diff", "show what would change as a patch; write nothing"),
			optionFlag{&cli.StringFlag{Name: "json", Usage: "report as one JSON document, or of several DIR as a line each; `all` lists also the files that stay as they are"}},
			&cli.StringFlag{Name: "message", Usage: "write the title and text of a pull request to a `FILE` if there is something to do; - prints it in place of the report"},
			boolOption("interactive", "show what would change, and ask: apply, diff or quit"),
			&cli.StringSliceFlag{Name: "set", Usage: "answer a question anew: `KEY=VALUE`; repeat for more"},
			&cli.StringFlag{Name: "answers", Usage: "read answers from a YAML `FILE`, or another project's scaffold.yaml; --set wins"},
			&cli.StringFlag{Name: "pack", Usage: "another pack than scaffold.yaml has: a `NAME`, ./FOLDER, MODULE[@VERSION] or git+URL[//FOLDER][@REF]"},
			&cli.StringFlag{Name: "to", Usage: "the `VERSION` of the pack, or latest; needed to go back to an older one"},
			&cli.StringFlag{Name: "conflict", Usage: "what becomes of conflicts: `HOW` is markers, mine, template, or beside, which makes a file that you remove when done", Value: "markers"},
			&cli.StringFlag{Name: "merge", Usage: "what decides where the lines of both sides conflict: `HOW` is structure, by what they say, or lines, which leaves all to you", DefaultText: "as scaffold.yaml says, or structure"},
			boolOption("index", "put files with conflict markers into git's index as in conflict, so that git mergetool and editors open them"),
			&cli.BoolFlag{Name: "skip-missing", Value: true, Usage: "leave files that git has not checked out for a later run; with --no-skip-missing they are an error", DisableDefaultText: true},
			optionFlag{&cli.StringFlag{Name: "verify", Usage: "have the merged files pass a `COMMAND` before they are written: this, or that of scaffold.yaml or the pack, or go build and go vet"}},
		},
		Action: func(c *cli.Context) error {
			return p.Regenerate(c.Context, console.RegenerateOptions{
				Dirs: c.Args().Slice(), Check: c.Bool("check"), DryRun: c.Bool("dry-run"), Diff: c.Bool("diff"), JSON: c.IsSet("json"), Steps: c.String("json"), Message: c.String("message"),
				Set: c.StringSlice("set"), Answers: c.String("answers"), Pack: c.String("pack"), To: c.String("to"), Conflict: c.String("conflict"), Merge: c.String("merge"),
				Index: c.Bool("index"), Interactive: c.Bool("interactive"), SkipAbsent: c.Bool("skip-missing"),
				Verify: c.IsSet("verify"), Command: c.String("verify"),
			})
		},
	}
}

func (p program) resolveCommand() *cli.Command {
	return &cli.Command{
		Name:               "resolve",
		Usage:              "decide what the last regenerate left in conflict",
		ArgsUsage:          "[FILE...]",
		Description:        console.ResolveHelp,
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			boolOption("mine", "take your lines of every conflict"),
			boolOption("template", "take the template's lines of every conflict"),
			boolOption("tool", "have the merge tool of your git configuration decide, file by file"),
			boolOption("json", "list the conflicts as one JSON document; write nothing"),
			&cli.StringFlag{Name: "apply", Usage: "take that document back from a `FILE`, or - for the input, with answers"},
		},
		Action: func(c *cli.Context) error {
			return p.Resolve(c.Context, console.ResolveOptions{
				Files: c.Args().Slice(), Mine: c.Bool("mine"), Template: c.Bool("template"), Tool: c.Bool("tool"), JSON: c.Bool("json"), Apply: c.String("apply"),
			})
		},
	}
}

func (p program) statusCommand() *cli.Command {
	return &cli.Command{
		Name:               "status",
		Usage:              "show which files are not as the template wrote them",
		ArgsUsage:          "[DIR]",
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp,
		HideHelpCommand:    true,
		Flags: []cli.Flag{
			boolOption("all", "list also what is as generated, whole folders in one line"),
			boolOption("json", "report as one JSON document"),
		},
		Action: func(c *cli.Context) error {
			return p.Status(c.Context, console.StatusOptions{Dirs: c.Args().Slice(), All: c.Bool("all"), JSON: c.Bool("json")})
		},
	}
}

func (p program) diffCommand() *cli.Command {
	return &cli.Command{
		Name: "diff", ArgsUsage: "[FILE...]", Usage: "show what you changed since the template wrote it",
		CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp, HideHelpCommand: true,
		Flags: []cli.Flag{
			boolOption("exit-code", "exit 4 if there is a difference"),
			boolOption("json", "report as one JSON document"),
		},
		Action: func(c *cli.Context) error {
			return p.Diff(c.Context, console.DiffOptions{Files: c.Args().Slice(), ExitCode: c.Bool("exit-code"), JSON: c.Bool("json")})
		},
	}
}

func (p program) whyCommand() *cli.Command {
	return p.commandOfJSON("why", "FILE[:LINE]", "say who wrote a line: which template and answer, or you", console.WhyHelp, p.Why)
}

func (p program) backCommand() *cli.Command {
	return p.commandOfJSON("back", "FILE...", "print what you changed as a patch for the pack, to give it back", console.BackHelp, p.Back)
}

// commandOfJSON returns a command that has no flag but --json.
func (p program) commandOfJSON(name, args, usage, description string, run func(ctx context.Context, args []string, json bool) error) *cli.Command {
	return &cli.Command{
		Name: name, ArgsUsage: args, Usage: usage, Description: description, CustomHelpTemplate: cli.CommandHelpTemplate + console.ExitHelp, HideHelpCommand: true,
		Flags:  []cli.Flag{boolOption("json", "report as one JSON document")},
		Action: func(c *cli.Context) error { return run(c.Context, c.Args().Slice(), c.Bool("json")) },
	}
}

// questionFlag returns the flag that answers q of p, listed in a category of the help.
// Its --no-NAME is only for the help, because arguments.Order makes --NAME=false of it.
func questionFlag(q pack.Question, p pack.Pack, category string) cli.Flag {
	name := answer.FlagName(q.Name)
	usage := strings.ReplaceAll(report.Usage(q), "`", "'") // or the parser takes what is between two for the value's name
	switch q.Type {
	case pack.Bool:
		f := &cli.BoolFlag{Name: name, Usage: usage, Category: category, DefaultText: report.Default(q)}
		if _, asked := p.Question("no_" + q.Name); !asked {
			f.Aliases = []string{"no-" + name}
		}
		return f
	case pack.Choices:
		return &cli.StringSliceFlag{Name: name, Usage: usage, Category: category, DefaultText: report.Default(q)}
	}
	return &cli.StringFlag{Name: name, Usage: usage, Category: category, DefaultText: report.Default(q)}
}

func flagAnswers(c *cli.Context, p pack.Pack) answer.Layer {
	var layer answer.Layer
	for _, q := range p.Questions {
		name := answer.FlagName(q.Name)
		if !c.IsSet(name) {
			continue
		}
		text := c.String(name)
		switch q.Type {
		case pack.Choices:
			text = strings.Join(c.StringSlice(name), ",")
		case pack.Bool:
			text = fmt.Sprint(c.Bool(name))
		}
		layer = append(layer, answer.Value{Name: q.Name, Text: text, Where: "--" + name})
	}
	return layer
}

func (p program) packCommand() *cli.Command {
	return &cli.Command{
		Name:            "pack",
		Usage:           "look at packs, and write some",
		HideHelpCommand: true,
		Subcommands: append([]*cli.Command{
			{
				Name: "list", Usage: "list the packs that come with scaffold", HideHelpCommand: true,
				Flags:  []cli.Flag{boolOption("json", "report as one JSON document")},
				Action: func(c *cli.Context) error { return p.PackList(c.Context, c.Bool("json")) },
			},
			{
				Name: "show", Usage: "show a pack's questions, choices, defaults and files", ArgsUsage: "[PACK]", HideHelpCommand: true,
				Flags: []cli.Flag{
					boolOption("files", "only the files: where each stands and goes, its mode and conditions"),
					boolOption("json", "all of it, as one JSON document"),
					boolOption("json-schema", "the JSON Schema of an answers file, for programs that make forms"),
				},
				Action: func(c *cli.Context) error {
					return p.PackShow(c.Context, console.PackShowOptions{
						Name: cmp.Or(c.Args().First(), source.Default), Files: c.Bool("files"), JSON: c.Bool("json"), JSONSchema: c.Bool("json-schema"),
					})
				},
			},
			{Name: "cache", Usage: "list the mirrors of repositories that packs came from", HideHelpCommand: true,
				Flags:  []cli.Flag{boolOption("clean", "remove them; the next run fetches anew")},
				Action: func(c *cli.Context) error { return p.PackCache(c.Bool("clean")) }},
		}, p.authorCommands()...),
	}
}

// authorCommands are those of scaffold pack for whoever writes one.
func (p program) authorCommands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "init", Usage: "write a pack to begin with", ArgsUsage: "DIR", Description: console.PackInitHelp, HideHelpCommand: true,
			Action: func(c *cli.Context) error { return p.PackInit(c.Context, c.Args().First()) },
		},
		{
			Name: "lint", Usage: "look for what is wrong with a pack", ArgsUsage: "[DIR]", Description: console.PackLintHelp, HideHelpCommand: true,
			Flags:  []cli.Flag{boolOption("json", "report as one JSON document")},
			Action: func(c *cli.Context) error { return p.PackLint(c.Context, c.Args().First(), c.Bool("json")) },
		},
		{
			Name: "test", Usage: "lint a pack, and try its cases and its upgrades", ArgsUsage: "[DIR]", Description: console.PackTestHelp, HideHelpCommand: true,
			Flags: []cli.Flag{
				boolOption("update", "record the files of cases that differ, if they are valid"),
				boolOption("go-test", "run the tests of what is Go, too"),
				boolOption("json", "report as one JSON document"),
			},
			Action: func(c *cli.Context) error {
				return p.PackTest(c.Context, console.PackTestOptions{Dir: c.Args().First(), Update: c.Bool("update"), GoTest: c.Bool("go-test"), JSON: c.Bool("json")})
			},
		},
		{
			Name: "diff", Usage: "show what two versions of a pack differ in", ArgsUsage: "REF1 REF2", Description: console.PackDiffHelp, HideHelpCommand: true,
			Flags: []cli.Flag{
				&cli.StringSliceFlag{Name: "set", Usage: "answer a question by its name: `KEY=VALUE`; repeat for more"},
				&cli.StringFlag{Name: "answers", Usage: "read answers from a YAML `FILE`, or a project's scaffold.yaml; --set wins"},
			},
			Action: func(c *cli.Context) error {
				return p.PackDiff(c.Context, console.PackDiffOptions{Refs: c.Args().Slice(), Set: c.StringSlice("set"), Answers: c.String("answers")})
			},
		},
		{
			Name: "try", Usage: "say what a coming version of a pack would do to projects", ArgsUsage: "PACK PROJECT...", Description: console.PackTryHelp, HideHelpCommand: true,
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "from", Usage: "read more projects from a `FILE`, or - for the input: a folder on each line"},
				&cli.StringSliceFlag{Name: "set", Usage: "answer a question in all projects, as one that is new: `KEY=VALUE`; repeat for more"},
				optionFlag{&cli.StringFlag{Name: "build", Usage: "say which would not pass a `COMMAND`: this, or that of scaffold.yaml or the pack, or go build and go vet"}},
				boolOption("json", "report as one JSON document"),
			},
			Action: func(c *cli.Context) error {
				return p.PackTry(c.Context, console.PackTryOptions{
					Args: c.Args().Slice(), From: c.String("from"), Set: c.StringSlice("set"), Build: c.IsSet("build"), Command: c.String("build"), JSON: c.Bool("json"),
				})
			},
		},
		{
			Name: "schema", Usage: "print the JSON Schema of pack.yaml or scaffold.yaml, for editors", ArgsUsage: "[pack|scaffold]", HideHelpCommand: true,
			Action: func(c *cli.Context) error { return p.PackSchema(c.Args().First()) },
		},
	}
}

func (p program) completionCommand() *cli.Command {
	return &cli.Command{
		Name:            "completion",
		Usage:           "print the completion script of a shell: bash, zsh, fish or powershell",
		ArgsUsage:       "SHELL",
		Description:     console.CompletionHelp,
		HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			script, err := console.Script(c.Args().First())
			if err != nil {
				return err
			}
			return p.Print(script)
		},
	}
}
