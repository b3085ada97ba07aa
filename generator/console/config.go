package console

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

const ConfigHelp = `The defaults are a file in your configuration directory, with a line NAME: VALUE
for each question that you always answer alike, whichever pack asks it. A text
may be a template over the answers before it, in quotes where it begins so, as in
   module: example.com/me/{{ .name }}

scaffold new takes them where nothing else answers, and a form proposes them;
regenerate never does, because scaffold.yaml has every answer. They do not
count with --answers or where CI=true, unless SCAFFOLD_DEFAULTS=FILE names the
file. SCAFFOLD_DEFAULTS=off has none count.`

// Config shows the defaults of the user, and says when they count.
func (c *Console) Config(json bool) error {
	if c.Defaults.File == "" {
		return problem.WithHint(fmt.Errorf("find the configuration directory: %s", c.Defaults.Off), "SCAFFOLD_DEFAULTS=FILE names a file of defaults")
	}
	text, err := c.Defaults.Read()
	there := !errors.Is(err, fs.ErrNotExist)
	if err != nil && there {
		return err
	}
	answers, err := answer.ListDefaults(c.Defaults.File, text)
	if err != nil {
		return err
	}
	if json {
		return c.printReport(func(w io.Writer) {
			report.ConfigJSON(w, report.Config{File: c.Defaults.File, Exists: there, Named: c.Defaults.Named, Off: c.Defaults.Off}, answers)
		})
	}
	if err := c.printReport(func(w io.Writer) { report.Defaults(w, c.Defaults.File, answers) }); err != nil {
		return err
	}
	c.sayDefaults(there)
	return nil
}

func (c *Console) sayDefaults(there bool) {
	switch {
	case !there:
		c.Say("there is no such file, so that only the pack's defaults count")
		c.hint("write it with a line NAME: VALUE for each answer; scaffold pack show lists the questions")
	case c.Defaults.Off != "":
		c.Say("they do not count, because of %s", c.Defaults.Off)
	case c.Defaults.Named:
		c.Say("scaffold new takes them where nothing else answers, because SCAFFOLD_DEFAULTS names the file")
	default:
		c.Say("scaffold new takes them where nothing else answers, but not with --answers")
	}
	if note := c.noteOpen(); note != "" {
		c.Say("%s", note)
	}
}

// noteOpen warns of defaults that somebody else may have written.
func (c *Console) noteOpen() string {
	if !c.Defaults.IsOpen() {
		return ""
	}
	return fmt.Sprintf("every user of this machine can write to your defaults; %s changes that", problem.CommandLine("chmod", "o-w", c.Defaults.File))
}
