package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/git"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/merge"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// maxEarlier is how many earlier versions are tried, the latest ones.
const maxEarlier = 20

// findEarlier returns references to the versions of the pack that its repository has
// tags for and that are older than it is.
func (t *tester) findEarlier(ctx context.Context) ([]string, error) {
	dir, err := filepath.Abs(filepath.FromSlash(t.source.Name))
	if err != nil {
		return nil, err
	}
	repository := git.Open(dir, t.options.Env)
	if repository == nil {
		t.note("the pack is in no git repository: there is no earlier version to upgrade from")
		return nil, nil
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.note("there is no git command on PATH: no earlier version was upgraded from")
		return nil, nil
	}
	if t.options.Finder.Cache == "" {
		t.note("there is no folder for a cache, as HOME is not set: no earlier version was upgraded from")
		return nil, nil
	}
	top, within := repository.Place()
	ref, err := source.Parse(reference(top, within))
	if err != nil {
		return nil, err
	}
	versions, err := t.options.Finder.Versions(ctx, ref)
	if err != nil {
		return nil, err
	}
	var refs, later []string
	for _, v := range versions {
		order := semver.Compare("v"+v, "v"+t.pack.Version)
		if t.pack.Version == pack.NoVersion { // so that the next tag says it
			order = -1
		}
		at := ref.At("v" + v).String()
		if order < 0 {
			refs = append(refs, at)
		} else {
			later = append(later, at)
		}
	}
	for _, at := range later[max(0, len(later)-maxEarlier):] {
		if err := t.checkReleased(ctx, at, path.Join(within, at[strings.LastIndex(at, "@")+1:])); err != nil {
			return nil, err
		}
	}
	if len(refs) == 0 {
		t.note("no tag %s is older than %s: there is no earlier version to upgrade from", path.Join(within, "vX.Y.Z"), t.pack.Version)
	}
	if more := len(refs) - maxEarlier; more > 0 {
		t.note("%s are not upgraded from, but the latest %d", count(more, "earlier version"), maxEarlier)
		refs, t.unread = refs[more:], true
	}
	return refs, nil
}

// checkReleased notes that a tag cannot be used, and that the pack has the version of a
// release and other content, because projects at that version would never get it. What it
// includes counts, too. A tag whose pack.yaml says another version fails, because
// --to latest stops there.
func (t *tester) checkReleased(ctx context.Context, ref, tag string) error {
	released, err := generator.Load(ctx, t.options.Finder, ref)
	mend := ""
	if problem.IsInput(err) {
		mend = t.mendTag(ctx, ref)
	}
	switch {
	case mend != "":
		t.failTag(ref, err, mend)
	case problem.IsInput(err):
		t.note("the tag %s cannot be used: %s", tag, firstLine(err.Error()))
	case err != nil:
		return err
	case released.Pack.Version == t.pack.Version && released.Pack.Digest != t.pack.Digest:
		t.note("version %s is released, by the tag %s, and the pack is not the same any more: raise version before the next tag", t.pack.Version, tag)
	}
	return nil
}

// mendTag says how the author is rid of a tag of another version than the manifest there
// says; "" for a tag that is of that one.
func (t *tester) mendTag(ctx context.Context, ref string) string {
	parsed, err := source.Parse(ref)
	if err != nil {
		return ""
	}
	found, err := t.options.Finder.Find(ctx, parsed)
	if err != nil {
		return ""
	}
	manifest, err := fs.ReadFile(found.FS, pack.ManifestFile)
	if err != nil {
		return ""
	}
	_, version, err := pack.Identify(manifest)
	if err != nil || version == "" || version == found.Version {
		return ""
	}
	return fmt.Sprintf("no project can take that tag: remove it, by git tag -d %s and git push --delete REMOTE refs/tags/%s, and tag the commit that was meant", found.Tag, found.Tag)
}

// failTag reports a tag that cannot be used.
func (t *tester) failTag(ref string, why error, mend string) {
	r := Result{Name: ref, Status: Failed, Problems: []string{firstLine(why.Error())}}
	if mend != "" {
		r.Problems = append(r.Problems, mend)
	}
	t.report.Upgrades = append(t.report.Upgrades, r)
}

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

