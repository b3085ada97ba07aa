package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// upgrades takes, from each earlier version, a project of each case to this one.
func (t *tester) upgrades(ctx context.Context) error {
	for i, ref := range t.options.Earlier {
		t.options.Progress("reading %s", ref)
		old, err := generator.Load(ctx, t.options.Finder, ref)
		if err != nil && !problem.IsInput(err) {
			return err
		}
		if err != nil {
			t.failTag(ref, err, t.mendTag(ctx, ref))
			t.unread = true
			continue
		}
		t.earlier = append(t.earlier, old.Pack)
		list := t.projectsOf(old)
		for _, g := range list {
			t.options.Progress("upgrade from %s of %s, %d of %d", old.Pack.Version, g.Name, i+1, len(t.options.Earlier))
			if err := t.upgrade(ctx, old, g); err != nil {
				return err
			}
		}
		t.checkOffered(old.Pack, list)
	}
	t.checkMoved()
	t.checkRenamed()
	return nil
}

func (t *tester) upgrade(ctx context.Context, old *generator.Generator, g Golden) error {
	r := Result{Name: old.Pack.Version + " " + g.Name, Status: OK}
	var unmade *unmadeError
	err := inTemporary(func(dir string) error {
		u := upgrade{tester: t, old: old, given: g.Given, set: added(old.Pack, t.pack, missing(t.pack)), dir: dir, result: &r}
		return u.run(ctx)
	})
	switch {
	case err != nil && !problem.IsInput(err):
		return err
	case g.earlier && errors.As(err, &unmade):
		t.passOver(g.Name, old.Pack.Version, err)
		return nil
	}
	for _, e := range leaves(err) {
		r.Problems = append(r.Problems, firstLine(e.Error()))
	}
	if len(r.Problems) > 0 {
		r.Status = Failed
	}
	t.report.Upgrades = append(t.report.Upgrades, r)
	return nil
}

// passOver notes a case of an earlier version that is of no use, because nobody can
// change it there.
func (t *tester) passOver(name, version string, why error) {
	t.note("the case %s of %s is passed over: %s", name, version, firstLine(leaves(why)[0].Error()))
}

// An unmadeError is why there can be no project of an earlier version.
type unmadeError struct{ error }

func (e *unmadeError) Unwrap() error { return e.error }

// An upgrade is one project of an earlier version, twice: once it is edited and
// then brought up to date, once the other way round.
type upgrade struct {
	tester *tester
	old    *generator.Generator
	given  answer.Layer
	set    answer.Layer // what the pack at hand is told besides what the project records
	dir    string
	result *Result
}

func (u *upgrade) run(ctx context.Context) error {
	first, second := filepath.Join(u.dir, "first", "hello"), filepath.Join(u.dir, "second", "hello")
	made, answers, err := u.make(ctx, first)
	if err != nil {
		return err
	}
	if _, _, err := u.make(ctx, second); err != nil {
		return err
	}
	if _, err := u.plan(ctx, first, plan.Markers); problem.IsInput(err) && u.refuses(answers, err) {
		return nil
	}
	edits := planEdits(made)
	if err := edits.apply(ctx, first, made); err != nil {
		return err
	}
	planned, err := u.plan(ctx, first, plan.Markers)
	if err != nil {
		return err
	}
	merged, err := u.update(ctx, first)
	if err != nil {
		return err
	}
	u.result.Detail = fmt.Sprintf("%s edited, %s", count(len(edits.lines)+1, "file"), count(planned.Plan.Count(plan.Conflict), "conflict"))
	u.keepsLines(edits, merged)
	again, err := u.plan(ctx, first, plan.Mine)
	if err != nil {
		return err
	}
	if !again.UpToDate() {
		u.fail("after the upgrade it is not up to date: scaffold regenerate would change it again")
	}
	updated, err := u.update(ctx, second)
	if err != nil {
		return err
	}
	u.commutes(edits, planned, merged, updated)
	return nil
}

func (u *upgrade) fail(format string, args ...any) {
	u.result.Problems = append(u.result.Problems, fmt.Sprintf(format, args...))
}

