package source

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/problem"
)

// findGit returns the pack in a repository, from its mirror. What cannot change,
// a release, a pseudo-version or a whole commit, is fetched only where the mirror
// lacks it; what moves, always.
func (f Finder) findGit(ctx context.Context, ref Reference) (Source, error) {
	var found Source
	err := f.withMirror(ref, func(m mirror) error {
		c, err := m.choose(ctx, ref)
		if err != nil {
			return err
		}
		folder := newObjects(ctx, m, c.name, ref.Dir)
		left, err := folder.list()
		if errors.Is(err, errNoFolder) {
			return problem.Input("%s has no folder %q", c.describe(), ref.Dir)
		}
		root := folder
		if ref.Dir != "." {
			root = newObjects(ctx, m, c.name, ".")
		}
		found = Source{FS: folder, Root: root, Dir: ref.Dir, Kind: Git, Name: ref.Name, Version: c.version,
			Origin: ref.URL, Commit: c.name, Left: left}
		if tag, ok := strings.CutPrefix(c.ref, "tag "); ok {
			found.Tag = tag
		}
		return err
	})
	return found, err
}

// gitVersions returns the releases of a pack in a repository.
func (f Finder) gitVersions(ctx context.Context, ref Reference) (versions []string, err error) {
	err = f.withMirror(ref, func(m mirror) error {
		if err := m.refresh(ctx, ref); err != nil {
			return err
		}
		r, err := m.refs(ctx, ref.Dir)
		for _, v := range r.versions {
			if semver.Prerelease(v) == "" {
				versions = append(versions, strings.TrimPrefix(v, "v"))
			}
		}
		return err
	})
	return versions, err
}

// withMirror calls do with the mirror of the repository that ref names, and once
// more with a new one where that one is damaged.
func (f Finder) withMirror(ref Reference, do func(mirror) error) error {
	m, err := f.mirrorOf(ref.URL)
	if err == nil {
		_, err = exec.LookPath("git")
		if err != nil {
			err = errNoGit
		}
	}
	if err == nil {
		err = do(m)
	}
	if errors.Is(err, errDamaged) && !f.Offline {
		held, lockErr := m.tryLock() // else somebody mends it already
		if lockErr == nil {
			err = m.removeFolder()
			held.Close()
		}
		if lockErr != nil || err == nil {
			err = do(m)
		}
	}
	if errors.Is(err, errDamaged) {
		err = problem.WithHint(err, "scaffold pack cache --clean removes all mirrors, and the next run fetches anew")
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", ref, err)
	}
	return nil
}

// A commit is what a reference comes to.
type commit struct {
	name    string // hexadecimal
	version string // without v
	ref     string // the tag or branch, for people; "" for none

	borrowed bool // a release of the whole repository, taken for a folder that has none
}

func (c commit) describe() string {
	return cmp.Or(c.ref, fmt.Sprintf("commit %.12s", c.name))
}

// choose returns the commit that ref means. It fetches where it has to. What a folder
// borrows it may have of its own by now; only where nobody can be asked, it does not.
func (m mirror) choose(ctx context.Context, ref Reference) (commit, error) {
	var known commit
	if isFixed(ref) && !m.fetched().IsZero() {
		c, err := m.resolve(ctx, ref)
		if err == nil && !c.borrowed || m.finder.Offline || err != nil && !problem.IsInput(err) {
			return c, err
		}
		known = c
	}
	err := m.refresh(ctx, ref)
	switch {
	case err == nil:
		return m.resolve(ctx, ref)
	case known.borrowed && ctx.Err() == nil && !errors.Is(err, errDamaged):
		return known, nil
	}
	return commit{}, err
}

// isFixed reports whether a version always means the same.
func isFixed(ref Reference) bool {
	v := canonical(strings.TrimPrefix(ref.Version, ref.Dir+"/"))
	return v != "" || hexadecimal.MatchString(ref.Version) && len(ref.Version) >= 40
}

// canonical returns a semantic version with its v; "" for what is none, or is
// short.
func canonical(version string) string {
	v := "v" + strings.TrimPrefix(version, "v")
	if semver.Canonical(v) != v {
		return ""
	}
	return v
}

var hexadecimal = lazyregexp.New(`^[0-9a-f]{7,64}$`)