// checkMoved notes moves from paths that no version before them wrote, because nothing
// of a user follows these. Of a move before the first version that was read nothing
// is known.
func (t *tester) checkMoved() {
	for _, m := range t.pack.Moved {
		before := slices.DeleteFunc(slices.Clone(t.earlier), func(p pack.Pack) bool {
			return semver.Compare("v"+p.Version, "v"+m.Since) >= 0
		})
		if len(before) > 0 && !slices.ContainsFunc(before, func(p pack.Pack) bool { return writes(p, m.From) }) {
			var paths []string
			for f := range before[len(before)-1].Files.All() {
				paths = append(paths, before[len(before)-1].Target(f.Path).To)
			}
			t.note("moved from %s since %s: no earlier version writes that%s", m.From, m.Since, problem.DidYouMean(m.From, paths))
		}
	}
}

var action = lazyregexp.New(`(?s)\{\{.*?\}\}`)

// writes reports whether p may write a file at name, or below it if it is FOLDER/. What a
// template in a path writes may be anything.
func writes(p pack.Pack, name string) bool {
	for f := range p.Files.All() {
		literals := action.Split(tree.Compose(p.Target(f.Path).To), -1)
		begin := literals[0]
		if strings.HasSuffix(name, "/") {
			if strings.HasPrefix(begin, name) || len(literals) > 1 && strings.HasPrefix(name, begin) {
				return true
			}
			continue
		}
		for i := range literals {
			literals[i] = regexp.QuoteMeta(literals[i])
		}
		if regexp.MustCompile("^(?s:" + strings.Join(literals, ".*") + ")$").MatchString(name) {
			return true
		}
	}
	return false
}

// checkRenamed notes former names of questions that no earlier version asked, because no
// user has an answer to these. Where not all versions were read, nothing is known.
func (t *tester) checkRenamed() {
	if len(t.earlier) == 0 || t.unread {
		return
	}
	var asked []string
	for _, p := range t.earlier {
		for _, q := range p.Questions {
			asked = append(asked, q.Name)
		}
	}
	for _, q := range t.pack.Questions {
		for _, former := range q.Renamed {
			if !slices.Contains(asked, former) {
				t.note("question %s, renamed %s: no earlier version asks that%s", q.Name, former, problem.DidYouMean(former, asked))
			}
		}
	}
}

// projectsOf returns the cases to make projects of an earlier version for: its own,
// because its users have such answers, and those at hand with the answers that it takes.
func (t *tester) projectsOf(old *generator.Generator) []Golden {
	list := t.earlierCases(old)
	for _, g := range t.goldens {
		g.Given = fitting(old.Pack, former(old.Pack, t.pack, g.Given))
		if slices.ContainsFunc(list, func(other Golden) bool { return maps.Equal(texts(old.Pack, other), texts(old.Pack, g)) }) {
			continue
		}
		if slices.ContainsFunc(list, func(other Golden) bool { return other.Name == g.Name }) {
			g.Name += ", as it is now"
		}
		list = append(list, g)
	}
	if len(list) == 0 {
		list = []Golden{{Name: "defaults"}}
	}
	return list
}

// checkOffered looks at each answer that an earlier version offered, as a choice or by
// default, and that no case of list gives. No project is made for it, because which other
// answers it needs is not known.
func (t *tester) checkOffered(old pack.Pack, list []Golden) {
	for _, q := range t.pack.Questions {
		name, asked := formerName(old, t.pack, q.Name)
		former, _ := old.Question(name)
		offered := slices.Clone(former.Choices)
		if usual := answer.Format(former.Default); former.Default != nil && !strings.Contains(usual, "{{") && !slices.Contains(offered, usual) {
			offered = append(offered, usual)
		}
		for _, text := range offered {
			value, err := former.Parse(text)
			_, refusal := q.Check(value)
			given := func(g Golden) bool { return texts(old, g)[name] == text }
			if asked && err == nil && refusal != nil && t.noted(old, q) == "" && !slices.ContainsFunc(list, given) {
				answered := problem.CommandLine(name + "=" + text)
				t.report.Upgrades = append(t.report.Upgrades, Result{Name: old.Version + " " + answered, Status: Failed, Problems: []string{
					t.refusalOf(old, answered), q.Name + ": " + firstLine(refusal.Error()), t.mendOf(q),
				}})
			}
		}
	}
}

