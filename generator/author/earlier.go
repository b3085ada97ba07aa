package author

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/git"
	"scaffold/generator/lazyregexp"
	"scaffold/generator/pack"
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