// refresh fetches, unless that is not wanted.
func (m mirror) refresh(ctx context.Context, ref Reference) error {
	if m.finder.Offline {
		if m.fetched().IsZero() {
			return errors.New("it was never fetched, and nothing is fetched now")
		}
		return nil
	}
	err := m.update(ctx)
	var said gitError
	errors.As(err, &said)
	switch {
	case err == nil, errors.Is(err, errDamaged), errors.Is(err, context.Canceled), errors.Is(err, errNoGit):
		return err
	case isNowhere(said.said):
		err = problem.Input("there is no repository at %s: %w", m.url, err)
	default:
		err = fmt.Errorf("fetch %s: %w", m.url, err)
	}
	switch {
	case strings.Contains(said.said, "repository corruption"):
		err = problem.WithHint(err, "that repository lacks objects, as a partial clone does: name the one that it was cloned from")
	case isRefusal(said.said), isNowhere(said.said) && !strings.HasPrefix(m.url, "file:"): // some hide what you may not see
		err = problem.WithHint(err, "%s asks who you are; git's credential helper or an ssh-agent remembers it", problem.CommandLine("git", "ls-remote", m.url))
	}
	return m.hintKnown(ctx, ref, err)
}

// isNowhere and isRefusal read what git, ssh and servers say: that there is no
// such repository, and that they do not know who asks.
func isNowhere(said string) bool {
	return strings.Contains(said, "does not appear to be a git repository") || strings.Contains(said, "not found") && strings.Contains(said, "repository '")
}