func (t *tester) refusalOf(old pack.Pack, given string) string {
	return fmt.Sprintf("regenerate refuses %s of projects of %s, with exit status 2:", given, old.Version)
}

func (t *tester) mendOf(q pack.Question) string {
	return fmt.Sprintf("let %s take it still, or have the notes of %s say what to answer %s instead", q.Name, t.version(), q.Name)
}

// earlierCases returns the cases that an earlier version has.
func (t *tester) earlierCases(old *generator.Generator) []Golden {
	if old.Pack.Module != "" { // whose testdata is its own
		return nil
	}
	names, err := caseNames(old.Source)
	if err != nil {
		t.note("the cases of %s are passed over: %s", old.Pack.Version, firstLine(err.Error()))
	}
	var list []Golden
	for _, name := range names {
		g, err := readCase(old.Source, name, old.Pack)
		if err != nil {
			t.passOver(caseName(name), old.Pack.Version, err)
			continue
		}
		g.earlier = true
		list = append(list, g)
	}
	return list
}

// texts returns what a case answers, as it would be written on a command line.
func texts(p pack.Pack, g Golden) map[string]string {
	list := make(map[string]string)
	for _, v := range g.Given {
		q, _ := p.Question(v.Name)
		list[v.Name] = v.Text
		if value, err := typed(q, v); err == nil {
			list[v.Name] = answer.Format(value)
		}
	}
	return list
}

// typed returns an answer as the question takes it, or why it does not.
func typed(q pack.Question, v answer.Value) (any, error) {
	value := v.Typed
	if value == nil {
		value, _ = q.Parse(v.Text)
	}
	return q.Check(value)
}

// version names the version at hand, which a tag may be yet to give.
func (t *tester) version() string {
	if t.pack.Version == pack.NoVersion {
		return "the next version"
	}
	return t.pack.Version
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

// fitting returns of a case's answers those that another version takes.
func fitting(p pack.Pack, given answer.Layer) answer.Layer {
	return slices.DeleteFunc(slices.Clone(given), func(v answer.Value) bool {
		q, asked := p.Question(v.Name)
		_, err := typed(q, v)
		return !asked || err != nil
	})
}

// former returns answers to questions of new under the names that old has for these.
func former(old, new pack.Pack, given answer.Layer) answer.Layer {
	given = slices.Clone(given)
	for i, v := range given {
		if name, was := formerName(old, new, v.Name); was {
			given[i].Name = name
		}
	}
	return given
}

// formerName returns what old calls the question that new calls name, if it asks it.
func formerName(old, new pack.Pack, name string) (string, bool) {
	q, _ := new.Question(name)
	for _, former := range append([]string{name}, q.Renamed...) {
		if _, asked := old.Question(former); asked {
			return former, true
		}
	}
	return "", false
}

// added returns of answers to questions of new those that old did not ask.
func added(old, new pack.Pack, given answer.Layer) answer.Layer {
	return slices.DeleteFunc(slices.Clone(given), func(v answer.Value) bool {
		_, asked := formerName(old, new, v.Name)
		return asked
	})
}

// missing returns a sample for each question that has no default.
func missing(p pack.Pack) answer.Layer {
	var layer answer.Layer
	for _, q := range p.Questions {
		if q.Default == nil {
			layer = append(layer, sampleOf(q)...)
		}
	}
	return layer
}

// sampleOf returns an answer to a question, or none where no sample answers it.
func sampleOf(q pack.Question) answer.Layer {
	text, found := Sample(q)
	value, err := q.Parse(text)
	if !found || err != nil {
		return nil
	}
	return answer.Layer{{Name: q.Name, Typed: value, Where: q.Name}}
}

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
	return generator.PlanUpdate(ctx, t.options.Finder, root, generator.UpdateOptions{Pack: t.source.Name, Set: u.set, Conflict: conflict, Env: t.options.Env}, answer.Asker{})
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
