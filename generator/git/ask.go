package git

import (
	"context"
	"slices"
	"strings"
)

// A Rule is what has a path ignored.
type Rule struct {
	Source  string // the file it stands in, from the top of the working tree or absolute
	Line    string
	Pattern string
}

// Ignored returns the rule of each path that git ignores. What is tracked is not
// ignored. Paths are relative to the project, slash-separated, and need not be
// there; none may be in a submodule or behind a symbolic link.
func (r *Repo) Ignored(ctx context.Context, paths []string) (map[string]Rule, error) {
	if r == nil || len(paths) == 0 {
		return nil, nil
	}
	here := make([]string, len(paths))
	for i, path := range paths {
		here[i] = "./" + path // or a colon would start a pattern
	}
	ignored := make(map[string]Rule)
	var fields []string
	err := r.ask(ctx, here, func(item string) {
		if fields = append(fields, item); len(fields) < 4 {
			return
		}
		rule := Rule{Source: fields[0], Line: fields[1], Pattern: fields[2]}
		if !strings.HasPrefix(rule.Pattern, "!") { // such a rule takes it out again
			ignored[strings.TrimPrefix(fields[3], "./")] = rule
		}
		fields = fields[:0]
	}, "check-ignore", "--stdin", "-z", "-v")
	if exitCode(err) == 1 { // none is
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return ignored, nil
}

// AllIgnored returns what git ignores in the project, sorted. A folder, with a
// slash at the end, stands for all in it; "./" is the project itself, of which
// git then knows nothing.
func (r *Repo) AllIgnored(ctx context.Context) ([]string, error) {
	if r == nil {
		return nil, nil
	}
	var paths []string
	err := r.ask(ctx, nil, func(item string) { paths = append(paths, item) },
		"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
	slices.Sort(paths)
	return paths, err
}

// NotCheckedOut returns the paths in the project that the index has and says are
// not on disk: outside a sparse checkout, or marked skip-worktree.
func (r *Repo) NotCheckedOut(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.skipped {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// Submodules returns the folders in the project that the index has for the
// commit of another repository, whether that is here or not.
func (r *Repo) Submodules(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.submodule {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// Unmerged returns the paths in the project that a merge left in conflict, each
// as often as the index has it.
func (r *Repo) Unmerged(ctx context.Context) ([]string, error) {
	var paths []string
	err := r.index(ctx, func(e entry) {
		if e.unmerged {
			paths = append(paths, e.path)
		}
	})
	return paths, err
}

// An entry is a path that the index has.
type entry struct {
	path                         string // relative to the project
	skipped, submodule, unmerged bool
}

// index visits what the index has in the project. An item is a tag, the mode,
// the object and the stage, and after a tab the path.
func (r *Repo) index(ctx context.Context, visit func(entry)) error {
	if r == nil {
		return nil
	}
	return r.ask(ctx, nil, func(item string) {
		if head, path, ok := strings.Cut(item, "\t"); ok {
			visit(entry{path, strings.HasPrefix(head, "S "), strings.HasPrefix(head[1:], " 160000 "), !strings.HasSuffix(head, " 0")})
		}
	}, "ls-files", "-z", "-t", "-s")
}

// FileMode reports whether the executable bit on disk means something: not where
// core.fileMode says that the file system has none.
func (r *Repo) FileMode(ctx context.Context) (compare bool) {
	return r.setting(ctx, "core.fileMode") != "false"
}

// Sparse reports whether the checkout is a sparse one.
func (r *Repo) Sparse(ctx context.Context) bool {
	return r.setting(ctx, "core.sparseCheckout") == "true"
}

// setting returns a boolean of the configuration; "" where it is not set.
func (r *Repo) setting(ctx context.Context, key string) string {
	if r == nil {
		return ""
	}
	value := ""
	if err := r.ask(ctx, nil, func(item string) { value = item }, "config", "-z", "--type=bool", "--get", key); err != nil {
		return ""
	}
	return value
}