func isRefusal(said string) bool {
	for _, words := range []string{"could not read Username", "could not read Password", "Authentication failed", "terminal prompts disabled",
		"Permission denied", "Host key verification failed", "returned error: 401", "returned error: 403", "unable to get password"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// hintKnown adds to the error of a fetch what can be had without one.
func (m mirror) hintKnown(ctx context.Context, ref Reference, err error) error {
	if m.fetched().IsZero() || isFixed(ref) {
		return err
	}
	r, refsErr := m.refs(ctx, ref.Dir)
	newest, ok := r.newest()
	if refsErr != nil || !ok {
		return err
	}
	return problem.WithHint(err, "%s was the newest when it was last fetched, on %s: %s, or --to %s for a project, takes it without the network",
		newest[1:], m.fetched().Format(time.DateOnly), problem.CommandLine(ref.At(newest).String()), newest[1:])
}

// refs are the names that a repository gives its commits.
type refs struct {
	all      map[string]bool // whole, as in refs/heads/main; false where it names a file or a folder
	prefix   string          // of the tags that are versions of the pack: its folder's, or none
	versions []string        // with v, the lowest first, pre-releases too
}

// refs lists the branches and tags. A folder's versions are those tagged with its
// name, and the repository's where there is none such.
func (m mirror) refs(ctx context.Context, dir string) (refs, error) {
	r := refs{all: make(map[string]bool)}
	err := m.ask(ctx, nil, func(out *bufio.Reader) error {
		for {
			line, err := out.ReadString('\n')
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			fields := strings.Fields(line)
			kind := fields[len(fields)-1]
			if r.all[fields[0]] = kind != "blob" && kind != "tree"; len(r.all) > maxRefs {
				return problem.Input("the repository has more than %d branches and tags", maxRefs)
			}
		}
	}, "for-each-ref", "--format=%(refname) %(objecttype) %(*objecttype)", "refs/heads", "refs/tags")
	if err != nil {
		return r, damage(err)
	}
	if dir != "." {
		r.prefix = dir + "/"
		r.versions = r.tagged()
	}
	if len(r.versions) == 0 {
		r.prefix = ""
		r.versions = r.tagged()
	}
	return r, nil
}

const maxRefs = 1_000_000

// damage marks what git says of a mirror as its damage.
func damage(err error) error {
	if errors.As(err, new(gitError)) {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

func (r refs) tagged() []string {
	var versions []string
	for name, isCommit := range r.all {
		if v, ok := strings.CutPrefix(name, "refs/tags/"+r.prefix); ok && isCommit && v == canonical(v) && v != "" {
			versions = append(versions, v)
		}
	}
	semver.Sort(versions)
	return versions
}

// released returns the first few folders of which the repository has releases, as a
// reference has them.
func (r refs) released() []string {
	var names []string
	for name := range r.all {
		tag, ok := strings.CutPrefix(name, "refs/tags/")
		if dir, v := path.Split(tag); ok && dir != "" && v != "" && v == canonical(v) {
			names = append(names, "//"+path.Clean(dir))
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), 5)]
}

// newest returns the highest release.
func (r refs) newest() (string, bool) {
	for _, v := range slices.Backward(r.versions) {
		if semver.Prerelease(v) == "" {
			return v, true
		}
	}
	return "", false
}

// resolve returns the commit that ref means, as far as the mirror knows.
func (m mirror) resolve(ctx context.Context, ref Reference) (commit, error) {
	r, err := m.refs(ctx, ref.Dir)
	if err != nil {
		return commit{}, err
	}
	version := ref.Version
	if version == "" || version == Latest {
		newest, ok := r.newest()
		if !ok {
			return commit{}, r.noRelease(ref)
		}
		version = newest
	}
	if rest, ok := strings.CutPrefix(version, r.prefix); ok && canonical(rest) == rest {
		version = rest // a tag's whole name
	}
	v := canonical(version)
	has := func(name string) bool { _, ok := r.all[name]; return ok }
	switch {
	case v != "" && has("refs/tags/"+r.prefix+v): // also where it names no commit, which is said
		c, err := m.release(ctx, r, v)
		c.borrowed = err == nil && r.prefix == "" && ref.Dir != "."
		return c, err
	case module.IsPseudoVersion(v):
		return m.pseudo(ctx, v)
	case has("refs/heads/" + version):
		return m.unreleased(ctx, r, "refs/heads/"+version, "branch "+version)
	case has("refs/tags/" + version):
		return m.unreleased(ctx, r, "refs/tags/"+version, "tag "+version)
	case hexadecimal.MatchString(version):
		return m.unreleased(ctx, r, version, "")
	}
	return commit{}, r.unknown(ref, v)
}

func (m mirror) release(ctx context.Context, r refs, v string) (commit, error) {
	tag := r.prefix + v
	name, _, err := m.peel(ctx, "refs/tags/"+tag)
	return commit{name: name, version: v[1:], ref: "tag " + tag}, err
}

// pseudo returns the commit that a pseudo-version names. Its date has to agree,
// because nothing else says that the twelve digits are of the commit that was
// meant.
func (m mirror) pseudo(ctx context.Context, v string) (commit, error) {
	rev, err := module.PseudoVersionRev(v)
	if err != nil || !hexadecimal.MatchString(rev) {
		return commit{}, problem.Input("%s has no commit at its end", v[1:])
	}
	want, err := module.PseudoVersionTime(v)
	if err != nil {
		return commit{}, problem.Input("%s: %w", v[1:], err)
	}
	name, at, err := m.peel(ctx, rev)
	if err == nil && !at.Equal(want) {
		err = problem.Input("%s says %s, and the commit %s is of %s", v[1:], want.Format(time.DateTime), rev, at.Format(time.DateTime))
	}
	return commit{name: name, version: v[1:]}, err
}

// unreleased returns a commit under its pseudo-version, which stands after the
// newest release before it, or as the release that it is, as the go command does.
func (m mirror) unreleased(ctx context.Context, r refs, rev, called string) (commit, error) {
	name, at, err := m.peel(ctx, rev)
	if err != nil {
		return commit{}, err
	}
	newest, here, err := m.releaseBefore(ctx, r, name)
	if err != nil {
		return commit{}, err
	}
	if here != "" {
		return commit{name: name, version: here[1:], ref: called}, nil
	}
	v := module.PseudoVersion(cmp.Or(semver.Major(newest), "v0"), newest, at, name[:12])
	return commit{name: name, version: v[1:], ref: called}, nil
}

// releaseBefore returns the highest release that is an ancestor of a commit, and
// the highest that is the commit itself; "" for none.
func (m mirror) releaseBefore(ctx context.Context, r refs, name string) (before, here string, err error) {
	list := func(option string) (string, error) {
		newest := ""
		err := m.ask(ctx, nil, func(out *bufio.Reader) error {
			text, err := io.ReadAll(out)
			for tag := range strings.Lines(string(text)) {
				v := strings.TrimPrefix(strings.TrimSpace(tag), "refs/tags/"+r.prefix)
				if slices.Contains(r.versions, v) && semver.Prerelease(v) == "" && (newest == "" || semver.Compare(v, newest) > 0) {
					newest = v
				}
			}
			return err
		}, "for-each-ref", "--format=%(refname)", option+name, "refs/tags/"+r.prefix)
		return newest, damage(err)
	}
	if len(r.versions) == 0 {
		return "", "", nil
	}
	if here, err = list("--points-at="); err != nil || here != "" {
		return "", here, err
	}
	before, err = list("--merged=")
	return before, "", err
}

// peel returns the commit that a branch, a tag or the digits of one name, and when
// it was made.
func (m mirror) peel(ctx context.Context, rev string) (name string, at time.Time, err error) {
	err = m.ask(ctx, nil, func(out *bufio.Reader) error {
		line, err := out.ReadString('\n')
		var seconds int64
		if name, line, _ = strings.Cut(strings.TrimSpace(line), " "); err == nil {
			seconds, err = strconv.ParseInt(line, 10, 64)
		}
		at = time.Unix(seconds, 0).UTC()
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}, "log", "-1", "--format=%H %ct", "--end-of-options", rev+"^{commit}", "--")
	isName := strings.HasPrefix(rev, "refs/")
	switch {
	case err == nil && (isName || strings.HasPrefix(name, rev)):
		return name, at, nil
	case err != nil && !errors.As(err, new(gitError)):
		return "", at, err
	case !m.isWhole(ctx):
		return "", at, fmt.Errorf("%w: %w", errDamaged, err)
	case isName:
		return "", at, problem.Input("%s names no commit", strings.TrimPrefix(rev, "refs/"))
	}
	return "", at, problem.Input("there is no commit %s, or several begin so", rev)
}

// bare returns the tags that would be versions of the pack if they had a v, the lowest
// first, those of its folder before the others.
func (r refs) bare(ref Reference) []string {
	var tags []string
	prefixes := []string{""}
	if ref.Dir != "." {
		prefixes = []string{ref.Dir + "/", ""}
	}
	for _, prefix := range prefixes {
		var versions []string
		for name, isCommit := range r.all {
			if v, ok := strings.CutPrefix(name, "refs/tags/"+prefix); ok && isCommit && v != "" && "v"+v == canonical(v) {
				versions = append(versions, "v"+v)
			}
		}
		semver.Sort(versions)
		for _, v := range versions {
			tags = append(tags, prefix+v[1:])
		}
	}
	return tags
}

const mostBare = 5 // tags of one message

// sayBare adds to err which tags are no versions because they have no v, and how one of
// them is taken: that of the version wanted, or else the highest.
func (r refs) sayBare(err error, ref Reference, wanted string) error {
	tags := r.bare(ref)
	if len(tags) == 0 {
		return err
	}
	named, more := tags, ""
	if n := len(tags) - mostBare; n > 0 {
		named, more = tags[n:], fmt.Sprintf(" and %d more", n)
	}
	take := tags[len(tags)-1]
	for _, tag := range tags {
		if wanted != "" && path.Base(tag) == wanted[1:] {
			take = tag
			break // the folder's own comes first
		}
	}
	dir, version := path.Split(take)
	err = problem.Input("%w: the tags %s%s have no v", err, strings.Join(named, ", "), more)
	err = problem.WithHint(err, "%s takes that tag; newer ones are found only with a v", problem.CommandLine(ref.At(take).String()))
	return problem.WithHint(err, "its author makes a release of it: %s", problem.CommandLine("git", "tag", dir+"v"+version, take+"^{}"))
}

// noRelease is the error of a repository that has none.
func (r refs) noRelease(ref Reference) error {
	err := problem.Input("there is no release, which is a tag %sv1.2.3", r.wanted(ref))
	if len(r.versions) == 0 && len(r.bare(ref)) > 0 {
		return r.sayBare(err, ref, "")
	}
	if n := len(r.versions); n > 0 {
		err = problem.Input("there is no release, only %s", r.prefix+r.versions[n-1])
		return problem.WithHint(err, "%s takes it", problem.CommandLine(ref.At(r.versions[n-1]).String()))
	}
	if names := r.released(); len(names) > 0 {
		err = problem.WithHint(err, "that repository has releases of %s", strings.Join(names, ", "))
	}
	branches := slices.Sorted(r.branches)
	for _, branch := range slices.Concat([]string{"main", "master"}, branches) {
		if slices.Contains(branches, branch) {
			return problem.WithHint(err, "%s takes the branch", problem.CommandLine(ref.At(branch).String()))
		}
	}
	return err
}

func (r refs) wanted(ref Reference) string {
	if ref.Dir == "." {
		return ""
	}
	return "[" + ref.Dir + "/]"
}

// branches yields the names of the branches.
func (r refs) branches(yield func(string) bool) {
	for name := range r.all {
		if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok && !yield(branch) {
			return
		}
	}
}

// unknown is the error of a version that is not there: it names those next to it.
func (r refs) unknown(ref Reference, v string) error {
	if v == "" {
		names := slices.Collect(r.branches)
		for name := range r.all {
			if tag, ok := strings.CutPrefix(name, "refs/tags/"); ok {
				names = append(names, tag)
			}
		}
		return problem.Input("there is no branch, tag or commit %q%s", ref.Version, problem.DidYouMean(ref.Version, slices.Sorted(slices.Values(names))))
	}
	at, _ := slices.BinarySearchFunc(r.versions, v, semver.Compare)
	near := r.versions[max(0, at-2):min(len(r.versions), at+2)]
	if len(near) == 0 {
		return r.sayBare(problem.Input("there is no tag %s, and no other version", r.prefix+v), ref, v)
	}
	err := r.sayBare(problem.Input("there is no tag %s; next to it there are %s", r.prefix+v, strings.Join(near, ", ")), ref, v)
	if newest, ok := r.newest(); ok {
		err = problem.WithHint(err, "the newest release is %s", newest[1:])
	}
	return err
}
