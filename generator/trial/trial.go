// Package trial says what a coming version of a pack would do to projects that its
// author can reach, so that a template is mended before anybody meets what is wrong
// with it.
//
// Each project is planned as scaffold regenerate would, with the pack as it stands in a
// folder in place of the one that the project records. Nothing is written to any. What
// comes of that is grouped by its cause, because an author mends causes: conflicts by
// the lines of the template that made them ([Place]), and all else by what is said of
// it ([Group]). So a [Result] is as long as the template's faults, and not as the list
// of projects.
//
// Two projects are planned at a time, and of each only what a Result has of it is kept.
package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/source"
	"scaffold/generator/tree"
	"scaffold/generator/verify"
)

// Options are what scaffold pack try is told.
type Options struct {
	Finder   source.Finder
	Pack     string       // a folder
	Projects []string     // folders in projects
	Set      answer.Layer // answers for all of them, as to a question that is new
	Env      []string     // KEY=VALUE, for git and for Command

	Build   bool          // say of each project whether it would pass a command
	Command string        // which; "" for what the project, or else the pack, suggests
	Cache   string        // the folder in which it runs
	Limit   time.Duration // of each time that it runs; 0: ten minutes

	Progress func(done, all int) // is called as projects are done; not twice at once
}

// A Result is what a pack would do to projects. Each counts as one of Clean, Conflicted,
// Failed, Broken and Declined.
type Result struct {
	Pack, Version string
	Projects      int
	Clean         int // brought to the version, with nothing left to anybody
	Conflicted    int
	Failed        int // could not be tried
	Broken        int // built before, and would not afterwards
	Declined      int // say in scaffold.yaml that they do not want the version

	Conflicts []Place
	Untaken   []Group // what the template changed and projects would not get
	Failures  []Group
	Breaks    []Group  // the first error of builds that would break
	Before    []Group  // and of those that fail already
	Settled   []Count  // what structure decided, by its steps: the most first
	From      []Count  // the versions that the projects are at: the newest first
	Notes     []string // what of the version might surprise
}

// A Group is projects to which the same happens, in the order in which they were named.
type Group struct {
	What     string
	Projects []string
}

// A Count is how often there is something.
type Count struct {
	Name string
	N    int
}

// workers is how many projects are planned at a time.
const workers = 2

// Run tries a pack on projects. What is wrong with one of them is part of the result.
func Run(ctx context.Context, o Options) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var packs [workers]*generator.Generator // one each, because renders of one cannot run side by side
	for i := range packs {
		g, err := generator.Load(ctx, o.Finder, o.Pack)
		if err != nil {
			return Result{}, err
		}
		packs[i] = g
	}
	found, next := make([]facts, len(o.Projects)), make(chan int)
	done := 0
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, g := range packs {
		group.Go(func() {
			for i := range next {
				found[i] = try(ctx, g, o, o.Projects[i])
				mu.Lock()
				done++
				o.Progress(done, len(o.Projects))
				mu.Unlock()
			}
		})
	}
	for i := range o.Projects {
		if ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	group.Wait()
	return summarize(packs[0], found), ctx.Err()
}

// facts are what is kept of a project.
type facts struct {
	project  string // as it was named
	root     string
	from     string // version
	failure  string // why it could not be tried; "" if it was
	declined string // why it would stay as it is
	spots    []spot // where it would be in conflict
	untaken  []string
	settled  map[string]int // by step

	changes        bool   // some file would, or something is in conflict
	breaks, before string // the first error of a build afterwards, and of one now
}

// try plans the update of one project.
func try(ctx context.Context, g *generator.Generator, o Options, dir string) facts {
	f := facts{project: dir, settled: make(map[string]int)}
	u, err := planProject(ctx, g, o, &f)
	if err == nil && o.Build && len(f.spots) == 0 && f.declined == "" {
		err = f.build(ctx, u, o)
	}
	if err != nil {
		f.failure = f.normalize(err.Error())
	}
	return f
}

func planProject(ctx context.Context, g *generator.Generator, o Options, f *facts) (u generator.Update, err error) {
	if f.root, err = generator.Find(f.project); err != nil {
		return u, err
	}
	if err := generator.Pending(f.root); err != nil {
		return u, err
	}
	u, err = generator.PlanUpdate(ctx, o.Finder, f.root, generator.UpdateOptions{Try: g, Plain: true, Set: o.Set, SkipAbsent: true, Env: o.Env}, answer.Asker{})
	f.from = u.FromVersion
	switch {
	case err != nil:
		return u, err
	case len(u.Open) > 0:
		return u, errors.New("conflicts of its last regenerate are not resolved")
	}
	f.look(g, u)
	return u, nil
}

