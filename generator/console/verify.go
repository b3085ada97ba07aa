package console

import (
	"context"
	"path/filepath"
	"strings"

	"scaffold/generator"
	"scaffold/generator/report"
)

// verify has the files that u would leave pass a command, which is shown before it
// runs.
func (c *Console) verify(ctx context.Context, u *generator.Update, p *progress, command string) error {
	o := generator.VerifyOptions{Command: command, Cache: c.verifyCache(), Env: c.Env, At: func(whose string) { p.at("verifying %s", whose) }}
	o.Begin = func(command, because string) {
		p.end()
		if because != "" {
			because = ", because " + because
		}
		c.Say("verifying by %q%s", command, because)
	}
	return u.Verify(ctx, o)
}

// verifyCache returns the folder in which commands run on copies, "" for none.
func (c *Console) verifyCache() string {
	if c.Finder.Cache == "" {
		return ""
	}
	return filepath.Join(c.Finder.Cache, "verify")
}

func (c *Console) sayVerified(v *generator.Verified) {
	switch {
	case v == nil:
	case v.Passed:
		c.Say("verified: the merged files pass")
	case v.Why != "":
		c.sayOutput("not verified: "+report.OneLine(v.Why), v.Output)
	default:
		c.sayOutput("the merged files do not pass, though yours and the template's do", v.Output)
		c.sayTakenBack(v)
	}
}

func (c *Console) sayOutput(what, output string) {
	if output == "" {
		c.Say("%s", what)
		return
	}
	c.sayLines(what+":\n", report.Indent(output))
}

// sayTakenBack says what became of what was merged by structure.
func (c *Console) sayTakenBack(v *generator.Verified) {
	switch {
	case len(v.Settled) == 0:
		c.Say("no file was merged by more than lines, so nothing was taken back: correct them by hand")
		return
	case len(v.BrokenBy) == 0:
		c.Say("which file broke it was not found: without what structure decided they do not pass either")
	default:
		c.Say("broken by what structure decided in %s", strings.Join(v.BrokenBy, ", "))
	}
	c.Say("merged by lines alone now: %s", strings.Join(v.Settled, ", "))
}

// describeVerified returns v for a document.
func describeVerified(v *generator.Verified) *report.Verified {
	if v == nil {
		return nil
	}
	return &report.Verified{Command: v.Command, Passed: v.Passed, Why: v.Why, Output: v.Output, TakenBack: v.Settled, BrokenBy: append([]string{}, v.BrokenBy...)}
}