// refuses reports whether the pack refuses what the project answered, and why, unless
// its notes name the question: then the owner was told, and it is answered anew, as the
// owner would. What else the refusal is about, the upgrade will say.
func (u *upgrade) refuses(answers answer.Answers, refusal error) bool {
	var refused []pack.Question
	for _, q := range u.tester.pack.Questions {
		name, asked := formerName(u.old.Pack, u.tester.pack, q.Name)
		a, _ := answers.Find(name)
		if _, err := q.Check(a.Value); !asked || a.From == answer.Absent || err == nil {
			continue
		}
		given := problem.CommandLine(name + "=" + answer.Format(a.Value))
		if version := u.tester.noted(u.old.Pack, q); version != "" {
			u.set = append(u.set, sampleOf(q)...)
			u.result.Notes = append(u.result.Notes, fmt.Sprintf("%s is refused, of which the notes of %s tell", given, version))
			continue
		}
		u.fail("%s", u.tester.refusalOf(u.old.Pack, given))
		refused = append(refused, q)
	}
	if len(refused) == 0 {
		return false
	}
	for _, e := range leaves(refusal) {
		u.fail("%s", firstLine(e.Error()))
	}
	for _, q := range refused {
		u.fail("%s", u.tester.mendOf(q))
	}
	return true
}

// noted returns the version after an earlier one whose notes name the question, or "".
func (t *tester) noted(old pack.Pack, q pack.Question) string {
	word := regexp.MustCompile(`(^|--|[^\pL\pN_-])` + strings.ReplaceAll(q.Name, "_", "[_-]") + `($|[^\pL\pN_-])`)
	for _, n := range t.pack.Notes {
		if semver.Compare("v"+n.Version, "v"+old.Version) > 0 && word.MatchString(n.Text) {
			return n.Version
		}
	}
	return ""
}

// make makes a project with the earlier version, and returns its files and answers.
func (u *upgrade) make(ctx context.Context, root string) (tree.Tree, answer.Answers, error) {
	if err := os.MkdirAll(filepath.Dir(root), 0o777); err != nil {
		return tree.Tree{}, answer.Answers{}, err
	}
	layers := []answer.Layer{u.given, u.old.NameOf(root), missing(u.old.Pack)}
	n, err := u.old.PlanNew(ctx, root, layers, answer.Asker{})
	if err != nil {
		return tree.Tree{}, answer.Answers{}, &unmadeError{err}
	}
	var files []tree.File
	for _, step := range n.Plan.Steps {
		if step.After != nil {
			files = append(files, *step.After)
		}
	}
	return tree.Found(files...), n.Answers, n.Apply(ctx)
}

// plan plans to bring a project to the pack at hand. What that asks and the earlier
// version did not is answered by a sample.
func (u *upgrade) plan(ctx context.Context, root string, conflict plan.Resolution) (generator.Update, error) {
	t := u.tester
	return generator.PlanUpdate(ctx, t.options.Finder, root, generator.UpdateOptions{Pack: t.source.Name, Set: u.set, Conflict: conflict, Plain: true, Env: t.options.Env}, answer.Asker{})
}

// update brings a project up to date, with the user's side of what conflicts, and
// returns its files.
func (u *upgrade) update(ctx context.Context, root string) (tree.Tree, error) {
	planned, err := u.plan(ctx, root, plan.Mine)
	if err == nil {
		err = planned.Apply(ctx, "scaffold pack test")
	}
	if err != nil {
		return tree.Tree{}, err
	}
	return readProject(root)
}

func readProject(root string) (tree.Tree, error) {
	skip := func(name string, _ bool) bool { return name == tree.ConfigFile || name == tree.StateFolder }
	return tree.Read(os.DirFS(root), ".", tree.Limits{Files: maxProject, Bytes: maxGolden * 8, File: maxGolden, Modes: true, Skip: skip})
}