// look keeps what is to be said of a plan.
func (f *facts) look(g *generator.Generator, u generator.Update) {
	if u.Declined != "" {
		f.declined = fmt.Sprintf("%s %s is declined by %s", g.Pack.Name, g.Pack.Version, tree.ConfigFile)
	}
	f.changes = u.Writes()
	base, theirs := u.Pristine()
	for _, s := range u.Plan.Steps {
		for _, settled := range s.Settled {
			f.settled[settled.Step]++
		}
		if s.Verb == plan.Conflict {
			f.spots = append(f.spots, findSpots(g.Pack, base, theirs, s)...)
		}
		if s.Untaken != nil || s.Deferred {
			f.untaken = append(f.untaken, templateOf(base, theirs, s)+": "+s.Why)
		}
	}
	if len(u.Stale) > 0 {
		f.spots = append(f.spots, spot{place: Place{Kind: "imports", Why: "files of the user's import the module by its old path", Path: u.Stale[0], Template: "go.mod"}})
	}
	for i := range f.spots {
		f.spots[i].project = f.project
	}
}

// normalize returns a message without what tells one project from others, so that those
// with the same cause are seen together. An excerpt of a file is left out, since a line
// and a column stand before it.
func (f *facts) normalize(message string) string {
	for _, name := range []string{f.root, f.project} {
		if len(name) > 1 { // because "." may be anything
			message = replaceName(message, name, "PROJECT")
		}
	}
	lines := slices.DeleteFunc(strings.Split(message, "\n"), func(line string) bool { return strings.HasPrefix(line, "    ") })
	return strings.Join(lines, "; ")
}

// replaceName replaces a name where it is not a part of another.
func replaceName(text, name, by string) string {
	inName := func(r rune) bool { return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	var out strings.Builder
	for at := 0; ; {
		found := strings.Index(text[at:], name)
		if found < 0 {
			return out.String() + text[at:]
		}
		start := at + found
		end := start + len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if inName(before) || before == '.' || inName(after) {
			out.WriteString(text[at:end])
		} else {
			out.WriteString(text[at:start] + by)
		}
		at = end
	}
}

// build says whether the project would pass a command, and did.
func (f *facts) build(ctx context.Context, u generator.Update, o Options) error {
	if !f.changes {
		return nil
	}
	before, after, err := u.Compare(ctx, generator.VerifyOptions{Command: o.Command, Cache: o.Cache, Env: o.Env, Limit: o.Limit})
	switch {
	case problem.IsInput(err):
		return fmt.Errorf("not built, because there is no command: neither %s nor the pack has verify, and there is no go.mod", tree.ConfigFile)
	case errors.Is(err, verify.ErrNoGo):
		return fmt.Errorf("not built: %w", err)
	case err != nil || after.Passed:
		return err
	case before.Passed:
		f.breaks = firstError(after.Output, u.Answers)
	default:
		f.before = firstError(before.Output, u.Answers)
	}
	return nil
}

// summarize groups what was found by its causes.
func summarize(g *generator.Generator, found []facts) Result {
	r := Result{Pack: g.Pack.Name, Version: g.Pack.Version, Projects: len(found)}
	failures, untaken, breaks, before := grouping{}, grouping{}, grouping{}, grouping{}
	settled, from := make(map[string]int), make(map[string]int)
	var spots []spot
	for _, f := range found {
		*r.counter(f)++
		failures.add(f.failure, f.project)
		if f.failure == "" || f.from != "" {
			from[f.from]++
		}
		untaken.add(f.declined, f.project)
		for _, what := range f.untaken {
			untaken.add(what, f.project)
		}
		for step, n := range f.settled {
			settled[step] += n
		}
		breaks.add(f.breaks, f.project)
		before.add(f.before, f.project)
		spots = append(spots, f.spots...)
	}
	r.Conflicts = groupSpots(spots)
	r.Failures, r.Untaken, r.Breaks, r.Before = failures.sorted(), untaken.sorted(), breaks.sorted(), before.sorted()
	r.Settled, r.From = sortCounts(settled, byCount), sortCounts(from, byVersion)
	r.noteVersions(found)
	return r
}

// noteVersions says which projects have the version already, or a later one: that is
// how it is while an author works on it, and must not be when it is released.
func (r *Result) noteVersions(found []facts) {
	same, newer := 0, 0
	for _, f := range found {
		switch order := semver.Compare("v"+f.from, "v"+r.Version); {
		case r.Version == pack.NoVersion || f.failure != "" || !f.changes:
		case order == 0:
			same++
		case order > 0:
			newer++
		}
	}
	if same > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s at %s already, with other content: raise the version before it is released", projectsAre(same), r.Version))
	}
	if newer > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s at a newer version than %s: it would be a step back", projectsAre(newer), r.Version))
	}
}

// counter returns the count that a project belongs to.
func (r *Result) counter(f facts) *int {
	switch {
	case f.failure != "":
		return &r.Failed
	case f.declined != "":
		return &r.Declined
	case len(f.spots) > 0:
		return &r.Conflicted
	case f.breaks != "":
		return &r.Broken
	}
	return &r.Clean
}

func projectsAre(n int) string {
	if n == 1 {
		return "1 project is"
	}
	return fmt.Sprintf("%d projects are", n)
}