// keepsLines looks for the lines of the user, and for the file that they deleted.
func (u *upgrade) keepsLines(e edits, merged tree.Tree) {
	for _, name := range slices.Sorted(maps.Keys(e.lines)) {
		found := false
		for f := range merged.All() {
			found = found || bytes.Contains(f.Data, []byte(e.lines[name]))
		}
		if !found {
			u.fail("%s: the line that was appended is lost", name)
		}
	}
	if _, back := merged.Find(e.deleted); back && e.deleted != "" {
		u.fail("%s: was deleted, and came back", e.deleted)
	}
}

// commutes compares each file that was edited and then updated with the same file
// updated and then edited, where nothing conflicts, the user's edit does not keep the
// template's change out, and no place has lines of both, in whichever order.
func (u *upgrade) commutes(e edits, planned generator.Update, merged, updated tree.Tree) {
	for _, step := range planned.Plan.Steps {
		line, edited := e.lines[cameFrom(step)]
		before, ok := updated.Find(step.Path)
		after, there := merged.Find(step.To)
		if !edited || !ok || !there || step.Verb == plan.Conflict || step.Untaken != nil || len(step.Settled) > 0 {
			continue
		}
		want, possible := e.edit(cameFrom(step), before.Data)
		if possible && !bytes.Equal(want, after.Data) {
			u.fail("%s: edited and then upgraded it is not what it is upgraded and then edited: look for %q", step.Path, strings.TrimSpace(line))
		}
	}
}

func cameFrom(s plan.Step) string {
	if s.From != "" {
		return s.From
	}
	return s.Path
}

// edits are what a script does to a project, by the path of each file: a line
// appended to each text, a line changed in one of them, and one file deleted.
type edits struct {
	lines   map[string]string
	changed string // the path
	old     string // the line that is changed, with its end
	deleted string
}

// planEdits deletes the last file and changes the first that has three lines.
func planEdits(files tree.Tree) edits {
	e := edits{lines: make(map[string]string)}
	for f := range files.All() {
		if merge.Binary(f.Data) || len(f.Data) == 0 {
			continue
		}
		e.lines[f.Path] = comment(f.Path) + " edited by scaffold pack test: " + f.Path
		lines := strings.SplitAfter(string(f.Data), "\n")
		if middle := lines[len(lines)/2]; e.changed == "" && len(lines) > 3 && strings.TrimSpace(middle) != "" && strings.Count(string(f.Data), middle) == 1 {
			e.changed, e.old = f.Path, middle
		}
		e.deleted = f.Path
	}
	if len(e.lines) < 3 || e.deleted == e.changed {
		e.deleted = ""
	}
	delete(e.lines, e.deleted)
	return e
}

func comment(name string) string {
	if slices.Contains([]string{".go", ".mod", ".js", ".ts", ".css", ".c", ".java", ".rs"}, path.Ext(name)) {
		return "//"
	}
	return "#"
}

// edit returns what the script makes of a file that was at name, and whether the line
// that it changes is there.
func (e edits) edit(name string, data []byte) ([]byte, bool) {
	text, end := string(data), "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	possible := name != e.changed || strings.Count(text, e.old) == 1
	if name == e.changed {
		text = strings.Replace(text, e.old, strings.TrimRight(e.old, "\r\n")+" edited"+end, 1)
	}
	if !strings.HasSuffix(text, "\n") {
		text += end
	}
	return []byte(text + e.lines[name] + end), possible
}

// apply edits the project at root, through what writes projects.
func (e edits) apply(ctx context.Context, root string, files tree.Tree) error {
	var p plan.Plan
	for f := range files.All() {
		step := plan.Step{Path: f.Path, Verb: plan.Delete, To: f.Path, Ours: &f}
		if _, edited := e.lines[f.Path]; edited {
			data, _ := e.edit(f.Path, f.Data)
			after := f
			step.Verb, step.After, after.Data = plan.Update, &after, data
		} else if f.Path != e.deleted {
			continue
		}
		p.Steps = append(p.Steps, step)
	}
	return apply.Options{}.Update(ctx, root, p, "scaffold pack test")
}
